/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small world for tests: devices, addresses and namespaces as netlink would
 * have told, and what becomes of them. Everything that can fail is asserted.
 *
 * MAC addresses are made of the key: 02:00:00:<ifindex, high>:<nsid + 1>:<ifindex>.
 */
#ifndef HAIRPIN_WORLD_H
#define HAIRPIN_WORLD_H

#include "desired.h"
#include "model.h"

#define WORLD_OWN_NSID 40 /* what the own netns is called by its endpoints' netns */
#define WORLD_OWN_INO 4000
#define OWN RTNL_OWN_NETNS

struct world {
	struct model model;
	struct config config;
	struct state observed;
	struct state desired;
	const char *const *only;
	__u64 now;
};

int world_setup(void **state); /* *state: a struct world with eth0 as index 2 */
int world_teardown(void **state);

/* Ethernet devices that are up. */
struct rtnl_link device(int ifindex, const char *name);
struct rtnl_link vlan_device(int ifindex, const char *name, int below, __u16 vlan);
/* On @parent of the own netns. */
struct rtnl_link macvlan(int nsid, int ifindex, const char *name, int parent, __u32 mode);
struct rtnl_addr address(int nsid, int ifindex, const char *text, __u32 flags);

void put_link(struct world *w, struct rtnl_link link);
void put_addr(struct world *w, struct rtnl_addr addr);
void put_netns(struct world *w, int nsid, __u64 ino, const char *name);
/* A macvlan in bridge mode with an address, in a netns of its own. */
void put_endpoint(struct world *w, int nsid, int ifindex, const char *name, const char *text);

/* Builds w->desired; returns its only uplink, or NULL if there is none. */
struct uplink_state *build(struct world *w);
/* What is desired has been done. */
void settle(struct world *w);
/* build() and settle(); the uplink as it is observed then. */
struct uplink_state *pass(struct world *w);

const struct pins_endpoint *endpoint_named(const struct uplink_state *u, const char *ifname);
const struct hp_fdb *fdb_of(const struct uplink_state *u, __u16 vlan, const struct rtnl_link *link);
const struct hp_neigh *neigh_of(const struct uplink_state *u, __u16 vlan, const char *text);
/* By value: the records are packed. All zero if there is none. */
/* Without HP_SEGMENT_SERVED, which all have. */
struct hp_segment segment_of(const struct uplink_state *u, __u16 vlan);

#endif
