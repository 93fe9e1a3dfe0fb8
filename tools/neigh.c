// SPDX-License-Identifier: BSD-2-Clause
/* `hairpin neigh`: which station owns which address on which segment. */
#include <errno.h>
#include <string.h>

#include "cli.h"
#include "format.h"
#include "rows.h"

static const struct column columns[] = {
	{ "UPLINK", .key = "uplink" },
	{ "VLAN", .key = "vlan", .type = COLUMN_VLAN },
	{ "ADDRESS", .key = "address" },
	{ "MAC", .key = "mac" },
	{ "KIND", .key = "kind" },
	{ "NAME", .key = "name" },
	{ "IFNAME", .key = "ifname" },
	{ "TENTATIVE", .key = "tentative" },
	{ "ID", .key = "endpoint", .type = COLUMN_NUMBER },
	{},
};

/* Addresses are in network order, so that memcmp() orders them as numbers. */
static int compare_neigh(const void *a, const void *b)
{
	const struct pins_neigh *l = a, *r = b;
	int order = (int)l->key.vlan - r->key.vlan;

	if (!order)
		order = (int)l->key.family - r->key.family;
	return order ? order : memcmp(l->key.addr, r->key.addr, sizeof(l->key.addr));
}

static int add_row(json_t *rows, const struct snapshot *s, const struct pins_neigh *n)
{
	json_t *row = row_new(s);
	int err = 0;

	err |= json_object_set_new(row, "vlan", json_integer(n->key.vlan));
	err |= json_object_set_new(row, "address", cell_ip(n->key.family, n->key.addr));
	err |= json_object_set_new(row, "mac", cell_mac(n->value.mac));
	err |= json_object_set_new(row, "kind", json_string(format_kind(n->value.kind)));
	err |= json_object_set_new(row, "tentative",
				   json_boolean(n->value.flags & HP_NEIGH_TENTATIVE));
	err |= row_add_station(row, s, n->value.endpoint);
	err |= json_array_append_new(rows, row);
	return err ? -ENOMEM : 0;
}

int neigh_rows(json_t *rows, const struct snapshot *s)
{
	struct table sorted;
	int err = sorted_copy(&sorted, &s->neigh, compare_neigh);

	for (size_t i = 0; !err && i < sorted.count; i++) {
		const struct pins_neigh *n = table_at(&sorted, i);

		if (n->key.vlan != HP_VLAN_ANY) /* the host's addresses, wherever they are */
			err = add_row(rows, s, n);
	}
	table_free(&sorted);
	return err;
}

int cmd_neigh(const struct options *o, int argc, char **argv)
{
	const struct listing listing = { WANT_NEIGH | WANT_ENDPOINTS, neigh_rows, columns };

	return argc ? cli_extra_word("neigh", argv[0]) : cli_list(o, &listing);
}
