/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The programs under test, loaded as they are shipped, their maps filled with
 * the cast of stations.h, and a way to run one frame and compare everything:
 * verdict, bytes, copies, and every counter that there is.
 */
#ifndef SELFTESTS_PROG_RIG_H
#define SELFTESTS_PROG_RIG_H

#include "expect.h"
#include "harness.h"
#include "lab.h"

struct rig {
	struct lab lab;
	struct hp_egress *egress[2]; /* by settings.reflect */
	struct hp_ingress *ingress;
	struct harness *harness;
};

extern struct rig rig;

void rig_open(void);
void rig_close(void);
int rig_prog_fd(enum rig_prog prog);

/* The segment's entry; flags < 0 removes it. */
void rig_segment(__u16 vlan, int flags);

void rig_zero_counters(void);
void rig_read_counters(struct counters *c);
/* Fails, with what differs, unless they are equal. */
void rig_compare_counters(const char *what, const struct counters *got,
			  const struct counters *want);

/* Runs and compares all. */
void rig_check(const struct run *r, const struct expect *e);

/* The same with the uplink down, where no copy can arrive. */
void rig_check_down(const struct run *r, const struct expect *e);

#endif
