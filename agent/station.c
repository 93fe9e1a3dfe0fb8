/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_link.h>

#include "station.h"

#define VLAN_LAYERS 8 /* the kernel's own limit of nested devices, MAX_NEST_DEV */

static enum hp_mode ipvlan_mode(const struct rtnl_link *link)
{
	if (link->mode == IPVLAN_MODE_L3)
		return HP_MODE_L3;
	if (link->mode == IPVLAN_MODE_L3S)
		return HP_MODE_L3S;
	if (link->flags & IPVLAN_F_PRIVATE)
		return HP_MODE_PRIVATE;
	return link->flags & IPVLAN_F_VEPA ? HP_MODE_VEPA : HP_MODE_BRIDGE;
}

static enum hp_mode macvlan_mode(const struct rtnl_link *link)
{
	switch (link->mode) {
	case MACVLAN_MODE_BRIDGE:
		return HP_MODE_BRIDGE;
	case MACVLAN_MODE_VEPA:
		return HP_MODE_VEPA;
	case MACVLAN_MODE_PRIVATE:
		return HP_MODE_PRIVATE;
	case MACVLAN_MODE_PASSTHRU:
		return HP_MODE_PASSTHRU;
	case MACVLAN_MODE_SOURCE:
		return HP_MODE_SOURCE;
	default:
		return HP_MODE_NONE; /* newer than this program: treated as isolated */
	}
}

static enum hp_mode mode_of(const struct rtnl_link *link)
{
	return link->kind == RTNL_KIND_IPVLAN ? ipvlan_mode(link) : macvlan_mode(link);
}

static enum hp_kind kind_of(const struct rtnl_link *link)
{
	switch (link->kind) {
	case RTNL_KIND_MACVLAN:
		return HP_KIND_MACVLAN;
	case RTNL_KIND_MACVTAP:
		return HP_KIND_MACVTAP;
	default:
		return HP_KIND_IPVLAN;
	}
}

/* The device owns its parent, or is no station: the host routes for it. */
static bool is_left_alone(const struct rtnl_link *link)
{
	enum hp_mode mode = mode_of(link);

	return mode == HP_MODE_PASSTHRU || mode == HP_MODE_L3 || mode == HP_MODE_L3S;
}

/* The device below all VLAN layers; the lowest layer's id is the segment. */
static const struct rtnl_link *uplink_of(const struct model *m, const struct rtnl_link *parent,
					 __u16 *vlan)
{
	*vlan = 0;
	for (int layer = 0; parent && parent->kind == RTNL_KIND_VLAN; layer++) {
		if (layer == VLAN_LAYERS || parent->link_nsid != RTNL_OWN_NETNS)
			return NULL;
		*vlan = parent->vlan;
		parent = model_link(m, RTNL_OWN_NETNS, parent->link);
	}
	return parent;
}

const struct rtnl_link *station_place(const struct model *m, const struct rtnl_link *link,
				      const struct rtnl_link **parent, __u16 *vlan)
{
	if (!model_is_endpoint(link))
		return NULL;
	*parent = model_parent(m, link);
	return uplink_of(m, *parent, vlan);
}

static struct station *add_station(struct stations *s)
{
	struct station *list;

	/* Grows at the powers of two. */
	if (!(s->count & (s->count - 1))) {
		list = reallocarray(s->list, s->count ? 2 * s->count : 1, sizeof(*list));
		if (!list)
			return NULL;
		s->list = list;
	}
	s->list[s->count] = (struct station){ .base = -1 };
	return &s->list[s->count++];
}

static struct station *find_host(const struct stations *s, const struct rtnl_link *link)
{
	for (size_t i = 0; i < s->count && s->list[i].kind == HP_KIND_HOST; i++) {
		if (s->list[i].link == link)
			return &s->list[i];
	}
	return NULL;
}

/* The hosts come first: there are few, and a MAC that is theirs stays theirs. */
static int find_hosts(const struct model *m, int32_t ifindex, struct stations *s)
{
	for (size_t i = 0; i < m->links.count; i++) {
		const struct rtnl_link *link = table_at(&m->links, i), *parent, *uplink;
		struct station *host;
		__u16 vlan;

		uplink = station_place(m, link, &parent, &vlan);
		if (!uplink || uplink->ifindex != ifindex || is_left_alone(link))
			continue;
		host = find_host(s, parent);
		if (!host) {
			host = add_station(s);
			if (!host)
				return -ENOMEM;
			host->link = parent;
			host->mac = parent->mac;
			host->parent = parent->name;
			host->kind = HP_KIND_HOST;
			host->vlan = vlan;
		}
		host->active |= link->up && parent->up;
		host->shared |= link->up && link->kind == RTNL_KIND_IPVLAN;
	}
	return 0;
}

