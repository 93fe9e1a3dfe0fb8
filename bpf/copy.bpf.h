/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies of a group frame into the uplink's receive path; and on an uplink
 * with access ports, in the form and to the stations of their VLANs.
 */
#ifndef HAIRPIN_COPY_BPF_H
#define HAIRPIN_COPY_BPF_H

#include <linux/if_ether.h>

#include <stddef.h>

#include "skb.bpf.h"
#include "station.bpf.h"
#include "tag.bpf.h"

/* Copies into the uplink's receive path; the original goes on unchanged. */
static __always_inline void hp_copy(struct __sk_buff *skb, __u16 tag, __u32 reason)
{
	__u16 before = skb->tc_index;

	hp_count_reason(reason, skb);
	skb->tc_index = tag;
	if (bpf_clone_redirect(skb, skb->ifindex, BPF_F_INGRESS))
		hp_count_reason(HP_REASON_COPY_FAILED, skb);
	skb->tc_index = before;
}

/*
 * A copy for one station: the group address gives way to the station's own,
 * which is what macvlan delivers by. IP and ICMPv6 look at their own
 * destination and take such a frame like any other.
 */
static __always_inline void hp_copy_to(struct __sk_buff *skb, const struct hp_frame *f,
				       const __u8 *mac, __u32 reason)
{
	const __u32 at = offsetof(struct ethhdr, h_dest);

	if (bpf_skb_store_bytes(skb, at, mac, ETH_ALEN, 0)) {
		hp_count_reason(HP_REASON_COPY_FAILED, skb);
		return;
	}
	hp_copy(skb, HP_TAG_TURNED, reason);
	bpf_skb_store_bytes(skb, at, f->dst.mac, ETH_ALEN, 0);
}

/* A copy out of the port of an XDP endpoint, as it is. */
static __always_inline void hp_copy_port(struct __sk_buff *skb, __u32 port, __u32 reason)
{
	hp_count_reason(reason, skb);
	if (bpf_clone_redirect(skb, port, 0))
		hp_count_reason(HP_REASON_COPY_FAILED, skb);
}

/*
 * hp_form - give the frame the tag of its segment, or take it off
 *
 * A priority tag gives way to it; an inner one stays, though the kernel holds it
 * beside the frame while there is no other. False: no memory.
 */
static __always_inline bool hp_form(struct __sk_buff *skb, struct hp_frame *f, bool tagged)
{
	if (tagged == f->tagged || !f->dst.vlan)
		return true;
	if (f->outer && bpf_skb_vlan_pop(skb))
		return false;
	if (tagged && bpf_skb_vlan_push(skb, f->tpid, f->tci))
		return false;
	f->outer = f->tagged = tagged;
	f->l3 = ETH_HLEN; /* the tag, if any, is beside the frame */
	return true;
}

/* A copy for the station @dst, whose MAC is in @key, in the form that the frame has. */
static __always_inline void hp_copy_station(struct __sk_buff *skb, const struct hp_frame *f,
					    const struct hp_fdb_key *key, const struct hp_fdb *dst,
					    __u32 reason)
{
	if (hp_is_port(dst))
		hp_copy_port(skb, dst->port, reason);
	else
		hp_copy_to(skb, f, key->mac, reason);
}

struct hp_list {
	struct __sk_buff *skb;
	const struct hp_frame *f;
	const struct hp_fdb *src;
	bool reflect;
	bool untagged;
};

static long hp_list_one(__u32 index, struct hp_list *list)
{
	struct hp_member_key at = { .vlan = list->f->dst.vlan, .index = index };
	const struct hp_member *member = bpf_map_lookup_elem(&members, &at);
	struct hp_fdb_key key = { .vlan = at.vlan };
	const struct hp_fdb *dst;

	if (!member || !!(member->flags & HP_FDB_UNTAGGED) != list->untagged ||
	    hp_same_mac(member->mac, list->f->src.mac))
		return 0;
	__builtin_memcpy(key.mac, member->mac, ETH_ALEN);
	dst = hp_fdb(&key);
	if (dst && hp_turns(list->src, dst, list->reflect))
		hp_copy_station(list->skb, list->f, &key, dst, HP_REASON_MEMBER);
	return 0;
}

/*
 * hp_list - a copy to each member of the segment that may hear @src
 *
 * The frame comes back in the form that it had, and false if it could not.
 */
static __always_inline bool hp_list(struct __sk_buff *skb, struct hp_frame *f,
				    const struct hp_segment *seg, const struct hp_fdb *src,
				    bool reflect)
{
	struct hp_list list = { .skb = skb, .f = f, .src = src, .reflect = reflect };
	bool tagged = f->tagged, ok = true;

	for (int untagged = 0; untagged < 2 && ok && seg->members; untagged++) {
		list.untagged = untagged;
		ok = hp_form(skb, f, !untagged);
		if (ok)
			bpf_loop(seg->members, hp_list_one, &list, 0);
	}
	return hp_form(skb, f, tagged) && ok;
}

#endif
