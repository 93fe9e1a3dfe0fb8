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
#define SHOT 2		  /* TC_ACT_SHOT */
#define TAG_TURNED 0x6870 /* bpf/tag.bpf.h */
#define TAG_ECHO 0x6871
#define MARK 0xbeef /* on every frame: the mark is the user's, and has to stay */

/* Of each hook the shipped default first. */
enum rig_prog {
	RIG_EGRESS,
	RIG_EGRESS_REFLECT,
	RIG_EGRESS_NO_STEER, /* and reflect */
	RIG_EGRESS_STORM,    /* RIG_STORM frames a second */
	RIG_EGRESS_ACCESS,   /* there are access ports */
	RIG_EGRESS_ACCESS_REFLECT,
	RIG_EGRESS_PORTS, /* there are XDP endpoints */
	RIG_EGRESS_PORTS_REFLECT,
	RIG_EGRESS_PORTS_ACCESS, /* and access ports */
	RIG_INGRESS,
	RIG_INGRESS_NO_STEER,
	RIG_INGRESS_STORM,
	RIG_INGRESS_BEHIND, /* XDP has been there before */
	RIG_INGRESS_ACCESS,
	RIG_INGRESS_PORTS,
	RIG_INGRESS_PORTS_ACCESS,
	RIG_INGRESS_PORTS_BEHIND,
	RIG_PORT, /* at the port of an XDP endpoint */
	RIG_XDP,
	RIG_XDP_NO_STEER,
	RIG_XDP_STORM,
	RIG_XDP_FAST_STORM, /* RIG_FAST_STORM */
	RIG_XDP_GENERIC,
	RIG_XDP_PORTS,
	RIG_XDP_PORTS_GENERIC,
	RIG_XDP_PORTS_VETH, /* the uplink is one */
	RIG_PROGS,
};

/* The least that hairpin.conf takes: the slowest buckets. */
#define RIG_STORM 8
#define RIG_FAST_STORM 8000

bool rig_is_xdp(enum rig_prog prog);

/* One frame for one program. */
struct run {
	char what[128]; /* for messages */
	enum rig_prog prog;
	struct frame frame; /* as on the wire: all tags in the payload */
	bool metadata;	    /* its outer tag goes into the skb's metadata */
	__u16 tc_index;
	__u32 gso_segs;
	int ifindex; /* of the device that it passes; 0: the uplink */
};

struct counters {
	struct hp_stats stats[STATION_IDS];
	struct hp_counter reasons[HP_REASON_COUNT];
};

struct expect {
	int verdict;
	const __u8 *given;	  /* to this MAC alone, in the frame itself; NULL: unchanged */
	const struct frame *left; /* the frame is changed into this; NULL: it is not */
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

/* What becomes of a frame from the wire, at either hook. */
enum wire_outcome {
	WIRE_PASS,  /* unchanged */
	WIRE_OWNER, /* given to a station */
	WIRE_HOST,  /* given to the host, which may have the address or not */
	WIRE_FOREIGN_ARP,
	WIRE_STORM,
};

struct expect expect_from_wire(const struct run *r, enum wire_outcome outcome, const __u8 *mac);
/* Adds the frame to a counter. NOBODY has none. */
void expect_stats(struct expect *e, const struct run *r, enum station s, __u16 vlan, enum way way,
		  enum path path);
void expect_reason(struct expect *e, const struct run *r, enum hp_reason reason);
/* A copy of the frame, to @dst if that is not NULL. */
void expect_copy(struct expect *e, const struct run *r, __u16 tag, const __u8 *dst);

#endif
