// SPDX-License-Identifier: BSD-2-Clause
/* The kernel's answers about a device, captured or made up, whole and damaged. */
#include "unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>

#include "nic.h"

/* clang-format off */

/* As Linux 6.18 sent them (x86-64, so little endian). */

/* NETDEV_CMD_DEV_GET of a veth. */
static const unsigned char xdp_veth[] =
	"\x40\x00\x00\x00\x14\x00\x00\x00\xb7\x3f\x06\x6b\xe7\x41\x00\x00\x01\x01\x00\x00\x08\x00"
	"\x01\x00\x03\x00\x00\x00\x0c\x00\x03\x00\x23\x00\x00\x00\x00\x00\x00\x00\x0c\x00\x05\x00"
	"\x07\x00\x00\x00\x00\x00\x00\x00\x0c\x00\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00";

/* ... of lo. */
static const unsigned char xdp_lo[] =
	"\x40\x00\x00\x00\x14\x00\x00\x00\xef\x3f\x06\x6b\x3b\x4a\x00\x00\x01\x01\x00\x00\x08\x00"
	"\x01\x00\x01\x00\x00\x00\x0c\x00\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x0c\x00\x05\x00"
	"\x00\x00\x00\x00\x00\x00\x00\x00\x0c\x00\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00";

/* ETHTOOL_MSG_FEATURES_SET_REPLY of a veth: off, as wanted. */
static const unsigned char set_done[] =
	"\x70\x00\x00\x00\x15\x00\x00\x00\xb7\x3f\x06\x6b\xff\xe9\x8f\x92\x0c\x01\x00\x00\x18\x00"
	"\x01\x80\x08\x00\x01\x00\x03\x00\x00\x00\x09\x00\x02\x00\x65\x74\x68\x30\x00\x00\x00\x00"
	"\x10\x00\x03\x80\x08\x00\x02\x00\x40\x00\x00\x00\x04\x00\x03\x80\x34\x00\x04\x80\x08\x00"
	"\x02\x00\x40\x00\x00\x00\x28\x00\x03\x80\x24\x00\x01\x80\x08\x00\x01\x00\x08\x00\x00\x00"
	"\x15\x00\x02\x00\x72\x78\x2d\x76\x6c\x61\x6e\x2d\x68\x77\x2d\x70\x61\x72\x73\x65\x00\x00"
	"\x00\x00";

/* ... of lo, which was to set it on: refused. */
static const unsigned char set_refused[] =
	"\x70\x00\x00\x00\x15\x00\x00\x00\xf0\x3f\x06\x6b\xa3\x3d\x3b\xcb\x0c\x01\x00\x00\x14\x00"
	"\x01\x80\x08\x00\x01\x00\x01\x00\x00\x00\x07\x00\x02\x00\x6c\x6f\x00\x00\x38\x00\x03\x80"
	"\x08\x00\x02\x00\x40\x00\x00\x00\x2c\x00\x03\x80\x28\x00\x01\x80\x08\x00\x01\x00\x08\x00"
	"\x00\x00\x15\x00\x02\x00\x72\x78\x2d\x76\x6c\x61\x6e\x2d\x68\x77\x2d\x70\x61\x72\x73\x65"
	"\x00\x00\x00\x00\x04\x00\x03\x00\x10\x00\x04\x80\x08\x00\x02\x00\x40\x00\x00\x00\x04\x00"
	"\x03\x80";

/* clang-format on */

/* In memory of exactly @size bytes, so that ASan sees a byte too many being read. */
static struct nlmsghdr *copy(const void *bytes, size_t size)
{
	struct nlmsghdr *nlh = malloc(size);

	assert_non_null(nlh);
	memcpy(nlh, bytes, size);
	nlh->nlmsg_len = size;
	return nlh;
}

#define COPY(fixture) copy(fixture, sizeof(fixture) - 1)

static void xdp_of_two_devices(void **state)
{
	struct nlmsghdr *veth = COPY(xdp_veth), *lo = COPY(xdp_lo);
	__u64 xdp, rx_metadata;

	(void)state;
	assert_int_equal(nic_parse_xdp_features(veth, &xdp, &rx_metadata), 0);
	assert_int_equal(xdp, NIC_XDP_BASIC | NIC_XDP_REDIRECT | NIC_XDP_RX_SG);
	assert_int_equal(rx_metadata, 7);
	assert_true(rx_metadata & NIC_RX_METADATA_VLAN);
	assert_int_equal(nic_parse_xdp_features(lo, &xdp, &rx_metadata), 0);
	assert_int_equal(xdp, 0);
	assert_int_equal(rx_metadata, 0);
	free(veth);
	free(lo);
}

