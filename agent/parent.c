/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "format.h"
#include "parent.h"

#define VLAN_MAX 4094

bool parent_split(const char *name, char lower[IFNAMSIZ], uint16_t *vlan)
{
	const char *dot = strrchr(name, '.');
	int id;

	if (!dot || dot == name || !dot[1] || strlen(dot + 1) > 4 ||
	    dot[1 + strspn(dot + 1, "0123456789")] || dot[1] == '0')
		return false;
	id = atoi(dot + 1);
	if (id > VLAN_MAX || strlen(name) >= IFNAMSIZ)
		return false;
	snprintf(lower, IFNAMSIZ, "%.*s", (int)(dot - name), name);
	*vlan = (uint16_t)id;
	return true;
}

static int fail(char error[SPEC_ERROR], int err, const char *name, const char *why)
{
	snprintf(error, SPEC_ERROR, "parent '%s' %s", name, why);
	return err;
}

static int explain_make(char error[SPEC_ERROR], int err, const char *name)
{
	char why[96];

	if (err == -EOPNOTSUPP)
		return fail(
			error, err, name,
			"cannot be made: the device below takes no VLANs, or this kernel has no "
			"802.1Q: modprobe 8021q");
	if (err == -EEXIST)
		return fail(error, err, name,
			    "cannot be made: its VLAN has a device of another name: see ip -d link "
			    "show type vlan");
	snprintf(why, sizeof(why), "cannot be made: %s%s", strerror(-err),
		 err == -EPERM ? ": needs root" : "");
	return fail(error, err, name, why);
}

/* Marked before it is of use to anybody: what has no mark stays for ever. */
static int make(struct parent *parent, struct nl *nl, const char *name, const struct device *lower,
		uint16_t vlan, char error[SPEC_ERROR])
{
	int err = device_make_vlan(nl, name, lower->link.ifindex, vlan);
	char why[64];

	if (err)
		return explain_make(error, err, name);
	err = device_find(nl, name, &parent->device);
	parent->made = !err;
	if (!err)
		err = device_mark(nl, parent->device.link.ifindex, SPEC_PARENT_MARK);
	if (!err)
		err = device_up(nl, parent->device.link.ifindex);
	if (!err)
		return 0;
	parent_undo(parent, nl);
	snprintf(why, sizeof(why), "cannot be set up: '%s' is down", lower->link.name);
	return err == -ENETDOWN ? fail(error, err, name, why) : explain_make(error, err, name);
}

static int make_missing(struct parent *parent, struct nl *nl, const char *name,
			char error[SPEC_ERROR])
{
	char lower[IFNAMSIZ], why[64];
	struct device device;
	uint16_t vlan;

	if (!parent_split(name, lower, &vlan))
		return fail(error, -ENODEV, name, "does not exist: see ip link");
	if (!device_find(nl, lower, &device))
		return make(parent, nl, name, &device, vlan, error);
	snprintf(why, sizeof(why), "does not exist, nor does '%s' to make it on", lower);
	return fail(error, -ENODEV, name, why);
}

static int check(const struct parent *parent, struct nl *nl, char error[SPEC_ERROR])
{
	const struct rtnl_link *link = &parent->device.link;
	const char *what = link->kind == RTNL_KIND_IPVLAN ? "an ipvlan" : "a macvlan";
	struct device below;
	char why[96];

	if (model_is_endpoint(link)) {
		snprintf(why, sizeof(why), "is itself %s", what);
		if (!device_get(nl, link->link, &below))
			snprintf(why, sizeof(why), "is itself %s: name the device below it, '%s'",
				 what, below.link.name);
		return fail(error, -EINVAL, link->name, why);
	}
	return link->ether ? 0 : fail(error, -EINVAL, link->name, "is no Ethernet device");
}

int parent_take(struct parent *parent, struct nl *nl, const char *name, char error[SPEC_ERROR])
{
	int err;

	*parent = (struct parent){};
	err = device_find(nl, name, &parent->device);
	if (err == -ENODEV)
		return make_missing(parent, nl, name, error);
	if (err)
		return fail(error, err, name, strerror(-err));
	return check(parent, nl, error);
}

