// SPDX-License-Identifier: BSD-2-Clause
/* What the kernel has: parents across namespaces, and what goes when something goes. */
#include "unit.h"

#include <string.h>

#include <linux/if_addr.h>
#include <linux/if_link.h>

#include "world.h"

static void put_says_whether_something_changed(void **state)
{
	struct world *w = *state;
	struct rtnl_link link = device(3, "eth1");

	assert_int_equal(model_put_link(&w->model, &link), 1);
	assert_int_equal(model_put_link(&w->model, &link), 0);
	link.up = 0;
	assert_int_equal(model_put_link(&w->model, &link), 1);
	assert_int_equal(model_link(&w->model, OWN, 3)->up, 0);
	assert_int_equal(model_del_link(&w->model, OWN, 3), 1);
	assert_int_equal(model_del_link(&w->model, OWN, 3), 0);
	assert_null(model_link(&w->model, OWN, 3));
}

static void kinds_that_are_endpoints(void **state)
{
	struct rtnl_link link = device(3, "x");

	(void)state;
	for (int kind = RTNL_KIND_OTHER; kind <= RTNL_KIND_VETH; kind++) {
		link.kind = kind;
		assert_int_equal(model_is_endpoint(&link), kind == RTNL_KIND_MACVLAN ||
								   kind == RTNL_KIND_MACVTAP ||
								   kind == RTNL_KIND_IPVLAN);
	}
}

static void where_endpoints_can_be(void **state)
{
	static const struct {
		const char *row;
		enum rtnl_kind kind;
		bool ether, master, port, can;
	} rows[] = {
		{ "a device", RTNL_KIND_OTHER, true, false, false, true },
		{ "a VLAN device", RTNL_KIND_VLAN, true, false, false, true },
		{ "in a VRF", RTNL_KIND_OTHER, true, true, false, true },
		{ "in a bridge", RTNL_KIND_VETH, true, true, true, false },
		{ "a macvlan", RTNL_KIND_MACVLAN, true, false, false, false },
		{ "lo", RTNL_KIND_OTHER, false, false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct rtnl_link link = device(3, "x");

		link.kind = rows[i].kind;
		link.ether = rows[i].ether;
		link.master = rows[i].master;
		link.port = rows[i].port;
		assert_row(rows[i].row, model_can_be_parent(&link) == rows[i].can);
	}
}

/* IFLA_LINK is a number in the netns that IFLA_LINK_NETNSID names. */
static void parents_by_namespace(void **state)
{
	static const struct {
		const char *row;
		int nsid, link, link_nsid;
		bool found;
	} rows[] = {
		{ "own, on a device beside it", OWN, 2, OWN, true },
		{ "own, on a device of another netns", OWN, 2, 3, false },
		{ "own, on nothing", OWN, 0, OWN, false },
		{ "own, on a device that is not known", OWN, 77, OWN, false },
		{ "foreign, on ours", 5, 2, WORLD_OWN_NSID, true },
		{ "foreign, on ours that is not known", 5, 77, WORLD_OWN_NSID, false },
		{ "foreign, on a device beside it", 5, 2, OWN, false },
		{ "foreign, on a third netns's", 5, 2, 3, false },
	};
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct rtnl_link link = macvlan(rows[i].nsid, 9, "m", rows[i].link, 0);
		const struct rtnl_link *parent;

		link.link_nsid = rows[i].link_nsid;
		parent = model_parent(&w->model, &link);
		assert_row(rows[i].row, !!parent == rows[i].found);
		assert_row(rows[i].row, !parent || (parent->nsid == OWN && parent->ifindex == 2));
	}
}

/* Before our own id is known, "beside it" must not be taken for "on ours". */
static void nothing_is_ours_without_an_own_id(void **state)
{
	struct world *w = *state;
	struct rtnl_link link = macvlan(5, 9, "m", 2, 0);

	w->model.own_nsid = OWN;
	link.link_nsid = OWN;
	assert_null(model_parent(&w->model, &link));
}

