/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a test says before it runs a frame: the frame, and all that it should
 * cause. What is not said is expected not to happen.
 */
#ifndef SELFTESTS_PROG_EXPECT_H
#define SELFTESTS_PROG_EXPECT_H

#include "hairpin/abi.h"
#include "hairpin/reasons.h"
#include "stations.h"

#define UNSPEC (-1)	  /* TC_ACT_UNSPEC */
#define REDIRECT 7	  /* TC_ACT_REDIRECT */
#define TAG_TURNED 0x6870 /* bpf/tag.bpf.h */
#define TAG_ECHO 0x6871
#define MARK 0xbeef /* on every frame: the mark is the user's, and has to stay */

enum rig_prog {
	RIG_EGRESS,
	RIG_EGRESS_REFLECT,
	RIG_INGRESS,
	RIG_PROGS,
};

/* One frame for one program. */
struct run {
	char what[128]; /* for messages */
	enum rig_prog prog;
	struct frame frame; /* as on the wire: all tags in the payload */
	bool metadata;	    /* its outer tag goes into the skb's metadata */
	__u16 tc_index;
	__u32 gso_segs;
};

struct counters {
	struct hp_stats stats[STATION_IDS];
	struct hp_counter reasons[HP_REASON_COUNT];
};

struct expect {
	int verdict;
	bool copied;
	struct frame copy; /* as on the wire */
	__u16 copy_tag;
	struct counters counters;
};

enum way { RX, TX };
enum path { PATH_HOST, PATH_WIRE, PATH_PEER }; /* order of struct hp_paths */

/* The frame of ; to its group address if @dst is NULL. */
struct run run_of(enum rig_prog prog, const struct encap *e, const struct kind *kind,
		  const __u8 *dst, const __u8 *src);
size_t run_length(const struct run *r); /* skb->len: what counters add */

struct expect expect_nothing(void); /* left alone, and not even counted */
/* Adds the frame to a counter. NOBODY has none. */
void expect_stats(struct expect *e, const struct run *r, enum station s, __u16 vlan, enum way way,
		  enum path path);
void expect_reason(struct expect *e, const struct run *r, enum hp_reason reason);
/* A copy of the frame, to @dst if that is not NULL. */
void expect_copy(struct expect *e, const struct run *r, __u16 tag, const __u8 *dst);

#endif
