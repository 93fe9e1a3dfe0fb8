/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device keeps its id, and what hangs on it, as long as it stays in its netns, whatever
 * else changes. Pure.
 */
#ifndef HAIRPIN_IDENTITY_H
#define HAIRPIN_IDENTITY_H

#include "model.h"
#include "state.h"

struct identity {
	__u64 netns; /* inode, or the nsid where the inode is not known */
	__u32 ifindex;
	__u32 id;
	__u64 cookie;
	__u64 first_seen;
	__u16 marked; /* as in struct station, as the next */
	bool settled;
};

/* Of the endpoints that are on record (NULL: none), to be freed in any case. 0 or -ENOMEM. */
int identities_known(const struct uplink_state *observed, struct table *known);
/* NULL: it is not on record. */
const struct identity *identity_find(const struct table *known, const struct model *m,
				     const struct rtnl_link *link);

/* Inode and cookie of a netns; 0: not known. */
__u64 identity_netns_ino(const struct model *m, __s32 nsid);
__u64 identity_netns_cookie(const struct model *m, __s32 nsid);

#endif
