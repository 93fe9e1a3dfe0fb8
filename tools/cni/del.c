// SPDX-License-Identifier: BSD-2-Clause
/* DEL and GC: what is gone already is deleted. */
#include <errno.h>
#include <string.h>

#include "call.h"
#include "ipam.h"
#include "kernel.h"
#include "name.h"

int cni_del(const struct cni_call *c, struct cni_error *e)
{
	struct cni_error second;
	int err = 0;

	if (c->conf.ipam[0]) /* before the device: dhcp says good-bye by it */
		err = cni_ipam_run(&c->conf, &c->env, "DEL", NULL, e);
	if (!cni_kernel_remove(c->name, c->env.netns, c->env.ifname, &second))
		return err;
	if (err)
		cni_add_details(e, "%s", second.msg);
	else
		*e = second;
	return e->code;
}

/* ---- GC */

static bool is_valid(const struct cni_call *c, const char *name)
{
	const json_t *attachment;
	size_t i;

	json_array_foreach (c->conf.valid, i, attachment) {
		const char *id = json_string_value(json_object_get(attachment, "containerID"));
		const char *ifname = json_string_value(json_object_get(attachment, "ifname"));
		char valid[SPEC_NAME];

		if (id && ifname && !strcmp(cni_name(valid, c->conf.network, id, ifname), name))
			return true;
	}
	return false;
}

/* A list that cannot be read must not be taken for an empty one. */
static int check_valid(const struct cni_call *c, struct cni_error *e)
{
	const json_t *attachment;
	size_t i;

	if (!json_is_array(c->conf.valid))
		return cni_fail(e, CNI_CONFIG,
				"cni.dev/valid-attachments takes a list of what is to stay, each "
				"with containerID and ifname");
	json_array_foreach (c->conf.valid, i, attachment) {
		if (!json_is_string(json_object_get(attachment, "containerID")) ||
		    !json_is_string(json_object_get(attachment, "ifname")))
			return cni_fail(e, CNI_CONFIG,
					"cni.dev/valid-attachments: one has no containerID and "
					"ifname");
	}
	return 0;
}

/* On a device of ours: there may be other hosts on this machine, with a network of that name. */
static bool is_stale(const struct cni_call *c, const struct model *m, const struct rtnl_link *link,
		     char name[SPEC_NAME])
{
	bool declared;

	return model_parent(m, link) && spec_unmark(link->mark, name, &declared) &&
	       cni_name_is_of(name, c->conf.network) && !is_valid(c, name);
}

static int collect(const struct cni_call *c, const struct view *k, struct cni_error *e)
{
	int err = 0;

	for (size_t i = 0; i < k->model.links.count; i++) {
		const struct rtnl_link *link = table_at(&k->model.links, i);
		struct cni_error one;
		char name[SPEC_NAME];

		if (!is_stale(c, &k->model, link, name) ||
		    !cni_kernel_remove_link(k, name, link, &one))
			continue;
		if (err)
			cni_add_details(e, "%s", one.msg);
		else
			*e = one;
		err = e->code;
	}
	return err;
}

int cni_gc(const struct cni_call *c, struct cni_error *e)
{
	struct cni_error second;
	struct view k;
	int err = check_valid(c, e);

	if (err)
		return err;
	err = cni_kernel_open(&k, true, e);
	if (!err)
		err = collect(c, &k, e);
	view_close(&k);
	if (!c->conf.ipam[0] || !cni_ipam_run(&c->conf, &c->env, "GC", NULL, &second))
		return err;
	if (err)
		cni_add_details(e, "%s", second.msg);
	else
		*e = second;
	return e->code;
}
