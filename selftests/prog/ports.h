/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XDP endpoints with real ports, so that it shows where a frame goes:
 *
 *     wire  <-- veth -->  uplink        port N  <-- veth -->  far N
 *
 * A far end has GRO on, as an XDP endpoint's has. A port has no TSO: then what is
 * sent out of it takes the same queue as what XDP redirects to it, and a sentinel
 * behind both arrives behind both.
 */
#ifndef SELFTESTS_PROG_PORTS_H
#define SELFTESTS_PROG_PORTS_H

#include "chain.h"
#include "expect.h"

#define PORTS (STATIONS - PORT_1)

/* Where frames come from and arrive: the uplink's receive path is AT_UPLINK. */
enum place { AT_WIRE, AT_UPLINK, AT_PORT, PLACES = AT_PORT + PORTS };

enum place port_place(enum station s);
int port_ifindex(enum station s);
struct hp_fdb port_fdb(enum station s, __u16 vlan, __u16 flags);

/* A setup: the ports are there, in `devices`, and what comes in at them is of VLAN_A. */
int with_ports(void **state);
/* The same for what is run by BPF_PROG_RUN. */
int with_ports_and_probe(void **state);

/* All are on that segment, and among its members; @flags: HP_FDB_UNTAGGED. */
void ports_put(__u16 vlan, __u16 flags);
/* What comes in at them is of that VLAN. */
void ports_set_vlan(__u16 vlan);

/* A chain on the uplink, and our program at the ports; skips where it cannot be. */
void ports_attach(enum attached attached, const struct chain_progs *progs);

/* What a frame should cause, beginning with nothing at all. */
struct travel {
	struct expect e; /* copy_tag: at the uplink; counters; the rest is not used */
	bool arrives[PLACES];
	struct frame at[PLACES];
	bool goes_on; /* tc ingress leaves it to the kernel */
	bool bridged; /* unicast of a port to nobody goes into the receive path as well */
};

void travel_to(struct travel *t, enum place place, const struct frame *f);
/* In the form in which the endpoint on that segment is to have it. */
void travel_to_port(struct travel *t, enum station s, const struct frame *f, bool untagged);

/*
 * Sends the frame from there, and compares what arrives everywhere, and all
 * counters. From a far end, @r->frame is what the uplink gets to see of @sent.
 */
void travel_check(const struct run *r, enum place from, const struct frame *sent,
		  struct travel *want);

#endif
