// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_ether.h>
#include <linux/if_link.h>

#include "world.h"

int world_setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	model_init(&w->model);
	w->model.own_nsid = WORLD_OWN_NSID;
	w->model.own_ino = WORLD_OWN_INO;
	w->config = config_default();
	w->now = 1000;
	put_link(w, device(2, "eth0"));
	*state = w;
	return 0;
}

int world_teardown(void **state)
{
	struct world *w = *state;

	model_free(&w->model);
	config_free(&w->config);
	state_free(&w->observed);
	state_free(&w->desired);
	free(w);
	return 0;
}

static void set_name(struct rtnl_link *link, const char *name)
{
	assert_true(strlen(name) < sizeof(link->name));
	strcpy(link->name, name);
}

struct rtnl_link device(int ifindex, const char *name)
{
	struct rtnl_link link = { .nsid = OWN,
				  .link_nsid = OWN,
				  .ifindex = ifindex,
				  .up = 1,
				  .ether = 1,
				  .mac = { 2, 0, 0, ifindex >> 8, 0, ifindex } };

	set_name(&link, name);
	return link;
}

struct rtnl_link vlan_device(int ifindex, const char *name, int below, __u16 vlan)
{
	struct rtnl_link link = device(ifindex, name);

	link.kind = RTNL_KIND_VLAN;
	link.mode = ETH_P_8021Q;
	link.link = below;
	link.vlan = vlan;
	return link;
}

struct rtnl_link macvlan(int nsid, int ifindex, const char *name, int parent, __u32 mode)
{
	struct rtnl_link link = device(ifindex, name);

	link.nsid = nsid;
	link.kind = RTNL_KIND_MACVLAN;
	link.link = parent;
	link.link_nsid = nsid == OWN ? OWN : WORLD_OWN_NSID;
	link.mode = mode;
	link.mac[4] = nsid + 1;
	return link;
}

struct rtnl_addr address(int nsid, int ifindex, const char *text, __u32 flags)
{
	struct rtnl_addr addr = { .nsid = nsid,
				  .ifindex = ifindex,
				  .family = strchr(text, ':') ? AF_INET6 : AF_INET,
				  .flags = flags };

	assert_int_equal(inet_pton(addr.family, text, addr.addr), 1);
	return addr;
}

void put_link(struct world *w, struct rtnl_link link)
{
	assert_true(model_put_link(&w->model, &link) >= 0);
}

void put_addr(struct world *w, struct rtnl_addr addr)
{
	assert_true(model_put_addr(&w->model, &addr) >= 0);
}

void put_netns(struct world *w, int nsid, __u64 ino, const char *name)
{
	struct model_netns netns = { .nsid = nsid, .ino = ino };

	assert_true(strlen(name) < sizeof(netns.name));
	strcpy(netns.name, name);
	assert_true(model_put_netns(&w->model, &netns) >= 0);
}

void put_endpoint(struct world *w, int nsid, int ifindex, const char *name, const char *text)
{
	put_link(w, macvlan(nsid, ifindex, name, 2, MACVLAN_MODE_BRIDGE));
	put_addr(w, address(nsid, ifindex, text, 0));
}

struct uplink_state *build(struct world *w)
{
	struct desired_input in = {
		.model = &w->model,
		.config = &w->config,
		.observed = &w->observed,
		.only = w->only,
		.now = w->now,
	};

	state_free(&w->desired);
	assert_int_equal(desired_build(&in, &w->desired), 0);
	assert_true(w->desired.count <= 1);
	return w->desired.count ? &w->desired.uplinks[0] : NULL;
}

void settle(struct world *w)
{
	state_free(&w->observed);
	w->observed = w->desired;
	w->desired = (struct state){};
	for (size_t i = 0; i < w->observed.count; i++) {
		struct uplink_state *u = &w->observed.uplinks[i];

		u->known = u->current = u->attached = true;
		if (u->hook == HP_HOOK_NONE)
			u->hook = HP_HOOK_TCX;
	}
}

struct uplink_state *pass(struct world *w)
{
	build(w);
	settle(w);
	return w->observed.count ? &w->observed.uplinks[0] : NULL;
}

const struct pins_endpoint *endpoint_named(const struct uplink_state *u, const char *ifname)
{
	const struct table *endpoints = &u->maps[PINS_ENDPOINTS];
	const struct pins_endpoint *found = NULL;

	for (size_t i = 0; i < endpoints->count; i++) {
		const struct pins_endpoint *e = table_at(endpoints, i);

		if (strcmp(e->value.ifname, ifname) != 0)
			continue;
		assert_null(found); /* it would be ambiguous */
		found = e;
	}
	return found;
}

/* The value behind the key, both for tables whose records are key, value. */
static const void *value_of(const struct uplink_state *u, enum pins_map map, const void *key)
{
	const char *record = table_find(&u->maps[map], key);

	return record ? record + pins_maps[map].key_size : NULL;
}

const struct hp_fdb *fdb_of(const struct uplink_state *u, __u16 vlan, const struct rtnl_link *link)
{
	struct hp_fdb_key key = { .vlan = vlan };

	memcpy(key.mac, link->mac, sizeof(key.mac));
	return value_of(u, PINS_FDB, &key);
}

const struct hp_neigh *neigh_of(const struct uplink_state *u, __u16 vlan, const char *text)
{
	struct rtnl_addr addr = address(OWN, 1, text, 0);
	struct hp_neigh_key key = { .vlan = vlan, .family = addr.family };

	memcpy(key.addr, addr.addr, sizeof(key.addr));
	return value_of(u, PINS_NEIGH, &key);
}

struct hp_segment segment_of(const struct uplink_state *u, __u16 vlan)
{
	const struct pins_segment *record = state_segment(u, vlan);
	struct hp_segment value = {};

	if (record) {
		value = record->value;
		assert_true(value.flags & HP_SEGMENT_SERVED);
		value.flags &= ~HP_SEGMENT_SERVED;
	}
	return value;
}
