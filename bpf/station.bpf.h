/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which station a frame is for, and which one it is from.
 *
 * A MAC in the fdb says it, but for one case: ipvlan endpoints have the MAC of
 * their parent, which is the host's. There the IP address decides, and what
 * has none that an endpoint owns is the host's.
 */
#ifndef HAIRPIN_STATION_BPF_H
#define HAIRPIN_STATION_BPF_H

#include <linux/ip.h>
#include <linux/ipv6.h>

#include <stddef.h>

#include "arp.bpf.h"
#include "frame.bpf.h"
#include "maps.bpf.h"

enum hp_end { HP_DESTINATION, HP_SOURCE };

/* The address of that end in an IP or ARP header, as a key of neigh. */
static __always_inline bool hp_address(struct __sk_buff *skb, const struct hp_frame *f,
				       enum hp_end end, struct hp_neigh_key *key)
{
	bool dst = end == HP_DESTINATION;
	__u32 at;

	if (f->proto == bpf_htons(ETH_P_IPV6)) {
		at = dst ? offsetof(struct ipv6hdr, daddr) : offsetof(struct ipv6hdr, saddr);
		key->family = HP_AF_INET6;
		return !bpf_skb_load_bytes(skb, f->l3 + at, key->addr, sizeof(key->addr));
	}
	if (f->proto == bpf_htons(ETH_P_IP))
		at = dst ? offsetof(struct iphdr, daddr) : offsetof(struct iphdr, saddr);
	else if (f->proto == bpf_htons(ETH_P_ARP))
		at = dst ? offsetof(struct hp_arp, tip) : offsetof(struct hp_arp, sip);
	else
		return false;
	key->family = HP_AF_INET;
	return !bpf_skb_load_bytes(skb, f->l3 + at, key->addr, sizeof(__be32));
}

/* NULL: nobody here has that MAC. @room is where the answer is kept if need be. */
static __always_inline const struct hp_fdb *
hp_station(struct __sk_buff *skb, const struct hp_frame *f, enum hp_end end, struct hp_fdb *room)
{
	const struct hp_fdb_key *mac = end == HP_DESTINATION ? &f->dst : &f->src;
	const struct hp_fdb *station = hp_fdb(mac);
	struct hp_neigh_key key = { .vlan = f->dst.vlan };
	const struct hp_neigh *owner;

	if (!station || !(station->flags & HP_FDB_SHARED) || !hp_address(skb, f, end, &key))
		return station;
	owner = hp_neigh(&key);
	if (!owner || owner->kind != HP_KIND_IPVLAN)
		return station;
	*room = (struct hp_fdb){
		.endpoint = owner->endpoint,
		.kind = owner->kind,
		.mode = owner->mode,
		.flags = owner->fdb_flags,
	};
	return room;
}

static __always_inline bool hp_is_host(const struct hp_fdb *station)
{
	return !station || station->kind == HP_KIND_HOST;
}

/* It has no device on the uplink: what it is to get goes to its port. */
static __always_inline bool hp_is_port(const struct hp_fdb *station)
{
	return station && station->kind == HP_KIND_XDP;
}

/* macvlan gives these no way to a sibling, and neither do we. */
static __always_inline bool hp_is_isolated(const struct hp_fdb *station)
{
	return station->mode != HP_MODE_BRIDGE && station->mode != HP_MODE_VEPA;
}

/*
 * hp_turns - whether a frame from @src to @dst is turned round
 *
 * @src NULL is a source that is not in the fdb, which speaks for the host.
 *
 *   from \ to        host     bridge   vepa     private, source
 *   host             no       yes      yes      yes
 *   bridge           yes      no       reflect  no
 *   vepa             yes      reflect  reflect  no
 *   private, source  yes      no       no       no
 *
 * Between bridge endpoints the kernel passes frames itself, and none arrives here;
 * but not where one is an XDP endpoint, which it knows nothing of.
 */
static __always_inline bool hp_turns(const struct hp_fdb *src, const struct hp_fdb *dst,
				     bool reflect)
{
	if (hp_is_host(src))
		return !hp_is_host(dst);
	if (hp_is_host(dst))
		return true;
	if (hp_is_isolated(src) || hp_is_isolated(dst))
		return false;
	if (src->mode == HP_MODE_BRIDGE && dst->mode == HP_MODE_BRIDGE)
		return hp_is_port(src) || hp_is_port(dst);
	return reflect;
}

#endif
