/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "site.h"

_Static_assert(SPEC_MARK <= RTNL_MARK, "a mark must come back whole");

/* ---- looking */

static bool is_of_our_making(const struct rtnl_link *link)
{
	struct spec_port port;

	return link->kind == RTNL_KIND_XDP ||
	       (link->kind == RTNL_KIND_MACVLAN && !spec_unmark_port(link->mark, &port));
}

/* The next one of that name; *@at is where to look, and where it was, and one more. */
static const struct rtnl_link *find_from(const struct model *m, const char *name, size_t *at)
{
	char marked[SPEC_NAME];
	bool declared;

	while (*at < m->links.count) {
		const struct rtnl_link *link = table_at(&m->links, (*at)++);

		if (is_of_our_making(link) && model_parent(m, link) &&
		    spec_unmark(link->mark, marked, &declared) && !strcmp(marked, name))
			return link;
	}
	return NULL;
}

const struct rtnl_link *manage_find(const struct model *m, const char *name)
{
	size_t at = 0;

	return find_from(m, name, &at);
}

/*
 * An alias can be set by whoever has the netns, a container's root also. Of two
 * that say that they are @name, none is touched.
 */
static int find_one(const struct model *m, const char *name, const struct rtnl_link **link,
		    char error[SPEC_ERROR])
{
	char one[MANAGE_WHERE], two[MANAGE_WHERE];
	const struct rtnl_link *other;
	size_t at = 0;

	*link = find_from(m, name, &at);
	if (!*link)
		return manage_say(error, -ENOENT, "is not there");
	other = find_from(m, name, &at);
	if (!other)
		return 0;
	return manage_say(error, -EEXIST,
			  "is the alias of %s and of %s: take it off the wrong one (ip link set "
			  "DEVICE alias '')",
			  manage_where(one, m, *link), manage_where(two, m, other));
}

bool manage_is_declared(const struct rtnl_link *link)
{
	char name[SPEC_NAME];
	bool declared;

	return spec_unmark(link->mark, name, &declared) && declared;
}

const char *manage_where(char out[MANAGE_WHERE], const struct model *m,
			 const struct rtnl_link *link)
{
	const struct model_netns *netns = model_netns(m, link->nsid);

	if (link->nsid == RTNL_OWN_NETNS)
		snprintf(out, MANAGE_WHERE, "host/%s", link->name);
	else
		snprintf(out, MANAGE_WHERE, "%s/%s", netns ? netns->name : "?", link->name);
	return out;
}

int manage_say(char error[SPEC_ERROR], int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, SPEC_ERROR, format, args);
	va_end(args);
	return err;
}

/* What only the port tells. */
static void inspect_port(const struct rtnl_link *link, struct spec *have)
{
	struct spec_port port = {};

	spec_unmark_port(link->mark, &port);
	strcpy(have->parent, port.parent);
	have->mode = port.mode;
	have->kind = SPEC_XDP;
	have->given &= ~(unsigned int)SPEC_BCQUEUELEN;
}

static int inspect(const struct manage *g, struct target *t, char error[SPEC_ERROR])
{
	const struct rtnl_link *link = t->link;
	struct spec *have = &t->have;
	const struct rtnl_link *parent = model_parent(g->model, link);
	struct device device;
	int err = device_get(t->place.nl, link->ifindex, &device);

	if (!err)
		err = device_read_addrs(t->place.nl, link->ifindex, have);
	if (!err)
		err = device_read_gateways(t->place.nl, link->ifindex, have);
	if (err)
		return manage_say(error, err, "cannot be read: %s", strerror(-err));
	spec_unmark(link->mark, have->name, &have->declared);
	have->vlan = spec_unmark_vlan(link->mark);
	have->given = ~0U;
	strcpy(have->parent, parent->name);
	strcpy(have->ifname, device.link.name);
	memcpy(have->mac, device.link.mac, sizeof(have->mac));
	have->mode = device.link.mode;
	have->netns_ino = t->place.ino;
	have->mtu = device.mtu;
	have->bcqueuelen = device.bcqueuelen;
	if (link->kind == RTNL_KIND_XDP)
		inspect_port(link, have);
	return 0;
}

