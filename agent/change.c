/* SPDX-License-Identifier: BSD-2-Clause */
/* manage_set(): live where that can be. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/if_link.h>

#include "device.h"
#include "site.h"
#include "station.h"

static int change_addrs(const struct manage *g, const struct place *place, int32_t ifindex,
			const struct spec *from, const struct spec *to, char error[SPEC_ERROR])
{
	int err = site_add_addrs(place, ifindex, to, error);

	if (!err)
		err = site_wait_dad(g, place, ifindex, to, error);
	if (err)
		return err;
	for (size_t i = 0; i < from->address_count; i++) {
		if (!spec_has_addr(to->addresses, to->address_count, &from->addresses[i]))
			device_del_addr(place->nl, ifindex, &from->addresses[i]);
	}
	/* With an IPv4 address go the others of its subnet that came after it. */
	return site_add_addrs(place, ifindex, to, error);
}

static int change_gateways(const struct place *place, int32_t ifindex, const struct spec *from,
			   const struct spec *to, char error[SPEC_ERROR])
{
	for (size_t i = 0; i < from->gateway_count; i++) {
		if (!spec_has_addr(to->gateways, to->gateway_count, &from->gateways[i]))
			device_del_gateway(place->nl, ifindex, &from->gateways[i]);
	}
	return site_add_gateways(place, ifindex, to, from, error);
}

/* An XDP endpoint's is on its port, which is in our own netns. */
static int mark(const struct manage *g, const struct target *t, const struct spec *spec)
{
	char text[SPEC_MARK];

	spec_mark(text, spec);
	return t->have.kind == SPEC_XDP ? device_mark(g->nl, t->link->link, text)
					: device_mark(t->place.nl, t->link->ifindex, text);
}

static int change_device(const struct manage *g, const struct target *t, unsigned int word,
			 const struct spec *to)
{
	int err = 0;

	if (t->have.kind == SPEC_XDP && word == SPEC_MODE)
		return mark(g, t, to);
	if (t->have.kind == SPEC_XDP && word == SPEC_MTU)
		err = device_set(g->nl, t->link->link, to, word);
	return err ? err : device_set(t->place.nl, t->link->ifindex, to, word);
}

static int change_word(const struct manage *g, const struct target *t, unsigned int word,
		       const struct spec *from, const struct spec *to, char error[SPEC_ERROR])
{
	const struct place *place = &t->place;
	int32_t ifindex = t->link->ifindex;
	char text[SPEC_TEXT];
	int err;

	if (word == SPEC_ADDRESS)
		return change_addrs(g, place, ifindex, from, to, error);
	if (word == SPEC_GATEWAY)
		return change_gateways(place, ifindex, from, to, error);
	err = change_device(g, t, word, to);
	if (word == SPEC_MAC && (err == -EADDRINUSE || err == -EBUSY))
		return site_explain_up(error, err, to);
	return err ? manage_say(error, err, "%s is refused: %s", spec_text(text, to, word),
				strerror(-err))
		   : 0;
}

/* To put back what was there: DAD may decide against it, which is no reason to lose it. */
static struct manage impatient(const struct manage *g)
{
	struct manage same = *g;

	same.patient = false;
	return same;
}

/* What was changed before a failure is changed back. */
static int change(const struct manage *g, const struct target *t, unsigned int words,
		  const struct spec *to, char error[SPEC_ERROR])
{
	static const unsigned int order[] = { SPEC_MTU,	       SPEC_MAC,     SPEC_MODE,
					      SPEC_BCQUEUELEN, SPEC_ADDRESS, SPEC_GATEWAY };
	const size_t count = sizeof(order) / sizeof(order[0]);
	struct manage back = impatient(g);
	char ignored[SPEC_ERROR];
	size_t i;
	int err = 0;

	for (i = 0; !err && i < count; i++) {
		if (words & order[i])
			err = change_word(g, t, order[i], &t->have, to, error);
	}
	while (err && i--) {
		if (words & order[i])
			change_word(&back, t, order[i], to, &t->have, ignored);
	}
	return err;
}

/* Of @words, those that need a new device. */
static unsigned int fixed_words(unsigned int words, const struct spec *from, const struct spec *to)
{
	unsigned int fixed = words & (SPEC_PARENT | SPEC_NETNS | SPEC_IFNAME | SPEC_KIND);

	if (words & SPEC_MODE &&
	    (from->mode == MACVLAN_MODE_PASSTHRU || to->mode == MACVLAN_MODE_PASSTHRU))
		fixed |= SPEC_MODE;
	return fixed;
}

static int refuse(unsigned int fixed, char error[SPEC_ERROR])
{
	size_t i = 0;

	while (!(fixed & 1U << i))
		i++;
	return manage_say(
		error, -EBUSY,
		"%s%s cannot change while it is there: --recreate deletes it and makes it anew",
		spec_words[i], fixed & SPEC_MODE ? " from or to passthru" : "");
}

