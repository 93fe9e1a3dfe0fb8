// SPDX-License-Identifier: BSD-2-Clause
/* Access ports: which endpoints they are, and what the maps then say of their uplink. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/if_link.h>

#include "world.h"

static void rule(struct world *w, const char *match, __u16 vlan)
{
	struct config *c = &w->config;

	c->access = reallocarray(c->access, c->access_count + 1, sizeof(*c->access));
	assert_non_null(c->access);
	c->access[c->access_count] = (struct config_access){ .vlan = vlan };
	snprintf(c->access[c->access_count++].match, sizeof(c->access->match), "%s", match);
}

/* A VEPA endpoint in a netns of that name. */
static struct rtnl_link vepa(struct world *w, int nsid, const char *netns)
{
	struct rtnl_link link = macvlan(nsid, 9, "mv0", 2, MACVLAN_MODE_VEPA);

	put_netns(w, nsid, 5000 + nsid, netns);
	put_link(w, link);
	return link;
}

static bool is_member(const struct uplink_state *u, __u16 vlan, const struct rtnl_link *link,
		      __u16 flags)
{
	const struct table *members = &u->maps[PINS_MEMBERS];

	for (size_t i = 0; i < members->count; i++) {
		const struct pins_member *m = table_at(members, i);

		assert_true(m->key.index < segment_of(u, m->key.vlan).members);
		if (m->key.vlan == vlan && !memcmp(m->value.mac, link->mac, 6))
			return m->value.flags == flags;
	}
	return false;
}

static void an_access_port_is_in_its_vlan_alone(void **state)
{
	struct world *w = *state;
	struct rtnl_link b1 = vepa(w, 5, "b1"), b2 = vepa(w, 6, "b2");
	struct uplink_state *u;

	put_addr(w, address(5, 9, "192.168.14.11", 0));
	rule(w, "b1", 50);
	u = build(w);
	assert_int_equal(fdb_of(u, 50, &b1)->flags, HP_FDB_UNTAGGED);
	assert_int_equal(fdb_of(u, 0, &b1)->flags, HP_FDB_ACCESS);
	assert_int_equal(fdb_of(u, 0, &b1)->vlan, 50);
	assert_non_null(neigh_of(u, 50, "192.168.14.11"));
	assert_null(neigh_of(u, 0, "192.168.14.11"));
	assert_int_equal(fdb_of(u, 0, &b2)->flags, 0);
	assert_null(fdb_of(u, 50, &b2));
	assert_true(u->settings.device & HP_DEVICE_ACCESS);
	assert_true(segment_of(u, 0).flags & HP_SEGMENT_LISTED);
	assert_true(segment_of(u, 50).flags & HP_SEGMENT_LISTED);
	assert_false(segment_of(u, 50).flags & HP_SEGMENT_HOST);
	assert_int_equal(segment_of(u, 0).members, 1);
	assert_int_equal(segment_of(u, 50).members, 1);
	assert_true(is_member(u, 50, &b1, HP_FDB_UNTAGGED));
	assert_true(is_member(u, 0, &b2, HP_FDB_UNTAGGED));
}

static void without_rules_nothing_is_listed(void **state)
{
	struct world *w = *state;
	struct uplink_state *u;

	vepa(w, 5, "b1");
	u = build(w);
	assert_false(u->settings.device & HP_DEVICE_ACCESS);
	assert_false(segment_of(u, 0).flags & HP_SEGMENT_LISTED);
	assert_int_equal(u->maps[PINS_MEMBERS].count, 0);
	rule(w, "nobody", 50);
	assert_false(build(w)->settings.device & HP_DEVICE_ACCESS);
}

