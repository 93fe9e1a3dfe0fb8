/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "discover.h"
#include "hiding.h"
#include "log.h"
#include "netns.h"
#include "nic.h"
#include "nl.h"
#include "proxies.h"

#define DUMP_TRIES 5 /* of one namespace that changes meanwhile */

struct discover {
	struct model *model;
	struct nl *requests;
	struct nl *events;
	/* What a batch of messages has led to. */
	bool changed;
	bool rescan; /* look for new namespaces */
	bool again;  /* something may come that nothing will tell of */
	bool unnamed;
	bool tc; /* a filter or a qdisc of our own netns went */
	int error;
	struct table torn; /* ids of namespaces of which only a part could be read */
};

struct discover *discover_open(struct model *model)
{
	struct discover *d = calloc(1, sizeof(*d));
	int err;

	if (!d)
		return NULL;
	d->model = model;
	table_init(&d->torn, sizeof(int32_t), sizeof(int32_t));
	d->events = nl_listen();
	d->requests = d->events ? nl_open() : NULL;
	if (!d->requests) {
		err = errno;
		discover_close(d);
		errno = err;
		return NULL;
	}
	return d;
}

void discover_close(struct discover *d)
{
	nl_close(d->requests);
	nl_close(d->events);
	table_free(&d->torn);
	free(d);
}

int discover_fd(const struct discover *d)
{
	return nl_fd(d->events);
}

/* Takes the result of a model_*() call into account. */
static void note(struct discover *d, int result)
{
	if (result < 0)
		d->error = result;
	else if (result)
		d->changed = true;
}

/* Its port takes frames that XDP redirects while this end has GRO on, or XDP. */
static void identify(const struct discover *d, struct rtnl_link *link)
{
	__u64 features, metadata;

	model_identify(d->model, link);
	if (link->kind != RTNL_KIND_XDP)
		return;
	/* Before Linux 6.3 there is nothing to ask: GRO is what we gave it. */
	link->takes_xdp =
		nic_xdp_features(link->link, &features, &metadata) || features & NIC_XDP_NDO_XMIT;
}

/*
 * Of foreign namespaces only endpoints matter, and VLAN devices over them or over our
 * uplinks: as station.c judges by the device below, all are kept.
 */
static bool matters(const struct rtnl_link *link)
{
	return link->nsid == RTNL_OWN_NETNS || model_is_endpoint(link) ||
	       link->kind == RTNL_KIND_VLAN;
}

static void take_link(const struct nlmsghdr *nlh, int32_t nsid, void *arg)
{
	struct discover *d = arg;
	struct rtnl_link link;

	if (nlh->nlmsg_type != RTM_NEWLINK || rtnl_parse_link(nlh, &link, NULL))
		return;
	link.nsid = nsid;
	identify(d, &link);
	if (matters(&link))
		note(d, model_put_link(d->model, &link));
}

/*
 * Linux answers on an endpoint for any IPv4 address of its netns (elsewhere.c). Others
 * without a device of the model belong to something that is not ours.
 */
static bool addr_matters(const struct model *m, const struct rtnl_addr *addr)
{
	if (model_link(m, addr->nsid, addr->ifindex))
		return true;
	return addr->family == AF_INET && addr->addr[0] != 127 && addr->nsid != RTNL_OWN_NETNS &&
	       model_has_links(m, addr->nsid);
}

static void take_addr(const struct nlmsghdr *nlh, int32_t nsid, void *arg)
{
	struct discover *d = arg;
	struct rtnl_addr addr;

	if (nlh->nlmsg_type != RTM_NEWADDR || rtnl_parse_addr(nlh, &addr))
		return;
	addr.nsid = nsid;
	if (addr_matters(d->model, &addr))
		note(d, model_put_addr(d->model, &addr));
}

/*
 * Whoever is root in a netns can have it change all the time. What was read of it counts, its
 * changes are told, and the next look for namespaces reads the rest.
 */
static void tear(struct discover *d, int32_t nsid)
{
	int result = table_put(&d->torn, &nsid);

	if (result < 0)
		d->error = result;
	d->changed = true;
	log_debug("namespace with id %d: changes while it is read", nsid);
}

static int dump_netns(struct discover *d, int32_t nsid)
{
	int links = nl_dump_links(d->requests, nsid, take_link, d), addrs = 0;

	if ((!links || links == -EINTR) && model_has_links(d->model, nsid))
		addrs = nl_dump_addrs(d->requests, nsid, 0, take_addr, d);
	return links ? links : addrs;
}

