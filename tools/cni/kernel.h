/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's devices, read and changed. */
#ifndef HAIRPIN_CNI_KERNEL_H
#define HAIRPIN_CNI_KERNEL_H

#include "discover.h"
#include "error.h"
#include "manage.h"

struct cni_kernel {
	struct model model;
	struct discover *discover;
	struct manage manage;
	int turn; /* of who changes something, or -1 */
};

/* Reads it; @change: waits until nobody else changes anything. To be closed in any case. */
int cni_kernel_open(struct cni_kernel *k, bool change, struct cni_error *e);
void cni_kernel_close(struct cni_kernel *k);

/* The device of the default route of the netns that @nl is in: IPv4's before IPv6's. */
int cni_kernel_default(struct nl *nl, char name[IFNAMSIZ], struct cni_error *e);

/* The device @ifindex of the netns @ino; NULL: there is none. */
const struct rtnl_link *cni_kernel_link(const struct model *m, uint64_t ino, int32_t ifindex);

/*
 * Removes the endpoint @name, wherever it is, and the VLAN device that was made for it. What is
 * not there is removed. @netns, @ifname: where it should be ("": unknown), for one that sits
 * on a device of its own netns.
 */
int cni_kernel_remove(const char *name, const char *netns, const char *ifname, struct cni_error *e);
/* The same, in a kernel that is open to be changed. */
int cni_kernel_remove_from(const struct cni_kernel *k, const char *name, struct cni_error *e);

#endif
