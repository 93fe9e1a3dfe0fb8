/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * prog_test: the BPF programs, one frame at a time, compared byte by byte and
 * counter by counter. Needs root; works in a network namespace of its own and
 * leaves nothing behind.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "chain.h"
#include "rig.h"
#include "suite.h"

static struct CMUnitTest *tests;
static size_t test_count;

int with_probe(void **state)
{
	(void)state;
	return chain_attach(PROBE);
}

static int detach(void **state)
{
	(void)state;
	chain_detach();
	lab_up();
	lab_drain(&rig.lab);
	rig_reset();
	return 0;
}

void suite_add(CMFixtureFunction setup, CMUnitTestFunction test, const void *cell,
	       const char *format, ...)
{
	struct CMUnitTest t = {
		.test_func = test,
		.setup_func = setup,
		.teardown_func = detach,
		.initial_state = (void *)cell,
	};
	char *name;
	va_list args;

	va_start(args, format);
	tests = reallocarray(tests, test_count + 1, sizeof(*tests));
	if (!tests || vasprintf(&name, format, args) < 0)
		abort();
	va_end(args);
	t.name = name;
	tests[test_count++] = t;
}

static int open_rig(void **state)
{
	(void)state;
	rig_open();
	return 0;
}

static int close_rig(void **state)
{
	(void)state;
	rig_close();
	return 0;
}

static void free_tests(void)
{
	while (test_count)
		free((char *)tests[--test_count].name);
	free(tests);
}

int main(void)
{
	int failed;

	if (geteuid()) {
		printf("1..0 # SKIP needs root\n");
		return 0;
	}
	unicast_tests();
	group_tests();
	steer_tests();
	length_tests();
	ingress_tests();
	known_tests();
	xdp_tests();
	storm_tests();
	ipvlan_tests();
	device_tests();
	access_tests();
	port_tests();
	port_run_tests();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = _cmocka_run_group_tests("prog", tests, test_count, open_rig, close_rig);
	free_tests();
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
