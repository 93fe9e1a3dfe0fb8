// SPDX-License-Identifier: BSD-2-Clause
/* From devices, addresses and settings to what the maps should hold. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_addr.h>
#include <linux/if_link.h>

#include "world.h"

static size_t entries(const struct uplink_state *u, enum pins_map map)
{
	return u->maps[map].count;
}

/* The id of the endpoint with this name; 0: there is none. */
static __u32 id_of(const struct uplink_state *u, const char *ifname)
{
	const struct pins_endpoint *e = endpoint_named(u, ifname);

	return e ? e->id : 0;
}

static void assert_host_mac(const struct uplink_state *u, __u16 vlan, const __u8 *mac)
{
	struct hp_segment segment = segment_of(u, vlan);

	assert_memory_equal(segment.host_mac, mac, 6);
}

static void nothing_without_endpoints(void **state)
{
	struct world *w = *state;

	put_addr(w, address(OWN, 2, "192.0.2.1", 0));
	assert_null(build(w));
}

static void an_endpoint_and_its_host(void **state)
{
	struct world *w = *state;
	struct rtnl_link b1 = macvlan(5, 9, "mv0", 2, MACVLAN_MODE_BRIDGE);
	const struct pins_endpoint *e, *host;
	struct uplink_state *u;

	put_netns(w, 5, 5000, "b1");
	put_link(w, b1);
	put_addr(w, address(5, 9, "192.168.14.11", IFA_F_PERMANENT));
	put_addr(w, address(OWN, 2, "192.168.14.133", IFA_F_PERMANENT));
	put_addr(w, address(OWN, 2, "2001:db8::133", 0));
	u = build(w);
	assert_string_equal(u->name, "eth0");
	assert_int_equal(u->ifindex, 2);

	e = endpoint_named(u, "mv0");
	host = endpoint_named(u, "eth0");
	assert_int_equal(entries(u, PINS_ENDPOINTS), 2);
	assert_int_equal(host->id, 1);
	assert_int_equal(e->id, 2);
	assert_int_equal(e->value.netns_ino, 5000);
	assert_int_equal(e->value.nsid, 5);
	assert_int_equal(e->value.ifindex, 9);
	assert_int_equal(e->value.first_seen, 1000);
	assert_int_equal(e->value.vlan, 0);
	assert_memory_equal(e->value.mac, b1.mac, 6);
	assert_int_equal(e->value.kind, HP_KIND_MACVLAN);
	assert_int_equal(e->value.mode, HP_MODE_BRIDGE);
	assert_int_equal(e->value.flags, HP_ENDPOINT_UP | HP_ENDPOINT_SETTLED);
	assert_string_equal(e->value.parent, "eth0");
	assert_string_equal(e->value.netns, "b1");
	assert_int_equal(host->value.kind, HP_KIND_HOST);
	assert_int_equal(host->value.mode, HP_MODE_NONE);
	assert_int_equal(host->value.netns_ino, WORLD_OWN_INO);
	assert_int_equal(host->value.nsid, -1);
	assert_int_equal(host->value.flags, HP_ENDPOINT_UP | HP_ENDPOINT_SETTLED);
	assert_string_equal(host->value.parent, "eth0");
	assert_string_equal(host->value.netns, "host");

	assert_int_equal(entries(u, PINS_FDB), 2);
	assert_int_equal(fdb_of(u, 0, &b1)->endpoint, 2);
	assert_int_equal(fdb_of(u, 0, &b1)->kind, HP_KIND_MACVLAN);
	assert_int_equal(fdb_of(u, 0, &b1)->flags, 0);
	assert_int_equal(entries(u, PINS_NEIGH), 4); /* and the host's on every VLAN */
	assert_int_equal(neigh_of(u, 0, "192.168.14.11")->endpoint, 2);
	assert_memory_equal(neigh_of(u, 0, "192.168.14.11")->mac, b1.mac, 6);
	assert_int_equal(neigh_of(u, 0, "192.168.14.133")->kind, HP_KIND_HOST);
	assert_int_equal(neigh_of(u, 0, "2001:db8::133")->endpoint, 1);
	assert_int_equal(entries(u, PINS_SEGMENTS), 1);
	assert_int_equal(segment_of(u, 0).host, 1);
	assert_int_equal(segment_of(u, 0).flags,
			 HP_SEGMENT_HOST | HP_SEGMENT_CLOSED | HP_SEGMENT_KNOWN_IPV4);
	assert_host_mac(u, 0, model_link(&w->model, OWN, 2)->mac);
}

