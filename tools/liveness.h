/* SPDX-License-Identifier: BSD-2-Clause */
/* What this host, beside the maps, has to say: hairpind's lock, the backlog. */
#ifndef HAIRPIN_LIVENESS_H
#define HAIRPIN_LIVENESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define RUN_DEFAULT "/run/hairpin"
#define SOFTNET_STAT "/proc/net/softnet_stat"

struct daemon_state {
	bool running;
	pid_t pid; /* 0: in a pid namespace that we do not see */
};

/* Who holds the lock on @run/hairpind.pid. 0 or -errno. */
int daemon_read(const char *run, struct daemon_state *state);

/*
 * Frames that the receive backlog of this host had no room for, all CPUs: the
 * second column of /proc/net/softnet_stat. 0 or -errno; -EPROTO: not of that form.
 */
int softnet_parse(FILE *f, uint64_t *dropped);
int softnet_read(uint64_t *dropped);

#endif
