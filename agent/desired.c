/* SPDX-License-Identifier: BSD-2-Clause */
/* For every uplink: who is there (station.c), ids for them, then their map entries. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if_addr.h>

#include "desired.h"
#include "elsewhere.h"
#include "identity.h"
#include "segment.h"
#include "spec.h"
#include "station.h"

#define STATS_SLOTS 256 /* of a new stats map; doubled as needed */

static bool wanted(const struct desired_input *in, const char *name)
{
	if (!config_uplink(in->config, name).serve)
		return false;
	if (!in->only)
		return true;
	for (const char *const *only = in->only; *only; only++) {
		if (!strcmp(*only, name))
			return true;
	}
	return false;
}

static struct uplink_state *get_uplink(const struct desired_input *in, struct state *desired,
				       const struct rtnl_link *link)
{
	struct uplink_state *uplink = state_find_ifindex(desired, link->ifindex);
	struct config_uplink config;

	if (uplink)
		return uplink;
	uplink = state_add(desired, link->name);
	if (!uplink)
		return NULL;
	config = config_uplink(in->config, link->name);
	uplink->ifindex = link->ifindex;
	uplink->hook = config.attach;
	uplink->settings.reflect = config.reflect;
	uplink->settings.steer = config.steer;
	uplink->settings.xdp = config.xdp;
	uplink->settings.storm = config.storm;
	uplink->settings.device = (link->virt ? HP_DEVICE_VIRTUAL : 0) |
				  (link->kind == RTNL_KIND_VETH ? HP_DEVICE_VETH : 0);
	return uplink;
}

/* Makes an entry for every uplink that has an endpoint. */
static int find_uplinks(const struct desired_input *in, struct state *desired)
{
	for (size_t i = 0; i < in->model->links.count; i++) {
		const struct rtnl_link *link = table_at(&in->model->links, i), *parent, *uplink;
		__u16 vlan;

		uplink = station_place(in->model, link, &parent, &vlan);
		if (uplink && wanted(in, uplink->name) && !get_uplink(in, desired, uplink))
			return -ENOMEM;
	}
	return 0;
}

static struct hp_endpoint describe(const struct model *m, const struct station *s)
{
	const struct model_netns *netns = model_netns(m, s->link->nsid);
	bool own = s->link->nsid == RTNL_OWN_NETNS, declared;
	struct hp_endpoint e = {
		.netns_ino = identity_netns_ino(m, s->link->nsid),
		.netns_cookie = identity_netns_cookie(m, s->link->nsid),
		.ifindex = s->link->ifindex,
		.nsid = s->link->nsid,
		.vlan = s->vlan,
		.kind = s->kind,
		.mode = s->mode,
		.marked = s->marked,
	};
	if (s->link->up)
		e.flags |= HP_ENDPOINT_UP;
	if (station_is_host_stack(s))
		e.flags |= HP_ENDPOINT_HOST_STACK;
	if (s->access)
		e.flags |= HP_ENDPOINT_ACCESS;
	if (s->no_access)
		e.flags |= HP_ENDPOINT_NO_ACCESS;
	if (s->settled || s->link->up)
		e.flags |= HP_ENDPOINT_SETTLED;
	if (s->kind != HP_KIND_HOST) /* whose mark says that it was made as a parent */
		spec_unmark(s->link->mark, e.name, &declared);
	memcpy(e.mac, s->mac, sizeof(e.mac));
	snprintf(e.ifname, sizeof(e.ifname), "%s", s->link->name);
	snprintf(e.parent, sizeof(e.parent), "%s", s->parent);
	if (own)
		snprintf(e.netns, sizeof(e.netns), "host");
	else if (netns && netns->name[0])
		snprintf(e.netns, sizeof(e.netns), "%s", netns->name);
	else
		snprintf(e.netns, sizeof(e.netns), "nsid %d", s->link->nsid);
	return e;
}

static int put_endpoint(const struct model *m, struct uplink_state *u, const struct station *s,
			__u64 first_seen)
{
	struct pins_endpoint record = { .id = s->id };

	record.value = describe(m, s);
	record.value.first_seen = first_seen;
	return table_put(&u->maps[PINS_ENDPOINTS], &record) < 0 ? -ENOMEM : 0;
}

/* Ids that were in use are not given out again at once, so that no counter changes hands. */
static int put_endpoints(const struct desired_input *in, struct uplink_state *u, struct stations *s,
			 const struct uplink_state *observed, const struct table *known)
{
	const struct table *old = observed ? &observed->maps[PINS_ENDPOINTS] : NULL;
	__u32 next = 1;
	int err = 0;

	for (size_t i = 0; !err && i < s->count; i++) {
		const struct identity *identity = identity_find(known, in->model, s->list[i].link);

		if (s->list[i].base >= 0) {
			s->list[i].id = s->list[s->list[i].base].id;
			continue;
		}
		while (!identity && old && table_find(old, &next))
			next++;
		s->list[i].id = identity ? identity->id : next++;
		if (s->list[i].id >= u->slots)
			u->slots = s->list[i].id + 1;
		err = put_endpoint(in->model, u, &s->list[i],
				   identity ? identity->first_seen : in->now);
	}
	return err;
}