static void every_mode(void **state)
{
	static const struct {
		const char *row;
		__u32 mode;
		enum hp_mode expected;
		bool vepa, forwarded;
	} rows[] = {
		{ "bridge", MACVLAN_MODE_BRIDGE, HP_MODE_BRIDGE, false, true },
		{ "vepa", MACVLAN_MODE_VEPA, HP_MODE_VEPA, true, true },
		{ "private", MACVLAN_MODE_PRIVATE, HP_MODE_PRIVATE, false, true },
		{ "source", MACVLAN_MODE_SOURCE, HP_MODE_SOURCE, false, true },
		{ "passthru", MACVLAN_MODE_PASSTHRU, HP_MODE_PASSTHRU, false, false },
		{ "newer than us", 1 << 20, HP_MODE_NONE, false, true },
	};
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct rtnl_link link = macvlan(5, 9, "mv0", 2, rows[i].mode);
		const struct hp_fdb *fdb;
		struct uplink_state *u;
		__u16 flags;

		put_link(w, link);
		u = build(w);
		fdb = fdb_of(u, 0, &link);
		flags = segment_of(u, 0).flags;
		assert_row(rows[i].row, endpoint_named(u, "mv0")->value.mode == rows[i].expected);
		assert_row(rows[i].row, !!fdb == rows[i].forwarded);
		assert_row(rows[i].row, !fdb || fdb->mode == rows[i].expected);
		assert_row(rows[i].row, !!(flags & HP_SEGMENT_HOST) == rows[i].forwarded);
		assert_row(rows[i].row, !!(flags & HP_SEGMENT_VEPA) == rows[i].vepa);
	}
}

static void macvtap_is_a_kind_of_its_own(void **state)
{
	struct world *w = *state;
	struct rtnl_link tap = macvlan(OWN, 9, "tap0", 2, MACVLAN_MODE_BRIDGE);

	tap.kind = RTNL_KIND_MACVTAP;
	put_link(w, tap);
	put_addr(w, address(OWN, 9, "192.0.2.9", 0)); /* its own, and not its reader's */
	assert_int_equal(endpoint_named(build(w), "tap0")->value.kind, HP_KIND_MACVTAP);
	assert_null(neigh_of(build(w), 0, "192.0.2.9"));
}

/* What leaves by them is the host's own traffic; what leaves by a macvtap is a VM's. */
static void devices_of_the_host_itself(void **state)
{
	static const struct {
		const char *row;
		int nsid;
		enum rtnl_kind kind;
		bool host_stack;
	} rows[] = {
		{ "macvlan of the host", OWN, RTNL_KIND_MACVLAN, true },
		{ "macvtap of the host", OWN, RTNL_KIND_MACVTAP, false },
		{ "macvlan elsewhere", 5, RTNL_KIND_MACVLAN, false },
	};
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct rtnl_link link = macvlan(rows[i].nsid, 9, "x", 2, MACVLAN_MODE_BRIDGE);
		const struct pins_endpoint *e;
		struct uplink_state *u;

		link.kind = rows[i].kind;
		put_link(w, link);
		u = build(w);
		e = endpoint_named(u, "x");
		assert_row(rows[i].row,
			   !!(e->value.flags & HP_ENDPOINT_HOST_STACK) == rows[i].host_stack);
		assert_row(rows[i].row, fdb_of(u, 0, &link)->flags ==
						(rows[i].host_stack ? HP_FDB_HOST_STACK : 0));
		assert_row(rows[i].row, !strcmp(e->value.netns, "host") == (rows[i].nsid == OWN));
		model_del_link(&w->model, rows[i].nsid, 9);
	}
}

static void words_for_a_namespace(void **state)
{
	struct world *w = *state;
	struct uplink_state *u;

	put_netns(w, 5, 5000, "");
	put_endpoint(w, 5, 9, "a", "192.0.2.1");
	put_endpoint(w, 6, 9, "b", "192.0.2.2");
	u = build(w);
	assert_string_equal(endpoint_named(u, "a")->value.netns, "nsid 5");
	assert_int_equal(endpoint_named(u, "a")->value.netns_ino, 5000);
	assert_string_equal(endpoint_named(u, "b")->value.netns, "nsid 6");
	assert_int_equal(endpoint_named(u, "b")->value.netns_ino, 0);
}

