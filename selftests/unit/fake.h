/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A data plane on paper: records every operation as plan.c words it, does it
 * to a state of its own, and asserts what the real one needs: that an entry
 * has a set to go to, a rename a free name, a program a set that is filled,
 * a device that is raised a record of it.
 */
#ifndef HAIRPIN_FAKE_H
#define HAIRPIN_FAKE_H

#include "reconcile.h"

struct fake {
	struct state state;  /* what is there now */
	struct table raised; /* devices whose gso_max_size is, by uplink and id */
	char *log;	     /* one line per operation */
	size_t log_size;
	size_t count; /* of operations */
};

/* Reconciles and does it; @fake->state begins as a copy of @observed. */
void fake_run(struct fake *fake, const struct state *observed, const struct state *desired);
void fake_free(struct fake *fake);

/* Fails unless @fake->state is @desired, its programs included. */
void fake_assert_reached(const struct fake *fake, const struct state *desired);

#endif
