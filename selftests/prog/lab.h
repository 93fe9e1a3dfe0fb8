/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The devices of the tests, in a network namespace of the test process alone:
 *
 *     uplink  <-- veth -->  wire
 *
 * Both ends have two packet sockets. `tap` gets every received frame, before
 * tc ingress. `end` gets sentinels only, and behind tc ingress: once a
 * sentinel is there, everything that went before it has passed the tap.
 *
 * That order holds because the process stays on one CPU: veth and
 * bpf_clone_redirect() both put frames into that CPU's backlog, a FIFO.
 */
#ifndef SELFTESTS_PROG_LAB_H
#define SELFTESTS_PROG_LAB_H

#include "frame.h"

#define LAB_UPLINK "uplink"
#define LAB_WIRE "wire"
#define LAB_ARRIVED_MAX 8
#define LAB_SENTINEL_LEN 60

struct lab_end {
	int ifindex;
	int tap;
	int end;
	const __u8 *mac; /* source of the sentinels that it sends; NULL: lab_sentinel_mac */
};

struct lab {
	int home; /* the netns that the process came from */
	struct lab_end uplink;
	struct lab_end wire;
};

struct lab_arrived {
	size_t count;
	struct frame frames[LAB_ARRIVED_MAX]; /* with all tags in the payload */
};

extern const __u8 lab_sentinel_mac[ETH_ALEN]; /* source and destination of sentinels */

/* Leaves the netns and stays on this CPU. Fails the test if that cannot be. */
void lab_open(struct lab *lab, const __u8 *uplink_mac);
void lab_close(struct lab *lab);

/* Runs a shell command, which has to succeed. */
void lab_run(const char *command);

/* Both devices up, and their queues working; at once if they are. */
void lab_up(void);
void lab_down(const struct lab *lab); /* the uplink */

/* A packet socket on a device; @proto 0x0003 (ETH_P_ALL) is a tap. */
int lab_packet_socket(int ifindex, __u16 proto);
/* Sends from the device that @fd is bound to. */
void lab_send(int fd, const struct frame *f);
/* Waits for the next frame and returns its sll_pkttype; -1 if none came in 5 s. */
int lab_receive(int fd, struct frame *f);

/* Forgets what a test that failed left unread. */
void lab_drain(const struct lab *lab);
void lab_drain_end(const struct lab_end *end);

/* What arrived at @end from its other end, or by re-injection, since last asked. */
void lab_collect(const struct lab_end *end, const struct lab_end *sender,
		 struct lab_arrived *arrived);
/* The same by a way on which the sentinel is given a tag of that VLAN; 0: none. */
void lab_collect_by(const struct lab_end *end, const struct lab_end *sender, __u16 vlan,
		    struct lab_arrived *arrived);

/* Finds the device, and opens its sockets. */
void lab_open_end(struct lab_end *end, const char *name);

#endif
