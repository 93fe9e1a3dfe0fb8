/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>

#include <libmnl/libmnl.h>

#include "attrs.h"

/*
 * All attributes of @length bytes. Not by mnl_attr_parse(), which takes a cut
 * one for the end, and reads past a length that is no multiple of four.
 */
static int collect(const void *payload, size_t length, struct attrs *attrs)
{
	const struct nlattr *attr = payload;
	int left = (int)length;

	while (mnl_attr_ok(attr, left)) {
		if (mnl_attr_get_type(attr) < ATTRS_MAX)
			attrs->at[mnl_attr_get_type(attr)] = attr;
		left -= MNL_ALIGN(attr->nla_len);
		attr = mnl_attr_next(attr);
	}
	return left ? -EBADMSG : 0;
}

int attrs_of(const struct nlmsghdr *nlh, size_t header, struct attrs *attrs)
{
	const size_t start = NLMSG_SPACE(header);

	memset(attrs, 0, sizeof(*attrs));
	if (nlh->nlmsg_len < start)
		return -EBADMSG;
	return collect((const char *)nlh + start, nlh->nlmsg_len - start, attrs);
}

int attrs_nested(const struct nlattr *attr, struct attrs *attrs)
{
	memset(attrs, 0, sizeof(*attrs));
	if (!attr)
		return 0;
	return collect(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr), attrs);
}

/* Netlink aligns to four bytes only. */
static int get(const struct attrs *attrs, int type, void *value, size_t size)
{
	const struct nlattr *attr = attrs->at[type];

	if (!attr)
		return 0;
	if (mnl_attr_get_payload_len(attr) != size)
		return -EBADMSG;
	memcpy(value, mnl_attr_get_payload(attr), size);
	return 0;
}

int attrs_u16(const struct attrs *attrs, int type, void *value)
{
	return get(attrs, type, value, sizeof(uint16_t));
}

int attrs_u32(const struct attrs *attrs, int type, void *value)
{
	return get(attrs, type, value, sizeof(uint32_t));
}

int attrs_u64(const struct attrs *attrs, int type, void *value)
{
	return get(attrs, type, value, sizeof(uint64_t));
}
