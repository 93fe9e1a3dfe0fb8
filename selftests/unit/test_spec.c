// SPDX-License-Identifier: BSD-2-Clause
/* Endpoints in words: what they mean, and what is said about wrong ones. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/if_link.h>

#include "parent.h"
#include "spec.h"

#define LONGEST_NAME "abcdefghijklmnopqrstuvwxyz01234"
#define TOO_LONG "abcdefghijklmnopqrstuvwxyz012345"
#define NO_NAME(name) \
	"'" name "' is no name for an endpoint: 1 to 31 letters, digits, '.', '_' and '-', " \
	"the first a letter or digit"
#define NO_DEVICE(word, name) \
	"'" name "' is no value for '" word "': a device name has 1 to 15 characters, without " \
	"'/', ':', '%' and blanks"
#define NO_MAC(mac) "'" mac "' is no value for 'mac': six bytes in hex, as in 02:42:c0:a8:0e:0b"
#define NO_ADDRESS(address) \
	"'" address "' is no value for 'address': an IPv4 or IPv6 address and a length, as in " \
	"192.168.14.11/24"
#define NO_UNICAST(address) \
	"'" address "' is no value for 'address': a device cannot have it: give a unicast address"
#define NO_GATEWAY(address) \
	"'" address "' is no value for 'gateway': an IPv4 or IPv6 address, without a length"
#define NO_MTU(mtu) "'" mtu "' is no value for 'mtu': a number from 68 to 65535"
#define NO_QUEUE(n) "'" n "' is no value for 'bcqueuelen': a number from 0 to 4294967295"

static struct spec named(const char *name)
{
	char error[SPEC_ERROR];
	struct spec spec;

	assert_int_equal(spec_name(&spec, name, error), 0);
	return spec;
}

static void take(struct spec *spec, const char *word, const char *value)
{
	char error[SPEC_ERROR] = "";

	if (spec_take(spec, word, value, error))
		fail_msg("%s %s: %s", word, value, error);
}

static void names(void **state)
{
	static const char *const good[] = { "b", "b1", "1", "web.example", "a_b-c", LONGEST_NAME };
	static const struct {
		const char *name;
		const char *error;
	} bad[] = {
		{ "", NO_NAME("") },	    { TOO_LONG, NO_NAME(TOO_LONG) },
		{ "a b", NO_NAME("a b") },  { "a/b", NO_NAME("a/b") },
		{ "-a", NO_NAME("-a") },    { ".", NO_NAME(".") },
		{ "a\nb", NO_NAME("a?b") },
	};
	char error[SPEC_ERROR];
	struct spec spec;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_row(good[i], spec_name(&spec, good[i], error) == 0);
		assert_string_equal(spec.name, good[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_row(bad[i].name, spec_name(&spec, bad[i].name, error) == -EINVAL);
		assert_string_equal(error, bad[i].error);
	}
}

static void every_word(void **state)
{
	static const uint8_t mac[] = { 2, 0x42, 0xc0, 0xa8, 0xe, 0xb };
	struct spec spec = named("b1");
	char text[SPEC_TEXT], error[SPEC_ERROR];

	(void)state;
	take(&spec, "parent", "eth0.50");
	take(&spec, "mode", "private");
	take(&spec, "mac", "02:42:C0:a8:0e:0b");
	take(&spec, "netns", "/run/netns/b1");
	take(&spec, "address", "192.168.14.11/24");
	take(&spec, "address", "fd14::11/64");
	take(&spec, "gateway", "192.168.14.2");
	take(&spec, "gateway", "fe80::1");
	take(&spec, "mtu", "1400");
	take(&spec, "ifname", "eth7");
	take(&spec, "bcqueuelen", "0");
	take(&spec, "kind", "macvlan");
	assert_int_equal(spec_complete(&spec, error), 0);
	assert_string_equal(spec.parent, "eth0.50");
	assert_int_equal(spec.mode, MACVLAN_MODE_PRIVATE);
	assert_memory_equal(spec.mac, mac, sizeof(mac));
	assert_string_equal(spec_text(text, &spec, SPEC_MAC), "02:42:c0:a8:0e:0b");
	assert_string_equal(spec_text(text, &spec, SPEC_NETNS), "/run/netns/b1");
	assert_string_equal(spec_text(text, &spec, SPEC_ADDRESS), "192.168.14.11/24,fd14::11/64");
	assert_string_equal(spec_text(text, &spec, SPEC_GATEWAY), "192.168.14.2,fe80::1");
	assert_string_equal(spec_text(text, &spec, SPEC_MODE), "private");
	assert_int_equal(spec.mtu, 1400);
	assert_string_equal(spec.ifname, "eth7");
	assert_int_equal(spec.bcqueuelen, 0);
	assert_int_equal(spec.kind, SPEC_MACVLAN);
	assert_int_equal(spec.given, 0x3ff);
}

static void modes(void **state)
{
	static const struct {
		const char *name;
		uint32_t mode;
	} rows[] = {
		{ "bridge", MACVLAN_MODE_BRIDGE },
		{ "vepa", MACVLAN_MODE_VEPA },
		{ "private", MACVLAN_MODE_PRIVATE },
		{ "passthru", MACVLAN_MODE_PASSTHRU },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct spec spec = named("b1");

		take(&spec, "mode", rows[i].name);
		assert_int_equal(spec.mode, rows[i].mode);
	}
}

static void defaults(void **state)
{
	struct spec own = named("b1"), foreign = named(LONGEST_NAME), bare = named("b2");
	char error[SPEC_ERROR], text[SPEC_TEXT];

	(void)state;
	take(&own, "parent", "eth0");
	assert_int_equal(spec_complete(&own, error), 0);
	assert_int_equal(own.mode, MACVLAN_MODE_BRIDGE);
	assert_string_equal(own.ifname, "b1");
	assert_int_equal(own.given, SPEC_PARENT | SPEC_MODE | SPEC_NETNS | SPEC_IFNAME | SPEC_KIND);
	assert_int_equal(own.kind, SPEC_MACVLAN);
	assert_string_equal(spec_text(text, &own, SPEC_ADDRESS), "none");
	assert_string_equal(spec_text(text, &own, SPEC_NETNS), "host");

	take(&foreign, "parent", "eth0");
	take(&foreign, "netns", "b1");
	assert_int_equal(spec_complete(&foreign, error), 0);
	assert_string_equal(foreign.ifname, "eth0");

	assert_int_equal(spec_complete(&bare, error), -EINVAL);
	assert_string_equal(error, "parent is missing: the device to sit on, as eth0 or eth0.50");
}

static void wrong_words(void **state)
{
	static const struct {
		const char *word;
		const char *value;
		const char *error;
	} rows[] = {
		{ "speed", "1", "unknown word 'speed'" },
		{ "parent", "", NO_DEVICE("parent", "") },
		{ "parent", "abcdefghijklmnop", NO_DEVICE("parent", "abcdefghijklmnop") },
		{ "parent", "eth0:1", NO_DEVICE("parent", "eth0:1") },
		{ "ifname", "a/b", NO_DEVICE("ifname", "a/b") },
		{ "ifname", "eth%d", NO_DEVICE("ifname", "eth%d") },
		{ "ifname", "..", NO_DEVICE("ifname", "..") },
		{ "mode", "Bridge",
		  "'Bridge' is no value for 'mode': it takes bridge, vepa, private or passthru" },
		{ "mode", "source",
		  "'source' is no value for 'mode': it takes bridge, vepa, private or passthru" },
		{ "mac", "", NO_MAC("") },
		{ "mac", "02:42:c0:a8:0e", NO_MAC("02:42:c0:a8:0e") },
		{ "mac", "02:42:c0:a8:0e:0", NO_MAC("02:42:c0:a8:0e:0") },
		{ "mac", "02:42:c0:a8:0e:0b:00", NO_MAC("02:42:c0:a8:0e:0b:00") },
		{ "mac", "02-42-c0-a8-0e-0b", NO_MAC("02-42-c0-a8-0e-0b") },
		{ "mac", "02:42:c0:a8:0e:0g", NO_MAC("02:42:c0:a8:0e:0g") },
		{ "mac", "02:42:c0:a8:0e::b", NO_MAC("02:42:c0:a8:0e::b") },
		{ "mac", "0:42:c0:a8:0e:0bb", NO_MAC("0:42:c0:a8:0e:0bb") },
		{ "mac", "01:00:5e:00:00:01",
		  "'01:00:5e:00:00:01' is no value for 'mac': it is a multicast address: make the "
		  "first byte even" },
		{ "mac", "FF:FF:FF:FF:FF:FF",
		  "'ff:ff:ff:ff:ff:ff' is no value for 'mac': it is a multicast address: make the "
		  "first byte even" },
		{ "mac", "00:00:00:00:00:00",
		  "'00:00:00:00:00:00' is no value for 'mac': no device can have it: leave it out "
		  "for a random one" },
		{ "netns", "",
		  "'' is no value for 'netns': a name of `ip netns`, a path or a pid" },
		{ "address", "192.168.14.11",
		  "'192.168.14.11' is no value for 'address': its length is missing, as in "
		  "192.168.14.11/24" },
		{ "address", "fd14::11",
		  "'fd14::11' is no value for 'address': its length is missing, as in "
		  "fd14::11/64" },
		{ "address", "192.168.14/24", NO_ADDRESS("192.168.14/24") },
		{ "address", "", NO_ADDRESS("") },
		{ "address", "b1/24", NO_ADDRESS("b1/24") },
		{ "address", "192.168.14.11/33",
		  "'192.168.14.11/33' is no value for 'address': the length is 1 to 32" },
		{ "address", "192.168.14.11/0",
		  "'192.168.14.11/0' is no value for 'address': the length is 1 to 32" },
		{ "address", "192.168.14.11/",
		  "'192.168.14.11/' is no value for 'address': the length is 1 to 32" },
		{ "address", "192.168.14.11/24x",
		  "'192.168.14.11/24x' is no value for 'address': the length is 1 to 32" },
		{ "address", "fd14::11/129",
		  "'fd14::11/129' is no value for 'address': the length is 1 to 128" },
		{ "address", "224.0.0.1/24", NO_UNICAST("224.0.0.1/24") },
		{ "address", "ff02::1/64", NO_UNICAST("ff02::1/64") },
		{ "address", "0.0.0.0/24", NO_UNICAST("0.0.0.0/24") },
		{ "gateway", "192.168.14.2/24", NO_GATEWAY("192.168.14.2/24") },
		{ "gateway", "", NO_GATEWAY("") },
		{ "gateway", "ff02::2", NO_GATEWAY("ff02::2") },
		{ "mtu", "67", NO_MTU("67") },
		{ "mtu", "65536", NO_MTU("65536") },
		{ "mtu", "-1", NO_MTU("-1") },
		{ "mtu", "", NO_MTU("") },
		{ "mtu", "1500b", NO_MTU("1500b") },
		{ "mtu", "99999999999999999999", NO_MTU("99999999999999999999") },
		{ "bcqueuelen", "4294967296", NO_QUEUE("4294967296") },
		{ "bcqueuelen", "all", NO_QUEUE("all") },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct spec spec = named("b1");
		char error[SPEC_ERROR];

		assert_row(rows[i].error,
			   spec_take(&spec, rows[i].word, rows[i].value, error) == -EINVAL);
		assert_string_equal(error, rows[i].error);
	}
}

static void bounds(void **state)
{
	struct spec spec = named("b1"), other = named("b2");

	(void)state;
	take(&spec, "mtu", "68");
	assert_int_equal(spec.mtu, 68);
	take(&other, "mtu", "65535");
	assert_int_equal(other.mtu, 65535);
	take(&spec, "bcqueuelen", "4294967295");
	assert_int_equal(spec.bcqueuelen, UINT32_MAX);
	take(&spec, "address", "10.0.0.1/32");
	take(&spec, "address", "fd14::1/128");
	assert_int_equal(spec.addresses[1].length, 128);
}

static void twice(void **state)
{
	struct spec spec = named("b1");
	char error[SPEC_ERROR], text[32];

	(void)state;
	take(&spec, "mtu", "1400");
	assert_int_equal(spec_take(&spec, "mtu", "1500", error), -EINVAL);
	assert_string_equal(error, "'1500' is no value for 'mtu': there is one already");
	take(&spec, "address", "192.168.14.11/24");
	assert_int_equal(spec_take(&spec, "address", "192.168.14.11/16", error), -EINVAL);
	assert_string_equal(error,
			    "'192.168.14.11/16' is no value for 'address': it is given twice");
	for (int i = 1; i < SPEC_ADDRESSES; i++) {
		snprintf(text, sizeof(text), "10.0.0.%d/8", i);
		take(&spec, "address", text);
	}
	assert_int_equal(spec_take(&spec, "address", "10.0.1.1/8", error), -EINVAL);
	assert_string_equal(
		error,
		"'10.0.1.1/8' is no value for 'address': it is one too many: there may be 16");
	take(&spec, "gateway", "10.0.0.254");
	assert_int_equal(spec_take(&spec, "gateway", "10.0.0.253", error), -EINVAL);
	assert_string_equal(error, "'10.0.0.253' is no value for 'gateway': there is one already: "
				   "one of IPv4 and one of IPv6");
	take(&spec, "gateway", "fe80::1");
	assert_int_equal(spec_take(&spec, "gateway", "fe80::2", error), -EINVAL);
}

/* What does not fit together. */
static void together(void **state)
{
	static const struct {
		const char *address, *gateway, *mtu, *error;
	} rows[] = {
		{ "192.168.14.11/24", "192.168.14.2", "1500", NULL },
		{ "192.168.14.11/23", "192.168.15.2", "1500", NULL },
		{ "192.168.14.11/24", "192.168.15.2", "1500",
		  "'192.168.15.2' is no value for 'gateway': it is in no subnet of an address that "
		  "is given" },
		{ "192.168.14.11/25", "192.168.14.129", "1500",
		  "'192.168.14.129' is no value for 'gateway': it is in no subnet of an address "
		  "that is given" },
		{ "192.168.14.11/24", "192.168.14.11", "1500",
		  "'192.168.14.11' is no value for 'gateway': it is the endpoint's own address" },
		{ "192.168.14.11/24", "fe80::1", "1500", NULL },
		{ "fd14::11/64", "fd14::2", "1280", NULL },
		{ "fd14::11/64", "192.168.14.2", "1500",
		  "'192.168.14.2' is no value for 'gateway': it is in no subnet of an address that "
		  "is given" },
		{ "fd14::11/64", "fd14::2", "1279",
		  "an IPv6 address needs an MTU of 1280 at least" },
		{ "10.0.0.1/32", "10.0.0.2", "1500",
		  "'10.0.0.2' is no value for 'gateway': it is in no subnet of an address that is "
		  "given" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct spec spec = named("b1");
		char error[SPEC_ERROR] = "";

		take(&spec, "parent", "eth0");
		take(&spec, "address", rows[i].address);
		take(&spec, "gateway", rows[i].gateway);
		take(&spec, "mtu", rows[i].mtu);
		assert_row(rows[i].gateway,
			   spec_complete(&spec, error) == (rows[i].error ? -EINVAL : 0));
		assert_string_equal(error, rows[i].error ? rows[i].error : "");
	}
}

static void a_long_name_needs_an_ifname(void **state)
{
	struct spec spec = named("abcdefghijklmnop");
	char error[SPEC_ERROR];

	(void)state;
	take(&spec, "parent", "eth0");
	assert_int_equal(spec_complete(&spec, error), -EINVAL);
	assert_string_equal(error,
			    "its name is too long for a device: 15 characters, or give ifname");
	take(&spec, "ifname", "mv0");
	assert_int_equal(spec_complete(&spec, error), 0);
}

static struct spec full(void)
{
	struct spec spec = named("b1");
	char error[SPEC_ERROR];

	take(&spec, "parent", "eth0");
	take(&spec, "mac", "02:42:c0:a8:0e:0b");
	take(&spec, "address", "192.168.14.11/24");
	take(&spec, "address", "fd14::11/64");
	take(&spec, "gateway", "192.168.14.2");
	take(&spec, "mtu", "1400");
	take(&spec, "bcqueuelen", "10");
	assert_int_equal(spec_complete(&spec, error), 0);
	return spec;
}

static void differences(void **state)
{
	static const struct {
		const char *word, *value;
		unsigned int diff;
	} rows[] = {
		{ "parent", "eth0", 0 },
		{ "parent", "eth1", SPEC_PARENT },
		{ "mode", "bridge", 0 },
		{ "mode", "vepa", SPEC_MODE },
		{ "mac", "02:42:c0:a8:0e:0b", 0 },
		{ "mac", "02:42:c0:a8:0e:0c", SPEC_MAC },
		{ "gateway", "192.168.14.2", 0 },
		{ "gateway", "192.168.14.1", SPEC_GATEWAY },
		{ "mtu", "1400", 0 },
		{ "mtu", "1500", SPEC_MTU },
		{ "ifname", "b1", 0 },
		{ "ifname", "b2", SPEC_IFNAME },
		{ "bcqueuelen", "10", 0 },
		{ "bcqueuelen", "11", SPEC_BCQUEUELEN },
		{ "kind", "macvlan", 0 },
		{ "kind", "xdp", SPEC_KIND },
		{ "address", "192.168.14.11/24", SPEC_ADDRESS },
	};
	const struct spec have = full();
	struct spec want = named("b1");

	(void)state;
	assert_int_equal(spec_diff(&have, &have), 0);
	assert_int_equal(spec_diff(&want, &have), 0); /* nothing is given */
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		want = named("b1");
		take(&want, rows[i].word, rows[i].value);
		assert_row(rows[i].value, spec_diff(&want, &have) == rows[i].diff);
	}
	want = named("b1");
	take(&want, "address", "fd14::11/64"); /* the order does not matter */
	take(&want, "address", "192.168.14.11/24");
	assert_int_equal(spec_diff(&want, &have), 0);
	take(&want, "netns", "b1");
	want.netns_ino = 4;
	assert_int_equal(spec_diff(&want, &have), SPEC_NETNS);
	take(&want, "gateway", "192.168.14.2");
	take(&want, "gateway", "fe80::1");
	assert_int_equal(spec_diff(&want, &have), SPEC_NETNS | SPEC_GATEWAY);
}