static void a_vlan_is_a_segment_with_a_host_of_its_own(void **state)
{
	struct world *w = *state;
	struct rtnl_link parent = vlan_device(3, "eth0.50", 2, 50);
	struct rtnl_link link = macvlan(5, 9, "mv0", 3, MACVLAN_MODE_VEPA);
	struct uplink_state *u;

	put_link(w, parent);
	put_link(w, link);
	put_addr(w, address(5, 9, "192.168.14.11", 0));
	put_addr(w, address(OWN, 3, "192.168.14.133", 0));
	put_addr(w, address(OWN, 2, "10.0.0.1", 0));
	u = build(w);
	assert_string_equal(u->name, "eth0");
	assert_int_equal(endpoint_named(u, "mv0")->value.vlan, 50);
	assert_string_equal(endpoint_named(u, "mv0")->value.parent, "eth0.50");
	assert_non_null(fdb_of(u, 50, &link));
	assert_non_null(fdb_of(u, 50, &parent));
	assert_int_equal(entries(u, PINS_FDB), 2);   /* nobody on the untagged segment */
	assert_int_equal(entries(u, PINS_NEIGH), 4); /* both of the host's on every VLAN */
	assert_non_null(neigh_of(u, 50, "192.168.14.133"));
	assert_null(neigh_of(u, 50, "10.0.0.1"));
	assert_int_equal(entries(u, PINS_SEGMENTS), 1);
	assert_host_mac(u, 50, parent.mac);
	assert_int_equal(segment_of(u, 50).flags, HP_SEGMENT_HOST | HP_SEGMENT_VEPA |
							  HP_SEGMENT_CLOSED |
							  HP_SEGMENT_KNOWN_IPV4);
	assert_int_equal(segment_of(u, 50).host, id_of(u, "eth0.50"));
}

static void the_same_address_on_two_segments(void **state)
{
	struct world *w = *state;
	struct uplink_state *u;

	put_link(w, vlan_device(3, "eth0.50", 2, 50));
	put_link(w, macvlan(5, 9, "tagged", 3, MACVLAN_MODE_BRIDGE));
	put_addr(w, address(5, 9, "192.0.2.1", 0));
	put_endpoint(w, 6, 9, "plain", "192.0.2.1");
	u = build(w);
	assert_int_equal(neigh_of(u, 50, "192.0.2.1")->endpoint, id_of(u, "tagged"));
	assert_int_equal(neigh_of(u, 0, "192.0.2.1")->endpoint, id_of(u, "plain"));
	assert_int_equal(entries(u, PINS_SEGMENTS), 2);
}

/* On the wire the outer tag comes first, and it is put on by the lowest device. */
static void of_two_tags_the_outer_is_the_segment(void **state)
{
	struct world *w = *state;
	struct rtnl_link link = macvlan(5, 9, "mv0", 4, MACVLAN_MODE_BRIDGE);
	struct uplink_state *u;

	put_link(w, vlan_device(3, "eth0.100", 2, 100));
	put_link(w, vlan_device(4, "eth0.100.7", 3, 7));
	put_link(w, link);
	u = build(w);
	assert_string_equal(u->name, "eth0");
	assert_non_null(fdb_of(u, 100, &link));
	assert_string_equal(endpoint_named(u, "mv0")->value.parent, "eth0.100.7");
	assert_int_equal(id_of(u, "eth0.100"), 0); /* the host is where the macvlan sits */
	assert_int_equal(segment_of(u, 100).host, id_of(u, "eth0.100.7"));
}

static void layers_are_followed_to_the_kernels_limit(void **state)
{
	struct world *w = *state;

	for (int layer = 0; layer < 9; layer++) {
		char name[IFNAMSIZ];

		snprintf(name, sizeof(name), "v%d", layer);
		put_link(w, vlan_device(10 + layer, name, layer ? 9 + layer : 2, 100 + layer));
	}
	put_link(w, macvlan(5, 9, "mv0", 17, MACVLAN_MODE_BRIDGE));
	assert_int_equal(endpoint_named(build(w), "mv0")->value.vlan, 100);
	put_link(w, macvlan(5, 9, "mv0", 18, MACVLAN_MODE_BRIDGE));
	assert_null(build(w));
	put_link(w, vlan_device(10, "v0", 18, 100)); /* a loop, as no kernel makes it */
	assert_null(build(w));
}

/* eth0.70 in the netns of an endpoint on eth0, over that. */
static struct rtnl_link vlan_over(const struct rtnl_link *endpoint, int ifindex, __u16 vlan)
{
	struct rtnl_link link = vlan_device(ifindex, "eth0.70", endpoint->ifindex, vlan);

	link.nsid = endpoint->nsid;
	link.link_nsid = OWN;
	memcpy(link.mac, endpoint->mac, sizeof(link.mac));
	return link;
}

