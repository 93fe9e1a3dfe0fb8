// SPDX-License-Identifier: BSD-2-Clause
/* Netlink bytes to structs: captured messages, and what is left of them when they are damaged. */
#include "unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/net_namespace.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>

#include "fixtures.h"
#include "rtnl.h"

struct parsed {
	struct rtnl_link link;
	struct rtnl_link_event event;
	struct rtnl_addr addr;
	struct rtnl_proxy proxy;
	struct rtnl_fdb fdb;
	struct rtnl_local local;
	int32_t proxied;
	int32_t nsid;
};

/* Neighbours, and the MACs that bridges and devices know. */
static int parse_neigh(const struct nlmsghdr *nlh, struct parsed *p)
{
	int err = rtnl_parse_fdb(nlh, &p->fdb);

	return err == -EAFNOSUPPORT && !rtnl_parse_proxied(nlh, &p->proxied) ? 0 : err;
}

static int parse(const struct nlmsghdr *nlh, struct parsed *p)
{
	switch (nlh->nlmsg_type) {
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return rtnl_parse_addr(nlh, &p->addr);
	case RTM_NEWNETCONF:
	case RTM_DELNETCONF:
		return rtnl_parse_netconf(nlh, &p->proxy);
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		return parse_neigh(nlh, p);
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return rtnl_parse_local(nlh, &p->local);
	case RTM_NEWNSID:
	case RTM_DELNSID:
		return rtnl_parse_nsid(nlh, &p->nsid);
	default:
		return rtnl_parse_link(nlh, &p->link, &p->event);
	}
}

static const struct fixture {
	const char *name;
	const unsigned char *bytes;
	size_t size;
	int result;
} fixtures[] = {
#define FIXTURE(name, result) \
	{ \
#name, name, sizeof(name) - 1, result \
	}
	FIXTURE(macvlan_own, 0),
	FIXTURE(macvtap_own, 0),
	FIXTURE(veth_parent, 0),
	FIXTURE(bare_newlink, 0),
	FIXTURE(macvlan_foreign, 0),
	FIXTURE(macvlan_source, 0),
	FIXTURE(dellink_moved, 0),
	FIXTURE(bridge_port, -EAFNOSUPPORT),
	FIXTURE(addr_peer, 0),
	FIXTURE(addr_tentative, 0),
	FIXTURE(addr_dadfailed, 0),
	FIXTURE(addr_valid, 0),
	FIXTURE(newnsid, 0),
	FIXTURE(delnsid, 0),
	FIXTURE(netconf_dump, 0),
	FIXTURE(netconf_proxy_arp, 0),
	FIXTURE(netconf_proxy_ndp_all, 0),
	FIXTURE(netconf_default, -ENODATA),
	FIXTURE(netconf_forwarding, -ENODATA),
	FIXTURE(netconf_gone, 0),
	FIXTURE(route_local, 0),
	FIXTURE(route_local_gone, 0),
	FIXTURE(route_of_prefix, 0),
	FIXTURE(route_of_address, -ENODATA),
	FIXTURE(route_broadcast, -ENODATA),
	FIXTURE(route_local_default, 0),
	FIXTURE(neigh_proxied, 0),
	FIXTURE(fdb_macvlan, 0),
	FIXTURE(fdb_group, 0),
	FIXTURE(fdb_bridge, 0),
};

/* In memory of exactly @size bytes, so that ASan sees a byte too many being read. */
static struct nlmsghdr *copy(const unsigned char *bytes, size_t size)
{
	struct nlmsghdr *nlh = malloc(size);

	assert_non_null(nlh);
	memcpy(nlh, bytes, size);
	return nlh;
}

static struct parsed parse_fixture(const unsigned char *bytes, size_t size)
{
	struct nlmsghdr *nlh = copy(bytes, size);
	struct parsed p = {};

	assert_int_equal(nlh->nlmsg_len, size);
	assert_int_equal(parse(nlh, &p), 0);
	free(nlh);
	return p;
}

#define PARSE(fixture) parse_fixture(fixture, sizeof(fixture) - 1)

static void assert_link(const struct rtnl_link *actual, struct rtnl_link expected)
{
	assert_int_equal(actual->nsid, RTNL_OWN_NETNS);
	expected.nsid = RTNL_OWN_NETNS;
	assert_string_equal(actual->name, expected.name);
	assert_memory_equal(actual->mac, expected.mac, sizeof(actual->mac));
	assert_memory_equal(actual, &expected, sizeof(expected));
}

/* What devices begin with, on a kernel that has all three. */
#define GSO .gso = 65536, .gso_ipv4 = 65536, .tso = 524280

static void macvlan_of_the_own_netns(void **state)
{
	struct parsed p = PARSE(macvlan_own);

	(void)state;
	assert_link(&p.link, (struct rtnl_link){ .ifindex = 3,
						 .link = 2,
						 .link_nsid = RTNL_OWN_NETNS,
						 .mode = MACVLAN_MODE_BRIDGE,
						 .kind = RTNL_KIND_MACVLAN,
						 .up = 1,
						 .ether = 1,
						 .virt = 1,
						 GSO,
						 .mac = { 2, 0, 0, 0, 0, 0x20 },
						 .name = "mv0" });
	assert_false(p.event.moved);
}

