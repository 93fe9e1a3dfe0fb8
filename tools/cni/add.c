// SPDX-License-Identifier: BSD-2-Clause
/* ADD: a device of ours, or one that the plugin before us made. */
#include <errno.h>
#include <string.h>

#include "call.h"
#include "interface.h"
#include "ipam.h"
#include "serve.h"
#include "station.h"

#define PATIENCE_MS 20000 /* hairpind needs a few; more where many containers start at once */

/* ---- the device */

static int code_of(int err)
{
	switch (err) {
	case -EINVAL: /* a word does not go with what is there: MTU, mode */
	case -ENODEV: /* no such master */
		return CNI_CONFIG;
	case -ENOENT: /* no such netns */
		return CNI_CONTAINER;
	case -EAGAIN:
		return CNI_AGAIN;
	default:
		return CNI_DEVICE;
	}
}

/* A VLAN within another is nothing that a switch has, nor hairpind. */
static int check_vlan(const struct model *m, const struct spec *spec, struct cni_error *e)
{
	const struct rtnl_link *device;
	uint16_t vlan = 0;

	if (!spec->vlan || (station_segment(m, spec->parent, &device, &vlan) && !vlan))
		return 0;
	return cni_fail(e, CNI_CONFIG,
			"vlan: master '%s' is of a VLAN already, or no device to be on: name the "
			"device below it, or leave vlan out",
			spec->parent);
}

static int make(const struct manage *g, struct spec *spec, struct cni_error *e)
{
	char error[SPEC_ERROR];
	int err = spec->given & SPEC_PARENT ? 0 : cni_kernel_default(g->nl, spec->parent, e);

	spec->given |= SPEC_PARENT;
	if (!err)
		err = check_vlan(g->model, spec, e);
	if (err)
		return err;
	err = manage_add(g, spec, error);
	return err ? cni_fail(e, code_of(err), "%s%s", err == -ENODEV ? "master: " : "", error) : 0;
}

static int make_on_host(struct spec *spec, struct cni_error *e)
{
	struct view k;
	int err = cni_kernel_open(&k, true, e);

	if (!err)
		err = make(&k.manage, spec, e);
	view_close(&k);
	return err;
}

/* On a device of the container: nothing of the host has a part in it. */
static int make_in_container(const struct cni_interface *i, struct spec *spec, struct cni_error *e)
{
	struct model nothing;
	const struct manage g = { .model = &nothing, .nl = i->place.nl };
	int err;

	model_init(&nothing);
	err = make(&g, spec, e);
	model_free(&nothing);
	return err;
}

/* ---- an endpoint of it */

static int wait_served(const struct cni_call *c, const struct cni_interface *i,
		       const struct spec *spec, struct cni_error *e)
{
	struct cni_serve serve = {
		.pins = c->conf.pins,
		.run = c->conf.run,
		.netns_ino = i->place.ino,
		.ifindex = i->device.link.ifindex,
		.vlan = spec->vlan,
		.spec = spec,
	};

	memcpy(serve.mac, i->device.link.mac, sizeof(serve.mac));
	return cni_serve_wait(&serve, PATIENCE_MS, CNI_AGAIN, e);
}

/* *@ipam: what it gave, also after an error; *@asked: whether it may have given something. */
static int equip(const struct cni_call *c, struct cni_interface *i, struct spec *spec,
		 json_t **ipam, bool *asked, struct cni_error *e)
{
	int err = cni_interface_find(i, c->env.ifname, e);

	*asked = !err && c->conf.ipam[0];
	if (*asked)
		err = cni_ipam_run(&c->conf, &c->env, "ADD", ipam, e);
	if (!err && *ipam)
		err = cni_interface_configure(i, *ipam, spec, e);
	if (!err && !c->conf.in_container)
		err = wait_served(c, i, spec, e);
	return err;
}

