// SPDX-License-Identifier: BSD-2-Clause
/*
 * From one state to another: which operations, in which order. Worlds are
 * brought into a state, something changes, and what is to be done is compared
 * word for word. The fake does it as well: it must lead to what is desired.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_link.h>

#include "fake.h"
#include "world.h"

static void build_all(struct world *w)
{
	struct desired_input in = { &w->model, &w->config, &w->observed, w->only, w->now };

	state_free(&w->desired);
	assert_int_equal(desired_build(&in, &w->desired), 0);
}

/* What is to be done now is @expected, in these words, and leads to what is desired. */
static void assert_plan(struct world *w, const char *expected)
{
	struct fake f;

	build_all(w);
	fake_run(&f, &w->observed, &w->desired);
	assert_string_equal(f.log, expected);
	fake_assert_reached(&f, &w->desired);
	fake_free(&f);
}

static void do_it(struct world *w)
{
	build_all(w);
	settle(w);
}

/* One endpoint, b1/mv0, served by now. */
static int served_setup(void **state)
{
	struct world *w;

	world_setup(state);
	w = *state;
	put_netns(w, 5, 5000, "b1");
	put_endpoint(w, 5, 9, "mv0", "192.168.14.11");
	put_addr(w, address(OWN, 2, "192.168.14.133", 0));
	do_it(w);
	return 0;
}

#define FILL \
	"eth0: set endpoints 1 host/eth0 02:00:00:00:00:02 host on eth0\n" \
	"eth0: set endpoints 2 b1/mv0 02:00:00:00:06:09 macvlan bridge on eth0\n" \
	"eth0: set fdb 02:00:00:00:00:02 host id 1\n" \
	"eth0: set fdb 02:00:00:00:06:09 macvlan bridge id 2\n" \
	"eth0: set neigh 192.168.14.11 at 02:00:00:00:06:09 id 2\n" \
	"eth0: set neigh 192.168.14.133 at 02:00:00:00:00:02 id 1\n" \
	"eth0: set neigh 192.168.14.133 on every vlan\n" \
	"eth0: set segments 0 host 02:00:00:00:00:02 id 1 closed known-ipv4\n"
#define PROGRAMS \
	"eth0: load programs, reflect off, steer on, xdp auto\n" \
	"eth0: attach programs\n"

static void nothing_from_nothing(void **state)
{
	assert_plan(*state, "");
}

static void nothing_where_nothing_changed(void **state)
{
	struct world *w = *state;
	struct ops ops;

	for (int i = 0; i < 3; i++) {
		build_all(w);
		assert_int_equal(reconcile(&w->observed, &w->desired, &ops), 0);
		assert_int_equal(ops.count, 0);
		assert_null(ops.list);
		settle(w);
	}
}

static void a_new_uplink(void **state)
{
	struct world *w = *state;

	state_free(&w->observed);
	assert_plan(w, "eth0: create maps\n" FILL PROGRAMS);
}

static void what_was_not_there_before_is_news(void **state)
{
	struct world *w = *state;
	struct ops ops;

	for (int served = 0; served < 2; served++) {
		size_t sets = 0;

		if (!served)
			state_free(&w->observed);
		build_all(w);
		assert_int_equal(reconcile(&w->observed, &w->desired, &ops), 0);
		for (size_t i = 0; i < ops.count; i++) {
			if (ops.list[i].type != OP_SET)
				continue;
			assert_int_equal(ops.list[i].served, served);
			assert_true(ops.list[i].news);
			sets++;
		}
		assert_int_equal(sets, served ? 3 : 8);
		free(ops.list);
		settle(w);
		put_endpoint(w, 6, 9, "mv1", "192.168.14.12");
	}
}

static void an_endpoint_more(void **state)
{
	struct world *w = *state;

	put_netns(w, 6, 6000, "b2");
	put_endpoint(w, 6, 9, "mv0", "192.168.14.12");
	assert_plan(w, "eth0: clear counters of id 3\n"
		       "eth0: set endpoints 3 b2/mv0 02:00:00:00:07:09 macvlan bridge on eth0\n"
		       "eth0: set fdb 02:00:00:00:07:09 macvlan bridge id 3\n"
		       "eth0: set neigh 192.168.14.12 at 02:00:00:00:07:09 id 3\n");
}

