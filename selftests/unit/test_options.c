// SPDX-License-Identifier: BSD-2-Clause
/* hairpind's command line: what is taken, and what is said about what is not. */
#include "unit.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "capture.h"
#include "config.h"
#include "log.h"
#include "options.h"
#include "pins.h"

#define MAX_WORDS 16

/* Splits @line at blanks; a word '' is empty. */
static int parse(struct options *options, const char *line)
{
	static char text[512];
	char *argv[MAX_WORDS + 1] = { "hairpind" };
	int argc = 1;

	snprintf(text, sizeof(text), "%s", line);
	for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) {
		assert_true(argc < MAX_WORDS);
		argv[argc++] = strcmp(word, "''") != 0 ? word : "";
	}
	optind = 0; /* glibc: begin anew */
	return options_parse(options, argc, argv);
}

static void defaults(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(parse(&o, ""), 0);
	assert_int_equal(o.action, ACTION_SERVE);
	assert_null(o.config);
	assert_null(o.uplinks);
	assert_string_equal(o.pins, "/sys/fs/bpf/hairpin");
	assert_string_equal(o.run, "/run/hairpin");
	options_free(&o);
}

static void everything_at_once(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(parse(&o, "-c file --uplink eth0 --pins P --run=R --log-level info "
				   "-u abcdefghijklmno --once --once"),
			 0);
	assert_string_equal(o.config, "file");
	assert_string_equal(o.pins, "P");
	assert_string_equal(o.run, "R");
	assert_string_equal(o.uplinks[0], "eth0");
	assert_string_equal(o.uplinks[1], "abcdefghijklmno");
	assert_null(o.uplinks[2]);
	assert_int_equal(o.action, ACTION_ONCE);
	options_free(&o);
}

static void actions(void **state)
{
	static const struct {
		const char *row;
		enum options_action action;
	} rows[] = {
		{ "--once", ACTION_ONCE },
		{ "--dry-run", ACTION_DRY_RUN },
		{ "--detach", ACTION_DETACH },
	};
	struct options o;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(parse(&o, rows[i].row), 0);
		assert_row(rows[i].row, o.action == rows[i].action);
		options_free(&o);
	}
}

#define SEE "hairpind: see hairpind --help\n"

static void errors(void **state)
{
	static const struct {
		const char *line;
		const char *message;
	} rows[] = {
		{ "--bogus", "hairpind: unrecognized option '--bogus'\n" SEE },
		{ "-x", "hairpind: invalid option -- 'x'\n" SEE },
		{ "-c", "hairpind: option requires an argument -- 'c'\n" SEE },
		{ "--pins", "hairpind: option '--pins' requires an argument\n" SEE },
		{ "--once=1", "hairpind: option '--once' doesn't allow an argument\n" SEE },
		{ "serve", "hairpind: unknown word 'serve': hairpind takes options only\n" },
		{ "--once -- x", "hairpind: unknown word 'x': hairpind takes options only\n" },
		{ "-u ''", "hairpind: no device name '': it has 1 to 15 characters\n" },
		{ "-u eth0 -u abcdefghijklmnop",
		  "hairpind: no device name 'abcdefghijklmnop': it has 1 to 15 characters\n" },
		{ "--log-level all", "hairpind: unknown log level 'all': it is one of error, "
				     "warning, info, debug\n" },
		{ "--log-level ''", "hairpind: unknown log level '': it is one of error, "
				    "warning, info, debug\n" },
		{ "--once --detach", "hairpind: too many actions '--once, --dry-run, --detach': "
				     "give one of them\n" },
		{ "--detach --dry-run", "hairpind: too many actions '--once, --dry-run, "
					"--detach': give one of them\n" },
	};
	struct capture err;
	struct options o;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int result;

		capture_start(&err, stderr);
		result = parse(&o, rows[i].line);
		assert_string_equal(capture_end(&err), rows[i].message);
		assert_row(rows[i].line, result == -EINVAL);
		options_free(&o);
	}
}

static void help_and_version(void **state)
{
	static const char *const lines[] = { "-h", "--help", "-V", "--version",
					     "--once --help --bogus" };
	struct capture out;
	struct options o;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		const char *text;
		int result;

		capture_start(&out, stdout);
		result = parse(&o, lines[i]);
		text = capture_end(&out);
		assert_row(lines[i], result == 1);
		if (strchr(lines[i], 'V') || strstr(lines[i], "version"))
			assert_string_equal(text, "hairpind " HAIRPIN_VERSION "\n");
		else
			assert_non_null(strstr(text, "Usage: hairpind [OPTION]...\n"));
		options_free(&o);
	}
}

/* Every option that is taken is explained, with its default. */
static void help_names_every_option(void **state)
{
	static const char *const words[] = { "-c, --config FILE", CONFIG_DEFAULT, "-u, --uplink",
					     "--pins DIR",	  PINS_DEFAULT,	  "--run DIR",
					     RUN_DEFAULT,	  "--once",	  "--dry-run",
					     "--detach",	  "--log-level",  LOG_LEVELS,
					     "-h, --help",	  "-V, --version" };
	struct capture out;
	struct options o;
	const char *text;

	(void)state;
	capture_start(&out, stdout);
	parse(&o, "--help");
	text = capture_end(&out);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		assert_row(words[i], strstr(text, words[i]));
	options_free(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),	    cmocka_unit_test(everything_at_once),
		cmocka_unit_test(actions),	    cmocka_unit_test(errors),
		cmocka_unit_test(help_and_version), cmocka_unit_test(help_names_every_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
