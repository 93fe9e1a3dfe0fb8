/* SPDX-License-Identifier: BSD-2-Clause */
/* Routes and addresses of a device, in the netns of the socket. 0 or -errno. */
#ifndef HAIRPIN_CNI_ROUTE_H
#define HAIRPIN_CNI_ROUTE_H

#include "nl.h"
#include "result.h"

/* Beside others to the same subnet, as the reference plugins have it. */
int cni_route_add(struct nl *nl, int32_t ifindex, const struct cni_route *route);
/* Whether there is one like it; gateway and numbers count where they are given. -ENOENT: none. */
int cni_route_find(struct nl *nl, const struct cni_route *route);
/* Whether the device has the address. -ENOENT: it has not. */
int cni_address_find(struct nl *nl, int32_t ifindex, const struct spec_addr *address);

#endif
