/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ports of a set's XDP endpoints: entries in its map, and what goes with them,
 * the program at the port and the MAC in the uplink's list of addresses.
 */
#ifndef HAIRPIN_PORTS_H
#define HAIRPIN_PORTS_H

#include "set.h"

/* 0 or -errno. */
int ports_put(struct set *set, const struct pins_port *port);
int ports_del(struct set *set, __u32 ifindex);

/*
 * Does for all that the map has what ports_put() does once the set is published. What
 * fails at one of them is said, and the others go on. 0; -errno: the map cannot be read.
 */
int ports_put_all(const struct set *set);

/*
 * Takes back what goes with ports that are in @set, but not in @kept, or there with
 * another MAC; but for MACs that others have in @fdb. NULL: none is kept.
 */
void ports_leave(const struct set *set, const struct table *kept, const struct table *fdb);
/* All of them, by the set's own fdb. */
void ports_leave_all(const struct set *set);

/* Marks those of @ports, which are in the map, that have lost their program: HP_PORT_UNDONE. */
void ports_check(const struct set *set, const struct table *ports);

#endif
