// SPDX-License-Identifier: BSD-2-Clause
/* `hairpin status`: does it work, and if not, what to do. Needs no hairpind. */
#include <errno.h>
#include <string.h>

#include "cli.h"
#include "liveness.h"
#include "rows.h"

static const struct column columns[] = {
	{ "UPLINK", .key = "uplink" },
	{ "HOOK", .key = "hook" },
	{ "REFLECT", .key = "reflect" },
	{ "ENDPOINTS", .key = "endpoints", .type = COLUMN_NUMBER },
	{ "UP", .key = "endpoints_up", .type = COLUMN_NUMBER },
	{ "VLANS", .key = "segments.vlan", .type = COLUMN_VLANS },
	{},
};

/* The command line that serves what we look at. */
static void write_start_command(const struct options *o)
{
	fputs("hairpind", stdout);
	if (strcmp(o->pins, PINS_DEFAULT) != 0)
		printf(" --pins %s", o->pins);
	if (strcmp(o->run, RUN_DEFAULT) != 0)
		printf(" --run %s", o->run);
	putchar('\n');
}

static void write_daemon(const struct options *o, const struct daemon_state *d, bool served)
{
	if (d->running && d->pid)
		printf("hairpind: running, pid %d\n", d->pid);
	else if (d->running)
		puts("hairpind: running");
	else
		puts("hairpind: not running");
	if (!d->running && served)
		puts("          What is set up below keeps working, but follows no change.");
	if (!d->running) {
		fputs("          Start it: ", stdout);
		write_start_command(o);
	}
}

static int write_text(const struct options *o, const struct daemon_state *d,
		      const struct snapshots *s, const json_t *uplinks)
{
	if (d)
		write_daemon(o, d, s->count);
	if (s->count) {
		putchar('\n');
		return cli_write_table(uplinks, columns);
	}
	if (!json_array_size(s->errors))
		printf("uplinks:  none served: %s\n",
		       d && d->running ? "no endpoint was found, or hairpind's log says why"
				       : "nothing is pinned");
	return 0;
}

static int write_report(const struct options *o, const struct daemon_state *d,
			const struct snapshots *s, json_t *uplinks)
{
	json_t *running = d ? json_boolean(d->running) : json_null();
	json_t *pid = d && d->pid ? json_integer(d->pid) : json_null();
	json_t *report = json_pack("{s:{s:o, s:o}, s:s, s:s, s:O, s:O}", "hairpind", "running",
				   running, "pid", pid, "pins", o->pins, "run", o->run, "uplinks",
				   uplinks, "errors", s->errors);
	int err = report ? cli_write_json(report) : -ENOMEM;

	json_decref(report);
	return err;
}

/* NULL: not known, which is said. */
static const struct daemon_state *read_daemon(const struct options *o, struct daemon_state *d)
{
	int err = daemon_read(o->run, d);

	if (!err)
		return d;
	cli_say("%s/hairpind.pid: cannot see whether hairpind runs: %s%s", o->run, strerror(-err),
		cli_cure(err));
	return NULL;
}

int cmd_status(const struct options *o, int argc, char **argv)
{
	struct daemon_state state;
	const struct daemon_state *d;
	struct snapshots s;
	json_t *uplinks;
	int status;

	if (argc)
		return cli_extra_word("status", argv[0]);
	d = read_daemon(o, &state);
	status = cli_load(o, WANT_SEGMENTS | WANT_ENDPOINTS, &s);
	uplinks = cli_rows(&s, uplink_rows);
	if (!uplinks || (o->json ? write_report(o, d, &s, uplinks) : write_text(o, d, &s, uplinks)))
		status = cli_no_memory();
	json_decref(uplinks);
	cli_unload(&s);
	return d ? status : CLI_FAILED;
}