static void an_endpoint_less(void **state)
{
	struct world *w = *state;

	put_netns(w, 6, 6000, "b2");
	put_endpoint(w, 6, 9, "mv0", "192.168.14.12");
	do_it(w);
	model_del_netns(&w->model, 6);
	assert_plan(w, "eth0: delete neigh 192.168.14.12\n"
		       "eth0: delete fdb 02:00:00:00:07:09\n"
		       "eth0: delete endpoints 3 b2/mv0\n");
}

static void the_last_endpoint_takes_the_uplink_along(void **state)
{
	struct world *w = *state;

	model_del_link(&w->model, 5, 9);
	assert_plan(w, "eth0: remove programs and pins\n");
}

static void down_and_up(void **state)
{
	struct world *w = *state;
	struct rtnl_link link = macvlan(5, 9, "mv0", 2, MACVLAN_MODE_BRIDGE);

	link.up = 0;
	put_link(w, link);
	/* The host's station goes with the last endpoint that is up. */
	assert_plan(w,
		    "eth0: set endpoints 2 b1/mv0 02:00:00:00:06:09 macvlan bridge on eth0 down\n"
		    "eth0: delete segments 0\n"
		    "eth0: delete neigh 192.168.14.11\n"
		    "eth0: delete neigh 192.168.14.133\n"
		    "eth0: delete neigh 192.168.14.133 on every vlan\n"
		    "eth0: delete fdb 02:00:00:00:00:02\n"
		    "eth0: delete fdb 02:00:00:00:06:09\n");
	do_it(w);
	link.up = 1;
	put_link(w, link);
	assert_plan(w, "eth0: set endpoints 2 b1/mv0 02:00:00:00:06:09 macvlan bridge on eth0\n"
		       "eth0: set fdb 02:00:00:00:00:02 host id 1\n"
		       "eth0: set fdb 02:00:00:00:06:09 macvlan bridge id 2\n"
		       "eth0: set neigh 192.168.14.11 at 02:00:00:00:06:09 id 2\n"
		       "eth0: set neigh 192.168.14.133 at 02:00:00:00:00:02 id 1\n"
		       "eth0: set neigh 192.168.14.133 on every vlan\n"
		       "eth0: set segments 0 host 02:00:00:00:00:02 id 1 closed known-ipv4\n");
}

/* The new MAC works before the old one is forgotten. */
static void another_mac(void **state)
{
	struct world *w = *state;
	struct rtnl_link link = macvlan(5, 9, "mv0", 2, MACVLAN_MODE_BRIDGE);

	link.mac[5] = 0xff;
	put_link(w, link);
	assert_plan(w, "eth0: set endpoints 2 b1/mv0 02:00:00:00:06:ff macvlan bridge on eth0\n"
		       "eth0: set fdb 02:00:00:00:06:ff macvlan bridge id 2\n"
		       "eth0: set neigh 192.168.14.11 at 02:00:00:00:06:ff id 2\n"
		       "eth0: delete fdb 02:00:00:00:06:09\n");
}

static void another_mac_of_the_uplink(void **state)
{
	struct world *w = *state;
	struct rtnl_link link = device(2, "eth0");

	link.mac[5] = 0xff;
	put_link(w, link);
	assert_plan(w, "eth0: set endpoints 1 host/eth0 02:00:00:00:00:ff host on eth0\n"
		       "eth0: set fdb 02:00:00:00:00:ff host id 1\n"
		       "eth0: set neigh 192.168.14.133 at 02:00:00:00:00:ff id 1\n"
		       "eth0: set segments 0 host 02:00:00:00:00:ff id 1 closed known-ipv4\n"
		       "eth0: delete fdb 02:00:00:00:00:02\n");
}

