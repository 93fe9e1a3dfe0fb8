/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>

#include "format.h"
#include "log.h"
#include "ports.h"
#include "unicast.h"

/*
 * The kernel does not count who asked for an address of the uplink: if another
 * station has the MAC, on whatever VLAN, it would be deaf.
 */
static bool has_other(const struct table *fdb, const struct pins_port *port)
{
	for (size_t i = 0; i < fdb->count; i++) {
		const struct pins_fdb *record = table_at(fdb, i);

		if (record->value.port != port->ifindex &&
		    !memcmp(record->key.mac, port->value.mac, sizeof(port->value.mac)))
			return true;
	}
	return false;
}

static int receive(const struct set *set, const struct hp_port *port)
{
	return port->flags & HP_PORT_SHUT ? 0 : unicast_add(set->ifindex, port->mac);
}

static void ignore(const struct set *set, const struct table *fdb, const struct pins_port *port)
{
	if (!(port->value.flags & HP_PORT_SHUT) && !has_other(fdb, port))
		unicast_del(set->ifindex, port->value.mac);
}

/* By what the maps say of who else has the MAC. */
static void ignore_former(const struct set *set, const struct pins_port *port)
{
	struct table fdb;

	if (pins_read(set->maps[PINS_FDB], PINS_FDB, &fdb))
		return;
	ignore(set, &fdb, port);
	table_free(&fdb);
}

#define PORT_NAME 128

/* For the log: whose it is, and what it is called. */
static const char *name_of(const struct set *set, const struct pins_port *port, char out[PORT_NAME])
{
	struct hp_endpoint e = {};
	char name[IFNAMSIZ] = "";

	bpf_map_lookup_elem(set->maps[PINS_ENDPOINTS], &port->value.endpoint, &e);
	if_indextoname(port->ifindex, name);
	snprintf(out, PORT_NAME, "%s: %s/%s, port %s", set->name, e.netns, e.ifname, name);
	return out;
}

/*
 * By this only what a program of the endpoint's sends gets on, so it is no failure. The
 * endpoint has a say in it: veth wants a receive queue for each queue of the other end.
 * One that is not needed may stay.
 */
static void put_xdp(const struct set *set, const struct pins_port *port)
{
	bool xdp = port->value.flags & HP_PORT_XDP;
	int err = xdp_put_port(port->ifindex, xdp ? set->progs[LOAD_PORT_XDP] : -1);
	char name[PORT_NAME];

	if (err && err != -ENODEV && xdp)
		log_warning("%s: takes no XDP program, and what the endpoint sends by XDP_TX is "
			    "lost: %s: %s, then take the endpoint's program off and load it anew",
			    name_of(set, port, name), strerror(-err),
			    err == -ENOSPC ? "give it as many rx queues as the endpoint has tx "
					     "queues (ethtool -L)"
					   : "clear it");
}

/* One that has just gone is none of our concern. */
static int attach_port(const struct set *set, const struct pins_port *port)
{
	int err;

	put_xdp(set, port);
	err = attach_put_port(port->ifindex, set->progs[LOAD_PORT]);
	return err == -ENODEV ? 0 : err;
}

/* If there is no plug to be had, the program stays: it drops what comes from a port it does not
 * know. */
static void plug_port(__u32 ifindex)
{
	int err = attach_plug_port(ifindex);

	if (err && err != -ENODEV)
		log_debug("port %u: plug: %s", ifindex, strerror(-err));
	xdp_put_port(ifindex, -1);
}

static int write_port(const struct set *set, const struct pins_port *port, __u16 flags)
{
	struct hp_port value = port->value;

	value.flags |= flags;
	return bpf_map_update_elem(set->maps[PINS_PORTS], &port->ifindex, &value, BPF_ANY) ? -errno
											   : 0;
}

/*
 * In the map before anything is done, so that it can be found and taken back; and not
 * as it is to be before all is done, so that a later start does what we did not.
 * Before set_publish() the map is known to nobody: that does the rest, too.
 */