/*
 * A mark stands in the netns of the container, whose root can write it. What it says of a
 * VLAN counts until the device is up for the first time, when nobody but its maker is
 * there; the record keeps that for as long as the device is.
 */
static void keep_marks(const struct model *m, struct stations *s, const struct table *known)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct identity *identity = identity_find(known, m, s->list[i].link);

		if (!identity || !identity->settled)
			continue;
		s->list[i].settled = true;
		s->list[i].marked = identity->marked;
	}
}

static __u32 slots_for(__u32 needed, __u32 present)
{
	__u32 slots = present ? present : STATS_SLOTS;

	while (slots < needed)
		slots *= 2;
	return slots;
}

static __u16 fdb_flags(const struct station *s)
{
	return (station_is_host_stack(s) ? HP_FDB_HOST_STACK : 0) |
	       (s->shared ? HP_FDB_SHARED : 0) | (s->untagged ? HP_FDB_UNTAGGED : 0);
}

/* The MAC of an ipvlan is in there already, as the host's. */
static int put_fdb(struct uplink_state *u, const struct station *s)
{
	struct pins_fdb record = {
		.key.vlan = s->vlan,
		.value = { .endpoint = s->id,
			   .kind = s->kind,
			   .mode = s->mode,
			   .flags = fdb_flags(s),
			   .port = s->port },
	};

	memcpy(record.key.mac, s->mac, sizeof(record.key.mac));
	if (s->kind == HP_KIND_IPVLAN || table_find(&u->maps[PINS_FDB], &record.key))
		return 0;
	return table_put(&u->maps[PINS_FDB], &record) < 0 ? -ENOMEM : 0;
}

static struct pins_neigh neigh_of(const struct station *s, const struct rtnl_addr *addr)
{
	struct pins_neigh record = {
		.key = { .vlan = s->vlan, .family = addr->family },
		.value = { .endpoint = s->id, .kind = s->kind },
	};

	if (s->kind == HP_KIND_IPVLAN) {
		record.value.mode = s->mode;
		record.value.fdb_flags = fdb_flags(s);
	}
	memcpy(record.key.addr, addr->addr, sizeof(record.key.addr));
	memcpy(record.value.mac, s->mac, sizeof(record.value.mac));
	if (addr->flags & IFA_F_TENTATIVE)
		record.value.flags |= HP_NEIGH_TENTATIVE;
	return record;
}

/* The addresses of a macvtap device itself are not those of whoever reads its tap. */
static int put_neighs(const struct model *m, struct uplink_state *u, const struct station *s)
{
	int err = 0;

	if (s->kind == HP_KIND_MACVTAP)
		return 0;
	for (size_t i = table_seek(&m->addrs, s->link, 2 * sizeof(__s32));
	     !err && i < m->addrs.count; i++) {
		const struct rtnl_addr *addr = table_at(&m->addrs, i);
		struct pins_neigh record;

		if (addr->nsid != s->link->nsid || addr->ifindex != s->link->ifindex)
			break;
		record = neigh_of(s, addr);
		err = state_put_neigh(u, &record);
	}
	return err;
}

/* What the host answers for on every segment. 127.0.0.0/8 it does not. */
static int put_host_addresses(const struct model *m, struct uplink_state *u)
{
	const __s32 own = RTNL_OWN_NETNS;
	int err = 0;

	for (size_t i = table_seek(&m->addrs, &own, sizeof(own)); !err && i < m->addrs.count; i++) {
		const struct rtnl_addr *addr = table_at(&m->addrs, i);
		struct pins_neigh record = {
			.key = { .vlan = HP_VLAN_ANY, .family = AF_INET },
			.value = { .kind = HP_KIND_HOST },
		};

		if (addr->nsid != own)
			break;
		if (addr->family != AF_INET || addr->addr[0] == 127)
			continue;
		memcpy(record.key.addr, addr->addr, sizeof(record.key.addr));
		err = state_put_neigh(u, &record);
	}
	return err;
}

static const struct hp_fdb *fdb_at(const struct uplink_state *u, const struct station *s,
				   __u16 vlan)
{
	struct hp_fdb_key key = { .vlan = vlan };
	const struct pins_fdb *record;

	memcpy(key.mac, s->mac, sizeof(key.mac));
	record = u ? table_find(&u->maps[PINS_FDB], &key) : NULL;
	return record ? &record->value : NULL;
}

