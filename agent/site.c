/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_link.h>

#include "attach.h"
#include "dad.h"
#include "format.h"
#include "site.h"
#include "station.h"

/* ---- whether it can be */

int site_check_mac(const struct manage *g, const struct spec *spec, const struct rtnl_link *parent,
		   const struct rtnl_link *except, char error[SPEC_ERROR])
{
	const struct rtnl_link *uplink, *device;
	char mac[18], text[MANAGE_WHERE];
	__u16 vlan = 0;

	if (!(spec->given & SPEC_MAC) || spec->mode == MACVLAN_MODE_PASSTHRU)
		return 0;
	format_mac(mac, spec->mac);
	if (!memcmp(parent->mac, spec->mac, sizeof(spec->mac)))
		return manage_say(error, -EADDRINUSE, "MAC %s is in use: '%s' itself has it", mac,
				  parent->name);
	uplink = station_segment(g->model, spec->parent, &device, &vlan);
	for (size_t i = 0; i < g->model->links.count; i++) {
		const struct rtnl_link *link = table_at(&g->model->links, i), *below = NULL;
		__u16 other = 0;

		if (link != except && station_place(g->model, link, &below, &other) == uplink &&
		    uplink && other == vlan && !memcmp(link->mac, spec->mac, sizeof(spec->mac)))
			return manage_say(error, -EADDRINUSE, "MAC %s is in use on '%s': %s has it",
					  mac, spec->parent, manage_where(text, g->model, link));
	}
	return 0;
}

/* With its own words, of what would else be found out when it is there and not served. */
static int check_segment(const struct manage *g, const struct spec *spec, char error[SPEC_ERROR])
{
	const struct rtnl_link *device;
	__u16 vlan;

	if (spec->kind != SPEC_XDP || station_segment(g->model, spec->parent, &device, &vlan))
		return 0;
	return manage_say(error, -EINVAL,
			  "parent '%s': kind xdp can be on a device, or on one 802.1Q VLAN of it",
			  spec->parent);
}

static int check_mode(const struct manage *g, const struct spec *spec,
		      const struct rtnl_link *parent, const struct rtnl_link *except,
		      char error[SPEC_ERROR])
{
	char text[MANAGE_WHERE];

	for (size_t i = 0; i < g->model->links.count; i++) {
		const struct rtnl_link *link = table_at(&g->model->links, i), *below;

		below = model_is_endpoint(link) && link != except ? model_parent(g->model, link)
								  : NULL;
		if (!below || below->ifindex != parent->ifindex)
			continue;
		if (link->mode == MACVLAN_MODE_PASSTHRU)
			return manage_say(error, -EBUSY,
					  "parent '%s' belongs to %s, which is passthru",
					  parent->name, manage_where(text, g->model, link));
		if (spec->mode == MACVLAN_MODE_PASSTHRU)
			return manage_say(error, -EBUSY,
					  "passthru needs parent '%s' for itself: %s sits on it",
					  parent->name, manage_where(text, g->model, link));
	}
	return 0;
}

int site_check_mtu(const struct spec *spec, const struct device *parent, char error[SPEC_ERROR])
{
	if (!(spec->given & SPEC_MTU) || spec->mtu <= parent->mtu)
		return 0;
	return manage_say(error, -EINVAL, "MTU %u is over that of its parent '%s', %u", spec->mtu,
			  parent->link.name, parent->mtu);
}

static const char *netns_text(const struct spec *spec)
{
	return spec->netns[0] ? spec->netns : "host";
}

static int check_ifname(const struct spec *spec, const struct place *place,
			const struct rtnl_link *except, uint64_t except_ino, char error[SPEC_ERROR])
{
	struct device device;

	if (device_find(place->nl, spec->ifname, &device))
		return 0;
	if (except && device.link.ifindex == except->ifindex && place->ino == except_ino)
		return 0;
	return manage_say(error, -EEXIST,
			  "netns '%s' has a device '%s' already: give another ifname",
			  netns_text(spec), spec->ifname);
}

/* ---- making */

/* All that must be there before the device is made. */
void site_close(struct site *site)
{
	place_close(&site->place);
}