static void a_vlan_over_an_endpoint_is_the_endpoint_there_too(void **state)
{
	struct world *w = *state;
	struct rtnl_link b1 = macvlan(5, 9, "mv0", 2, MACVLAN_MODE_VEPA);
	struct rtnl_link vlan = vlan_over(&b1, 10, 70);
	struct uplink_state *u;

	put_link(w, b1);
	put_link(w, vlan);
	put_addr(w, address(5, 10, "192.168.70.11", 0));
	u = build(w);
	assert_int_equal(fdb_of(u, 70, &b1)->endpoint, id_of(u, "mv0"));
	assert_int_equal(fdb_of(u, 70, &b1)->mode, HP_MODE_VEPA);
	assert_int_equal(fdb_of(u, 0, &b1)->endpoint, id_of(u, "mv0"));
	assert_int_equal(neigh_of(u, 70, "192.168.70.11")->endpoint, id_of(u, "mv0"));
	assert_memory_equal(neigh_of(u, 70, "192.168.70.11")->mac, b1.mac, 6);
	assert_true(neigh_of(u, 0, "192.168.70.11")->flags & HP_NEIGH_ELSEWHERE);
	assert_int_equal(segment_of(u, 70).flags, HP_SEGMENT_VEPA | HP_SEGMENT_KNOWN_IPV4);
	assert_int_equal(entries(u, PINS_ENDPOINTS), 2);
	vlan.up = 0;
	put_link(w, vlan);
	assert_null(fdb_of(build(w), 70, &b1));
}

static void of_two_vlans_over_an_endpoint_the_outer_is_the_segment(void **state)
{
	struct world *w = *state;
	struct rtnl_link b1 = macvlan(5, 9, "mv0", 2, MACVLAN_MODE_BRIDGE), outer, inner;
	struct uplink_state *u;

	outer = vlan_over(&b1, 10, 70);
	inner = vlan_over(&b1, 11, 7);
	inner.link = 10;
	put_link(w, b1);
	put_link(w, outer);
	put_link(w, inner);
	put_addr(w, address(5, 11, "192.168.7.11", 0));
	u = build(w);
	assert_non_null(neigh_of(u, 70, "192.168.7.11"));
	assert_null(fdb_of(u, 7, &b1));
}

static void a_vlan_over_an_endpoint_that_gets_nothing(void **state)
{
	struct world *w = *state;
	struct rtnl_link b1 = macvlan(5, 9, "mv0", 2, MACVLAN_MODE_BRIDGE);
	struct rtnl_link b2 = macvlan(6, 9, "mv0", 3, MACVLAN_MODE_BRIDGE);
	struct rtnl_link vlan = vlan_over(&b1, 10, 70);
	struct uplink_state *u;

	put_link(w, b1);
	vlan.mac[5] ^= 1; /* macvlan does not know this MAC */
	put_link(w, vlan);
	assert_null(fdb_of(build(w), 70, &vlan));

	put_link(w, vlan_over(&b1, 10, 70));
	assert_non_null(fdb_of(build(w), 70, &b1));
	put_link(w, vlan_device(3, "eth0.50", 2, 50));
	put_link(w, b2);
	put_link(w, vlan_over(&b2, 10, 71)); /* an inner tag: the segment is 50 */
	u = build(w);
	assert_null(fdb_of(u, 71, &b2));
	assert_non_null(fdb_of(u, 70, &b1));
	put_link(w, vlan_device(4, "eth0.70", 2, 70)); /* the host's takes all frames of it */
	assert_null(fdb_of(build(w), 70, &b1));
}

static void parents_elsewhere_are_not_ours(void **state)
{
	struct world *w = *state;
	struct rtnl_link link = macvlan(5, 9, "mv0", 2, MACVLAN_MODE_BRIDGE);
	struct rtnl_link vlan = vlan_device(3, "eth0.50", 2, 50);

	link.link_nsid = OWN; /* on a device of its own netns */
	put_link(w, link);
	assert_null(build(w));
	link.link_nsid = 7;
	put_link(w, link);
	assert_null(build(w));
	vlan.link_nsid = 7; /* a VLAN of a device that is elsewhere */
	put_link(w, vlan);
	put_link(w, macvlan(5, 9, "mv0", 3, MACVLAN_MODE_BRIDGE));
	assert_null(build(w));
}

static void passthru_is_listed_and_left_alone(void **state)
{
	struct world *w = *state;
	struct uplink_state *u;

	put_link(w, macvlan(5, 9, "mv0", 2, MACVLAN_MODE_PASSTHRU));
	put_addr(w, address(5, 9, "192.0.2.1", 0));
	put_addr(w, address(OWN, 2, "192.0.2.2", 0));
	u = build(w);
	assert_int_equal(entries(u, PINS_ENDPOINTS), 1);
	assert_int_equal(endpoint_named(u, "mv0")->value.mode, HP_MODE_PASSTHRU);
	assert_int_equal(endpoint_named(u, "mv0")->value.flags,
			 HP_ENDPOINT_UP | HP_ENDPOINT_SETTLED);
	assert_int_equal(entries(u, PINS_FDB), 0);
	assert_int_equal(entries(u, PINS_NEIGH), 0);
	assert_int_equal(entries(u, PINS_SEGMENTS), 0);
}