static void another_address(void **state)
{
	struct world *w = *state;
	struct rtnl_addr old = address(5, 9, "192.168.14.11", 0);

	model_del_addr(&w->model, &old);
	put_addr(w, address(5, 9, "2001:db8::11", 0));
	assert_plan(w, "eth0: set neigh 2001:db8::11 at 02:00:00:00:06:09 id 2\n"
		       "eth0: set segments 0 host 02:00:00:00:00:02 id 1 closed known-ipv6\n"
		       "eth0: delete neigh 192.168.14.11\n");
}

static void another_mode(void **state)
{
	struct world *w = *state;

	put_link(w, macvlan(5, 9, "mv0", 2, MACVLAN_MODE_VEPA));
	assert_plan(w, "eth0: set endpoints 2 b1/mv0 02:00:00:00:06:09 macvlan vepa on eth0\n"
		       "eth0: set fdb 02:00:00:00:06:09 macvlan vepa id 2\n"
		       "eth0: set segments 0 host 02:00:00:00:00:02 id 1 vepa closed known-ipv4\n");
}

static void settings_are_new_programs_in_the_same_place(void **state)
{
	struct world *w = *state;

	w->config.uplinks = calloc(1, sizeof(*w->config.uplinks));
	assert_non_null(w->config.uplinks);
	w->config.uplinks[0] = (struct config_uplink){
		.name = "eth0", .serve = true, .reflect = true, .steer = true
	};
	w->config.count = 1;
	assert_plan(w, "eth0: load programs, reflect on, steer on, xdp auto\n"
		       "eth0: attach programs\n");
}

static void set_gso(struct world *w, __u32 gso)
{
	struct rtnl_link eth0 = device(2, "eth0");

	eth0.gso = eth0.gso_ipv4 = 65536;
	eth0.tso = 524280;
	put_link(w, eth0);
	free(w->config.uplinks);
	w->config.uplinks = calloc(1, sizeof(*w->config.uplinks));
	assert_non_null(w->config.uplinks);
	w->config.uplinks[0] =
		(struct config_uplink){ .name = "eth0", .serve = true, .steer = true, .gso = gso };
	w->config.count = 1;
}

#define RAISE(gso) \
	"eth0: raise gso_max_size of eth0 to " gso "\n" \
	"eth0: raise gso_max_size of b1/mv0 to " gso "\n"
#define LOWER \
	"eth0: put back gso_max_size of eth0\n" \
	"eth0: put back gso_max_size of b1/mv0\n"
#define PROGRAMS_AND(gso) \
	"eth0: load programs, reflect off, steer on, xdp auto, gso-max-size " gso "\n" \
	"eth0: attach programs\n"

/* The former value is in the settings that are there until the programs are replaced. */
static void big_packets_are_turned_on_and_off(void **state)
{
	struct world *w = *state;

	set_gso(w, 196608);
	assert_plan(w, PROGRAMS_AND("196608") RAISE("196608"));
	do_it(w);
	assert_plan(w, "");
	set_gso(w, 100000);
	assert_plan(w, LOWER PROGRAMS_AND("100000") RAISE("100000"));
	do_it(w);
	set_gso(w, 0);
	assert_plan(w, LOWER PROGRAMS);
	do_it(w);
	assert_plan(w, "");
	state_free(&w->observed);
	set_gso(w, 100000);
	assert_plan(w, "eth0: create maps\n" FILL PROGRAMS_AND("100000") RAISE("100000"));
}

