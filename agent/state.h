/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of all uplinks: what should be in the data plane (desired.c makes
 * it from the kernel's state), and what is (dataplane.c observes it).
 * reconcile.c compares the two.
 */
#ifndef HAIRPIN_STATE_H
#define HAIRPIN_STATE_H

#include "pins.h"

/* The maps whose content is state; meta and counters are the data plane's. */
#define STATE_FIRST_MAP PINS_SEGMENTS
#define STATE_LAST_MAP PINS_DEVICES

struct uplink_state {
	char name[IFNAMSIZ];
	__u32 ifindex;
	__u32 slots;	   /* of the stats map; every endpoint id is below it */
	enum hp_hook hook; /* desired: HP_HOOK_NONE is any; observed: the one in use */
	bool known;	   /* observed: pins of our ABI and our netns */
	bool current;	   /* observed: the programs are this build's */
	bool attached;	   /* observed: both programs are in place */
	struct hp_settings settings;
	enum hp_xdp xdp;		   /* observed */
	enum hp_no_xdp no_xdp;		   /* observed */
	struct table maps[PINS_MAP_COUNT]; /* records as in pins.h */
};

struct state {
	size_t count;
	struct uplink_state *uplinks;
};

struct uplink_state *state_find(const struct state *state, const char *name);
struct uplink_state *state_find_ifindex(const struct state *state, __u32 ifindex);
/* An empty one at the end, or NULL. Moves the others. */
struct uplink_state *state_add(struct state *state, const char *name);
/* What is known of a VLAN of the uplink, or NULL. Valid until the table changes. */
struct pins_segment *state_segment(const struct uplink_state *uplink, __u16 vlan);
/* Where several stations have the address, who of them answers is their own affair. 0 or -ENOMEM.
 */
int state_put_neigh(struct uplink_state *uplink, const struct pins_neigh *record);
void state_remove(struct state *state, struct uplink_state *uplink);
void state_free(struct state *state);

#endif