static void a_down_endpoint_is_listed_only(void **state)
{
	struct world *w = *state;
	struct rtnl_link link = macvlan(5, 9, "mv0", 2, MACVLAN_MODE_BRIDGE);
	struct uplink_state *u;

	link.up = 0;
	put_link(w, link);
	put_addr(w, address(5, 9, "192.0.2.1", 0));
	put_addr(w, address(OWN, 2, "192.0.2.2", 0));
	u = build(w);
	assert_int_equal(endpoint_named(u, "mv0")->value.flags, 0);
	assert_int_equal(entries(u, PINS_ENDPOINTS), 2);
	assert_int_equal(entries(u, PINS_FDB), 0);
	assert_int_equal(entries(u, PINS_NEIGH), 0);
	assert_int_equal(entries(u, PINS_SEGMENTS), 0);
	link.up = 1;
	put_link(w, link);
	u = build(w);
	assert_int_equal(entries(u, PINS_FDB), 2);
	assert_int_equal(entries(u, PINS_NEIGH), 3);
	assert_int_equal(entries(u, PINS_SEGMENTS), 1);
}

static void one_endpoint_up_keeps_the_host(void **state)
{
	struct world *w = *state;
	struct rtnl_link down = macvlan(5, 9, "down", 2, MACVLAN_MODE_VEPA);
	struct uplink_state *u;

	down.up = 0;
	put_link(w, down);
	put_endpoint(w, 6, 9, "up", "192.0.2.1");
	down.nsid = 7; /* also behind it */
	put_link(w, down);
	u = build(w);
	assert_int_equal(entries(u, PINS_FDB), 2);
	assert_int_equal(segment_of(u, 0).flags & (HP_SEGMENT_HOST | HP_SEGMENT_VEPA),
			 HP_SEGMENT_HOST); /* no VEPA that is up */
}

static void a_device_without_ethernet_addresses(void **state)
{
	struct world *w = *state;
	struct rtnl_link link = macvlan(5, 9, "mv0", 2, MACVLAN_MODE_BRIDGE);

	link.ether = 0;
	put_link(w, link);
	assert_int_equal(entries(build(w), PINS_NEIGH), 0);
	assert_null(fdb_of(build(w), 0, &link));
}

static void tentative_addresses_say_so(void **state)
{
	struct world *w = *state;

	put_endpoint(w, 5, 9, "mv0", "192.0.2.1");
	put_addr(w, address(5, 9, "2001:db8::1", IFA_F_TENTATIVE));
	assert_int_equal(neigh_of(build(w), 0, "2001:db8::1")->flags, HP_NEIGH_TENTATIVE);
	put_addr(w, address(5, 9, "2001:db8::1", 0));
	assert_int_equal(neigh_of(build(w), 0, "2001:db8::1")->flags, 0);
}

static void of_two_that_claim_an_address_the_first_has_it(void **state)
{
	struct world *w = *state;
	struct rtnl_link second = macvlan(6, 9, "second", 2, MACVLAN_MODE_BRIDGE);
	struct uplink_state *u;

	put_endpoint(w, 5, 9, "first", "192.0.2.1");
	put_link(w, second);
	put_addr(w, address(6, 9, "192.0.2.1", 0));
	put_addr(w, address(6, 9, "192.0.2.2", 0));
	u = build(w);
	assert_int_equal(neigh_of(u, 0, "192.0.2.1")->endpoint, id_of(u, "first"));
	assert_int_equal(neigh_of(u, 0, "192.0.2.1")->flags, HP_NEIGH_SHARED);
	assert_int_equal(neigh_of(u, 0, "192.0.2.2")->endpoint, id_of(u, "second"));
	assert_int_equal(neigh_of(u, 0, "192.0.2.2")->flags, 0);
	assert_int_equal(fdb_of(u, 0, &second)->endpoint, id_of(u, "second"));
}

static struct rtnl_link ipvlan(int32_t nsid, int32_t ifindex, uint16_t mode, uint16_t flags)
{
	struct rtnl_link link = macvlan(nsid, ifindex, "ipv", 2, 0);

	link.kind = RTNL_KIND_IPVLAN;
	link.mode = mode;
	link.flags = flags;
	return link;
}