int manage_look(const struct manage *g, const char *name, struct target *t, char error[SPEC_ERROR])
{
	int err;

	*t = (struct target){};
	err = find_one(g->model, name, &t->link, error);
	if (err)
		return err;
	err = place_of(&t->place, g->model, t->link, t->have.netns, error);
	if (err)
		return err;
	err = inspect(g, t, error);
	if (err)
		place_close(&t->place);
	return err;
}

int manage_inspect(const struct manage *g, const char *name, struct spec *have,
		   char error[SPEC_ERROR])
{
	struct target t;
	int err = manage_look(g, name, &t, error);

	*have = t.have;
	if (!err)
		place_close(&t.place);
	return err;
}

int manage_add(const struct manage *g, struct spec *spec, char error[SPEC_ERROR])
{
	const struct rtnl_link *present = manage_find(g->model, spec->name);
	struct site site;
	char text[MANAGE_WHERE];
	int err;

	if (present)
		return manage_say(error, -EEXIST, "is there already, as %s",
				  manage_where(text, g->model, present));
	err = site_open(&site, g, spec, NULL, 0, error);
	if (err)
		return err;
	err = site_make(g, &site, spec, error);
	if (err)
		site_undo(&site, g);
	else
		site_close(&site);
	return err;
}

int manage_release(const struct manage *g, const char *name, const struct rtnl_link *parent,
		   const struct rtnl_link *link, char error[SPEC_ERROR])
{
	char note[SPEC_ERROR];
	int err = parent_release(g->model, g->nl, parent, link, note);

	if (err < 0)
		return manage_say(error, err, "its parent '%s' cannot be removed: %s", parent->name,
				  strerror(-err));
	if (err)
		g->tell(name, note);
	return 0;
}

int manage_remove_link(const struct manage *g, const char *name, const struct rtnl_link *link,
		       char error[SPEC_ERROR])
{
	const struct rtnl_link *parent = model_parent(g->model, link);
	int err = device_delete(g->nl, link->nsid, link->ifindex);

	if (err)
		return manage_say(error, err, "cannot be removed: %s%s", strerror(-err),
				  err == -EPERM ? ": needs root" : "");
	return parent ? manage_release(g, name, parent, link, error) : 0;
}

int manage_remove(const struct manage *g, const char *name, char error[SPEC_ERROR])
{
	const struct rtnl_link *link;
	int err = find_one(g->model, name, &link, error);

	return err ? err : manage_remove_link(g, name, link, error);
}

static int resolve_netns(struct spec *spec, char error[SPEC_ERROR])
{
	struct place place;
	int err;

	if (!(spec->given & SPEC_NETNS))
		return 0;
	err = place_open(&place, spec->netns, error);
	if (err)
		return err;
	spec->netns_ino = place.ino;
	place_close(&place);
	return 0;
}

/* A device may have other names: ip link property add dev eth0 altname lan. */
static void resolve_parent(const struct manage *g, struct spec *spec)
{
	struct device device;

	if (spec->given & SPEC_PARENT && !device_find(g->nl, spec->parent, &device))
		strcpy(spec->parent, device.link.name);
}

int manage_resolve(const struct manage *g, struct spec *spec, char error[SPEC_ERROR])
{
	resolve_parent(g, spec);
	return resolve_netns(spec, error);
}

int manage_compare(const struct manage *g, const struct spec *want, struct spec *have,
		   unsigned int *words, char error[SPEC_ERROR])
{
	struct spec wanted = *want;
	int err = manage_resolve(g, &wanted, error);

	if (!err)
		err = manage_inspect(g, want->name, have, error);
	*words = err ? 0 : spec_diff(&wanted, have);
	return err;
}
