/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <linux/if_ether.h>
#include <linux/if_link.h>

#include "format.h"
#include "parent.h"
#include "spec.h"
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
	struct spec_port port;

	if (link->kind == RTNL_KIND_XDP)
		return spec_unmark_port(link->mark, &port) && port.mode == MACVLAN_MODE_BRIDGE
			       ? HP_MODE_BRIDGE
			       : HP_MODE_PRIVATE;
	return link->kind == RTNL_KIND_IPVLAN ? ipvlan_mode(link) : macvlan_mode(link);
}

static enum hp_kind kind_of(const struct rtnl_link *link)
{
	switch (link->kind) {
	case RTNL_KIND_MACVLAN:
		return HP_KIND_MACVLAN;
	case RTNL_KIND_MACVTAP:
		return HP_KIND_MACVTAP;
	case RTNL_KIND_XDP:
		return HP_KIND_XDP;
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

static const struct rtnl_link *find_own(const struct model *m, const char *name)
{
	const __s32 own = RTNL_OWN_NETNS;

	for (size_t i = table_seek(&m->links, &own, sizeof(own)); i < m->links.count; i++) {
		const struct rtnl_link *link = table_at(&m->links, i);

		if (link->nsid != own)
			break;
		if (!strcmp(link->name, name))
			return link;
	}
	return NULL;
}

const struct rtnl_link *station_segment(const struct model *m, const char *name,
					const struct rtnl_link **parent, __u16 *vlan)
{
	const struct rtnl_link *uplink;
	char lower[IFNAMSIZ];

	*parent = find_own(m, name);
	if (*parent) {
		uplink = uplink_of(m, *parent, vlan);
		if (*parent == uplink)
			return uplink;
		return uplink && (*parent)->mode == ETH_P_8021Q &&
				       (*parent)->link == uplink->ifindex
			       ? uplink
			       : NULL;
	}
	if (!parent_split(name, lower, vlan))
		return NULL;
	uplink = find_own(m, lower);
	if (!uplink || uplink->kind == RTNL_KIND_VLAN)
		return NULL;
	*parent = station_vlan_device(m, uplink->ifindex, *vlan);
	if (*parent && (*parent)->mode != ETH_P_8021Q)
		*parent = NULL;
	return uplink;
}

const struct rtnl_link *station_place(const struct model *m, const struct rtnl_link *link,
				      const struct rtnl_link **parent, __u16 *vlan)
{
	struct spec_port port;

	if (!model_is_endpoint(link))
		return NULL;
	*parent = model_parent(m, link);
	if (link->kind != RTNL_KIND_XDP)
		return uplink_of(m, *parent, vlan);
	if (!*parent || !spec_unmark_port(link->mark, &port))
		return NULL;
	return station_segment(m, port.parent, parent, vlan);
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

/* An XDP endpoint is if its port is as well. */
static bool is_up(const struct model *m, const struct rtnl_link *link)
{
	return link->up && (link->kind != RTNL_KIND_XDP || model_parent(m, link)->up);
}

/* The hosts come first: there are few, and a MAC that is theirs stays theirs. */
static int find_hosts(const struct model *m, int32_t ifindex, struct stations *s)
{
	for (size_t i = 0; i < m->links.count; i++) {
		const struct rtnl_link *link = table_at(&m->links, i), *parent, *uplink;
		struct station *host;
		__u16 vlan;

		uplink = station_place(m, link, &parent, &vlan);
		if (!uplink || !parent || uplink->ifindex != ifindex || is_left_alone(link))
			continue;
		host = find_host(s, parent);
		if (!host) {
			host = add_station(s);
			if (!host)
				return -ENOMEM;
			host->link = parent;
			host->mac = parent->mac;
			strcpy(host->parent, parent->name);
			host->kind = HP_KIND_HOST;
			host->vlan = vlan;
			host->bridged = parent->master;
		}
		/* A device has one receive handler: with a macvlan, its master is but a VRF. */
		host->bridged &= link->kind == RTNL_KIND_XDP;
		host->active |= is_up(m, link) && parent->up;
		host->shared |= link->up && link->kind == RTNL_KIND_IPVLAN;
	}
	return 0;
}

static void place_on_port(const struct model *m, struct station *station)
{
	const struct rtnl_link *port = model_parent(m, station->link);
	struct spec_port on;

	spec_unmark_port(port->mark, &on);
	strcpy(station->parent, on.parent);
	station->port = port->ifindex;
	station->untagged = station->vlan;
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
		station->kind = kind_of(link);
		/* The kernel tells of an ipvlan's MAC a little later than of its parent's. */
		station->mac = station->kind == HP_KIND_IPVLAN ? parent->mac : link->mac;
		station->mode = mode_of(link);
		station->vlan = vlan;
		station->active = is_up(m, link) && link->ether && !is_left_alone(link);
		station->marked = spec_unmark_vlan(link->mark);
		if (station->kind == HP_KIND_XDP)
			place_on_port(m, station);
		else
			strcpy(station->parent, parent->name);
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

bool station_takes_vlan(const struct model *m, const struct rtnl_link *link, int32_t ifindex)
{
	const struct rtnl_link *below = NULL;

	if (link->kind == RTNL_KIND_VLAN)
		below = model_parent(m, link);
	return below && below->ifindex == ifindex;
}

/* Of our own netns, or of any. */
static const struct rtnl_link *find_vlan_device(const struct model *m, int32_t ifindex, __u16 vlan,
						bool own)
{
	for (size_t i = 0; i < m->links.count; i++) {
		const struct rtnl_link *link = table_at(&m->links, i);

		if (link->vlan == vlan && (!own || link->nsid == RTNL_OWN_NETNS) &&
		    station_takes_vlan(m, link, ifindex))
			return link;
	}
	return NULL;
}

const struct rtnl_link *station_vlan_device(const struct model *m, int32_t ifindex, __u16 vlan)
{
	return find_vlan_device(m, ifindex, vlan, true);
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
	for (size_t i = 0; i < s->count; i++) {
		if (s->list[i].vlan)
			return true;
	}
	for (size_t i = 0; i < m->links.count; i++) {
		const struct rtnl_link *link = table_at(&m->links, i);

		if (link->kind != RTNL_KIND_VLAN)
			continue;
		if (station_takes_vlan(m, link, ifindex) || find_base(s, link) >= 0)
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
		    find_vlan_device(m, ifindex, vlan, false))
			continue;
		station = s->list[base];
		station.link = link;
		station.vlan = vlan;
		station.active = station.active && link->up;
		station.base = base;
		station.untagged = false;
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

/* Engines cut ids to 12 digits, as netns names have them here. */
static bool is_id(const char *match, const char *name)
{
	return strlen(match) >= 12 && strspn(match, "0123456789abcdef") == strlen(match) &&
	       strlen(name) == 12 && !strncmp(match, name, 12);
}

/*
 * Of a macvlan, a container's root can set the alias, and would be in whatever
 * VLAN it likes: that says something only in the netns that we put the device into.
 * Of an XDP endpoint it is its port's, which is the host's.
 */
static bool has_name(const struct model *m, const struct station *s, const struct config_access *a)
{
	const struct model_netns *netns = model_netns(m, s->link->nsid);
	uint64_t ino = netns ? netns->ino : 0;
	char name[SPEC_NAME];
	bool declared;

	if (!spec_unmark(s->link->mark, name, &declared) || strcmp(a->match, name) != 0)
		return false;
	return s->kind == HP_KIND_XDP || s->link->nsid == RTNL_OWN_NETNS ||
	       (a->spec && ino && ino == a->spec->netns_ino);
}

static bool is_meant(const struct model *m, const struct station *s, const struct config_access *a)
{
	const struct model_netns *netns = model_netns(m, s->link->nsid);
	const char *match = a->match;
	char mac[18];

	if (a->spec || has_name(m, s, a))
		return has_name(m, s, a);
	if (netns && (!strcmp(match, netns->name) || is_id(match, netns->name)))
		return true;
	return !strcasecmp(match, format_mac(mac, s->mac));
}

/* The administrator's word is before the maker's. */
static __u16 access_vlan(const struct model *m, const struct config *config,
			 const struct station *s)
{
	for (size_t i = 0; i < config->access_count; i++) {
		if (is_meant(m, s, &config->access[i]))
			return config->access[i].vlan;
	}
	return s->marked;
}

/* In front of all others, as hosts are. */
static int insert_host(struct stations *s, const struct rtnl_link *link)
{
	if (!add_station(s))
		return -ENOMEM;
	memmove(&s->list[1], &s->list[0], (s->count - 1) * sizeof(*s->list));
	s->list[0] = (struct station){
		.link = link,
		.kind = HP_KIND_HOST,
		.vlan = link->vlan,
		.mac = link->mac,
		.active = link->up,
		.bridged = link->master,
		.base = -1,
	};
	strcpy(s->list[0].parent, link->name);
	for (size_t i = 1; i < s->count; i++)
		s->list[i].base += s->list[i].base >= 0;
	return 0;
}

static void assign(struct station *station, __u16 vlan)
{
	station->access = !station->vlan &&
			  (station->kind == HP_KIND_XDP ||
			   (station->mode == HP_MODE_VEPA && station->kind != HP_KIND_IPVLAN));
	station->no_access = !station->access;
	station->untagged |= station->access;
	if (station->access)
		station->vlan = vlan;
}

/* The host has a station on the VLAN of each access port, if it has a device there. */
static int add_hosts(const struct model *m, int32_t ifindex, struct stations *s)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct rtnl_link *link;

		if (!s->list[i].access)
			continue;
		link = station_vlan_device(m, ifindex, s->list[i].vlan);
		if (!link || find_host(s, link))
			continue;
		if (insert_host(s, link))
			return -ENOMEM;
		i++;
	}
	return 0;
}

int stations_assign(const struct model *m, const struct config *config, int32_t ifindex,
		    struct stations *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct station *station = &s->list[i];
		__u16 vlan = 0;

		if (station->base >= 0) /* an access port is given no tags */
			station->active &= !s->list[station->base].access;
		else if (station->kind != HP_KIND_HOST)
			vlan = access_vlan(m, config, station);
		if (vlan && vlan != station->vlan)
			assign(station, vlan);
	}
	return add_hosts(m, ifindex, s);
}
