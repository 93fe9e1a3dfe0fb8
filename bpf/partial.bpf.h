/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the stack at the other end of a veth sends has no checksum yet: the field has the
 * sum of the pseudo header, and the skb says that the rest is to be done. XDP cannot see
 * that, and a frame that it redirects is no skb any more: it would arrive with a wrong
 * checksum. So it is told by the field; of a complete one, one in 65536 looks alike.
 */
#ifndef HAIRPIN_PARTIAL_BPF_H
#define HAIRPIN_PARTIAL_BPF_H

#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include "frame.bpf.h"

#define HP_FRAGMENT 0x3fff /* more of them, or not the first: those are complete */

/* Where the checksum is behind the header of the network layer; 0: in no place that we know. */
static __always_inline __u32 hp_sum_at(__u8 protocol)
{
	return protocol == IPPROTO_TCP ? 16 : protocol == IPPROTO_UDP ? 6 : 0;
}

static __always_inline bool hp_sum_is(struct xdp_md *ctx, __u32 at, __u64 sum)
{
	__u16 check;

	if (bpf_xdp_load_bytes(ctx, at, &check, sizeof(check)))
		return false;
	for (int i = 0; i < 3; i++)
		sum = (sum & 0xffff) + (sum >> 16);
	return check == sum;
}

static __always_inline bool hp_is_partial4(struct xdp_md *ctx, __u32 l3)
{
	struct iphdr ip;
	__u32 header, at;

	if (bpf_xdp_load_bytes(ctx, l3, &ip, sizeof(ip)) || ip.frag_off & bpf_htons(HP_FRAGMENT))
		return false;
	header = 4 * ip.ihl;
	at = hp_sum_at(ip.protocol);
	if (!at)
		return ip.protocol == IPPROTO_SCTP;
	return hp_sum_is(ctx, l3 + header + at,
			 (__u64)ip.saddr + ip.daddr + bpf_htons(ip.protocol) +
				 bpf_htons(bpf_ntohs(ip.tot_len) - header));
}

static __always_inline bool hp_is_partial6(struct xdp_md *ctx, __u32 l3)
{
	struct ipv6hdr ip;
	__u64 sum;
	__u32 at;

	if (bpf_xdp_load_bytes(ctx, l3, &ip, sizeof(ip)))
		return false;
	at = hp_sum_at(ip.nexthdr);
	if (!at) /* behind an extension header may be anything */
		return ip.nexthdr != IPPROTO_ICMPV6 && ip.nexthdr != IPPROTO_FRAGMENT;
	sum = (__u64)ip.payload_len + bpf_htons(ip.nexthdr);
	for (int i = 0; i < 4; i++)
		sum += (__u64)ip.saddr.in6_u.u6_addr32[i] + ip.daddr.in6_u.u6_addr32[i];
	return hp_sum_is(ctx, l3 + sizeof(ip) + at, sum);
}

static __always_inline bool hp_is_partial(struct xdp_md *ctx, const struct hp_frame *f)
{
	if (f->proto == bpf_htons(ETH_P_IP))
		return hp_is_partial4(ctx, f->l3);
	return f->proto == bpf_htons(ETH_P_IPV6) && hp_is_partial6(ctx, f->l3);
}

#endif