/* "then: hairpin endpoint add NAME ...", which makes what @spec has. */
static void add_command(char *out, size_t size, const struct spec *spec)
{
	size_t used = snprintf(out, size, "then: hairpin endpoint add %s", spec->name);
	char text[SPEC_TEXT];

	for (size_t i = 0; spec_words[i] && used < size; i++) {
		unsigned int word = 1U << i;

		if (word & (SPEC_ADDRESS | SPEC_GATEWAY) || !(spec->given & word) ||
		    (word == SPEC_KIND && spec->kind == SPEC_MACVLAN) ||
		    (word == SPEC_NETNS && !spec->netns[0]) ||
		    (word == SPEC_MAC && spec->mode == MACVLAN_MODE_PASSTHRU))
			continue;
		used += snprintf(out + used, size - used, " --%s %s", spec_words[i],
				 spec_text(text, spec, word));
	}
	for (size_t i = 0; i < spec->address_count && used < size; i++)
		used += snprintf(out + used, size - used, " --address %s",
				 spec_addr_text(text, &spec->addresses[i]));
	for (size_t i = 0; i < spec->gateway_count && used < size; i++)
		used += snprintf(out + used, size - used, " --gateway %s",
				 spec_addr_text(text, &spec->gateways[i]));
}

/* The old one again, after @error. If that fails as well, it is the worse news. */
static int put_back(const struct manage *g, const struct target *t, int err, char error[SPEC_ERROR])
{
	const struct site old = {
		.place = t->place,
		.parent.device.link = *model_parent(g->model, t->link),
	};
	char why[SPEC_ERROR], cause[SPEC_ERROR], cure[SPEC_ERROR];
	struct manage back = impatient(g);

	if (!site_make(&back, &old, &t->have, why))
		return err;
	strcpy(cause, error);
	snprintf(cure, sizeof(cure), "it is tried again"); /* by hairpind */
	if (!t->have.declared)
		add_command(cure, sizeof(cure), &t->have);
	return manage_say(
		error, err,
		"%.128s; and the former device is lost, as it cannot be put back: %.128s; mend "
		"that, %s",
		cause, why, cure);
}

/* The old one is deleted first: both would have one MAC. */
static int recreate(const struct manage *g, struct target *t, struct spec *want,
		    char error[SPEC_ERROR])
{
	const struct rtnl_link *parent = model_parent(g->model, t->link);
	struct site site;
	int err = site_open(&site, g, want, t->link, t->have.netns_ino, error);

	if (err)
		return err;
	err = device_delete(t->place.nl, RTNL_OWN_NETNS, t->link->ifindex);
	if (err) {
		site_undo(&site, g);
		return manage_say(error, err, "cannot be removed: %s", strerror(-err));
	}
	err = site_make(g, &site, want, error);
	if (err) {
		site_undo(&site, g);
		return put_back(g, t, err, error);
	}
	site_close(&site);
	if (strcmp(want->parent, parent->name) != 0 || want->kind != t->have.kind)
		err = manage_release(g, want->name, parent, t->link, error);
	return err ? err : 1;
}

/* The device that it is on; of an XDP endpoint, as nothing is, the one in whose place it is. */
static const struct rtnl_link *below(const struct manage *g, const struct target *t)
{
	const struct rtnl_link *parent = model_parent(g->model, t->link), *uplink;
	__u16 vlan;

	if (t->have.kind != SPEC_XDP)
		return parent;
	uplink = station_segment(g->model, t->have.parent, &parent, &vlan);
	return parent ? parent : uplink;
}

static int change_live(const struct manage *g, struct target *t, unsigned int words,
		       const struct spec *want, char error[SPEC_ERROR])
{
	const struct rtnl_link *parent = below(g, t);
	struct device device;
	int err = device_get(g->nl, parent->ifindex, &device);

	if (err)
		return manage_say(error, err, "parent '%s': %s", parent->name, strerror(-err));
	if (words & SPEC_MAC)
		err = site_check_mac(g, want, parent, t->link, error);
	if (!err && words & SPEC_MTU)
		err = site_check_mtu(want, &device, error);
	if (words & SPEC_ADDRESS)
		words |= SPEC_GATEWAY; /* the route may have gone with an address */
	if (!err)
		err = change(g, t, words, want, error);
	if (!err && want->declared != t->have.declared)
		err = mark(g, t, want);
	return err ? err : 1;
}

static int set(const struct manage *g, struct target *t, struct spec *changes, bool anew,
	       char error[SPEC_ERROR])
{
	unsigned int words = spec_diff(changes, &t->have), fixed;
	struct spec want = spec_merge(&t->have, changes);

	want.declared = changes->declared;
	if (t->have.mode == MACVLAN_MODE_PASSTHRU && !(changes->given & SPEC_MAC))
		want.given &= ~(unsigned int)SPEC_MAC; /* what it has is the parent's */
	if (want.kind == SPEC_XDP && !(changes->given & SPEC_BCQUEUELEN))
		want.given &= ~(unsigned int)SPEC_BCQUEUELEN;
	fixed = fixed_words(words, &t->have, &want);
	if (spec_check(&want, error))
		return -EINVAL;
	if (!words && want.declared == t->have.declared)
		return 0;
	if (!fixed)
		return change_live(g, t, words, &want, error);
	return anew ? recreate(g, t, &want, error) : refuse(fixed, error);
}

int manage_set(const struct manage *g, const struct spec *changes, bool anew,
	       char error[SPEC_ERROR])
{
	struct spec wanted = *changes;
	struct target t;
	int err = manage_resolve(g, &wanted, error);

	if (!err)
		err = manage_look(g, changes->name, &t, error);
	if (err)
		return err;
	err = set(g, &t, &wanted, anew, error);
	place_close(&t.place);
	return err;
}
