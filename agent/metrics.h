/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page of metrics: Prometheus' text format, 0.0.4, from structs. Pure.
 * Names and labels are an interface, and stand in hairpind(8).
 */
#ifndef HAIRPIN_METRICS_H
#define HAIRPIN_METRICS_H

#include <stdbool.h>
#include <stdio.h>

#include "hairpin/reasons.h"
#include "state.h"

#define METRICS_ENDPOINTS 2000 /* that have series of their own; the rest is left out */
#define METRICS_BUCKETS 8

/* How long passes took. */
struct metrics_passes {
	__u64 count;
	__u64 nanoseconds;
	__u64 buckets[METRICS_BUCKETS]; /* each has those that fit into no smaller one */
};

/* What hairpind counts itself. */
struct metrics_agent {
	struct metrics_passes passes;
	__u64 resyncs;
	__u64 reloads, failed_reloads;
	bool reload_failed; /* the last one */
	__u64 reloaded;	    /* when the configuration in force was read: seconds since 1970 */
};

struct metrics_uplink {
	const struct uplink_state *state;
	const struct hp_stats *stats;	  /* by endpoint id */
	__u32 slots;			  /* of @stats; what is not below it counted nothing yet */
	const struct hp_counter *reasons; /* HP_REASON_COUNT; NULL: they cannot be read */
	__u32 capacity[PINS_MAP_COUNT];
};

struct metrics {
	const struct metrics_agent *agent;
	size_t failed_uplinks, failed_endpoints; /* which wait to be tried again */
	size_t count;
	const struct metrics_uplink *uplinks;
};

void metrics_observe(struct metrics_passes *passes, __u64 nanoseconds);

/* 0 or -ENOMEM. */
int metrics_write(FILE *out, const struct metrics *m);

/*
 * The first @size bytes of @text, or fewer if it ends before, as the value of a
 * label. @out has 2 * @size + 1 bytes. Control characters become '?', and if it
 * is no UTF-8, so does what is not ASCII. Returns @out.
 */
const char *metrics_escape(char *out, const char *text, size_t size);

#endif
