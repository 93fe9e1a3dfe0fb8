// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "format.h"
#include "rows.h"

/* A command's name may hold any bytes. */
static json_t *ascii_only(const char *s, size_t length)
{
	char text[64];

	if (length > sizeof(text))
		length = sizeof(text);
	for (size_t i = 0; i < length; i++)
		text[i] = s[i] & 0x80 ? '?' : s[i];
	return json_stringn(text, length);
}

json_t *cell_name(const char *name, size_t size)
{
	size_t length = strnlen(name, size);
	json_t *cell;

	if (!length)
		return json_null();
	cell = json_stringn(name, length);
	return cell ? cell : ascii_only(name, length);
}

json_t *cell_station(const struct pins_endpoint *e)
{
	const struct hp_endpoint v = e->value; /* aligned, unlike the record */
	size_t size;
	const char *name = format_station(&v, &size);

	return cell_name(name, size);
}

json_t *cell_mac(const unsigned char mac[6])
{
	char text[18];

	return json_string(format_mac(text, mac));
}

json_t *cell_ip(int family, const void *addr)
{
	char text[46];

	return json_string(format_ip(text, family, addr));
}

json_t *cell_mode(enum hp_mode mode)
{
	return mode == HP_MODE_NONE ? json_null() : json_string(format_mode(mode));
}

/* strftime() knows +0100; ISO 8601 with colons in the time wants one here too. */
json_t *cell_time(__u64 ns)
{
	time_t seconds = ns / 1000000000;
	char text[64], zone[8];
	struct tm tm;

	if (!ns || !localtime_r(&seconds, &tm))
		return json_null();
	strftime(text, sizeof(text), "%FT%T", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	return json_sprintf("%s%.3s:%s", text, zone, zone + 3);
}

json_t *row_new(const struct snapshot *s)
{
	return json_pack("{s:o}", "uplink", cell_name(s->uplink, sizeof(s->uplink)));
}

int row_add_station(json_t *row, const struct snapshot *s, __u32 id)
{
	const struct pins_endpoint *e = snapshot_endpoint(s, id);
	json_t *netns = e ? cell_name(e->value.netns, sizeof(e->value.netns)) : json_null();
	json_t *ifname = e ? cell_name(e->value.ifname, sizeof(e->value.ifname)) : json_null();
	int err = 0;

	err |= json_object_set_new(row, "endpoint", json_integer(id));
	err |= json_object_set_new(row, "name", e ? cell_station(e) : json_null());
	err |= json_object_set_new(row, "netns", netns);
	err |= json_object_set_new(row, "ifname", ifname);
	return err ? -ENOMEM : 0;
}

bool mode_is_served(enum hp_mode mode)
{
	return mode != HP_MODE_PASSTHRU && mode != HP_MODE_L3 && mode != HP_MODE_L3S;
}

static json_t *path_object(const char *path, const struct hp_counter *rx,
			   const struct hp_counter *tx)
{
	return json_pack("{s:s, s:I, s:I, s:I, s:I}", "path", path, "rx_packets",
			 (json_int_t)rx->packets, "rx_bytes", (json_int_t)rx->bytes, "tx_packets",
			 (json_int_t)tx->packets, "tx_bytes", (json_int_t)tx->bytes);
}

json_t *cell_counters(const struct snapshot *s, __u32 id)
{
	const struct snapshot_stats *stats = table_find(&s->stats, &id);
	const struct hp_stats zero = {}, *v = stats ? &stats->value : &zero;

	return json_pack("[o, o, o]", path_object("host", &v->rx.host, &v->tx.host),
			 path_object("wire", &v->rx.wire, &v->tx.wire),
			 path_object("peer", &v->rx.peer, &v->tx.peer));
}

int compare_endpoints(const void *a, const void *b)
{
	const struct pins_endpoint *l = a, *r = b;
	int order = (int)l->value.vlan - r->value.vlan;

	if (!order)
		order = strncmp(l->value.netns, r->value.netns, sizeof(l->value.netns));
	if (!order)
		order = strncmp(l->value.ifname, r->value.ifname, sizeof(l->value.ifname));
	return order;
}

int sorted_copy(struct table *to, const struct table *from,
		int (*compare)(const void *, const void *))
{
	table_init(to, from->key_size, from->record_size);
	if (!from->count)
		return 0;
	to->data = reallocarray(NULL, from->count, from->record_size);
	if (!to->data)
		return -ENOMEM;
	memcpy(to->data, from->data, from->count * from->record_size);
	to->count = to->capacity = from->count;
	qsort(to->data, to->count, to->record_size, compare);
	return 0;
}