static void who_is_meant(void **state)
{
	struct world *w = *state;
	struct rtnl_link id = vepa(w, 5, "2f1d0a9c66b7"), mac = vepa(w, 6, "b2"),
			 made = vepa(w, 7, "b3");
	struct spec web = { .name = "web", .netns_ino = 5007 };
	struct uplink_state *u;

	strcpy(made.mark, "web declared");
	put_link(w, made);
	rule(w, "2f1d0a9c66b70000000000000000000000000000000000000000000000000000", 50);
	rule(w, "02:00:00:00:07:09", 60);
	rule(w, "web", 70);
	w->config.access[2].spec = &web;
	u = build(w);
	assert_non_null(fdb_of(u, 50, &id));
	assert_non_null(fdb_of(u, 60, &mac));
	assert_non_null(fdb_of(u, 70, &made));
}

static struct rtnl_link mark(struct world *w, struct rtnl_link link, const char *text)
{
	snprintf(link.mark, sizeof(link.mark), "%s", text);
	put_link(w, link);
	return link;
}

static void who_made_it_can_say(void **state)
{
	struct world *w = *state;
	struct rtnl_link b1 = mark(w, vepa(w, 5, "b1"), "web vlan 50"),
			 b2 = mark(w, vepa(w, 6, "b2"), "api vlan 50"),
			 b3 = mark(w, macvlan(7, 9, "mv0", 2, MACVLAN_MODE_BRIDGE), "db vlan 50");
	struct uplink_state *u;

	rule(w, "b2", 60); /* is before it */
	u = build(w);
	assert_int_equal(fdb_of(u, 50, &b1)->flags, HP_FDB_UNTAGGED);
	assert_null(fdb_of(u, 50, &b2));
	assert_non_null(fdb_of(u, 60, &b2));
	assert_null(fdb_of(u, 50, &b3));
	assert_int_equal(fdb_of(u, 0, &b3)->flags, 0);
}

static void what_is_not_fit_stays_where_it_is(void **state)
{
	static const __u32 modes[] = { MACVLAN_MODE_BRIDGE, MACVLAN_MODE_PRIVATE,
				       MACVLAN_MODE_SOURCE };
	struct world *w = *state;

	rule(w, "b1", 50);
	put_netns(w, 5, 5005, "b1");
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct rtnl_link b1 = macvlan(5, 9, "mv0", 2, modes[i]);
		struct uplink_state *u;

		put_link(w, b1);
		u = build(w);
		assert_null(fdb_of(u, 50, &b1));
		assert_int_equal(fdb_of(u, 0, &b1)->flags, 0);
		assert_true(endpoint_named(u, "mv0")->value.flags & HP_ENDPOINT_NO_ACCESS);
	}
}

static void one_on_a_vlan_device_is_where_that_is(void **state)
{
	struct world *w = *state;
	struct rtnl_link b1 = macvlan(5, 9, "mv0", 3, MACVLAN_MODE_VEPA);
	struct uplink_state *u;

	put_link(w, vlan_device(3, "eth0.50", 2, 50));
	put_netns(w, 5, 5005, "b1");
	put_link(w, b1);
	rule(w, "b1", 50);
	u = build(w);
	assert_int_equal(fdb_of(u, 50, &b1)->flags, 0);
	assert_false(endpoint_named(u, "mv0")->value.flags & HP_ENDPOINT_NO_ACCESS);
	w->config.access[0].vlan = 60;
	u = build(w);
	assert_null(fdb_of(u, 60, &b1));
	assert_true(endpoint_named(u, "mv0")->value.flags & HP_ENDPOINT_NO_ACCESS);
}

static void the_host_is_there_where_it_has_a_device(void **state)
{
	struct world *w = *state;
	struct rtnl_link b1 = vepa(w, 5, "b1"), vlan = vlan_device(3, "eth0.50", 2, 50);
	struct uplink_state *u;

	vlan.mac[5] = 0x50;
	put_link(w, vlan);
	put_link(w, vlan_device(4, "eth0.99", 2, 99)); /* where no endpoint is */
	put_addr(w, address(OWN, 3, "192.168.50.133", 0));
	rule(w, "b1", 50);
	u = build(w);
	assert_int_equal(fdb_of(u, 50, &vlan)->kind, HP_KIND_HOST);
	assert_int_equal(neigh_of(u, 50, "192.168.50.133")->kind, HP_KIND_HOST);
	assert_true(segment_of(u, 50).flags & HP_SEGMENT_HOST);
	assert_memory_equal(segment_of(u, 50).host_mac, vlan.mac, 6);
	assert_true(segment_of(u, 50).flags & HP_SEGMENT_CLOSED);
	assert_non_null(fdb_of(u, 50, &b1));
	assert_int_equal(segment_of(u, 99).flags, HP_SEGMENT_HOST | HP_SEGMENT_LISTED);
	assert_int_equal(segment_of(u, 99).members, 0);
}

