/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>

#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>

#include "attrs.h"
#include "nic.h"
#include "nl.h"

/* linux/netdev.h, which Debian 12 does not have. */
#define NETDEV_FAMILY "netdev"
#define NETDEV_CMD_DEV_GET 1
#define NETDEV_A_DEV_IFINDEX 1
#define NETDEV_A_DEV_XDP_FEATURES 3
#define NETDEV_A_DEV_XDP_RX_METADATA_FEATURES 5 /* Linux 6.6 */

int nic_parse_xdp_features(const struct nlmsghdr *nlh, __u64 *xdp, __u64 *rx_metadata)
{
	struct attrs attrs;

	*xdp = *rx_metadata = 0;
	if (attrs_of(nlh, GENL_HDRLEN, &attrs) || !attrs.at[NETDEV_A_DEV_XDP_FEATURES] ||
	    attrs_u64(&attrs, NETDEV_A_DEV_XDP_FEATURES, xdp) ||
	    attrs_u64(&attrs, NETDEV_A_DEV_XDP_RX_METADATA_FEATURES, rx_metadata))
		return -EBADMSG;
	return 0;
}

enum bit { BIT_UNLISTED, BIT_CLEAR, BIT_SET };

static bool is_named(const struct nlattr *name, const char *feature)
{
	return name && mnl_attr_validate(name, MNL_TYPE_NUL_STRING) >= 0 &&
	       !strcmp(mnl_attr_get_str(name), feature);
}

/*
 * What a bitset says of a feature: an enum bit, or -EBADMSG. A bitset without a
 * mask lists the bits that are set; one with a mask lists the bits that it is
 * about, with a mark on those that are set.
 */
static int bit_of(const struct nlattr *bitset, const char *feature)
{
	const struct nlattr *attr;
	struct attrs set, bits, bit;

	if (!bitset || attrs_nested(bitset, &set) || !set.at[ETHTOOL_A_BITSET_BITS] ||
	    attrs_nested(set.at[ETHTOOL_A_BITSET_BITS], &bits))
		return -EBADMSG;
	mnl_attr_for_each_nested (attr, set.at[ETHTOOL_A_BITSET_BITS]) {
		if (attrs_nested(attr, &bit))
			return -EBADMSG;
		if (!is_named(bit.at[ETHTOOL_A_BITSET_BIT_NAME], feature))
			continue;
		return set.at[ETHTOOL_A_BITSET_NOMASK] || bit.at[ETHTOOL_A_BITSET_BIT_VALUE]
			       ? BIT_SET
			       : BIT_CLEAR;
	}
	return BIT_UNLISTED;
}

/* ethtool shows [fixed] by the same rule. */
int nic_parse_feature(const struct nlmsghdr *nlh, const char *feature)
{
	struct attrs attrs;
	int active, changeable, fixed;

	if (attrs_of(nlh, GENL_HDRLEN, &attrs))
		return -EBADMSG;
	active = bit_of(attrs.at[ETHTOOL_A_FEATURES_ACTIVE], feature);
	changeable = bit_of(attrs.at[ETHTOOL_A_FEATURES_HW], feature);
	fixed = bit_of(attrs.at[ETHTOOL_A_FEATURES_NOCHANGE], feature);
	if (active < 0 || changeable < 0 || fixed < 0)
		return -EBADMSG;
	if (active != BIT_SET)
		return 0;
	return changeable == BIT_SET && fixed != BIT_SET ? 1 : NIC_FIXED_ON;
}

/*
 * A request is no error when it has no effect. "Wanted" in the answer are the
 * bits that differ between what was asked for and what is now
 * (ethnl_set_features(), net/ethtool/features.c).
 */
int nic_parse_set_feature(const struct nlmsghdr *nlh, const char *feature)
{
	struct attrs attrs;
	int refused;

	if (attrs_of(nlh, GENL_HDRLEN, &attrs))
		return -EBADMSG;
	refused = bit_of(attrs.at[ETHTOOL_A_FEATURES_WANTED], feature);
	if (refused < 0)
		return refused;
	return refused == BIT_UNLISTED ? 0 : -EOPNOTSUPP;
}

static struct nlmsghdr *start(struct nl *nl, int family, __u8 command)
{
	struct nlmsghdr *nlh = nl_start(nl, family, 0);
	struct genlmsghdr *header = mnl_nlmsg_put_extra_header(nlh, sizeof(*header));

	header->cmd = command;
	header->version = 1;
	return nlh;
}

static void take_family(const struct nlmsghdr *nlh, int32_t nsid, void *arg)
{
	__u16 id = 0;
	struct attrs attrs;

	(void)nsid;
	if (!attrs_of(nlh, GENL_HDRLEN, &attrs) && !attrs_u16(&attrs, CTRL_ATTR_FAMILY_ID, &id))
		*(int *)arg = id;
}

