/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests and the programs in harness.bpf.c tell each other. */
#ifndef SELFTESTS_PROG_HARNESS_H
#define SELFTESTS_PROG_HARNESS_H

#include <linux/types.h>

/* Local experimental EtherType (RFC 7042): marks the end of what a test sent. */
#define HARNESS_SENTINEL 0x88b5

/* What a frame gets before the program under test sees it. Host byte order. */
struct harness_given {
	__u32 target;	 /* index of `targets` */
	__u32 len;	 /* the frame is cut to this length; 0: as it is */
	__u32 vlan_tpid; /* 0: no tag in the metadata */
	__u32 vlan_tci;
	__u32 tc_index;
	__u32 mark;
};

enum harness_point {
	HARNESS_EGRESS_END,    /* behind the egress program */
	HARNESS_INGRESS_BEGIN, /* before the ingress program */
	HARNESS_INGRESS_END,   /* behind it */
	HARNESS_POINTS,
};

#define HARNESS_HEAD 64 /* bytes that are kept of a frame */

struct harness_seen {
	__u32 len;
	__u32 pkt_type;
	__u32 tc_index;
	__u32 vlan_present;
	__u32 vlan_proto; /* network byte order */
	__u32 vlan_tci;
	__u32 mark;
	__u8 head[HARNESS_HEAD];
};

#define HARNESS_SEEN_MAX 8

struct harness_log {
	__u32 count; /* may exceed HARNESS_SEEN_MAX: the rest is not kept */
	struct harness_seen frames[HARNESS_SEEN_MAX];
};

#endif
