// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "format.h"
#include "liveness.h"
#include "rows.h"

void cli_say(const char *format, ...)
{
	char line[2 * PATH_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	fprintf(stderr, "hairpin: %s\n", format_plain(line));
}

int cli_extra_word(const char *command, const char *word)
{
	cli_say("%s: unexpected word \"%s\"; no word is allowed here, only options", command, word);
	return CLI_USAGE;
}

int cli_no_memory(void)
{
	cli_say("out of memory");
	return CLI_FAILED;
}

const char *cli_cure(int err)
{
	return err == -EPERM || err == -EACCES ? ": needs root" : "";
}

static bool is_chosen(const struct options *o, const char *uplink)
{
	for (size_t i = 0; i < o->uplink_count; i++) {
		if (!strcmp(o->uplinks[i], uplink))
			return true;
	}
	return !o->uplink_count;
}

static bool is_served(const struct pins_list *list, const char *uplink)
{
	for (size_t i = 0; i < list->count; i++) {
		if (!strcmp(list->names[i], uplink))
			return true;
	}
	return false;
}

/* Keeps the message for a writer and says it. */
static int fail(struct snapshots *s, json_t *message)
{
	cli_say("%s", json_string_value(message) ? json_string_value(message) : "out of memory");
	json_array_append_new(s->errors, message);
	return CLI_FAILED;
}

static int fail_to_read(struct snapshots *s, const struct options *o, const struct snapshot *one,
			enum pins_map map, int err)
{
	char path[PATH_MAX] = "";

	if (err == -EPROTO) {
		pins_path(path, sizeof(path), o->pins, one->uplink, NULL);
		return fail(s, json_sprintf("%s: maps of layout %u, this hairpin reads layout %u: "
					    "run the hairpin and the hairpind of one version",
					    path, one->meta.abi, HP_ABI));
	}
	pins_path(path, sizeof(path), o->pins, one->uplink, pins_maps[map].name);
	return fail(s, json_sprintf("%s: cannot read this map: %s%s", path, strerror(-err),
				    err == -ENOENT ? ": start hairpind, which completes the set"
						   : cli_cure(err)));
}

/* An uplink whose last endpoint went while we were reading has no directory any more. */
static bool is_gone(const struct options *o, const char *uplink)
{
	char path[PATH_MAX];

	return !pins_path(path, sizeof(path), o->pins, uplink, NULL) && access(path, F_OK) &&
	       errno == ENOENT;
}

static int load_one(const struct options *o, unsigned int want, const char *uplink,
		    struct snapshots *s)
{
	struct snapshot *one = &s->list[s->count];
	enum pins_map map;
	int err;

	snapshot_init(one, uplink);
	err = snapshot_read(one, o->pins, want, &map);
	if (!err) {
		s->count++;
		return CLI_OK;
	}
	err = is_gone(o, uplink) ? CLI_OK : fail_to_read(s, o, one, map, err);
	snapshot_free(one);
	return err;
}

static int load_chosen(const struct options *o, unsigned int want, const struct pins_list *list,
		       struct snapshots *s)
{
	int status = CLI_OK;

	for (size_t i = 0; i < list->count; i++) {
		if (is_chosen(o, list->names[i]))
			status |= load_one(o, want, list->names[i], s);
	}
	for (size_t i = 0; i < o->uplink_count; i++) {
		if (!is_served(list, o->uplinks[i]))
			status |= fail(s, json_sprintf("no uplink \"%s\" in %s; see hairpin uplink",
						       o->uplinks[i], o->pins));
	}
	return status;
}

int cli_load(const struct options *o, unsigned int want, struct snapshots *s)
{
	struct pins_list list;
	int err, status;

	*s = (struct snapshots){ .errors = json_array() };
	err = pins_list(o->pins, &list);
	if (err)
		return fail(s, json_sprintf("%s: cannot read this directory: %s%s", o->pins,
					    strerror(-err), cli_cure(err)));
	s->list = calloc(list.count + 1, sizeof(*s->list));
	status = s->list ? load_chosen(o, want, &list, s) : cli_no_memory();
	free(list.names);
	return status;
}

void cli_unload(struct snapshots *s)
{
	for (size_t i = 0; i < s->count; i++)
		snapshot_free(&s->list[i]);
	free(s->list);
	json_decref(s->errors);
}

/* https://no-color.org */
static bool wants_colour(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return !(no_color && *no_color) && term && strcmp(term, "dumb") != 0 &&
	       isatty(STDOUT_FILENO);
}

int cli_write_table(const json_t *rows, const struct column *columns)
{
	return render_table(stdout, wants_colour(), rows, columns);
}

int cli_write_pairs(const json_t *row, const struct column *columns)
{
	return render_pairs(stdout, wants_colour(), row, columns);
}

int cli_write_json(const json_t *value)
{
	return render_json(stdout, value);
}

json_t *cli_rows(const struct snapshots *s, int (*rows)(json_t *rows, const struct snapshot *s))
{
	json_t *all = json_array();
	int err = 0;

	for (size_t i = 0; !err && i < s->count; i++)
		err = rows(all, &s->list[i]);
	if (err) {
		json_decref(all);
		return NULL;
	}
	return all;
}

int cli_list(const struct options *o, const struct listing *l)
{
	struct snapshots s;
	int status = cli_load(o, l->want, &s);
	json_t *rows = cli_rows(&s, l->rows);

	if (!rows || (o->json ? cli_write_json(rows) : cli_write_table(rows, l->columns)))
		status = cli_no_memory();
	json_decref(rows);
	cli_unload(&s);
	return status;
}

json_t *cli_backlog_drops(void)
{
	uint64_t dropped;
	int err = softnet_read(&dropped);

	if (!err)
		return json_integer((json_int_t)dropped);
	cli_say("%s: cannot read it: %s", SOFTNET_STAT, strerror(-err));
	return json_null();
}

void cli_write_backlog(const json_t *drops)
{
	if (json_is_integer(drops))
		printf("\nreceive backlog: %" JSON_INTEGER_FORMAT
		       " frames dropped since boot, by all devices of this host "
		       "(net.core.netdev_max_backlog)\n",
		       json_integer_value(drops));
}
