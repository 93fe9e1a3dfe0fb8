/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a device can do with XDP, and what it does with VLAN tags by itself. By
 * generic netlink, in the netns of the caller.
 */
#ifndef HAIRPIN_NIC_H
#define HAIRPIN_NIC_H

#include <stdbool.h>

#include <linux/netlink.h>
#include <linux/types.h>

/* NETDEV_XDP_ACT_* and NETDEV_XDP_RX_METADATA_* of linux/netdev.h. */
#define NIC_XDP_BASIC (1U << 0)	       /* ABORTED, DROP, PASS and TX: has native XDP */
#define NIC_XDP_REDIRECT (1U << 1)     /* XDP_REDIRECT */
#define NIC_XDP_NDO_XMIT (1U << 2)     /* frames can be redirected to it */
#define NIC_XDP_RX_SG (1U << 5)	       /* several buffers ("xdp.frags") when receiving */
#define NIC_XDP_NDO_XMIT_SG (1U << 6)  /* ... and when redirected to */
#define NIC_RX_METADATA_VLAN (1U << 2) /* bpf_xdp_metadata_rx_vlan_tag() */

/*
 * 0; -EOPNOTSUPP: the kernel does not tell (before 6.3); -ENODEV; or -errno.
 * *rx_metadata is 0 where the kernel tells the one, but not yet the other. It is
 * what the driver offers now: to a veth, frames can be redirected while its peer
 * has a program or GRO on. No RTM_NEWLINK tells of such a change.
 */
int nic_xdp_features(__u32 ifindex, __u64 *xdp, __u64 *rx_metadata);

/* Features, by the kernel's names. */
#define NIC_RX_VLAN \
	"rx-vlan-hw-parse" /* rx-vlan-offload of ethtool -k: tags are beside the frame */
#define NIC_RX_VLAN_FILTER "rx-vlan-filter" /* only VLANs that have a VLAN device are received */

#define NIC_FIXED_ON 2 /* cannot be changed */

/*
 * 1: on, 0: off, or NIC_FIXED_ON. -EOPNOTSUPP: the kernel has no netlink for
 * ethtool (before 5.6).
 */
int nic_feature(__u32 ifindex, const char *feature);

/*
 * 0: it is so now; -EOPNOTSUPP: the device refused; or -errno. A veth never
 * refuses NIC_RX_VLAN, and nothing changes: what comes tagged depends on its peer's sending.
 * Everybody hears of a change by an RTM_NEWLINK in which nothing changed.
 */
int nic_set_feature(__u32 ifindex, const char *feature, bool on);

/*
 * The kernel's answers to the three, as above; -EBADMSG. Pure: they trust
 * nothing behind nlmsg_len, which must be readable.
 */
int nic_parse_xdp_features(const struct nlmsghdr *nlh, __u64 *xdp, __u64 *rx_metadata);
int nic_parse_feature(const struct nlmsghdr *nlh, const char *feature);
int nic_parse_set_feature(const struct nlmsghdr *nlh, const char *feature);

#endif