static void the_hosts_vlan_devices_in_bridges(void **state)
{
	static const __u16 bridged = HP_SEGMENT_HOST | HP_SEGMENT_BRIDGED | HP_SEGMENT_LISTED;
	struct world *w = *state;
	struct rtnl_link vlan = vlan_device(3, "eth0.50", 2, 50),
			 other = vlan_device(4, "eth0.99", 2, 99);
	struct uplink_state *u;

	vlan.master = other.master = 1;
	put_link(w, vlan);
	put_link(w, other); /* where no endpoint is */
	vepa(w, 5, "b1");
	put_addr(w, address(5, 9, "192.168.14.11", 0));
	put_addr(w, address(5, 9, "fd14::11", 0));
	rule(w, "b1", 50);
	u = build(w);
	assert_int_equal(segment_of(u, 50).flags, bridged | HP_SEGMENT_VEPA);
	assert_int_equal(segment_of(u, 99).flags, bridged);
	assert_false(segment_of(u, 0).flags & HP_SEGMENT_BRIDGED);
}

/* It takes all frames of its VLAN there, too, and who is behind it nobody tells. */
static void a_vlan_device_in_another_netns(void **state)
{
	static const __u16 bridged = HP_SEGMENT_HOST | HP_SEGMENT_BRIDGED | HP_SEGMENT_LISTED;
	struct world *w = *state;
	struct rtnl_link moved = vlan_device(3, "eth0.30", 2, 30), b2 = vepa(w, 6, "b2"), over,
			 down = vlan_device(4, "host30", 2, 30);
	struct uplink_state *u;

	vepa(w, 5, "b1");
	put_addr(w, address(5, 9, "192.168.14.11", 0));
	rule(w, "b1", 50);
	moved.nsid = 8;
	moved.link_nsid = WORLD_OWN_NSID;
	put_link(w, moved);
	over = vlan_device(10, "eth0.30", 9, 30); /* which gets nothing */
	over.nsid = 6;
	memcpy(over.mac, b2.mac, 6);
	put_link(w, over);
	u = build(w);
	assert_int_equal(segment_of(u, 30).flags, bridged);
	assert_memory_equal(segment_of(u, 30).host_mac, moved.mac, 6);
	assert_int_equal(segment_of(u, 30).members, 0);
	assert_int_equal(segment_of(u, 0).members, 1);
	w->config.access[0].vlan = 30; /* b1 is there as well */
	u = build(w);
	assert_int_equal(segment_of(u, 30).flags, bridged | HP_SEGMENT_VEPA);
	assert_int_equal(segment_of(u, 30).members, 1);
	down.up = 0; /* the host's own would be a station if it were up */
	put_link(w, down);
	moved.link_nsid = OWN; /* on a device of its own netns */
	put_link(w, moved);
	assert_false(segment_of(build(w), 30).flags & HP_SEGMENT_HOST);
}

/* On the same uplink, one with VLAN devices of its own gets those frames tagged. */
static void a_trunk_beside_an_access_port(void **state)
{
	struct world *w = *state;
	struct rtnl_link b1 = vepa(w, 5, "b1"), b2 = vepa(w, 6, "b2"), vlan;
	struct uplink_state *u;

	vlan = vlan_device(10, "eth0.50", 9, 50);
	vlan.nsid = 6;
	memcpy(vlan.mac, b2.mac, 6);
	put_link(w, vlan);
	vlan.nsid = 5; /* an access port is given no tags */
	memcpy(vlan.mac, b1.mac, 6);
	vlan.vlan = 70;
	put_link(w, vlan);
	rule(w, "b1", 50);
	u = build(w);
	assert_int_equal(segment_of(u, 50).members, 2);
	assert_true(is_member(u, 50, &b1, HP_FDB_UNTAGGED));
	assert_true(is_member(u, 50, &b2, 0));
	assert_null(fdb_of(u, 70, &b1));
}