void site_undo(struct site *site, const struct manage *g)
{
	parent_undo(&site->parent, g->nl);
	site_close(site);
}

int site_open(struct site *site, const struct manage *g, struct spec *spec,
	      const struct rtnl_link *except, uint64_t except_ino, char error[SPEC_ERROR])
{
	const struct device *parent = &site->parent.device;
	int err = place_open(&site->place, spec->netns, error);

	if (err)
		return err;
	spec->netns_ino = site->place.ino;
	err = spec->kind == SPEC_XDP ? parent_find(&site->parent, g->nl, spec->parent, error)
				     : parent_take(&site->parent, g->nl, spec->parent, error);
	if (err) {
		site_close(site);
		return err;
	}
	err = check_segment(g, spec, error);
	if (!err)
		err = check_mode(g, spec, &parent->link, except, error);
	if (!err)
		err = site_check_mac(g, spec, &parent->link, except, error);
	if (!err)
		err = site_check_mtu(spec, parent, error);
	if (!err)
		err = check_ifname(spec, &site->place, except, except_ino, error);
	if (err)
		site_undo(site, g);
	return err;
}

static int explain_make(char error[SPEC_ERROR], int err, const struct spec *spec)
{
	const char *kind = spec->kind == SPEC_XDP ? "veth" : "macvlan";

	switch (err) {
	case -EEXIST:
		return manage_say(error, err,
				  "netns '%s' has a device '%s' already: give another ifname",
				  netns_text(spec), spec->ifname);
	case -EBUSY:
		return manage_say(
			error, err,
			"parent '%s' is in use by a bridge, a bond or ipvlan: name that device",
			spec->parent);
	case -EOPNOTSUPP:
		return manage_say(error, err, "cannot be made: this kernel has no %s: modprobe %s",
				  kind, kind);
	default:
		return manage_say(error, err, "cannot be made on '%s': %s%s", spec->parent,
				  strerror(-err), err == -EPERM ? ": needs root" : "");
	}
}

/* Older kernels say EBUSY. */
int site_explain_up(char error[SPEC_ERROR], int err, const struct spec *spec)
{
	if (err == -EADDRINUSE || err == -EBUSY)
		return manage_say(error, err, "its MAC is in use on '%s': give another one",
				  spec->parent);
	return manage_say(error, err, "cannot be set up: %s", strerror(-err));
}

static int explain_addr(char error[SPEC_ERROR], int err, const struct spec_addr *addr)
{
	char text[SPEC_ADDR_TEXT];

	spec_addr_text(text, addr);
	if (err == -EACCES || (err == -EPERM && addr->family != AF_INET))
		return manage_say(error, err,
				  "address %s is refused: IPv6 is off there: sysctl "
				  "net.ipv6.conf.all.disable_ipv6",
				  text);
	return manage_say(error, err, "address %s is refused: %s", text, strerror(-err));
}

int site_add_addrs(const struct place *place, int32_t ifindex, const struct spec *spec,
		   char error[SPEC_ERROR])
{
	for (size_t i = 0; i < spec->address_count; i++) {
		int err = device_add_addr(place->nl, ifindex, &spec->addresses[i]);

		if (err)
			return explain_addr(error, err, &spec->addresses[i]);
	}
	return 0;
}

int site_add_gateways(const struct place *place, int32_t ifindex, const struct spec *spec,
		      const struct spec *present, char error[SPEC_ERROR])
{
	char text[SPEC_ADDR_TEXT];

	for (size_t i = 0; i < spec->gateway_count; i++) {
		const struct spec_addr *gateway = &spec->gateways[i];
		int err = device_add_gateway(place->nl, ifindex, gateway);

		if (err == -EEXIST && present &&
		    spec_has_addr(present->gateways, present->gateway_count, gateway))
			err = 0;
		if (err)
			return manage_say(error, err, "gateway %s is refused: %s",
					  spec_addr_text(text, gateway),
					  err == -EEXIST ? "there is a default route already"
							 : strerror(-err));
	}
	return 0;
}

static int mark_device(struct nl *nl, int32_t ifindex, const struct spec *spec,
		       char error[SPEC_ERROR])
{
	char mark[SPEC_MARK];
	int err = device_mark(nl, ifindex, spec_mark(mark, spec));

	return err ? manage_say(error, err, "cannot be marked as ours: %s", strerror(-err)) : 0;
}

