// SPDX-License-Identifier: BSD-2-Clause
/*
 * What desired.c says of a segment as a whole, and of an uplink: on its word
 * frames are withheld, so it must not say more than it knows.
 */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include <linux/if_link.h>

#include "world.h"

#define CLOSED HP_SEGMENT_CLOSED
#define KNOWN_4 HP_SEGMENT_KNOWN_IPV4
#define KNOWN_6 HP_SEGMENT_KNOWN_IPV6
#define PROXY_4 HP_SEGMENT_PROXY_IPV4
#define PROXY_6 HP_SEGMENT_PROXY_IPV6
#define ALL_KNOWN (CLOSED | KNOWN_4 | KNOWN_6)

static __u16 flags_of(struct world *w, __u16 vlan)
{
	const struct uplink_state *u = build(w);

	assert_non_null(u);
	return segment_of(u, vlan).flags & ~(HP_SEGMENT_HOST | HP_SEGMENT_VEPA);
}

static void put_both(struct world *w, int nsid, int ifindex)
{
	put_addr(w, address(nsid, ifindex, "192.0.2.1", 0));
	put_addr(w, address(nsid, ifindex, "2001:db8::1", 0));
}

/* An endpoint on eth0 with addresses of both families, and nothing unusual. */
static int closed_setup(void **state)
{
	struct world *w;

	world_setup(state);
	w = *state;
	put_endpoint(w, 5, 9, "mv0", "192.0.2.1");
	put_both(w, 5, 9);
	return 0;
}

static void configure(struct world *w, struct config_uplink uplink)
{
	config_free(&w->config);
	w->config.uplinks = calloc(1, sizeof(uplink));
	assert_non_null(w->config.uplinks);
	w->config.uplinks[0] = uplink;
	w->config.count = 1;
}

static void set_foreign(struct world *w, enum config_foreign foreign)
{
	configure(w, (struct config_uplink){ .name = "eth0", .serve = true, .foreign = foreign });
}

static void everybody_is_known(void **state)
{
	struct world *w = *state;

	assert_int_equal(flags_of(w, 0), ALL_KNOWN);
	put_link(w, macvlan(6, 9, "mv1", 2, MACVLAN_MODE_VEPA));
	put_both(w, 6, 9);
	assert_int_equal(flags_of(w, 0), ALL_KNOWN);
}

/* One that has no address of a family may have one that nobody told of: an AF_PACKET host. */
static void an_endpoint_without_an_address(void **state)
{
	struct world *w = *state;
	struct rtnl_addr v4 = address(5, 9, "192.0.2.1", 0);
	struct rtnl_addr v6 = address(5, 9, "2001:db8::1", 0);

	model_del_addr(&w->model, &v4);
	assert_int_equal(flags_of(w, 0), CLOSED | KNOWN_6);
	model_del_addr(&w->model, &v6);
	assert_int_equal(flags_of(w, 0), CLOSED);
	put_addr(w, v4);
	assert_int_equal(flags_of(w, 0), CLOSED | KNOWN_4);
	put_addr(w, v6);
	assert_int_equal(flags_of(w, 0), ALL_KNOWN);
}

/* What others have, in front of it and behind it, is not its own. */
static void one_of_many_without_an_address(void **state)
{
	struct world *w = *state;

	put_link(w, macvlan(6, 8, "before", 2, MACVLAN_MODE_BRIDGE));
	put_both(w, 6, 8);
	put_link(w, macvlan(6, 9, "bare", 2, MACVLAN_MODE_BRIDGE));
	put_link(w, macvlan(6, 10, "behind", 2, MACVLAN_MODE_BRIDGE));
	put_both(w, 6, 10);
	put_both(w, 7, 9);
	assert_int_equal(flags_of(w, 0), CLOSED);
	put_addr(w, address(6, 9, "2001:db8::9", 0));
	assert_int_equal(flags_of(w, 0), CLOSED | KNOWN_6);
	put_addr(w, address(6, 9, "192.0.2.9", 0));
	assert_int_equal(flags_of(w, 0), ALL_KNOWN);
}

/* Those that get no frames need not be known. */
static void an_endpoint_that_is_not_active(void **state)
{
	struct world *w = *state;
	struct rtnl_link down = macvlan(6, 9, "down", 2, MACVLAN_MODE_SOURCE);

	down.up = 0;
	put_link(w, down);
	assert_int_equal(flags_of(w, 0), ALL_KNOWN);
	down.up = 1;
	put_link(w, down);
	assert_int_equal(flags_of(w, 0), 0);
}

static void macvtaps_keep_their_addresses_to_themselves(void **state)
{
	struct world *w = *state;
	struct rtnl_link tap = macvlan(OWN, 8, "tap0", 2, MACVLAN_MODE_BRIDGE);

	tap.kind = RTNL_KIND_MACVTAP;
	put_link(w, tap);
	put_both(w, OWN, 8); /* the device's; the machine that reads it has others */
	assert_int_equal(flags_of(w, 0), CLOSED);
}

