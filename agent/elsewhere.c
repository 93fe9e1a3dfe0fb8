/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "elsewhere.h"

/*
 * The host's addresses stand under HP_VLAN_ANY. ipvlan gets unicast only for what is on
 * the device itself, so an answer would be of no use.
 */
static bool answers(const struct station *s)
{
	return s->active && s->link->nsid != RTNL_OWN_NETNS && !s->link->master &&
	       (s->kind == HP_KIND_MACVLAN || s->kind == HP_KIND_XDP);
}

static struct pins_neigh record_of(const struct station *s, const struct rtnl_addr *addr)
{
	struct pins_neigh record = {
		.key = { .vlan = s->vlan, .family = addr->family },
		.value = { .endpoint = s->id, .kind = s->kind, .flags = HP_NEIGH_ELSEWHERE },
	};

	memcpy(record.key.addr, addr->addr, sizeof(record.key.addr));
	memcpy(record.value.mac, s->mac, sizeof(record.value.mac));
	return record;
}

/* A station of the same segment has it, or its device is down, so that nobody does. */
static bool is_settled(const struct model *m, const struct stations *all, const struct station *s,
		       const struct rtnl_addr *addr)
{
	const struct rtnl_link *link = model_link(m, addr->nsid, addr->ifindex);

	if (!link || link == s->link || !link->up)
		return link;
	for (size_t i = 0; i < all->count; i++) {
		if (all->list[i].link == link && all->list[i].vlan == s->vlan)
			return true;
	}
	return false;
}

static int put_station(const struct model *m, struct uplink_state *u, const struct stations *all,
		       const struct station *s)
{
	const __s32 nsid = s->link->nsid;
	int err = 0;

	for (size_t i = table_seek(&m->addrs, &nsid, sizeof(nsid)); !err && i < m->addrs.count;
	     i++) {
		const struct rtnl_addr *addr = table_at(&m->addrs, i);
		struct pins_neigh record;

		if (addr->nsid != nsid)
			break;
		if (addr->family != AF_INET || is_settled(m, all, s, addr))
			continue;
		record = record_of(s, addr);
		err = state_put_neigh(u, &record);
	}
	return err;
}

/* Whether nobody else may have it. */
static bool is_sole(const struct uplink_state *u, const struct pins_neigh *record)
{
	const __u16 needed = HP_SEGMENT_HOST | HP_SEGMENT_CLOSED | HP_SEGMENT_KNOWN_IPV4;
	const struct pins_segment *segment = state_segment(u, record->key.vlan);
	struct hp_neigh_key key = record->key;

	key.vlan = HP_VLAN_ANY;
	return segment && (segment->value.flags & (needed | HP_SEGMENT_PROXY_IPV4)) == needed &&
	       !table_find(&u->maps[PINS_NEIGH], &key);
}

/*
 * A stack can be told not to answer for these (arp_ignore), and nothing tells us: a
 * director of LVS then has the address, and its servers have it on lo. So they are
 * steered only where otherwise the question would be dropped.
 */
static void share(struct uplink_state *u)
{
	for (size_t i = 0; i < u->maps[PINS_NEIGH].count; i++) {
		struct pins_neigh *record = table_at(&u->maps[PINS_NEIGH], i);

		if (record->value.flags & HP_NEIGH_ELSEWHERE && !is_sole(u, record))
			record->value.flags |= HP_NEIGH_SHARED;
	}
}

int elsewhere_put(const struct model *m, struct uplink_state *u, const struct stations *s)
{
	int err = 0;

	for (size_t i = 0; !err && i < s->count; i++) {
		if (answers(&s->list[i]))
			err = put_station(m, u, s, &s->list[i]);
	}
	share(u);
	return err;
}