/* They have the host's MAC: the fdb has the host alone, and says that it shares. */
static void ipvlan_stands_under_its_addresses(void **state)
{
	static const struct {
		uint16_t flags;
		enum hp_mode mode;
	} rows[] = { { 0, HP_MODE_BRIDGE }, { 1, HP_MODE_PRIVATE }, { 2, HP_MODE_VEPA } };
	struct world *w = *state;

	put_addr(w, address(5, 9, "192.0.2.1", 0));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct rtnl_link *host;
		const struct hp_neigh *neigh;
		struct uplink_state *u;

		put_link(w, ipvlan(5, 9, 0, rows[i].flags));
		host = model_link(&w->model, OWN, 2);
		u = build(w);
		neigh = neigh_of(u, 0, "192.0.2.1");
		assert_int_equal(neigh->kind, HP_KIND_IPVLAN);
		assert_int_equal(neigh->mode, rows[i].mode);
		assert_int_equal(neigh->fdb_flags, 0);
		assert_memory_equal(neigh->mac, host->mac, 6);
		assert_int_equal(entries(u, PINS_FDB), 1);
		assert_int_equal(fdb_of(u, 0, host)->flags, HP_FDB_SHARED);
	}
}

static void ipvlan_that_routes_is_listed_only(void **state)
{
	struct world *w = *state;

	put_addr(w, address(5, 9, "192.0.2.1", 0));
	for (uint16_t mode = 1; mode <= 2; mode++) {
		struct uplink_state *u;

		put_link(w, ipvlan(5, 9, mode, 0));
		u = build(w);
		assert_int_equal(entries(u, PINS_ENDPOINTS), 1);
		assert_int_equal(entries(u, PINS_FDB), 0);
		assert_int_equal(entries(u, PINS_NEIGH), 0);
		assert_int_equal(entries(u, PINS_SEGMENTS), 0);
	}
}

static void the_hosts_address_stays_the_hosts(void **state)
{
	struct world *w = *state;
	struct rtnl_link link = macvlan(5, 9, "mv0", 2, MACVLAN_MODE_BRIDGE);
	struct uplink_state *u;

	memcpy(link.mac, model_link(&w->model, OWN, 2)->mac, 6);
	put_link(w, link);
	put_addr(w, address(5, 9, "192.0.2.1", 0));
	put_addr(w, address(OWN, 2, "192.0.2.1", 0));
	u = build(w);
	assert_int_equal(neigh_of(u, 0, "192.0.2.1")->kind, HP_KIND_HOST);
	assert_int_equal(fdb_of(u, 0, &link)->kind, HP_KIND_HOST);
	assert_int_equal(entries(u, PINS_FDB), 1);
	assert_int_equal(entries(u, PINS_ENDPOINTS), 2);
}

/* Settings. */

static const struct config_uplink served = { .name = "eth0", .serve = true };

static void configure(struct world *w, struct config_uplink uplink)
{
	config_free(&w->config);
	w->config.uplinks = calloc(1, sizeof(uplink));
	assert_non_null(w->config.uplinks);
	w->config.uplinks[0] = uplink;
	w->config.count = 1;
}

static void settings_reach_their_uplink(void **state)
{
	struct world *w = *state;
	struct config_uplink uplink = served;

	put_endpoint(w, 5, 9, "mv0", "192.0.2.1");
	assert_int_equal(build(w)->settings.reflect, 0);
	assert_int_equal(build(w)->hook, HP_HOOK_NONE);
	uplink.reflect = true;
	uplink.attach = HP_HOOK_CLSACT;
	configure(w, uplink);
	assert_int_equal(build(w)->settings.reflect, 1);
	assert_int_equal(build(w)->hook, HP_HOOK_CLSACT);
	strcpy(uplink.name, "eth1");
	configure(w, uplink);
	assert_int_equal(build(w)->settings.reflect, 0);
}

static void an_uplink_that_is_not_to_be_served(void **state)
{
	struct world *w = *state;
	struct config_uplink uplink = served;

	put_endpoint(w, 5, 9, "mv0", "192.0.2.1");
	uplink.serve = false;
	configure(w, uplink);
	assert_null(build(w));
	strcpy(uplink.name, "eth1");
	configure(w, uplink);
	assert_non_null(build(w));
}

static void only_those_that_the_command_line_names(void **state)
{
	static const char *const eth1[] = { "eth1", NULL };
	static const char *const both[] = { "eth1", "eth0", NULL };
	static const char *const none[] = { NULL };
	struct world *w = *state;
	struct config_uplink uplink = served;

	put_endpoint(w, 5, 9, "mv0", "192.0.2.1");
	w->only = eth1;
	assert_null(build(w));
	w->only = both;
	assert_non_null(build(w));
	w->only = none;
	assert_null(build(w));
	w->only = both;
	uplink.serve = false; /* the file has the last word */
	configure(w, uplink);
	assert_null(build(w));
}

