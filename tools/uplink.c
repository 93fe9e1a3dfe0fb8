// SPDX-License-Identifier: BSD-2-Clause
/* `hairpin uplink`: where the programs sit, and what is there. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "format.h"
#include "rows.h"

static const struct column columns[] = {
	{ "UPLINK", .key = "uplink" },
	{ "IFINDEX", .key = "ifindex", .type = COLUMN_NUMBER },
	{ "HOOK", .key = "hook" },
	{ "OWN-CLSACT", .key = "own_clsact" },
	{ "XDP", .key = "xdp" },
	{ "REFLECT", .key = "reflect" },
	{ "STEER", .key = "steer" },
	{ "STORM", .key = "storm" },
	{ "GSO-MAX", .key = "gso_max_size" },
	{ "ENDPOINTS", .key = "endpoints", .type = COLUMN_NUMBER },
	{ "UP", .key = "endpoints_up", .type = COLUMN_NUMBER },
	{ "VLANS", .key = "segments.vlan", .type = COLUMN_VLANS },
	{ "HOST-MAC", .key = "segments.host_mac" },
	{ "NOTE", .key = "notes", .type = COLUMN_NOTES },
	{},
};

static int compare_segments(const void *a, const void *b)
{
	const struct pins_segment *l = a, *r = b;

	return (int)l->vlan - (int)r->vlan;
}

static json_t *segment_object(const struct pins_segment *g)
{
	bool host = g->value.flags & HP_SEGMENT_HOST;

	return json_pack("{s:i, s:o, s:b, s:b, s:b, s:b}", "vlan", (int)g->vlan, "host_mac",
			 host ? cell_mac(g->value.host_mac) : json_null(), "vepa",
			 !!(g->value.flags & HP_SEGMENT_VEPA), "closed",
			 !!(g->value.flags & HP_SEGMENT_CLOSED), "known_ipv4",
			 !!(g->value.flags & HP_SEGMENT_KNOWN_IPV4), "known_ipv6",
			 !!(g->value.flags & HP_SEGMENT_KNOWN_IPV6));
}

/* NULL: no memory. */
static json_t *segments_array(const struct snapshot *s)
{
	json_t *array = json_array();
	struct table sorted;
	int err = sorted_copy(&sorted, &s->segments, compare_segments);

	for (size_t i = 0; !err && i < sorted.count; i++)
		err = json_array_append_new(array, segment_object(table_at(&sorted, i)));
	table_free(&sorted);
	if (err) {
		json_decref(array);
		return NULL;
	}
	return array;
}

static size_t count_endpoints(const struct snapshot *s, bool up)
{
	size_t count = 0;

	for (size_t i = 0; i < s->endpoints.count; i++) {
		const struct pins_endpoint *e = table_at(&s->endpoints, i);

		if (e->value.kind != HP_KIND_HOST)
			count += !up ||
				 (e->value.flags & HP_ENDPOINT_UP && mode_is_served(e->value.mode));
	}
	return count;
}

/* What is not as it was wanted, and why, and what was changed on the device. NULL: no memory. */
static json_t *notes_of(const struct hp_meta *m)
{
	json_t *notes = json_array();
	char text[160];
	int err = 0;

	if (m->no_xdp != HP_NO_XDP_NONE && m->no_xdp != HP_NO_XDP_OFF) {
		snprintf(text, sizeof(text), "no XDP: %s%s%s", format_no_xdp(m->no_xdp),
			 m->xdp_errno ? ": " : "", m->xdp_errno ? strerror(m->xdp_errno) : "");
		err |= json_array_append_new(notes, json_string(text));
	}
	if (m->settings.no_gso) {
		snprintf(text, sizeof(text), "%sBIG TCP%s %s", m->settings.gso ? "" : "no ",
			 m->settings.gso ? "" : ":", format_no_gso(m->settings.no_gso));
		err |= json_array_append_new(notes, json_string(text));
	}
	if (m->nic & HP_NIC_RX_VLAN)
		err |= json_array_append_new(notes, json_string("rx-vlan-offload turned off"));
	if (m->nic & HP_NIC_RX_VLAN_FILTER)
		err |= json_array_append_new(notes, json_string("rx-vlan-filter turned off"));
	if (m->nic & HP_NIC_FILTERS_VLANS)
		err |= json_array_append_new(
			notes, json_string("the NIC receives only VLANs that have a VLAN device, "
					   "and cannot turn rx-vlan-filter off"));
	if (err) {
		json_decref(notes);
		return NULL;
	}
	return notes;
}

static int add_settings(json_t *row, const struct hp_settings *s)
{
	return json_object_set_new(row, "reflect", json_boolean(s->reflect)) |
	       json_object_set_new(row, "steer", json_boolean(s->steer)) |
	       json_object_set_new(row, "storm", s->storm ? json_integer(s->storm) : json_null()) |
	       json_object_set_new(row, "gso_max_size",
				   s->gso ? json_integer(s->gso) : json_null()) |
	       json_object_set_new(row, "xdp_wanted", json_string(format_xdp_want(s->xdp)));
}

int uplink_rows(json_t *rows, const struct snapshot *s)
{
	const struct hp_meta *m = &s->meta;
	json_t *row = row_new(s);
	int err = 0;

	err |= json_object_set_new(row, "abi", json_integer(m->abi));
	err |= json_object_set_new(row, "ifindex", json_integer(m->ifindex));
	err |= json_object_set_new(row, "netns_inode", json_integer(m->netns_ino));
	err |= json_object_set_new(row, "hook", json_string(format_hook(m->hook)));
	err |= json_object_set_new(row, "own_clsact", json_boolean(m->own_clsact));
	err |= json_object_set_new(row, "xdp", json_string(format_xdp(m->xdp)));
	err |= json_object_set_new(row, "notes", notes_of(m));
	err |= add_settings(row, &m->settings);
	err |= json_object_set_new(row, "endpoints", json_integer(count_endpoints(s, false)));
	err |= json_object_set_new(row, "endpoints_up", json_integer(count_endpoints(s, true)));
	err |= json_object_set_new(row, "segments", segments_array(s));
	err |= json_array_append_new(rows, row);
	return err ? -ENOMEM : 0;
}

/* It is the host's and not an uplink's, which the name of the key says. */
static int add_backlog(json_t *rows, json_t *drops)
{
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		if (json_object_set(row, "host_backlog_drops", drops))
			return -ENOMEM;
	}
	return 0;
}

static int write_uplinks(const struct options *o, json_t *rows, json_t *drops)
{
	int err;

	if (o->json)
		return cli_write_json(rows);
	err = cli_write_table(rows, columns);
	if (!err && json_array_size(rows))
		cli_write_backlog(drops);
	return err;
}

int cmd_uplink(const struct options *o, int argc, char **argv)
{
	struct snapshots s;
	json_t *rows, *drops;
	int status;

	if (argc)
		return cli_extra_word("uplink", argv[0]);
	status = cli_load(o, WANT_SEGMENTS | WANT_ENDPOINTS, &s);
	rows = cli_rows(&s, uplink_rows);
	drops = cli_backlog_drops();
	if (!rows || add_backlog(rows, drops) || write_uplinks(o, rows, drops))
		status = cli_no_memory();
	json_decref(drops);
	json_decref(rows);
	cli_unload(&s);
	return status;
}
