/* SPDX-License-Identifier: BSD-2-Clause */
/* From the objects that are built into hairpind to maps and programs in the kernel. */
#ifndef HAIRPIN_LOAD_H
#define HAIRPIN_LOAD_H

#include "pins.h"
#include "xdp.h"

enum load_prog { LOAD_EGRESS, LOAD_INGRESS, LOAD_XDP, LOAD_PORT, LOAD_PORT_XDP, LOAD_PROGS };

extern const char *const load_names[LOAD_PROGS]; /* of their pins: "egress", ... */

/* Fills @maps with descriptors of new, empty maps. 0 or -errno. */
int load_maps(int maps[PINS_MAP_COUNT], __u32 slots);

/*
 * Loads a program on @maps, and puts its descriptor in place of *@fd. @xdp: what
 * there will be, LOAD_XDP: that program in its form. 0 or -errno.
 */
int load_prog(enum load_prog prog, const int maps[PINS_MAP_COUNT],
	      const struct hp_settings *settings, const struct xdp *xdp, int *fd);

/* Tells this build's programs from another's. */
__u64 load_build_id(void);

#endif
