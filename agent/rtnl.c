/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/net_namespace.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>

#include "attrs.h"
#include "rtnl.h"

static int get_name(const struct attrs *attrs, char name[IFNAMSIZ])
{
	const struct nlattr *attr = attrs->at[IFLA_IFNAME];

	if (!attr || mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0 ||
	    strlen(mnl_attr_get_str(attr)) >= IFNAMSIZ)
		return -EBADMSG;
	strcpy(name, mnl_attr_get_str(attr));
	return 0;
}

/* Other people's aliases are none of our business. */
static void get_mark(const struct nlattr *attr, char mark[RTNL_MARK])
{
	const size_t prefix = strlen(RTNL_ALIAS);
	const char *alias;

	if (!attr || mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0)
		return;
	alias = mnl_attr_get_str(attr);
	if (!strncmp(alias, RTNL_ALIAS, prefix) && strlen(alias + prefix) < RTNL_MARK)
		strcpy(mark, alias + prefix);
}

static enum rtnl_kind kind_of(const struct nlattr *attr)
{
	static const struct {
		const char *name;
		enum rtnl_kind kind;
	} kinds[] = {
		{ "macvlan", RTNL_KIND_MACVLAN }, { "macvtap", RTNL_KIND_MACVTAP },
		{ "vlan", RTNL_KIND_VLAN },	  { "ipvlan", RTNL_KIND_IPVLAN },
		{ "ipvtap", RTNL_KIND_IPVLAN },	  { "veth", RTNL_KIND_VETH },
	};

	if (!attr || mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0)
		return RTNL_KIND_OTHER;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(mnl_attr_get_str(attr), kinds[i].name))
			return kinds[i].kind;
	}
	return RTNL_KIND_OTHER;
}

static bool is_tap(const struct nlattr *kind)
{
	return kind_of(kind) != RTNL_KIND_OTHER && strstr(mnl_attr_get_str(kind), "vtap");
}

/* Those that take the one receive handler of a device, which macvlan and ipvlan need, too. */
static bool is_port(const struct nlattr *master)
{
	static const char *const kinds[] = { "bridge", "bond", "team", "openvswitch" };

	if (!master || mnl_attr_validate(master, MNL_TYPE_NUL_STRING) < 0)
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(mnl_attr_get_str(master), kinds[i]))
			return true;
	}
	return false;
}

/* The data of other kinds is theirs alone, and need not even be attributes. */
static int parse_linkinfo(const struct nlattr *attr, struct rtnl_link *link)
{
	struct attrs info, data;
	uint32_t mode = 0;
	int err;

	if (attrs_nested(attr, &info))
		return -EBADMSG;
	link->kind = kind_of(info.at[IFLA_INFO_KIND]);
	link->virt = info.at[IFLA_INFO_KIND] != NULL;
	link->tap = is_tap(info.at[IFLA_INFO_KIND]);
	link->port = is_port(info.at[IFLA_INFO_SLAVE_KIND]);
	if (link->kind == RTNL_KIND_OTHER || link->kind == RTNL_KIND_VETH)
		return 0;
	if (attrs_nested(info.at[IFLA_INFO_DATA], &data))
		return -EBADMSG;
	if (link->kind == RTNL_KIND_VLAN) {
		err = attrs_u16(&data, IFLA_VLAN_ID, &link->vlan)
			      ?: attrs_u16(&data, IFLA_VLAN_PROTOCOL, &link->mode);
		link->mode = ntohs(link->mode);
		return err;
	}
	if (link->kind == RTNL_KIND_IPVLAN)
		return attrs_u16(&data, IFLA_IPVLAN_MODE, &link->mode)
			       ?: attrs_u16(&data, IFLA_IPVLAN_FLAGS, &link->flags);
	err = attrs_u32(&data, IFLA_MACVLAN_MODE, &mode);
	link->mode = (uint16_t)mode;
	return err;
}

static int parse_xdp(const struct nlattr *attr, struct rtnl_link *link)
{
	struct attrs xdp;

	if (attrs_nested(attr, &xdp) || attrs_u32(&xdp, IFLA_XDP_PROG_ID, &link->xdp))
		return -EBADMSG;
	link->native_xdp = xdp.at[IFLA_XDP_DRV_PROG_ID] != NULL;
	return 0;
}