static void macvtap_that_is_down(void **state)
{
	struct parsed p = PARSE(macvtap_own);

	(void)state;
	assert_link(&p.link, (struct rtnl_link){ .ifindex = 4,
						 .link = 2,
						 .link_nsid = RTNL_OWN_NETNS,
						 .mode = MACVLAN_MODE_VEPA,
						 .kind = RTNL_KIND_MACVTAP,
						 .ether = 1,
						 .virt = 1,
						 .tap = 1,
						 GSO,
						 .mac = { 2, 0, 0, 0, 0, 0x21 },
						 .name = "tap0" });
}

static const struct rtnl_link eth0 = { .ifindex = 2,
				       .link = 2,
				       .link_nsid = 0,
				       .kind = RTNL_KIND_VETH,
				       .up = 1,
				       .ether = 1,
				       .virt = 1,
				       GSO,
				       .mac = { 2, 0, 0, 0, 0, 0x10 },
				       .name = "eth0" };

static void parent_that_is_a_veth(void **state)
{
	struct parsed p = PARSE(veth_parent);

	(void)state;
	assert_link(&p.link, eth0);
}

static void notification_in_which_nothing_changed(void **state)
{
	struct parsed p = PARSE(bare_newlink);

	(void)state;
	assert_link(&p.link, eth0);
	assert_int_equal(p.event.change, 0);
}

static void macvlan_on_a_device_of_another_netns(void **state)
{
	struct parsed p = PARSE(macvlan_foreign);

	(void)state;
	assert_link(&p.link, (struct rtnl_link){ .ifindex = 5,
						 .link = 2,
						 .link_nsid = 0,
						 .mode = MACVLAN_MODE_PRIVATE,
						 .kind = RTNL_KIND_MACVLAN,
						 .up = 1,
						 .ether = 1,
						 .virt = 1,
						 GSO,
						 .mac = { 2, 0, 0, 0, 0, 0x22 },
						 .name = "mv1" });
	assert_int_equal(p.event.change, IFF_UP);
}

static void macvlan_in_source_mode(void **state)
{
	struct parsed p = PARSE(macvlan_source);

	(void)state;
	assert_int_equal(p.link.mode, MACVLAN_MODE_SOURCE);
	assert_int_equal(p.link.kind, RTNL_KIND_MACVLAN);
}

static void device_that_leaves_for_another_netns(void **state)
{
	struct parsed p = PARSE(dellink_moved);

	(void)state;
	assert_true(p.event.moved);
	assert_int_equal(p.link.ifindex, 5);
}

static void event_is_optional(void **state)
{
	struct nlmsghdr *nlh = copy(dellink_moved, sizeof(dellink_moved) - 1);
	struct rtnl_link link;

	(void)state;
	assert_int_equal(rtnl_parse_link(nlh, &link, NULL), 0);
	free(nlh);
}

static void view_of_a_bridge_is_no_device(void **state)
{
	struct nlmsghdr *nlh = copy(bridge_port, sizeof(bridge_port) - 1);
	struct parsed p;

	(void)state;
	assert_int_equal(parse(nlh, &p), -EAFNOSUPPORT);
	free(nlh);
}

static void assert_addr(const struct rtnl_addr *actual, struct rtnl_addr expected)
{
	expected.nsid = RTNL_OWN_NETNS;
	assert_memory_equal(actual, &expected, sizeof(expected));
}

static void own_address_and_not_the_peers(void **state)
{
	struct parsed p = PARSE(addr_peer);

	(void)state;
	assert_addr(&p.addr, (struct rtnl_addr){ .ifindex = 3,
						 .family = AF_INET,
						 .addr = { 192, 168, 14, 133 },
						 .flags = IFA_F_PERMANENT });
}

static void address_flags_in_32_bits(void **state)
{
	struct rtnl_addr expected = { .ifindex = 5,
				      .family = AF_INET6,
				      .addr = { 0x20, 0x01, 0x0d, 0xb8, [15] = 0x99 } };
	struct parsed tentative = PARSE(addr_tentative);
	struct parsed failed = PARSE(addr_dadfailed);
	struct parsed valid = PARSE(addr_valid);

	(void)state;
	expected.flags = IFA_F_PERMANENT | IFA_F_TENTATIVE;
	assert_addr(&tentative.addr, expected);
	expected.flags |= IFA_F_DADFAILED;
	assert_addr(&failed.addr, expected);
	assert_int_equal(valid.addr.flags, IFA_F_PERMANENT);
}

static void namespace_ids(void **state)
{
	(void)state;
	assert_int_equal(PARSE(newnsid).nsid, 1);
	assert_int_equal(PARSE(delnsid).nsid, 1);
}

static void assert_proxy(struct parsed p, int ifindex, int family, int on)
{
	struct rtnl_proxy expected = {
		.nsid = RTNL_OWN_NETNS, .ifindex = ifindex, .family = family, .on = on
	};

	assert_memory_equal(&p.proxy, &expected, sizeof(expected));
}

