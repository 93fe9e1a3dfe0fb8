// SPDX-License-Identifier: BSD-2-Clause
/* `hairpin endpoint`: the devices, and all that is known of one. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/ether.h>

#include "cli.h"
#include "containers.h"
#include "devices.h"
#include "engines.h"
#include "format.h"
#include "rows.h"
#include "session.h"

static const struct column columns[] = {
	{ "NAME", .key = "name" },
	{ "IFNAME", .key = "ifname" },
	{ "MAC", .key = "mac" },
	{ "VLAN", .key = "vlan", .type = COLUMN_VLAN },
	{ "KIND", .key = "kind" },
	{ "MODE", .key = "mode" },
	{ "STATE", .key = "state", .alarm = "down" },
	{ "UPLINK", .key = "uplink" },
	{ "PARENT", .key = "parent" },
	{ "ADDRESSES", .key = "addresses" },
	/* Only where there is a container: write_columns(). */
	{ "CONTAINER", .key = "container.id" },
	{ "IMAGE", .key = "container.image" },
	{ "NETWORK", .key = "container.network" },
	{},
};

static const struct column details[] = {
	{ "name", .key = "name" },
	{ "netns", .key = "netns" },
	{ "ifname", .key = "ifname" },
	{ "id", .key = "id" },
	{ "mac", .key = "mac" },
	{ "addresses", .key = "addresses" },
	{ "uplink", .key = "uplink" },
	{ "parent", .key = "parent" },
	{ "vlan", .key = "vlan", .type = COLUMN_VLAN },
	{ "kind", .key = "kind" },
	{ "mode", .key = "mode" },
	{ "state", .key = "state", .alarm = "down" },
	{ "access port", .key = "access" },
	{ "host stack", .key = "host_stack" },
	{ "ifindex", .key = "ifindex" },
	{ "nsid", .key = "nsid" },
	{ "netns inode", .key = "netns_inode" },
	{ "first seen", .key = "first_seen" },
	/* The same. */
	{ "container", .key = "container.name" },
	{ "container id", .key = "container.id" },
	{ "image", .key = "container.image" },
	{ "network", .key = "container.network" },
	{ "engine", .key = "container.engine" },
	{},
};

static const struct column counters[] = {
	{ "PATH", .key = "path" },
	{ "RX-PACKETS", .key = "rx_packets", .type = COLUMN_NUMBER },
	{ "RX-BYTES", .key = "rx_bytes", .type = COLUMN_NUMBER },
	{ "TX-PACKETS", .key = "tx_packets", .type = COLUMN_NUMBER },
	{ "TX-BYTES", .key = "tx_bytes", .type = COLUMN_NUMBER },
	{},
};

/* IPv4 first, link-local last: what a person would type comes first. */
static int address_rank(const struct pins_neigh *n)
{
	const unsigned char *a = n->key.addr;

	if (n->key.family == AF_INET)
		return 0;
	return a[0] == 0xfe && (a[1] & 0xc0) == 0x80 ? 2 : 1;
}

static int compare_owners(const void *a, const void *b)
{
	const struct pins_neigh *l = a, *r = b;

	if (l->value.endpoint != r->value.endpoint)
		return l->value.endpoint < r->value.endpoint ? -1 : 1;
	if (address_rank(l) != address_rank(r))
		return address_rank(l) - address_rank(r);
	return memcmp(l->key.addr, r->key.addr, sizeof(l->key.addr));
}