/*
 * A foreign netns that cannot be asked has died in between, or is closed to
 * us: nothing that would keep the others from being served.
 */
static void dump_foreign(struct discover *d, int32_t nsid)
{
	int err = -EINTR;

	for (int i = 0; err == -EINTR && i < DUMP_TRIES; i++)
		err = dump_netns(d, nsid);
	if (err == -EINTR)
		tear(d, nsid);
	else if (err)
		log_debug("namespace with id %d: %s", nsid, strerror(-err));
}

/* Of a veth, the port is told of later than the other end. */
static int get_far_end(struct discover *d, const struct rtnl_link *port)
{
	int err = nl_get_link(d->requests, port->link_nsid, port->link, take_link, d);

	return err == -ENODEV || err == -EINVAL ? 0 : err;
}

static int get_own_far_ends(struct discover *d)
{
	const int32_t own = RTNL_OWN_NETNS;
	int err = 0;

	for (size_t i = table_seek(&d->model->links, &own, sizeof(own));
	     !err && i < d->model->links.count; i++) {
		const struct rtnl_link *link = table_at(&d->model->links, i);

		if (model_is_port(link) && link->link_nsid == RTNL_OWN_NETNS)
			err = get_far_end(d, link);
	}
	return err;
}

static int dump_own(struct discover *d)
{
	int err = nl_dump_links(d->requests, RTNL_OWN_NETNS, take_link, d);

	if (!err)
		err = get_own_far_ends(d);
	if (!err)
		err = nl_dump_addrs(d->requests, RTNL_OWN_NETNS, 0, take_addr, d);
	if (!err)
		note(d, proxies_read(d->requests, RTNL_OWN_NETNS, d->model));
	return err;
}

static const struct model_netns *netns_by_ino(const struct model *m, uint64_t ino)
{
	for (size_t i = 0; i < m->netns.count; i++) {
		const struct model_netns *netns = table_at(&m->netns, i);

		if (netns->ino == ino)
			return netns;
	}
	return NULL;
}

/*
 * Under its id, from now on, changes are told. One that dies in between is told of, too; one
 * that cannot be entered keeps to itself for what it answers.
 */
static void enter(struct discover *d, int fd, struct model_netns *netns)
{
	struct nl *nl = nl_open_at(fd);
	int result = nl ? proxies_read(nl, netns->nsid, d->model) : -errno;

	netns->cookie = nl ? nl_cookie(nl) : 0;
	nl_close(nl);
	if (result == -EINTR)
		tear(d, netns->nsid);
	else if (result >= 0 || result == -ENOMEM)
		note(d, result);
	else
		log_debug("namespace %s: for what it is a proxy: %s", netns->name,
			  strerror(-result));
}

static void take_up(struct table *torn, int32_t nsid)
{
	if (table_del(torn, &nsid))
		log_debug("namespace with id %d: is read once more", nsid);
}

/*
 * Notes a namespace under its id; 1 if what is in it has to be read: it is not known yet, or
 * in @torn, out of which it goes.
 */
static int add_netns(struct discover *d, const struct netns_found *found, struct table *torn)
{
	const struct model_netns *known = netns_by_ino(d->model, found->ino);
	struct model_netns netns = { .ino = found->ino };
	int fd;

	memcpy(netns.name, found->name, sizeof(netns.name));
	if (known && !table_find(torn, &known->nsid)) {
		netns.nsid = known->nsid;
		netns.cookie = known->cookie;
		note(d, model_put_netns(d->model, &netns));
		return 0;
	}
	fd = netns_open(found);
	if (fd < 0)
		return 0; /* gone again */
	netns.nsid = nl_netns_id(d->requests, fd);
	if (netns.nsid >= 0) {
		take_up(torn, netns.nsid);
		enter(d, fd, &netns);
	}
	close(fd);
	if (netns.nsid < 0) {
		log_debug("namespace %s: no id: %s", found->name, strerror(-netns.nsid));
		return 0;
	}
	note(d, model_put_netns(d->model, &netns));
	d->again |= netns_is_vague(found);
	return 1;
}

/* Whether there is an endpoint in it, and a better name may come. */
static bool is_unnamed(const struct discover *d, const struct netns_found *found)
{
	const struct model_netns *known = netns_by_ino(d->model, found->ino);
	const struct table *links = &d->model->links;
	const struct rtnl_link *link;
	size_t i;

	if (!known || !netns_is_vague(found))
		return false;
	i = table_seek(links, &known->nsid, sizeof(known->nsid));
	link = i < links->count ? table_at(links, i) : NULL;
	return link && link->nsid == known->nsid;
}