static void merging(void **state)
{
	const struct spec have = full();
	struct spec changes = named("b1"), merged;

	(void)state;
	merged = spec_merge(&have, &changes);
	assert_memory_equal(&merged, &have, sizeof(have));
	take(&changes, "mode", "vepa");
	take(&changes, "address", "10.0.0.1/8");
	merged = spec_merge(&have, &changes);
	assert_int_equal(spec_diff(&merged, &have), SPEC_MODE | SPEC_ADDRESS);
	assert_int_equal(spec_diff(&changes, &merged), 0);
	take(&changes, "kind", "xdp");
	merged = spec_merge(&have, &changes);
	assert_int_equal(merged.kind, SPEC_XDP);
	changes = have;
	merged = spec_merge(&changes, &have);
	assert_memory_equal(&merged, &have, sizeof(have));
}

static void marks(void **state)
{
	static const char *const bad[] = {
		"", " declared", "b1 ", "b1 Declared", "b1 declared ", TOO_LONG
	};
	struct spec spec = named(LONGEST_NAME);
	char mark[SPEC_MARK], name[SPEC_NAME];
	bool declared = true;

	(void)state;
	assert_string_equal(spec_mark(mark, &spec), LONGEST_NAME);
	assert_true(spec_unmark(mark, name, &declared));
	assert_string_equal(name, LONGEST_NAME);
	assert_false(declared);
	spec.declared = true;
	assert_string_equal(spec_mark(mark, &spec), LONGEST_NAME " declared");
	assert_true(spec_unmark(mark, name, &declared));
	assert_string_equal(name, LONGEST_NAME);
	assert_true(declared);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_row(bad[i], !spec_unmark(bad[i], name, &declared));
}