struct message {
	char buffer[4096];
	struct nlmsghdr *nlh;
};

static void start(struct message *m)
{
	m->nlh = mnl_nlmsg_put_header(m->buffer);
	mnl_nlmsg_put_extra_header(m->nlh, sizeof(struct genlmsghdr));
}

#define PARSE(m, parser, ...) \
	({ \
		struct nlmsghdr *exact = copy((m)->nlh, (m)->nlh->nlmsg_len); \
		int result = parser(exact, ##__VA_ARGS__); \
\
		free(exact); \
		result; \
	})

#define XDP_FEATURES 3 /* NETDEV_A_DEV_XDP_FEATURES */

/* Linux 6.3 does not tell about metadata. */
static void xdp_of_an_older_kernel(void **state)
{
	__u64 xdp, rx_metadata;
	struct message m;

	(void)state;
	start(&m);
	assert_int_equal(PARSE(&m, nic_parse_xdp_features, &xdp, &rx_metadata), -EBADMSG);
	mnl_attr_put_u64(m.nlh, XDP_FEATURES, NIC_XDP_BASIC | 1ULL << 40);
	assert_int_equal(PARSE(&m, nic_parse_xdp_features, &xdp, &rx_metadata), 0);
	assert_true(xdp == (NIC_XDP_BASIC | 1ULL << 40));
	assert_true(rx_metadata == 0);
	start(&m);
	mnl_attr_put_u32(m.nlh, XDP_FEATURES, NIC_XDP_BASIC);
	assert_int_equal(PARSE(&m, nic_parse_xdp_features, &xdp, &rx_metadata), -EBADMSG);
}

static int parse_rx_vlan(const struct nlmsghdr *nlh)
{
	return nic_parse_feature(nlh, NIC_RX_VLAN);
}

static int parse_set_rx_vlan(const struct nlmsghdr *nlh)
{
	return nic_parse_set_feature(nlh, NIC_RX_VLAN);
}

enum listed { UNLISTED, LISTED, SET };

static void put_bit(struct nlmsghdr *nlh, int index, const char *name, bool value)
{
	struct nlattr *bit = mnl_attr_nest_start(nlh, ETHTOOL_A_BITSET_BITS_BIT);

	mnl_attr_put_u32(nlh, ETHTOOL_A_BITSET_BIT_INDEX, index);
	mnl_attr_put_strz(nlh, ETHTOOL_A_BITSET_BIT_NAME, name);
	if (value)
		mnl_attr_put(nlh, ETHTOOL_A_BITSET_BIT_VALUE, 0, NULL);
	mnl_attr_nest_end(nlh, bit);
}

/* Between two others that are set, and whose names are not quite the same. */
static void put_bitset(struct nlmsghdr *nlh, int type, enum listed rx_vlan, bool mask)
{
	struct nlattr *set = mnl_attr_nest_start(nlh, type), *bits;

	if (!mask)
		mnl_attr_put(nlh, ETHTOOL_A_BITSET_NOMASK, 0, NULL);
	mnl_attr_put_u32(nlh, ETHTOOL_A_BITSET_SIZE, 64);
	bits = mnl_attr_nest_start(nlh, ETHTOOL_A_BITSET_BITS);
	put_bit(nlh, 7, "rx-vlan-hw-pars", mask);
	if (rx_vlan != UNLISTED)
		put_bit(nlh, 8, "rx-vlan-hw-parse", mask && rx_vlan == SET);
	put_bit(nlh, 9, "rx-vlan-hw-parser", mask);
	mnl_attr_nest_end(nlh, bits);
	mnl_attr_nest_end(nlh, set);
}

static void put_features(struct message *m, enum listed active, enum listed changeable,
			 enum listed fixed)
{
	start(m);
	put_bitset(m->nlh, ETHTOOL_A_FEATURES_HW, changeable, true);
	put_bitset(m->nlh, ETHTOOL_A_FEATURES_WANTED, active, false);
	put_bitset(m->nlh, ETHTOOL_A_FEATURES_ACTIVE, active, false);
	put_bitset(m->nlh, ETHTOOL_A_FEATURES_NOCHANGE, fixed, true);
}

/* In the two that have a mask, the kernel lists every feature that it knows. */
static void offload_on_off_and_fixed(void **state)
{
	static const struct {
		const char *row;
		enum listed active, changeable, fixed;
		int result;
	} rows[] = {
		{ "on", SET, SET, LISTED, 1 },
		{ "off", UNLISTED, SET, LISTED, 0 },
		{ "on, not for the driver to change", SET, LISTED, LISTED, NIC_FIXED_ON },
		{ "on, never to be changed", SET, SET, SET, NIC_FIXED_ON },
		{ "off, fixed", UNLISTED, LISTED, LISTED, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct message m;

		put_features(&m, rows[i].active, rows[i].changeable, rows[i].fixed);
		assert_row(rows[i].row, PARSE(&m, parse_rx_vlan) == rows[i].result);
	}
}

static void features_that_are_not_all_there(void **state)
{
	static const int types[] = { ETHTOOL_A_FEATURES_HW, ETHTOOL_A_FEATURES_ACTIVE,
				     ETHTOOL_A_FEATURES_NOCHANGE };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		struct message m;

		start(&m);
		for (size_t j = 0; j < ARRAY_SIZE(types); j++) {
			if (i != j)
				put_bitset(m.nlh, types[j], SET, true);
		}
		assert_int_equal(PARSE(&m, parse_rx_vlan), -EBADMSG);
		put_bitset(m.nlh, types[i], SET, true);
		assert_int_equal(PARSE(&m, parse_rx_vlan), NIC_FIXED_ON);
	}
}

static void setting_done_or_refused(void **state)
{
	struct nlmsghdr *done = COPY(set_done), *refused = COPY(set_refused);
	struct message m;

	(void)state;
	assert_int_equal(parse_set_rx_vlan(done), 0);
	assert_int_equal(parse_set_rx_vlan(refused), -EOPNOTSUPP);
	free(done);
	free(refused);
	start(&m);
	put_bitset(m.nlh, ETHTOOL_A_FEATURES_ACTIVE, UNLISTED, true);
	assert_int_equal(PARSE(&m, parse_set_rx_vlan), -EBADMSG);
	put_bitset(m.nlh, ETHTOOL_A_FEATURES_WANTED, LISTED, true); /* asked for off, is on */
	assert_int_equal(PARSE(&m, parse_set_rx_vlan), -EOPNOTSUPP);
}

/* All three parsers in turn: each may be given anything. */
static int parse(int parser, const struct nlmsghdr *nlh)
{
	__u64 xdp, rx_metadata;

	switch (parser) {
	case 0:
		return nic_parse_xdp_features(nlh, &xdp, &rx_metadata);
	case 1:
		return parse_rx_vlan(nlh);
	default:
		return parse_set_rx_vlan(nlh);
	}
}

static bool is_result(int parser, int result)
{
	if (result == -EBADMSG || result == 0)
		return true;
	return parser == 1 ? result == 1 || result == NIC_FIXED_ON
			   : parser == 2 && result == -EOPNOTSUPP;
}

static void damage(int parser, const void *bytes, size_t size)
{
	struct nlmsghdr *all = copy(bytes, size);
	int whole = parse(parser, all);

	free(all);
	for (size_t length = NLMSG_HDRLEN; length < size; length++) {
		struct nlmsghdr *cut = copy(bytes, length);
		int result = parse(parser, cut);

		/* Whatever is left is right, or refused. */
		if (result != -EBADMSG && result != whole)
			fail_msg("parser %d, %zu bytes: %d", parser, length, result);
		free(cut);
	}
	for (size_t at = NLMSG_HDRLEN; at < size; at++) {
		static const unsigned char masks[] = { 0x01, 0x02, 0x04, 0x40, 0x80, 0xff };
		struct nlmsghdr *nlh = copy(bytes, size);

		for (size_t i = 0; i < ARRAY_SIZE(masks); i++) {
			((unsigned char *)nlh)[at] ^= masks[i];
			if (!is_result(parser, parse(parser, nlh)))
				fail_msg("parser %d, byte %zu", parser, at);
			((unsigned char *)nlh)[at] ^= masks[i];
		}
		free(nlh);
	}
}

static void cut_and_changed(void **state)
{
	struct message m;

	(void)state;
	damage(0, xdp_veth, sizeof(xdp_veth) - 1);
	damage(2, set_done, sizeof(set_done) - 1);
	damage(2, set_refused, sizeof(set_refused) - 1);
	put_features(&m, SET, SET, LISTED);
	damage(1, m.nlh, m.nlh->nlmsg_len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(xdp_of_two_devices),
		cmocka_unit_test(xdp_of_an_older_kernel),
		cmocka_unit_test(offload_on_off_and_fixed),
		cmocka_unit_test(features_that_are_not_all_there),
		cmocka_unit_test(setting_done_or_refused),
		cmocka_unit_test(cut_and_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