/*
 * An XDP endpoint gets its VLAN at its port, and macvlan knows nothing of it. One that is
 * not served, as its MAC is taken, must not get into VLAN 0 by that.
 */
static bool is_access(const struct station *s)
{
	return s->access && (s->active || s->taken) && s->kind != HP_KIND_XDP;
}

static bool is_others(const struct hp_fdb *owner, const struct station *s)
{
	return owner && owner->endpoint != s->id && s->kind != HP_KIND_HOST &&
	       (owner->kind == HP_KIND_XDP || s->kind == HP_KIND_XDP);
}

/*
 * macvlan lets no two devices have one MAC, but it knows nothing of XDP endpoints,
 * whose root can give them any: of the host, or of somebody whose frames it
 * would like to have. Who had it first keeps it. An access port is under VLAN 0 as well.
 */
static bool is_taken(const struct uplink_state *u, const struct station *s)
{
	return is_others(fdb_at(u, s, s->vlan), s) ||
	       (is_access(s) && is_others(fdb_at(u, s, 0), s));
}

static void note_taken(struct uplink_state *u, struct station *s)
{
	struct pins_endpoint *record = table_find(&u->maps[PINS_ENDPOINTS], &s->id);

	s->active = false;
	s->taken = true;
	if (s->base < 0 && record)
		record->value.flags |= HP_ENDPOINT_TAKEN;
}

/* Under VLAN 0, an access port stands for what it is not. */
static int put_access(struct uplink_state *u, const struct station *s)
{
	struct pins_fdb record = {
		.value = { .endpoint = s->id,
			   .kind = s->kind,
			   .mode = s->mode,
			   .flags = HP_FDB_ACCESS,
			   .vlan = s->vlan,
			   .port = s->port },
	};

	if (!is_access(s))
		return 0;
	memcpy(record.key.mac, s->mac, sizeof(record.key.mac));
	return table_put(&u->maps[PINS_FDB], &record) < 0 ? -ENOMEM : 0;
}

static int put_station(const struct desired_input *in, struct uplink_state *u, struct station *s)
{
	int err = 0;

	if (is_taken(u, s))
		note_taken(u, s);
	else
		err = segment_put(in, u, s)
			      ?: put_fdb(u, s)
			      ?: put_access(u, s)
			      ?: put_neighs(in->model, u, s);
	return err;
}

/* Hosts, and who had that MAC before, come first. */
static int put_active(const struct desired_input *in, struct uplink_state *u, struct stations *s,
		      const struct uplink_state *observed)
{
	int err = 0;

	for (int late = 0; late < 2; late++) {
		for (size_t i = 0; !err && i < s->count; i++) {
			struct station *station = &s->list[i];
			const struct hp_fdb *had = fdb_at(observed, station, station->vlan);
			bool first = station->kind == HP_KIND_HOST ||
				     (had && had->endpoint == station->id);

			if (station->active && first == !late)
				err = put_station(in, u, station);
		}
	}
	return err;
}

static bool has_access(const struct stations *s)
{
	for (size_t i = 0; i < s->count; i++) {
		if (is_access(&s->list[i]))
			return true;
	}
	return false;
}

/* By a tag in frames that come to the uplink itself. */
static bool is_unfiltered(const struct model *m, const struct uplink_state *u,
			  const struct station *s)
{
	return s->active && s->vlan && (is_access(s) || (s->kind == HP_KIND_XDP && s->base < 0)) &&
	       !station_vlan_device(m, u->ifindex, s->vlan);
}

static void note_unfiltered(const struct model *m, struct uplink_state *u, const struct stations *s)
{
	for (size_t i = 0; i < s->count; i++) {
		if (is_unfiltered(m, u, &s->list[i]))
			u->settings.device |= HP_DEVICE_UNFILTERED;
	}
}

/*
 * What comes in at the port is of the endpoint's own segment, whatever tag it may add. Of
 * one that is not served it must not get to the host's stack.
 */
static int put_port(struct uplink_state *u, const struct station *s)
{
	struct pins_port port = {
		.ifindex = s->port,
		.value = { .endpoint = s->id, .vlan = s->vlan },
	};
	struct pins_device device = { .key = s->port, .ifindex = s->port };

	if (s->base >= 0)
		return 0;
	if (s->active)
		memcpy(port.value.mac, s->mac, sizeof(port.value.mac));
	port.value.flags = (s->link->native_xdp ? HP_PORT_XDP : 0) | (s->active ? 0 : HP_PORT_SHUT);
	u->settings.device |= HP_DEVICE_PORTS;
	if (table_put(&u->maps[PINS_PORTS], &port) < 0)
		return -ENOMEM;
	return s->active && s->link->takes_xdp && table_put(&u->maps[PINS_DEVICES], &device) < 0
		       ? -ENOMEM
		       : 0;
}

