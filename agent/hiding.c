/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A macvlan that is up has its MAC in the unicast list of the device below,
 * from whatever netns. That is all that can be known of one in a netns that has
 * no id here, no mount and no process that we may look at; but it is enough to
 * withhold no frame from it.
 */
#include <errno.h>
#include <string.h>

#include "hiding.h"
#include "station.h"

struct search {
	const struct table *macs; /* that are in sight */
	bool hiding;
};

static void take_unicast(const struct nlmsghdr *nlh, int32_t nsid, void *arg)
{
	struct search *search = arg;
	struct rtnl_fdb fdb;

	(void)nsid;
	if (!rtnl_parse_fdb(nlh, &fdb) && !table_find(search->macs, fdb.mac))
		search->hiding = true;
}

/*
 * Whether frames for the MAC of a device are not foreign: it stands in fdb, or
 * is that of a VLAN that is judged by itself. A VLAN device on another, macsec
 * and the like are neither.
 */
static bool is_in_sight(const struct model *m, const struct rtnl_link *link)
{
	const struct rtnl_link *below;

	if (!link->ether || model_is_endpoint(link))
		return link->ether;
	if (link->nsid != RTNL_OWN_NETNS || link->kind != RTNL_KIND_VLAN)
		return link->nsid == RTNL_OWN_NETNS && !link->link;
	below = model_link(m, RTNL_OWN_NETNS, link->link);
	return below && below->kind != RTNL_KIND_VLAN;
}

static int collect_macs(const struct model *m, struct table *macs)
{
	table_init(macs, sizeof(((struct rtnl_link *)0)->mac),
		   sizeof(((struct rtnl_link *)0)->mac));
	for (size_t i = 0; i < m->links.count; i++) {
		const struct rtnl_link *link = table_at(&m->links, i);

		if (is_in_sight(m, link) && table_put(macs, link->mac) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int collect_uplinks(const struct model *m, struct table *uplinks)
{
	table_init(uplinks, sizeof(int32_t), sizeof(int32_t));
	for (size_t i = 0; i < m->links.count; i++) {
		const struct rtnl_link *link = table_at(&m->links, i), *parent, *uplink;
		__u16 vlan;

		uplink = station_place(m, link, &parent, &vlan);
		if (uplink && table_put(uplinks, &uplink->ifindex) < 0)
			return -ENOMEM;
	}
	return 0;
}

int hiding_find(struct nl *nl, struct model *model)
{
	struct table macs, uplinks;
	int err = collect_macs(model, &macs), changed = 0;

	err = collect_uplinks(model, &uplinks) ?: err;
	for (size_t i = 0; !err && i < uplinks.count; i++) {
		const int32_t *ifindex = table_at(&uplinks, i);
		struct search search = { .macs = &macs };

		err = nl_dump_unicast(nl, *ifindex, take_unicast, &search);
		if (!err)
			err = model_set_hiding(model, *ifindex, search.hiding);
		if (err > 0) {
			changed = 1;
			err = 0;
		}
	}
	table_free(&macs);
	table_free(&uplinks);
	return err ? err : changed;
}
