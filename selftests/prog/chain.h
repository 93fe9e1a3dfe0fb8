/* SPDX-License-Identifier: BSD-2-Clause */
/* Chains of programs on the uplink: a test's probes, and between them ours. */
#ifndef SELFTESTS_PROG_CHAIN_H
#define SELFTESTS_PROG_CHAIN_H

enum attached {
	PROBE,	/* a probe at ingress */
	CLSACT, /* our programs too, between probes, as tc filters */
	TCX,	/* the same as tcx links */
};

/* 0, or -errno where this kernel cannot. chain_detach() is due either way. */
int chain_attach(enum attached attached);
void chain_detach(void);

#endif
