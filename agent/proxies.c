/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/rtnetlink.h>

#include "proxies.h"

struct reading {
	struct model *model;
	int32_t nsid;
	int result; /* 1: the model changed; or -ENOMEM */
};

static void note(struct reading *r, int result)
{
	if (result && r->result >= 0)
		r->result = result;
}

static int take_local(struct model *m, const struct nlmsghdr *nlh, int32_t nsid)
{
	struct rtnl_local local;

	if (rtnl_parse_local(nlh, &local))
		return 0;
	local.nsid = nsid;
	return model_put_local(m, &local);
}

static int take_netconf(struct model *m, const struct nlmsghdr *nlh, int32_t nsid)
{
	struct rtnl_proxy proxy;

	if (rtnl_parse_netconf(nlh, &proxy))
		return 0;
	proxy.nsid = nsid;
	return model_put_proxy(m, &proxy);
}

int proxies_take(struct model *m, const struct nlmsghdr *nlh, int32_t nsid)
{
	switch (nlh->nlmsg_type) {
	case RTM_NEWNETCONF:
	case RTM_DELNETCONF:
		return take_netconf(m, nlh, nsid);
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return take_local(m, nlh, nsid);
	default:
		return 0;
	}
}

static void take_answer(const struct nlmsghdr *nlh, int32_t nsid, void *arg)
{
	struct reading *r = arg;

	(void)nsid;
	note(r, proxies_take(r->model, nlh, r->nsid));
}

static int dump_netconf(struct nl *nl, int family, struct reading *r)
{
	int err = nl_dump_netconf(nl, family, take_answer, r);

	return err == -EOPNOTSUPP ? 0 : err;
}

/* A netns that never had an address has no such table yet. */
static int dump_locals(struct nl *nl, struct reading *r)
{
	int err = nl_dump_locals(nl, take_answer, r);

	return err == -ENOENT ? 0 : err;
}

int proxies_read(struct nl *nl, int32_t nsid, struct model *m)
{
	struct reading r = { .model = m, .nsid = nsid };
	int err = dump_netconf(nl, AF_INET, &r);

	if (!err)
		err = dump_netconf(nl, AF_INET6, &r);
	if (!err)
		err = dump_locals(nl, &r);
	return err ? err : r.result;
}

static void take_neighbour(const struct nlmsghdr *nlh, int32_t nsid, void *arg)
{
	struct reading *r = arg;
	int32_t ifindex;

	(void)nsid;
	if (!rtnl_parse_proxied(nlh, &ifindex))
		note(r, model_put_proxied(r->model, ifindex));
}

int proxies_read_neighbours(struct nl *nl, struct model *m)
{
	struct reading r = { .model = m };
	int err;

	table_free(&m->proxied);
	err = nl_dump_proxied(nl, take_neighbour, &r);
	return err ? err : r.result;
}
