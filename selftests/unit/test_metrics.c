// SPDX-License-Identifier: BSD-2-Clause
/* The page of metrics, byte for byte where a scraper is strict. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "http.h"
#include "metrics.h"

/* ---- label values */

static void escaping(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} rows[] = {
		{ "web", "web" },
		{ "", "" },
		{ "a\\b", "a\\\\b" },
		{ "say \"no\"", "say \\\"no\\\"" },
		{ "two\nlines", "two\\nlines" },
		{ "\t\x01\x1f\x7f", "????" },
		{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
		{ "\xe2\x82\xac\xf0\x9f\x90\xb3", "\xe2\x82\xac\xf0\x9f\x90\xb3" },
		{ "gr\xfc\xc3\x9f", "gr???" },	/* Latin-1: nothing of it is believed */
		{ "\xc3", "?" },		/* ends early */
		{ "\xc0\xaf", "??" },		/* overlong */
		{ "\xe0\x80\xaf", "???" },	/* overlong */
		{ "\xf0\x80\x80\xaf", "????" }, /* overlong */
		{ "\xed\xa0\x80", "???" },	/* surrogate */
		{ "\xf4\x90\x80\x80", "????" }, /* beyond U+10FFFF */
		{ "\xf5\x80\x80\x80", "????" },
		{ "\x80", "?" },
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(metrics_escape(out, rows[i].text, 24), rows[i].want);
}

/* An array of the maps ends with its last byte, and none follows. */
static void escaping_ends_with_the_array(void **state)
{
	static const char quotes[4] = { '"', '"', '"', '"' };
	static const char early[4] = { 'a', 'b', 'c', '\xc3' }; /* it would go on behind it */
	char *text = malloc(4), *out = malloc(2 * 4 + 1);

	(void)state;
	memcpy(text, quotes, 4);
	assert_string_equal(metrics_escape(out, text, 4), "\\\"\\\"\\\"\\\"");
	memcpy(text, early, 4);
	assert_string_equal(metrics_escape(out, text, 4), "abc?");
	free(text);
	free(out);
}

/* ---- the page */

struct world {
	struct state observed;
	struct metrics_agent agent;
	struct hp_stats *stats;
	struct hp_counter reasons[HP_REASON_COUNT];
	struct metrics_uplink uplink;
	struct metrics m;
	char *page;
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct uplink_state *u = state_add(&w->observed, "eth0");

	u->hook = HP_HOOK_TCX;
	u->xdp = HP_XDP_NATIVE;
	u->attached = true;
	u->settings.steer = 1;
	w->stats = calloc(8, sizeof(*w->stats));
	w->uplink = (struct metrics_uplink){
		.state = u, .stats = w->stats, .slots = 8, .reasons = w->reasons
	};
	w->m = (struct metrics){ .agent = &w->agent, .count = 1, .uplinks = &w->uplink };
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	state_free(&w->observed);
	free(w->stats);
	free(w->page);
	free(w);
	return 0;
}

static void add(struct world *w, __u32 id, const char *netns, const char *name, enum hp_mode mode)
{
	struct pins_endpoint e = { .id = id };

	e.value.kind = mode == HP_MODE_NONE ? HP_KIND_HOST : HP_KIND_MACVLAN;
	e.value.mode = mode;
	e.value.vlan = 50;
	e.value.flags = HP_ENDPOINT_UP;
	strcpy(e.value.ifname, "eth0");
	memcpy(e.value.netns, netns, strnlen(netns, sizeof(e.value.netns)));
	memcpy(e.value.name, name, strnlen(name, sizeof(e.value.name)));
	table_put(&w->observed.uplinks[0].maps[PINS_ENDPOINTS], &e);
}

static const char *render(struct world *w)
{
	size_t size;
	FILE *out;

	free(w->page);
	out = open_memstream(&w->page, &size);
	assert_int_equal(metrics_write(out, &w->m), 0);
	fclose(out);
	return w->page;
}

static bool has_line(const char *page, const char *line)
{
	size_t size = strlen(line);

	for (; page && *page; page = strchr(page, '\n'), page += !!page) {
		if (!strncmp(page, line, size) && page[size] == '\n')
			return true;
	}
	return false;
}

#define assert_line(page, line) assert_row(line, has_line(page, line))

static size_t count(const char *page, const char *word)
{
	size_t n = 0;

	while ((page = strstr(page, word))) {
		page += strlen(word);
		n++;
	}
	return n;
}

static void nothing_is_served(void **state)
{
	struct world *w = *state;
	const char *page;
	char info[64];

	w->m.count = 0;
	page = render(w);
	snprintf(info, sizeof(info), "hairpin_build_info{version=\"%s\",abi=\"%d\"} 1",
		 HAIRPIN_VERSION, HP_ABI);
	assert_line(page, info);
	assert_line(page, "hairpin_uplinks 0");
	assert_int_equal(count(page, "uplink=\""), 0);
}

static void the_uplink(void **state)
{
	struct world *w = *state;
	const char *page;

	w->reasons[HP_REASON_STORM] = (struct hp_counter){ 7, 420 };
	w->uplink.capacity[PINS_FDB] = 65536;
	page = render(w);
	assert_line(page, "hairpin_uplink_info{uplink=\"eth0\",hook=\"tcx\",xdp=\"native\",xdp_"
			  "wanted=\"auto\"} 1");
	assert_line(page, "hairpin_uplink_attached{uplink=\"eth0\"} 1");
	assert_line(page, "hairpin_uplink_reflect{uplink=\"eth0\"} 0");
	assert_line(page, "hairpin_uplink_steer{uplink=\"eth0\"} 1");
	assert_line(page, "hairpin_frames_total{uplink=\"eth0\",reason=\"storm\"} 7");
	assert_line(page, "hairpin_frame_bytes_total{uplink=\"eth0\",reason=\"storm\"} 420");
	assert_line(page, "hairpin_map_entries{uplink=\"eth0\",map=\"fdb\"} 0");
	assert_line(page, "hairpin_map_max_entries{uplink=\"eth0\",map=\"fdb\"} 65536");
	assert_int_equal(count(page, "\nhairpin_frames_total{"), HP_REASON_COUNT);
	w->uplink.reasons = NULL;
	assert_int_equal(count(render(w), "\nhairpin_frames_total{"), 0);
}

static void endpoints(void **state)
{
	struct world *w = *state;
	const char *page;

	add(w, 1, "host", "", HP_MODE_NONE);
	add(w, 2, "b\"1", "", HP_MODE_BRIDGE);
	add(w, 3, "netns", "web", HP_MODE_VEPA);
	add(w, 9, "late", "", HP_MODE_BRIDGE); /* has no slot yet */
	w->stats[2].tx.peer = (struct hp_counter){ 3, 300 };
	page = render(w);
	assert_line(
		page,
		"hairpin_endpoint_packets_total{uplink=\"eth0\",vlan=\"50\",endpoint=\"b\\\"1\","
		"ifname=\"eth0\",direction=\"tx\",path=\"peer\"} 3");
	assert_line(page,
		    "hairpin_endpoint_bytes_total{uplink=\"eth0\",vlan=\"50\",endpoint=\"b\\\"1\","
		    "ifname=\"eth0\",direction=\"tx\",path=\"peer\"} 300");
	assert_line(page,
		    "hairpin_endpoint_packets_total{uplink=\"eth0\",vlan=\"50\",endpoint=\"late\","
		    "ifname=\"eth0\",direction=\"rx\",path=\"wire\"} 0");
	assert_line(page, "hairpin_endpoint_info{uplink=\"eth0\",vlan=\"50\",endpoint=\"web\","
			  "ifname=\"eth0\","
			  "kind=\"macvlan\",mode=\"vepa\"} 1");
	assert_line(page, "hairpin_endpoint_up{uplink=\"eth0\",vlan=\"50\",endpoint=\"web\",ifname="
			  "\"eth0\"} 1");
	assert_line(page, "hairpin_endpoints{uplink=\"eth0\",kind=\"macvlan\",mode=\"bridge\","
			  "state=\"up\"} 2");
	assert_line(page, "hairpin_endpoints{uplink=\"eth0\",kind=\"macvlan\",mode=\"bridge\","
			  "state=\"down\"} 0");
	assert_int_equal(count(page, "\nhairpin_endpoints{"), 4); /* not the host's */
	assert_int_equal(count(page, "\nhairpin_endpoint_packets_total{"), 4 * 6);
	assert_line(page, "hairpin_endpoints_left_out{uplink=\"eth0\"} 0");
	w->uplink.stats = NULL;
	w->uplink.slots = 0;
	page = render(w);
	assert_int_equal(count(page, "\nhairpin_endpoint_packets_total{"), 0);
	assert_int_equal(count(page, "\nhairpin_endpoint_up{"), 4);
}

/* The same labels twice would have a scraper refuse the page. */
static void two_of_one_name(void **state)
{
	struct world *w = *state;
	const char *page;

	add(w, 3, "twin", "", HP_MODE_BRIDGE);
	add(w, 2, "twin", "", HP_MODE_BRIDGE);
	add(w, 4, "other", "", HP_MODE_BRIDGE);
	w->stats[2].rx.host.packets = 22;
	page = render(w);
	assert_line(page, "hairpin_endpoints_left_out{uplink=\"eth0\"} 1");
	assert_line(page,
		    "hairpin_endpoint_packets_total{uplink=\"eth0\",vlan=\"50\",endpoint=\"twin\","
		    "ifname=\"eth0\",direction=\"rx\",path=\"host\"} 22");
	assert_int_equal(count(page, "\nhairpin_endpoint_up{"), 2);
	assert_line(page, "hairpin_endpoints{uplink=\"eth0\",kind=\"macvlan\",mode=\"bridge\","
			  "state=\"up\"} 3");
}

static void the_limit(void **state)
{
	struct world *w = *state;
	char name[16];
	const char *page;

	for (__u32 i = 1; i <= METRICS_ENDPOINTS + 5; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		add(w, i, name, "", HP_MODE_BRIDGE);
	}
	page = render(w);
	assert_int_equal(count(page, "\nhairpin_endpoint_up{"), METRICS_ENDPOINTS);
	assert_line(page, "hairpin_endpoints_left_out{uplink=\"eth0\"} 5");
}

static void made_up_names(void **state)
{
	struct world *w = *state;

	add(w, 1, "4f1c2d3e4a5b", "cni-0123456789-9876543210", HP_MODE_BRIDGE);
	add(w, 2, "lab", "web", HP_MODE_BRIDGE);
	render(w);
	assert_line(w->page, "hairpin_endpoint_up{uplink=\"eth0\",vlan=\"50\",endpoint="
			     "\"4f1c2d3e4a5b\",ifname=\"eth0\"} 1");
	assert_line(w->page, "hairpin_endpoint_up{uplink=\"eth0\",vlan=\"50\",endpoint="
			     "\"web\",ifname=\"eth0\"} 1");
}

/* Names may fill their arrays, with bytes that take two when escaped. */
static void the_longest_names(void **state)
{
	struct world *w = *state;
	char netns[65] = "", want[600], name[129] = "";

	memset(netns, '"', 64);
	add(w, 1, netns, "", HP_MODE_BRIDGE);
	for (int i = 0; i < 64; i++)
		strcat(name, "\\\"");
	snprintf(want, sizeof(want),
		 "hairpin_endpoint_up{uplink=\"eth0\",vlan=\"50\",endpoint=\"%s\",ifname=\"eth0\"} "
		 "1",
		 name);
	assert_line(render(w), want);
}

static void passes(void **state)
{
	struct world *w = *state;
	const char *page;

	metrics_observe(&w->agent.passes, 1000000); /* the bound itself is within */
	metrics_observe(&w->agent.passes, 1000001);
	metrics_observe(&w->agent.passes, 70000000000);
	page = render(w);
	assert_line(page, "hairpin_pass_duration_seconds_bucket{le=\"0.001\"} 1");
	assert_line(page, "hairpin_pass_duration_seconds_bucket{le=\"0.005\"} 2");
	assert_line(page, "hairpin_pass_duration_seconds_bucket{le=\"5\"} 2");
	assert_line(page, "hairpin_pass_duration_seconds_bucket{le=\"+Inf\"} 3");
	assert_line(page, "hairpin_pass_duration_seconds_sum 70.002000001");
	assert_line(page, "hairpin_pass_duration_seconds_count 3");
}

static void reloads(void **state)
{
	struct world *w = *state;
	const char *page;

	w->agent.failed_reloads = 2;
	w->agent.reload_failed = true;
	w->agent.reloaded = 1700000000;
	w->m.failed_endpoints = 4;
	page = render(w);
	assert_line(page, "hairpin_config_reloads_total{result=\"failure\"} 2");
	assert_line(page, "hairpin_config_last_reload_successful 0");
	assert_line(page, "hairpin_config_last_reload_success_timestamp_seconds 1700000000");
	assert_line(page, "hairpin_declared_endpoints_failed 4");
}

/* ---- where it is served */

static void addresses(void **state)
{
	static const struct {
		const char *text;
		int want;
	} rows[] = {
		{ "127.0.0.1:9469", AF_INET },
		{ "0.0.0.0:1", AF_INET },
		{ "[::1]:9469", AF_INET6 },
		{ "[::]:65535", AF_INET6 },
		{ "", -EINVAL },
		{ "127.0.0.1", -EINVAL },
		{ ":9469", -EINVAL },
		{ "127.0.0.1:", -EINVAL },
		{ "127.0.0.1:0", -EINVAL },
		{ "127.0.0.1:65536", -EINVAL },
		{ "127.0.0.1:+80", -EINVAL },
		{ "127.0.0.1:80x", -EINVAL },
		{ "127.0.0.1:99999999999999999999", -EINVAL },
		{ "::1:9469", -EINVAL },
		{ "[::1]9469", -EINVAL },
		{ "[::1:9469", -EINVAL },
		{ "[]:9469", -EINVAL },
		{ "[127.0.0.1]:9469", -EINVAL },
		{ "localhost:9469", -EINVAL },
		{ "[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc]:80", -EINVAL },
	};
	struct sockaddr_storage address;
	socklen_t length;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int err = http_address(rows[i].text, &address, &length);

		assert_row(rows[i].text, (err ? err : address.ss_family) == rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escaping),
		cmocka_unit_test(escaping_ends_with_the_array),
		cmocka_unit_test_setup_teardown(nothing_is_served, setup, teardown),
		cmocka_unit_test_setup_teardown(the_uplink, setup, teardown),
		cmocka_unit_test_setup_teardown(endpoints, setup, teardown),
		cmocka_unit_test_setup_teardown(two_of_one_name, setup, teardown),
		cmocka_unit_test_setup_teardown(the_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(made_up_names, setup, teardown),
		cmocka_unit_test_setup_teardown(the_longest_names, setup, teardown),
		cmocka_unit_test_setup_teardown(passes, setup, teardown),
		cmocka_unit_test_setup_teardown(reloads, setup, teardown),
		cmocka_unit_test(addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
