/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices, one request at a time: what manage.c does in a row and undoes when
 * it fails. All act in the netns of their socket, and return 0 or -errno.
 */
#ifndef HAIRPIN_DEVICE_H
#define HAIRPIN_DEVICE_H

#include "nl.h"
#include "rtnl.h"
#include "spec.h"

/* On addresses and routes of our making: IFA_PROTO (Linux 5.18), rtm_protocol. */
#define DEVICE_PROTO 104

struct device {
	struct rtnl_link link;
	uint32_t mtu;
	uint32_t bcqueuelen; /* of a macvlan */
};

/* -ENODEV: there is none of this name. */
int device_find(struct nl *nl, const char *name, struct device *device);
int device_get(struct nl *nl, int32_t ifindex, struct device *device);

int device_make_vlan(struct nl *nl, const char *name, int32_t lower, uint16_t vlan);
/*
 * In the netns @fd, on the device @parent of the socket's own. Down. Before Linux
 * 6.14, @name must be free in both, although only one of them gets it.
 */
int device_make_macvlan(struct nl *nl, const char *name, const struct spec *spec, int32_t parent,
			int fd);
/*
 * A veth: its port @port in the netns of the socket, and the other end in the netns
 * @fd under the name @name. Both down, with GRO on, so that XDP can redirect to
 * either, and the port deaf and dumb: no ARP, no IPv6.
 */
int device_make_veth(struct nl *nl, const char *port, const char *name, const struct spec *spec,
		     int fd);
/* Of a veth that XDP may redirect to; by its name. */
int device_gro_on(struct nl *nl, const char *name);
/* @nsid: as in struct rtnl_link */
int device_delete(struct nl *nl, int32_t nsid, int32_t ifindex);

/* While it is down. */
int device_rename(struct nl *nl, int32_t ifindex, const char *name);
int device_mark(struct nl *nl, int32_t ifindex, const char *mark);
int device_up(struct nl *nl, int32_t ifindex);
/* @word: SPEC_MTU, SPEC_MAC, SPEC_MODE or SPEC_BCQUEUELEN, as @spec has it. */
int device_set(struct nl *nl, int32_t ifindex, const struct spec *spec, unsigned int word);
/* gso_max_size and gso_ipv4_max_size; @ipv4 0: the kernel has none. */
int device_set_gso(struct nl *nl, int32_t ifindex, uint32_t size, uint32_t ipv4);

/* An address that is there already becomes ours. */
int device_add_addr(struct nl *nl, int32_t ifindex, const struct spec_addr *addr);
int device_del_addr(struct nl *nl, int32_t ifindex, const struct spec_addr *addr);
/* The default route. -EEXIST: there is another. */
int device_add_gateway(struct nl *nl, int32_t ifindex, const struct spec_addr *gateway);
int device_del_gateway(struct nl *nl, int32_t ifindex, const struct spec_addr *gateway);

/* Fills in addresses and gateways of our making. */
int device_read_addrs(struct nl *nl, int32_t ifindex, struct spec *spec);
int device_read_gateways(struct nl *nl, int32_t ifindex, struct spec *spec);

#endif