static void same_index_in_several_namespaces(void **state)
{
	struct world *w = *state;

	put_link(w, macvlan(5, 2, "five", 2, 0));
	put_link(w, macvlan(6, 2, "six", 2, 0));
	assert_string_equal(model_link(&w->model, OWN, 2)->name, "eth0");
	assert_string_equal(model_link(&w->model, 5, 2)->name, "five");
	assert_int_equal(model_del_link(&w->model, 5, 2), 1);
	assert_string_equal(model_link(&w->model, 6, 2)->name, "six");
}

static size_t addresses_of(const struct world *w, int nsid, int ifindex)
{
	size_t count = 0;

	for (size_t i = 0; i < w->model.addrs.count; i++) {
		const struct rtnl_addr *addr = table_at(&w->model.addrs, i);

		count += addr->nsid == nsid && addr->ifindex == ifindex;
	}
	return count;
}

static void addresses_go_with_their_device(void **state)
{
	struct world *w = *state;

	put_endpoint(w, 5, 9, "a", "192.0.2.1");
	put_addr(w, address(5, 9, "2001:db8::1", 0));
	put_endpoint(w, 5, 9 + 256, "b", "192.0.2.2"); /* the same first byte in memory */
	put_endpoint(w, 6, 9, "c", "192.0.2.1");
	assert_int_equal(model_del_link(&w->model, 5, 9), 1);
	assert_int_equal(addresses_of(w, 5, 9), 0);
	assert_int_equal(addresses_of(w, 5, 9 + 256), 1);
	assert_int_equal(addresses_of(w, 6, 9), 1);
}

static void everything_goes_with_its_namespace(void **state)
{
	struct world *w = *state;

	put_netns(w, 5, 5000, "b1");
	put_netns(w, 6, 6000, "b2");
	put_endpoint(w, 5, 9, "a", "192.0.2.1");
	put_endpoint(w, 5, 10, "b", "192.0.2.2");
	put_endpoint(w, 6, 9, "c", "192.0.2.3");
	assert_int_equal(model_del_netns(&w->model, 5), 1);
	assert_null(model_netns(&w->model, 5));
	assert_null(model_link(&w->model, 5, 9));
	assert_null(model_link(&w->model, 5, 10));
	assert_int_equal(w->model.addrs.count, 1);
	assert_string_equal(model_netns(&w->model, 6)->name, "b2");
	assert_non_null(model_link(&w->model, 6, 9));
	assert_non_null(model_link(&w->model, OWN, 2));
}

static void a_namespace_without_endpoints_goes_unnoticed(void **state)
{
	struct world *w = *state;

	put_netns(w, 5, 5000, "b1");
	assert_int_equal(model_del_netns(&w->model, 5), 0);
	assert_null(model_netns(&w->model, 5));
	assert_int_equal(model_del_netns(&w->model, 7), 0);
}

static void a_namespace_gets_a_better_name(void **state)
{
	struct world *w = *state;
	struct model_netns netns = { .nsid = 5, .ino = 5000, .name = "12/sh" };

	assert_int_equal(model_put_netns(&w->model, &netns), 1);
	assert_int_equal(model_put_netns(&w->model, &netns), 0);
	strcpy(netns.name, "b1");
	assert_int_equal(model_put_netns(&w->model, &netns), 1);
	assert_string_equal(model_netns(&w->model, 5)->name, "b1");
}

static int put_flags(struct world *w, __u32 flags)
{
	struct rtnl_addr addr = address(5, 9, "2001:db8::1", flags);

	return model_put_addr(&w->model, &addr);
}

static void flags_that_matter(void **state)
{
	struct world *w = *state;

	assert_int_equal(put_flags(w, IFA_F_TENTATIVE | IFA_F_PERMANENT), 1);
	assert_int_equal(put_flags(w, IFA_F_TENTATIVE), 0);
	assert_int_equal(put_flags(w, IFA_F_PERMANENT), 1); /* detection is done */
	assert_int_equal(put_flags(w, IFA_F_PERMANENT | IFA_F_DEPRECATED), 0);
	assert_int_equal(w->model.addrs.count, 1);
}

