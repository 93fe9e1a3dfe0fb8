/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's devices, read and changed. */
#ifndef HAIRPIN_CNI_KERNEL_H
#define HAIRPIN_CNI_KERNEL_H

#include "error.h"
#include "view.h"

/* Reads it; @change: waits until nobody else changes anything. To be closed with view_close() in
 * any case. */
int cni_kernel_open(struct view *k, bool change, struct cni_error *e);

/* The device of the default route of the netns that @nl is in: IPv4's before IPv6's. */
int cni_kernel_default(struct nl *nl, char name[IFNAMSIZ], struct cni_error *e);

/* The device @ifindex of the netns @ino; NULL: there is none. */
const struct rtnl_link *cni_kernel_link(const struct model *m, uint64_t ino, int32_t ifindex);

/*
 * Removes the endpoint @name, and the VLAN device that was made for it. What is not there is
 * removed. It is what is marked as it in @netns under @ifname; if there is no such device,
 * or @netns is not known (""), then what is marked as it anywhere. A container's root can
 * write that mark on its own device: that must not keep others from being removed.
 */
int cni_kernel_remove(const char *name, const char *netns, const char *ifname, struct cni_error *e);
/* The same of @link, in a kernel that is open to be changed; NULL: what is marked as it. */
int cni_kernel_remove_link(const struct view *k, const char *name, const struct rtnl_link *link,
			   struct cni_error *e);

#endif
