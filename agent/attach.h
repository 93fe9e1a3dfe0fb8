/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs on the tc hooks of a device. Foreign programs stay: of two things
 * in one place, ours is the one that gives way.
 */
#ifndef HAIRPIN_ATTACH_H
#define HAIRPIN_ATTACH_H

#include <stdbool.h>

#include "hairpin/abi.h"

enum attach_side { ATTACH_EGRESS, ATTACH_INGRESS, ATTACH_SIDES };

struct attach {
	__u32 ifindex;
	enum hp_hook hook;	 /* HP_HOOK_NONE: not attached */
	bool own_clsact;	 /* we made the qdisc */
	bool half;		 /* of one who was killed: not all of it need be there */
	int links[ATTACH_SIDES]; /* tcx: descriptors, else -1 */
	__u32 ids[ATTACH_SIDES]; /* program ids in place */
};

__u32 attach_program_id(int fd); /* 0: it cannot be told */

void attach_init(struct attach *a, __u32 ifindex);

/*
 * Settles where the programs will be: @want, or for HP_HOOK_NONE where they
 * are, else tcx if the kernel has it. Changes nothing yet, but for telling in own_clsact whether
 * attach_put() will make the qdisc. 0; -EEXIST: an `ingress` qdisc stands where
 * clsact would; -EBUSY: our place holds a filter of somebody else.
 */
int attach_prepare(struct attach *a, enum hp_hook *want);

/*
 * Puts @progs in place; where ours are already, one atomic step a side
 * replaces them, and if that fails the old ones stay. @want is what
 * attach_prepare() made of it; HP_HOOK_NONE: tcx if the kernel has it, else
 * clsact. 0 or -errno, also those of attach_prepare(); -EOPNOTSUPP: the kernel
 * has no tcx, and it was asked for.
 */
int attach_put(struct attach *a, enum hp_hook want, const int progs[ATTACH_SIDES]);

/* Whether both programs are where attach_put() left them. */
bool attach_intact(const struct attach *a);

/*
 * Takes ours away, and the clsact qdisc if it is ours and nobody else uses it.
 * One from which both our filters had vanished counts as made anew by others,
 * but after a kill, when they may not have been there yet.
 */
void attach_remove(struct attach *a);

/*
 * @prog at tc ingress of a port, a device that we made: a filter, which is gone
 * with the device. 0 or -errno.
 */
int attach_put_port(__u32 ifindex, int prog);
/* Also if the port itself has gone. */
bool attach_port_intact(__u32 ifindex, __u32 id);

/*
 * In its place one that drops everything: a port is a wire, and while none of our
 * programs is at its end, what comes out of it must not reach the host's stack. It
 * stays until attach_put_port() takes the place. 0 or -errno.
 */
int attach_plug_port(__u32 ifindex);

#endif
