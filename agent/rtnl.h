/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rtnetlink messages to structs. Pure: bytes in, struct out, nothing else.
 *
 * Every parser takes a message whose nlmsg_len bytes are readable and trusts
 * nothing inside it. 0, or -EBADMSG if it is not what it claims to be.
 */
#ifndef HAIRPIN_RTNL_H
#define HAIRPIN_RTNL_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/netlink.h>
#include <net/if.h>

/*
 * The netns that a message is about, as an id in hairpind's own netns. Its
 * own netns has this one; the kernel's word for "no id" is the same number.
 */
#define RTNL_OWN_NETNS (-1)

enum rtnl_kind {
	RTNL_KIND_OTHER,
	RTNL_KIND_MACVLAN,
	RTNL_KIND_MACVTAP,
	RTNL_KIND_VLAN,
	RTNL_KIND_IPVLAN, /* and ipvtap */
	RTNL_KIND_VETH,
	RTNL_KIND_XDP, /* none of the kernel's: see model_identify() */
};

#define RTNL_ALIAS "hairpin:" /* begins the IFLA_IFALIAS of devices that we made */
#define RTNL_MARK 80

/* linux/if_link.h of Linux 6.3; Debian 12 has that of 6.1. */
#define IFLA_GSO_IPV4_MAX_SIZE 63

/* A device, as far as hairpin wants to know it. (nsid, ifindex) is the key. */
struct rtnl_link {
	int32_t nsid; /* left to the caller: not in the message */
	int32_t ifindex;
	int32_t link;	   /* ifindex of the device below, 0: none */
	int32_t link_nsid; /* netns of that, RTNL_OWN_NETNS: the same netns */
	uint16_t mode;	   /* MACVLAN_MODE_*, IPVLAN_MODE_* or TPID, by kind */
	uint16_t flags;	   /* IPVLAN_F_* */
	uint16_t vlan;	   /* VLAN id, host order, for a VLAN device */
	uint8_t kind;	   /* enum rtnl_kind */
	uint8_t up;	   /* IFF_UP */
	uint8_t ether;	   /* 1: mac is valid */
	/*
	 * IFF_PROMISC, set by an administrator. What packet sockets, macvlan and
	 * other parts of the kernel want is not in the flags that are told: those
	 * come from dev->gflags (dev_get_flags(), net/core/dev.c).
	 */
	uint8_t promisc;
	uint8_t master; /* 1: it has one: a bridge, bond, VRF */
	uint8_t virt;	/* 1: it has a kind at all, so is no physical device */
	uint8_t mac[6];
	uint8_t takes_xdp;  /* of RTNL_KIND_XDP, left to the caller: XDP can redirect to its port */
	uint8_t native_xdp; /* 1: the XDP program on it is in the driver */
	uint8_t tap;	    /* 1: macvtap or ipvtap: its frames go to whoever reads it */
	uint8_t port;	    /* 1: all that it receives is its master's: a bridge, a bond, no VRF */
	uint8_t pad[2];
	/*
	 * IFLA_GSO_MAX_SIZE, IFLA_GSO_IPV4_MAX_SIZE, IFLA_TSO_MAX_SIZE; 0: the kernel
	 * has none. Nothing is notified when the first two change.
	 */
	uint32_t gso;
	uint32_t gso_ipv4;
	uint32_t tso;
	uint32_t xdp; /* id of the XDP program on it, whoever put it there; 0: none */
	char name[IFNAMSIZ];
	char mark[RTNL_MARK]; /* what we made: the alias behind "hairpin:"; else "" */
};

/* What only a notification tells. */
struct rtnl_link_event {
	uint32_t change; /* ifi_change */
	uint32_t about;	 /* IFLA_EVENT_*; IFLA_EVENT_NONE: it does not say */
	bool moved;	 /* RTM_DELLINK: it went to another netns */
};