static void an_endpoint_in_a_bridge(void **state)
{
	struct world *w = *state;
	struct rtnl_link link = *model_link(&w->model, 5, 9);

	link.master = 1;
	put_link(w, link);
	assert_int_equal(flags_of(w, 0), CLOSED);
}

static void modes_that_take_any_mac(void **state)
{
	static const struct {
		const char *row;
		__u32 mode;
		__u16 flags;
	} rows[] = {
		{ "bridge", MACVLAN_MODE_BRIDGE, ALL_KNOWN },
		{ "vepa", MACVLAN_MODE_VEPA, ALL_KNOWN },
		{ "private", MACVLAN_MODE_PRIVATE, ALL_KNOWN },
		{ "source", MACVLAN_MODE_SOURCE, KNOWN_4 | KNOWN_6 },
		{ "newer than us", 1 << 20, KNOWN_4 | KNOWN_6 },
	};
	struct world *w = *state;

	put_link(w, macvlan(6, 9, "mv1", 2, MACVLAN_MODE_BRIDGE));
	put_both(w, 6, 9);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		put_link(w, macvlan(5, 9, "mv0", 2, rows[i].mode));
		assert_row(rows[i].row, flags_of(w, 0) == rows[i].flags);
	}
}

/* They have the host's MAC, so it is their addresses that count. */
static void ipvlan_is_no_stranger(void **state)
{
	struct world *w = *state;
	struct rtnl_link link = macvlan(5, 9, "ipv", 2, 0);

	link.kind = RTNL_KIND_IPVLAN;
	put_link(w, link);
	assert_int_equal(flags_of(w, 0), ALL_KNOWN);
	link.flags = IPVLAN_F_VEPA;
	put_link(w, link);
	assert_int_equal(segment_of(build(w), 0).flags & HP_SEGMENT_VEPA, 0);
	model_del_netns(&w->model, 5);
	put_link(w, link);
	assert_int_equal(flags_of(w, 0), CLOSED);
}

/*
 * Who else listens on the host's device: the setting, and what is set on the device. A
 * macvlan is on it, so that its master is no bridge.
 */
static void foreign_frames(void **state)
{
	static const struct {
		const char *row;
		enum config_foreign foreign;
		bool promisc, master;
		bool closed;
	} rows[] = {
		{ "auto", FOREIGN_AUTO, false, false, true },
		{ "auto, promiscuous", FOREIGN_AUTO, true, false, false },
		{ "auto, in a VRF", FOREIGN_AUTO, false, true, false },
		{ "auto, both", FOREIGN_AUTO, true, true, false },
		{ "on", FOREIGN_ON, false, false, true },
		{ "on, promiscuous", FOREIGN_ON, true, false, true },
		{ "on, in a VRF", FOREIGN_ON, false, true, true },
		{ "off", FOREIGN_OFF, false, false, false },
		{ "off, both", FOREIGN_OFF, true, true, false },
	};
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct rtnl_link eth0 = device(2, "eth0");

		eth0.promisc = rows[i].promisc;
		eth0.master = rows[i].master;
		put_link(w, eth0);
		set_foreign(w, rows[i].foreign);
		assert_row(rows[i].row,
			   flags_of(w, 0) == (KNOWN_4 | KNOWN_6 | (rows[i].closed ? CLOSED : 0)));
	}
}

/* The VLAN device and the uplink below it: either may be looked at by somebody. */
static void foreign_frames_of_a_vlan(void **state)
{
	struct world *w = *state;
	struct rtnl_link eth0 = device(2, "eth0"), vlan = vlan_device(3, "eth0.50", 2, 50);

	put_link(w, vlan);
	put_link(w, macvlan(6, 9, "mv1", 3, MACVLAN_MODE_BRIDGE));
	assert_int_equal(flags_of(w, 50), CLOSED);
	vlan.master = 1;
	put_link(w, vlan);
	assert_int_equal(flags_of(w, 50), 0);
	assert_int_equal(flags_of(w, 0), ALL_KNOWN); /* another segment */
	vlan.master = 0;
	vlan.promisc = 1;
	put_link(w, vlan);
	assert_int_equal(flags_of(w, 50), 0);
	vlan.promisc = 0;
	put_link(w, vlan);
	eth0.promisc = 1;
	put_link(w, eth0);
	assert_int_equal(flags_of(w, 50), 0);
	assert_int_equal(flags_of(w, 0), KNOWN_4 | KNOWN_6);
}

