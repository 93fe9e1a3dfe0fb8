// SPDX-License-Identifier: BSD-2-Clause
/* XDP endpoints: which veths they are, where they are, and what the maps then say. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_ether.h>
#include <linux/if_link.h>

#include "plan.h"
#include "reconcile.h"
#include "station.h"
#include "world.h"

#define PORT 20
#define FAR 3

/* The end on the host, which points at the device FAR of the netns @nsid. */
static struct rtnl_link port(int ifindex, int nsid, const char *mark)
{
	struct rtnl_link link = device(ifindex, "hairpin0000001");

	link.kind = RTNL_KIND_VETH;
	link.link = FAR;
	link.link_nsid = nsid;
	strcpy(link.mark, mark);
	return link;
}

static struct rtnl_link far_end(int nsid, int of)
{
	struct rtnl_link link = device(FAR, "far0");

	link.nsid = nsid;
	link.kind = RTNL_KIND_VETH;
	link.link = of;
	link.link_nsid = WORLD_OWN_NSID;
	link.mac[4] = nsid + 1;
	link.takes_xdp = 1;
	return link;
}

/* Both, with what discover.c makes of them. */
static struct rtnl_link xdp(struct world *w, int nsid, const char *mark)
{
	struct rtnl_link link = far_end(nsid, PORT + nsid);

	put_netns(w, nsid, 5000 + nsid, "x");
	put_link(w, port(PORT + nsid, nsid, mark));
	model_identify(&w->model, &link);
	put_link(w, link);
	return link;
}

static const struct hp_port *port_of(const struct uplink_state *u, __u32 ifindex)
{
	const struct pins_port *p = table_find(&u->maps[PINS_PORTS], &ifindex);

	return p ? &p->value : NULL;
}

static bool takes_redirects(const struct uplink_state *u, __u32 ifindex)
{
	return table_find(&u->maps[PINS_DEVICES], &ifindex);
}

/* What a container's root can do to its own end makes no endpoint of it. */
static void a_port_says_which_is_its_far_end(void **state)
{
	struct world *w = *state;
	struct rtnl_link link = far_end(5, PORT), forged = far_end(5, PORT + 1);

	put_link(w, port(PORT, 5, "x1 xdp eth0 bridge"));
	put_link(w, port(PORT + 1, 5, ""));
	model_identify(&w->model, &link);
	assert_int_equal(link.kind, RTNL_KIND_XDP);
	assert_string_equal(link.mark, "x1 xdp eth0 bridge");

	strcpy(forged.mark, "x2 xdp eth0 bridge"); /* its port bears none */
	model_identify(&w->model, &forged);
	assert_int_equal(forged.kind, RTNL_KIND_VETH);

	forged = far_end(5, PORT); /* another device that points at the same port */
	forged.ifindex = FAR + 1;
	model_identify(&w->model, &forged);
	assert_int_equal(forged.kind, RTNL_KIND_VETH);

	forged = far_end(6, PORT); /* the same index in another netns */
	model_identify(&w->model, &forged);
	assert_int_equal(forged.kind, RTNL_KIND_VETH);

	forged = far_end(5, PORT);
	forged.kind = RTNL_KIND_MACVLAN;
	model_identify(&w->model, &forged);
	assert_int_equal(forged.kind, RTNL_KIND_MACVLAN);
}

static void what_a_parent_means(void **state)
{
	static const struct {
		const char *name, *uplink, *parent;
		int vlan;
	} rows[] = {
		{ "eth0", "eth0", "eth0", 0 },
		{ "eth0.50", "eth0", "eth0.50", 50 },
		{ "lan60", "eth0", "lan60", 60 },
		{ "eth0.60", "eth0", "lan60", 60 }, /* the host's device has another name */
		{ "eth0.70", "eth0", NULL, 70 },
		{ "eth0.80", "eth0", NULL, 80 }, /* is of 802.1ad, under another name */
		{ "outer", NULL, NULL, 0 },	 /* 802.1ad */
		{ "eth0.50.7", NULL, NULL, 0 },	 /* two tags */
		{ "eth0.50.8", NULL, NULL, 0 },
		{ "eth9", NULL, NULL, 0 },
		{ "eth9.50", NULL, NULL, 0 },
	};
	struct world *w = *state;
	struct rtnl_link outer = vlan_device(12, "outer", 2, 80);

	outer.mode = ETH_P_8021AD;
	put_link(w, vlan_device(10, "eth0.50", 2, 50));
	put_link(w, vlan_device(11, "lan60", 2, 60));
	put_link(w, outer);
	put_link(w, vlan_device(13, "eth0.50.7", 10, 7));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct rtnl_link *parent = NULL, *uplink;
		__u16 vlan = 0;

		uplink = station_segment(&w->model, rows[i].name, &parent, &vlan);
		assert_row(rows[i].name, !uplink == !rows[i].uplink);
		if (!uplink)
			continue;
		assert_string_equal(uplink->name, rows[i].uplink);
		assert_row(rows[i].name, !parent == !rows[i].parent);
		if (parent)
			assert_string_equal(parent->name, rows[i].parent);
		assert_int_equal(vlan, rows[i].vlan);
	}
}