static int find_endpoints(const struct model *m, int32_t ifindex, struct stations *s)
{
	for (size_t i = 0; i < m->links.count; i++) {
		const struct rtnl_link *link = table_at(&m->links, i), *parent, *uplink;
		struct station *station;
		__u16 vlan;

		uplink = station_place(m, link, &parent, &vlan);
		if (!uplink || uplink->ifindex != ifindex)
			continue;
		station = add_station(s);
		if (!station)
			return -ENOMEM;
		station->link = link;
		station->parent = parent->name;
		station->kind = kind_of(link);
		/* The kernel tells of an ipvlan's MAC a little later than of its parent's. */
		station->mac = station->kind == HP_KIND_IPVLAN ? parent->mac : link->mac;
		station->mode = mode_of(link);
		station->vlan = vlan;
		station->active = link->up && link->ether && !is_left_alone(link);
	}
	return 0;
}

bool station_is_host_stack(const struct station *s)
{
	return s->link->nsid == RTNL_OWN_NETNS && s->kind != HP_KIND_HOST &&
	       s->kind != HP_KIND_MACVTAP;
}

/* The device at the bottom of the VLAN layers that @link is the top of, in its own netns. */
static const struct rtnl_link *below_vlans(const struct model *m, const struct rtnl_link *link,
					   __u16 *vlan)
{
	for (int layer = 0; link && link->kind == RTNL_KIND_VLAN; layer++) {
		if (layer == VLAN_LAYERS || link->link_nsid != RTNL_OWN_NETNS)
			return NULL;
		*vlan = link->vlan;
		link = model_link(m, link->nsid, link->link);
	}
	return link;
}

static bool is_vlan_on(const struct rtnl_link *link, int32_t ifindex)
{
	return link->nsid == RTNL_OWN_NETNS && link->kind == RTNL_KIND_VLAN &&
	       link->link_nsid == RTNL_OWN_NETNS && link->link == ifindex;
}

/* Whether the uplink has a VLAN device of that id: it takes all frames of the VLAN. */
static bool is_taken(const struct model *m, int32_t ifindex, __u16 vlan)
{
	for (size_t i = 0; i < m->links.count; i++) {
		const struct rtnl_link *link = table_at(&m->links, i);

		if (is_vlan_on(link, ifindex) && link->vlan == vlan)
			return true;
	}
	return false;
}

static int find_base(const struct stations *s, const struct rtnl_link *link)
{
	for (size_t i = 0; i < s->count; i++) {
		if (s->list[i].link == link)
			return i;
	}
	return -1;
}

bool stations_use_vlans(const struct model *m, int32_t ifindex, const struct stations *s)
{
	for (size_t i = 0; i < m->links.count; i++) {
		const struct rtnl_link *link = table_at(&m->links, i);

		if (link->kind != RTNL_KIND_VLAN)
			continue;
		if (is_vlan_on(link, ifindex) || find_base(s, link) >= 0)
			return true;
	}
	return false;
}

/*
 * An endpoint on the bare uplink gets the frames of all VLANs that have its
 * MAC, and what tag they have is its own affair. One on a VLAN device adds
 * inner tags only, and is where it was.
 */
static int find_vlans(const struct model *m, int32_t ifindex, struct stations *s)
{
	for (size_t i = 0; i < m->links.count; i++) {
		const struct rtnl_link *link = table_at(&m->links, i), *endpoint;
		struct station station;
		__u16 vlan = 0;
		int base;

		if (link->kind != RTNL_KIND_VLAN)
			continue;
		endpoint = below_vlans(m, link, &vlan);
		base = endpoint && model_is_endpoint(endpoint) ? find_base(s, endpoint) : -1;
		if (base < 0 || s->list[base].vlan || s->list[base].kind == HP_KIND_IPVLAN ||
		    memcmp(link->mac, endpoint->mac, sizeof(link->mac)) != 0 ||
		    is_taken(m, ifindex, vlan))
			continue;
		station = s->list[base];
		station.link = link;
		station.vlan = vlan;
		station.active = station.active && link->up;
		station.base = base;
		if (!add_station(s))
			return -ENOMEM;
		s->list[s->count - 1] = station;
	}
	return 0;
}

int stations_find(const struct model *m, int32_t ifindex, struct stations *s)
{
	int err;

	*s = (struct stations){};
	err = find_hosts(m, ifindex, s);
	if (!err)
		err = find_endpoints(m, ifindex, s);
	if (!err)
		err = find_vlans(m, ifindex, s);
	if (err) {
		free(s->list);
		*s = (struct stations){};
	}
	return err;
}