/* Somebody whom we cannot see is on the uplink, on whatever segment. */
static void somebody_is_hiding(void **state)
{
	struct world *w = *state;

	put_link(w, vlan_device(3, "eth0.50", 2, 50));
	put_link(w, macvlan(6, 9, "mv1", 3, MACVLAN_MODE_BRIDGE));
	put_addr(w, address(6, 9, "192.0.2.9", 0));
	assert_int_equal(model_set_hiding(&w->model, 77, true), 1); /* on another device */
	assert_int_equal(flags_of(w, 0), ALL_KNOWN);
	assert_int_equal(flags_of(w, 50), CLOSED | KNOWN_4);
	assert_int_equal(model_set_hiding(&w->model, 2, true), 1);
	assert_int_equal(flags_of(w, 0), 0);
	assert_int_equal(flags_of(w, 50), 0);
	assert_true(segment_of(build(w), 0).flags & HP_SEGMENT_HOST);
	set_foreign(w, FOREIGN_ON);
	assert_int_equal(flags_of(w, 0), CLOSED);
	assert_int_equal(model_set_hiding(&w->model, 2, false), 1);
	assert_int_equal(flags_of(w, 0), ALL_KNOWN);
}

/* 802.1Q and 802.1ad devices of one id are one segment here, and two for the kernel. */
static void two_vlan_devices_of_one_id(void **state)
{
	struct world *w = *state;

	put_link(w, vlan_device(3, "eth0.50", 2, 50));
	put_link(w, vlan_device(4, "ad50", 2, 50));
	put_link(w, macvlan(6, 9, "mv1", 3, MACVLAN_MODE_BRIDGE));
	assert_int_equal(flags_of(w, 50), CLOSED); /* nobody sits on the other */
	put_link(w, macvlan(7, 9, "mv2", 4, MACVLAN_MODE_BRIDGE));
	assert_int_equal(flags_of(w, 50), 0);
	set_foreign(w, FOREIGN_ON);
	assert_int_equal(flags_of(w, 50), 0);
}

/* Nobody says who else is on a VLAN of which the host knows nothing. */
static void a_segment_without_a_host(void **state)
{
	struct world *w = *state;
	struct rtnl_link vlan = vlan_device(10, "eth0.70", 9, 70);

	vlan.nsid = 5;
	memcpy(vlan.mac, model_link(&w->model, 5, 9)->mac, sizeof(vlan.mac));
	put_link(w, vlan);
	put_both(w, 5, 10);
	assert_int_equal(segment_of(build(w), 70).flags, KNOWN_4 | KNOWN_6);
	set_foreign(w, FOREIGN_ON);
	assert_int_equal(segment_of(build(w), 70).flags, KNOWN_4 | KNOWN_6);
	vlan.master = 1;
	put_link(w, vlan);
	assert_int_equal(segment_of(build(w), 70).flags, 0);
}

static void put_proxy_at(struct world *w, int nsid, int ifindex, int family, bool on)
{
	struct rtnl_proxy proxy = { .nsid = nsid, .ifindex = ifindex, .family = family, .on = on };

	assert_int_equal(model_put_proxy(&w->model, &proxy), 1);
}

static void put_proxy(struct world *w, int ifindex, int family, bool on)
{
	put_proxy_at(w, OWN, ifindex, family, on);
}

static void put_local(struct world *w, int nsid, bool on)
{
	struct rtnl_local local = { .nsid = nsid, .addr = { 10, 5 }, .length = 24, .on = on };

	assert_int_equal(model_put_local(&w->model, &local), 1);
}

static void proxies(void **state)
{
	struct world *w = *state;

	put_link(w, vlan_device(3, "eth0.50", 2, 50));
	put_link(w, macvlan(6, 9, "mv1", 3, MACVLAN_MODE_BRIDGE));
	put_proxy(w, 2, AF_INET, true);
	assert_int_equal(flags_of(w, 0), ALL_KNOWN | PROXY_4);
	assert_int_equal(flags_of(w, 50), CLOSED);
	put_proxy(w, 2, AF_INET, false);
	put_proxy(w, 3, AF_INET6, true);
	assert_int_equal(flags_of(w, 0), ALL_KNOWN);
	assert_int_equal(flags_of(w, 50), CLOSED | PROXY_6);
	put_proxy(w, RTNL_ALL_DEVICES, AF_INET, true);
	assert_int_equal(flags_of(w, 0), ALL_KNOWN | PROXY_4);
	assert_int_equal(flags_of(w, 50), CLOSED | PROXY_4 | PROXY_6);
	put_proxy(w, 9, AF_INET6, true); /* of no host's device */
	assert_int_equal(flags_of(w, 0), ALL_KNOWN | PROXY_4);
}

