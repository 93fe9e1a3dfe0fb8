/* SPDX-License-Identifier: BSD-2-Clause */
/* Netlink sockets: requests with their answers, and notifications. */
#ifndef HAIRPIN_NL_H
#define HAIRPIN_NL_H

#include <stdbool.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

/* One message of an answer, or one notification. */
typedef void (*nl_message_fn)(const struct nlmsghdr *nlh, int32_t nsid, void *arg);

struct nl;

/* A socket for requests, with strict checking on. NULL and errno. */
struct nl *nl_open(void);
void nl_close(struct nl *nl);

/* As nl_open(), for nl_start() and nl_finish() with generic netlink. */
struct nl *nl_open_generic(void);

/*
 * Devices or addresses of @nsid (RTNL_OWN_NETNS: our own), of one device or of
 * all (@ifindex 0), and the ids of all namespaces that have one. 0, -EINTR (the dump was
 * interrupted by a change: what came is not consistent) or -errno.
 */
int nl_dump_links(struct nl *nl, int32_t nsid, nl_message_fn fn, void *arg);
int nl_dump_addrs(struct nl *nl, int32_t nsid, int32_t ifindex, nl_message_fn fn, void *arg);
int nl_dump_nsids(struct nl *nl, nl_message_fn fn, void *arg);
/*
 * Of the netns of @nl: settings, -EOPNOTSUPP: the kernel has no such family; IPv4
 * routes of type local of the table local; IPv4 addresses of `ip neigh add proxy`.
 */
int nl_dump_netconf(struct nl *nl, int family, nl_message_fn fn, void *arg);
int nl_dump_locals(struct nl *nl, nl_message_fn fn, void *arg);
int nl_dump_proxied(struct nl *nl, nl_message_fn fn, void *arg);

/*
 * The unicast addresses that a device of our own netns is to receive besides its
 * own (`bridge fdb show dev DEVICE`: self permanent), in messages for
 * rtnl_parse_fdb(). A device above has its MAC there while it is up, in whatever
 * netns it is: a macvlan in every mode but passthru, a VLAN device if it has a
 * MAC of its own. Nothing is notified when the list changes. No such device:
 * nothing. Returns as the above.
 */
int nl_dump_unicast(struct nl *nl, int32_t ifindex, nl_message_fn fn, void *arg);
int nl_get_link(struct nl *nl, int32_t nsid, int32_t ifindex, nl_message_fn fn, void *arg);

/*
 * The id of the netns that @fd names, given by us if it has none yet: only
 * then can it be asked, and its notifications be heard. >= 0 or -errno.
 */
int nl_netns_id(struct nl *nl, int fd);

/*
 * A socket that hears devices, addresses and their settings (netconf) of every
 * netns with an id, the routes of theirs that rtnl_parse_local() may want, and
 * namespace ids and tc changes of our own. Non-blocking. NULL and errno.
 */
struct nl *nl_listen(void);
int nl_fd(const struct nl *nl);

/*
 * Hands over what has arrived, with the netns it is about. 0: nothing left,
 * -ENOBUFS: notifications were lost, or -errno.
 */
int nl_receive(struct nl *nl, nl_message_fn fn, void *arg);

/* Throws away what has arrived. */
void nl_discard(struct nl *nl);

/* Which qdisc stands at ffff:, where clsact has its place, or -errno. */
enum { NL_QDISC_NONE, NL_QDISC_CLSACT, NL_QDISC_INGRESS };
int nl_find_clsact(uint32_t ifindex);

/* Filters, anybody's, on both sides of a device's clsact qdisc, or -errno. */
int nl_count_clsact_filters(uint32_t ifindex);

/*
 * For requests of other kinds: the message to add to; then its answer. A
 * request without one has NLM_F_ACK among its flags.
 */
struct nlmsghdr *nl_start(struct nl *nl, uint16_t type, uint16_t flags);
int nl_finish(struct nl *nl, nl_message_fn fn, void *arg);

/* As nl_open(), of the netns that @netns is a descriptor of: it stays there. */
struct nl *nl_open_at(int netns);
/* Of its netns, socket(7): no other one ever has it. 0: the kernel has none (before 5.14). */
uint64_t nl_cookie(const struct nl *nl);

#endif
