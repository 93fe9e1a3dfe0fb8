/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>

#include "identity.h"

#define IDENTITY_KEY (sizeof(__u64) + sizeof(__u32))

static __u64 netns_key(__u64 ino, __s32 nsid)
{
	return ino ? ino : 1ULL << 63 | (__u32)nsid;
}

int identities_known(const struct uplink_state *observed, struct table *known)
{
	const struct table *endpoints = observed ? &observed->maps[PINS_ENDPOINTS] : NULL;

	table_init(known, IDENTITY_KEY, sizeof(struct identity));
	for (size_t i = 0; endpoints && i < endpoints->count; i++) {
		const struct pins_endpoint *e = table_at(endpoints, i);
		struct identity identity = {
			.netns = netns_key(e->value.netns_ino, e->value.nsid),
			.ifindex = e->value.ifindex,
			.id = e->id,
			.cookie = e->value.netns_cookie,
			.first_seen = e->value.first_seen,
			.marked = e->value.marked,
			.settled = e->value.flags & HP_ENDPOINT_SETTLED,
		};

		if (table_put(known, &identity) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* The kernel gives the inode of a netns that is gone to the next one, but never a cookie. */
const struct identity *identity_find(const struct table *known, const struct model *m,
				     const struct rtnl_link *link)
{
	struct identity key = {
		.netns = netns_key(identity_netns_ino(m, link->nsid), link->nsid),
		.ifindex = link->ifindex,
	};
	const struct identity *identity = table_find(known, &key);
	__u64 cookie = identity_netns_cookie(m, link->nsid);

	if (identity && identity->cookie && cookie && identity->cookie != cookie)
		return NULL;
	return identity;
}

__u64 identity_netns_ino(const struct model *m, __s32 nsid)
{
	const struct model_netns *netns = model_netns(m, nsid);

	if (nsid == RTNL_OWN_NETNS)
		return m->own_ino;
	return netns ? netns->ino : 0;
}

__u64 identity_netns_cookie(const struct model *m, __s32 nsid)
{
	const struct model_netns *netns = model_netns(m, nsid);

	return netns ? netns->cookie : 0;
}
