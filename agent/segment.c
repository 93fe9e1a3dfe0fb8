/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "segment.h"

/* What the host is a proxy for, the segment says. */
static bool is_proxy(const struct model *m, const struct station *s, __u8 family)
{
	return s->link->nsid != RTNL_OWN_NETNS &&
	       model_proxies(m, s->link->nsid, family, s->link->ifindex);
}

/* Made for XDP and AF_XDP, which may be a stack of its own, with the VLANs over the device. */
static bool has_xdp(const struct model *m, const struct station *s)
{
	const struct rtnl_link *port = NULL, *far = NULL;

	if (s->kind == HP_KIND_XDP)
		port = model_link(m, RTNL_OWN_NETNS, s->port);
	if (port)
		far = model_link(m, s->link->nsid, port->link);
	return far && (far->xdp || far->native_xdp);
}

/*
 * A macvlan in a bridge has its addresses there, a tap's are its reader's affair, an XDP
 * program may answer by itself, and a proxy answers for others.
 */
static bool knows(const struct model *m, const struct station *s, __u8 family)
{
	struct rtnl_addr key = { .nsid = s->link->nsid,
				 .ifindex = s->link->ifindex,
				 .family = family };
	size_t i = table_seek(&m->addrs, &key, offsetof(struct rtnl_addr, addr));
	const struct rtnl_addr *addr = i < m->addrs.count ? table_at(&m->addrs, i) : NULL;

	return s->kind != HP_KIND_MACVTAP && !s->link->master && !has_xdp(m, s) && addr &&
	       addr->nsid == key.nsid && addr->ifindex == key.ifindex && addr->family == family &&
	       !is_proxy(m, s, family);
}

/* Of an endpoint: what must not be said of its segment any more. */
static __u16 unknown_flags(const struct model *m, const struct station *s)
{
	bool any_mac = s->mode == HP_MODE_SOURCE || s->mode == HP_MODE_NONE;

	return (knows(m, s, AF_INET) ? 0 : HP_SEGMENT_KNOWN_IPV4) |
	       (knows(m, s, AF_INET6) ? 0 : HP_SEGMENT_KNOWN_IPV6) |
	       (any_mac ? HP_SEGMENT_CLOSED : 0);
}

static bool is_open(const struct rtnl_link *link)
{
	return link->master || link->promisc;
}

/* Of the host: whether somebody behind its device has MACs that are not in fdb. */
static bool may_close(const struct desired_input *in, const struct uplink_state *u,
		      const struct station *host)
{
	const struct rtnl_link *uplink = model_link(in->model, RTNL_OWN_NETNS, u->ifindex);

	switch (config_uplink(in->config, u->name).foreign) {
	case FOREIGN_ON:
		return true;
	case FOREIGN_OFF:
		return false;
	default:
		return !is_open(host->link) && uplink && !is_open(uplink) &&
		       !model_is_hiding(in->model, u->ifindex);
	}
}

static __u16 host_flags(const struct model *m, const struct station *s)
{
	const __s32 own = RTNL_OWN_NETNS, ifindex = s->link->ifindex;

	return HP_SEGMENT_HOST |
	       (model_proxies(m, own, AF_INET, ifindex) ? HP_SEGMENT_PROXY_IPV4 : 0) |
	       (model_proxies(m, own, AF_INET6, ifindex) ? HP_SEGMENT_PROXY_IPV6 : 0);
}

int segment_put(const struct desired_input *in, struct uplink_state *u, const struct station *s)
{
	struct pins_segment record = { .vlan = s->vlan };
	const struct pins_segment *old = state_segment(u, s->vlan);
	struct hp_segment segment = { .flags = HP_SEGMENT_SERVED };

	if (!model_is_hiding(in->model, u->ifindex))
		segment.flags |= HP_SEGMENT_KNOWN_IPV4 | HP_SEGMENT_KNOWN_IPV6;
	if (old)
		segment = old->value;
	if (s->kind == HP_KIND_HOST) {
		segment.flags &= ~HP_SEGMENT_CLOSED;
		if (s->bridged)
			segment.flags &= ~(HP_SEGMENT_KNOWN_IPV4 | HP_SEGMENT_KNOWN_IPV6);
		else
			segment.flags &= ~HP_SEGMENT_BRIDGED;
		if (!old && s->bridged)
			segment.flags |= HP_SEGMENT_BRIDGED;
		if (!old && may_close(in, u, s)) /* else it has two VLAN devices of one id */
			segment.flags |= HP_SEGMENT_CLOSED;
		segment.flags |= host_flags(in->model, s);
		segment.host = s->id;
		memcpy(segment.host_mac, s->mac, sizeof(segment.host_mac));
	} else {
		segment.flags &= ~unknown_flags(in->model, s);
		if (s->mode == HP_MODE_VEPA && s->kind != HP_KIND_IPVLAN)
			segment.flags |= HP_SEGMENT_VEPA;
	}
	record.value = segment;
	return table_put(&u->maps[PINS_SEGMENTS], &record) < 0 ? -ENOMEM : 0;
}

int segment_add_member(struct uplink_state *u, const struct station *s)
{
	struct pins_segment *segment = state_segment(u, s->vlan);
	struct pins_member record = {
		.key = { .vlan = s->vlan, .index = segment ? segment->value.members++ : 0 },
		.value.flags = s->untagged || !s->vlan ? HP_FDB_UNTAGGED : 0,
	};

	memcpy(record.value.mac, s->mac, sizeof(record.value.mac));
	return segment && table_put(&u->maps[PINS_MEMBERS], &record) < 0 ? -ENOMEM : 0;
}

/* One that is in another netns is as good as in a bridge: whoever is there. */
static void add_vlan_device(struct hp_segment *segment, const struct rtnl_link *link)
{
	segment->flags &= ~(HP_SEGMENT_KNOWN_IPV4 | HP_SEGMENT_KNOWN_IPV6);
	segment->flags |= HP_SEGMENT_SERVED | HP_SEGMENT_HOST;
	if (link->master || link->nsid != RTNL_OWN_NETNS)
		segment->flags |= HP_SEGMENT_BRIDGED;
	memcpy(segment->host_mac, link->mac, sizeof(segment->host_mac));
}

/*
 * So that the programs know that somebody wants the groups of these VLANs. Where endpoints
 * are, a device of the host's that is up has said so.
 */
static int put_vlan_devices(const struct model *m, struct uplink_state *u)
{
	for (size_t i = 0; i < m->links.count; i++) {
		const struct rtnl_link *link = table_at(&m->links, i);
		const struct pins_segment *old = state_segment(u, link->vlan);
		struct pins_segment record = { .vlan = link->vlan };

		if (!station_takes_vlan(m, link, u->ifindex))
			continue;
		if (old && (old->value.flags & HP_SEGMENT_HOST || link->nsid == RTNL_OWN_NETNS))
			continue;
		if (old)
			record = *old;
		add_vlan_device(&record.value, link);
		if (table_put(&u->maps[PINS_SEGMENTS], &record) < 0)
			return -ENOMEM;
	}
	return 0;
}

int segments_list(const struct model *m, struct uplink_state *u)
{
	int err = put_vlan_devices(m, u);

	for (size_t i = 0; i < u->maps[PINS_SEGMENTS].count; i++) {
		struct pins_segment *segment = table_at(&u->maps[PINS_SEGMENTS], i);

		segment->value.flags |= HP_SEGMENT_LISTED;
	}
	u->settings.device |= HP_DEVICE_ACCESS;
	return err;
}