int rtnl_parse_link(const struct nlmsghdr *nlh, struct rtnl_link *link,
		    struct rtnl_link_event *event)
{
	const struct ifinfomsg *header = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *mac;
	struct attrs attrs;

	memset(link, 0, sizeof(*link));
	link->nsid = link->link_nsid = RTNL_OWN_NETNS;
	if (attrs_of(nlh, sizeof(*header), &attrs))
		return -EBADMSG;
	if (header->ifi_family != AF_UNSPEC)
		return -EAFNOSUPPORT;
	if (header->ifi_index <= 0 || get_name(&attrs, link->name) ||
	    attrs_u32(&attrs, IFLA_LINK, &link->link) ||
	    attrs_u32(&attrs, IFLA_LINK_NETNSID, &link->link_nsid) ||
	    attrs_u32(&attrs, IFLA_GSO_MAX_SIZE, &link->gso) ||
	    attrs_u32(&attrs, IFLA_GSO_IPV4_MAX_SIZE, &link->gso_ipv4) ||
	    attrs_u32(&attrs, IFLA_TSO_MAX_SIZE, &link->tso) ||
	    parse_linkinfo(attrs.at[IFLA_LINKINFO], link) || parse_xdp(attrs.at[IFLA_XDP], link))
		return -EBADMSG;
	link->ifindex = header->ifi_index;
	get_mark(attrs.at[IFLA_IFALIAS], link->mark);
	link->up = !!(header->ifi_flags & IFF_UP);
	link->promisc = !!(header->ifi_flags & IFF_PROMISC);
	link->master = attrs.at[IFLA_MASTER] != NULL;
	mac = attrs.at[IFLA_ADDRESS];
	if (mac && header->ifi_type == ARPHRD_ETHER &&
	    mnl_attr_get_payload_len(mac) == sizeof(link->mac)) {
		memcpy(link->mac, mnl_attr_get_payload(mac), sizeof(link->mac));
		link->ether = 1;
	}
	if (!event)
		return 0;
	event->change = header->ifi_change;
	event->about = IFLA_EVENT_NONE;
	event->moved = attrs.at[IFLA_NEW_NETNSID] != NULL;
	return attrs_u32(&attrs, IFLA_EVENT, &event->about);
}

/* With a peer, IFA_ADDRESS is the peer's and IFA_LOCAL is ours. */
static const struct nlattr *own_address(const struct attrs *attrs)
{
	return attrs->at[IFA_LOCAL] ? attrs->at[IFA_LOCAL] : attrs->at[IFA_ADDRESS];
}

int rtnl_parse_addr(const struct nlmsghdr *nlh, struct rtnl_addr *addr)
{
	const struct ifaddrmsg *header = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *bytes;
	struct attrs attrs;
	size_t length;

	memset(addr, 0, sizeof(*addr));
	addr->nsid = RTNL_OWN_NETNS;
	if (attrs_of(nlh, sizeof(*header), &attrs))
		return -EBADMSG;
	if (header->ifa_family != AF_INET && header->ifa_family != AF_INET6)
		return -EAFNOSUPPORT;
	length = header->ifa_family == AF_INET ? 4 : 16;
	bytes = own_address(&attrs);
	addr->flags = header->ifa_flags;
	if (!bytes || mnl_attr_get_payload_len(bytes) != length || !header->ifa_index ||
	    attrs_u32(&attrs, IFA_FLAGS, &addr->flags))
		return -EBADMSG;
	addr->ifindex = header->ifa_index;
	addr->family = header->ifa_family;
	memcpy(addr->addr, mnl_attr_get_payload(bytes), length);
	return 0;
}

int rtnl_parse_nsid(const struct nlmsghdr *nlh, int32_t *nsid)
{
	struct attrs attrs;

	*nsid = NETNSA_NSID_NOT_ASSIGNED;
	if (attrs_of(nlh, sizeof(struct rtgenmsg), &attrs) || attrs_u32(&attrs, NETNSA_NSID, nsid))
		return -EBADMSG;
	return 0;
}

