/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From (observed, desired) to the operations that turn one into the other, in
 * an order in which traffic never meets a half-made state. Pure: who applies
 * them is behind op_apply: dataplane.c with libbpf, plan.c on paper.
 */
#ifndef HAIRPIN_RECONCILE_H
#define HAIRPIN_RECONCILE_H

#include "state.h"

enum op_type {
	OP_REMOVE, /* uplink: programs and pins go */
	OP_RENAME, /* uplink: its directory of pins follows the device's new name */
	OP_CREATE, /* uplink: an empty set of maps, not yet visible; replaces any other */
	OP_CLEAR,  /* stats slot `id` to zero */
	OP_SET,	   /* map entry */
	OP_DELETE, /* map entry */
	OP_LOAD,   /* uplink: this build's programs, with `uplink->settings` */
	OP_ATTACH, /* uplink: programs take their place, atomically if others hold it */
	OP_RAISE,  /* the uplink or a station's device: gso_max_size as `uplink->settings` say */
	OP_LOWER,  /* the same, as it was before; it had been raised to the old settings' */
};

struct op {
	enum op_type type;
	const struct uplink_state *uplink; /* desired; the observed one for OP_REMOVE */
	const char *from, *to;		   /* OP_RENAME: names of the directory of pins */
	enum pins_map map;		   /* OP_SET, OP_DELETE */
	const void *record;		   /* as in pins.h; OP_RAISE, OP_LOWER: NULL: the uplink */
	__u32 id;			   /* OP_CLEAR */
	bool served;			   /* the uplink was served before */
	bool failed;			   /* set by whoever applied it */
	bool news;			   /* OP_SET: it was not so before, in whatever maps */
};

/* Operations point into both states, which must outlive them unchanged. */
struct ops {
	size_t count;
	struct op *list;
};

/* 0 or -ENOMEM, @ops is then empty. The caller frees ops->list. */
int reconcile(const struct state *observed, const struct state *desired, struct ops *ops);

#endif