/* ---- hairpin.conf */

static int read_text(const char *text, struct config *config, char error[512])
{
	char path[] = "/tmp/hairpin-test.XXXXXX";
	int fd = mkstemp(path), err;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	err = config_read(path, false, config, error, 512);
	unlink(path);
	return err;
}

static void rules_and_declarations(void **state)
{
	struct config c = config_default();
	char error[512];

	(void)state;
	assert_int_equal(read_text("endpoint \"2f1d0a9c66b7\" { vlan = 50 }\n"
				   "endpoint \"02:00:00:00:07:09\" { vlan = 4094 }\n"
				   "endpoint \"web\" {\nparent = eth0\nmode = vepa\nvlan = 60\n}\n"
				   "endpoint \"db\" { parent = eth0 }\n",
				   &c, error),
			 0);
	assert_int_equal(c.endpoint_count, 2);
	assert_string_equal(c.endpoints[0].name, "web");
	assert_int_equal(c.access_count, 3);
	assert_string_equal(c.access[0].match, "2f1d0a9c66b7");
	assert_int_equal(c.access[0].vlan, 50);
	assert_int_equal(c.access[1].vlan, 4094);
	assert_string_equal(c.access[2].match, "web");
	assert_int_equal(c.access[2].vlan, 60);
	config_free(&c);
}

/* Whoever has the netns can set the alias of a device that is in it. */
static void a_forged_alias_is_no_name(void **state)
{
	struct world *w = *state;
	struct rtnl_link b1 = vepa(w, 5, "b1"), b2 = vepa(w, 6, "b2");
	struct spec spec = { .name = "db", .netns_ino = 5005 };

	strcpy(b1.mark, "db");
	strcpy(b2.mark, "db declared");
	put_link(w, b1);
	put_link(w, b2);
	rule(w, "db", 60);
	assert_null(fdb_of(build(w), 60, &b1));
	assert_null(fdb_of(build(w), 60, &b2));
	w->config.access[0].spec = &spec;
	assert_non_null(fdb_of(build(w), 60, &b1));
	assert_null(fdb_of(build(w), 60, &b2));
	spec.netns_ino = 0;
	assert_null(fdb_of(build(w), 60, &b1));
}

static void set_mark(struct world *w, struct rtnl_link *link, const char *mark, bool up)
{
	strcpy(link->mark, mark);
	link->up = up;
	put_link(w, *link);
}

/* Its maker is alone with the device until it is up for the first time. */
static void a_mark_counts_until_it_is_up(void **state)
{
	struct world *w = *state;
	struct rtnl_link b1 = vepa(w, 5, "b1"), b2 = vepa(w, 6, "b2");

	set_mark(w, &b1, "", false);
	set_mark(w, &b2, "", false);
	pass(w);
	set_mark(w, &b1, "web vlan 60", false);
	pass(w);
	set_mark(w, &b1, "web vlan 60", true);
	set_mark(w, &b2, "", true);
	assert_non_null(fdb_of(pass(w), 60, &b1));

	set_mark(w, &b1, "web vlan 70", true); /* by the roots of b1 and b2 */
	set_mark(w, &b2, "db vlan 60", true);
	assert_non_null(fdb_of(pass(w), 60, &b1));
	assert_null(fdb_of(pass(w), 60, &b2));
	set_mark(w, &b1, "", false);
	set_mark(w, &b2, "db vlan 60", false);
	pass(w);
	set_mark(w, &b1, "", true);
	set_mark(w, &b2, "db vlan 60", true);
	assert_non_null(fdb_of(pass(w), 60, &b1));
	assert_null(fdb_of(pass(w), 60, &b2));
}