static void big_packets_of_endpoints_that_come_and_go(void **state)
{
	struct world *w = *state;
	struct rtnl_link passthru = macvlan(7, 9, "mv2", 2, MACVLAN_MODE_PASSTHRU);
	struct rtnl_link down = macvlan(5, 9, "mv0", 2, MACVLAN_MODE_BRIDGE);

	set_gso(w, 196608);
	do_it(w);
	put_endpoint(w, 6, 9, "mv1", "192.168.14.12");
	assert_plan(w, "eth0: clear counters of id 3\n"
		       "eth0: set endpoints 3 nsid 6/mv1 02:00:00:00:07:09 macvlan bridge on eth0\n"
		       "eth0: set fdb 02:00:00:00:07:09 macvlan bridge id 3\n"
		       "eth0: set neigh 192.168.14.12 at 02:00:00:00:07:09 id 3\n"
		       "eth0: raise gso_max_size of nsid 6/mv1 to 196608\n");
	do_it(w);
	model_del_link(&w->model, 6, 9);
	assert_plan(w, "eth0: put back gso_max_size of nsid 6/mv1\n"
		       "eth0: delete neigh 192.168.14.12\n"
		       "eth0: delete fdb 02:00:00:00:07:09\n"
		       "eth0: delete endpoints 3 nsid 6/mv1\n");
	do_it(w);
	down.up = 0;
	put_link(w, down);
	put_link(w, passthru);
	assert_plan(w,
		    "eth0: put back gso_max_size of b1/mv0\n"
		    "eth0: clear counters of id 3\n"
		    "eth0: set endpoints 2 b1/mv0 02:00:00:00:06:09 macvlan bridge on eth0 down\n"
		    "eth0: set endpoints 3 nsid 7/mv2 02:00:00:00:08:09 macvlan passthru on eth0\n"
		    "eth0: delete segments 0\n"
		    "eth0: delete neigh 192.168.14.11\n"
		    "eth0: delete neigh 192.168.14.133\n"
		    "eth0: delete neigh 192.168.14.133 on every vlan\n"
		    "eth0: delete fdb 02:00:00:00:00:02\n"
		    "eth0: delete fdb 02:00:00:00:06:09\n");
}

static void programs_that_somebody_took_away(void **state)
{
	struct world *w = *state;

	w->observed.uplinks[0].attached = false;
	assert_plan(w, "eth0: attach programs\n");
}

static void programs_of_another_build(void **state)
{
	struct world *w = *state;

	w->observed.uplinks[0].current = false; /* as after a start */
	assert_plan(w, PROGRAMS);
}

static void another_hook_is_asked_for(void **state)
{
	struct world *w = *state;

	build_all(w);
	for (int observed = HP_HOOK_TCX; observed <= HP_HOOK_CLSACT; observed++) {
		for (int desired = HP_HOOK_NONE; desired <= HP_HOOK_CLSACT; desired++) {
			bool differs = desired != HP_HOOK_NONE && desired != observed;
			struct fake f;

			w->observed.uplinks[0].hook = observed;
			w->desired.uplinks[0].hook = desired;
			fake_run(&f, &w->observed, &w->desired);
			assert_string_equal(f.log, differs ? "eth0: attach programs\n" : "");
			fake_free(&f);
		}
	}
}

static void a_new_name(void **state)
{
	struct world *w = *state;

	put_link(w, device(2, "lan0"));
	assert_plan(w, "lan0: rename pins from eth0\n"
		       "lan0: set endpoints 1 host/lan0 02:00:00:00:00:02 host on lan0\n"
		       "lan0: set endpoints 2 b1/mv0 02:00:00:00:06:09 macvlan bridge on lan0\n");
}

static void a_name_that_has_become_free(void **state)
{
	struct world *w = *state;

	put_link(w, device(3, "eth1"));
	put_link(w, macvlan(6, 9, "mv1", 3, MACVLAN_MODE_BRIDGE));
	do_it(w);
	model_del_link(&w->model, 6, 9);
	model_del_link(&w->model, OWN, 3);
	put_link(w, device(2, "eth1"));
	assert_plan(w, "eth1: remove programs and pins\n"
		       "eth1: rename pins from eth0\n"
		       "eth1: set endpoints 1 host/eth1 02:00:00:00:00:02 host on eth1\n"
		       "eth1: set endpoints 2 b1/mv0 02:00:00:00:06:09 macvlan bridge on eth1\n");
}

