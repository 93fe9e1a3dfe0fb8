// SPDX-License-Identifier: BSD-2-Clause
/* CHECK: configuration, kernel, maps and prevResult say the same. STATUS: whether ADD can. */
#include <errno.h>
#include <strings.h>
#include <string.h>

#include <linux/if_link.h>

#include "call.h"
#include "format.h"
#include "interface.h"
#include "ipam.h"
#include "route.h"
#include "serve.h"

#define PATIENCE_MS 2000 /* for what has just been changed */

/* ---- prevResult and kernel */

static int check_interface(const struct cni_call *c, int index, const struct cni_interface *i,
			   struct cni_error *e)
{
	const json_t *json = json_array_get(json_object_get(c->conf.prev, "interfaces"), index);
	const char *mac = json_string_value(json_object_get(json, "mac"));
	char have[18];

	format_mac(have, i->device.link.mac);
	if (mac && mac[0] && strcasecmp(mac, have) != 0)
		return cni_fail(e, CNI_DIFFERS, "device '%s': prevResult has MAC %s, the kernel %s",
				c->env.ifname, mac, have);
	if (!i->device.link.up)
		return cni_fail(e, CNI_DIFFERS, "device '%s' is down: ip link set %s up",
				c->env.ifname, c->env.ifname);
	return 0;
}

static int check_addresses(const struct cni_call *c, const struct cni_interface *i,
			   const struct spec *spec, struct cni_error *e)
{
	for (size_t at = 0; at < spec->address_count; at++) {
		const struct spec_addr *a = &spec->addresses[at];
		char text[SPEC_ADDR_TEXT];

		if (cni_address_find(i->place.nl, i->device.link.ifindex, a))
			return cni_fail(e, CNI_DIFFERS,
					"device '%s': address %s of prevResult is not there",
					c->env.ifname, spec_addr_text(text, a));
	}
	return 0;
}

/* Of any device: prevResult does not tell which. */
static int check_routes(const struct cni_call *c, const struct cni_interface *i,
			struct cni_error *e)
{
	const json_t *routes = json_object_get(c->conf.prev, "routes"), *json;
	size_t at;

	json_array_foreach (routes, at, json) {
		struct cni_route route;
		char ip[46];
		int err = cni_result_route(json, &route, e);

		if (err)
			return err;
		if (cni_route_find(i->place.nl, &route))
			return cni_fail(e, CNI_DIFFERS, "route to %s/%u of prevResult is not there",
					format_ip(ip, route.to.family, route.to.addr),
					route.to.length);
	}
	return 0;
}

static int check_prev(const struct cni_call *c, struct cni_interface *i, struct spec *spec,
		      struct cni_error *e)
{
	int index = cni_result_interface(c->conf.prev, c->env.ifname, c->env.netns);
	struct spec_addr gateways[2];
	int err = cni_interface_find(i, c->env.ifname, e);

	if (err)
		return e->code = CNI_DIFFERS;
	if (index < 0)
		return cni_fail(e, CNI_DIFFERS,
				"prevResult does not tell of an interface '%s' in the sandbox %s",
				c->env.ifname, c->env.netns);
	err = check_interface(c, index, i, e);
	if (!err)
		err = cni_result_addresses(c->conf.prev, index, spec, gateways, e);
	if (!err)
		err = check_addresses(c, i, spec, e);
	return err ? err : check_routes(c, i, e);
}

/* ---- configuration and kernel */

static int fail_words(const struct spec *want, const struct spec *have, unsigned int words,
		      struct cni_error *e)
{
	char wanted[SPEC_TEXT], found[SPEC_TEXT];
	size_t i = 0;

	while (!(words & 1U << i))
		i++;
	return cni_fail(e, CNI_DIFFERS, "%s: the configuration has %s, the kernel %s",
			spec_words[i], spec_text(wanted, want, 1U << i),
			spec_text(found, have, 1U << i));
}

static int compare(const struct cni_call *c, const struct manage *g, struct cni_error *e)
{
	struct spec want, have;
	char error[SPEC_ERROR];
	unsigned int words;
	int err = cni_conf_device(&c->conf, &c->env, &want, e);

	if (err)
		return err;
	if (want.mode == MACVLAN_MODE_PASSTHRU) /* its MAC is the master's */
		want.given &= ~(unsigned int)SPEC_MAC;
	err = manage_compare(g, &want, &have, &words, error);
	if (err)
		return cni_fail(e, CNI_DIFFERS, "%s", error);
	if (words)
		return fail_words(&want, &have, words, e);
	if (want.vlan != have.vlan)
		return cni_fail(e, CNI_DIFFERS,
				"vlan: the configuration has %u, the mark on the device %u",
				want.vlan, have.vlan);
	return 0;
}

/* One that the plugin before us made is its own to check. */
static int check_kernel(const struct cni_call *c, uint16_t *vlan, struct cni_error *e)
{
	const struct rtnl_link *link;
	struct view k;
	int err = cni_kernel_open(&k, false, e);

	link = err ? NULL : manage_find(&k.model, c->name);
	*vlan = link ? spec_unmark_vlan(link->mark) : 0;
	if (link)
		err = compare(c, &k.manage, e);
	view_close(&k);
	return err;
}

/* ---- all of it */

static int check_served(const struct cni_call *c, const struct cni_interface *i,
			const struct spec *spec, uint16_t vlan, struct cni_error *e)
{
	struct cni_serve serve = {
		.pins = c->conf.pins,
		.run = c->conf.run,
		.netns_ino = i->place.ino,
		.ifindex = i->device.link.ifindex,
		.vlan = vlan,
		.spec = spec,
	};

	memcpy(serve.mac, i->device.link.mac, sizeof(serve.mac));
	return cni_serve_wait(&serve, PATIENCE_MS, CNI_DIFFERS, e);
}

static int check(const struct cni_call *c, struct cni_interface *i, struct cni_error *e)
{
	struct spec spec = {};
	uint16_t vlan = 0;
	int err = check_prev(c, i, &spec, e);

	if (!err && !c->conf.in_container)
		err = check_kernel(c, &vlan, e);
	if (!err && !c->conf.in_container)
		err = check_served(c, i, &spec, vlan, e);
	return err;
}

int cni_check(const struct cni_call *c, struct cni_error *e)
{
	struct cni_interface i;
	int err = 0;

	if (!json_is_object(c->conf.prev))
		return cni_fail(e, CNI_CONFIG,
				"prevResult is missing: CHECK takes what ADD returned");
	if (!c->conf.in_container)
		err = cni_serve_agent(c->conf.run, CNI_DIFFERS, e);
	if (!err && c->conf.ipam[0])
		err = cni_ipam_run(&c->conf, &c->env, "CHECK", NULL, e);
	if (!err)
		err = cni_interface_enter(&i, c->env.netns, CNI_CONTAINER, e);
	if (err)
		return err;
	err = check(c, &i, e);
	cni_interface_close(&i);
	return err;
}

int cni_status(const struct cni_call *c, struct cni_error *e)
{
	int err = cni_serve_agent(c->conf.run, CNI_UNAVAILABLE, e);

	if (!err && c->conf.ipam[0])
		err = cni_ipam_run(&c->conf, &c->env, "STATUS", NULL, e);
	return err;
}
