/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is on the segments of an uplink: its endpoints, and the host. Pure. */
#ifndef HAIRPIN_STATION_H
#define HAIRPIN_STATION_H

#include "config.h"
#include "hairpin/abi.h"
#include "model.h"

/* A device as a station of one segment. */
struct station {
	const struct rtnl_link *link;
	/* Name of the device that it sits on, of an XDP endpoint as it was given; the host: itself
	 */
	char parent[IFNAMSIZ];
	enum hp_kind kind;
	enum hp_mode mode;
	__u16 vlan;
	const __u8 *mac;
	bool active;	/* in fdb and neigh */
	bool taken;	/* not active, since another station has its MAC */
	bool shared;	/* of the host: its MAC is also that of ipvlan endpoints */
	bool bridged;	/* of the host: in a bridge, with whoever may be behind that */
	bool access;	/* on the bare uplink, and access port of its VLAN */
	bool no_access; /* it should be one, but cannot */
	bool untagged;	/* gets the frames of its VLAN without their tag */
	__u16 marked;	/* access port of this VLAN, by the mark of who made it; 0: no */
	bool settled;	/* has been up before; left to the caller, as id is */
	__u32 port;	/* of an XDP endpoint: ifindex of its port */
	__u32 id;	/* left to the caller */
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
 * What @name means as a parent: the uplink, the device that is the host's on the
 * segment, and the segment. "eth0.50" is one even where there is no such device:
 * *parent is NULL then. NULL: there is nothing of that kind, or it has two tags,
 * or one that is not 802.1Q.
 */
const struct rtnl_link *station_segment(const struct model *m, const char *name,
					const struct rtnl_link **parent, __u16 *vlan);

/*
 * If @link is an endpoint: the uplink that it belongs to, the device that it
 * sits on and the segment. NULL if it is none, or sits on another netns's device.
 * An XDP endpoint sits on nothing: *parent is the host's device there, or NULL.
 */
const struct rtnl_link *station_place(const struct model *m, const struct rtnl_link *link,
				      const struct rtnl_link **parent, __u16 *vlan);

/* The device belongs to the host's own stack; a tap belongs to whoever reads it. */
bool station_is_host_stack(const struct station *s);

/* Whether any VLAN is in use on the uplink, by the host or by an endpoint. */
bool stations_use_vlans(const struct model *m, int32_t ifindex, const struct stations *s);

/*
 * Makes those access ports that the configuration names, or their maker marked, and the host a
 * station of their VLANs, where it has one. They must be VEPA endpoints on the bare uplink: between
 * others, macvlan makes short cuts. 0 or -ENOMEM.
 */
int stations_assign(const struct model *m, const struct config *config, int32_t ifindex,
		    struct stations *s);

/*
 * Whether @link is a VLAN device, of whatever netns, on that device of our own: the
 * kernel gives it all frames of its VLAN.
 */
bool station_takes_vlan(const struct model *m, const struct rtnl_link *link, int32_t ifindex);
/* The one of our own netns with that id, or NULL. */
const struct rtnl_link *station_vlan_device(const struct model *m, int32_t ifindex, __u16 vlan);

/* All stations of the uplink @ifindex. 0 or -ENOMEM; the caller frees s->list. */
int stations_find(const struct model *m, int32_t ifindex, struct stations *s);

#endif
