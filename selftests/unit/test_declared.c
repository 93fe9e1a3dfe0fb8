// SPDX-License-Identifier: BSD-2-Clause
/* From what is declared and what there is to what is to be done. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_link.h>

#include "declared.h"
#include "world.h"

static struct spec spec_of(const char *name, const char *parent)
{
	char error[SPEC_ERROR];
	struct spec spec;

	assert_int_equal(spec_name(&spec, name, error), 0);
	assert_int_equal(spec_take(&spec, "parent", parent, error), 0);
	assert_int_equal(spec_complete(&spec, error), 0);
	spec.declared = true;
	return spec;
}

static void declare(struct world *w, const char *name)
{
	struct config *c = &w->config;

	c->endpoints = realloc(c->endpoints, (c->endpoint_count + 1) * sizeof(*c->endpoints));
	assert_non_null(c->endpoints);
	c->endpoints[c->endpoint_count++] = spec_of(name, "eth0");
}

/* A macvlan on eth0 with the mark of @name. */
static struct rtnl_link marked(int nsid, int ifindex, const char *mark)
{
	struct rtnl_link link = macvlan(nsid, ifindex, "mv", 2, MACVLAN_MODE_BRIDGE);

	assert_true(strlen(mark) < sizeof(link.mark));
	strcpy(link.mark, mark);
	return link;
}

/* The plan in words, separated by commas. */
static const char *plan(struct world *w, bool compare, struct table *failures)
{
	static const char *const types[] = { "remove", "add", "set" };
	static char text[256];
	struct declared_plan plan;
	size_t used = 0;

	text[0] = '\0';
	assert_int_equal(declared_plan(&w->config, &w->model, failures, compare, &plan), 0);
	for (size_t i = 0; i < plan.count; i++)
		used += snprintf(text + used, sizeof(text) - used, "%s%s %s", i ? ", " : "",
				 types[plan.steps[i].type], plan.steps[i].name);
	free(plan.steps);
	return text;
}

static struct table none = { .key_size = SPEC_NAME,
			     .record_size = sizeof(struct declared_failure) };

static void nothing(void **state)
{
	struct world *w = *state;

	assert_string_equal(plan(w, true, &none), "");
	put_link(w, macvlan(1, 7, "eth0", 2, MACVLAN_MODE_BRIDGE));
	assert_string_equal(plan(w, true, &none), "");
}

static void missing(void **state)
{
	struct world *w = *state;

	declare(w, "b1");
	declare(w, "b2");
	assert_string_equal(plan(w, false, &none), "add b1, add b2");
	put_link(w, marked(1, 7, "b1 declared"));
	assert_string_equal(plan(w, false, &none), "add b2");
	assert_string_equal(plan(w, true, &none), "set b1, add b2");
}

static void taken_out(void **state)
{
	struct world *w = *state;

	put_link(w, marked(1, 7, "b1 declared"));
	put_link(w, marked(OWN, 8, "b2 declared"));
	declare(w, "b3");
	assert_string_equal(plan(w, false, &none), "remove b1, remove b2, add b3");
	declare(w, "b2");
	assert_string_equal(plan(w, false, &none), "remove b1, add b3");
}

static void only_what_is_ours(void **state)
{
	static const char *const marks[] = { "", "b1", "b1 declared too", "parent" };
	struct world *w = *state;
	struct rtnl_link link;

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		put_link(w, marked(1, 10 + (int)i, marks[i]));
	link = marked(OWN, 20, "b2 declared");
	link.kind = RTNL_KIND_VLAN;
	put_link(w, link);
	link = marked(1, 21, "b3 declared"); /* on a device of another netns */
	link.link_nsid = 5;
	put_link(w, link);
	assert_string_equal(plan(w, true, &none), "");
	declare(w, "b2");
	declare(w, "b3");
	assert_string_equal(plan(w, true, &none), "add b2, add b3");
}

/* One that the command line made belongs to the file from then on. */
static void taken_over(void **state)
{
	struct world *w = *state;

	put_link(w, marked(1, 7, "b1"));
	declare(w, "b1");
	assert_string_equal(plan(w, false, &none), "set b1");
}

static void what_failed_is_looked_at_again(void **state)
{
	struct declared_failure failure = { .name = "b1" };
	struct world *w = *state;
	struct table failures;

	table_init(&failures, SPEC_NAME, sizeof(failure));
	assert_int_equal(table_put(&failures, &failure), 1);
	put_link(w, marked(1, 7, "b1 declared"));
	put_link(w, marked(2, 7, "b2 declared"));
	declare(w, "b1");
	declare(w, "b2");
	assert_string_equal(plan(w, false, &failures), "set b1");
	table_free(&failures);
}

static void in_words(void **state)
{
	struct spec spec = spec_of("b1", "eth0.50");
	struct declared_step step = { .type = DECLARED_ADD, .name = "b1", .spec = &spec };
	char text[256], error[SPEC_ERROR];

	(void)state;
	declared_describe(&step, 0, text, sizeof(text));
	assert_string_equal(text, "endpoint b1: add macvlan bridge on eth0.50 in netns host");
	step.type = DECLARED_REMOVE;
	declared_describe(&step, 0, text, sizeof(text));
	assert_string_equal(text, "endpoint b1: remove");
	step.type = DECLARED_SET;
	assert_int_equal(spec_take(&spec, "mtu", "1400", error), 0);
	declared_describe(&step, SPEC_MTU | SPEC_MODE, text, sizeof(text));
	assert_string_equal(text, "endpoint b1: set mode bridge mtu 1400");
	declared_describe(&step, 0, text, sizeof(text));
	assert_string_equal(text, "endpoint b1: is declared from now on");
	declared_describe(&step, SPEC_MTU | SPEC_MODE, text, 20); /* cut, not overrun */
	assert_string_equal(text, "endpoint b1: set mo");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing),		 TEST(missing),	   TEST(taken_out),
		TEST(only_what_is_ours), TEST(taken_over), TEST(what_failed_is_looked_at_again),
		TEST(in_words),
	};

	return cmocka_run_group_tests_name("declared", tests, NULL, NULL);
}