/* What cannot be undone is told beside what went wrong. */
static void undo(const struct cni_call *c, bool asked, struct cni_error *e)
{
	struct cni_error worse;

	if (asked && cni_ipam_run(&c->conf, &c->env, "DEL", NULL, &worse))
		cni_add_details(e, "%s", worse.msg);
	if (cni_kernel_remove(c->name, c->env.netns, c->env.ifname, &worse))
		cni_add_details(e, "%s", worse.msg);
}

static json_t *result_of(const struct cni_call *c, const struct cni_interface *i,
			 const json_t *ipam)
{
	const struct cni_made made = {
		.ifname = c->env.ifname,
		.netns = c->env.netns,
		.mac = i->device.link.mac,
		.mtu = i->device.mtu,
		.ipam = ipam,
		.dns = c->conf.dns,
	};

	return cni_result_json(c->conf.version, &made);
}

static int add(const struct cni_call *c, struct cni_interface *i, struct spec *spec,
	       json_t **result, struct cni_error *e)
{
	json_t *ipam = NULL;
	bool asked;
	int err = c->conf.in_container ? make_in_container(i, spec, e) : make_on_host(spec, e);

	if (err)
		return err;
	err = equip(c, i, spec, &ipam, &asked, e);
	if (!err)
		*result = result_of(c, i, ipam);
	if (!err && !*result)
		err = cni_fail(e, CNI_INTERNAL, "out of memory");
	if (err)
		undo(c, asked, e);
	json_decref(ipam);
	return err;
}

int cni_add(const struct cni_call *c, json_t **result, struct cni_error *e)
{
	struct cni_interface i;
	struct spec spec;
	int err = cni_conf_device(&c->conf, &c->env, &spec, e);

	if (!err && !c->conf.in_container)
		err = cni_serve_agent(c->conf.run, CNI_AGAIN, e);
	if (!err)
		err = cni_ipam_find(&c->conf, &c->env, e);
	if (!err)
		err = cni_interface_enter(&i, c->env.netns, CNI_CONTAINER, e);
	if (err)
		return err;
	err = add(c, &i, &spec, result, e);
	cni_interface_close(&i);
	return err;
}

/* ---- behind another plugin */

/* Whether it is one that hairpind can serve. */
static int check_endpoint(const struct cni_interface *i, const char *ifname, struct cni_error *e)
{
	const struct rtnl_link *link, *uplink = NULL, *parent;
	struct view k;
	int err = cni_kernel_open(&k, false, e);
	uint16_t vlan;

	if (!err) {
		link = cni_kernel_link(&k.model, i->place.ino, i->device.link.ifindex);
		uplink = link ? station_place(&k.model, link, &parent, &vlan) : NULL;
	}
	if (!err && !uplink)
		err = cni_fail(e, CNI_CONFIG,
			       "device '%s' is no macvlan, macvtap or ipvlan on a device of the "
			       "host: put hairpin-cni behind the plugin that makes one",
			       ifname);
	view_close(&k);
	return err;
}

static int serve_chained(const struct cni_call *c, struct cni_interface *i, struct cni_error *e)
{
	int index = cni_result_interface(c->conf.prev, c->env.ifname, c->env.netns);
	struct spec_addr gateways[2];
	struct spec spec = {};
	int err = cni_interface_find(i, c->env.ifname, e);

	if (!err)
		err = check_endpoint(i, c->env.ifname, e);
	if (!err && index >= 0)
		err = cni_result_addresses(c->conf.prev, index, &spec, gateways, e);
	return err ? err : wait_served(c, i, &spec, e);
}

int cni_add_chained(const struct cni_call *c, json_t **result, struct cni_error *e)
{
	struct cni_interface i;
	int err = cni_conf_chained(&c->conf, e);

	if (!err)
		err = cni_serve_agent(c->conf.run, CNI_AGAIN, e);
	if (!err)
		err = cni_interface_enter(&i, c->env.netns, CNI_CONTAINER, e);
	if (err)
		return err;
	err = serve_chained(c, &i, e);
	cni_interface_close(&i);
	*result = err ? NULL : json_incref((json_t *)c->conf.prev);
	return err;
}