int parent_find(struct parent *parent, struct nl *nl, char *name, char error[SPEC_ERROR])
{
	char lower[IFNAMSIZ];
	uint16_t vlan;
	int err;

	*parent = (struct parent){};
	err = device_find(nl, name, &parent->device);
	if (!err)
		strcpy(name, parent->device.link.name);
	if (err != -ENODEV)
		return err ? fail(error, err, name, strerror(-err)) : check(parent, nl, error);
	if (!parent_split(name, lower, &vlan) || device_find(nl, lower, &parent->device))
		return fail(error, -ENODEV, name, "does not exist: see ip link");
	if (snprintf(lower, sizeof(lower), "%s.%u", parent->device.link.name, vlan) < IFNAMSIZ)
		strcpy(name, lower);
	return check(parent, nl, error);
}

void parent_undo(const struct parent *parent, struct nl *nl)
{
	if (parent->made)
		device_delete(nl, RTNL_OWN_NETNS, parent->device.link.ifindex);
}

static bool sits_on(const struct model *m, const struct rtnl_link *link,
		    const struct rtnl_link *below)
{
	if (link->nsid == RTNL_OWN_NETNS)
		return link->link_nsid == RTNL_OWN_NETNS && link->link == below->ifindex;
	return model_parent(m, link) == below;
}

/* What the host got by itself on every device that is up is no sign of use. */
static bool is_automatic(const struct nlmsghdr *nlh, const struct rtnl_addr *a)
{
	const struct nlattr *attr;
	uint8_t proto = IFAPROT_UNSPEC;

	mnl_attr_for_each (attr, nlh, sizeof(struct ifaddrmsg)) {
		if (mnl_attr_get_type(attr) == IFA_PROTO)
			proto = mnl_attr_get_u8(attr);
	}
	return a->family == AF_INET6 && (spec_is_link_local(a->family, a->addr) ||
					 a->flags & IFA_F_TEMPORARY || proto == IFAPROT_KERNEL_RA);
}

/* @arg: one that is the host's, if there is one. */
static void take_addr(const struct nlmsghdr *nlh, int32_t nsid, void *arg)
{
	struct rtnl_addr addr;

	(void)nsid;
	if (nlh->nlmsg_type == RTM_NEWADDR && !rtnl_parse_addr(nlh, &addr) &&
	    !is_automatic(nlh, &addr))
		*(struct rtnl_addr *)arg = addr;
}

/* Whether somebody has taken it into use, beside endpoints: 1 and why, 0, or -errno. */
static int is_used(struct nl *nl, const struct rtnl_link *link, char note[SPEC_ERROR])
{
	struct rtnl_addr addr = {};
	char ip[46];
	int err = nl_dump_addrs(nl, RTNL_OWN_NETNS, link->ifindex, take_addr, &addr);

	if (err)
		return err;
	if (addr.ifindex)
		snprintf(note, SPEC_ERROR, "its parent '%s' stays: the host has address %s on it",
			 link->name, format_ip(ip, addr.family, addr.addr));
	else if (link->master)
		snprintf(note, SPEC_ERROR, "its parent '%s' stays: it has a master", link->name);
	return addr.ifindex || link->master;
}

int parent_release(const struct model *m, struct nl *nl, const struct rtnl_link *link,
		   const struct rtnl_link *last, char note[SPEC_ERROR])
{
	if (link->kind != RTNL_KIND_VLAN || strcmp(link->mark, SPEC_PARENT_MARK) != 0)
		return 0;
	for (size_t i = 0; i < m->links.count; i++) {
		const struct rtnl_link *other = table_at(&m->links, i);

		if (other != last && sits_on(m, other, link))
			return 0;
	}
	return is_used(nl, link, note) ?: device_delete(nl, RTNL_OWN_NETNS, link->ifindex);
}
