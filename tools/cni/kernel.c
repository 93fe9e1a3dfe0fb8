// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/rtnetlink.h>

#include "device.h"
#include "kernel.h"
#include "turn.h"

static void tell(const char *name, const char *line)
{
	fprintf(stderr, "hairpin-cni: %s: %s\n", name, line);
}

int cni_kernel_open(struct view *k, bool change, struct cni_error *e)
{
	int err = view_open(k, change, tell);

	if (!err)
		return 0;
	if (err == -ETIMEDOUT)
		return cni_fail(e, CNI_AGAIN, TURN_CURE);
	return cni_fail(e, err == -EAGAIN ? CNI_AGAIN : CNI_IO,
			"cannot read devices and namespaces: %s%s", strerror(-err),
			err == -EPERM || err == -EACCES ? ": needs root" : "");
}

/* ---- looking */

static void take_default(const struct nlmsghdr *nlh, int32_t nsid, void *arg)
{
	const struct rtmsg *header = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	uint32_t *oif = arg;

	(void)nsid;
	if (nlh->nlmsg_type != RTM_NEWROUTE || header->rtm_dst_len || *oif ||
	    header->rtm_table != RT_TABLE_MAIN || header->rtm_type != RTN_UNICAST)
		return;
	mnl_attr_for_each (attr, nlh, sizeof(*header)) {
		if (mnl_attr_get_type(attr) == RTA_OIF &&
		    mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
			*oif = mnl_attr_get_u32(attr);
	}
}

int cni_kernel_default(struct nl *nl, char name[IFNAMSIZ], struct cni_error *e)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	struct device device;
	uint32_t oif = 0;

	for (size_t i = 0; !oif && i < sizeof(families); i++) {
		struct nlmsghdr *nlh = nl_start(nl, RTM_GETROUTE, NLM_F_DUMP);
		struct rtmsg *header = mnl_nlmsg_put_extra_header(nlh, sizeof(*header));

		header->rtm_family = families[i];
		header->rtm_table = RT_TABLE_MAIN;
		nl_finish(nl, take_default, &oif);
	}
	if (!oif || device_get(nl, (int32_t)oif, &device))
		return cni_fail(e, CNI_CONFIG,
				"master: it is not given, and there is no default route whose "
				"device it could be: give it");
	strcpy(name, device.link.name);
	return 0;
}

const struct rtnl_link *cni_kernel_link(const struct model *m, uint64_t ino, int32_t ifindex)
{
	for (size_t i = 0; i < m->links.count; i++) {
		const struct rtnl_link *link = table_at(&m->links, i);
		const struct model_netns *netns = model_netns(m, link->nsid);
		uint64_t here = link->nsid == RTNL_OWN_NETNS ? m->own_ino : netns ? netns->ino : 0;

		if (link->ifindex == ifindex && here == ino)
			return link;
	}
	return NULL;
}

/* ---- removing */

static bool is_named(const struct rtnl_link *link, const char *name)
{
	char marked[SPEC_NAME];
	bool declared;

	return spec_unmark(link->mark, marked, &declared) && !strcmp(marked, name);
}

/* The one that is where it should be, and is marked as it. */
static const struct rtnl_link *find_there(const struct view *k, const char *name, const char *netns,
					  const char *ifname)
{
	const struct rtnl_link *link = NULL;
	char error[SPEC_ERROR];
	struct device device;
	struct place place;

	if (!netns[0] || place_open(&place, netns, error))
		return NULL;
	if (!device_find(place.nl, ifname, &device))
		link = cni_kernel_link(&k->model, place.ino, device.link.ifindex);
	place_close(&place);
	return link && is_named(link, name) ? link : NULL;
}

int cni_kernel_remove_link(const struct view *k, const char *name, const struct rtnl_link *link,
			   struct cni_error *e)
{
	char error[SPEC_ERROR];
	int err = link ? manage_remove_link(&k->manage, name, link, error)
		       : manage_remove(&k->manage, name, error);

	if (!err || err == -ENOENT || err == -ENODEV) /* it went meanwhile, with its netns */
		return 0;
	return cni_fail(e, CNI_DEVICE, "endpoint %s %s", name, error);
}

int cni_kernel_remove(const char *name, const char *netns, const char *ifname, struct cni_error *e)
{
	struct view k;
	int err = cni_kernel_open(&k, true, e);

	if (!err)
		err = cni_kernel_remove_link(&k, name, find_there(&k, name, netns, ifname), e);
	view_close(&k);
	return err;
}
