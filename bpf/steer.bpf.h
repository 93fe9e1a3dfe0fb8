/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Steering: which station owns the address that an ARP request (RFC 826) or a
 * neighbour solicitation (RFC 4861 4.3) asks for.
 */
#ifndef HAIRPIN_STEER_BPF_H
#define HAIRPIN_STEER_BPF_H

#include <linux/icmpv6.h>
#include <linux/in.h>
#include <linux/ipv6.h>

#include "arp.bpf.h"
#include "frame.bpf.h"
#include "maps.bpf.h"

#define HP_NS 135 /* ICMPv6 type, RFC 4861 */

struct hp_ns {
	struct ipv6hdr ip;
	struct icmp6hdr icmp;
	__u8 target[16];
};

/* A gratuitous ARP (sender and target alike) is news for everybody, whoever had the address. */
static __always_inline bool hp_arp_is_question(const struct hp_arp *arp)
{
	return arp->hrd == bpf_htons(HP_ARPHRD_ETHER) && arp->pro == bpf_htons(ETH_P_IP) &&
	       arp->hln == ETH_ALEN && arp->pln == sizeof(arp->tip) &&
	       arp->op == bpf_htons(HP_ARPOP_REQUEST) &&
	       __builtin_memcmp(arp->sip, arp->tip, sizeof(arp->tip)) != 0;
}

static __always_inline bool hp_arp_target(struct __sk_buff *skb, const struct hp_frame *f,
					  struct hp_neigh_key *key)
{
	struct hp_arp arp;

	if (bpf_skb_load_bytes(skb, f->l3, &arp, sizeof(arp)) || !hp_arp_is_question(&arp))
		return false;
	key->family = HP_AF_INET;
	__builtin_memcpy(key->addr, arp.tip, sizeof(arp.tip));
	return true;
}

/* A solicitation with extension headers is not recognised, and is flooded. */
static __always_inline bool hp_ns_target(struct __sk_buff *skb, const struct hp_frame *f,
					 struct hp_neigh_key *key)
{
	struct hp_ns ns;

	if (bpf_skb_load_bytes(skb, f->l3, &ns, sizeof(ns)))
		return false;
	if (ns.ip.nexthdr != IPPROTO_ICMPV6 || ns.icmp.icmp6_type != HP_NS || ns.icmp.icmp6_code)
		return false;
	key->family = HP_AF_INET6;
	__builtin_memcpy(key->addr, ns.target, sizeof(ns.target));
	return true;
}

/*
 * hp_steer_owner - the endpoint that alone should hear this group frame
 *
 * NULL: not a question for an address, or not for one that an endpoint owns,
 * and no other: which of two answers is their own affair (VIPs, anycast).
 * ipvlan finds its endpoint by the destination address of a unicast frame, and
 * that of a solicitation is a group: it has to be flooded there.
 */
static __always_inline struct hp_neigh *hp_steer_owner(struct __sk_buff *skb,
						       const struct hp_frame *f)
{
	struct hp_neigh_key key = { .vlan = f->dst.vlan };
	struct hp_neigh *owner;
	bool question = false;

	if (f->proto == bpf_htons(ETH_P_ARP))
		question = hp_arp_target(skb, f, &key);
	else if (f->proto == bpf_htons(ETH_P_IPV6))
		question = hp_ns_target(skb, f, &key);
	if (!question)
		return NULL;
	owner = bpf_map_lookup_elem(&neigh, &key);
	if (!owner || owner->kind == HP_KIND_HOST || owner->kind == HP_KIND_IPVLAN ||
	    owner->flags & HP_NEIGH_SHARED)
		return NULL;
	return owner;
}

#endif