static void marks_with_a_vlan(void **state)
{
	static const char *const bad[] = { "b1 vlan",	   "b1 vlan ",	  "b1 vlan 0",
					   "b1 vlan 4095", "b1 vlan 050", "b1 vlan 5x",
					   "b1 vlan -5",   "vlan 50",	  "b1 vlan 50 declared",
					   "b1 vlan 50 60" };
	struct spec spec = named(LONGEST_NAME);
	char mark[SPEC_MARK], name[SPEC_NAME];
	struct spec_port port;
	bool declared;

	(void)state;
	spec.vlan = 4094;
	assert_string_equal(spec_mark(mark, &spec), LONGEST_NAME " vlan 4094");
	assert_true(spec_unmark(mark, name, &declared));
	assert_string_equal(name, LONGEST_NAME);
	assert_int_equal(spec_unmark_vlan(mark), 4094);
	assert_false(spec_unmark_port(mark, &port));
	take(&spec, "kind", "xdp");
	take(&spec, "parent", "abcdefghij.4094");
	take(&spec, "mode", "private");
	spec.declared = true;
	assert_string_equal(spec_mark(mark, &spec),
			    LONGEST_NAME " declared vlan 4094 xdp abcdefghij.4094 private");
	assert_true(spec_unmark(mark, name, &declared));
	assert_true(declared);
	assert_int_equal(spec_unmark_vlan(mark), 4094);
	assert_true(spec_unmark_port(mark, &port));
	assert_string_equal(port.parent, "abcdefghij.4094");
	assert_int_equal(port.mode, MACVLAN_MODE_PRIVATE);
	assert_int_equal(spec_unmark_vlan("b1 declared"), 0);
	assert_int_equal(spec_unmark_vlan("b1 xdp eth0 bridge"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_row(bad[i], !spec_unmark_vlan(bad[i]));
}

static void a_change_keeps_the_vlan(void **state)
{
	struct spec have = named("b1"), changes = named("b1"), merged;

	(void)state;
	have.vlan = 50;
	take(&changes, "mtu", "1400");
	merged = spec_merge(&have, &changes);
	assert_int_equal(merged.vlan, 50);
}

/* A macvlan has all modes, and a queue. */
static void xdp_takes_less(void **state)
{
	static const struct {
		const char *word, *value, *error;
	} rows[] = {
		{ "mode", "bridge", NULL },
		{ "mode", "private", NULL },
		{ "mode", "vepa",
		  "'vepa' is no value for 'mode': with kind xdp it takes bridge or private" },
		{ "mode", "passthru",
		  "'passthru' is no value for 'mode': with kind xdp it takes bridge or private" },
		{ "bcqueuelen", "10", "bcqueuelen is of kind macvlan: kind xdp has no such queue" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct spec spec = named("b1");
		char error[SPEC_ERROR] = "";

		take(&spec, "kind", "xdp");
		take(&spec, "parent", "eth0");
		take(&spec, rows[i].word, rows[i].value);
		assert_int_equal(spec_complete(&spec, error), rows[i].error ? -EINVAL : 0);
		assert_string_equal(error, rows[i].error ? rows[i].error : "");
	}
}

static void marks_of_ports(void **state)
{
	static const char *const bad[] = {
		"b1",
		"b1 declared",
		"b1 xdp",
		"b1 xdp ",
		"b1 xdp eth0",
		"xdp eth0 bridge",
		"b1 xdp 0123456789abcdef bridge",
	};
	struct spec spec = named(LONGEST_NAME);
	char mark[SPEC_MARK], name[SPEC_NAME];
	struct spec_port port;
	bool declared = false;

	(void)state;
	take(&spec, "kind", "xdp");
	take(&spec, "parent", "abcdefghij.4094");
	take(&spec, "mode", "private");
	spec.declared = true;
	assert_string_equal(spec_mark(mark, &spec),
			    LONGEST_NAME " declared xdp abcdefghij.4094 private");
	assert_true(spec_unmark(mark, name, &declared));
	assert_string_equal(name, LONGEST_NAME);
	assert_true(declared);
	assert_true(spec_unmark_port(mark, &port));
	assert_string_equal(port.parent, "abcdefghij.4094");
	assert_int_equal(port.mode, MACVLAN_MODE_PRIVATE);
	assert_true(spec_unmark("b1 xdp eth0 bridge", name, &declared));
	assert_string_equal(name, "b1");
	assert_false(declared);
	assert_true(spec_unmark_port("b1 xdp eth0 bridge", &port));
	assert_string_equal(port.parent, "eth0");
	assert_int_equal(port.mode, MACVLAN_MODE_BRIDGE);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_row(bad[i], !spec_unmark_port(bad[i], &port));
}

static void vlan_names(void **state)
{
	static const struct {
		const char *name, *lower;
		int vlan;
	} rows[] = {
		{ "eth0.50", "eth0", 50 },
		{ "eth0.1", "eth0", 1 },
		{ "eth0.4094", "eth0", 4094 },
		{ "eth0.50.7", "eth0.50", 7 },
		{ "eth0", NULL, 0 },
		{ "eth0.", NULL, 0 },
		{ "eth0.0", NULL, 0 },
		{ "eth0.050", NULL, 0 },
		{ "eth0.4095", NULL, 0 },
		{ "eth0.99999", NULL, 0 },
		{ "eth0.5a", NULL, 0 },
		{ "eth0.-5", NULL, 0 },
		{ ".50", NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char lower[IFNAMSIZ] = "";
		uint16_t vlan = 0;

		assert_row(rows[i].name,
			   parent_split(rows[i].name, lower, &vlan) == !!rows[i].lower);
		assert_int_equal(vlan, rows[i].vlan);
		assert_string_equal(lower, rows[i].lower ? rows[i].lower : "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(every_word),
		cmocka_unit_test(modes),
		cmocka_unit_test(defaults),
		cmocka_unit_test(wrong_words),
		cmocka_unit_test(bounds),
		cmocka_unit_test(twice),
		cmocka_unit_test(together),
		cmocka_unit_test(a_long_name_needs_an_ifname),
		cmocka_unit_test(differences),
		cmocka_unit_test(merging),
		cmocka_unit_test(marks),
		cmocka_unit_test(marks_of_ports),
		cmocka_unit_test(xdp_takes_less),
		cmocka_unit_test(marks_with_a_vlan),
		cmocka_unit_test(a_change_keeps_the_vlan),
		cmocka_unit_test(vlan_names),
	};

	return cmocka_run_group_tests_name("spec", tests, NULL, NULL);
}
