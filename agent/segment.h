/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is said of a segment: who the host is on it, what is known of its
 * addresses, who gets copies of its groups from the programs. Pure.
 */
#ifndef HAIRPIN_SEGMENT_H
#define HAIRPIN_SEGMENT_H

#include "desired.h"
#include "station.h"

/*
 * Adds what the presence of @s says to the record of its segment. The host comes first:
 * what it says, the endpoints take back or add to. 0 or -ENOMEM.
 */
int segment_put(const struct desired_input *in, struct uplink_state *u, const struct station *s);

/* The station to those that get copies. 0 or -ENOMEM. */
int segment_add_member(struct uplink_state *u, const struct station *s);

/* The uplink is one of access ports: endpoints of several VLANs are on it. 0 or -ENOMEM. */
int segments_list(const struct model *m, struct uplink_state *u);

#endif