/* Renamed while nobody looked: the names are taken until the others have moved on. */
static void names_that_move_on(void **state)
{
	static const struct {
		const char *row;
		const char *names[3];
	} rows[] = {
		{ "to the name behind", { "eth1", "eth2", "eth3" } },
		{ "to the name in front", { "lan0", "eth0", "eth1" } },
		{ "two exchange names", { "eth1", "eth0", "eth2" } },
		{ "in a circle", { "eth1", "eth2", "eth0" } },
	};
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fake f;

		for (int j = 0; j < 3; j++) {
			char name[IFNAMSIZ];

			snprintf(name, sizeof(name), "eth%d", j);
			put_link(w, device(2 + j, name));
			put_link(w, macvlan(7, 10 + j, name, 2 + j, MACVLAN_MODE_BRIDGE));
		}
		do_it(w);
		for (int j = 0; j < 3; j++)
			put_link(w, device(2 + j, rows[i].names[j]));
		build_all(w);
		print_message("# %s\n", rows[i].row);
		fake_run(&f, &w->observed, &w->desired);
		fake_assert_reached(&f, &w->desired);
		fake_free(&f);
	}
}

/* An uplink that went and came back has another index: what is pinned is of no use. */
static void a_device_made_anew(void **state)
{
	struct world *w = *state;

	model_del_link(&w->model, OWN, 2);
	model_del_netns(&w->model, 5);
	put_netns(w, 5, 5000, "b1");
	put_link(w, device(3, "eth0"));
	put_link(w, macvlan(5, 10, "mv0", 3, MACVLAN_MODE_BRIDGE));
	assert_plan(w, "eth0: remove programs and pins\n"
		       "eth0: create maps\n"
		       "eth0: set endpoints 1 host/eth0 02:00:00:00:00:03 host on eth0\n"
		       "eth0: set endpoints 2 b1/mv0 02:00:00:00:06:0a macvlan bridge on eth0\n"
		       "eth0: set fdb 02:00:00:00:00:03 host id 1\n"
		       "eth0: set fdb 02:00:00:00:06:0a macvlan bridge id 2\n"
		       "eth0: set segments 0 host 02:00:00:00:00:03 id 1 closed\n" PROGRAMS);
}

static void stats_that_became_too_small(void **state)
{
	struct world *w = *state;

	w->observed.uplinks[0].slots = 2; /* ids up to 1 */
	build_all(w);
	assert_int_equal(w->desired.uplinks[0].slots, 4);
	assert_plan(w, "eth0: create maps\n" FILL PROGRAMS);
}

static void growth_is_no_news(void **state)
{
	struct world *w = *state;
	struct ops ops;

	w->observed.uplinks[0].slots = 2;
	build_all(w);
	assert_int_equal(reconcile(&w->observed, &w->desired, &ops), 0);
	for (size_t i = 0; i < ops.count; i++)
		assert_false(ops.list[i].news);
	free(ops.list);
}

static void pins_of_an_unknown_layout(void **state)
{
	struct world *w = *state;
	struct uplink_state *u;

	state_free(&w->observed);
	u = state_add(&w->observed, "eth0");
	assert_non_null(u);
	u->hook = HP_HOOK_TCX;
	/* Not removed: the programs change over when the new set is filled. */
	assert_plan(w, "eth0: create maps\n" FILL PROGRAMS);
	model_del_link(&w->model, 5, 9);
	assert_plan(w, "eth0: remove programs and pins\n");
}

static void a_new_name_where_unknown_pins_lie(void **state)
{
	struct world *w = *state;

	assert_non_null(state_add(&w->observed, "lan0"));
	put_link(w, device(2, "lan0"));
	assert_plan(w, "lan0: remove programs and pins\n"
		       "lan0: rename pins from eth0\n"
		       "lan0: set endpoints 1 host/lan0 02:00:00:00:00:02 host on lan0\n"
		       "lan0: set endpoints 2 b1/mv0 02:00:00:00:06:09 macvlan bridge on lan0\n");
}

