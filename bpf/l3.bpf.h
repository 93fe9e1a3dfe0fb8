/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the rules for group frames look at behind the link layer: the target of
 * an ARP request (RFC 826) or neighbour solicitation (RFC 4861 4.3), and what
 * class of traffic it is.
 */
#ifndef HAIRPIN_L3_BPF_H
#define HAIRPIN_L3_BPF_H

#include <linux/icmpv6.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#include "arp.bpf.h"
#include "frame.bpf.h"

#define HP_ND_FIRST 133 /* ICMPv6 types of RFC 4861: RS, RA, NS, NA, Redirect */
#define HP_ND_LAST 137
#define HP_NS 135

/* Zero where the frame was too short, so that it is nothing in particular. */
struct hp_l3 {
	union {
		struct hp_arp arp;
		struct {
			struct iphdr ip;
			struct udphdr udp;
		} ip4;
		struct {
			struct ipv6hdr ip;
			union {
				struct udphdr udp;
				struct icmp6hdr icmp;
			};
		} ip6;
		struct {
			struct ipv6hdr ip;
			struct icmp6hdr icmp;
			__u8 target[16];
		} ns;
	};
};

/* A gratuitous ARP (sender and target alike) is news for everybody, whoever had the address. */
static __always_inline bool hp_arp_is_question(const struct hp_arp *arp)
{
	return arp->hrd == bpf_htons(HP_ARPHRD_ETHER) && arp->pro == bpf_htons(ETH_P_IP) &&
	       arp->hln == ETH_ALEN && arp->pln == sizeof(arp->tip) &&
	       arp->op == bpf_htons(HP_ARPOP_REQUEST) &&
	       __builtin_memcmp(arp->sip, arp->tip, sizeof(arp->tip)) != 0;
}

/* A solicitation with extension headers is not recognised, and is flooded. */
static __always_inline bool hp_is_ns(const struct hp_l3 *l3)
{
	return l3->ns.ip.nexthdr == IPPROTO_ICMPV6 && l3->ns.icmp.icmp6_type == HP_NS &&
	       !l3->ns.icmp.icmp6_code;
}

/* Whether the frame asks for an address, and for which: @key, but for its VLAN. */
static __always_inline bool hp_question(const struct hp_frame *f, const struct hp_l3 *l3,
					struct hp_neigh_key *key)
{
	if (f->proto == bpf_htons(ETH_P_ARP) && hp_arp_is_question(&l3->arp)) {
		key->family = HP_AF_INET;
		__builtin_memcpy(key->addr, l3->arp.tip, sizeof(l3->arp.tip));
		return true;
	}
	if (f->proto == bpf_htons(ETH_P_IPV6) && hp_is_ns(l3)) {
		key->family = HP_AF_INET6;
		__builtin_memcpy(key->addr, l3->ns.target, sizeof(l3->ns.target));
		return true;
	}
	return false;
}

#endif
