/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telling the neighbours where an address is now: a gratuitous ARP (RFC 5227,
 * 2.3) or an unsolicited neighbour advertisement (RFC 4861, 7.2.6). Sent from
 * the endpoint's MAC out of the uplink, where the egress program lets the host
 * hear it as well.
 */
#ifndef HAIRPIN_ANNOUNCE_H
#define HAIRPIN_ANNOUNCE_H

#include "state.h"

#define ANNOUNCE_FRAME 96 /* bytes, enough for any of them */

/*
 * Builds the frame for an address, as its station would send it: tagged unless the
 * VLAN id is 0 or it is an access port of @uplink. @to is a MAC, NULL: everybody.
 * Returns its length.
 */
size_t announce_build(unsigned char frame[ANNOUNCE_FRAME], const struct uplink_state *uplink,
		      const struct pins_neigh *neigh, const unsigned char *to);

/* A socket to send with, or -errno. */
int announce_open(void);
/* Never waits. 0 or -errno; -EAGAIN: the device holds too much of ours that it has not sent. */
int announce_send(int fd, const struct uplink_state *uplink, const struct pins_neigh *neigh,
		  const unsigned char *to);

#endif