static void several_uplinks_one_after_the_other(void **state)
{
	struct world *w = *state;

	put_link(w, device(3, "eth1"));
	put_link(w, macvlan(6, 9, "mv1", 3, MACVLAN_MODE_VEPA));
	put_endpoint(w, 7, 9, "mv2", "192.168.14.13");
	assert_plan(w, "eth0: clear counters of id 3\n"
		       "eth0: set endpoints 3 nsid 7/mv2 02:00:00:00:08:09 macvlan bridge on eth0\n"
		       "eth0: set fdb 02:00:00:00:08:09 macvlan bridge id 3\n"
		       "eth0: set neigh 192.168.14.13 at 02:00:00:00:08:09 id 3\n"
		       "eth1: create maps\n"
		       "eth1: set endpoints 1 host/eth1 02:00:00:00:00:03 host on eth1\n"
		       "eth1: set endpoints 2 nsid 6/mv1 02:00:00:00:07:09 macvlan vepa on eth1\n"
		       "eth1: set fdb 02:00:00:00:00:03 host id 1\n"
		       "eth1: set fdb 02:00:00:00:07:09 macvlan vepa id 2\n"
		       "eth1: set neigh 192.168.14.133 on every vlan\n"
		       "eth1: set segments 0 host 02:00:00:00:00:03 id 1 vepa closed\n"
		       "eth1: load programs, reflect off, steer on, xdp auto\n"
		       "eth1: attach programs\n");
}

static void change_something(struct world *w, unsigned int random)
{
	int nsid = 5 + random % 6, parent = 2 + random / 6 % 3;
	struct rtnl_link link = macvlan(nsid, 9, "mv", parent, 1U << random / 18 % 5);
	char text[16];

	snprintf(text, sizeof(text), "192.0.2.%u", 1 + random / 90 % 5);
	link.up = random / 450 % 4 > 0;
	link.mac[3] = random / 1800 % 2;
	if (random / 3600 % 4 == 0)
		model_del_netns(&w->model, nsid);
	else
		put_link(w, link);
	if (random / 14400 % 2)
		put_addr(w, address(nsid, 9, text, 0));
	if (random / 28800 % 2)
		set_gso(w, 65536 * (random % 3));
}

/* From any state to any other, the fake has no objection and arrives. */
static void any_change_arrives(void **state)
{
	struct world *w = *state;
	unsigned int random = 1;
	size_t operations = 0;

	put_link(w, vlan_device(3, "eth0.50", 2, 50));
	put_link(w, device(4, "eth1"));
	for (int i = 0; i < 2000; i++) {
		struct fake f;

		for (unsigned int n = i % 4; n < 4; n++) {
			random = random * 1103515245 + 12345;
			change_something(w, random / 65536);
		}
		build_all(w);
		fake_run(&f, &w->observed, &w->desired);
		fake_assert_reached(&f, &w->desired);
		operations += f.count;
		fake_free(&f);
		settle(w);
	}
	assert_true(operations > 2000);
}

#define SERVED(test) cmocka_unit_test_setup_teardown(test, served_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_from_nothing, world_setup, world_teardown),
		SERVED(nothing_where_nothing_changed),
		SERVED(a_new_uplink),
		SERVED(what_was_not_there_before_is_news),
		SERVED(an_endpoint_more),
		SERVED(an_endpoint_less),
		SERVED(the_last_endpoint_takes_the_uplink_along),
		SERVED(down_and_up),
		SERVED(another_mac),
		SERVED(another_mac_of_the_uplink),
		SERVED(another_address),
		SERVED(another_mode),
		SERVED(settings_are_new_programs_in_the_same_place),
		SERVED(big_packets_are_turned_on_and_off),
		SERVED(big_packets_of_endpoints_that_come_and_go),
		SERVED(programs_that_somebody_took_away),
		SERVED(programs_of_another_build),
		SERVED(another_hook_is_asked_for),
		SERVED(a_new_name),
		SERVED(a_name_that_has_become_free),
		SERVED(names_that_move_on),
		SERVED(a_device_made_anew),
		SERVED(stats_that_became_too_small),
		SERVED(growth_is_no_news),
		SERVED(pins_of_an_unknown_layout),
		SERVED(a_new_name_where_unknown_pins_lie),
		SERVED(several_uplinks_one_after_the_other),
		SERVED(any_change_arrives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
