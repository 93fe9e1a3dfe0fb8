/* SPDX-License-Identifier: GPL-2.0-only */
/* A frame in the form of the tc hooks. */
#ifndef HAIRPIN_SKB_BPF_H
#define HAIRPIN_SKB_BPF_H

#include "count.bpf.h"
#include "frame.bpf.h"
#include "l3.bpf.h"

/*
 * hp_frame_parse - read the link layer of @skb into @f
 *
 * The segment is the VID of the outermost tag, wherever that is: in the skb's
 * metadata (VLAN devices, NIC offload) or in the payload. A priority tag (VID
 * 0) leaves the frame untagged. Returns false if the frame ends too early.
 *
 * The Ethernet header is read in place, which costs a fifth of a helper call:
 * on both hooks it is in the linear part.
 */
static __always_inline bool hp_frame_parse(struct __sk_buff *skb, struct hp_frame *f)
{
	const struct ethhdr *eth = (void *)(long)skb->data;
	const void *end = (void *)(long)skb->data_end;
	struct hp_vlan_tag tag;
	__be16 tpid = 0;
	__u16 tci = 0;

	if ((const void *)(eth + 1) > end)
		return false;
	hp_frame_ethernet(f, eth);
	if (skb->vlan_present) {
		tpid = skb->vlan_proto;
		tci = skb->vlan_tci;
	} else if (hp_is_tag(f->proto)) {
		if (bpf_skb_load_bytes(skb, f->l3, &tag, sizeof(tag)))
			return false;
		tpid = f->proto;
		tci = bpf_ntohs(tag.tci);
		f->proto = tag.proto;
		f->l3 += sizeof(tag);
	}
	hp_frame_tag(f, tci);
	f->outer = tpid;
	f->tpid = f->tagged ? tpid : bpf_htons(ETH_P_8021Q);
	return true;
}

/*
 * In place where it is linear: the helper takes a sixth of the time. What follows an Ethernet
 * header, with or without a tag, is aligned to four bytes.
 */
static __always_inline bool hp_skb_load(struct __sk_buff *skb, __u32 at, void *to, __u32 size)
{
	const void *from;

	asm volatile("" : "+r"(at)); /* or the verifier does not see its bound */
	from = (void *)(long)skb->data + (at & HP_L3_MASK);
	if (from + size > (const void *)(long)skb->data_end)
		return !bpf_skb_load_bytes(skb, at, to, size);
	__builtin_memcpy(to, __builtin_assume_aligned(from, 4), size);
	return true;
}

static __always_inline bool hp_l3_load(struct __sk_buff *skb, const struct hp_frame *f,
				       struct hp_l3 *l3)
{
	switch (bpf_ntohs(f->proto)) {
	case ETH_P_ARP:
		return hp_skb_load(skb, f->l3, &l3->arp, sizeof(l3->arp));
	case ETH_P_IP:
		return hp_skb_load(skb, f->l3, &l3->ip4, sizeof(l3->ip4));
	case ETH_P_IPV6:
		return hp_skb_load(skb, f->l3, &l3->ns, sizeof(l3->ns)) ||
		       hp_skb_load(skb, f->l3, &l3->ip6, sizeof(l3->ip6));
	}
	return false;
}

#endif