static void a_duplicate_is_somebody_elses(void **state)
{
	struct world *w = *state;

	assert_int_equal(put_flags(w, IFA_F_TENTATIVE | IFA_F_DADFAILED), 1);
	assert_int_equal(w->model.addrs.count, 0);
	assert_int_equal(w->model.duplicates.count, 1);
	assert_int_equal(put_flags(w, IFA_F_DADFAILED), 0);
	assert_int_equal(put_flags(w, IFA_F_TENTATIVE), 1);
	assert_int_equal(w->model.duplicates.count, 0);
	assert_int_equal(put_flags(w, IFA_F_TENTATIVE | IFA_F_DADFAILED), 1);
	assert_int_equal(w->model.addrs.count, 0);
	assert_int_equal(model_del_link(&w->model, 5, 9), 0);
	assert_int_equal(w->model.duplicates.count, 0); /* gone with its device */
}

static void del_addr_ignores_flags(void **state)
{
	struct world *w = *state;
	struct rtnl_addr addr = address(5, 9, "2001:db8::1", IFA_F_PERMANENT | IFA_F_DEPRECATED);

	assert_int_equal(put_flags(w, IFA_F_TENTATIVE), 1);
	assert_int_equal(model_del_addr(&w->model, &addr), 1);
	assert_int_equal(model_del_addr(&w->model, &addr), 0);
}

static int put_proxy(struct world *w, int ifindex, int family, int on)
{
	struct rtnl_proxy proxy = { .nsid = OWN, .ifindex = ifindex, .family = family, .on = on };

	return model_put_proxy(&w->model, &proxy);
}

static void a_device_or_all_of_them_are_proxies(void **state)
{
	struct world *w = *state;

	assert_int_equal(put_proxy(w, 2, AF_INET, 0), 0);
	assert_false(model_proxies(&w->model, OWN, AF_INET, 2));
	assert_int_equal(put_proxy(w, 2, AF_INET, 1), 1);
	assert_int_equal(put_proxy(w, 2, AF_INET, 1), 0);
	assert_true(model_proxies(&w->model, OWN, AF_INET, 2));
	assert_false(model_proxies(&w->model, OWN, AF_INET6, 2));
	assert_false(model_proxies(&w->model, OWN, AF_INET, 3));
	assert_int_equal(put_proxy(w, RTNL_ALL_DEVICES, AF_INET6, 1), 1);
	assert_true(model_proxies(&w->model, OWN, AF_INET6, 2));
	assert_true(model_proxies(&w->model, OWN, AF_INET6, 3));
	assert_false(model_proxies(&w->model, OWN, AF_INET, 3));
	assert_int_equal(put_proxy(w, RTNL_ALL_DEVICES, AF_INET6, 0), 1);
	assert_false(model_proxies(&w->model, OWN, AF_INET6, 2));
	assert_int_equal(put_proxy(w, 2, AF_INET, 0), 1);
	assert_false(model_proxies(&w->model, OWN, AF_INET, 2));
	assert_int_equal(w->model.proxies.count, 0);
}

static void proxies_go_with_their_device(void **state)
{
	struct world *w = *state;

	put_link(w, device(3, "eth1"));
	put_link(w, macvlan(5, 2, "mv0", 2, 0));
	put_proxy(w, 2, AF_INET, 1);
	put_proxy(w, 2, AF_INET6, 1);
	put_proxy(w, 3, AF_INET, 1);
	assert_int_equal(model_del_link(&w->model, 5, 2), 1); /* of another netns */
	assert_true(model_proxies(&w->model, OWN, AF_INET, 2));
	assert_int_equal(model_del_link(&w->model, OWN, 2), 1);
	assert_false(model_proxies(&w->model, OWN, AF_INET, 2));
	assert_false(model_proxies(&w->model, OWN, AF_INET6, 2));
	assert_true(model_proxies(&w->model, OWN, AF_INET, 3));
}

static int put_local(struct world *w, int nsid, int length, int on)
{
	struct rtnl_local local = { .nsid = nsid, .addr = { 10, 5 }, .length = length, .on = on };

	return model_put_local(&w->model, &local);
}