/* By their ids, for which they need neither a mount nor a process. */
static void read_torn(struct discover *d, struct table *torn)
{
	while (torn->count) {
		int32_t nsid = *(const int32_t *)table_at(torn, 0);

		take_up(torn, nsid);
		dump_foreign(d, nsid);
	}
}

/* Finds namespaces that are new, and what is in them and in those that are torn. */
static int scan_netns(struct discover *d)
{
	struct table found, torn = d->torn;
	int err = netns_scan(&found);

	table_init(&d->torn, sizeof(int32_t), sizeof(int32_t));
	log_debug("looked for namespaces: %zu", found.count);
	for (size_t i = 0; !err && i < found.count; i++) {
		const struct netns_found *netns = table_at(&found, i);
		const struct model_netns *known;

		if (netns->ino == d->model->own_ino || !add_netns(d, netns, &torn))
			continue;
		known = netns_by_ino(d->model, netns->ino);
		if (known)
			dump_foreign(d, known->nsid);
	}
	read_torn(d, &torn);
	table_free(&torn);
	d->unnamed = false;
	for (size_t i = 0; !err && i < found.count; i++)
		d->unnamed |= is_unnamed(d, table_at(&found, i));
	table_free(&found);
	d->rescan = false;
	return err;
}

static void take_id(const struct nlmsghdr *nlh, int32_t nsid, void *ids)
{
	int32_t id;

	(void)nsid;
	if (nlh->nlmsg_type == RTM_NEWNSID && !rtnl_parse_nsid(nlh, &id))
		table_put(ids, &id);
}

/* Namespaces that have an id, and neither a mount nor a process that we can see. */
static int dump_unnamed(struct discover *d)
{
	struct table ids;
	int err;

	table_init(&ids, sizeof(int32_t), sizeof(int32_t));
	err = nl_dump_nsids(d->requests, take_id, &ids);
	for (size_t i = 0; !err && i < ids.count; i++) {
		const int32_t *id = table_at(&ids, i);

		if (*id != d->model->own_nsid && !model_netns(d->model, *id))
			dump_foreign(d, *id);
	}
	table_free(&ids);
	return err;
}

static int learn_own_id(struct discover *d)
{
	int fd, id;

	d->model->own_ino = netns_own_ino();
	fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (!d->model->own_ino || fd < 0)
		return -errno;
	id = nl_netns_id(d->requests, fd);
	close(fd);
	if (id < 0)
		return id;
	d->model->own_nsid = id;
	return 0;
}

/* What waits to be heard is older than what is read now, and parts of it may be lost. */
static int read_all(struct discover *d)
{
	int err;

	nl_discard(d->events);
	d->tc = true;
	model_clear(d->model);
	table_free(&d->model->netns);
	table_free(&d->torn);
	d->error = 0;
	err = learn_own_id(d);
	if (!err)
		err = dump_own(d);
	if (!err)
		err = scan_netns(d);
	if (!err)
		err = dump_unnamed(d);
	if (!err)
		note(d, hiding_find(d->requests, d->model));
	if (!err)
		err = d->error;
	return err == -EINTR ? -EAGAIN : err;
}

int discover_all(struct discover *d, int tries)
{
	int err = -EAGAIN;

	while (err == -EAGAIN && tries--)
		err = read_all(d);
	return err;
}

/*
 * In a notification from a foreign netns, the id of the netns of the device
 * below is that netns's own idea of it. Ask again, to have it in ours.
 */
static void ask_link(struct discover *d, int32_t nsid, int32_t ifindex)
{
	bool known = model_link(d->model, nsid, ifindex) != NULL;
	int err = nl_get_link(d->requests, nsid, ifindex, take_link, d);

	if (!err && !known && model_link(d->model, nsid, ifindex))
		err = nl_dump_addrs(d->requests, nsid, 0, take_addr, d);
	if (err == -ENODEV || err == -EINVAL)
		note(d, model_del_link(d->model, nsid, ifindex));
	else if (err == -EINTR && nsid != RTNL_OWN_NETNS)
		tear(d, nsid);
	else if (err)
		d->error = err;
}

/*
 * All that is heard here of a macvlan which was made in a netns without an id. Carriers and
 * others' features make such events, too; a look through /proc is not for each of them.
 */
