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

#define RIG_BUCKETS (HP_STORM_CLASSES * STATION_IDS)

struct rig {
	struct lab lab;
	struct hp_egress *egress[RIG_INGRESS];
	struct hp_ingress *ingress[RIG_PORT - RIG_INGRESS];
	struct hp_port_obj *port;
	struct hp_xdp_obj *xdp[RIG_PROGS - RIG_XDP];
	struct harness *harness;
	/* Maps, as memory. */
	struct hp_filter *filter;
	struct hp_stats (*stats)[STATION_IDS];
	struct hp_counter (*reasons)[HP_REASON_COUNT];
	__u64 (*storm)[RIG_BUCKETS];
};

extern struct rig rig;

void rig_open(void);
void rig_close(void);
int rig_prog_fd(enum rig_prog prog);
/*
 * The program that asks the driver of the uplink for tags, in that variant, to be
 * destroyed by the caller; NULL: this kernel has no word for them.
 */
struct hp_xdp_obj *rig_load_xdp_tag(enum rig_prog variant);

/* Behind every test, the maps are again as they were at first. */
void rig_reset(void);

/* The segment's entry; flags < 0 removes it. */
void rig_segment(__u16 vlan, int flags);
/* One more member, for the next rig_segment(). */
void rig_member(__u16 vlan, const __u8 *mac, __u16 flags);

/* Another entry, or another value; NULL removes it. */
void rig_clear_fdb(void); /* nobody is a station any more */
void rig_fdb(__u16 vlan, const __u8 *mac, const struct hp_fdb *value);
void rig_port(__u32 ifindex, const struct hp_port *value);
/* Whether XDP can redirect to it. */
void rig_device(__u32 ifindex, bool can);

#define RIG_ALIVE 1234 /* what is in alive.owner from the start */
void rig_alive(__u32 owner);

/* Another entry, or another value. */
void rig_neigh(__u16 vlan, const char *address, const struct hp_neigh *value);
struct hp_neigh rig_neigh_of(enum station owner, __u16 vlan);

/* Token buckets, as in map `storm`. */
__u32 rig_bucket_of(enum station s, __u16 vlan, enum hp_storm_class class);
void rig_set_bucket(__u32 bucket, __u64 full);
__u64 rig_bucket(__u32 bucket);

void rig_zero_counters(void);
void rig_read_counters(struct counters *c);
/* Fails, with what differs, unless they are equal. */
void rig_compare_counters(const char *what, const struct counters *got,
			  const struct counters *want);

/*
 * Before @sent goes through programs on a device: nothing is seen or counted yet, and
 * the harness gives it mark and tc_index, and with @beside its tag beside the frame.
 * The frame that is to be sent.
 */
struct frame rig_give(const struct run *r, const struct frame *sent, bool beside);

/* Runs it and returns the verdict, whatever it is. Copies are dropped. */
int rig_verdict(const struct run *r);

/* Runs and compares all. */
void rig_check(const struct run *r, const struct expect *e);

/* The same with the uplink down, where no copy can arrive. */
void rig_check_down(const struct run *r, const struct expect *e);

#endif