int ports_put(struct set *set, const struct pins_port *port)
{
	struct pins_port old = { .ifindex = port->ifindex };
	int err;

	if (!set->published || set->progs[LOAD_PORT] < 0)
		return write_port(set, port, 0);
	if (!bpf_map_lookup_elem(set->maps[PINS_PORTS], &port->ifindex, &old.value) &&
	    memcmp(old.value.mac, port->value.mac, sizeof(port->value.mac)) != 0)
		ignore_former(set, &old);
	err = write_port(set, port, HP_PORT_UNDONE);
	if (!err)
		err = receive(set, &port->value);
	if (!err)
		err = attach_port(set, port);
	return err ? err : write_port(set, port, 0);
}

int ports_del(struct set *set, __u32 ifindex)
{
	struct pins_port port = { .ifindex = ifindex };

	if (!bpf_map_lookup_elem(set->maps[PINS_PORTS], &ifindex, &port.value)) {
		ignore_former(set, &port);
		plug_port(ifindex);
	}
	return bpf_map_delete_elem(set->maps[PINS_PORTS], &ifindex) && errno != ENOENT ? -errno : 0;
}

/* Its MAC, if it is to have another one; all, if it is to go. */
static void leave_port(const struct set *set, const struct pins_port *port,
		       const struct pins_port *kept, const struct table *fdb)
{
	if (!kept || memcmp(kept->value.mac, port->value.mac, sizeof(port->value.mac)) != 0)
		ignore(set, fdb, port);
	if (!kept)
		plug_port(port->ifindex);
}

void ports_leave(const struct set *set, const struct table *kept, const struct table *fdb)
{
	struct table ports;

	if (set->maps[PINS_PORTS] < 0 || pins_read(set->maps[PINS_PORTS], PINS_PORTS, &ports))
		return;
	for (size_t i = 0; i < ports.count; i++) {
		const struct pins_port *port = table_at(&ports, i);

		leave_port(set, port, kept ? table_find(kept, port) : NULL, fdb);
	}
	table_free(&ports);
}

/* By its own fdb, which is pinned before `ports` is. */
void ports_leave_all(const struct set *set)
{
	struct table fdb;

	if (set->maps[PINS_FDB] < 0 || pins_read(set->maps[PINS_FDB], PINS_FDB, &fdb))
		return;
	ports_leave(set, NULL, &fdb);
	table_free(&fdb);
}

/* One that cannot hear is no reason not to serve the others. */
static void receive_or_say(const struct set *set, const struct hp_port *port)
{
	int err = receive(set, port);
	char mac[18];

	if (err && err != -ENODEV)
		log_error("%s: does not receive frames for %s, the MAC of an XDP endpoint: %s",
			  set->name, format_mac(mac, port->mac), strerror(-err));
}

static void attach_or_say(const struct set *set, const struct pins_port *port)
{
	int err = attach_port(set, port);
	char name[PORT_NAME];

	if (err)
		log_error("%s: takes no program, and the endpoint cannot send: %s",
			  name_of(set, port, name), strerror(-err));
}

int ports_put_all(const struct set *set)
{
	struct table ports;
	int err = pins_read(set->maps[PINS_PORTS], PINS_PORTS, &ports);

	for (size_t i = 0; !err && i < ports.count; i++) {
		const struct pins_port *port = table_at(&ports, i);

		receive_or_say(set, &port->value);
		attach_or_say(set, port);
	}
	table_free(&ports);
	return err;
}

void ports_check(const struct set *set, const struct table *ports)
{
	__u32 id = ports->count ? attach_program_id(set->progs[LOAD_PORT]) : 0;
	char name[PORT_NAME];

	for (size_t i = 0; i < ports->count; i++) {
		struct pins_port *port = table_at(ports, i);

		if (port->value.flags & HP_PORT_UNDONE || attach_port_intact(port->ifindex, id))
			continue;
		log_warning("%s: our program is not there any more: it is put back",
			    name_of(set, port, name));
		port->value.flags |= HP_PORT_UNDONE;
	}
}
