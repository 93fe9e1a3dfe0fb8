/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One pass: from whatever state the data plane is in to the one that it should
 * be in. Decides (desired.c, reconcile.c), applies (dataplane.c), announces.
 */
#ifndef HAIRPIN_PASS_H
#define HAIRPIN_PASS_H

#include "config.h"
#include "dataplane.h"
#include "model.h"

struct pass {
	const struct model *model;
	const struct config *config;
	const char *const *only; /* uplinks to serve, NULL-terminated; NULL: all */
	struct dataplane *dataplane;
	struct state observed;
	struct table waiting; /* uplinks that failed, and are left alone until pass_retry() */
	struct table full;    /* uplinks of which the log said that an entry does not fit */
	bool tc;	      /* filters may have gone: see dataplane_check() */
	bool started;	      /* a pass has been made: what comes now is news */
	bool ignored;	      /* the last one may have taken MACs of ports off an uplink */
	int announce_fd;
};

void pass_init(struct pass *p);
void pass_free(struct pass *p); /* not the dataplane */

/* 0; -EIO: at least one uplink waits for pass_retry(), said in the log; -ENOMEM. */
int pass_run(struct pass *p);
/* Prints the operations of a pass to stdout and makes none. 0 or -ENOMEM. */
int pass_print(const struct pass *p);
/* Lets the uplinks that failed take part again. */
void pass_retry(struct pass *p);

#endif