static void it_is_a_station_with_a_port(void **state)
{
	struct world *w = *state;
	struct rtnl_link x1 = xdp(w, 5, "x1 xdp eth0 bridge"),
			 x2 = xdp(w, 6, "x2 declared xdp eth0 private");
	struct uplink_state *u;

	put_addr(w, address(5, FAR, "192.168.14.21", 0));
	u = build(w);
	assert_int_equal(fdb_of(u, 0, &x1)->kind, HP_KIND_XDP);
	assert_int_equal(fdb_of(u, 0, &x1)->mode, HP_MODE_BRIDGE);
	assert_int_equal(fdb_of(u, 0, &x1)->port, PORT + 5);
	assert_int_equal(fdb_of(u, 0, &x1)->flags, 0);
	assert_int_equal(fdb_of(u, 0, &x2)->mode, HP_MODE_PRIVATE);
	assert_non_null(neigh_of(u, 0, "192.168.14.21"));
	assert_int_equal(port_of(u, PORT + 5)->endpoint, fdb_of(u, 0, &x1)->endpoint);
	assert_memory_equal(port_of(u, PORT + 5)->mac, x1.mac, 6);
	assert_int_equal(port_of(u, PORT + 5)->vlan, 0);
	assert_true(takes_redirects(u, PORT + 5));
	assert_int_equal(segment_of(u, 0).members, 2);
	assert_true(segment_of(u, 0).flags & HP_SEGMENT_HOST);
	assert_false(segment_of(u, 0).flags & HP_SEGMENT_LISTED);
	assert_true(u->settings.device & HP_DEVICE_PORTS);
	assert_false(u->settings.device & (HP_DEVICE_VLANS | HP_DEVICE_ACCESS));
}

static void in_a_vlan_it_is_untagged(void **state)
{
	struct world *w = *state;
	struct rtnl_link x1 = xdp(w, 5, "x1 xdp eth0.50 bridge");
	struct uplink_state *u = build(w);

	assert_null(fdb_of(u, 0, &x1));
	assert_int_equal(fdb_of(u, 50, &x1)->flags, HP_FDB_UNTAGGED);
	assert_int_equal(port_of(u, PORT + 5)->vlan, 50);
	assert_false(segment_of(u, 50).flags & (HP_SEGMENT_HOST | HP_SEGMENT_CLOSED));
	assert_int_equal(segment_of(u, 50).members, 1);
	assert_true(u->settings.device & HP_DEVICE_VLANS);
	put_link(w, vlan_device(10, "eth0.50", 2, 50));
	assert_true(segment_of(build(w), 50).flags & HP_SEGMENT_HOST);
}

/* Its own VLAN device has its frames with their tag; the port stays where it was. */
static void a_vlan_device_over_it(void **state)
{
	struct world *w = *state;
	struct rtnl_link x1 = xdp(w, 5, "x1 xdp eth0 bridge"),
			 vlan = vlan_device(4, "v60", FAR, 60);
	struct uplink_state *u;

	vlan.nsid = 5;
	memcpy(vlan.mac, x1.mac, sizeof(vlan.mac));
	put_link(w, vlan);
	u = build(w);
	assert_int_equal(fdb_of(u, 60, &x1)->port, PORT + 5);
	assert_int_equal(fdb_of(u, 60, &x1)->flags, 0);
	assert_int_equal(port_of(u, PORT + 5)->vlan, 0);
	assert_int_equal(u->maps[PINS_PORTS].count, 1);
	assert_int_equal(segment_of(u, 60).members, 1);
}

