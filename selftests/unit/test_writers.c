// SPDX-License-Identifier: BSD-2-Clause
/* hairpin's rows (structs to JSON) and writers (JSON to text). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <arpa/inet.h>

#include <cmocka.h>

#include "../../tools/render.h"
#include "../../tools/rows.h"
#include "format.h"

static const struct column columns[] = {
	{ "NAME", .key = "name", .alarm = "down" },
	{ "VLAN", .key = "vlan", .type = COLUMN_VLAN },
	{ "N", .key = "n", .type = COLUMN_NUMBER },
	{ "TAGS", .key = "parts.tag" },
	{},
};

static json_t *parse(const char *text)
{
	json_t *value = json_loads(text, 0, NULL);

	assert_non_null(value);
	return value;
}

/* What render_table() prints of the JSON text @rows; the caller frees it. */
static char *table_of(const char *rows, bool colour)
{
	json_t *value = parse(rows);
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_int_equal(render_table(f, colour, value, columns), 0);
	fclose(f);
	json_decref(value);
	return text;
}

static void assert_table(const char *rows, bool colour, const char *expected)
{
	char *text = table_of(rows, colour);

	assert_string_equal(text, expected);
	free(text);
}

static void table_aligns(void **state)
{
	(void)state;
	assert_table(
		"[{\"name\":\"a\",\"vlan\":50,\"n\":7,\"parts\":[{\"tag\":\"x\"}]},"
		" {\"name\":\"longer\",\"vlan\":0,\"n\":12345,\"parts\":[{\"tag\":\"yyyyyy\"}]}]",
		false,
		"NAME    VLAN      N  TAGS\n"
		"a         50      7  x\n"
		"longer     -  12345  yyyyyy\n");
}

static void table_counts_characters(void **state)
{
	(void)state;
	assert_table("[{\"name\":\"\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\",\"vlan\":1,\"n\":2}]",
		     false,
		     "NAME   VLAN  N  TAGS\n"
		     "\u00e9\u00e9\u00e9\u00e9\u00e9     1  2  -\n");
}

static void table_shows_nothing_as_dash(void **state)
{
	(void)state;
	assert_table("[{\"name\":null,\"vlan\":0,\"n\":0,\"parts\":[]}, {\"name\":\"\"}]", false,
		     "NAME  VLAN  N  TAGS\n"
		     "-        -  0  -\n"
		     "-        -  -  -\n");
}

static void table_joins_and_merges_elements(void **state)
{
	(void)state;
	assert_table(
		"[{\"name\":true,\"vlan\":1,\"n\":-1,\"parts\":[{\"tag\":\"x\"},{\"tag\":\"x\"},"
		"{\"tag\":null},{\"tag\":\"y\"}]}]",
		false,
		"NAME  VLAN   N  TAGS\n"
		"yes      1  -1  x,y\n");
}

static void table_defuses_control_characters(void **state)
{
	(void)state;
	assert_table("[{\"name\":\"a\\u001b[2J\\n\\u007f\",\"vlan\":1,\"n\":1}]", false,
		     "NAME     VLAN  N  TAGS\n"
		     "a?[2J??     1  1  -\n");
	assert_table("[{\"name\":\"\\u0080\\u009b2J\\u00a0\\u00e9\",\"vlan\":1,\"n\":1}]", false,
		     "NAME    VLAN  N  TAGS\n"
		     "??2J\u00a0\u00e9     1  1  -\n");
}

static void table_without_rows_is_silent(void **state)
{
	(void)state;
	assert_table("[]", false, "");
	assert_table("[]", true, "");
}

static void table_colours_header_and_alarm(void **state)
{
	(void)state;
	assert_table(
		"[{\"name\":\"down\",\"vlan\":1,\"n\":1}, {\"name\":\"downs\",\"vlan\":1,\"n\":1}]",
		true,
		"\033[1mNAME\033[0m   \033[1mVLAN\033[0m  \033[1mN\033[0m  \033[1mTAGS\033[0m\n"
		"\033[31mdown\033[0m      1  1  -\n"
		"downs     1  1  -\n");
}

