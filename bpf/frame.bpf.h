/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs need of a frame's link layer: who, to whom, on which
 * segment, and where the layer above begins. skb.bpf.h and xdp.bpf.h fill it.
 */
#ifndef HAIRPIN_FRAME_BPF_H
#define HAIRPIN_FRAME_BPF_H

#include <stdbool.h>

#include <linux/bpf.h>
#include <linux/if_ether.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "hairpin/abi.h"

#define HP_VLAN_VID_MASK 0x0fff
#define HP_L3_MASK 0x1f /* hp_frame.l3 is 14 or 18 */

struct hp_vlan_tag { /* what follows the TPID, IEEE 802.1Q 9.6 */
	__be16 tci;
	__be16 proto;
};

/* Addresses in the shape of fdb keys; copied, so that they survive a rewrite. */
struct hp_frame {
	struct hp_fdb_key dst;
	struct hp_fdb_key src;
	__be16 proto; /* EtherType behind the segment's tag */
	__u16 tci;    /* of the segment's tag; a priority tag's, or 0 */
	__be16 tpid;  /* skb.bpf.h: of the segment's tag, or what it would be */
	bool outer;   /* skb.bpf.h: it has that tag, or a priority tag in its place */
	bool tagged;  /* the frame has the segment's tag */
	__u32 l3;     /* offset of what follows it */
};

/* The header is aligned to two bytes, which its type does not say. */
static __always_inline void hp_frame_ethernet(struct hp_frame *f, const struct ethhdr *header)
{
	const struct ethhdr *eth = __builtin_assume_aligned(header, 2);

	__builtin_memcpy(f->dst.mac, eth->h_dest, ETH_ALEN);
	__builtin_memcpy(f->src.mac, eth->h_source, ETH_ALEN);
	f->proto = eth->h_proto;
	f->l3 = sizeof(*eth);
	f->tci = 0;
	f->tagged = false;
}

static __always_inline void hp_frame_tag(struct hp_frame *f, __u16 tci)
{
	f->tci = tci;
	f->dst.vlan = f->src.vlan = tci & HP_VLAN_VID_MASK;
	f->tagged = f->dst.vlan;
}

static __always_inline bool hp_is_tag(__be16 proto)
{
	return proto == bpf_htons(ETH_P_8021Q) || proto == bpf_htons(ETH_P_8021AD);
}

static __always_inline bool hp_is_group(const struct hp_frame *f)
{
	return f->dst.mac[0] & 1;
}

/* Six bytes are too odd for clang to compare without a call to memcmp(). */
static __always_inline bool hp_same_mac(const __u8 *a, const __u8 *b)
{
	__u8 differ = 0;

	for (int i = 0; i < ETH_ALEN; i++)
		differ |= a[i] ^ b[i];
	return !differ;
}

/* 01-80-C2-00-00-00 to -0F: LLDP, STP, LACP, pause. IEEE 802.1Q table 8-1. */
static __always_inline bool hp_is_reserved(const struct hp_frame *f)
{
	const __u8 *m = f->dst.mac;

	return m[0] == 0x01 && m[1] == 0x80 && m[2] == 0xc2 && m[3] == 0 && m[4] == 0 &&
	       (m[5] & 0xf0) == 0;
}

#endif
