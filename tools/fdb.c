// SPDX-License-Identifier: BSD-2-Clause
/* `hairpin fdb`: which station has which MAC on which segment. */
#include <errno.h>
#include <string.h>

#include "cli.h"
#include "format.h"
#include "rows.h"

static const struct column columns[] = {
	{ "UPLINK", .key = "uplink" },
	{ "VLAN", .key = "vlan", .type = COLUMN_VLAN },
	{ "MAC", .key = "mac" },
	{ "KIND", .key = "kind" },
	{ "MODE", .key = "mode" },
	{ "NAME", .key = "name" },
	{ "IFNAME", .key = "ifname" },
	{ "HOST-STACK", .key = "host_stack" },
	{ "ID", .key = "endpoint", .type = COLUMN_NUMBER },
	{},
};

static int compare_fdb(const void *a, const void *b)
{
	const struct pins_fdb *l = a, *r = b;
	int order = (int)l->key.vlan - r->key.vlan;

	return order ? order : memcmp(l->key.mac, r->key.mac, sizeof(l->key.mac));
}

static int add_row(json_t *rows, const struct snapshot *s, const struct pins_fdb *f)
{
	json_t *row = row_new(s);
	int err = 0;

	err |= json_object_set_new(row, "vlan", json_integer(f->key.vlan));
	err |= json_object_set_new(row, "mac", cell_mac(f->key.mac));
	err |= json_object_set_new(row, "kind", json_string(format_kind(f->value.kind)));
	err |= json_object_set_new(row, "mode", cell_mode(f->value.mode));
	err |= json_object_set_new(row, "host_stack",
				   json_boolean(f->value.flags & HP_FDB_HOST_STACK));
	err |= json_object_set_new(row, "access", json_boolean(f->value.flags & HP_FDB_UNTAGGED));
	err |= row_add_station(row, s, f->value.endpoint);
	err |= json_array_append_new(rows, row);
	return err ? -ENOMEM : 0;
}

int fdb_rows(json_t *rows, const struct snapshot *s)
{
	struct table sorted;
	int err = sorted_copy(&sorted, &s->fdb, compare_fdb);

	for (size_t i = 0; !err && i < sorted.count; i++) {
		const struct pins_fdb *f = table_at(&sorted, i);

		if (!(f->value.flags & HP_FDB_ACCESS)) /* it stands under its own VLAN */
			err = add_row(rows, s, f);
	}
	table_free(&sorted);
	return err;
}

int cmd_fdb(const struct options *o, int argc, char **argv)
{
	const struct listing listing = { WANT_FDB | WANT_ENDPOINTS, fdb_rows, columns };

	return argc ? cli_extra_word("fdb", argv[0]) : cli_list(o, &listing);
}