static void pairs_align(void **state)
{
	static const struct column pairs[] = {
		{ "vlan", .key = "vlan", .type = COLUMN_VLAN },
		{ "host stack", .key = "own" },
		{},
	};
	json_t *row = parse("{\"vlan\":0,\"own\":false}");
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	assert_int_equal(render_pairs(f, false, row, pairs), 0);
	fclose(f);
	assert_string_equal(text, "vlan:       -\n"
				  "host stack: no\n");
	free(text);
	json_decref(row);
}

static void notes_may_have_commas(void **state)
{
	static const struct column notes[] = {
		{ "note", .key = "notes", .type = COLUMN_NOTES },
		{},
	};
	json_t *row = parse("{\"notes\":[\"no XDP, so far\",\"no BIG TCP\"]}");
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	assert_int_equal(render_pairs(f, false, row, notes), 0);
	fclose(f);
	assert_string_equal(text, "note: no XDP, so far; no BIG TCP\n");
	free(text);
	json_decref(row);
}

static void json_keeps_the_order_of_keys(void **state)
{
	json_t *value = parse("[{\"z\":1,\"a\":\"\\u001b\"}]");
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	assert_int_equal(render_json(f, value), 0);
	fclose(f);
	assert_string_equal(text, "[\n  {\n    \"z\": 1,\n    \"a\": \"\\u001B\"\n  }\n]\n");
	free(text);
	json_decref(value);
}

/* One uplink with a host, and endpoints in an order that is not the sorted one. */

static void put_endpoint(struct snapshot *s, __u32 id, struct hp_endpoint e, const char *netns,
			 const char *ifname)
{
	struct pins_endpoint record = { .id = id };

	memcpy(e.mac, (__u8[]){ 2, 0, 0, 0, 0, id }, sizeof(e.mac));
	strncpy(e.netns, netns, sizeof(e.netns) - 1);
	strncpy(e.ifname, ifname, sizeof(e.ifname) - 1);
	strncpy(e.parent, "eth0", sizeof(e.parent) - 1);
	record.value = e;
	assert_int_equal(table_put(&s->endpoints, &record), 1);
}

static void put_neigh(struct snapshot *s, __u32 id, __u16 vlan, const char *address)
{
	struct pins_neigh n = { .key.vlan = vlan, .value = { .endpoint = id } };

	n.key.family = strchr(address, ':') ? AF_INET6 : AF_INET;
	assert_int_equal(inet_pton(n.key.family, address, n.key.addr), 1);
	n.value.kind = id == 1 ? HP_KIND_HOST : HP_KIND_MACVLAN;
	n.value.flags = n.key.family == AF_INET6 ? HP_NEIGH_TENTATIVE : 0;
	assert_int_equal(table_put(&s->neigh, &n), 1);
}

static void put_fdb(struct snapshot *s, __u32 id, __u16 vlan, __u8 last)
{
	struct pins_fdb f = { .key = { .vlan = vlan, .mac = { 2, 0, 0, 0, 0, last } } };

	f.value = (struct hp_fdb){ .endpoint = id, .kind = HP_KIND_MACVLAN, .mode = HP_MODE_VEPA };
	assert_int_equal(table_put(&s->fdb, &f), 1);
}

static const struct hp_endpoint up = { .kind = HP_KIND_MACVLAN,
				       .mode = HP_MODE_BRIDGE,
				       .flags = HP_ENDPOINT_UP,
				       .nsid = 4,
				       .ifindex = 9 };

static int setup(void **state)
{
	struct snapshot *s = malloc(sizeof(*s));
	struct hp_endpoint e = up;

	assert_non_null(s);
	snapshot_init(s, "eth0");
	put_endpoint(s, 3, up, "b2", "eth1");
	put_endpoint(s, 2, up, "b2", "eth0");
	e.kind = HP_KIND_HOST;
	e.mode = HP_MODE_NONE;
	put_endpoint(s, 1, e, "host", "eth0");
	e = up;
	e.vlan = 256; /* its first byte in memory is less than that of 9 */
	e.mode = HP_MODE_PASSTHRU;
	put_endpoint(s, 4, e, "a1", "eth0");
	e.vlan = 9;
	e.flags = 0;
	put_endpoint(s, 5, e, "77/\xff sh", "tap0");
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	snapshot_free(*state);
	free(*state);
	return 0;
}

