/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What hairpind needs of the machine before it starts: rights, bpf(2), a
 * bpffs, and to be alone. Each says what is missing and how to mend it.
 */
#ifndef HAIRPIN_HOST_H
#define HAIRPIN_HOST_H

#include <stdbool.h>

/* All: 0, or -errno after one line in the log. */
int host_check_rights(void);
int host_check_bpf(void);
/* Makes the directory, on a bpffs; mounts one on /sys/fs/bpf if it is not there. */
int host_make_pins(const char *pins);
/* Locks RUN/hairpind.pid, the pins and the netns for as long as this process lives. */
int host_lock(const char *run, const char *pins);
/* Before it ends: the file for the netns goes, which are many where many are made. */
void host_unlock(void);

/* Whether it is a router for IPv6. */
bool host_forwards_ipv6(void);

#endif
