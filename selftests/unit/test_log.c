// SPDX-License-Identifier: BSD-2-Clause
/* One line a message, for people and for the journal. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <string.h>

#include "capture.h"
#include "cli.h"
#include "log.h"

static int reset(void **state)
{
	(void)state;
	unsetenv("JOURNAL_STREAM");
	return log_set_level("info");
}

static void all_levels(void)
{
	log_error("e %d", 1);
	log_warning("w");
	log_info("i");
	log_debug("d");
}

static void levels(void **state)
{
	static const struct {
		const char *level;
		const char *text;
	} rows[] = {
		{ "error", "hairpind: error: e 1\n" },
		{ "warning", "hairpind: error: e 1\nhairpind: w\n" },
		{ "info", "hairpind: error: e 1\nhairpind: w\nhairpind: i\n" },
		{ "debug", "hairpind: error: e 1\nhairpind: w\nhairpind: i\nhairpind: d\n" },
	};
	struct capture err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(log_set_level(rows[i].level), 0);
		capture_start(&err, stderr);
		all_levels();
		assert_string_equal(capture_end(&err), rows[i].text);
	}
}

static void an_unknown_level_changes_nothing(void **state)
{
	struct capture err;

	(void)state;
	assert_int_equal(log_set_level("error"), 0);
	assert_int_equal(log_set_level("INFO"), -EINVAL);
	assert_int_equal(log_set_level(""), -EINVAL);
	capture_start(&err, stderr);
	all_levels();
	assert_string_equal(capture_end(&err), "hairpind: error: e 1\n");
}

/* sd-daemon(3): the priority in front, and no name, which the journal knows. */
static void the_journal_gets_priorities(void **state)
{
	struct capture err;
	char stream[64];
	struct stat st;

	(void)state;
	assert_int_equal(log_set_level("debug"), 0);
	capture_start(&err, stderr);
	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	all_levels();
	assert_string_equal(capture_end(&err), "<3>e 1\n<4>w\n<6>i\n<7>d\n");
}

/* A shell that was started by a unit hands the variable on, and has a terminal. */
static void another_stream_is_not_the_journal(void **state)
{
	struct capture err;

	(void)state;
	setenv("JOURNAL_STREAM", "9:12345", 1);
	capture_start(&err, stderr);
	log_warning("w");
	assert_string_equal(capture_end(&err), "hairpind: w\n");
}

static void a_long_message_is_one_line(void **state)
{
	struct capture err;
	char text[4000];
	const char *line;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	capture_start(&err, stderr);
	log_info("%s", text);
	line = capture_end(&err);
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

/* Names of processes and devices come from containers: they must not steer a terminal. */
static void a_message_holds_no_control_characters(void **state)
{
	static const char name[] = "a\033[2J\nb\177\tc\302\233\302\240\303\244";
	static const char shown[] = "a?[2J?b??c?\302\240\303\244";
	struct capture err;
	char text[128];

	(void)state;
	snprintf(text, sizeof(text), "hairpind: %s/eth0\n", shown);
	capture_start(&err, stderr);
	log_info("%s/eth0", name);
	assert_string_equal(capture_end(&err), text);
	snprintf(text, sizeof(text), "hairpin: %s/eth0\n", shown);
	capture_start(&err, stderr);
	cli_say("%s/eth0", name);
	assert_string_equal(capture_end(&err), text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(levels, reset),
		cmocka_unit_test_setup(an_unknown_level_changes_nothing, reset),
		cmocka_unit_test_setup(the_journal_gets_priorities, reset),
		cmocka_unit_test_setup(another_stream_is_not_the_journal, reset),
		cmocka_unit_test_setup(a_long_message_is_one_line, reset),
		cmocka_unit_test_setup(a_message_holds_no_control_characters, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
