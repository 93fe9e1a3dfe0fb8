/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where metrics can be had: always on the socket RUN/metrics.sock, and on the
 * address of the configuration. The maps are read when somebody asks.
 */
#ifndef HAIRPIN_EXPORTER_H
#define HAIRPIN_EXPORTER_H

#include <limits.h>

#include "config.h"
#include "declared.h"
#include "http.h"
#include "metrics.h"
#include "pass.h"

struct exporter {
	struct event_base *base;
	const struct pass *pass;
	const struct declared *declared;
	const struct metrics_agent *agent;
	char path[PATH_MAX]; /* of the socket */
	struct http *local;
	struct http *remote; /* NULL: not asked for */
	char address[CONFIG_METRICS];
};

/* After pass, declared and agent are set. 0 or -errno, said in the log. */
int exporter_open(struct exporter *x, struct event_base *base, const char *run);
void exporter_close(struct exporter *x);

/*
 * From now on at @address; "": at none. On failure, in one line in @error, all is
 * as it was. 0 or -errno.
 */
int exporter_listen(struct exporter *x, const char *address, char *error, size_t size);

#endif