/* ... and is there again when that goes. */
static void a_rule_is_before_a_mark(void **state)
{
	struct world *w = *state;
	struct rtnl_link b1 = vepa(w, 5, "b1");

	set_mark(w, &b1, "web vlan 60", true);
	rule(w, "b1", 50);
	assert_non_null(fdb_of(pass(w), 50, &b1));
	assert_null(fdb_of(pass(w), 60, &b1));
	w->config.access_count = 0;
	assert_non_null(fdb_of(pass(w), 60, &b1));
}

static void put_cookie(struct world *w, int nsid, __u64 ino, __u64 cookie)
{
	struct model_netns netns = { .nsid = nsid, .ino = ino, .cookie = cookie };

	assert_true(model_put_netns(&w->model, &netns) >= 0);
}

/* The kernel gives the inode to the next netns, whose first device has the same ifindex. */
static void a_mark_is_not_inherited(void **state)
{
	struct world *w = *state;
	struct rtnl_link b1 = vepa(w, 5, "b1");
	__u32 id;

	put_cookie(w, 5, 5005, 77);
	set_mark(w, &b1, "web vlan 60", true);
	id = endpoint_named(pass(w), "mv0")->id;
	assert_int_equal(endpoint_named(pass(w), "mv0")->id, id);
	put_cookie(w, 5, 5005, 78);
	set_mark(w, &b1, "", true);
	assert_null(fdb_of(pass(w), 60, &b1));
	assert_int_not_equal(endpoint_named(pass(w), "mv0")->id, id);
	id = endpoint_named(pass(w), "mv0")->id;
	put_cookie(w, 5, 5005, 0); /* it could not be entered */
	assert_int_equal(endpoint_named(pass(w), "mv0")->id, id);
}

static void assert_refused(const char *text, const char *message)
{
	struct config c = config_default();
	char error[512];

	assert_int_equal(read_text(text, &c, error), -EINVAL);
	if (!strstr(error, message))
		fail_msg("'%s' is not in '%s'", message, error);
	assert_int_equal(c.access_count, 0);
}

static void wrong_rules(void **state)
{
	(void)state;
	assert_refused("endpoint \"a\" { vlan = 0 }\n",
		       ":1: '0' is no value for 'vlan': it takes a VLAN id, 1 to 4094");
	assert_refused("endpoint \"a\" { vlan = 4095 }\n", "'4095' is no value for 'vlan'");
	assert_refused("endpoint \"a\" { vlan = 5x }\n", "'5x' is no value for 'vlan'");
	assert_refused("endpoint \"a\" {\nparent = eth0\nmode = private\nvlan = 5\n}\n",
		       "endpoint 'a': vlan = 5 needs mode = vepa, not private");
	assert_refused("endpoint \"a\" {\nparent = eth0\nkind = xdp\nvlan = 5\n}\n",
		       "endpoint 'a': vlan = 5: with kind = xdp, parent = \"eth0.5\" is that");
	assert_refused("endpoint \"a\" {\nmode = vepa\nvlan = 5\n}\n", "parent is missing");
	assert_refused("endpoint \"\" { vlan = 5 }\n", "no name");
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(an_access_port_is_in_its_vlan_alone),
		IN_WORLD(without_rules_nothing_is_listed),
		IN_WORLD(who_is_meant),
		IN_WORLD(who_made_it_can_say),
		IN_WORLD(what_is_not_fit_stays_where_it_is),
		IN_WORLD(one_on_a_vlan_device_is_where_that_is),
		IN_WORLD(the_host_is_there_where_it_has_a_device),
		IN_WORLD(the_hosts_vlan_devices_in_bridges),
		IN_WORLD(a_vlan_device_in_another_netns),
		IN_WORLD(a_trunk_beside_an_access_port),
		IN_WORLD(a_forged_alias_is_no_name),
		IN_WORLD(a_mark_counts_until_it_is_up),
		IN_WORLD(a_rule_is_before_a_mark),
		IN_WORLD(a_mark_is_not_inherited),
		cmocka_unit_test(rules_and_declarations),
		cmocka_unit_test(wrong_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
