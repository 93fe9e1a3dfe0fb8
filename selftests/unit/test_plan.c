// SPDX-License-Identifier: BSD-2-Clause
/* Operations in words, and what a user can do about one that failed. */
#include "unit.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "format.h"
#include "plan.h"

static const struct uplink_state eth0 = { .name = "eth0" };
static const struct uplink_state all_on = {
	.name = "eth0.50",
	.settings = { .reflect = 1,
		      .steer = 1,
		      .xdp = HP_XDP_WANT_GENERIC,
		      .storm = 0xffffffff,
		      .gso = 196608 },
};
static const struct uplink_state native = { .name = "eth0", .settings.xdp = HP_XDP_WANT_NATIVE };
static const struct uplink_state without_xdp = { .name = "eth0", .settings.xdp = HP_XDP_WANT_OFF };

static const struct pins_endpoint endpoint = {
	.id = 7,
	.value = { .vlan = 50,
		   .mac = { 2, 0x42, 0xc0, 0xa8, 0x0e, 0x0b },
		   .kind = HP_KIND_MACVTAP,
		   .mode = HP_MODE_PASSTHRU,
		   .ifname = "tap0",
		   .parent = "eth0.50",
		   .netns = "b1" },
};
static const struct pins_fdb fdb = {
	.key = { 50, { 2, 0x42, 0xc0, 0xa8, 0x0e, 0x0b } },
	.value = { .endpoint = 7, .kind = HP_KIND_MACVLAN, .mode = HP_MODE_SOURCE },
};
static const struct pins_neigh neigh = {
	.key = { 4094, AF_INET6, 0, { 0xfe, 0x80, [15] = 1 } },
	.value = { .endpoint = 7, .mac = { 2, 3, 4, 5, 6, 7 }, .flags = HP_NEIGH_TENTATIVE },
};
static const struct pins_neigh anywhere = {
	.key = { HP_VLAN_ANY, AF_INET, 0, { 192, 0, 2, 1 } },
	.value = { .kind = HP_KIND_HOST },
};
static const struct pins_segment empty = { .vlan = 50 };
static const struct pins_segment segment = {
	.vlan = 50,
	.value = { .host = 1, .flags = HP_SEGMENT_HOST | HP_SEGMENT_VEPA, .host_mac = { 2 } },
};

static const struct pins_segment closed = {
	.vlan = 50,
	.value = { .flags = HP_SEGMENT_CLOSED | HP_SEGMENT_KNOWN_IPV4 | HP_SEGMENT_KNOWN_IPV6 |
			    HP_SEGMENT_PROXY_IPV4 | HP_SEGMENT_PROXY_IPV6 },
};

static const struct {
	const char *line;
	struct op op;
} rows[] = {
	{ "eth0: remove programs and pins", { .type = OP_REMOVE, .uplink = &eth0 } },
	{ "eth0: rename pins from lan0",
	  { .type = OP_RENAME, .uplink = &eth0, .from = "lan0", .to = "eth0" } },
	{ "eth0: create maps", { .type = OP_CREATE, .uplink = &eth0 } },
	{ "eth0: clear counters of id 7", { .type = OP_CLEAR, .uplink = &eth0, .id = 7 } },
	{ "eth0: load programs, reflect off, steer off, xdp auto",
	  { .type = OP_LOAD, .uplink = &eth0 } },
	{ "eth0.50: load programs, reflect on, steer on, xdp generic, storm 4294967295, "
	  "gso-max-size 196608",
	  { .type = OP_LOAD, .uplink = &all_on } },
	{ "eth0: load programs, reflect off, steer off, xdp native",
	  { .type = OP_LOAD, .uplink = &native } },
	{ "eth0: load programs, reflect off, steer off, xdp off",
	  { .type = OP_LOAD, .uplink = &without_xdp } },
	{ "eth0: attach programs", { .type = OP_ATTACH, .uplink = &eth0 } },
	{ "eth0.50: raise gso_max_size of b1/tap0 to 196608",
	  { .type = OP_RAISE, .uplink = &all_on, .record = &endpoint } },
	{ "eth0.50: raise gso_max_size of eth0.50 to 196608",
	  { .type = OP_RAISE, .uplink = &all_on } },
	{ "eth0: put back gso_max_size of b1/tap0",
	  { .type = OP_LOWER, .uplink = &eth0, .record = &endpoint } },
	{ "eth0: set endpoints 7 b1/tap0 02:42:c0:a8:0e:0b macvtap passthru on eth0.50 down",
	  { .type = OP_SET, .uplink = &eth0, .map = PINS_ENDPOINTS, .record = &endpoint } },
	{ "eth0: delete endpoints 7 b1/tap0",
	  { .type = OP_DELETE, .uplink = &eth0, .map = PINS_ENDPOINTS, .record = &endpoint } },
	{ "eth0: set fdb 02:42:c0:a8:0e:0b vlan 50 macvlan source id 7",
	  { .type = OP_SET, .uplink = &eth0, .map = PINS_FDB, .record = &fdb } },
	{ "eth0: delete fdb 02:42:c0:a8:0e:0b vlan 50",
	  { .type = OP_DELETE, .uplink = &eth0, .map = PINS_FDB, .record = &fdb } },
	{ "eth0: set neigh fe80::1 vlan 4094 at 02:03:04:05:06:07 id 7 tentative",
	  { .type = OP_SET, .uplink = &eth0, .map = PINS_NEIGH, .record = &neigh } },
	{ "eth0: delete neigh fe80::1 vlan 4094",
	  { .type = OP_DELETE, .uplink = &eth0, .map = PINS_NEIGH, .record = &neigh } },
	{ "eth0: set neigh 192.0.2.1 on every vlan",
	  { .type = OP_SET, .uplink = &eth0, .map = PINS_NEIGH, .record = &anywhere } },
	{ "eth0: delete neigh 192.0.2.1 on every vlan",
	  { .type = OP_DELETE, .uplink = &eth0, .map = PINS_NEIGH, .record = &anywhere } },
	{ "eth0: set segments 50",
	  { .type = OP_SET, .uplink = &eth0, .map = PINS_SEGMENTS, .record = &empty } },
	{ "eth0: set segments 50 host 02:00:00:00:00:00 id 1 vepa",
	  { .type = OP_SET, .uplink = &eth0, .map = PINS_SEGMENTS, .record = &segment } },
	{ "eth0: set segments 50 closed known-ipv4 known-ipv6 proxy-ipv4 proxy-ipv6",
	  { .type = OP_SET, .uplink = &eth0, .map = PINS_SEGMENTS, .record = &closed } },
	{ "eth0: delete segments 50",
	  { .type = OP_DELETE, .uplink = &eth0, .map = PINS_SEGMENTS, .record = &segment } },
};

