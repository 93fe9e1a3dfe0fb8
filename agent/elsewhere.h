/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses that the netns of an endpoint has on a device that is not of its segment: a
 * VIP or an anycast address on lo, a dummy, an endpoint of another VLAN. Linux answers
 * ARP for each of its IPv4 addresses on whatever device it is asked (arp_ignore 0), and
 * IPv6 neighbour solicitations only for those of the device. Pure.
 */
#ifndef HAIRPIN_ELSEWHERE_H
#define HAIRPIN_ELSEWHERE_H

#include "model.h"
#include "state.h"
#include "station.h"

/* Adds them to what @u has of all other addresses, and of its segments. 0 or -ENOMEM. */
int elsewhere_put(const struct model *m, struct uplink_state *u, const struct stations *s);

#endif