static bool may_tell_of_an_endpoint(const struct rtnl_link *link,
				    const struct rtnl_link_event *event)
{
	return !event->change && event->about == IFLA_EVENT_NONE && model_can_be_parent(link);
}

static void link_appeared(struct discover *d, struct rtnl_link *link,
			  const struct rtnl_link_event *event)
{
	identify(d, link);
	if (link->nsid == RTNL_OWN_NETNS) {
		note(d, model_put_link(d->model, link));
		if (model_is_port(link))
			ask_link(d, link->link_nsid, link->link);
		if (may_tell_of_an_endpoint(link, event))
			d->rescan = d->again = true;
	} else if (matters(link)) {
		ask_link(d, link->nsid, link->ifindex);
		if (!model_netns(d->model, link->nsid))
			d->rescan = true; /* an id of somebody else's giving: find its name */
	}
}

static void on_link(struct discover *d, const struct nlmsghdr *nlh, int32_t nsid)
{
	struct rtnl_link_event event;
	struct rtnl_link link;

	if (rtnl_parse_link(nlh, &link, &event))
		return;
	link.nsid = nsid;
	if (nlh->nlmsg_type == RTM_NEWLINK) {
		link_appeared(d, &link, &event);
	} else {
		note(d, model_del_link(d->model, nsid, link.ifindex));
		d->rescan |= event.moved;
	}
}

static void on_addr(struct discover *d, const struct nlmsghdr *nlh, int32_t nsid)
{
	struct rtnl_addr addr;

	if (nlh->nlmsg_type == RTM_NEWADDR) {
		take_addr(nlh, nsid, d);
	} else if (!rtnl_parse_addr(nlh, &addr)) {
		addr.nsid = nsid;
		note(d, model_del_addr(d->model, &addr));
	}
}

static void on_nsid(struct discover *d, const struct nlmsghdr *nlh)
{
	int32_t nsid;

	if (rtnl_parse_nsid(nlh, &nsid) || nsid < 0)
		return;
	/*
	 * The kernel frees an id before it says so (unhash_nsid()): the next owner may have been
	 * told of already, and would be lost here with the former one.
	 */
	if (nlh->nlmsg_type == RTM_DELNSID) {
		d->rescan |= model_netns(d->model, nsid) != NULL;
		note(d, model_del_netns(d->model, nsid));
		table_del(&d->torn, &nsid);
	} else if (!model_netns(d->model, nsid)) {
		d->rescan = true;
	}
}

static void on_event(const struct nlmsghdr *nlh, int32_t nsid, void *arg)
{
	struct discover *d = arg;

	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		on_link(d, nlh, nsid);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		on_addr(d, nlh, nsid);
		break;
	case RTM_NEWNETCONF:
	case RTM_DELNETCONF:
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		note(d, proxies_take(d->model, nlh, nsid));
		break;
	case RTM_NEWNSID:
	case RTM_DELNSID:
		if (nsid == RTNL_OWN_NETNS) /* others count in numbers of their own */
			on_nsid(d, nlh);
		break;
	case RTM_DELQDISC:
	case RTM_DELTFILTER:
		d->tc |= nsid == RTNL_OWN_NETNS;
		d->changed |= nsid == RTNL_OWN_NETNS;
		break;
	}
}

int discover_untold(struct discover *d)
{
	int result = proxies_read_neighbours(d->requests, d->model);

	return result < 0 ? result : 0;
}

int discover_hiding(struct discover *d)
{
	return hiding_find(d->requests, d->model);
}

bool discover_take_tc(struct discover *d)
{
	bool tc = d->tc;

	d->tc = false;
	return tc;
}

bool discover_take_again(struct discover *d)
{
	bool again = d->again;

	d->again = false;
	return again;
}

bool discover_is_torn(const struct discover *d)
{
	return d->torn.count;
}

bool discover_is_unnamed(const struct discover *d)
{
	return d->unnamed;
}

int discover_rescan(struct discover *d)
{
	d->rescan = true;
	return discover_events(d);
}

int discover_events(struct discover *d)
{
	int err;

	d->changed = false;
	d->error = 0;
	err = nl_receive(d->events, on_event, d);
	if (!err && d->rescan) {
		err = scan_netns(d);
		if (!err)
			note(d, hiding_find(d->requests, d->model));
	}
	if (!err)
		err = d->error;
	if (err == -ENOBUFS || err == -EINTR)
		return -EAGAIN;
	return err ? err : d->changed;
}
