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

#include "frame.bpf.h"
#include "maps.bpf.h"

#define HP_AF_INET 2
#define HP_AF_INET6 10
#define HP_NS 135 /* ICMPv6 type, RFC 4861 */

/* <linux/if_arp.h> cannot be included here: it drags in libc's socket headers. */
#define HP_ARPHRD_ETHER 1
#define HP_ARPOP_REQUEST 1

struct hp_arp { /* Ethernet and IPv4 */
	__be16 hrd;
	__be16 pro;
	__u8 hln;
	__u8 pln;
	__be16 op;
	__u8 sha[ETH_ALEN];
	__u8 sip[4];
	__u8 tha[ETH_ALEN];
	__u8 tip[4];
} __attribute__((packed));

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
 * NULL: not a question for an address, or not for one that an endpoint owns.
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
	return owner && owner->kind != HP_KIND_HOST ? owner : NULL;
}

#endif