static void what_a_container_has_done_to_its_end(void **state)
{
	struct world *w = *state;
	struct rtnl_link x1 = xdp(w, 5, "x1 xdp eth0 bridge");
	struct uplink_state *u;

	x1.takes_xdp = 0;
	x1.native_xdp = 1;
	put_link(w, x1);
	u = build(w);
	assert_false(takes_redirects(u, PORT + 5));
	assert_int_equal(port_of(u, PORT + 5)->flags, HP_PORT_XDP);
}

/* An XDP program, or who reads AF_XDP, may answer for whatever it likes. */
static void its_xdp_program_may_answer(void **state)
{
	struct world *w = *state;
	struct rtnl_link x1 = xdp(w, 5, "x1 xdp eth0 bridge"),
			 vlan = vlan_device(4, "v60", FAR, 60),
			 m1 = macvlan(7, 9, "mv0", 2, MACVLAN_MODE_BRIDGE);
	const __u16 known = HP_SEGMENT_KNOWN_IPV4 | HP_SEGMENT_KNOWN_IPV6;

	put_link(w, m1);
	for (int i = 0; i < 2; i++) {
		put_addr(w,
			 address(i ? 7 : 5, i ? 9 : FAR, i ? "192.168.14.11" : "192.168.14.21", 0));
		put_addr(w, address(i ? 7 : 5, i ? 9 : FAR, i ? "fd14::11" : "fd14::21", 0));
	}
	assert_int_equal(segment_of(build(w), 0).flags & known, known);
	vlan.nsid = 5;
	memcpy(vlan.mac, x1.mac, sizeof(vlan.mac));
	put_link(w, vlan);
	put_addr(w, address(5, 4, "192.168.60.21", 0));
	put_addr(w, address(5, 4, "fd60::21", 0));
	assert_int_equal(segment_of(build(w), 60).flags & known, known);
	x1.xdp = 77; /* generic */
	put_link(w, x1);
	assert_int_equal(segment_of(build(w), 0).flags & known, 0);
	assert_int_equal(segment_of(build(w), 60).flags & known, 0);
	assert_non_null(neigh_of(build(w), 0, "192.168.14.21"));
	x1.native_xdp = 1;
	put_link(w, x1);
	assert_int_equal(segment_of(build(w), 0).flags & known, 0);
	x1.xdp = x1.native_xdp = 0;
	put_link(w, x1);
	m1.xdp = 77; /* which is not made for that */
	put_link(w, m1);
	assert_int_equal(segment_of(build(w), 0).flags & known, known);
}

static void both_ends_must_be_up(void **state)
{
	struct world *w = *state;
	struct rtnl_link x1 = xdp(w, 5, "x1 xdp eth0 bridge"),
			 down = port(PORT + 5, 5, "x1 xdp eth0 bridge");
	struct uplink_state *u;

	down.up = 0;
	put_link(w, down);
	u = build(w);
	assert_null(fdb_of(u, 0, &x1));
	assert_null(port_of(u, PORT + 5));
	assert_int_equal(u->maps[PINS_SEGMENTS].count, 0); /* nor is its host a station */
	assert_non_null(endpoint_named(u, "far0"));
	put_link(w, port(PORT + 5, 5, "x1 xdp eth0 bridge"));
	x1.up = 0;
	put_link(w, x1);
	assert_int_equal(build(w)->maps[PINS_SEGMENTS].count, 0);
}

/* Its port gives it the tag: it is no access port of macvlan's. */
static void a_rule_puts_it_into_a_vlan(void **state)
{
	struct world *w = *state;
	struct rtnl_link x1 = xdp(w, 5, "x1 xdp eth0 bridge");
	struct uplink_state *u;

	w->config.access = calloc(1, sizeof(*w->config.access));
	assert_non_null(w->config.access);
	strcpy(w->config.access[0].match, "x1");
	w->config.access[0].vlan = 50;
	w->config.access_count = 1;
	u = build(w);
	assert_int_equal(fdb_of(u, 50, &x1)->flags, HP_FDB_UNTAGGED);
	assert_null(fdb_of(u, 0, &x1));
	assert_int_equal(port_of(u, PORT + 5)->vlan, 50);
	assert_false(u->settings.device & HP_DEVICE_ACCESS);
	assert_false(segment_of(u, 50).flags & HP_SEGMENT_LISTED);
}

