/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if_addr.h>

#include "model.h"
#include "spec.h"

struct link_key {
	int32_t nsid;
	int32_t ifindex;
};

void model_init(struct model *m)
{
	*m = (struct model){ .own_nsid = RTNL_OWN_NETNS };
	table_init(&m->links, sizeof(struct link_key), sizeof(struct rtnl_link));
	table_init(&m->addrs, RTNL_ADDR_KEY, sizeof(struct rtnl_addr));
	table_init(&m->duplicates, RTNL_ADDR_KEY, sizeof(struct rtnl_addr));
	table_init(&m->hiding, sizeof(int32_t), sizeof(int32_t));
	table_init(&m->netns, sizeof(int32_t), sizeof(struct model_netns));
	table_init(&m->proxies, RTNL_PROXY_KEY, sizeof(struct rtnl_proxy));
	table_init(&m->locals, RTNL_LOCAL_KEY, sizeof(struct rtnl_local));
	table_init(&m->proxied, sizeof(int32_t), sizeof(int32_t));
}

void model_free(struct model *m)
{
	model_clear(m);
	table_free(&m->netns);
}

void model_clear(struct model *m)
{
	table_free(&m->links);
	table_free(&m->addrs);
	table_free(&m->duplicates);
	table_free(&m->proxies);
	table_free(&m->locals);
	table_free(&m->proxied);
	table_free(&m->hiding);
}

const struct rtnl_link *model_link(const struct model *m, int32_t nsid, int32_t ifindex)
{
	struct link_key key = { nsid, ifindex };

	return table_find(&m->links, &key);
}

const struct model_netns *model_netns(const struct model *m, int32_t nsid)
{
	return table_find(&m->netns, &nsid);
}

/* Every table but `proxied` begins with the nsid. */
static bool has_any(const struct table *table, int32_t nsid)
{
	size_t i = table_seek(table, &nsid, sizeof(nsid));

	return i < table->count && !memcmp(table_at(table, i), &nsid, sizeof(nsid));
}

bool model_has_links(const struct model *m, int32_t nsid)
{
	return has_any(&m->links, nsid);
}

static bool proxies_on(const struct model *m, int32_t nsid, int family, int32_t ifindex)
{
	struct rtnl_proxy key = { .nsid = nsid, .ifindex = ifindex, .family = family };

	return table_find(&m->proxies, &key);
}

static bool is_proxied(const struct model *m, int32_t ifindex)
{
	const int32_t all = 0;

	return table_find(&m->proxied, &ifindex) || table_find(&m->proxied, &all);
}

bool model_proxies(const struct model *m, int32_t nsid, int family, int32_t ifindex)
{
	if (proxies_on(m, nsid, family, ifindex) || proxies_on(m, nsid, family, RTNL_ALL_DEVICES))
		return true;
	return family == AF_INET &&
	       (has_any(&m->locals, nsid) || (nsid == RTNL_OWN_NETNS && is_proxied(m, ifindex)));
}

bool model_is_endpoint(const struct rtnl_link *link)
{
	return link->kind == RTNL_KIND_MACVLAN || link->kind == RTNL_KIND_MACVTAP ||
	       link->kind == RTNL_KIND_IPVLAN || link->kind == RTNL_KIND_XDP;
}

bool model_can_be_parent(const struct rtnl_link *link)
{
	return link->ether && !link->port && !model_is_endpoint(link);
}

bool model_is_port(const struct rtnl_link *link)
{
	struct spec_port port;

	return link->nsid == RTNL_OWN_NETNS && link->kind == RTNL_KIND_VETH &&
	       spec_unmark_port(link->mark, &port);
}

/* By what the port says of the other end: nobody but the host's root can change that. */
void model_identify(const struct model *m, struct rtnl_link *link)
{
	const struct rtnl_link *port = NULL;

	if (link->kind == RTNL_KIND_VETH)
		port = model_link(m, RTNL_OWN_NETNS, link->link);
	if (!port || !model_is_port(port) || port->link != link->ifindex ||
	    port->link_nsid != link->nsid)
		return;
	link->kind = RTNL_KIND_XDP;
	memcpy(link->mark, port->mark, sizeof(link->mark));
}

const struct rtnl_link *model_parent(const struct model *m, const struct rtnl_link *link)
{
	bool same_netns = link->link_nsid == RTNL_OWN_NETNS;

	if (link->nsid == RTNL_OWN_NETNS ? !same_netns
					 : same_netns || link->link_nsid != m->own_nsid)
		return NULL;
	return model_link(m, RTNL_OWN_NETNS, link->link);
}

int model_put_link(struct model *m, const struct rtnl_link *link)
{
	return table_put(&m->links, link);
}

int model_del_link(struct model *m, int32_t nsid, int32_t ifindex)
{
	struct link_key key = { nsid, ifindex };

	table_del_prefix(&m->addrs, &key, sizeof(key));
	table_del_prefix(&m->duplicates, &key, sizeof(key));
	table_del_prefix(&m->proxies, &key, sizeof(key));
	return table_del(&m->links, &key);
}

/* Of the flags, only the one that changes what we do is kept. */
int model_put_addr(struct model *m, const struct rtnl_addr *addr)
{
	struct rtnl_addr record = *addr;
	bool gone;

	if (addr->flags & IFA_F_DADFAILED) { /* somebody else's address */
		record.flags = 0;
		gone = table_del(&m->addrs, addr);
		return table_put(&m->duplicates, &record) ?: gone;
	}
	record.flags &= IFA_F_TENTATIVE;
	gone = table_del(&m->duplicates, addr);
	return table_put(&m->addrs, &record) ?: gone;
}

int model_del_addr(struct model *m, const struct rtnl_addr *addr)
{
	bool duplicate = table_del(&m->duplicates, addr);

	return table_del(&m->addrs, addr) || duplicate;
}

int model_put_proxy(struct model *m, const struct rtnl_proxy *proxy)
{
	return proxy->on ? table_put(&m->proxies, proxy) : table_del(&m->proxies, proxy);
}

int model_put_local(struct model *m, const struct rtnl_local *local)
{
	return local->on ? table_put(&m->locals, local) : table_del(&m->locals, local);
}

int model_put_proxied(struct model *m, int32_t ifindex)
{
	return table_put(&m->proxied, &ifindex);
}

int model_set_hiding(struct model *m, int32_t ifindex, bool hiding)
{
	return hiding ? table_put(&m->hiding, &ifindex) : table_del(&m->hiding, &ifindex);
}

bool model_is_hiding(const struct model *m, int32_t ifindex)
{
	return table_find(&m->hiding, &ifindex);
}

int model_put_netns(struct model *m, const struct model_netns *netns)
{
	return table_put(&m->netns, netns);
}

int model_del_netns(struct model *m, int32_t nsid)
{
	size_t gone = table_del_prefix(&m->links, &nsid, sizeof(nsid));

	table_del_prefix(&m->addrs, &nsid, sizeof(nsid));
	table_del_prefix(&m->duplicates, &nsid, sizeof(nsid));
	table_del_prefix(&m->proxies, &nsid, sizeof(nsid));
	table_del_prefix(&m->locals, &nsid, sizeof(nsid));
	table_del(&m->netns, &nsid);
	return gone > 0;
}
