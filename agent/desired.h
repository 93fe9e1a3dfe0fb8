/* SPDX-License-Identifier: BSD-2-Clause */
/* From what the kernel has and the user wants to what the maps should hold. Pure. */
#ifndef HAIRPIN_DESIRED_H
#define HAIRPIN_DESIRED_H

#include "config.h"
#include "model.h"
#include "state.h"

struct desired_input {
	const struct model *model;
	const struct config *config;
	const struct state *observed; /* ids and first_seen carry over from it */
	const char *const *only;      /* -u: uplinks to serve, NULL-terminated; NULL: all */
	__u64 now;		      /* nanoseconds since 1970, for endpoints that are new */
};

/*
 * Fills @desired (which must be empty) with every uplink that has at least
 * one endpoint and is to be served. 0 or -ENOMEM, @desired is then empty.
 *
 * An address that two stations claim stands under the first that the model
 * holds, marked as HP_NEIGH_SHARED.
 */
int desired_build(const struct desired_input *in, struct state *desired);

#endif
