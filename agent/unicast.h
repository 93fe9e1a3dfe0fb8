/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The unicast addresses that a device receives besides its own. A macvlan puts
 * its MAC there by itself; for an XDP endpoint, which is no device on the uplink,
 * it is done here.
 */
#ifndef HAIRPIN_UNICAST_H
#define HAIRPIN_UNICAST_H

#include <linux/types.h>

/* In our own netns. 0, also if it is so already, or -errno. */
int unicast_add(__u32 ifindex, const __u8 mac[6]);
int unicast_del(__u32 ifindex, const __u8 mac[6]);

#endif