static void proxies_on_and_off(void **state)
{
	(void)state;
	assert_proxy(PARSE(netconf_dump), 3, AF_INET, 0);
	assert_proxy(PARSE(netconf_proxy_arp), 3, AF_INET, 1);
	assert_proxy(PARSE(netconf_proxy_ndp_all), RTNL_ALL_DEVICES, AF_INET6, 1);
	assert_proxy(PARSE(netconf_gone), 2, AF_INET6, 0);
}

static int parse_result(const unsigned char *bytes, size_t size)
{
	struct nlmsghdr *nlh = copy(bytes, size);
	struct parsed p;
	int err = parse(nlh, &p);

	free(nlh);
	return err;
}

static void settings_that_do_not_matter(void **state)
{
	(void)state;
	assert_int_equal(parse_result(netconf_default, sizeof(netconf_default) - 1), -ENODATA);
	assert_int_equal(parse_result(netconf_forwarding, sizeof(netconf_forwarding) - 1),
			 -ENODATA);
}

static void assert_local(struct parsed p, struct rtnl_local expected)
{
	expected.nsid = RTNL_OWN_NETNS;
	assert_memory_equal(&p.local, &expected, sizeof(expected));
}

static void prefixes_that_a_stack_has_for_its_own(void **state)
{
	(void)state;
	assert_local(PARSE(route_local),
		     (struct rtnl_local){ .addr = { 10, 5 }, .length = 24, .metric = 7, .on = 1 });
	assert_local(PARSE(route_local_gone),
		     (struct rtnl_local){ .addr = { 10, 5 }, .length = 24, .metric = 7 });
	assert_local(PARSE(route_of_prefix),
		     (struct rtnl_local){ .addr = { 10, 6 }, .length = 24, .on = 1 });
	assert_local(PARSE(route_local_default), (struct rtnl_local){ .on = 1 });
}

/* The bytes of route_local, one of them another. */
static int parse_local_with(size_t at, unsigned char byte)
{
	struct nlmsghdr *nlh = copy(route_local, sizeof(route_local) - 1);
	struct rtnl_local local;
	int err;

	((unsigned char *)nlh)[at] = byte;
	err = rtnl_parse_local(nlh, &local);
	free(nlh);
	return err;
}

static void routes_that_do_not_matter(void **state)
{
	const size_t header = NLMSG_HDRLEN, dst = NLMSG_HDRLEN + sizeof(struct rtmsg) + 12;

	(void)state;
	assert_int_equal(parse_local_with(header + offsetof(struct rtmsg, rtm_family), AF_INET), 0);
	assert_int_equal(parse_local_with(header + offsetof(struct rtmsg, rtm_family), AF_INET6),
			 -EAFNOSUPPORT);
	assert_int_equal(parse_local_with(header + offsetof(struct rtmsg, rtm_type), RTN_UNICAST),
			 -ENODATA);
	assert_int_equal(
		parse_local_with(header + offsetof(struct rtmsg, rtm_table), RT_TABLE_MAIN),
		-ENODATA);
	assert_int_equal(parse_local_with(dst, 127), -ENODATA);
	assert_int_equal(parse_local_with(header + offsetof(struct rtmsg, rtm_dst_len), 32),
			 0); /* not the kernel's own */
}

static void proxied_neighbours(void **state)
{
	struct nlmsghdr *nlh = copy(neigh_proxied, sizeof(neigh_proxied) - 1);
	struct ndmsg *header = NLMSG_DATA(nlh);
	int32_t ifindex = 0;

	(void)state;
	assert_int_equal(rtnl_parse_proxied(nlh, &ifindex), 0);
	assert_int_equal(ifindex, 1);
	header->ndm_flags = 0;
	assert_int_equal(rtnl_parse_proxied(nlh, &ifindex), -ENODATA);
	header->ndm_flags = NTF_PROXY;
	header->ndm_family = AF_INET6;
	assert_int_equal(rtnl_parse_proxied(nlh, &ifindex), -ENODATA);
	free(nlh);
}

static void assert_fdb(struct parsed p, struct rtnl_fdb expected)
{
	assert_memory_equal(&p.fdb, &expected, sizeof(expected));
}

static void macs_that_a_device_receives(void **state)
{
	struct rtnl_fdb expected = {
		.ifindex = 3, .mac = { 2, 0, 0, 0, 0, 0x20 }, .self = 1, .permanent = 1
	};

	(void)state;
	assert_fdb(PARSE(fdb_macvlan), expected);
	memcpy(expected.mac, "\x33\x33\0\0\0\1", 6);
	assert_fdb(PARSE(fdb_group), expected);
}

static void mac_that_a_bridge_knows(void **state)
{
	(void)state;
	assert_fdb(PARSE(fdb_bridge),
		   (struct rtnl_fdb){ .ifindex = 5,
				      .mac = { 0x26, 0x42, 0x1a, 0x15, 0x51, 0x04 },
				      .permanent = 1 });
}

/* Messages that this kernel does not send, or that nobody should. */

struct message {
	char buffer[4096];
	struct nlmsghdr *nlh;
};

