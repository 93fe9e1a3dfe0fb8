/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Steering: who should hear an ARP request or a neighbour solicitation.
 *
 * An ARP probe or a solicitation of duplicate address detection is a question
 * like any other: the owner has to hear it, to defend its address.
 */
#ifndef HAIRPIN_STEER_BPF_H
#define HAIRPIN_STEER_BPF_H

#include "l3.bpf.h"
#include "maps.bpf.h"

enum hp_hearer {
	HP_ALL,	   /* no question, or nobody knows */
	HP_OWNER,  /* that station, host or endpoint, alone */
	HP_HOST,   /* no endpoint; the host might */
	HP_NOBODY, /* here: all addresses are known */
};

/*
 * The subnet-router anycast address (RFC 4291 2.6.1) of a /64 is answered by
 * routers, and no list of addresses has it.
 */
static __always_inline bool hp_is_anycast(const struct hp_neigh_key *key)
{
	__u8 bits = 0;

	for (int i = 8; i < 16; i++)
		bits |= key->addr[i];
	return key->family == HP_AF_INET6 && !bits;
}

/* Linux answers for an IPv4 address of its own on whatever device it is asked (arp_ignore 0). */
static __always_inline bool hp_is_hosts(struct hp_neigh_key *key)
{
	key->vlan = HP_VLAN_ANY;
	return key->family == HP_AF_INET && hp_neigh(key);
}

static __always_inline enum hp_hearer hp_unknown(const struct hp_segment *seg,
						 struct hp_neigh_key *key)
{
	bool v4 = key->family == HP_AF_INET;

	if (!(seg->flags & HP_SEGMENT_HOST) ||
	    !(seg->flags & (v4 ? HP_SEGMENT_KNOWN_IPV4 : HP_SEGMENT_KNOWN_IPV6)))
		return HP_ALL;
	if (!(seg->flags & HP_SEGMENT_CLOSED) ||
	    seg->flags & (v4 ? HP_SEGMENT_PROXY_IPV4 : HP_SEGMENT_PROXY_IPV6) || hp_is_hosts(key))
		return HP_HOST;
	return HP_NOBODY;
}

/*
 * hp_steer - who should hear this group frame; *@owner is set for HP_OWNER
 *
 * Of an address that several have, which of the answers holds is their own
 * affair (VIPs, anycast). ipvlan finds its endpoint by the destination address
 * of a unicast frame, and that of a solicitation is a group: it has to be
 * flooded there. Who asks for its own address wants to hear of all others, and
 * would take its own question for another's: duplicate address detection.
 */
static __always_inline enum hp_hearer hp_steer(const struct hp_frame *f, const struct hp_l3 *l3,
					       const struct hp_segment *seg,
					       const struct hp_neigh **owner)
{
	struct hp_neigh_key key = { .vlan = f->dst.vlan };

	if (!hp_question(f, l3, &key))
		return HP_ALL;
	*owner = hp_neigh(&key);
	if (!*owner)
		return hp_is_anycast(&key) ? HP_ALL : hp_unknown(seg, &key);
	if ((*owner)->kind == HP_KIND_IPVLAN || (*owner)->flags & HP_NEIGH_SHARED ||
	    hp_same_mac((*owner)->mac, f->src.mac))
		return HP_ALL;
	return HP_OWNER;
}

#endif
