// SPDX-License-Identifier: BSD-2-Clause
/* `hairpin stats`: who sent how much to whom, and what the programs did. */
#include <errno.h>

#include "cli.h"
#include "format.h"
#include "rows.h"

static const struct column columns[] = {
	{ "UPLINK", .key = "uplink" },
	{ "VLAN", .key = "vlan", .type = COLUMN_VLAN },
	{ "NAME", .key = "name" },
	{ "IFNAME", .key = "ifname" },
	{ "PATH", .key = "path" },
	{ "RX-PACKETS", .key = "rx_packets", .type = COLUMN_NUMBER },
	{ "RX-BYTES", .key = "rx_bytes", .type = COLUMN_NUMBER },
	{ "TX-PACKETS", .key = "tx_packets", .type = COLUMN_NUMBER },
	{ "TX-BYTES", .key = "tx_bytes", .type = COLUMN_NUMBER },
	{},
};

static const struct column reason_columns[] = {
	{ "UPLINK", .key = "uplink" },
	{ "REASON", .key = "reason", .alarm = "copy-failed" },
	{ "FRAMES", .key = "frames", .type = COLUMN_NUMBER },
	{ "BYTES", .key = "bytes", .type = COLUMN_NUMBER },
	{ "MEANING", .key = "help" },
	{},
};

static int add_row(json_t *rows, const struct snapshot *s, const struct pins_endpoint *e,
		   json_t *counters)
{
	json_t *row = row_new(s);
	int err = 0;

	err |= json_object_set_new(row, "vlan", json_integer(e->value.vlan));
	err |= row_add_station(row, s, e->id);
	err |= json_object_update(row, counters);
	err |= json_array_append_new(rows, row);
	return err ? -ENOMEM : 0;
}

static int add_station(json_t *rows, const struct snapshot *s, const struct pins_endpoint *e)
{
	json_t *paths = cell_counters(s, e->id), *path;
	int err = paths ? 0 : -ENOMEM;
	size_t i;

	json_array_foreach (paths, i, path)
		err |= add_row(rows, s, e, path);
	json_decref(paths);
	return err ? -ENOMEM : 0;
}

int stats_rows(json_t *rows, const struct snapshot *s)
{
	struct table sorted;
	int err = sorted_copy(&sorted, &s->endpoints, compare_endpoints);

	for (size_t i = 0; !err && i < sorted.count; i++)
		err = add_station(rows, s, table_at(&sorted, i));
	table_free(&sorted);
	return err;
}

static int add_reason(json_t *rows, const struct snapshot *s, enum hp_reason reason)
{
	const struct hp_counter *c = &s->reasons[reason];
	json_t *row = row_new(s);
	int err = 0;

	err |= json_object_set_new(row, "reason", json_string(format_reason(reason)));
	err |= json_object_set_new(row, "frames", json_integer((json_int_t)c->packets));
	err |= json_object_set_new(row, "bytes", json_integer((json_int_t)c->bytes));
	err |= json_object_set_new(row, "help", json_string(format_reason_help(reason)));
	err |= json_array_append_new(rows, row);
	return err ? -ENOMEM : 0;
}

int reason_rows(json_t *rows, const struct snapshot *s, bool all)
{
	int err = 0;

	for (int i = 0; !err && i < HP_REASON_COUNT; i++) {
		if (all || s->reasons[i].packets)
			err = add_reason(rows, s, i);
	}
	return err;
}

static int all_reasons(json_t *rows, const struct snapshot *s)
{
	return reason_rows(rows, s, true);
}

static int seen_reasons(json_t *rows, const struct snapshot *s)
{
	return reason_rows(rows, s, false);
}

static int write_stats(const struct options *o, const json_t *report)
{
	const json_t *rows = json_object_get(report, "stations");
	const json_t *why = json_object_get(report, "reasons");
	int err;

	if (o->json)
		return cli_write_json(report);
	if (!json_array_size(rows))
		return 0;
	err = cli_write_table(rows, columns);
	if (!err && json_array_size(why)) {
		putchar('\n');
		err = cli_write_table(why, reason_columns);
	}
	if (!err)
		cli_write_backlog(json_object_get(report, "host_backlog_drops"));
	return err;
}

int cmd_stats(const struct options *o, int argc, char **argv)
{
	struct snapshots s;
	json_t *report;
	int status;

	if (argc)
		return cli_extra_word("stats", argv[0]);
	status = cli_load(o, WANT_STATS | WANT_REASONS, &s);
	report = json_pack("{s:o, s:o, s:o}", "stations", cli_rows(&s, stats_rows), "reasons",
			   cli_rows(&s, o->all ? all_reasons : seen_reasons), "host_backlog_drops",
			   cli_backlog_drops());
	if (!report || write_stats(o, report))
		status = cli_no_memory();
	json_decref(report);
	cli_unload(&s);
	return status;
}