/* A macvlan in VLAN 50, with a MAC that may be x1's. */
static struct rtnl_link access_port(struct world *w, const struct rtnl_link *mac_of)
{
	struct rtnl_link link = macvlan(7, 9, "mv0", 2, MACVLAN_MODE_VEPA);

	put_netns(w, 7, 5007, "m");
	strcpy(link.mark, "m1 vlan 50");
	if (mac_of)
		memcpy(link.mac, mac_of->mac, sizeof(link.mac));
	put_link(w, link);
	return link;
}

static bool is_taken(const struct uplink_state *u, const char *name)
{
	return endpoint_named(u, name)->value.flags & HP_ENDPOINT_TAKEN;
}

/* What x1 sends would be of VLAN 50, as the victim's. */
static void the_mac_of_an_access_port_is_taken(void **state)
{
	struct world *w = *state;
	struct rtnl_link m1 = access_port(w, NULL), x1;
	struct uplink_state *u;

	pass(w);
	x1 = xdp(w, 5, "x1 xdp eth0 bridge");
	memcpy(x1.mac, m1.mac, sizeof(x1.mac));
	put_link(w, x1);
	u = pass(w);
	assert_true(is_taken(u, "far0"));
	assert_false(is_taken(u, "mv0"));
	assert_int_equal(port_of(u, PORT + 5)->flags, HP_PORT_SHUT);
	assert_int_equal(fdb_of(u, 50, &m1)->kind, HP_KIND_MACVLAN);
	assert_int_equal(fdb_of(u, 0, &m1)->flags, HP_FDB_ACCESS);
	assert_int_equal(segment_of(u, 0).members, 0);
}

/* ... nor may an access port stand for it on the bare uplink. */
static void an_access_port_takes_no_mac(void **state)
{
	struct world *w = *state;
	struct rtnl_link x1 = xdp(w, 5, "x1 xdp eth0 bridge");
	struct uplink_state *u;

	pass(w);
	access_port(w, &x1);
	u = pass(w);
	assert_true(is_taken(u, "mv0"));
	assert_false(is_taken(u, "far0"));
	assert_int_equal(port_of(u, PORT + 5)->flags, 0);
	assert_int_equal(fdb_of(u, 0, &x1)->kind, HP_KIND_XDP);
	assert_null(fdb_of(u, 50, &x1));
	assert_true(u->settings.device & HP_DEVICE_ACCESS); /* or macvlan would flood to it */
	assert_true(segment_of(u, 0).flags & HP_SEGMENT_LISTED);
	assert_int_equal(segment_of(u, 0).members, 1);
}

#define KNOWN (HP_SEGMENT_KNOWN_IPV4 | HP_SEGMENT_KNOWN_IPV6)

/* Whoever is behind a bridge, and with which addresses, nobody tells. */
static void the_hosts_device_is_in_a_bridge(void **state)
{
	struct world *w = *state;
	struct rtnl_link eth0 = device(2, "eth0"), stays;

	xdp(w, 5, "x1 xdp eth0 bridge");
	put_addr(w, address(5, FAR, "192.168.14.21", 0));
	put_addr(w, address(5, FAR, "fd14::21", 0));
	assert_int_equal(segment_of(build(w), 0).flags,
			 HP_SEGMENT_HOST | HP_SEGMENT_CLOSED | KNOWN);
	eth0.master = 1;
	put_link(w, eth0);
	assert_int_equal(segment_of(build(w), 0).flags, HP_SEGMENT_HOST | HP_SEGMENT_BRIDGED);
	stays = macvlan(7, 9, "mv0", 2, MACVLAN_MODE_BRIDGE); /* so the master is a VRF */
	stays.up = 0;
	put_link(w, stays);
	assert_int_equal(segment_of(build(w), 0).flags, HP_SEGMENT_HOST | KNOWN);
}