/* The number of a family in this boot. > 0; -EOPNOTSUPP: there is none; or -errno. */
static int find_family(struct nl *nl, const char *name)
{
	struct nlmsghdr *nlh = start(nl, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	int id = 0, err;

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, name);
	err = nl_finish(nl, take_family, &id);
	if (err)
		return err == -ENOENT ? -EOPNOTSUPP : err;
	return id ? id : -EBADMSG;
}

/* *nl: a socket, to be closed by the caller. The family's number or -errno. */
static int open_family(struct nl **nl, const char *name)
{
	int id;

	*nl = nl_open_generic();
	if (!*nl)
		return -errno;
	id = find_family(*nl, name);
	if (id < 0) {
		nl_close(*nl);
		*nl = NULL;
	}
	return id;
}

struct xdp_answer {
	__u64 *xdp;
	__u64 *rx_metadata;
	int result;
};

static void take_xdp(const struct nlmsghdr *nlh, int32_t nsid, void *arg)
{
	struct xdp_answer *answer = arg;

	(void)nsid;
	answer->result = nic_parse_xdp_features(nlh, answer->xdp, answer->rx_metadata);
}

int nic_xdp_features(__u32 ifindex, __u64 *xdp, __u64 *rx_metadata)
{
	struct xdp_answer answer = { .xdp = xdp, .rx_metadata = rx_metadata, .result = -EBADMSG };
	struct nl *nl;
	int family = open_family(&nl, NETDEV_FAMILY), err;

	if (family < 0)
		return family;
	mnl_attr_put_u32(start(nl, family, NETDEV_CMD_DEV_GET), NETDEV_A_DEV_IFINDEX, ifindex);
	err = nl_finish(nl, take_xdp, &answer);
	nl_close(nl);
	return err ? err : answer.result;
}

static void put_device(struct nlmsghdr *nlh, __u32 ifindex)
{
	struct nlattr *header = mnl_attr_nest_start(nlh, ETHTOOL_A_FEATURES_HEADER);

	mnl_attr_put_u32(nlh, ETHTOOL_A_HEADER_DEV_INDEX, ifindex);
	mnl_attr_nest_end(nlh, header);
}

struct feature_answer {
	const char *feature;
	int result;
};

static void take_feature(const struct nlmsghdr *nlh, int32_t nsid, void *arg)
{
	struct feature_answer *answer = arg;

	(void)nsid;
	answer->result = nic_parse_feature(nlh, answer->feature);
}

int nic_feature(__u32 ifindex, const char *feature)
{
	struct feature_answer answer = { .feature = feature, .result = -EBADMSG };
	struct nl *nl;
	int family = open_family(&nl, ETHTOOL_GENL_NAME), err;

	if (family < 0)
		return family;
	put_device(start(nl, family, ETHTOOL_MSG_FEATURES_GET), ifindex);
	err = nl_finish(nl, take_feature, &answer);
	nl_close(nl);
	return err ? err : answer.result;
}

static void put_wanted(struct nlmsghdr *nlh, const char *feature, bool on)
{
	struct nlattr *wanted = mnl_attr_nest_start(nlh, ETHTOOL_A_FEATURES_WANTED);
	struct nlattr *bits = mnl_attr_nest_start(nlh, ETHTOOL_A_BITSET_BITS);
	struct nlattr *bit = mnl_attr_nest_start(nlh, ETHTOOL_A_BITSET_BITS_BIT);

	mnl_attr_put_strz(nlh, ETHTOOL_A_BITSET_BIT_NAME, feature);
	if (on)
		mnl_attr_put(nlh, ETHTOOL_A_BITSET_BIT_VALUE, 0, NULL);
	mnl_attr_nest_end(nlh, bit);
	mnl_attr_nest_end(nlh, bits);
	mnl_attr_nest_end(nlh, wanted);
}

static void take_set_feature(const struct nlmsghdr *nlh, int32_t nsid, void *arg)
{
	struct feature_answer *answer = arg;

	(void)nsid;
	answer->result = nic_parse_set_feature(nlh, answer->feature);
}

/* Without NLM_F_ACK: the answer tells more, and comes before it. */
int nic_set_feature(__u32 ifindex, const char *feature, bool on)
{
	struct feature_answer answer = { .feature = feature, .result = -EBADMSG };
	struct nlmsghdr *nlh;
	struct nl *nl;
	int family = open_family(&nl, ETHTOOL_GENL_NAME), err;

	if (family < 0)
		return family;
	nlh = start(nl, family, ETHTOOL_MSG_FEATURES_SET);
	put_device(nlh, ifindex);
	put_wanted(nlh, feature, on);
	err = nl_finish(nl, take_set_feature, &answer);
	nl_close(nl);
	return err ? err : answer.result;
}
