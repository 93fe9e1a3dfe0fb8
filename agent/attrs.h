/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attributes of a netlink message by their type. Pure; trusts nothing inside
 * the bytes. All functions: 0, or -EBADMSG.
 */
#ifndef HAIRPIN_ATTRS_H
#define HAIRPIN_ATTRS_H

#include <stddef.h>
#include <stdint.h>

#include <linux/netlink.h>

#define ATTRS_MAX 128 /* types above it are newer than this program, and left out */

/* NULL: not there. Of several of one type, the last. */
struct attrs {
	const struct nlattr *at[ATTRS_MAX];
};

/* Of a message with @header bytes before its attributes. */
int attrs_of(const struct nlmsghdr *nlh, size_t header, struct attrs *attrs);
/* Inside @attr; none if that is NULL. */
int attrs_nested(const struct nlattr *attr, struct attrs *attrs);

/* An absent number leaves @value; one of the wrong size is an error. @value: of that many bits. */
int attrs_u16(const struct attrs *attrs, int type, void *value);
int attrs_u32(const struct attrs *attrs, int type, void *value);
int attrs_u64(const struct attrs *attrs, int type, void *value);

#endif
