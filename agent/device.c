/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/ethtool.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>

#include "device.h"

#define NEW (NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL)

static size_t addr_length(const struct spec_addr *a)
{
	return a->family == AF_INET ? 4 : 16;
}

/* ---- looking */

static void take_u32(const struct nlattr *attr, uint32_t *value)
{
	if (mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
		*value = mnl_attr_get_u32(attr);
}

static void take_bcqueuelen(const struct nlattr *linkinfo, uint32_t *value)
{
	const struct nlattr *info, *data;

	mnl_attr_for_each_nested (info, linkinfo) {
		if (mnl_attr_get_type(info) != IFLA_INFO_DATA)
			continue;
		mnl_attr_for_each_nested (data, info) {
			if (mnl_attr_get_type(data) == IFLA_MACVLAN_BC_QUEUE_LEN)
				take_u32(data, value);
		}
	}
}

static void take_device(const struct nlmsghdr *nlh, int32_t nsid, void *arg)
{
	struct device *device = arg;
	const struct nlattr *attr;

	(void)nsid;
	if (nlh->nlmsg_type != RTM_NEWLINK || rtnl_parse_link(nlh, &device->link, NULL))
		return;
	mnl_attr_for_each (attr, nlh, sizeof(struct ifinfomsg)) {
		if (mnl_attr_get_type(attr) == IFLA_MTU)
			take_u32(attr, &device->mtu);
		if (mnl_attr_get_type(attr) == IFLA_LINKINFO &&
		    device->link.kind == RTNL_KIND_MACVLAN)
			take_bcqueuelen(attr, &device->bcqueuelen);
	}
}

static int get(struct nl *nl, int32_t ifindex, const char *name, struct device *device)
{
	struct nlmsghdr *nlh = nl_start(nl, RTM_GETLINK, 0);
	struct ifinfomsg *header = mnl_nlmsg_put_extra_header(nlh, sizeof(*header));
	int err;

	*device = (struct device){};
	header->ifi_index = ifindex;
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	if (name)
		mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	err = nl_finish(nl, take_device, device);
	if (err)
		return err;
	return device->link.ifindex ? 0 : -EBADMSG;
}

int device_find(struct nl *nl, const char *name, struct device *device)
{
	return get(nl, 0, name, device);
}

int device_get(struct nl *nl, int32_t ifindex, struct device *device)
{
	return get(nl, ifindex, NULL, device);
}

/* ---- making */

static struct nlmsghdr *start_link(struct nl *nl, uint16_t type, uint16_t flags, int32_t ifindex)
{
	struct nlmsghdr *nlh = nl_start(nl, type, flags);
	struct ifinfomsg *header = mnl_nlmsg_put_extra_header(nlh, sizeof(*header));

	header->ifi_index = ifindex;
	return nlh;
}

int device_make_vlan(struct nl *nl, const char *name, int32_t lower, uint16_t vlan)
{
	struct nlmsghdr *nlh = start_link(nl, RTM_NEWLINK, NEW, 0);
	struct nlattr *info, *data;

	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	mnl_attr_put_u32(nlh, IFLA_LINK, lower);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_str(nlh, IFLA_INFO_KIND, "vlan");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u16(nlh, IFLA_VLAN_ID, vlan);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return nl_finish(nl, NULL, NULL);
}

static void put_macvlan(struct nlmsghdr *nlh, const struct spec *spec, unsigned int words)
{
	struct nlattr *info = mnl_attr_nest_start(nlh, IFLA_LINKINFO), *data;

	mnl_attr_put_str(nlh, IFLA_INFO_KIND, "macvlan");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	if (words & SPEC_MODE)
		mnl_attr_put_u32(nlh, IFLA_MACVLAN_MODE, spec->mode);
	if (words & SPEC_BCQUEUELEN)
		mnl_attr_put_u32(nlh, IFLA_MACVLAN_BC_QUEUE_LEN, spec->bcqueuelen);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
}

int device_make_macvlan(struct nl *nl, const char *name, const struct spec *spec, int32_t parent,
			int fd)
{
	struct nlmsghdr *nlh = start_link(nl, RTM_NEWLINK, NEW, 0);

	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	mnl_attr_put_u32(nlh, IFLA_LINK, parent);
	mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, fd);
	if (spec->given & SPEC_MAC)
		mnl_attr_put(nlh, IFLA_ADDRESS, sizeof(spec->mac), spec->mac);
	if (spec->given & SPEC_MTU)
		mnl_attr_put_u32(nlh, IFLA_MTU, spec->mtu);
	put_macvlan(nlh, spec, spec->given);
	return nl_finish(nl, NULL, NULL);
}

