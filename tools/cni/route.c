// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "device.h"
#include "route.h"
#include "rtnl.h"

static size_t addr_length(const struct spec_addr *a)
{
	return a->family == AF_INET ? 4 : 16;
}

/* ---- adding */

static uint8_t scope_of(const struct cni_route *route)
{
	if (route->scope >= 0)
		return (uint8_t)route->scope;
	return route->gateway.family || route->to.family == AF_INET6 ? RT_SCOPE_UNIVERSE
								     : RT_SCOPE_LINK;
}

static void put_metrics(struct nlmsghdr *nlh, const struct cni_route *route)
{
	struct nlattr *metrics;

	if (!route->mtu && !route->advmss)
		return;
	metrics = mnl_attr_nest_start(nlh, RTA_METRICS);
	if (route->mtu)
		mnl_attr_put_u32(nlh, RTAX_MTU, route->mtu);
	if (route->advmss)
		mnl_attr_put_u32(nlh, RTAX_ADVMSS, route->advmss);
	mnl_attr_nest_end(nlh, metrics);
}

int cni_route_add(struct nl *nl, int32_t ifindex, const struct cni_route *route)
{
	struct nlmsghdr *nlh = nl_start(nl, RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE);
	struct rtmsg *header = mnl_nlmsg_put_extra_header(nlh, sizeof(*header));

	header->rtm_family = route->to.family;
	header->rtm_dst_len = route->to.length;
	header->rtm_table = RT_TABLE_UNSPEC; /* RTA_TABLE has it */
	header->rtm_protocol = DEVICE_PROTO;
	header->rtm_scope = scope_of(route);
	header->rtm_type = RTN_UNICAST;
	mnl_attr_put(nlh, RTA_DST, addr_length(&route->to), route->to.addr);
	if (route->gateway.family)
		mnl_attr_put(nlh, RTA_GATEWAY, addr_length(&route->gateway), route->gateway.addr);
	mnl_attr_put_u32(nlh, RTA_OIF, ifindex);
	mnl_attr_put_u32(nlh, RTA_TABLE, route->table ? route->table : RT_TABLE_MAIN);
	if (route->priority)
		mnl_attr_put_u32(nlh, RTA_PRIORITY, route->priority);
	put_metrics(nlh, route);
	return nl_finish(nl, NULL, NULL);
}

/* ---- finding */

struct route_search {
	const struct cni_route *route;
	bool found;
};

static uint32_t number(const struct nlattr *attr)
{
	return mnl_attr_validate(attr, MNL_TYPE_U32) < 0 ? 0 : mnl_attr_get_u32(attr);
}

static void take_addr(const struct nlattr *attr, struct spec_addr *a)
{
	if (mnl_attr_get_payload_len(attr) == addr_length(a))
		memcpy(a->addr, mnl_attr_get_payload(attr), addr_length(a));
}

static void take_route(const struct nlmsghdr *nlh, int32_t nsid, void *arg)
{
	const struct rtmsg *header = mnl_nlmsg_get_payload(nlh);
	struct cni_route r = { .table = header->rtm_table };
	struct route_search *search = arg;
	const struct cni_route *want = search->route;
	const struct nlattr *attr;

	(void)nsid;
	if (nlh->nlmsg_type != RTM_NEWROUTE || header->rtm_family != want->to.family)
		return;
	r.to.family = r.gateway.family = header->rtm_family;
	mnl_attr_for_each (attr, nlh, sizeof(*header)) {
		switch (mnl_attr_get_type(attr)) {
		case RTA_DST:
			take_addr(attr, &r.to);
			break;
		case RTA_GATEWAY:
			take_addr(attr, &r.gateway);
			break;
		case RTA_TABLE:
			r.table = number(attr);
			break;
		case RTA_PRIORITY:
			r.priority = number(attr);
			break;
		}
	}
	search->found |= header->rtm_dst_len == want->to.length &&
			 !memcmp(r.to.addr, want->to.addr, sizeof(r.to.addr)) &&
			 r.table == (want->table ? want->table : RT_TABLE_MAIN) &&
			 (!want->gateway.family ||
			  !memcmp(r.gateway.addr, want->gateway.addr, sizeof(r.gateway.addr))) &&
			 (!want->priority || r.priority == want->priority);
}

int cni_route_find(struct nl *nl, const struct cni_route *route)
{
	struct route_search search = { .route = route };
	struct nlmsghdr *nlh = nl_start(nl, RTM_GETROUTE, NLM_F_DUMP);
	struct rtmsg *header = mnl_nlmsg_put_extra_header(nlh, sizeof(*header));
	int err;

	header->rtm_family = route->to.family;
	err = nl_finish(nl, take_route, &search);
	return err ? err : search.found ? 0 : -ENOENT;
}

struct address_search {
	const struct spec_addr *address;
	bool found;
};

static void take_address(const struct nlmsghdr *nlh, int32_t nsid, void *arg)
{
	const struct ifaddrmsg *header = mnl_nlmsg_get_payload(nlh);
	struct address_search *search = arg;
	struct rtnl_addr addr;

	(void)nsid;
	if (nlh->nlmsg_type == RTM_NEWADDR && !rtnl_parse_addr(nlh, &addr))
		search->found |= addr.family == search->address->family &&
				 header->ifa_prefixlen == search->address->length &&
				 !(addr.flags & IFA_F_DADFAILED) &&
				 !memcmp(addr.addr, search->address->addr, sizeof(addr.addr));
}

int cni_address_find(struct nl *nl, int32_t ifindex, const struct spec_addr *address)
{
	struct address_search search = { .address = address };
	int err = nl_dump_addrs(nl, RTNL_OWN_NETNS, ifindex, take_address, &search);

	return err ? err : search.found ? 0 : -ENOENT;
}