static void link_message(struct message *m, const char *name)
{
	struct ifinfomsg *header;

	m->nlh = mnl_nlmsg_put_header(m->buffer);
	m->nlh->nlmsg_type = RTM_NEWLINK;
	header = mnl_nlmsg_put_extra_header(m->nlh, sizeof(*header));
	header->ifi_type = ARPHRD_ETHER;
	header->ifi_index = 7;
	if (name)
		mnl_attr_put_strz(m->nlh, IFLA_IFNAME, name);
}

static struct ifaddrmsg *addr_message(struct message *m, int family)
{
	struct ifaddrmsg *header;

	m->nlh = mnl_nlmsg_put_header(m->buffer);
	m->nlh->nlmsg_type = RTM_NEWADDR;
	header = mnl_nlmsg_put_extra_header(m->nlh, sizeof(*header));
	header->ifa_family = family;
	header->ifa_index = 7;
	return header;
}

static void netconf_message(struct message *m, int family, int32_t ifindex)
{
	struct netconfmsg *header;

	m->nlh = mnl_nlmsg_put_header(m->buffer);
	m->nlh->nlmsg_type = RTM_NEWNETCONF;
	header = mnl_nlmsg_put_extra_header(m->nlh, sizeof(*header));
	header->ncm_family = family;
	mnl_attr_put_u32(m->nlh, NETCONFA_IFINDEX, ifindex);
}

static struct ndmsg *fdb_message(struct message *m, const unsigned char *mac, size_t size)
{
	struct ndmsg *header;

	m->nlh = mnl_nlmsg_put_header(m->buffer);
	m->nlh->nlmsg_type = RTM_NEWNEIGH;
	header = mnl_nlmsg_put_extra_header(m->nlh, sizeof(*header));
	header->ndm_family = AF_BRIDGE;
	header->ndm_ifindex = 7;
	if (mac)
		mnl_attr_put(m->nlh, NDA_LLADDR, size, mac);
	return header;
}

static int parse_message(const struct message *m, struct parsed *p)
{
	struct nlmsghdr *nlh = copy((const unsigned char *)m->nlh, m->nlh->nlmsg_len);
	int err;

	memset(p, 0, sizeof(*p));
	err = parse(nlh, p);
	free(nlh);
	return err;
}

static void put_vlan(struct message *m, const void *id, size_t size)
{
	struct nlattr *info = mnl_attr_nest_start(m->nlh, IFLA_LINKINFO), *data;

	mnl_attr_put_strz(m->nlh, IFLA_INFO_KIND, "vlan");
	data = mnl_attr_nest_start(m->nlh, IFLA_INFO_DATA);
	mnl_attr_put(m->nlh, IFLA_VLAN_ID, size, id);
	mnl_attr_nest_end(m->nlh, data);
	mnl_attr_nest_end(m->nlh, info);
}

static void vlan_device(void **state)
{
	uint16_t vlan = 50;
	struct message m;
	struct parsed p;

	(void)state;
	link_message(&m, "eth0.50");
	mnl_attr_put_u32(m.nlh, IFLA_LINK, 2);
	put_vlan(&m, &vlan, sizeof(vlan));
	assert_int_equal(parse_message(&m, &p), 0);
	assert_int_equal(p.link.kind, RTNL_KIND_VLAN);
	assert_int_equal(p.link.vlan, 50);
	assert_int_equal(p.link.link, 2);
	assert_int_equal(p.link.link_nsid, RTNL_OWN_NETNS);
}

static void unknown_kinds_and_attributes_pass(void **state)
{
	struct nlattr *info;
	struct message m;
	struct parsed p;

	(void)state;
	link_message(&m, "x");
	mnl_attr_put_u32(m.nlh, 4000, 1); /* newer than this program */
	info = mnl_attr_nest_start(m.nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(m.nlh, IFLA_INFO_KIND, "macvlanx");
	mnl_attr_put(m.nlh, IFLA_INFO_DATA, 3, "abc"); /* of a kind of its own: not looked at */
	mnl_attr_nest_end(m.nlh, info);
	assert_int_equal(parse_message(&m, &p), 0);
	assert_int_equal(p.link.kind, RTNL_KIND_OTHER);
	assert_int_equal(p.link.virt, 1);
}

static void physical_devices_have_no_kind(void **state)
{
	struct message m;
	struct parsed p;

	(void)state;
	link_message(&m, "enp1s0");
	assert_int_equal(parse_message(&m, &p), 0);
	assert_int_equal(p.link.virt, 0);
	mnl_attr_nest_end(m.nlh, mnl_attr_nest_start(m.nlh, IFLA_LINKINFO));
	assert_int_equal(parse_message(&m, &p), 0);
	assert_int_equal(p.link.virt, 0);
}

static void promiscuous_or_with_a_master(void **state)
{
	struct message m;
	struct parsed p;

	(void)state;
	link_message(&m, "x");
	assert_int_equal(parse_message(&m, &p), 0);
	assert_int_equal(p.link.promisc, 0);
	assert_int_equal(p.link.master, 0);
	((struct ifinfomsg *)mnl_nlmsg_get_payload(m.nlh))->ifi_flags = IFF_PROMISC | IFF_UP;
	assert_int_equal(parse_message(&m, &p), 0);
	assert_int_equal(p.link.promisc, 1);
	assert_int_equal(p.link.master, 0);
	mnl_attr_put_u32(m.nlh, IFLA_MASTER, 9);
	assert_int_equal(parse_message(&m, &p), 0);
	assert_int_equal(p.link.master, 1);
}

static void put_master(struct message *m, const char *kind)
{
	struct nlattr *info = mnl_attr_nest_start(m->nlh, IFLA_LINKINFO);

	mnl_attr_put_strz(m->nlh, IFLA_INFO_SLAVE_KIND, kind);
	mnl_attr_nest_end(m->nlh, info);
}

static void what_masters_take(void **state)
{
	static const struct {
		const char *master;
		bool port;
	} rows[] = { { "bridge", true },      { "bond", true }, { "team", true },
		     { "openvswitch", true }, { "vrf", false }, { "bridge2", false } };
	struct message m;
	struct parsed p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		link_message(&m, "x");
		put_master(&m, rows[i].master);
		assert_int_equal(parse_message(&m, &p), 0);
		assert_row(rows[i].master, p.link.port == rows[i].port);
		assert_row(rows[i].master, !p.link.virt);
	}
}

