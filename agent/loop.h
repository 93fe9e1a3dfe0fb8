/* SPDX-License-Identifier: BSD-2-Clause */
/* The agent from within: agent.c is what it does, loop.c is when. */
#ifndef HAIRPIN_LOOP_H
#define HAIRPIN_LOOP_H

#include <event2/event.h>

#include "agent.h"
#include "declared.h"
#include "discover.h"
#include "exporter.h"
#include "notify.h"
#include "pass.h"

#define AGENT_RESYNC_DELAY_MS 50 /* when the kernel changes faster than it can be read */
#define AGENT_DESCRIPTION 160

struct agent {
	const struct options *options;
	struct config config;
	struct model model;
	struct discover *discover;
	struct pass pass;
	struct declared declared;
	bool compare; /* endpoints that are declared and there, with the configuration */
	int retry_seconds;
	struct event_base *base;
	struct event *retry_timer;
	struct event *resync_timer;
	struct event *mounts; /* while an endpoint waits for its netns */
	int mounts_fd;
	struct event *turn_timer; /* while what is declared waits for its turn */
	struct event *rescan_timer;
	int rescan_seconds;
	struct event *watchdog_timer;
	struct notify notify;
	bool ready;
	struct metrics_agent metrics;
	struct exporter exporter;
};

/* As often as @tries, while the kernel changes under the dump. 0 or -errno; only -EAGAIN is not
 * said. */
int agent_read_kernel(struct agent *agent, int tries);
/* In a line, for the log and for `systemctl status`. Returns @out. */
const char *agent_describe(const struct agent *agent, char out[AGENT_DESCRIPTION]);

#endif
