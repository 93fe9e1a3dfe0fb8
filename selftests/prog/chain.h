/* SPDX-License-Identifier: BSD-2-Clause */
/* Chains of programs on the uplink: a test's probes, and between them ours. */
#ifndef SELFTESTS_PROG_CHAIN_H
#define SELFTESTS_PROG_CHAIN_H

#include "expect.h"

enum attached {
	PROBE,	/* a probe at ingress */
	CLSACT, /* our programs too, between probes, as tc filters */
	TCX,	/* the same as tcx links */
	/* CLSACT, behind XDP on the uplink */
	XDP_IN_DRIVER,
	XDP_IN_DRIVER_TAG, /* which asks the driver for tags */
	XDP_IN_KERNEL,	   /* generic */
};

/* Of each hook one; XDP_IN_DRIVER_TAG has a program of its own, in the same variant. */
struct chain_progs {
	enum rig_prog egress, ingress, xdp;
};

/* 0, or -errno where this kernel cannot: -EINVAL no tcx, -EOPNOTSUPP no tags. chain_detach() is due
 * either way. */
int chain_attach(enum attached attached);
/* The same with other programs than the shipped defaults. */
int chain_attach_progs(enum attached attached, const struct chain_progs *progs);
/* Our program at the port of an XDP endpoint; goes with chain_detach(). */
void chain_attach_port(int ifindex);
void chain_detach(void);

/*
 * What is given is set on what the wire sends, until the chain is detached: a tag
 * in the metadata of that is one in the metadata of what the uplink receives.
 */
void chain_set_at_wire(void);

#endif