static void every_operation(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char line[256];

		plan_describe(&rows[i].op, line, sizeof(line));
		assert_string_equal(line, rows[i].line);
	}
}

static void a_line_that_does_not_fit_is_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (size_t size = 1; size <= strlen(rows[i].line); size++) {
			char line[256];

			memset(line, '#', sizeof(line));
			plan_describe(&rows[i].op, line, size);
			assert_int_equal(strlen(line), size - 1);
			assert_memory_equal(line, rows[i].line, size - 1);
			for (size_t j = size; j < sizeof(line); j++)
				assert_int_equal(line[j], '#');
		}
	}
}

/* The user is told what is in the way, and not only that it is. */
static void cures(void **state)
{
	static const struct {
		const char *row;
		enum op_type type;
		int err;
		const char *names;
	} errors[] = {
		{ "no tcx", OP_ATTACH, -EOPNOTSUPP, "attach = auto or clsact" },
		{ "our filter's place", OP_ATTACH, -EBUSY, "priority 7" },
		{ "ingress qdisc", OP_ATTACH, -EEXIST, "'ingress' qdisc" },
		{ "hash is full", OP_SET, -E2BIG, "map is full" },
		{ "no room", OP_SET, -ENOSPC, "map is full" },
		{ "not permitted", OP_LOAD, -EPERM, "run as root" },
		{ "not permitted", OP_SET, -EPERM, "run as root" },
		{ "refused", OP_LOAD, -EINVAL, "5.17 or later" },
		{ "refused", OP_CREATE, -ENOMEM, "5.17 or later" },
		{ "a device", OP_RAISE, -EPERM, "up to 64 KB" },
		{ "a device", OP_LOWER, -EPERM, "ip link set" },
		{ "anything else", OP_RENAME, -EIO, "tried again" },
		{ "anything else", OP_ATTACH, -ENODEV, "tried again" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		struct op op = { .type = errors[i].type, .uplink = &eth0 };
		const char *cure = plan_cure(&op, errors[i].err);

		assert_row(errors[i].row, strstr(cure, errors[i].names));
	}
}

static void addresses_as_text(void **state)
{
	static const unsigned char v6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 0x11 };
	static const unsigned char v4[16] = { 192, 168, 14, 255 };
	char text[46];

	(void)state;
	assert_string_equal(format_ip(text, AF_INET, v4), "192.168.14.255");
	assert_string_equal(format_ip(text, AF_INET6, v6), "2001:db8::11");
	assert_string_equal(format_ip(text, AF_PACKET, v6), "?");
	assert_string_equal(format_mac(text, v6), "20:01:0d:b8:00:00");
}

/* Every number has a word of its own, and what is behind the last has none. */
static void words(void **state)
{
	static const char *const xdp[] = { "none", "native", "generic", "unknown" };
	static const char *const want[] = { "auto", "off", "native", "generic", "unknown" };
	static const char *const no_xdp[] = { "",
					      "turned off",
					      "the driver reports no XDP",
					      "VLAN tags would be hidden from it",
					      "somebody else's program is there",
					      "the kernel refused it",
					      "a veth is faster without it, unless xdp = native",
					      "unknown" };
	static const char *const no_gso[] = {
		"",
		"the kernel has none (it needs 5.19)",
		"gso-max-size is more than tso_max_size of the device",
		"there is a macvtap or ipvtap",
		"generic XDP would copy each packet",
		"there are VLAN devices on VLAN devices",
		"there is an XDP endpoint",
		"over IPv6 alone: for IPv4 the kernel needs 6.3",
		"unknown"
	};
	static const char *const flags[] = { "vepa",	   "host",	 "closed",     "known-ipv4",
					     "known-ipv6", "proxy-ipv4", "proxy-ipv6", "listed",
					     "unknown",	   "bridged",	 "unknown" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(xdp); i++)
		assert_string_equal(format_xdp(i), xdp[i]);
	for (size_t i = 0; i < ARRAY_SIZE(want); i++)
		assert_string_equal(format_xdp_want(i), want[i]);
	for (size_t i = 0; i < ARRAY_SIZE(no_xdp); i++)
		assert_string_equal(format_no_xdp(i), no_xdp[i]);
	for (size_t i = 0; i < ARRAY_SIZE(no_gso); i++)
		assert_string_equal(format_no_gso(i), no_gso[i]);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		assert_string_equal(format_segment_flag(1U << i), flags[i]);
	assert_string_equal(format_segment_flag(0), "unknown");
	assert_string_equal(format_segment_flag(HP_SEGMENT_HOST | HP_SEGMENT_VEPA), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_operation),
		cmocka_unit_test(a_line_that_does_not_fit_is_cut),
		cmocka_unit_test(cures),
		cmocka_unit_test(addresses_as_text),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
