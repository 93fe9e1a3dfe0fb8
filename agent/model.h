/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel has: devices, addresses, proxies and network namespaces, as
 * netlink told. Pure; discover.c feeds it, desired.c reads it.
 *
 * Everything is keyed by (nsid, ifindex) and never by name, since names
 * repeat in every netns.
 */
#ifndef HAIRPIN_MODEL_H
#define HAIRPIN_MODEL_H

#include "rtnl.h"
#include "table.h"

struct model_netns {
	int32_t nsid;
	uint32_t pad;
	uint64_t ino;
	uint64_t cookie; /* SO_NETNS_COOKIE, never given again; 0: not known */
	char name[64];	 /* in words a person knows */
};

struct model {
	uint64_t own_ino;	 /* of the netns that hairpind serves */
	int32_t own_nsid;	 /* the id that it has in itself, as IFLA_LINK_NETNSID says it */
	struct table links;	 /* struct rtnl_link */
	struct table addrs;	 /* struct rtnl_addr */
	struct table duplicates; /* struct rtnl_addr that failed IPv6 DAD: not in addrs */
	struct table netns;	 /* struct model_netns, foreign ones only */
	struct table proxies;	 /* struct rtnl_proxy that are on */
	struct table locals;	 /* struct rtnl_local that are on */
	struct table proxied; /* int32_t ifindex of our own netns: `ip neigh add proxy`; 0: all */
	struct table hiding;  /* int32_t ifindex: devices below some that we cannot see */
};

void model_init(struct model *m);
void model_free(struct model *m);
void model_clear(struct model *m); /* forgets everything but namespaces */

const struct rtnl_link *model_link(const struct model *m, int32_t nsid, int32_t ifindex);
const struct model_netns *model_netns(const struct model *m, int32_t nsid);

/* Whether devices of the netns are in the model: of others than our own, those that matter. */
bool model_has_links(const struct model *m, int32_t nsid);

/* Whether @link is a macvlan, macvtap, ipvlan or XDP endpoint. */
bool model_is_endpoint(const struct rtnl_link *link);
/* Whether one can be made on @link. */
bool model_can_be_parent(const struct rtnl_link *link);
/*
 * An XDP endpoint is the far end of a veth whose other end, in our own netns, is
 * marked as its port. If @link is one, it gets that kind and the port's mark.
 */
void model_identify(const struct model *m, struct rtnl_link *link);
/* Whether @link is a port. */
bool model_is_port(const struct rtnl_link *link);
/* The device of our own netns that the endpoint @link sits on, or its port; or NULL. */
const struct rtnl_link *model_parent(const struct model *m, const struct rtnl_link *link);

/*
 * Whether the IP stack of a netns may answer on a device for addresses that no
 * device of it has, as the kernel judges: the device or all have proxy_arp or
 * proxy_ndp on (IN_DEV_PROXY_ARP(); ndisc_recv_ns()); IPv4 only: it has a route of
 * type local (arp_process()), or, in our own netns, an `ip neigh add proxy`.
 * @family: AF_INET, AF_INET6.
 *
 * conf/DEVICE/proxy_arp_pvlan is not known here, as the kernel tells no one. Single
 * IPv6 addresses need proxy_ndp. A local route that went with its device, without a
 * word, counts until all is read again.
 */
bool model_proxies(const struct model *m, int32_t nsid, int family, int32_t ifindex);

/* All of these: 1 if the model changed, 0 if not, -ENOMEM. */
int model_put_link(struct model *m, const struct rtnl_link *link);
int model_del_link(struct model *m, int32_t nsid, int32_t ifindex);
int model_put_addr(struct model *m, const struct rtnl_addr *addr);
int model_del_addr(struct model *m, const struct rtnl_addr *addr);
int model_put_proxy(struct model *m, const struct rtnl_proxy *proxy);
int model_put_local(struct model *m, const struct rtnl_local *local);
int model_put_proxied(struct model *m, int32_t ifindex);
/* Whether a device of ours is below one that we cannot see, in a netns closed to us. */
int model_set_hiding(struct model *m, int32_t ifindex, bool hiding);
bool model_is_hiding(const struct model *m, int32_t ifindex);
int model_put_netns(struct model *m, const struct model_netns *netns);
int model_del_netns(struct model *m, int32_t nsid);

#endif
