/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The data plane of all uplinks, as reconcile.c sees it: what is there, and a
 * way to apply an operation.
 */
#ifndef HAIRPIN_DATAPLANE_H
#define HAIRPIN_DATAPLANE_H

#include "reconcile.h"

struct dataplane;

/* On the pins below @pins, for the netns with inode @netns_ino. NULL and errno. */
struct dataplane *dataplane_open(const char *pins, __u64 netns_ino);
void dataplane_close(struct dataplane *dp); /* everything that is pinned goes on */

/*
 * Reads all pins, and adopts them. @observed is replaced. 0 or -errno; -EXDEV:
 * some are another netns's, which is alive (dataplane_foreign() tells which).
 */
int dataplane_observe(struct dataplane *dp, struct state *observed);

/*
 * Looks whether the programs are still in place; updates @observed. With @ports, also at
 * the ports, of which there may be many, and which are told of when they lose a filter.
 */
void dataplane_check(const struct dataplane *dp, struct state *observed, bool ports);

/* 0 or -errno. */
int dataplane_apply(struct dataplane *dp, const struct op *op);

/* After all operations succeeded: @desired is now what is there. Empties @desired. */
void dataplane_settle(const struct dataplane *dp, struct state *observed, struct state *desired);

/*
 * Whether what the maps of an uplink say of who is here is true from now on,
 * for as long as this process lives, so that rules that withhold frames may
 * hold. 0 or -errno.
 */
int dataplane_live(struct dataplane *dp, const char *uplink, bool live);

/* Reads the pins of one uplink again, or finds that there are none. 0 or -errno. */
int dataplane_refresh(struct dataplane *dp, struct state *observed, const char *uplink);

/*
 * What a map of the uplink has under the key that @record begins with, into its
 * value. 0; -ENOENT: nothing; or -errno.
 */
int dataplane_read(const struct dataplane *dp, const char *uplink, enum pins_map map, void *record);

/* A descriptor of a map of the uplink, which stays the data plane's; -1: there is none. */
int dataplane_map(const struct dataplane *dp, const char *uplink, enum pins_map map);

/* The netns that the pins of an uplink belong to, if that is not ours; else 0. */
__u64 dataplane_foreign(const struct dataplane *dp, const char *uplink);

#endif