static json_t *rows_of(int (*build)(json_t *rows, const struct snapshot *s), void **state)
{
	json_t *rows = json_array();

	assert_int_equal(build(rows, *state), 0);
	return rows;
}

static const char *text_at(const json_t *rows, size_t i, const char *key)
{
	return json_string_value(json_object_get(json_array_get(rows, i), key));
}

static json_int_t number_at(const json_t *rows, size_t i, const char *key)
{
	const json_t *value = json_object_get(json_array_get(rows, i), key);

	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

/* The text of @value's JSON, compact; the caller frees it. */
static void assert_json(const json_t *value, const char *expected)
{
	char *text = json_dumps(value, JSON_COMPACT);

	assert_string_equal(text, expected);
	free(text);
}

static void endpoints_are_sorted_without_the_host(void **state)
{
	static const json_int_t order[] = { 2, 3, 5, 4 };
	json_t *rows = rows_of(endpoint_rows, state);

	assert_int_equal(json_array_size(rows), 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(number_at(rows, i, "id"), order[i]);
	json_decref(rows);
}

static void endpoint_has_stable_keys(void **state)
{
	json_t *rows;

	put_neigh(*state, 2, 0, "192.0.2.5");
	rows = rows_of(endpoint_rows, state);
	assert_json(json_array_get(rows, 0),
		    "{\"uplink\":\"eth0\",\"id\":2,\"name\":\"b2\",\"netns\":\"b2\",\"ifname\":"
		    "\"eth0\","
		    "\"parent\":\"eth0\",\"vlan\":0,\"mac\":\"02:00:00:00:00:02\","
		    "\"kind\":\"macvlan\",\"mode\":\"bridge\",\"state\":\"up\",\"up\":true,"
		    "\"host_stack\":false,\"access\":false,\"addresses\":[\"192.0.2.5\"],"
		    "\"ifindex\":9,\"nsid\":4,"
		    "\"netns_inode\":null,\"first_seen\":null}");
	json_decref(rows);
}

static void endpoint_state_says_left_alone(void **state)
{
	json_t *rows = rows_of(endpoint_rows, state);

	assert_string_equal(text_at(rows, 0, "state"), "up");
	assert_string_equal(text_at(rows, 2, "state"), "down");
	assert_string_equal(text_at(rows, 3, "state"), "left-alone");
	json_decref(rows);
}

static void endpoint_name_need_not_be_utf8(void **state)
{
	json_t *rows = rows_of(endpoint_rows, state);

	assert_string_equal(text_at(rows, 2, "netns"), "77/? sh");
	json_decref(rows);
}

/* IPv4 as numbers, then IPv6, then link-local, and only its own. */
static void addresses_are_joined_by_id(void **state)
{
	static const char *const addresses[] = { "fe80::1", "2001:db8::1", "192.0.2.100",
						 "192.0.2.20", "2001:db8::2" };
	json_t *rows;

	for (size_t i = 0; i < 5; i++)
		put_neigh(*state, 3, 0, addresses[i]);
	put_neigh(*state, 2, 0, "192.0.2.7");
	put_neigh(*state, 4, 256, "192.0.2.7");
	rows = rows_of(endpoint_rows, state);
	assert_json(json_object_get(json_array_get(rows, 1), "addresses"),
		    "[\"192.0.2.20\",\"192.0.2.100\",\"2001:db8::1\",\"2001:db8::2\",\"fe80::1\"]");
	assert_json(json_object_get(json_array_get(rows, 0), "addresses"), "[\"192.0.2.7\"]");
	assert_json(json_object_get(json_array_get(rows, 2), "addresses"), "[]");
	json_decref(rows);
}

static void time_is_iso8601_with_an_offset(void **state)
{
	json_t *time;

	(void)state;
	setenv("TZ", "XXX-05:30", 1); /* POSIX counts west */
	tzset();
	time = cell_time(1700000000123456789ULL);
	assert_string_equal(json_string_value(time), "2023-11-15T03:43:20+05:30");
	json_decref(time);
	unsetenv("TZ");
	tzset();
}

static void show_finds_by_every_name(void **state)
{
	static const char *const names[] = { "b2",	    "eth0",
					     "b2/eth0",	    "02:00:00:00:00:02",
					     "2:0:0:0:0:2", "2",
					     "192.0.2.5",   "2001:DB8:0:0::5" };
	static const char *const others[] = {
		"b", "b2/", "b2/eth1", "b2/eth00",	    "b2:eth0",	  "eth",
		"",  "02",  "22",      "02:00:00:00:00:03", "192.0.2.50", "2001:db8::"
	};
	const json_t *row;
	json_t *rows;

	put_neigh(*state, 2, 0, "192.0.2.5");
	put_neigh(*state, 2, 0, "2001:db8::5");
	rows = rows_of(endpoint_rows, state);
	row = json_array_get(rows, 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_true(endpoint_row_matches(row, names[i]));
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_false(endpoint_row_matches(row, others[i]));
	assert_true(endpoint_row_matches(json_array_get(rows, 2), "77/? sh/tap0"));
	json_decref(rows);
}

static void fdb_is_sorted_by_number(void **state)
{
	json_t *rows;

	put_fdb(*state, 4, 256, 1);
	put_fdb(*state, 5, 9, 7);
	put_fdb(*state, 99, 9, 3);
	rows = rows_of(fdb_rows, state);
	assert_json(json_array_get(rows, 0),
		    "{\"uplink\":\"eth0\",\"vlan\":9,\"mac\":\"02:00:00:00:00:03\","
		    "\"kind\":\"macvlan\",\"mode\":\"vepa\",\"host_stack\":false,\"access\":false,"
		    "\"endpoint\":99,"
		    "\"name\":null,\"netns\":null,\"ifname\":null}");
	assert_int_equal(number_at(rows, 1, "endpoint"), 5);
	assert_int_equal(number_at(rows, 2, "vlan"), 256);
	assert_string_equal(text_at(rows, 2, "netns"), "a1");
	json_decref(rows);
}

static void neigh_is_sorted_by_number(void **state)
{
	static const char *const order[] = { "192.0.2.9", "192.0.2.10", "2001:db8::9",
					     "192.0.2.1" };
	json_t *rows;

	put_neigh(*state, 4, 256, "192.0.2.1");
	put_neigh(*state, 2, 0, "2001:db8::9");
	put_neigh(*state, 2, 0, "192.0.2.10");
	put_neigh(*state, 1, 0, "192.0.2.9");
	rows = rows_of(neigh_rows, state);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(text_at(rows, i, "address"), order[i]);
	assert_json(json_array_get(rows, 2),
		    "{\"uplink\":\"eth0\",\"vlan\":0,\"address\":\"2001:db8::9\","
		    "\"mac\":\"00:00:00:00:00:00\",\"kind\":\"macvlan\",\"tentative\":true,"
		    "\"endpoint\":2,\"name\":\"b2\",\"netns\":\"b2\",\"ifname\":\"eth0\"}");
	assert_string_equal(text_at(rows, 0, "kind"), "host");
	json_decref(rows);
}

static void put_segment(struct snapshot *s, __u16 vlan, __u16 flags)
{
	struct pins_segment g = { .vlan = vlan, .value.flags = flags };

	g.value.host_mac[5] = 9;
	assert_int_equal(table_put(&s->segments, &g), 1);
}

static void uplink_counts_and_sorts(void **state)
{
	struct snapshot *s = *state;
	json_t *rows;

	s->meta = (struct hp_meta){ .abi = HP_ABI,
				    .ifindex = 3,
				    .netns_ino = 5,
				    .hook = HP_HOOK_CLSACT,
				    .own_clsact = 1,
				    .settings.reflect = 1 };
	put_segment(s, 256, HP_SEGMENT_CLOSED);
	put_segment(s, 9, HP_SEGMENT_HOST | HP_SEGMENT_KNOWN_IPV4);
	put_segment(s, 0, HP_SEGMENT_HOST | HP_SEGMENT_VEPA | HP_SEGMENT_KNOWN_IPV6);
	rows = rows_of(uplink_rows, state);
	assert_json(rows, "[{\"uplink\":\"eth0\",\"abi\":6,\"ifindex\":3,\"netns_inode\":5,"
			  "\"hook\":\"clsact\",\"own_clsact\":true,\"xdp\":\"none\",\"notes\":[],"
			  "\"reflect\":true,\"steer\":false,\"storm\":null,\"gso_max_size\":null,"
			  "\"xdp_wanted\":\"auto\","
			  "\"endpoints\":4,\"endpoints_up\":2,\"segments\":["
			  "{\"vlan\":0,\"host_mac\":\"00:00:00:00:00:09\",\"vepa\":true,"
			  "\"closed\":false,\"known_ipv4\":false,\"known_ipv6\":true},"
			  "{\"vlan\":9,\"host_mac\":\"00:00:00:00:00:09\",\"vepa\":false,"
			  "\"closed\":false,\"known_ipv4\":true,\"known_ipv6\":false},"
			  "{\"vlan\":256,\"host_mac\":null,\"vepa\":false,"
			  "\"closed\":true,\"known_ipv4\":false,\"known_ipv6\":false}]}]");
	json_decref(rows);
}

/* The uplink's row with this meta; the caller drops it. */
static json_t *uplink_row(struct snapshot *s, struct hp_meta meta)
{
	json_t *rows = json_array(), *row;

	s->meta = meta;
	assert_int_equal(uplink_rows(rows, s), 0);
	row = json_incref(json_array_get(rows, 0));
	json_decref(rows);
	return row;
}

static void uplink_says_why_there_is_no_xdp(void **state)
{
	static const struct {
		struct hp_meta meta;
		const char *notes;
	} rows[] = {
		{ { .no_xdp = HP_NO_XDP_NONE, .xdp = HP_XDP_NATIVE }, "[]" },
		{ { .no_xdp = HP_NO_XDP_OFF }, "[]" }, /* as it was wanted */
		{ { .no_xdp = HP_NO_XDP_DRIVER }, "[\"no XDP: the driver reports no XDP\"]" },
		{ { .no_xdp = HP_NO_XDP_TAGS }, "[\"no XDP: VLAN tags would be hidden from it\"]" },
		{ { .no_xdp = HP_NO_XDP_REFUSED, .xdp_errno = EINVAL },
		  "[\"no XDP: the kernel refused it: Invalid argument\"]" },
		{ { .nic = HP_NIC_RX_VLAN, .xdp = HP_XDP_NATIVE },
		  "[\"rx-vlan-offload turned off\"]" },
		{ { .nic = HP_NIC_RX_VLAN_FILTER }, "[\"rx-vlan-filter turned off\"]" },
		{ { .nic = HP_NIC_FILTERS_VLANS },
		  "[\"the NIC receives only VLANs that have a VLAN device, "
		  "and cannot turn rx-vlan-filter off\"]" },
		{ { .nic = HP_NIC_RX_VLAN, .no_xdp = HP_NO_XDP_BUSY },
		  "[\"no XDP: somebody else's program is there\",\"rx-vlan-offload turned off\"]" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		json_t *row = uplink_row(*state, rows[i].meta);

		assert_json(json_object_get(row, "notes"), rows[i].notes);
		json_decref(row);
	}
}

static void uplink_says_why_there_is_no_big_tcp(void **state)
{
	static const struct {
		struct hp_settings settings;
		const char *notes;
	} rows[] = {
		{ { .gso = 196608 }, "[]" },
		{ { .no_gso = HP_NO_GSO_KERNEL },
		  "[\"no BIG TCP: the kernel has none (it needs 5.19)\"]" },
		{ { .no_gso = HP_NO_GSO_TAP }, "[\"no BIG TCP: there is a macvtap or ipvtap\"]" },
		{ { .gso = 196608, .no_gso = HP_NO_GSO_IPV4 },
		  "[\"BIG TCP over IPv6 alone: for IPv4 the kernel needs 6.3\"]" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct hp_meta meta = { .no_xdp = HP_NO_XDP_OFF, .settings = rows[i].settings };
		json_t *row = uplink_row(*state, meta);

		assert_json(json_object_get(row, "notes"), rows[i].notes);
		json_decref(row);
	}
}

static void uplink_shows_settings(void **state)
{
	json_t *row = uplink_row(*state, (struct hp_meta){ .xdp = HP_XDP_GENERIC,
							   .settings = { .steer = 1,
									 .xdp = HP_XDP_WANT_NATIVE,
									 .storm = 0xffffffff,
									 .gso = 196608 } });

	assert_true(json_is_false(json_object_get(row, "reflect")));
	assert_true(json_is_true(json_object_get(row, "steer")));
	assert_int_equal(json_integer_value(json_object_get(row, "storm")), 0xffffffff);
	assert_int_equal(json_integer_value(json_object_get(row, "gso_max_size")), 196608);
	assert_string_equal(json_string_value(json_object_get(row, "xdp")), "generic");
	assert_string_equal(json_string_value(json_object_get(row, "xdp_wanted")), "native");
	json_decref(row);
}

/* The name that an endpoint was made under takes the place of its netns's, everywhere. */
static void an_endpoint_goes_by_its_name(void **state)
{
	int (*const builders[])(json_t *, const struct snapshot *) = { endpoint_rows, fdb_rows,
								       neigh_rows, stats_rows };
	struct hp_endpoint e = up;

	memset(e.name, 'n', sizeof(e.name)); /* without a zero: all of it counts */
	put_endpoint(*state, 6, e, "aaa", "eth0");
	put_fdb(*state, 6, 0, 1);
	put_neigh(*state, 6, 0, "192.0.2.1");
	for (size_t i = 0; i < sizeof(builders) / sizeof(*builders); i++) {
		json_t *rows = rows_of(builders[i], state);

		assert_string_equal(text_at(rows, 0, "netns"), "aaa");
		assert_string_equal(text_at(rows, 0, "name"), "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn");
		json_decref(rows);
	}
}

/* Not on every VLAN: that is for the programs. */
static void neigh_leaves_out_what_holds_everywhere(void **state)
{
	json_t *rows;

	put_neigh(*state, 0, HP_VLAN_ANY, "192.0.2.1");
	put_neigh(*state, 2, HP_VLAN_ANY - 1, "192.0.2.2");
	rows = rows_of(neigh_rows, state);
	assert_int_equal(json_array_size(rows), 1);
	assert_string_equal(text_at(rows, 0, "address"), "192.0.2.2");
	json_decref(rows);
}

static void put_stats(struct snapshot *s, __u32 id)
{
	struct snapshot_stats record = { .id = id };

	record.value.rx.host = (struct hp_counter){ 1, 2 };
	record.value.tx.host = (struct hp_counter){ 3, 4 };
	record.value.rx.wire = (struct hp_counter){ 5, 6 };
	record.value.tx.peer = (struct hp_counter){ 1ULL << 40, 7 };
	assert_int_equal(table_put(&s->stats, &record), 1);
}

static void stats_have_a_row_for_each_path(void **state)
{
	json_t *rows;

	put_stats(*state, 2);
	rows = rows_of(stats_rows, state);
	assert_int_equal(json_array_size(rows), 5 * 3); /* the host as well */
	assert_json(
		json_array_get(rows, 0),
		"{\"uplink\":\"eth0\",\"vlan\":0,\"endpoint\":2,\"name\":\"b2\",\"netns\":\"b2\","
		"\"ifname\":\"eth0\",\"path\":\"host\",\"rx_packets\":1,\"rx_bytes\":2,"
		"\"tx_packets\":3,\"tx_bytes\":4}");
	assert_string_equal(text_at(rows, 1, "path"), "wire");
	assert_int_equal(number_at(rows, 1, "rx_bytes"), 6);
	assert_string_equal(text_at(rows, 2, "path"), "peer");
	assert_int_equal(number_at(rows, 2, "tx_packets"), 1LL << 40);
	assert_int_equal(number_at(rows, 3, "endpoint"), 3); /* no slot yet: zeros */
	assert_int_equal(number_at(rows, 3, "rx_packets"), 0);
	assert_string_equal(text_at(rows, 6, "netns"), "host");
	json_decref(rows);
}

static void show_adds_counters(void **state)
{
	json_t *rows;

	put_stats(*state, 2);
	rows = rows_of(endpoint_rows, state);
	assert_int_equal(endpoint_row_add_counters(json_array_get(rows, 0), *state), 0);
	assert_json(json_object_get(json_array_get(rows, 0), "counters"),
		    "[{\"path\":\"host\",\"rx_packets\":1,\"rx_bytes\":2,\"tx_packets\":3,"
		    "\"tx_bytes\":4},{\"path\":\"wire\",\"rx_packets\":5,\"rx_bytes\":6,"
		    "\"tx_packets\":0,\"tx_bytes\":0},{\"path\":\"peer\",\"rx_packets\":0,"
		    "\"rx_bytes\":0,\"tx_packets\":1099511627776,\"tx_bytes\":7}]");
	json_decref(rows);
}

static void reasons_that_never_happened_are_left_out(void **state)
{
	struct snapshot *s = *state;
	json_t *rows = json_array();

	s->reasons[HP_REASON_TO_HOST] = (struct hp_counter){ 2, 120 };
	assert_int_equal(reason_rows(rows, s, false), 0);
	assert_json(rows, "[{\"uplink\":\"eth0\",\"reason\":\"to-host\",\"frames\":2,"
			  "\"bytes\":120,\"help\":"
			  "\"group frame of an endpoint, copied to the host alone\"}]");
	json_array_clear(rows);
	assert_int_equal(reason_rows(rows, s, true), 0);
	assert_int_equal(json_array_size(rows), HP_REASON_COUNT);
	json_decref(rows);
}

static void words_for_what_is_not_known(void **state)
{
	char ip[46], mac[18];

	(void)state;
	assert_string_equal(format_kind(HP_KIND_MACVTAP), "macvtap");
	assert_string_equal(format_kind(HP_KIND_IPVLAN), "ipvlan");
	assert_string_equal(format_kind(200), "unknown");
	assert_string_equal(format_mode(HP_MODE_SOURCE), "source");
	assert_string_equal(format_mode(HP_MODE_L3S), "l3s");
	assert_string_equal(format_mode(HP_MODE_L3S + 1), "unknown");
	assert_string_equal(format_hook(HP_HOOK_TCX), "tcx");
	assert_string_equal(format_hook(255), "unknown");
	assert_string_equal(format_xdp(HP_XDP_NATIVE + 2), "unknown");
	assert_string_equal(format_xdp_want(HP_XDP_WANT_GENERIC + 1), "unknown");
	assert_string_equal(format_no_xdp(HP_NO_XDP_VETH + 1), "unknown");
	assert_string_equal(format_no_gso(HP_NO_GSO_IPV4 + 1), "unknown");
	assert_string_equal(format_ip(ip, 77, "0123456789abcdef"), "?");
	assert_string_equal(format_mac(mac, (const __u8 *)"\xff\x0a\0\0\0\x01"),
			    "ff:0a:00:00:00:01");
}

#define WITH_SNAPSHOT(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_aligns),
		cmocka_unit_test(table_counts_characters),
		cmocka_unit_test(table_shows_nothing_as_dash),
		cmocka_unit_test(table_joins_and_merges_elements),
		cmocka_unit_test(table_defuses_control_characters),
		cmocka_unit_test(table_without_rows_is_silent),
		cmocka_unit_test(table_colours_header_and_alarm),
		cmocka_unit_test(pairs_align),
		cmocka_unit_test(notes_may_have_commas),
		cmocka_unit_test(json_keeps_the_order_of_keys),
		WITH_SNAPSHOT(endpoints_are_sorted_without_the_host),
		WITH_SNAPSHOT(endpoint_has_stable_keys),
		WITH_SNAPSHOT(endpoint_state_says_left_alone),
		WITH_SNAPSHOT(endpoint_name_need_not_be_utf8),
		WITH_SNAPSHOT(addresses_are_joined_by_id),
		cmocka_unit_test(time_is_iso8601_with_an_offset),
		WITH_SNAPSHOT(show_finds_by_every_name),
		WITH_SNAPSHOT(fdb_is_sorted_by_number),
		WITH_SNAPSHOT(neigh_is_sorted_by_number),
		WITH_SNAPSHOT(uplink_counts_and_sorts),
		WITH_SNAPSHOT(uplink_says_why_there_is_no_xdp),
		WITH_SNAPSHOT(uplink_says_why_there_is_no_big_tcp),
		WITH_SNAPSHOT(uplink_shows_settings),
		WITH_SNAPSHOT(an_endpoint_goes_by_its_name),
		WITH_SNAPSHOT(neigh_leaves_out_what_holds_everywhere),
		WITH_SNAPSHOT(stats_have_a_row_for_each_path),
		WITH_SNAPSHOT(show_adds_counters),
		WITH_SNAPSHOT(reasons_that_never_happened_are_left_out),
		cmocka_unit_test(words_for_what_is_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