static void what_an_event_is_about(void **state)
{
	struct message m;
	struct parsed p;

	(void)state;
	link_message(&m, "x");
	assert_int_equal(parse_message(&m, &p), 0);
	assert_int_equal(p.event.about, IFLA_EVENT_NONE);
	mnl_attr_put_u32(m.nlh, IFLA_EVENT, IFLA_EVENT_FEATURES);
	assert_int_equal(parse_message(&m, &p), 0);
	assert_int_equal(p.event.about, IFLA_EVENT_FEATURES);
	mnl_attr_put_u16(m.nlh, IFLA_EVENT, IFLA_EVENT_FEATURES);
	assert_int_equal(parse_message(&m, &p), -EBADMSG);
}

static void xdp_programs(void **state)
{
	struct nlattr *xdp;
	struct message m;
	struct parsed p;

	(void)state;
	link_message(&m, "x");
	assert_int_equal(parse_message(&m, &p), 0);
	assert_int_equal(p.link.xdp, 0);
	xdp = mnl_attr_nest_start(m.nlh, IFLA_XDP);
	mnl_attr_put_u8(m.nlh, IFLA_XDP_ATTACHED, XDP_ATTACHED_NONE);
	mnl_attr_nest_end(m.nlh, xdp);
	assert_int_equal(parse_message(&m, &p), 0);
	assert_int_equal(p.link.xdp, 0);
	xdp = mnl_attr_nest_start(m.nlh, IFLA_XDP);
	mnl_attr_put_u8(m.nlh, IFLA_XDP_ATTACHED, XDP_ATTACHED_DRV);
	mnl_attr_put_u32(m.nlh, IFLA_XDP_PROG_ID, 4711);
	mnl_attr_nest_end(m.nlh, xdp);
	assert_int_equal(parse_message(&m, &p), 0);
	assert_int_equal(p.link.xdp, 4711);
	xdp = mnl_attr_nest_start(m.nlh, IFLA_XDP);
	mnl_attr_put_u16(m.nlh, IFLA_XDP_PROG_ID, 4711);
	mnl_attr_nest_end(m.nlh, xdp);
	assert_int_equal(parse_message(&m, &p), -EBADMSG);
}

static void only_ethernet_has_a_mac(void **state)
{
	static const struct {
		const char *row;
		size_t length;
		uint16_t type;
		bool ether;
	} rows[] = {
		{ "ethernet", 6, ARPHRD_ETHER, true },
		{ "infiniband", 20, ARPHRD_INFINIBAND, false },
		{ "infiniband of 6 bytes", 6, ARPHRD_INFINIBAND, false },
		{ "ethernet of 5 bytes", 5, ARPHRD_ETHER, false },
		{ "ethernet of 7 bytes", 7, ARPHRD_ETHER, false },
		{ "ethernet of 0 bytes", 0, ARPHRD_ETHER, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		static const unsigned char mac[20] = { 2, 1, 1, 1, 1, 1, 1 };
		struct ifinfomsg *header;
		struct message m;
		struct parsed p;

		link_message(&m, "x");
		header = mnl_nlmsg_get_payload(m.nlh);
		header->ifi_type = rows[i].type;
		mnl_attr_put(m.nlh, IFLA_ADDRESS, rows[i].length, mac);
		assert_row(rows[i].row, parse_message(&m, &p) == 0);
		assert_row(rows[i].row, p.link.ether == rows[i].ether);
		assert_row(rows[i].row, p.link.mac[0] == (rows[i].ether ? 2 : 0));
	}
}

static void names_must_fit(void **state)
{
	static const struct {
		const char *row;
		const char *name;
		size_t size;
		int result;
	} rows[] = {
		{ "15 characters", "abcdefghijklmno", 16, 0 },
		{ "16 characters", "abcdefghijklmnop", 17, -EBADMSG },
		{ "without its end", "abc", 3, -EBADMSG },
		{ "16 without its end", "abcdefghijklmnop", 16, -EBADMSG },
		{ "empty attribute", "", 0, -EBADMSG },
		{ "none", NULL, 0, -EBADMSG },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct message m;
		struct parsed p;

		link_message(&m, NULL);
		if (rows[i].name)
			mnl_attr_put(m.nlh, IFLA_IFNAME, rows[i].size, rows[i].name);
		assert_row(rows[i].row, parse_message(&m, &p) == rows[i].result);
	}
}

static void numbers_of_the_wrong_size(void **state)
{
	static const unsigned char bytes[8] = { 1 };
	static const int types[] = { IFLA_LINK, IFLA_LINK_NETNSID };
	struct message m;
	struct parsed p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		for (size_t size = 0; size <= sizeof(bytes); size++) {
			link_message(&m, "x");
			mnl_attr_put(m.nlh, types[i], size, bytes);
			assert_int_equal(parse_message(&m, &p), size == 4 ? 0 : -EBADMSG);
		}
	}
	for (size_t size = 0; size <= sizeof(bytes); size++) {
		link_message(&m, "x");
		put_vlan(&m, bytes, size);
		assert_int_equal(parse_message(&m, &p), size == 2 ? 0 : -EBADMSG);
	}
}