static void several_uplinks_are_kept_apart(void **state)
{
	struct world *w = *state;
	struct desired_input in = { &w->model, &w->config, &w->observed, NULL, 1 };
	struct state desired = {};

	put_link(w, device(3, "eth1"));
	put_endpoint(w, 5, 9, "a", "192.0.2.1");
	put_link(w, macvlan(6, 9, "b", 3, MACVLAN_MODE_BRIDGE));
	put_addr(w, address(6, 9, "192.0.2.1", 0));
	assert_int_equal(desired_build(&in, &desired), 0);
	assert_int_equal(desired.count, 2);
	for (int i = 0; i < 2; i++) {
		struct uplink_state *u = state_find(&desired, i ? "eth1" : "eth0");

		assert_int_equal(u->ifindex, 2 + i);
		assert_int_equal(entries(u, PINS_ENDPOINTS), 2);
		assert_int_equal(entries(u, PINS_FDB), 2);
		assert_int_equal(entries(u, PINS_NEIGH), 1);
		assert_int_equal(id_of(u, i ? "b" : "a"), 2);
	}
	state_free(&desired);
}

/* Identity. */

static void ids_stay_whatever_changes(void **state)
{
	struct world *w = *state;
	struct rtnl_link link = macvlan(5, 9, "mv0", 2, MACVLAN_MODE_BRIDGE);
	const struct pins_endpoint *e;

	put_netns(w, 5, 5000, "b1");
	put_link(w, link);
	put_endpoint(w, 6, 9, "other", "192.0.2.1");
	assert_int_equal(id_of(pass(w), "mv0"), 2);
	w->now = 2000;
	memcpy(link.mac, "\2\3\4\5\6\7", 6);
	strcpy(link.name, "renamed");
	link.mode = MACVLAN_MODE_VEPA;
	link.up = 0;
	put_link(w, link);
	put_addr(w, address(5, 9, "192.0.2.9", 0));
	put_netns(w, 5, 5000, "better");
	put_link(w, device(2, "uplink0"));
	for (int i = 0; i < 3; i++) {
		e = endpoint_named(pass(w), "renamed");
		assert_int_equal(e->id, 2);
		assert_int_equal(e->value.first_seen, 1000);
		assert_string_equal(e->value.netns, "better");
	}
}

/* A new agent sees the same namespaces under the same inodes, but maybe other ids. */
static void ids_stay_over_a_restart(void **state)
{
	struct world *w = *state;

	put_netns(w, 5, 5000, "b1");
	put_netns(w, 6, 6000, "b2");
	put_endpoint(w, 5, 9, "a", "192.0.2.1");
	put_endpoint(w, 6, 9, "b", "192.0.2.2");
	pass(w);
	model_del_netns(&w->model, 5);
	model_del_netns(&w->model, 6);
	put_netns(w, 1, 6000, "b2");
	put_netns(w, 2, 5000, "b1");
	put_endpoint(w, 1, 9, "b", "192.0.2.2");
	put_endpoint(w, 2, 9, "a", "192.0.2.1");
	w->now = 2000;
	assert_int_equal(id_of(build(w), "a"), 2);
	assert_int_equal(id_of(build(w), "b"), 3);
	assert_int_equal(endpoint_named(build(w), "a")->value.first_seen, 1000);
	assert_int_equal(endpoint_named(build(w), "a")->value.nsid, 2);
}

static void another_device_with_the_same_index_is_new(void **state)
{
	struct world *w = *state;

	put_netns(w, 5, 5000, "b1");
	put_endpoint(w, 5, 9, "a", "192.0.2.1");
	pass(w);
	model_del_netns(&w->model, 5);
	put_netns(w, 5, 5001, "b2"); /* nsids are reused at once */
	put_endpoint(w, 5, 9, "a", "192.0.2.1");
	w->now = 2000;
	assert_int_equal(id_of(build(w), "a"), 3);
	assert_int_equal(endpoint_named(build(w), "a")->value.first_seen, 2000);
}

static void namespaces_without_an_inode_are_told_apart_by_id(void **state)
{
	struct world *w = *state;

	put_endpoint(w, 5, 9, "a", "192.0.2.1");
	put_endpoint(w, 6, 9, "b", "192.0.2.2");
	pass(w);
	assert_int_equal(id_of(pass(w), "a"), 2);
	assert_int_equal(id_of(pass(w), "b"), 3);
}

static void an_id_in_use_is_not_given_out_in_the_same_pass(void **state)
{
	struct world *w = *state;

	put_endpoint(w, 5, 9, "a", "192.0.2.1");
	put_endpoint(w, 6, 9, "b", "192.0.2.2");
	pass(w);
	model_del_link(&w->model, 5, 9);
	put_endpoint(w, 7, 9, "c", "192.0.2.3");
	assert_int_equal(id_of(build(w), "c"), 4);
	settle(w);
	put_endpoint(w, 8, 9, "d", "192.0.2.4");
	assert_int_equal(id_of(build(w), "d"), 2); /* the smallest that is free */
	put_endpoint(w, 9, 9, "e", "192.0.2.5");
	assert_int_equal(id_of(build(w), "e"), 5);
}