static void who_has_a_local_route_is_a_proxy_everywhere(void **state)
{
	struct world *w = *state;

	assert_int_equal(put_local(w, OWN, 24, 0), 0);
	assert_int_equal(put_local(w, OWN, 24, 1), 1);
	assert_int_equal(put_local(w, OWN, 24, 1), 0);
	assert_int_equal(put_local(w, OWN, 25, 1), 1);
	assert_true(model_proxies(&w->model, OWN, AF_INET, 2));
	assert_true(model_proxies(&w->model, OWN, AF_INET, 77));
	assert_false(model_proxies(&w->model, OWN, AF_INET6, 2));
	assert_false(model_proxies(&w->model, 5, AF_INET, 2));
	assert_int_equal(put_local(w, OWN, 24, 0), 1);
	assert_true(model_proxies(&w->model, OWN, AF_INET, 2)); /* there is another */
	assert_int_equal(put_local(w, OWN, 25, 0), 1);
	assert_false(model_proxies(&w->model, OWN, AF_INET, 2));
}

static void proxied_neighbours_are_of_a_device_or_of_all(void **state)
{
	struct world *w = *state;

	assert_int_equal(model_put_proxied(&w->model, 3), 1);
	assert_int_equal(model_put_proxied(&w->model, 3), 0);
	assert_false(model_proxies(&w->model, OWN, AF_INET, 2));
	assert_true(model_proxies(&w->model, OWN, AF_INET, 3));
	assert_false(model_proxies(&w->model, OWN, AF_INET6, 3)); /* that needs proxy_ndp */
	assert_false(model_proxies(&w->model, 5, AF_INET, 3));
	assert_int_equal(model_put_proxied(&w->model, 0), 1);
	assert_true(model_proxies(&w->model, OWN, AF_INET, 2));
}

static void what_a_namespace_answers_for_goes_with_it(void **state)
{
	struct rtnl_proxy proxy = { .nsid = 5, .ifindex = 9, .family = AF_INET6, .on = 1 };
	struct world *w = *state;

	put_endpoint(w, 5, 9, "mv0", "192.0.2.1");
	assert_int_equal(model_put_proxy(&w->model, &proxy), 1);
	assert_int_equal(put_local(w, 5, 24, 1), 1);
	assert_int_equal(put_local(w, 6, 24, 1), 1);
	assert_true(model_proxies(&w->model, 5, AF_INET6, 9));
	assert_false(model_proxies(&w->model, OWN, AF_INET6, 9));
	assert_true(model_has_links(&w->model, 5));
	assert_int_equal(model_del_netns(&w->model, 5), 1);
	assert_false(model_proxies(&w->model, 5, AF_INET6, 9));
	assert_false(model_proxies(&w->model, 5, AF_INET, 9));
	assert_true(model_proxies(&w->model, 6, AF_INET, 9));
	assert_false(model_has_links(&w->model, 5));
}

static void clear_keeps_namespaces(void **state)
{
	struct world *w = *state;

	put_netns(w, 5, 5000, "b1");
	put_endpoint(w, 5, 9, "a", "192.0.2.1");
	put_proxy(w, 2, AF_INET, 1);
	put_local(w, OWN, 24, 1);
	model_put_proxied(&w->model, 2);
	model_clear(&w->model);
	assert_int_equal(w->model.links.count, 0);
	assert_false(model_proxies(&w->model, OWN, AF_INET, 2));
	assert_int_equal(w->model.addrs.count, 0);
	assert_non_null(model_netns(&w->model, 5));
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(put_says_whether_something_changed),
		IN_WORLD(kinds_that_are_endpoints),
		IN_WORLD(where_endpoints_can_be),
		IN_WORLD(parents_by_namespace),
		IN_WORLD(nothing_is_ours_without_an_own_id),
		IN_WORLD(same_index_in_several_namespaces),
		IN_WORLD(addresses_go_with_their_device),
		IN_WORLD(everything_goes_with_its_namespace),
		IN_WORLD(a_namespace_without_endpoints_goes_unnoticed),
		IN_WORLD(a_namespace_gets_a_better_name),
		IN_WORLD(flags_that_matter),
		IN_WORLD(a_duplicate_is_somebody_elses),
		IN_WORLD(del_addr_ignores_flags),
		IN_WORLD(a_device_or_all_of_them_are_proxies),
		IN_WORLD(proxies_go_with_their_device),
		IN_WORLD(who_has_a_local_route_is_a_proxy_everywhere),
		IN_WORLD(proxied_neighbours_are_of_a_device_or_of_all),
		IN_WORLD(what_a_namespace_answers_for_goes_with_it),
		IN_WORLD(clear_keeps_namespaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