int rtnl_parse_netconf(const struct nlmsghdr *nlh, struct rtnl_proxy *proxy)
{
	const struct netconfmsg *header = mnl_nlmsg_get_payload(nlh);
	int32_t ifindex = 0, on = 0;
	struct attrs attrs;

	memset(proxy, 0, sizeof(*proxy));
	proxy->nsid = RTNL_OWN_NETNS;
	if (attrs_of(nlh, sizeof(*header), &attrs))
		return -EBADMSG;
	if (header->ncm_family != AF_INET && header->ncm_family != AF_INET6)
		return -EAFNOSUPPORT;
	if (attrs_u32(&attrs, NETCONFA_IFINDEX, &ifindex) ||
	    attrs_u32(&attrs, NETCONFA_PROXY_NEIGH, &on) || !ifindex ||
	    ifindex < NETCONFA_IFINDEX_DEFAULT)
		return -EBADMSG;
	if (ifindex == NETCONFA_IFINDEX_DEFAULT ||
	    (nlh->nlmsg_type == RTM_NEWNETCONF && !attrs.at[NETCONFA_PROXY_NEIGH]))
		return -ENODATA;
	proxy->ifindex = ifindex;
	proxy->family = header->ncm_family;
	proxy->on = on && nlh->nlmsg_type == RTM_NEWNETCONF;
	return 0;
}

/* Every address is a local route of its own. An address with a prefix is one more, on lo alone. */
static bool is_address(const struct rtmsg *header)
{
	return header->rtm_dst_len == 32 && header->rtm_protocol == RTPROT_KERNEL;
}

int rtnl_parse_local(const struct nlmsghdr *nlh, struct rtnl_local *local)
{
	const struct rtmsg *header = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *dst;
	struct attrs attrs;

	memset(local, 0, sizeof(*local));
	local->nsid = RTNL_OWN_NETNS;
	if (attrs_of(nlh, sizeof(*header), &attrs))
		return -EBADMSG;
	if (header->rtm_family != AF_INET)
		return -EAFNOSUPPORT;
	if (header->rtm_type != RTN_LOCAL || header->rtm_table != RT_TABLE_LOCAL ||
	    is_address(header))
		return -ENODATA;
	dst = attrs.at[RTA_DST];
	if ((dst ? mnl_attr_get_payload_len(dst) != sizeof(local->addr) : header->rtm_dst_len) ||
	    header->rtm_dst_len > 32 || attrs_u32(&attrs, RTA_PRIORITY, &local->metric))
		return -EBADMSG;
	if (dst)
		memcpy(local->addr, mnl_attr_get_payload(dst), sizeof(local->addr));
	local->length = header->rtm_dst_len;
	local->tos = header->rtm_tos;
	local->on = nlh->nlmsg_type == RTM_NEWROUTE;
	return local->addr[0] == 127 ? -ENODATA : 0;
}

int rtnl_parse_proxied(const struct nlmsghdr *nlh, int32_t *ifindex)
{
	const struct ndmsg *header = mnl_nlmsg_get_payload(nlh);
	struct attrs attrs;

	if (attrs_of(nlh, sizeof(*header), &attrs))
		return -EBADMSG;
	if (header->ndm_family != AF_INET || !(header->ndm_flags & NTF_PROXY))
		return -ENODATA;
	if (header->ndm_ifindex < 0)
		return -EBADMSG;
	*ifindex = header->ndm_ifindex;
	return 0;
}

int rtnl_parse_fdb(const struct nlmsghdr *nlh, struct rtnl_fdb *fdb)
{
	const struct ndmsg *header = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *mac;
	struct attrs attrs;

	memset(fdb, 0, sizeof(*fdb));
	if (attrs_of(nlh, sizeof(*header), &attrs))
		return -EBADMSG;
	if (header->ndm_family != AF_BRIDGE)
		return -EAFNOSUPPORT;
	mac = attrs.at[NDA_LLADDR];
	if (header->ndm_ifindex <= 0 || !mac || mnl_attr_get_payload_len(mac) != sizeof(fdb->mac) ||
	    attrs_u16(&attrs, NDA_VLAN, &fdb->vlan))
		return -EBADMSG;
	fdb->ifindex = header->ndm_ifindex;
	fdb->self = !!(header->ndm_flags & NTF_SELF);
	fdb->permanent = !!(header->ndm_state & NUD_PERMANENT);
	memcpy(fdb->mac, mnl_attr_get_payload(mac), sizeof(fdb->mac));
	return 0;
}