static void addresses_of_the_wrong_size(void **state)
{
	static const unsigned char bytes[20] = { 10, 1 };
	static const int types[] = { IFA_LOCAL, IFA_ADDRESS };
	static const int families[] = { AF_INET, AF_INET6 };
	struct message m;
	struct parsed p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		for (size_t size = 0; size <= sizeof(bytes); size++) {
			int family = families[i];
			size_t right = family == AF_INET ? 4 : 16;

			addr_message(&m, family);
			mnl_attr_put(m.nlh, types[i], size, bytes);
			assert_int_equal(parse_message(&m, &p), size == right ? 0 : -EBADMSG);
		}
	}
}

static void addresses_that_are_none(void **state)
{
	static const unsigned char bytes[16] = { 10, 1 };
	struct message m;
	struct parsed p;

	(void)state;
	addr_message(&m, AF_INET);
	assert_int_equal(parse_message(&m, &p), -EBADMSG); /* no address */
	addr_message(&m, AF_INET)->ifa_index = 0;
	mnl_attr_put(m.nlh, IFA_LOCAL, 4, bytes);
	assert_int_equal(parse_message(&m, &p), -EBADMSG);
	addr_message(&m, AF_PACKET);
	mnl_attr_put(m.nlh, IFA_LOCAL, 4, bytes);
	assert_int_equal(parse_message(&m, &p), -EAFNOSUPPORT);
	addr_message(&m, AF_INET6);
	mnl_attr_put(m.nlh, IFA_ADDRESS, 16, bytes);
	mnl_attr_put(m.nlh, IFA_FLAGS, 2, bytes);
	assert_int_equal(parse_message(&m, &p), -EBADMSG);
}

static void flags_of_the_header_where_there_are_no_others(void **state)
{
	static const unsigned char bytes[16] = { 0x20, 1 };
	struct message m;
	struct parsed p;

	(void)state;
	addr_message(&m, AF_INET6)->ifa_flags = IFA_F_TENTATIVE;
	mnl_attr_put(m.nlh, IFA_ADDRESS, 16, bytes);
	assert_int_equal(parse_message(&m, &p), 0);
	assert_int_equal(p.addr.flags, IFA_F_TENTATIVE);
}

static void devices_without_an_index(void **state)
{
	static const int indices[] = { 0, -1, INT32_MIN };
	struct message m;
	struct parsed p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(indices); i++) {
		struct ifinfomsg *header;

		link_message(&m, "x");
		header = mnl_nlmsg_get_payload(m.nlh);
		header->ifi_index = indices[i];
		assert_int_equal(parse_message(&m, &p), -EBADMSG);
	}
}

static void namespaces_without_an_id(void **state)
{
	struct message m = { .nlh = mnl_nlmsg_put_header(m.buffer) };
	struct parsed p;

	(void)state;
	m.nlh->nlmsg_type = RTM_NEWNSID;
	mnl_nlmsg_put_extra_header(m.nlh, sizeof(struct rtgenmsg));
	assert_int_equal(parse_message(&m, &p), 0);
	assert_int_equal(p.nsid, NETNSA_NSID_NOT_ASSIGNED);
	mnl_attr_put_u16(m.nlh, NETNSA_NSID, 1);
	assert_int_equal(parse_message(&m, &p), -EBADMSG);
}

/* The kernel takes any number but 0 for on, and tells it as it is. */
static void any_number_switches_a_proxy_on(void **state)
{
	static const int32_t values[] = { 1, 2, 256, -1, INT32_MIN };
	struct message m;
	struct parsed p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		netconf_message(&m, AF_INET6, 7);
		mnl_attr_put_u32(m.nlh, NETCONFA_PROXY_NEIGH, values[i]);
		assert_int_equal(parse_message(&m, &p), 0);
		assert_proxy(p, 7, AF_INET6, 1);
		m.nlh->nlmsg_type = RTM_DELNETCONF;
		assert_int_equal(parse_message(&m, &p), 0);
		assert_proxy(p, 7, AF_INET6, 0);
	}
}

