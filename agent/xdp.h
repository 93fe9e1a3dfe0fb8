/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XDP on an uplink: whether, in which form, and its place. That there is none
 * is no error; why, stands in `no`.
 */
#ifndef HAIRPIN_XDP_H
#define HAIRPIN_XDP_H

#include <stdbool.h>

#include "hairpin/abi.h"

struct xdp {
	__u32 ifindex;
	enum hp_xdp mode; /* HP_XDP_NONE: no program */
	enum hp_no_xdp no;
	__s32 error;	    /* errno of HP_NO_XDP_REFUSED */
	bool tags;	    /* the driver tells tags by bpf_xdp_metadata_rx_vlan_tag() */
	int link;	    /* -1: none */
	enum hp_xdp placed; /* the mode of that */
	__u32 id;	    /* of the program in place, 0: none */
};

void xdp_init(struct xdp *x, __u32 ifindex);

/*
 * Decides on mode, no and tags, by what is asked for, what the device can do
 * and who is there already. Changes nothing.
 */
void xdp_choose(struct xdp *x, const struct hp_settings *settings);

/*
 * Puts the program @prog in place by what xdp_choose() said, in one atomic step
 * if ours is there already. If that fails, mode and no say so.
 */
void xdp_put(struct xdp *x, int prog);

/* Whether what is there is what xdp_put() left, or could leave. */
bool xdp_intact(const struct xdp *x);

/* Takes ours away. */
void xdp_remove(struct xdp *x);

/* The program @prog in the driver of a port, a device that we made; -1: none. 0 or -errno. */
int xdp_put_port(__u32 ifindex, int prog);

#endif