/* Index of the first address of @id in @owned, which is sorted by compare_owners(). */
static size_t seek_owner(const struct table *owned, __u32 id)
{
	size_t low = 0, high = owned->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct pins_neigh *n = table_at(owned, middle);

		if (n->value.endpoint < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* NULL: no memory. */
static json_t *addresses_of(const struct table *owned, __u32 id)
{
	json_t *addresses = json_array();

	for (size_t i = seek_owner(owned, id); i < owned->count; i++) {
		const struct pins_neigh *n = table_at(owned, i);

		if (n->value.endpoint != id)
			break;
		if (json_array_append_new(addresses, cell_ip(n->key.family, n->key.addr))) {
			json_decref(addresses);
			return NULL;
		}
	}
	return addresses;
}

static const char *state_of(const struct pins_endpoint *e)
{
	if (!(e->value.flags & HP_ENDPOINT_UP))
		return "down";
	return mode_is_served(e->value.mode) ? "up" : "left-alone";
}

/* Where it is, in the words of the kernel. */
static int add_place(json_t *row, const struct pins_endpoint *e)
{
	const struct hp_endpoint v = e->value; /* aligned, unlike the record */
	json_t *nsid = v.nsid < 0 ? json_null() : json_integer(v.nsid);
	json_t *inode = v.netns_ino ? json_integer((json_int_t)v.netns_ino) : json_null();
	int err = 0;

	err |= json_object_set_new(row, "ifindex", json_integer(v.ifindex));
	err |= json_object_set_new(row, "nsid", nsid);
	err |= json_object_set_new(row, "netns_inode", inode);
	err |= json_object_set_new(row, "first_seen", cell_time(v.first_seen));
	return err;
}

static int add_row(json_t *rows, const struct snapshot *s, const struct pins_endpoint *e,
		   const struct table *owned)
{
	const struct hp_endpoint v = e->value; /* aligned, unlike the record */
	json_t *row = row_new(s);
	int err = 0;

	err |= json_object_set_new(row, "id", json_integer(e->id));
	err |= json_object_set_new(row, "name", cell_station(e));
	err |= json_object_set_new(row, "netns", cell_name(v.netns, sizeof(v.netns)));
	err |= json_object_set_new(row, "ifname", cell_name(v.ifname, sizeof(v.ifname)));
	err |= json_object_set_new(row, "parent", cell_name(v.parent, sizeof(v.parent)));
	err |= json_object_set_new(row, "vlan", json_integer(v.vlan));
	err |= json_object_set_new(row, "mac", cell_mac(v.mac));
	err |= json_object_set_new(row, "kind", json_string(format_kind(v.kind)));
	err |= json_object_set_new(row, "mode", cell_mode(v.mode));
	err |= json_object_set_new(row, "state", json_string(state_of(e)));
	err |= json_object_set_new(row, "up", json_boolean(v.flags & HP_ENDPOINT_UP));
	err |= json_object_set_new(row, "host_stack",
				   json_boolean(v.flags & HP_ENDPOINT_HOST_STACK));
	err |= json_object_set_new(row, "access", json_boolean(v.flags & HP_ENDPOINT_ACCESS));
	err |= json_object_set_new(row, "addresses", addresses_of(owned, e->id));
	err |= add_place(row, e);
	err |= json_array_append_new(rows, row);
	return err ? -ENOMEM : 0;
}

int endpoint_rows(json_t *rows, const struct snapshot *s)
{
	struct table sorted, owned;
	int err = sorted_copy(&sorted, &s->endpoints, compare_endpoints);

	err |= sorted_copy(&owned, &s->neigh, compare_owners);
	for (size_t i = 0; !err && i < sorted.count; i++) {
		const struct pins_endpoint *e = table_at(&sorted, i);

		if (e->value.kind != HP_KIND_HOST)
			err = add_row(rows, s, e, &owned);
	}
	table_free(&owned);
	table_free(&sorted);
	return err;
}

/* A MAC or an address in the one form that rows have; anything else as it is. */
static const char *normal_form(char out[46], const char *name)
{
	unsigned char addr[16];
	struct ether_addr mac;

	if (inet_pton(AF_INET, name, addr) == 1)
		return format_ip(out, AF_INET, addr);
	if (inet_pton(AF_INET6, name, addr) == 1)
		return format_ip(out, AF_INET6, addr);
	if (ether_aton_r(name, &mac))
		return format_mac(out, mac.ether_addr_octet);
	return name;
}

static bool is_text(const json_t *value, const char *text)
{
	return json_is_string(value) && !strcmp(json_string_value(value), text);
}

static bool has_text(const json_t *array, const char *text)
{
	json_t *value;
	size_t i;

	json_array_foreach (array, i, value) {
		if (is_text(value, text))
			return true;
	}
	return false;
}

/* A netns may have a '/' in its name: both halves are compared whole. */
static bool is_pair(const json_t *netns, const json_t *ifname, const char *name)
{
	size_t length = json_string_length(netns);

	return json_is_string(netns) && !strncmp(name, json_string_value(netns), length) &&
	       name[length] == '/' && is_text(ifname, name + length + 1);
}

static bool is_id(const json_t *id, const char *name)
{
	char text[24];

	snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(id));
	return !strcmp(text, name);
}

bool endpoint_row_matches(const json_t *row, const char *name)
{
	const json_t *netns = json_object_get(row, "netns"),
		     *ifname = json_object_get(row, "ifname");
	char buffer[46];
	const char *address = normal_form(buffer, name);

	return is_text(json_object_get(row, "name"), name) || container_is(row, name) ||
	       is_text(netns, name) || is_text(ifname, name) || is_pair(netns, ifname, name) ||
	       is_text(json_object_get(row, "mac"), address) ||
	       has_text(json_object_get(row, "addresses"), address) ||
	       is_id(json_object_get(row, "id"), name);
}

int endpoint_row_add_counters(json_t *row, const struct snapshot *s)
{
	__u32 id = json_integer_value(json_object_get(row, "id"));

	return json_object_set_new(row, "counters", cell_counters(s, id)) ? -ENOMEM : 0;
}

/* Appends to @found the rows of @s that @name stands for. */
static int find_rows(json_t *found, const struct snapshot *s, const json_t *known, const char *name)
{
	json_t *rows = json_array(), *row;
	int err = endpoint_rows(rows, s);
	size_t i;

	if (!err)
		err = containers_match(rows, known);
	json_array_foreach (rows, i, row) {
		if (endpoint_row_matches(row, name))
			err |= endpoint_row_add_counters(row, s) | json_array_append(found, row);
	}
	json_decref(rows);
	return err ? -ENOMEM : 0;
}

/* @rows: one of them, or an array. Columns of containers come last, and only where there are any.
 */
static int write_columns(const json_t *rows, const struct column *all, bool containers)
{
	struct column shown[sizeof(details) / sizeof(*details)];
	size_t n = 0;

	for (; all[n].title; n++) {
		if (!containers && !strncmp(all[n].key, "container.", strlen("container.")))
			break;
		shown[n] = all[n];
	}
	shown[n] = (struct column){};
	return json_is_array(rows) ? cli_write_table(rows, shown) : cli_write_pairs(rows, shown);
}

static int write_list(json_t *rows)
{
	int err = containers_name(rows);

	return err ? err : write_columns(rows, columns, containers_are_in(rows));
}

static int write_details(json_t *found)
{
	int err = containers_name(found);
	json_t *row;
	size_t i;

	json_array_foreach (found, i, row) {
		if (i)
			putchar('\n');
		err |= write_columns(row, details,
				     json_is_object(json_object_get(row, "container")));
		putchar('\n');
		err |= cli_write_table(json_object_get(row, "counters"), counters);
	}
	return err;
}

static int write_found(const struct options *o, json_t *found, const char *name)
{
	if (!json_array_size(found)) {
		cli_say("no endpoint \"%s\"; see hairpin endpoint", name);
		return CLI_FAILED;
	}
	if (o->json ? cli_write_json(found) : write_details(found))
		return cli_no_memory();
	return CLI_OK;
}

/* Nobody is asked when there are no endpoints. */
static json_t *ask_engines(const struct snapshots *s)
{
	return s->count ? engines_ask(ENGINES_MS) : json_array();
}

static int show(const struct options *o, const char *name)
{
	json_t *found = json_array(), *known;
	struct snapshots s;
	int status = cli_load(o, WANT_NEIGH | WANT_STATS, &s);
	int err = 0;

	known = ask_engines(&s);
	for (size_t i = 0; !err && i < s.count; i++)
		err = find_rows(found, &s.list[i], known, name);
	if (err)
		status = cli_no_memory();
	else if (!status || json_array_size(found)) /* else what failed has been said */
		status |= write_found(o, found, name);
	json_decref(known);
	json_decref(found);
	cli_unload(&s);
	return status;
}

static int list(const struct options *o)
{
	struct snapshots s;
	int status = cli_load(o, WANT_ENDPOINTS | WANT_NEIGH, &s);
	json_t *rows = cli_rows(&s, endpoint_rows), *known = ask_engines(&s);

	if (!rows || containers_match(rows, known) ||
	    (o->json ? cli_write_json(rows) : write_list(rows)))
		status = cli_no_memory();
	json_decref(known);
	json_decref(rows);
	cli_unload(&s);
	return status;
}

static int usage(const char *problem, const char *word)
{
	cli_say("endpoint: %s \"%s\"; allowed: list, show NAME, add NAME, "
		"del NAME, set NAME, check NAME",
		problem, word);
	return CLI_USAGE;
}

static int cmd_show(const struct options *o, int argc, char **argv)
{
	if (argc < 1) {
		cli_say("endpoint show: NAME is missing: a container, netns, ifname, netns/ifname, "
			"MAC, IP address or id");
		return CLI_USAGE;
	}
	return argc > 1 ? usage("unexpected word", argv[1]) : show(o, argv[0]);
}

static int cmd_list(const struct options *o, int argc, char **argv)
{
	return argc ? usage("unexpected word", argv[0]) : list(o);
}

/* What only looks at the maps takes no options of a device. */
static int look(const struct options *o, const char *command, int argc, char **argv)
{
	int status = session_options(o, command, SESSION_UPLINK | SESSION_JSON);

	if (status)
		return status;
	return strcmp(command, "show") ? cmd_list(o, argc, argv) : cmd_show(o, argc, argv);
}

int cmd_endpoint(const struct options *o, int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*function)(const struct options *o, int argc, char **argv);
	} commands[] = {
		{ "add", endpoint_add },
		{ "del", endpoint_del },
		{ "set", endpoint_set },
		{ "check", endpoint_check },
	};
	const char *command = argc ? argv[0] : "list";

	if (argc)
		argc--, argv++;
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (!strcmp(command, commands[i].name))
			return commands[i].function(o, argc, argv);
	}
	if (strcmp(command, "list") != 0 && strcmp(command, "show") != 0)
		return usage("unknown word", command);
	return look(o, command, argc, argv);
}