/* On every segment: the kernel does not ask on which device. */
static void the_host_takes_a_prefix_for_its_own(void **state)
{
	struct world *w = *state;

	put_link(w, vlan_device(3, "eth0.50", 2, 50));
	put_link(w, macvlan(6, 9, "mv1", 3, MACVLAN_MODE_BRIDGE));
	put_local(w, OWN, true);
	assert_int_equal(flags_of(w, 0), ALL_KNOWN | PROXY_4);
	assert_int_equal(flags_of(w, 50), CLOSED | PROXY_4);
	put_local(w, OWN, false);
	assert_int_equal(flags_of(w, 0), ALL_KNOWN);
}

static void the_host_has_a_proxied_neighbour(void **state)
{
	struct world *w = *state;

	assert_int_equal(model_put_proxied(&w->model, 3), 1);
	assert_int_equal(flags_of(w, 0), ALL_KNOWN);
	assert_int_equal(model_put_proxied(&w->model, 2), 1);
	assert_int_equal(flags_of(w, 0), ALL_KNOWN | PROXY_4);
}

/* A VPN gateway in a container: whoever is behind it is asked for here. */
static void an_endpoint_that_answers_for_others(void **state)
{
	struct world *w = *state;

	put_link(w, macvlan(6, 9, "mv1", 2, MACVLAN_MODE_BRIDGE));
	put_both(w, 6, 9);
	put_proxy_at(w, 5, 8, AF_INET, true); /* of a device that is not here */
	assert_int_equal(flags_of(w, 0), ALL_KNOWN);
	put_proxy_at(w, 5, 9, AF_INET, true);
	assert_int_equal(flags_of(w, 0), CLOSED | KNOWN_6);
	put_proxy_at(w, 5, 9, AF_INET, false);
	put_proxy_at(w, 6, RTNL_ALL_DEVICES, AF_INET6, true);
	assert_int_equal(flags_of(w, 0), CLOSED | KNOWN_4);
	put_proxy_at(w, 6, RTNL_ALL_DEVICES, AF_INET6, false);
	put_local(w, 6, true);
	assert_int_equal(flags_of(w, 0), CLOSED | KNOWN_6);
	put_local(w, 6, false);
	put_local(w, 7, true);
	assert_int_equal(flags_of(w, 0), ALL_KNOWN);
}

/* It hears as the host, whose segment says that it is a proxy. */
static void an_endpoint_of_a_host_that_answers_for_others(void **state)
{
	struct world *w = *state;

	put_link(w, macvlan(OWN, 8, "shim", 2, MACVLAN_MODE_BRIDGE));
	put_both(w, OWN, 8);
	put_local(w, OWN, true);
	assert_int_equal(flags_of(w, 0), ALL_KNOWN | PROXY_4);
}

/* On lo (1) and on a dummy (77), of which the model has no device. */
static void an_endpoint_has_addresses_elsewhere(void **state)
{
	static const char *const here[] = { "192.0.2.77", "10.9.8.7" };
	static const char *const not_here[] = { "2001:db8::77", "192.0.2.99" };
	struct world *w = *state;
	const struct uplink_state *u;

	put_link(w, vlan_device(3, "eth0.50", 2, 50));
	put_link(w, macvlan(6, 9, "mv1", 3, MACVLAN_MODE_BRIDGE));
	put_both(w, 6, 9);
	put_addr(w, address(5, 1, "192.0.2.77", 0));
	put_addr(w, address(5, 77, "10.9.8.7", 0));
	put_addr(w, address(5, 1, "2001:db8::77", 0));
	put_addr(w, address(7, 1, "192.0.2.99", 0)); /* of a netns without an endpoint */
	u = build(w);
	for (size_t i = 0; i < ARRAY_SIZE(here); i++) {
		struct hp_neigh want = { .endpoint = endpoint_named(u, "mv0")->id,
					 .kind = HP_KIND_MACVLAN,
					 .flags = HP_NEIGH_ELSEWHERE };
		const struct hp_neigh *neigh = neigh_of(u, 0, here[i]);

		memcpy(want.mac, model_link(&w->model, 5, 9)->mac, sizeof(want.mac));
		assert_row(here[i], neigh && !memcmp(neigh, &want, sizeof(want)));
		assert_null(neigh_of(u, 50, here[i]));
	}
	for (size_t i = 0; i < ARRAY_SIZE(not_here); i++)
		assert_row(not_here[i], !neigh_of(u, 0, not_here[i]));
	assert_int_equal(neigh_of(u, 0, "192.0.2.1")->flags, 0);
}

