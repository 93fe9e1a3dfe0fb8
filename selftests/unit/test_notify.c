// SPDX-License-Identifier: BSD-2-Clause
/* Whom to tell, and whether the watchdog is ours. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "notify.h"

static void address(void **state)
{
	struct sockaddr_un to;
	socklen_t length;

	(void)state;
	assert_int_equal(notify_address("/run/n", &to, &length), 0);
	assert_string_equal(to.sun_path, "/run/n");
	assert_int_equal(length, offsetof(struct sockaddr_un, sun_path) + 7);
	assert_int_equal(notify_address("@n", &to, &length), 0);
	assert_memory_equal(to.sun_path, "\0n", 3);
	assert_int_equal(length, offsetof(struct sockaddr_un, sun_path) + 2);
}

static void no_address(void **state)
{
	char longest[sizeof(((struct sockaddr_un *)0)->sun_path) + 1];
	struct sockaddr_un to;
	socklen_t length;

	(void)state;
	assert_int_equal(notify_address("", &to, &length), -EINVAL);
	assert_int_equal(notify_address("/", &to, &length), -EINVAL);
	assert_int_equal(notify_address("@", &to, &length), -EINVAL);
	assert_int_equal(notify_address("run/n", &to, &length), -EINVAL);
	memset(longest, '/', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(notify_address(longest, &to, &length), -EINVAL);
	longest[sizeof(longest) - 2] = '\0';
	assert_int_equal(notify_address(longest, &to, &length), 0);
}

static void set(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

static void watchdog(void **state)
{
	char own[16];
	const struct {
		const char *usec;
		const char *pid;
		uint64_t want;
	} rows[] = {
		{ NULL, NULL, 0 },
		{ "60000000", NULL, 60000000 },
		{ "60000000", own, 60000000 },
		{ "60000000", "1", 0 },
		{ "60000000", "x", 0 },
		{ "", own, 0 },
		{ "6s", own, 0 },
		{ NULL, own, 0 },
	};

	(void)state;
	snprintf(own, sizeof(own), "%d", getpid());
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		set("WATCHDOG_USEC", rows[i].usec);
		set("WATCHDOG_PID", rows[i].pid);
		assert_int_equal(notify_watchdog(), rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(address),
		cmocka_unit_test(no_address),
		cmocka_unit_test(watchdog),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