static void settings_of_nothing(void **state)
{
	struct message m;
	struct parsed p;

	(void)state;
	netconf_message(&m, AF_UNSPEC, 7); /* such as MPLS has */
	mnl_attr_put_u32(m.nlh, NETCONFA_PROXY_NEIGH, 1);
	assert_int_equal(parse_message(&m, &p), -EAFNOSUPPORT);
	netconf_message(&m, AF_INET, 0);
	mnl_attr_put_u32(m.nlh, NETCONFA_PROXY_NEIGH, 1);
	assert_int_equal(parse_message(&m, &p), -EBADMSG);
	netconf_message(&m, AF_INET, -3);
	mnl_attr_put_u32(m.nlh, NETCONFA_PROXY_NEIGH, 1);
	assert_int_equal(parse_message(&m, &p), -EBADMSG);
	netconf_message(&m, AF_INET, 7);
	mnl_attr_put_u16(m.nlh, NETCONFA_PROXY_NEIGH, 1);
	assert_int_equal(parse_message(&m, &p), -EBADMSG);
}

static void mac_in_a_vlan_that_was_learned(void **state)
{
	static const unsigned char mac[] = { 2, 0, 0, 0, 0, 0x55 };
	struct message m;
	struct parsed p;

	(void)state;
	fdb_message(&m, mac, sizeof(mac))->ndm_state = NUD_REACHABLE;
	mnl_attr_put_u16(m.nlh, NDA_VLAN, 5);
	assert_int_equal(parse_message(&m, &p), 0);
	assert_fdb(p, (struct rtnl_fdb){ .ifindex = 7, .vlan = 5, .mac = { 2, 0, 0, 0, 0, 0x55 } });
	fdb_message(&m, mac, sizeof(mac));
	mnl_attr_put_u32(m.nlh, NDA_VLAN, 5);
	assert_int_equal(parse_message(&m, &p), -EBADMSG);
}

static void macs_that_are_none(void **state)
{
	static const unsigned char mac[20] = { 2 };
	struct message m;
	struct parsed p;

	(void)state;
	for (size_t size = 0; size <= sizeof(mac); size++) {
		fdb_message(&m, mac, size);
		assert_int_equal(parse_message(&m, &p), size == 6 ? 0 : -EBADMSG);
	}
	fdb_message(&m, NULL, 0);
	assert_int_equal(parse_message(&m, &p), -EBADMSG);
	fdb_message(&m, mac, 6)->ndm_ifindex = 0;
	assert_int_equal(parse_message(&m, &p), -EBADMSG);
	fdb_message(&m, mac, 6)->ndm_family = AF_INET; /* a neighbour */
	assert_int_equal(parse_message(&m, &p), -EAFNOSUPPORT);
}

/* Inner lengths that say more, or less, than there is. */
static void nested_lengths_that_lie(void **state)
{
	static const uint16_t lengths[] = { 0, 1, 3, 5, 40, 0x7fff, 0xffff };
	uint16_t vlan = 50;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		for (int depth = 0; depth < 4; depth++) {
			struct nlattr *attr;
			struct message m;
			struct parsed p;

			link_message(&m, "x");
			attr = mnl_nlmsg_get_payload_tail(m.nlh); /* IFLA_LINKINFO */
			put_vlan(&m, &vlan, sizeof(vlan));
			if (depth > 0)
				attr = mnl_attr_get_payload(attr); /* IFLA_INFO_KIND */
			if (depth > 1)
				attr = mnl_attr_next(attr); /* IFLA_INFO_DATA */
			if (depth > 2)
				attr = mnl_attr_get_payload(attr); /* IFLA_VLAN_ID */
			attr->nla_len = lengths[i];
			/* What is cut off is not seen: never a VLAN with another id. */
			if (!parse_message(&m, &p) && p.link.kind == RTNL_KIND_VLAN)
				assert_true(p.link.vlan == 0 || p.link.vlan == vlan);
		}
	}
}

static bool is_valid(const struct parsed *p, uint16_t type)
{
	if (type == RTM_NEWNSID || type == RTM_DELNSID)
		return true;
	if (type == RTM_NEWNETCONF || type == RTM_DELNETCONF)
		return (p->proxy.ifindex > 0 || p->proxy.ifindex == RTNL_ALL_DEVICES) &&
		       p->proxy.on <= 1;
	if (type == RTM_NEWNEIGH || type == RTM_DELNEIGH)
		return p->fdb.ifindex
			       ? p->fdb.ifindex > 0 && p->fdb.self <= 1 && p->fdb.permanent <= 1
			       : p->proxied >= 0;
	if (type == RTM_NEWROUTE || type == RTM_DELROUTE)
		return p->local.length <= 32 && p->local.on <= 1;
	if (type == RTM_NEWADDR || type == RTM_DELADDR)
		return p->addr.ifindex && (p->addr.family == AF_INET || p->addr.family == AF_INET6);
	return p->link.ifindex > 0 && strnlen(p->link.name, IFNAMSIZ) < IFNAMSIZ &&
	       p->link.kind <= RTNL_KIND_VETH && p->link.up <= 1 && p->link.ether <= 1;
}