/* Linux answers for what is on a device of another segment, or of another uplink, too. */
static void an_endpoint_has_addresses_on_other_segments(void **state)
{
	struct world *w = *state;
	struct rtnl_link other = macvlan(5, 10, "mv60", 3, MACVLAN_MODE_BRIDGE),
			 over = vlan_device(11, "v70", 9, 70);
	const struct uplink_state *u;

	put_link(w, vlan_device(3, "eth0.60", 2, 60));
	put_link(w, other);
	put_addr(w, address(5, 10, "192.0.2.60", 0));
	over.nsid = 5;
	memcpy(over.mac, model_link(&w->model, 5, 9)->mac, sizeof(over.mac));
	put_link(w, over);
	put_addr(w, address(5, 11, "192.0.2.70", 0));
	put_link(w, macvlan(5, 12, "away", 77, MACVLAN_MODE_BRIDGE)); /* of another uplink */
	put_addr(w, address(5, 12, "192.0.2.12", 0));
	u = build(w);
	assert_int_equal(neigh_of(u, 0, "192.0.2.60")->flags, HP_NEIGH_ELSEWHERE);
	assert_int_equal(neigh_of(u, 0, "192.0.2.60")->endpoint, endpoint_named(u, "mv0")->id);
	assert_int_equal(neigh_of(u, 0, "192.0.2.70")->flags, HP_NEIGH_ELSEWHERE);
	assert_int_equal(neigh_of(u, 0, "192.0.2.12")->flags, HP_NEIGH_ELSEWHERE);
	assert_int_equal(neigh_of(u, 60, "192.0.2.60")->flags, 0);
	assert_int_equal(neigh_of(u, 60, "192.0.2.1")->endpoint, endpoint_named(u, "mv60")->id);
	assert_int_equal(neigh_of(u, 70, "192.0.2.70")->flags, 0);
	other.up = 0; /* it has them no more */
	put_link(w, other);
	u = build(w);
	assert_null(neigh_of(u, 0, "192.0.2.60"));
	assert_null(neigh_of(u, 60, "192.0.2.1"));
}

/* Both have their own, whatever the kernel would answer. */
static void two_endpoints_of_a_container_on_one_segment(void **state)
{
	struct world *w = *state;
	const struct uplink_state *u;

	put_link(w, macvlan(5, 10, "mv1", 2, MACVLAN_MODE_BRIDGE));
	put_addr(w, address(5, 10, "192.0.2.60", 0));
	u = build(w);
	assert_int_equal(neigh_of(u, 0, "192.0.2.1")->endpoint, endpoint_named(u, "mv0")->id);
	assert_int_equal(neigh_of(u, 0, "192.0.2.1")->flags, 0);
	assert_int_equal(neigh_of(u, 0, "192.0.2.60")->endpoint, endpoint_named(u, "mv1")->id);
	assert_int_equal(neigh_of(u, 0, "192.0.2.60")->flags, 0);
}

static __u8 elsewhere_flags(struct world *w)
{
	const struct hp_neigh *neigh = neigh_of(build(w), 0, "192.0.2.77");

	return neigh ? neigh->flags : 0xff;
}

/* A director of LVS has on its device what its servers have on lo, and they do not answer. */
static void who_else_may_have_it_is_asked_too(void **state)
{
	struct rtnl_addr again = address(6, 1, "192.0.2.77", 0);
	struct world *w = *state;
	struct rtnl_addr hosts = address(OWN, 77, "192.0.2.77", 0);
	struct rtnl_link tap = macvlan(8, 9, "tap", 2, MACVLAN_MODE_BRIDGE);

	put_link(w, macvlan(6, 9, "mv1", 2, MACVLAN_MODE_BRIDGE));
	put_both(w, 6, 9);
	put_addr(w, address(5, 1, "192.0.2.77", 0));
	assert_int_equal(elsewhere_flags(w), HP_NEIGH_ELSEWHERE);
	put_addr(w, again);
	assert_int_equal(elsewhere_flags(w), HP_NEIGH_ELSEWHERE | HP_NEIGH_SHARED);
	model_del_addr(&w->model, &again);
	put_addr(w, hosts);
	assert_int_equal(elsewhere_flags(w), HP_NEIGH_ELSEWHERE | HP_NEIGH_SHARED);
	model_del_addr(&w->model, &hosts);
	put_proxy(w, 2, AF_INET, true);
	assert_int_equal(elsewhere_flags(w), HP_NEIGH_ELSEWHERE | HP_NEIGH_SHARED);
	put_proxy(w, 2, AF_INET, false);
	set_foreign(w, FOREIGN_OFF);
	assert_int_equal(elsewhere_flags(w), HP_NEIGH_ELSEWHERE | HP_NEIGH_SHARED);
	set_foreign(w, FOREIGN_AUTO);
	assert_int_equal(elsewhere_flags(w), HP_NEIGH_ELSEWHERE);
	tap.kind = RTNL_KIND_MACVTAP;
	put_link(w, tap);
	assert_int_equal(elsewhere_flags(w), HP_NEIGH_ELSEWHERE | HP_NEIGH_SHARED);
	model_del_link(&w->model, 8, 9);
	put_addr(w, address(6, 9, "192.0.2.77", 0)); /* on its device: it comes first */
	assert_int_equal(elsewhere_flags(w), HP_NEIGH_SHARED);
	assert_int_equal(neigh_of(build(w), 0, "192.0.2.77")->endpoint,
			 endpoint_named(build(w), "mv1")->id);
}

