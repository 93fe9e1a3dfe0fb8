/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The endpoints that the configuration declares: what is missing is made, what
 * was taken out of the file is removed. Only what bears our mark and the word
 * "declared" is ever removed (spec.h).
 */
#ifndef HAIRPIN_DECLARED_H
#define HAIRPIN_DECLARED_H

#include "config.h"
#include "manage.h"

enum declared_type {
	DECLARED_REMOVE,
	DECLARED_ADD,
	DECLARED_SET, /* it is there: it may differ */
};

struct declared_step {
	enum declared_type type;
	char name[SPEC_NAME];
	const struct spec *spec; /* of the configuration; NULL: DECLARED_REMOVE */
};

/* Removals come first: they may free a MAC or a name. */
struct declared_plan {
	size_t count;
	struct declared_step *steps;
};

/* One that failed: it waits for declared_retry(), unless it waits for its netns. */
struct declared_failure {
	char name[SPEC_NAME];
	char said[SPEC_ERROR];
	bool blocked;
};

struct declared {
	struct table failures;
	struct table said; /* struct rtnl_addr that failed IPv6 DAD */
	struct nl *nl;
	bool waits;	/* for its turn (turn.h); else it leaves all for the next run */
	bool postponed; /* the last run did */
};

/*
 * Pure. @compare: also of what is there, whether it is as declared; otherwise
 * only of what is among @failures. 0 or -ENOMEM; the caller frees plan->steps.
 */
int declared_plan(const struct config *config, const struct model *m, const struct table *failures,
		  bool compare, struct declared_plan *plan);
/* "endpoint b1: add macvlan bridge on eth0.50 in netns b1". @words: what a DECLARED_SET sets. */
void declared_describe(const struct declared_step *step, unsigned int words, char *text,
		       size_t size);

void declared_init(struct declared *d);
void declared_free(struct declared *d);
/*
 * Brings all of it about. @refresh is called after each change, to bring the
 * model up to date; its error ends the run and is returned, else 0. An endpoint
 * that fails is said once, and is among d->failures. IPv6 DAD is not waited
 * for; what fails it is said once, too.
 *
 * While a command changes something, nothing is done, and d->postponed says so:
 * nobody tells when that has ended.
 */
int declared_run(struct declared *d, const struct config *config, const struct model *m,
		 bool compare, int (*refresh)(void *arg), void *arg);
/* Prints what a run would do, and does nothing. */
void declared_print(struct declared *d, const struct config *config, const struct model *m);
/* Lets those that failed take part again. */
void declared_retry(struct declared *d);

#endif
