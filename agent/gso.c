/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "gso.h"
#include "log.h"
#include "netns.h"
#include "nl.h"

void gso_init(struct gso *g, __u64 own_ino)
{
	*g = (struct gso){ .own_ino = own_ino };
	table_init(&g->netns, sizeof(uint64_t), sizeof(struct netns_found));
}

void gso_free(struct gso *g)
{
	table_free(&g->netns);
}

static int open_known(const struct gso *g, __u64 ino)
{
	const struct netns_found *netns = table_find(&g->netns, &ino);

	return netns ? netns_open(netns) : -ENOENT;
}

/* To look for all takes long, where there are many. */
static int open_netns(struct gso *g, __u64 ino)
{
	int fd = open_known(g, ino), err;

	if (fd >= 0)
		return fd;
	table_free(&g->netns);
	err = netns_scan(&g->netns);
	return err ? err : open_known(g, ino);
}

/* The kernel sets such a thing in the netns of the socket only. NULL and errno. */
static struct nl *open_there(struct gso *g, __u64 ino)
{
	struct nl *nl;
	int fd, err;

	if (ino == g->own_ino)
		return nl_open();
	fd = open_netns(g, ino);
	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	nl = nl_open_at(fd);
	err = errno;
	close(fd);
	errno = err;
	return nl;
}

/* HP_NIC_GSO_*: for which families the device has @size. */
static __u8 families_with(const struct device *device, __u32 size)
{
	return (device->link.gso == size ? HP_NIC_GSO_IPV6 : 0) |
	       (device->link.gso_ipv4 == size ? HP_NIC_GSO_IPV4 : 0);
}

/* Either all or none: if somebody set the one, the other is as it was meant to be. */
static __u8 families_to_raise(const struct device *device)
{
	__u8 families = families_with(device, HP_GSO_DEFAULT);

	return families & HP_NIC_GSO_IPV6 && (families & HP_NIC_GSO_IPV4 || !device->link.gso_ipv4)
		       ? families
		       : 0;
}

/* Both at once: with a gso_max_size of up to 64 KB, the kernel would set the other, too. */
static int change(struct nl *nl, const struct device *device, __u8 families, __u32 to)
{
	return device_set_gso(nl, device->link.ifindex,
			      families & HP_NIC_GSO_IPV6 ? to : device->link.gso,
			      families & HP_NIC_GSO_IPV4 ? to : device->link.gso_ipv4);
}

/* Noted first, so that whatever moment we are killed at, it can be put back. */
static int raise_there(struct nl *nl, struct set *set, __u32 ifindex, bool uplink)
{
	struct device device;
	int err = device_get(nl, ifindex, &device);
	__u8 families = err ? 0 : families_to_raise(&device);

	if (families && uplink)
		err = set_note_gso(set, families);
	return families && !err ? change(nl, &device, families, set->meta.settings.gso) : err;
}

static int put_back_there(struct nl *nl, struct set *set, __u32 ifindex, bool uplink)
{
	struct device device;
	int err = device_get(nl, ifindex, &device);
	__u8 families = err ? 0 : families_with(&device, set->meta.settings.gso);

	if (uplink)
		families &= set->meta.nic;
	if (families)
		err = change(nl, &device, families, HP_GSO_DEFAULT);
	return uplink && !err ? set_note_gso(set, 0) : err;
}

typedef int (*change_fn)(struct nl *nl, struct set *set, __u32 ifindex, bool uplink);

static int at_device(struct gso *g, struct set *set, const struct hp_endpoint *e, change_fn fn)
{
	struct nl *nl = open_there(g, e ? e->netns_ino : g->own_ino);
	int err;

	if (!nl)
		return -errno;
	err = fn(nl, set, e ? e->ifindex : set->ifindex, !e);
	nl_close(nl);
	return err;
}

int gso_raise(struct gso *g, struct set *set, const struct hp_endpoint *e)
{
	return at_device(g, set, e, raise_there);
}

int gso_put_back(struct gso *g, struct set *set, const struct hp_endpoint *e)
{
	return at_device(g, set, e, put_back_there);
}

static void try_to_put_back(struct gso *g, struct set *set, const struct hp_endpoint *e)
{
	int err = gso_put_back(g, set, e);

	if (err)
		log_debug("%s/%s: gso_max_size: %s", e ? e->netns : "host",
			  e ? e->ifname : set->name, strerror(-err));
}

void gso_put_all_back(struct gso *g, struct set *set)
{
	struct table endpoints;
	int err;

	if (set->maps[PINS_ENDPOINTS] < 0 || !set->meta.settings.gso)
		return;
	err = pins_read(set->maps[PINS_ENDPOINTS], PINS_ENDPOINTS, &endpoints);
	if (err)
		log_warning("%s: gso_max_size is not put back: %s", set->name, strerror(-err));
	for (size_t i = 0; !err && i < endpoints.count; i++) {
		const struct pins_endpoint *record = table_at(&endpoints, i);
		struct hp_endpoint e = record->value;

		if (e.kind != HP_KIND_HOST || e.ifindex != set->ifindex)
			try_to_put_back(g, set, &e);
	}
	if (!err)
		table_free(&endpoints);
	try_to_put_back(g, set, NULL);
}