static void an_address_on_the_device_and_elsewhere(void **state)
{
	struct world *w = *state;

	put_addr(w, address(5, 1, "192.0.2.77", 0));
	put_addr(w, address(5, 9, "192.0.2.77", 0));
	assert_int_equal(elsewhere_flags(w), 0);
}

static void who_does_not_answer_for_other_devices(void **state)
{
	struct world *w = *state;
	struct rtnl_link link = *model_link(&w->model, 5, 9), other = link;

	put_addr(w, address(5, 1, "192.0.2.77", 0));
	assert_int_not_equal(elsewhere_flags(w), 0xff);
	other.master = 1;
	put_link(w, other);
	assert_int_equal(elsewhere_flags(w), 0xff);
	other = link;
	other.kind = RTNL_KIND_IPVLAN;
	other.mode = 0;
	put_link(w, other);
	assert_int_equal(elsewhere_flags(w), 0xff);
	other = link;
	other.kind = RTNL_KIND_MACVTAP;
	put_link(w, other);
	assert_int_equal(elsewhere_flags(w), 0xff);
	put_link(w, macvlan(6, 9, "mv1", 2, MACVLAN_MODE_BRIDGE));
	other = link;
	other.up = 0;
	put_link(w, other);
	assert_int_equal(elsewhere_flags(w), 0xff);
}

/* Linux answers for each on every device; the loopback network it does not. */
static void the_hosts_addresses_on_every_vlan(void **state)
{
	static const char *const here[] = { "192.0.2.200", "10.9.8.7", "126.255.255.255",
					    "128.0.0.1" };
	static const char *const not_here[] = { "127.0.0.1", "127.255.0.9", "2001:db8::200",
						"192.0.2.1", "192.0.2.99" };
	struct world *w = *state;
	const struct uplink_state *u;

	put_addr(w, address(OWN, 2, "192.0.2.200", 0));
	put_addr(w, address(OWN, 77, "10.9.8.7", 0)); /* on whatever device */
	put_addr(w, address(OWN, 77, "126.255.255.255", 0));
	put_addr(w, address(OWN, 77, "128.0.0.1", 0));
	put_addr(w, address(OWN, 1, "127.0.0.1", 0));
	put_addr(w, address(OWN, 1, "127.255.0.9", 0));
	put_addr(w, address(OWN, 2, "2001:db8::200", 0));
	put_addr(w, address(6, 1, "192.0.2.99", 0)); /* of another netns */
	u = build(w);
	for (size_t i = 0; i < ARRAY_SIZE(here); i++) {
		const struct hp_neigh want = { .kind = HP_KIND_HOST };
		const struct hp_neigh *neigh = neigh_of(u, HP_VLAN_ANY, here[i]);

		assert_row(here[i], neigh && !memcmp(neigh, &want, sizeof(want)));
	}
	for (size_t i = 0; i < ARRAY_SIZE(not_here); i++)
		assert_row(not_here[i], !neigh_of(u, HP_VLAN_ANY, not_here[i]));
	assert_non_null(neigh_of(u, 0, "192.0.2.200")); /* its own device has it as ever */
	assert_null(neigh_of(u, 0, "10.9.8.7"));
}

/* The same address on two devices is one entry, and one owner. */
static void an_address_that_the_host_has_twice(void **state)
{
	struct world *w = *state;

	put_addr(w, address(OWN, 2, "192.0.2.200", 0));
	put_addr(w, address(OWN, 77, "192.0.2.200", 0));
	assert_int_equal(neigh_of(build(w), HP_VLAN_ANY, "192.0.2.200")->flags, 0);
	assert_int_equal(neigh_of(build(w), 0, "192.0.2.200")->flags, 0);
}

static void no_addresses_where_nothing_is_active(void **state)
{
	struct world *w = *state;
	struct rtnl_link link = *model_link(&w->model, 5, 9);

	put_addr(w, address(OWN, 2, "192.0.2.200", 0));
	link.up = 0;
	put_link(w, link);
	assert_null(neigh_of(build(w), HP_VLAN_ANY, "192.0.2.200"));
}

/* Settings. */

static void settings_without_a_file(void **state)
{
	static const struct hp_settings want = { .steer = 1 };

	assert_memory_equal(&build(*state)->settings, &want, sizeof(want));
}

