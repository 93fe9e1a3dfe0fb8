/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which network namespaces there are, and what a person calls them. A netns is
 * found by a mount of its handle, wherever an engine keeps these, or by a
 * process that runs in it; and told apart by its inode.
 */
#ifndef HAIRPIN_NETNS_H
#define HAIRPIN_NETNS_H

#include <stdbool.h>
#include <stdint.h>

#include "table.h"

struct netns_found {
	uint64_t ino;
	int rank;	/* of the name: the better word wins */
	char name[64];	/* `ip netns` name, container id, "pid/comm", name of the mount */
	char path[256]; /* of the handle, "" if there is none */
	int pid;	/* of a process in it, 0 if there is none */
};

/* Fills @found (initialised here) with all that are visible. 0 or -errno. */
int netns_scan(struct table *found);

/* Whether its name is one that a person may not know, or that may not last. */
bool netns_is_vague(const struct netns_found *netns);

/* A descriptor of it, or -errno; -ENOENT: it is gone. */
int netns_open(const struct netns_found *netns);

/* Inode of the caller's own netns, 0 and errno on failure. */
uint64_t netns_own_ino(void);

/* Pure parts, for tests. */

/* A line of /proc/self/mountinfo: 0, or -ENOENT if it is no netns handle. */
int netns_parse_mount(const char *line, struct netns_found *found);
/* The text of /proc/PID/cgroup: the container id in it, 12 hex digits, or -ENOENT. */
int netns_parse_cgroup(const char *text, char id[13]);

#endif