int site_wait_dad(const struct manage *g, const struct place *place, int32_t ifindex,
		  const struct spec *spec, char error[SPEC_ERROR])
{
	const struct spec_addr *taken = NULL;
	char text[SPEC_ADDR_TEXT];
	int err = g->patient ? dad_wait(place->nl, ifindex, spec, &taken) : 0;

	if (taken)
		return manage_say(
			error, err,
			"address %s is refused: another station has it: it failed IPv6 DAD",
			spec_addr_text(text, taken));
	return err ? manage_say(error, err, "its addresses cannot be read: %s", strerror(-err)) : 0;
}

static int finish_device(const struct place *place, int32_t ifindex, const struct spec *spec,
			 char error[SPEC_ERROR])
{
	int err = device_rename(place->nl, ifindex, spec->ifname);
	if (err)
		return explain_make(error, err, spec);
	err = device_up(place->nl, ifindex);
	if (err)
		return site_explain_up(error, err, spec);
	err = site_add_addrs(place, ifindex, spec, error);
	return err ? err : site_add_gateways(place, ifindex, spec, NULL, error);
}

static int finish_macvlan(const struct site *site, int32_t ifindex, const struct spec *spec,
			  char error[SPEC_ERROR])
{
	int err = mark_device(site->place.nl, ifindex, spec, error);

	return err ? err : finish_device(&site->place, ifindex, spec, error);
}

/* @ifindex: of the end in the container. The other becomes the port when it is marked. */
static int finish_veth(const struct manage *g, const struct site *site, const char *name,
		       int32_t ifindex, const struct spec *spec, char error[SPEC_ERROR])
{
	struct device far;
	int err = device_get(site->place.nl, ifindex, &far), port = far.link.link;

	if (!err)
		err = device_gro_on(site->place.nl, name);
	if (err)
		return manage_say(error, err, "cannot be set up for XDP: %s", strerror(-err));
	err = attach_plug_port(port); /* before hairpind may come, by the mark */
	if (err)
		return manage_say(error, err, "its port cannot be plugged: %s", strerror(-err));
	err = mark_device(g->nl, port, spec, error);
	if (err)
		return err;
	err = device_up(g->nl, port);
	if (err)
		return manage_say(error, err, "its port cannot be set up: %s", strerror(-err));
	return finish_device(&site->place, ifindex, spec, error);
}

static void random_name(char name[IFNAMSIZ])
{
	snprintf(name, IFNAMSIZ, "hairpin%08x", (unsigned int)arc4random());
}

static int make_device(const struct manage *g, const struct site *site, const char *name,
		       const struct spec *spec)
{
	struct spec with_mtu = *spec;
	char port[IFNAMSIZ];

	if (spec->kind != SPEC_XDP)
		return device_make_macvlan(g->nl, name, spec, site->parent.device.link.ifindex,
					   site->place.fd);
	if (!(spec->given & SPEC_MTU)) /* as a macvlan has it */
		with_mtu.mtu = site->parent.device.mtu;
	with_mtu.given |= SPEC_MTU;
	random_name(port);
	return device_make_veth(g->nl, port, name, &with_mtu, site->place.fd);
}

/* Under a name that nobody has, here or there, until it is marked. */
int site_make(const struct manage *g, const struct site *site, const struct spec *spec,
	      char error[SPEC_ERROR])
{
	struct device device;
	char name[IFNAMSIZ];
	int err;

	random_name(name);
	err = make_device(g, site, name, spec);
	if (err)
		return explain_make(error, err, spec);
	err = device_find(site->place.nl, name, &device);
	if (err)
		return manage_say(error, -EAGAIN, "was made and is gone again: %s", strerror(-err));
	err = spec->kind == SPEC_XDP ? finish_veth(g, site, name, device.link.ifindex, spec, error)
				     : finish_macvlan(site, device.link.ifindex, spec, error);
	if (!err)
		err = site_wait_dad(g, &site->place, device.link.ifindex, spec, error);
	if (err)
		device_delete(site->place.nl, RTNL_OWN_NETNS, device.link.ifindex);
	return err;
}