static void put_common(struct nlmsghdr *nlh, const char *name, const struct spec *spec)
{
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	if (spec->given & SPEC_MTU)
		mnl_attr_put_u32(nlh, IFLA_MTU, spec->mtu);
}

static void put_peer(struct nlmsghdr *nlh, const char *name, const struct spec *spec, int fd)
{
	struct nlattr *peer = mnl_attr_nest_start(nlh, VETH_INFO_PEER);

	memset(mnl_nlmsg_get_payload_tail(nlh), 0, sizeof(struct ifinfomsg));
	nlh->nlmsg_len += sizeof(struct ifinfomsg);
	put_common(nlh, name, spec);
	if (spec->given & SPEC_MAC)
		mnl_attr_put(nlh, IFLA_ADDRESS, sizeof(spec->mac), spec->mac);
	mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, fd);
	mnl_attr_nest_end(nlh, peer);
}

static int make_pair(struct nl *nl, const char *port, const char *name, const struct spec *spec,
		     int fd)
{
	struct nlmsghdr *nlh = start_link(nl, RTM_NEWLINK, NEW, 0);
	struct nlattr *info, *data;

	put_common(nlh, port, spec);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_str(nlh, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	put_peer(nlh, name, spec, fd);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return nl_finish(nl, NULL, NULL);
}

static int silence(struct nl *nl, const char *name)
{
	struct nlmsghdr *nlh = start_link(nl, RTM_SETLINK, NLM_F_ACK, 0);
	struct ifinfomsg *header = mnl_nlmsg_get_payload(nlh);
	struct nlattr *families, *inet6;

	header->ifi_flags = header->ifi_change = IFF_NOARP;
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	families = mnl_attr_nest_start(nlh, IFLA_AF_SPEC);
	inet6 = mnl_attr_nest_start(nlh, AF_INET6);
	mnl_attr_put_u8(nlh, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(nlh, inet6);
	mnl_attr_nest_end(nlh, families);
	return nl_finish(nl, NULL, NULL);
}

int device_gro_on(struct nl *nl, const char *name)
{
	struct ethtool_value gro = { .cmd = ETHTOOL_SGRO, .data = 1 };
	struct ifreq request = { .ifr_data = (void *)&gro };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return ioctl(nl_fd(nl), SIOCETHTOOL, &request) ? -errno : 0;
}

int device_make_veth(struct nl *nl, const char *port, const char *name, const struct spec *spec,
		     int fd)
{
	int err = make_pair(nl, port, name, spec, fd);

	if (!err)
		err = silence(nl, port);
	return err ? err : device_gro_on(nl, port);
}

int device_delete(struct nl *nl, int32_t nsid, int32_t ifindex)
{
	struct nlmsghdr *nlh = start_link(nl, RTM_DELLINK, NLM_F_ACK, ifindex);

	if (nsid != RTNL_OWN_NETNS)
		mnl_attr_put_u32(nlh, IFLA_TARGET_NETNSID, nsid);
	return nl_finish(nl, NULL, NULL);
}

/* ---- changing */

int device_mark(struct nl *nl, int32_t ifindex, const char *mark)
{
	struct nlmsghdr *nlh = start_link(nl, RTM_SETLINK, NLM_F_ACK, ifindex);
	char alias[sizeof(RTNL_ALIAS) + RTNL_MARK];

	snprintf(alias, sizeof(alias), RTNL_ALIAS "%s", mark);
	mnl_attr_put_str(nlh, IFLA_IFALIAS, alias);
	return nl_finish(nl, NULL, NULL);
}

int device_rename(struct nl *nl, int32_t ifindex, const char *name)
{
	struct nlmsghdr *nlh = start_link(nl, RTM_SETLINK, NLM_F_ACK, ifindex);

	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	return nl_finish(nl, NULL, NULL);
}

int device_up(struct nl *nl, int32_t ifindex)
{
	struct nlmsghdr *nlh = start_link(nl, RTM_SETLINK, NLM_F_ACK, ifindex);
	struct ifinfomsg *header = mnl_nlmsg_get_payload(nlh);

	header->ifi_flags = header->ifi_change = IFF_UP;
	return nl_finish(nl, NULL, NULL);
}

int device_set(struct nl *nl, int32_t ifindex, const struct spec *spec, unsigned int word)
{
	/* What only the kind understands is for RTM_NEWLINK. */
	uint16_t type = word & (SPEC_MODE | SPEC_BCQUEUELEN) ? RTM_NEWLINK : RTM_SETLINK;
	struct nlmsghdr *nlh = start_link(nl, type, NLM_F_ACK, ifindex);

	if (word == SPEC_MTU)
		mnl_attr_put_u32(nlh, IFLA_MTU, spec->mtu);
	else if (word == SPEC_MAC)
		mnl_attr_put(nlh, IFLA_ADDRESS, sizeof(spec->mac), spec->mac);
	else
		put_macvlan(nlh, spec, word);
	return nl_finish(nl, NULL, NULL);
}

int device_set_gso(struct nl *nl, int32_t ifindex, uint32_t size, uint32_t ipv4)
{
	struct nlmsghdr *nlh = start_link(nl, RTM_SETLINK, NLM_F_ACK, ifindex);

	mnl_attr_put_u32(nlh, IFLA_GSO_MAX_SIZE, size);
	if (ipv4)
		mnl_attr_put_u32(nlh, IFLA_GSO_IPV4_MAX_SIZE, ipv4);
	return nl_finish(nl, NULL, NULL);
}

/* ---- addresses and routes */

static struct nlmsghdr *start_addr(struct nl *nl, uint16_t type, uint16_t flags, int32_t ifindex,
				   const struct spec_addr *addr)
{
	struct nlmsghdr *nlh = nl_start(nl, type, flags);
	struct ifaddrmsg *header = mnl_nlmsg_put_extra_header(nlh, sizeof(*header));

	header->ifa_family = addr->family;
	header->ifa_prefixlen = addr->length;
	header->ifa_index = ifindex;
	mnl_attr_put(nlh, IFA_LOCAL, addr_length(addr), addr->addr);
	mnl_attr_put(nlh, IFA_ADDRESS, addr_length(addr), addr->addr);
	return nlh;
}

/* As `brd +` has it; a subnet of one or two addresses has none. */
static void put_broadcast(struct nlmsghdr *nlh, const struct spec_addr *addr)
{
	uint32_t ip;

	if (addr->family != AF_INET || addr->length > 30)
		return;
	memcpy(&ip, addr->addr, sizeof(ip));
	ip |= htonl(UINT32_MAX >> addr->length);
	mnl_attr_put(nlh, IFA_BROADCAST, sizeof(ip), &ip);
}

int device_add_addr(struct nl *nl, int32_t ifindex, const struct spec_addr *addr)
{
	struct nlmsghdr *nlh = start_addr(nl, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE,
					  ifindex, addr);

	put_broadcast(nlh, addr);
	mnl_attr_put_u8(nlh, IFA_PROTO, DEVICE_PROTO);
	return nl_finish(nl, NULL, NULL);
}

int device_del_addr(struct nl *nl, int32_t ifindex, const struct spec_addr *addr)
{
	start_addr(nl, RTM_DELADDR, NLM_F_ACK, ifindex, addr);
	return nl_finish(nl, NULL, NULL);
}

static int route(struct nl *nl, uint16_t type, uint16_t flags, int32_t ifindex,
		 const struct spec_addr *gateway)
{
	struct nlmsghdr *nlh = nl_start(nl, type, flags);
	struct rtmsg *header = mnl_nlmsg_put_extra_header(nlh, sizeof(*header));

	header->rtm_family = gateway->family;
	header->rtm_table = RT_TABLE_MAIN;
	header->rtm_protocol = DEVICE_PROTO;
	header->rtm_scope = RT_SCOPE_UNIVERSE;
	header->rtm_type = RTN_UNICAST;
	mnl_attr_put(nlh, RTA_GATEWAY, addr_length(gateway), gateway->addr);
	mnl_attr_put_u32(nlh, RTA_OIF, ifindex);
	return nl_finish(nl, NULL, NULL);
}

int device_add_gateway(struct nl *nl, int32_t ifindex, const struct spec_addr *gateway)
{
	return route(nl, RTM_NEWROUTE, NEW, ifindex, gateway);
}

int device_del_gateway(struct nl *nl, int32_t ifindex, const struct spec_addr *gateway)
{
	return route(nl, RTM_DELROUTE, NLM_F_ACK, ifindex, gateway);
}

/* ---- what is ours of them */

static void take_addr(const struct nlmsghdr *nlh, int32_t nsid, void *arg)
{
	const struct ifaddrmsg *header = mnl_nlmsg_get_payload(nlh);
	struct spec_addr a = { .length = header->ifa_prefixlen };
	struct spec *spec = arg;
	const struct nlattr *attr;
	struct rtnl_addr addr;
	uint8_t proto = 0;

	(void)nsid;
	if (nlh->nlmsg_type != RTM_NEWADDR || rtnl_parse_addr(nlh, &addr))
		return;
	mnl_attr_for_each (attr, nlh, sizeof(*header)) {
		if (mnl_attr_get_type(attr) == IFA_PROTO)
			proto = mnl_attr_get_u8(attr);
	}
	a.family = addr.family;
	memcpy(a.addr, addr.addr, sizeof(a.addr));
	if (proto == DEVICE_PROTO && spec->address_count < SPEC_ADDRESSES)
		spec->addresses[spec->address_count++] = a;
}

int device_read_addrs(struct nl *nl, int32_t ifindex, struct spec *spec)
{
	spec->address_count = 0;
	return nl_dump_addrs(nl, RTNL_OWN_NETNS, ifindex, take_addr, spec);
}

struct gateways {
	int32_t ifindex;
	struct spec *spec;
};

static void take_route(const struct nlmsghdr *nlh, int32_t nsid, void *arg)
{
	const struct rtmsg *header = mnl_nlmsg_get_payload(nlh);
	struct spec_addr a = { .family = header->rtm_family };
	const struct gateways *g = arg;
	const struct nlattr *attr;
	uint32_t oif = 0;

	(void)nsid;
	if (nlh->nlmsg_type != RTM_NEWROUTE || header->rtm_dst_len ||
	    header->rtm_protocol != DEVICE_PROTO || header->rtm_table != RT_TABLE_MAIN)
		return;
	mnl_attr_for_each (attr, nlh, sizeof(*header)) {
		if (mnl_attr_get_type(attr) == RTA_OIF)
			take_u32(attr, &oif);
		if (mnl_attr_get_type(attr) == RTA_GATEWAY &&
		    mnl_attr_get_payload_len(attr) == addr_length(&a))
			memcpy(a.addr, mnl_attr_get_payload(attr), addr_length(&a));
	}
	if (oif == (uint32_t)g->ifindex && g->spec->gateway_count < SPEC_GATEWAYS)
		g->spec->gateways[g->spec->gateway_count++] = a;
}

int device_read_gateways(struct nl *nl, int32_t ifindex, struct spec *spec)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	struct gateways g = { ifindex, spec };
	int err = 0;

	spec->gateway_count = 0;
	for (size_t i = 0; !err && i < sizeof(families); i++) {
		struct nlmsghdr *nlh = nl_start(nl, RTM_GETROUTE, NLM_F_DUMP);
		struct rtmsg *header = mnl_nlmsg_put_extra_header(nlh, sizeof(*header));

		header->rtm_family = families[i];
		header->rtm_table = RT_TABLE_MAIN;
		mnl_attr_put_u32(nlh, RTA_OIF, ifindex);
		err = nl_finish(nl, take_route, &g);
	}
	return err;
}
