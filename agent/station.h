/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is on the segments of an uplink: its endpoints, and the host. Pure. */
#ifndef HAIRPIN_STATION_H
#define HAIRPIN_STATION_H

#include "hairpin/abi.h"
#include "model.h"

/* A device as a station of one segment. */
struct station {
	const struct rtnl_link *link;
	const char *parent; /* name of the device that it sits on; the host: itself */
	enum hp_kind kind;
	enum hp_mode mode;
	__u16 vlan;
	const __u8 *mac;
	bool active; /* in fdb and neigh */
	bool shared; /* of the host: its MAC is also that of ipvlan endpoints */
	__u32 id;    /* left to the caller */
	/*
	 * A VLAN device over an endpoint, in the endpoint's netns, makes that a
	 * station of another segment, too: index of the endpoint. -1: this is it.
	 */
	int base;
};

struct stations {
	size_t count;
	struct station *list; /* hosts, then endpoints, then VLAN devices over endpoints */
};

/*
 * If @link is an endpoint: the uplink that it belongs to, the device that it
 * sits on and the segment. NULL if it is none, or sits on another netns's device.
 */
const struct rtnl_link *station_place(const struct model *m, const struct rtnl_link *link,
				      const struct rtnl_link **parent, __u16 *vlan);

/* The device belongs to the host's own stack; a tap belongs to whoever reads it. */
bool station_is_host_stack(const struct station *s);

/* Whether any VLAN is in use on the uplink, by the host or by an endpoint. */
bool stations_use_vlans(const struct model *m, int32_t ifindex, const struct stations *s);

/* All stations of the uplink @ifindex. 0 or -ENOMEM; the caller frees s->list. */
int stations_find(const struct model *m, int32_t ifindex, struct stations *s);

#endif