static void assert_survives(const struct fixture *f, const struct nlmsghdr *nlh, size_t where)
{
	struct parsed p = {};
	int err = parse(nlh, &p);

	if (err ? err != -EBADMSG && err != -EAFNOSUPPORT && err != -ENODATA
		: !is_valid(&p, nlh->nlmsg_type))
		fail_msg("%s, byte %zu: %d", f->name, where, err);
}

static void every_truncation(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fixtures); i++) {
		const struct fixture *f = &fixtures[i];

		for (size_t length = NLMSG_HDRLEN; length < f->size; length++) {
			struct nlmsghdr *nlh = copy(f->bytes, length);

			nlh->nlmsg_len = length;
			assert_survives(f, nlh, length);
			free(nlh);
		}
	}
}

/* Too short for its fixed part, or cut where the kernel would have padded. */
static void truncations_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fixtures); i++) {
		const struct fixture *f = &fixtures[i];
		size_t lengths[] = { NLMSG_HDRLEN, NLMSG_HDRLEN + 1, f->size - 3, f->size - 1 };

		for (size_t j = 0; j < ARRAY_SIZE(lengths); j++) {
			struct nlmsghdr *nlh = copy(f->bytes, lengths[j]);
			struct parsed p;

			nlh->nlmsg_len = lengths[j];
			assert_row(f->name, parse(nlh, &p) == -EBADMSG);
			free(nlh);
		}
	}
}

static void every_byte_changed(void **state)
{
	static const unsigned char masks[] = { 0x01, 0x02, 0x40, 0x80, 0xff };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fixtures); i++) {
		const struct fixture *f = &fixtures[i];
		struct nlmsghdr *nlh = copy(f->bytes, f->size);
		unsigned char *bytes = (unsigned char *)nlh;

		/* Not the header of the message: its length is what was received. */
		for (size_t at = NLMSG_HDRLEN; at < f->size; at++) {
			for (size_t j = 0; j < ARRAY_SIZE(masks); j++) {
				bytes[at] ^= masks[j];
				assert_survives(f, nlh, at);
				bytes[at] ^= masks[j];
			}
			for (int value = 0; value <= 0xff; value += 0xff) {
				bytes[at] = value;
				assert_survives(f, nlh, at);
				bytes[at] = f->bytes[at];
			}
		}
		free(nlh);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(macvlan_of_the_own_netns),
		cmocka_unit_test(macvtap_that_is_down),
		cmocka_unit_test(parent_that_is_a_veth),
		cmocka_unit_test(notification_in_which_nothing_changed),
		cmocka_unit_test(macvlan_on_a_device_of_another_netns),
		cmocka_unit_test(macvlan_in_source_mode),
		cmocka_unit_test(device_that_leaves_for_another_netns),
		cmocka_unit_test(event_is_optional),
		cmocka_unit_test(view_of_a_bridge_is_no_device),
		cmocka_unit_test(own_address_and_not_the_peers),
		cmocka_unit_test(address_flags_in_32_bits),
		cmocka_unit_test(namespace_ids),
		cmocka_unit_test(proxies_on_and_off),
		cmocka_unit_test(settings_that_do_not_matter),
		cmocka_unit_test(prefixes_that_a_stack_has_for_its_own),
		cmocka_unit_test(routes_that_do_not_matter),
		cmocka_unit_test(proxied_neighbours),
		cmocka_unit_test(macs_that_a_device_receives),
		cmocka_unit_test(mac_that_a_bridge_knows),
		cmocka_unit_test(vlan_device),
		cmocka_unit_test(unknown_kinds_and_attributes_pass),
		cmocka_unit_test(physical_devices_have_no_kind),
		cmocka_unit_test(promiscuous_or_with_a_master),
		cmocka_unit_test(what_masters_take),
		cmocka_unit_test(what_an_event_is_about),
		cmocka_unit_test(xdp_programs),
		cmocka_unit_test(only_ethernet_has_a_mac),
		cmocka_unit_test(names_must_fit),
		cmocka_unit_test(numbers_of_the_wrong_size),
		cmocka_unit_test(addresses_of_the_wrong_size),
		cmocka_unit_test(addresses_that_are_none),
		cmocka_unit_test(flags_of_the_header_where_there_are_no_others),
		cmocka_unit_test(devices_without_an_index),
		cmocka_unit_test(namespaces_without_an_id),
		cmocka_unit_test(any_number_switches_a_proxy_on),
		cmocka_unit_test(settings_of_nothing),
		cmocka_unit_test(mac_in_a_vlan_that_was_learned),
		cmocka_unit_test(macs_that_are_none),
		cmocka_unit_test(nested_lengths_that_lie),
		cmocka_unit_test(every_truncation),
		cmocka_unit_test(truncations_are_refused),
		cmocka_unit_test(every_byte_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