static void settings_from_the_file(void **state)
{
	static const struct config_uplink off = { .name = "eth0", .serve = true };
	static const struct config_uplink all = {
		.name = "eth0",
		.serve = true,
		.reflect = true,
		.steer = true,
		.xdp = HP_XDP_WANT_GENERIC,
		.storm = 0x12345678,
	};
	static const struct hp_settings want_off = {};
	static const struct hp_settings want_all = {
		.reflect = 1, .steer = 1, .xdp = HP_XDP_WANT_GENERIC, .storm = 0x12345678
	};
	struct world *w = *state;

	configure(w, off);
	assert_memory_equal(&build(w)->settings, &want_off, sizeof(want_off));
	configure(w, all);
	assert_memory_equal(&build(w)->settings, &want_all, sizeof(want_all));
	strcpy(w->config.uplinks[0].name, "eth1");
	assert_int_equal(build(w)->settings.storm, 0);
}

static void set_gso(struct world *w, __u32 gso, enum hp_xdp_want xdp)
{
	configure(w,
		  (struct config_uplink){ .name = "eth0", .serve = true, .xdp = xdp, .gso = gso });
}

static void assert_gso(struct world *w, __u32 gso, enum hp_no_gso no)
{
	const struct uplink_state *u = build(w);

	assert_int_equal(u->settings.gso, gso);
	assert_int_equal(u->settings.no_gso, no);
}

static void packets_over_64_kb(void **state)
{
	struct world *w = *state;
	struct rtnl_link eth0 = device(2, "eth0");
	struct rtnl_link tap = macvlan(7, 9, "tap", 2, MACVLAN_MODE_VEPA);

	assert_gso(w, 0, HP_NO_GSO_NONE);
	set_gso(w, 196608, HP_XDP_WANT_AUTO);
	assert_gso(w, 0, HP_NO_GSO_KERNEL);
	eth0.gso = 65536;
	eth0.tso = 196607;
	put_link(w, eth0);
	assert_gso(w, 0, HP_NO_GSO_DEVICE);
	eth0.tso++;
	put_link(w, eth0);
	assert_gso(w, 196608, HP_NO_GSO_IPV4);
	eth0.gso_ipv4 = 65536;
	put_link(w, eth0);
	assert_gso(w, 196608, HP_NO_GSO_NONE);
	set_gso(w, 196608, HP_XDP_WANT_GENERIC);
	assert_gso(w, 0, HP_NO_GSO_XDP);
	set_gso(w, 196608, HP_XDP_WANT_NATIVE);
	assert_gso(w, 196608, HP_NO_GSO_NONE);
	put_link(w, vlan_device(3, "eth0.50", 2, 50));
	put_link(w, macvlan(8, 9, "mv", 3, MACVLAN_MODE_BRIDGE));
	assert_gso(w, 196608, HP_NO_GSO_NONE);
	put_link(w, vlan_device(4, "eth0.50.60", 3, 60));
	assert_gso(w, 196608, HP_NO_GSO_NONE);
	put_link(w, macvlan(8, 10, "mv", 4, MACVLAN_MODE_BRIDGE));
	assert_gso(w, 0, HP_NO_GSO_STACK);
	model_del_link(&w->model, 8, 10);
	tap.kind = RTNL_KIND_IPVLAN;
	put_link(w, tap);
	assert_gso(w, 196608, HP_NO_GSO_NONE);
	tap.tap = 1;
	tap.up = 0;
	put_link(w, tap);
	assert_gso(w, 0, HP_NO_GSO_TAP);
	set_gso(w, 0, HP_XDP_WANT_AUTO);
	assert_gso(w, 0, HP_NO_GSO_NONE);
}

static void vlans_that_are_used(void **state)
{
	struct world *w = *state;
	struct rtnl_link over = vlan_device(10, "x.70", 9, 70);
	struct rtnl_link elsewhere = vlan_device(3, "y.50", 2, 50);

	assert_int_equal(build(w)->settings.device, 0);
	put_link(w, vlan_device(4, "eth1.50", 77, 50)); /* of another device */
	elsewhere.nsid = 6;				/* of another netns's device 2 */
	put_link(w, elsewhere);
	assert_int_equal(build(w)->settings.device, 0);
	elsewhere.link_nsid = WORLD_OWN_NSID; /* of ours, in another netns */
	put_link(w, elsewhere);
	assert_int_equal(build(w)->settings.device, HP_DEVICE_VLANS);
	model_del_link(&w->model, 6, 3);
	over.nsid = 5;
	memcpy(over.mac, model_link(&w->model, 5, 9)->mac, sizeof(over.mac));
	put_link(w, over);
	assert_int_equal(build(w)->settings.device, HP_DEVICE_VLANS);
	model_del_link(&w->model, 5, 10);
	assert_int_equal(build(w)->settings.device, 0);
	put_link(w, vlan_device(3, "eth0.50", 2, 50)); /* of the host, without any endpoint */
	assert_int_equal(build(w)->settings.device, HP_DEVICE_VLANS);
}

