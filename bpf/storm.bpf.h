/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Limits for group frames: token buckets, in the form of the generic cell rate
 * algorithm (ITU-T I.371 annex A). A bucket is the time at which it will be
 * full again; a frame puts that off by one interval, and is over the limit if
 * it would come to lie beyond the burst.
 */
#ifndef HAIRPIN_STORM_BPF_H
#define HAIRPIN_STORM_BPF_H

#include "l3.bpf.h"
#include "maps.bpf.h"

#define HP_SECOND 1000000000ULL
#define HP_STORM_BURST (HP_SECOND / 10) /* or eight frames, if that is longer */
#define HP_STORM_TRIES 4		/* against other CPUs */

static __always_inline bool hp_is_dhcp(const struct udphdr *udp, __u16 server, __u16 client)
{
	return udp->dest == bpf_htons(server) || udp->dest == bpf_htons(client);
}

static __always_inline enum hp_storm_class hp_storm_class(const struct hp_frame *f,
							  const struct hp_l3 *l3)
{
	switch (bpf_ntohs(f->proto)) {
	case ETH_P_ARP:
		return HP_STORM_ARP;
	case ETH_P_IP:
		if (l3->ip4.ip.protocol == IPPROTO_UDP && l3->ip4.ip.ihl == 5 &&
		    hp_is_dhcp(&l3->ip4.udp, 67, 68))
			return HP_STORM_DHCP;
		break;
	case ETH_P_IPV6:
		if (l3->ip6.ip.nexthdr == IPPROTO_UDP && hp_is_dhcp(&l3->ip6.udp, 547, 546))
			return HP_STORM_DHCP;
		if (l3->ip6.ip.nexthdr == IPPROTO_ICMPV6 &&
		    l3->ip6.icmp.icmp6_type >= HP_ND_FIRST && l3->ip6.icmp.icmp6_type <= HP_ND_LAST)
			return HP_STORM_ND;
		break;
	}
	return HP_STORM_OTHER;
}

/* In eighths of the limit. */
static __always_inline __u32 hp_storm_share(enum hp_storm_class class)
{
	switch (class) {
	case HP_STORM_OTHER:
		return 4;
	case HP_STORM_ARP:
		return 2;
	default:
		return 1;
	}
}

/* Takes a token from bucket @slot, which gets one every @interval ns; false: there is none. */
static __always_inline bool hp_storm_take(__u32 slot, __u64 interval)
{
	__u64 burst = interval > HP_STORM_BURST / 8 ? 8 * interval : HP_STORM_BURST;
	__u64 *bucket = bpf_map_lookup_elem(&storm, &slot);
	__u64 now = bpf_ktime_get_ns();

	if (!bucket)
		return true;
	for (int i = 0; i < HP_STORM_TRIES; i++) {
		__u64 full = *(volatile __u64 *)bucket;
		__u64 next = (full > now ? full : now) + interval;

		if (next > now + burst)
			return false;
		if (__sync_val_compare_and_swap(bucket, full, next) == full)
			return true;
	}
	return false;
}

/*
 * Whether a group frame is within the limit of whoever sent it: an endpoint, or
 * HP_STORM_WIRE; @limit frames a second for all classes together.
 */
static __always_inline bool hp_storm_allows(const struct hp_frame *f, const struct hp_l3 *l3,
					    __u32 sender, __u32 limit)
{
	enum hp_storm_class class = hp_storm_class(f, l3);

	return hp_storm_take(HP_STORM_CLASSES * sender + class,
			     8 * HP_SECOND / ((__u64)limit * hp_storm_share(class)));
}

#endif