/* An address. Everything but flags is the key. */
struct rtnl_addr {
	int32_t nsid; /* left to the caller */
	int32_t ifindex;
	uint8_t family; /* AF_INET, AF_INET6 */
	uint8_t pad[3];
	uint8_t addr[16]; /* network order, IPv4 in the first 4 bytes */
	uint32_t flags;	  /* IFA_F_* */
};
#define RTNL_ADDR_KEY offsetof(struct rtnl_addr, flags)

#define RTNL_ALL_DEVICES (-1) /* conf/all in /proc/sys/net */

/*
 * Whether an IP stack answers on a device for addresses that are not its own.
 * (nsid, ifindex, family) is the key.
 */
struct rtnl_proxy {
	int32_t nsid;	 /* left to the caller */
	int32_t ifindex; /* or RTNL_ALL_DEVICES */
	uint8_t family;	 /* AF_INET: proxy_arp, AF_INET6: proxy_ndp */
	uint8_t on;
	uint8_t pad[2];
};
#define RTNL_PROXY_KEY offsetof(struct rtnl_proxy, on)

/*
 * A route of the table local: an IP stack takes all of these for its own (AnyIP),
 * and answers for them on every device. Everything but on is the key.
 */
struct rtnl_local {
	int32_t nsid; /* left to the caller */
	uint32_t metric;
	uint8_t addr[4]; /* network order */
	uint8_t length;	 /* of the prefix */
	uint8_t tos;
	uint8_t on;
	uint8_t pad;
};
#define RTNL_LOCAL_KEY offsetof(struct rtnl_local, on)

/* A MAC of a device's filter list, or that a bridge knows behind its port. */
struct rtnl_fdb {
	int32_t ifindex;
	uint16_t vlan; /* host order, 0: none */
	uint8_t mac[6];
	uint8_t self;	   /* the device's own, not its bridge's */
	uint8_t permanent; /* neither learned nor aging */
	uint8_t pad[2];
};

/*
 * RTM_NEWLINK or RTM_DELLINK; @event may be NULL. -EAFNOSUPPORT: a family's
 * view of a device, such as that of a bridge on its port, and not the device.
 */
int rtnl_parse_link(const struct nlmsghdr *nlh, struct rtnl_link *link,
		    struct rtnl_link_event *event);

/* RTM_NEWADDR or RTM_DELADDR. -EAFNOSUPPORT: neither IPv4 nor IPv6. */
int rtnl_parse_addr(const struct nlmsghdr *nlh, struct rtnl_addr *addr);

/* RTM_NEWNSID or RTM_DELNSID; @nsid may come out as -1: none. */
int rtnl_parse_nsid(const struct nlmsghdr *nlh, int32_t *nsid);

/*
 * RTM_NEWNETCONF or RTM_DELNETCONF, which ends all settings of a device.
 * -ENODATA: it tells of other settings, or what new devices begin with;
 * -EAFNOSUPPORT: neither IPv4 nor IPv6.
 */
int rtnl_parse_netconf(const struct nlmsghdr *nlh, struct rtnl_proxy *proxy);

/*
 * RTM_NEWROUTE or RTM_DELROUTE. -ENODATA: it is no local route, or is one of those
 * that the kernel has for the address of a device, or for 127.0.0.0/8;
 * -EAFNOSUPPORT: not IPv4.
 */
int rtnl_parse_local(const struct nlmsghdr *nlh, struct rtnl_local *local);

/*
 * RTM_NEWNEIGH with NTF_PROXY: an IPv4 address that the stack answers for on that
 * device, if it forwards; 0: on all. -ENODATA: a neighbour.
 */
int rtnl_parse_proxied(const struct nlmsghdr *nlh, int32_t *ifindex);

/*
 * RTM_NEWNEIGH or RTM_DELNEIGH of AF_BRIDGE. -EAFNOSUPPORT: of another family:
 * a neighbour.
 */
int rtnl_parse_fdb(const struct nlmsghdr *nlh, struct rtnl_fdb *fdb);

#endif