static int put_ports(struct uplink_state *u, const struct stations *s)
{
	int err = 0;

	for (size_t i = 0; !err && i < s->count; i++) {
		if (s->list[i].kind == HP_KIND_XDP && (s->list[i].active || s->list[i].taken))
			err = put_port(u, &s->list[i]);
	}
	return err;
}

/* Whom the kernel's own flooding does not reach, or must not. */
static bool is_member(const struct uplink_state *u, const struct station *s)
{
	if (!s->active || s->kind == HP_KIND_HOST)
		return false;
	return s->kind == HP_KIND_XDP ||
	       (u->settings.device & HP_DEVICE_ACCESS && !strcmp(s->parent, u->name));
}

static int put_members(struct uplink_state *u, const struct stations *s)
{
	int err = 0;

	for (size_t i = 0; !err && i < s->count; i++) {
		if (is_member(u, &s->list[i]))
			err = segment_add_member(u, &s->list[i]);
	}
	return err;
}

/* Which of the endpoints is not made for them. */
static enum hp_no_gso unfit_endpoint(const struct stations *s)
{
	for (size_t i = 0; i < s->count; i++) {
		if (s->list[i].link->tap)
			return HP_NO_GSO_TAP;
		if (s->list[i].kind == HP_KIND_XDP)
			return HP_NO_GSO_PORT;
	}
	return HP_NO_GSO_NONE;
}

static bool is_stacked(const struct stations *s, __u32 uplink)
{
	for (size_t i = 0; i < s->count && s->list[i].kind == HP_KIND_HOST; i++) {
		const struct rtnl_link *link = s->list[i].link;

		if (link->kind == RTNL_KIND_VLAN && (__u32)link->link != uplink)
			return true;
	}
	return false;
}

/* What speaks against packets of that size. */
static enum hp_no_gso unfit(const struct rtnl_link *link, __u32 gso, const struct uplink_state *u,
			    const struct stations *s)
{
	if (!link || !link->tso)
		return HP_NO_GSO_KERNEL;
	if (gso > link->tso)
		return HP_NO_GSO_DEVICE;
	if (unfit_endpoint(s))
		return unfit_endpoint(s);
	if (u->settings.xdp == HP_XDP_WANT_GENERIC)
		return HP_NO_GSO_XDP;
	if (is_stacked(s, u->ifindex))
		return HP_NO_GSO_STACK;
	return link->gso_ipv4 ? HP_NO_GSO_NONE : HP_NO_GSO_IPV4;
}

static void set_gso(const struct desired_input *in, struct uplink_state *u,
		    const struct stations *s)
{
	const struct rtnl_link *link = model_link(in->model, RTNL_OWN_NETNS, u->ifindex);
	__u32 gso = config_uplink(in->config, u->name).gso;
	enum hp_no_gso no = gso ? unfit(link, gso, u, s) : HP_NO_GSO_NONE;

	u->settings.no_gso = no;
	u->settings.gso = no == HP_NO_GSO_NONE || no == HP_NO_GSO_IPV4 ? gso : 0;
}

static int fill_uplink(const struct desired_input *in, struct uplink_state *uplink)
{
	const struct uplink_state *observed = state_find_ifindex(in->observed, uplink->ifindex);
	struct table known;
	struct stations s;
	int err;

	if (observed && !observed->known)
		observed = NULL;
	err = stations_find(in->model, uplink->ifindex, &s);
	if (identities_known(observed, &known) && !err)
		err = -ENOMEM;
	if (!err) {
		keep_marks(in->model, &s, &known);
		err = stations_assign(in->model, in->config, uplink->ifindex, &s);
	}
	if (!err)
		err = put_endpoints(in, uplink, &s, observed, &known);
	if (!err)
		err = put_active(in, uplink, &s, observed);
	if (!err && s.count && uplink->maps[PINS_SEGMENTS].count)
		err = put_host_addresses(in->model, uplink);
	if (!err)
		err = elsewhere_put(in->model, uplink, &s);
	if (!err)
		err = put_ports(uplink, &s);
	if (!err && has_access(&s))
		err = segments_list(in->model, uplink);
	if (!err)
		err = put_members(uplink, &s);
	if (!err && stations_use_vlans(in->model, uplink->ifindex, &s))
		uplink->settings.device |= HP_DEVICE_VLANS;
	if (!err)
		note_unfiltered(in->model, uplink, &s);
	if (!err)
		set_gso(in, uplink, &s);
	uplink->slots = slots_for(uplink->slots, observed ? observed->slots : 0);
	table_free(&known);
	free(s.list);
	return err;
}

int desired_build(const struct desired_input *in, struct state *desired)
{
	int err = find_uplinks(in, desired);

	for (size_t i = 0; !err && i < desired->count; i++)
		err = fill_uplink(in, &desired->uplinks[i]);
	if (err)
		state_free(desired);
	return err;
}