static void ids_are_unique_through_a_long_life(void **state)
{
	struct world *w = *state;
	unsigned int random = 1;

	for (int i = 0; i < 300; i++) {
		int nsid = 5 + (random = random * 1103515245 + 12345) / 65536 % 40;
		char name[IFNAMSIZ];
		struct uplink_state *u;

		snprintf(name, sizeof(name), "mv%d", nsid);
		if (model_link(&w->model, nsid, 9))
			model_del_link(&w->model, nsid, 9);
		else
			put_endpoint(w, nsid, 9, name, "192.0.2.1");
		u = pass(w);
		/* The table's key is the id, so that a doubled one would be missing here. */
		if (u)
			assert_int_equal(entries(u, PINS_ENDPOINTS), w->model.links.count);
	}
}

static void pins_that_cannot_be_read_give_no_ids(void **state)
{
	struct world *w = *state;

	put_endpoint(w, 5, 9, "a", "192.0.2.1");
	put_endpoint(w, 6, 9, "b", "192.0.2.2");
	pass(w)->known = false;
	model_del_link(&w->model, 5, 9);
	assert_int_equal(id_of(build(w), "b"), 2);
	assert_int_equal(build(w)->slots, 256);
}

static void put_endpoints(struct world *w, int from, int to)
{
	for (int i = from; i < to; i++)
		put_link(w, macvlan(i % 50, 9 + i / 50, "mv", 2, MACVLAN_MODE_BRIDGE));
}

/* Id 0 is not used, id 1 is the host's. */
static void slots_grow_and_never_shrink(void **state)
{
	struct world *w = *state;

	put_endpoints(w, 0, 254);
	assert_int_equal(pass(w)->slots, 256);
	put_endpoints(w, 254, 255);
	assert_int_equal(pass(w)->slots, 512);
	put_endpoints(w, 255, 1100);
	assert_int_equal(pass(w)->slots, 2048);
	for (int i = 1; i < 1100; i++)
		model_del_link(&w->model, i % 50, 9 + i / 50);
	assert_int_equal(pass(w)->slots, 2048);
	assert_int_equal(entries(&w->observed.uplinks[0], PINS_ENDPOINTS), 2);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(nothing_without_endpoints),
		IN_WORLD(an_endpoint_and_its_host),
		IN_WORLD(every_mode),
		IN_WORLD(macvtap_is_a_kind_of_its_own),
		IN_WORLD(devices_of_the_host_itself),
		IN_WORLD(words_for_a_namespace),
		IN_WORLD(a_vlan_is_a_segment_with_a_host_of_its_own),
		IN_WORLD(the_same_address_on_two_segments),
		IN_WORLD(of_two_tags_the_outer_is_the_segment),
		IN_WORLD(layers_are_followed_to_the_kernels_limit),
		IN_WORLD(a_vlan_over_an_endpoint_is_the_endpoint_there_too),
		IN_WORLD(of_two_vlans_over_an_endpoint_the_outer_is_the_segment),
		IN_WORLD(a_vlan_over_an_endpoint_that_gets_nothing),
		IN_WORLD(parents_elsewhere_are_not_ours),
		IN_WORLD(passthru_is_listed_and_left_alone),
		IN_WORLD(a_down_endpoint_is_listed_only),
		IN_WORLD(one_endpoint_up_keeps_the_host),
		IN_WORLD(a_device_without_ethernet_addresses),
		IN_WORLD(tentative_addresses_say_so),
		IN_WORLD(of_two_that_claim_an_address_the_first_has_it),
		IN_WORLD(ipvlan_stands_under_its_addresses),
		IN_WORLD(ipvlan_that_routes_is_listed_only),
		IN_WORLD(the_hosts_address_stays_the_hosts),
		IN_WORLD(settings_reach_their_uplink),
		IN_WORLD(an_uplink_that_is_not_to_be_served),
		IN_WORLD(only_those_that_the_command_line_names),
		IN_WORLD(several_uplinks_are_kept_apart),
		IN_WORLD(ids_stay_whatever_changes),
		IN_WORLD(ids_stay_over_a_restart),
		IN_WORLD(another_device_with_the_same_index_is_new),
		IN_WORLD(namespaces_without_an_inode_are_told_apart_by_id),
		IN_WORLD(an_id_in_use_is_not_given_out_in_the_same_pass),
		IN_WORLD(ids_are_unique_through_a_long_life),
		IN_WORLD(pins_that_cannot_be_read_give_no_ids),
		IN_WORLD(slots_grow_and_never_shrink),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
