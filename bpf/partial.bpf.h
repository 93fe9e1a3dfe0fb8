/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the stack at the other end of a veth sends has no checksum yet: the field has the
 * sum of the pseudo header, and the skb says that the rest is to be done. XDP cannot see
 * that, and a frame that it redirects is no skb any more: it would arrive with a wrong
 * checksum. So it is told by the field; of a complete one, one in 65536 looks alike.
 *
 * In a tunnel, it is the inner checksum that is to be done, and the outer one, if there is
 * one at all, is complete or looks so: lco_csum() counts with what the inner will be. Of what
 * may be a tunnel, all is taken for what is still to be done.
 */
#ifndef HAIRPIN_PARTIAL_BPF_H
#define HAIRPIN_PARTIAL_BPF_H

#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include "frame.bpf.h"

#define HP_FRAGMENT 0x3fff /* more of them, or not the first: those are complete */

static __always_inline bool hp_sum_is(__u16 check, __u64 sum)
{
	for (int i = 0; i < 3; i++)
		sum = (sum & 0xffff) + (sum >> 16);
	return check == sum;
}

/* VXLAN, by IANA and by Linux; VXLAN-GPE; GUE; GENEVE. Whoever else has the port loses little. */
static __always_inline bool hp_is_tunnel(__be16 port)
{
	switch (bpf_ntohs(port)) {
	case 4789:
	case 8472:
	case 4790:
	case 6080:
	case 6081:
		return true;
	}
	return false;
}

/* @sum: of the pseudo header. */
static __always_inline bool hp_is_partial_tcp(struct xdp_md *ctx, __u32 at, __u64 sum)
{
	__u16 check;

	return !bpf_xdp_load_bytes(ctx, at + offsetof(struct tcphdr, check), &check,
				   sizeof(check)) &&
	       hp_sum_is(check, sum);
}

static __always_inline bool hp_is_partial_udp(struct xdp_md *ctx, __u32 at, __u64 sum)
{
	struct udphdr udp;

	return !bpf_xdp_load_bytes(ctx, at, &udp, sizeof(udp)) &&
	       (!udp.check || hp_is_tunnel(udp.dest) || hp_sum_is(udp.check, sum));
}

static __always_inline bool hp_is_partial4(struct xdp_md *ctx, __u32 l3)
{
	struct iphdr ip;
	__u32 header;
	__u64 sum;

	if (bpf_xdp_load_bytes(ctx, l3, &ip, sizeof(ip)) || ip.frag_off & bpf_htons(HP_FRAGMENT))
		return false;
	header = 4 * ip.ihl;
	sum = (__u64)ip.saddr + ip.daddr + bpf_htons(ip.protocol) +
	      bpf_htons(bpf_ntohs(ip.tot_len) - header);
	switch (ip.protocol) {
	case IPPROTO_TCP:
		return hp_is_partial_tcp(ctx, l3 + header, sum);
	case IPPROTO_UDP:
		return hp_is_partial_udp(ctx, l3 + header, sum);
	case IPPROTO_ICMP:
	case IPPROTO_IGMP:
		return false;
	}
	return true;
}

static __always_inline bool hp_is_partial6(struct xdp_md *ctx, __u32 l3)
{
	struct ipv6hdr ip;
	__u64 sum;

	if (bpf_xdp_load_bytes(ctx, l3, &ip, sizeof(ip)))
		return false;
	sum = (__u64)ip.payload_len + bpf_htons(ip.nexthdr);
	for (int i = 0; i < 4; i++)
		sum += (__u64)ip.saddr.in6_u.u6_addr32[i] + ip.daddr.in6_u.u6_addr32[i];
	switch (ip.nexthdr) {
	case IPPROTO_TCP:
		return hp_is_partial_tcp(ctx, l3 + sizeof(ip), sum);
	case IPPROTO_UDP:
		return hp_is_partial_udp(ctx, l3 + sizeof(ip), sum);
	case IPPROTO_ICMPV6:
	case IPPROTO_FRAGMENT:
		return false;
	}
	return true; /* behind an extension header may be anything */
}

static __always_inline bool hp_is_partial(struct xdp_md *ctx, const struct hp_frame *f)
{
	if (f->proto == bpf_htons(ETH_P_IP))
		return hp_is_partial4(ctx, f->l3);
	if (f->proto == bpf_htons(ETH_P_IPV6))
		return hp_is_partial6(ctx, f->l3);
	return hp_is_tag(f->proto); /* behind an inner tag may be any of them */
}

#endif