static void its_vlan_device_is_in_a_bridge(void **state)
{
	struct world *w = *state;
	struct rtnl_link vlan = vlan_device(10, "eth0.50", 2, 50),
			 other = vlan_device(11, "ad50", 2, 50);
	struct uplink_state *u;

	vlan.master = 1;
	put_link(w, vlan);
	xdp(w, 5, "x1 xdp eth0.50 bridge");
	xdp(w, 6, "x2 xdp eth0 bridge");
	u = build(w);
	assert_int_equal(segment_of(u, 50).flags, HP_SEGMENT_HOST | HP_SEGMENT_BRIDGED);
	assert_false(segment_of(u, 0).flags & HP_SEGMENT_BRIDGED);
	other.mode = ETH_P_8021AD;
	put_link(w, other);
	put_link(w, macvlan(7, 9, "mv0", 11, MACVLAN_MODE_BRIDGE)); /* it is to hear the host */
	put_addr(w, address(7, 9, "192.168.14.11", 0));
	assert_int_equal(segment_of(build(w), 50).flags, HP_SEGMENT_HOST);
}

static size_t position(const struct ops *ops, enum op_type type, enum pins_map map)
{
	for (size_t i = 0; i < ops->count; i++) {
		if (ops->list[i].type == type && ops->list[i].map == map)
			return i;
	}
	fail_msg("there is no such operation");
	return 0;
}

/* No program may find a port that is not there yet, or not any more. */
static void ports_are_set_before_who_is_behind_them(void **state)
{
	struct world *w = *state;
	struct rtnl_link stays = macvlan(7, 9, "mv0", 2, MACVLAN_MODE_BRIDGE);
	char line[128];
	struct ops ops;

	put_netns(w, 7, 5007, "m");
	put_link(w, stays);
	pass(w);
	xdp(w, 5, "x1 xdp eth0.50 bridge");
	build(w);
	assert_int_equal(reconcile(&w->observed, &w->desired, &ops), 0);
	assert_true(position(&ops, OP_SET, PINS_DEVICES) < position(&ops, OP_SET, PINS_FDB));
	assert_true(position(&ops, OP_SET, PINS_PORTS) < position(&ops, OP_SET, PINS_FDB));
	plan_describe(&ops.list[position(&ops, OP_SET, PINS_PORTS)], line, sizeof(line));
	assert_string_equal(line, "eth0: set ports 25 id 3 vlan 50");
	free(ops.list);
	settle(w);
	model_del_link(&w->model, 5, FAR);
	build(w);
	assert_int_equal(reconcile(&w->observed, &w->desired, &ops), 0);
	assert_true(position(&ops, OP_DELETE, PINS_FDB) < position(&ops, OP_DELETE, PINS_PORTS));
	assert_true(position(&ops, OP_DELETE, PINS_PORTS) <
		    position(&ops, OP_DELETE, PINS_DEVICES));
	free(ops.list);
}

/* What a killed hairpind had begun is done again. */
static void what_is_undone_is_done(void **state)
{
	struct world *w = *state;
	struct pins_port *port;
	__u32 ifindex = PORT + 5;
	struct ops ops;

	xdp(w, 5, "x1 xdp eth0 bridge");
	pass(w);
	build(w);
	assert_int_equal(reconcile(&w->observed, &w->desired, &ops), 0);
	assert_int_equal(ops.count, 0);
	free(ops.list);
	port = table_find(&w->observed.uplinks[0].maps[PINS_PORTS], &ifindex);
	assert_non_null(port);
	port->value.flags |= HP_PORT_UNDONE;
	build(w);
	assert_int_equal(reconcile(&w->observed, &w->desired, &ops), 0);
	assert_int_equal(ops.count, 1);
	assert_int_equal(position(&ops, OP_SET, PINS_PORTS), 0);
	free(ops.list);
}

#define IN_WORLD(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(a_port_says_which_is_its_far_end),
		IN_WORLD(what_a_parent_means),
		IN_WORLD(it_is_a_station_with_a_port),
		IN_WORLD(in_a_vlan_it_is_untagged),
		IN_WORLD(a_vlan_device_over_it),
		IN_WORLD(what_a_container_has_done_to_its_end),
		IN_WORLD(its_xdp_program_may_answer),
		IN_WORLD(both_ends_must_be_up),
		IN_WORLD(a_rule_puts_it_into_a_vlan),
		IN_WORLD(the_hosts_device_is_in_a_bridge),
		IN_WORLD(its_vlan_device_is_in_a_bridge),
		IN_WORLD(the_mac_of_an_access_port_is_taken),
		IN_WORLD(an_access_port_takes_no_mac),
		IN_WORLD(ports_are_set_before_who_is_behind_them),
		IN_WORLD(what_is_undone_is_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