static void devices_that_are_none(void **state)
{
	struct world *w = *state;
	struct rtnl_link eth0 = device(2, "eth0");

	eth0.virt = 1;
	put_link(w, eth0);
	assert_int_equal(build(w)->settings.device, HP_DEVICE_VIRTUAL);
	eth0.kind = RTNL_KIND_VETH;
	put_link(w, eth0);
	assert_int_equal(build(w)->settings.device, HP_DEVICE_VIRTUAL | HP_DEVICE_VETH);
	put_link(w, vlan_device(3, "eth0.50", 2, 50));
	assert_int_equal(build(w)->settings.device,
			 HP_DEVICE_VIRTUAL | HP_DEVICE_VETH | HP_DEVICE_VLANS);
}

/* Names. */

static void mark(struct world *w, int nsid, int ifindex, const char *text)
{
	struct rtnl_link link = *model_link(&w->model, nsid, ifindex);

	assert_true(strlen(text) < sizeof(link.mark));
	strcpy(link.mark, text);
	put_link(w, link);
}

static const char *name_of(struct world *w, const char *ifname)
{
	static char name[SPEC_NAME];
	const struct pins_endpoint *e = endpoint_named(build(w), ifname);

	assert_non_null(e);
	memcpy(name, e->value.name, sizeof(name));
	return name;
}

static void a_name_comes_from_the_mark(void **state)
{
	struct world *w = *state;

	assert_string_equal(name_of(w, "mv0"), "");
	mark(w, 5, 9, "web-1");
	assert_string_equal(name_of(w, "mv0"), "web-1");
	mark(w, 5, 9, "web-2 declared");
	assert_string_equal(name_of(w, "mv0"), "web-2");
	mark(w, 5, 9, "abcdefghijabcdefghijabcdefghij1");
	assert_string_equal(name_of(w, "mv0"), "abcdefghijabcdefghijabcdefghij1");
	mark(w, 5, 9, "abcdefghijabcdefghijabcdefghij12"); /* none that we gave */
	assert_string_equal(name_of(w, "mv0"), "");
	mark(w, 5, 9, "web-3 of somebody else");
	assert_string_equal(name_of(w, "mv0"), "");
}

/* A VLAN device that was made for endpoints bears a mark too. */
static void the_host_has_no_name(void **state)
{
	struct world *w = *state;

	put_link(w, vlan_device(3, "eth0.50", 2, 50));
	put_link(w, macvlan(6, 9, "mv1", 3, MACVLAN_MODE_BRIDGE));
	mark(w, OWN, 3, SPEC_PARENT_MARK);
	assert_string_equal(name_of(w, "eth0.50"), "");
}

#define IN_CLOSED(test) cmocka_unit_test_setup_teardown(test, closed_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_CLOSED(everybody_is_known),
		IN_CLOSED(an_endpoint_without_an_address),
		IN_CLOSED(one_of_many_without_an_address),
		IN_CLOSED(an_endpoint_that_is_not_active),
		IN_CLOSED(macvtaps_keep_their_addresses_to_themselves),
		IN_CLOSED(an_endpoint_in_a_bridge),
		IN_CLOSED(modes_that_take_any_mac),
		IN_CLOSED(ipvlan_is_no_stranger),
		IN_CLOSED(foreign_frames),
		IN_CLOSED(foreign_frames_of_a_vlan),
		IN_CLOSED(somebody_is_hiding),
		IN_CLOSED(two_vlan_devices_of_one_id),
		IN_CLOSED(a_segment_without_a_host),
		IN_CLOSED(proxies),
		IN_CLOSED(the_host_takes_a_prefix_for_its_own),
		IN_CLOSED(the_host_has_a_proxied_neighbour),
		IN_CLOSED(an_endpoint_that_answers_for_others),
		IN_CLOSED(an_endpoint_of_a_host_that_answers_for_others),
		IN_CLOSED(an_endpoint_has_addresses_elsewhere),
		IN_CLOSED(an_endpoint_has_addresses_on_other_segments),
		IN_CLOSED(two_endpoints_of_a_container_on_one_segment),
		IN_CLOSED(who_else_may_have_it_is_asked_too),
		IN_CLOSED(an_address_on_the_device_and_elsewhere),
		IN_CLOSED(who_does_not_answer_for_other_devices),
		IN_CLOSED(the_hosts_addresses_on_every_vlan),
		IN_CLOSED(an_address_that_the_host_has_twice),
		IN_CLOSED(no_addresses_where_nothing_is_active),
		IN_CLOSED(settings_without_a_file),
		IN_CLOSED(settings_from_the_file),
		IN_CLOSED(packets_over_64_kb),
		IN_CLOSED(vlans_that_are_used),
		IN_CLOSED(devices_that_are_none),
		IN_CLOSED(a_name_comes_from_the_mark),
		IN_CLOSED(the_host_has_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
