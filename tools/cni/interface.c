// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "format.h"
#include "interface.h"
#include "netns.h"
#include "route.h"
#include "site.h"

int cni_interface_enter(struct cni_interface *i, const char *netns, int gone, struct cni_error *e)
{
	char error[SPEC_ERROR];
	int err = place_open(&i->place, netns, error);

	if (err)
		return cni_fail(e, err == -ENOENT ? gone : CNI_ENVIRONMENT, "CNI_NETNS: %s", error);
	if (i->place.ino != netns_own_ino())
		return 0;
	place_close(&i->place);
	return cni_fail(e, CNI_ENVIRONMENT, "CNI_NETNS: '%s' is the netns of the host itself",
			netns);
}

int cni_interface_find(struct cni_interface *i, const char *ifname, struct cni_error *e)
{
	int err = device_find(i->place.nl, ifname, &i->device);

	return err ? cni_fail(e, CNI_DEVICE, "there is no device '%s' in the container: %s", ifname,
			      strerror(-err))
		   : 0;
}

void cni_interface_close(struct cni_interface *i)
{
	place_close(&i->place);
}

/* ---- IPv6 on */

static int write_zero(const char *ifname)
{
	char path[64 + IFNAMSIZ];
	int fd, err = 0;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6", ifname);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, "0", 1) != 1)
		err = -errno;
	close(fd);
	return err;
}

/* Engines turn it off where they know of no IPv6 address. As the reference plugins do. */
static int enable_ipv6(const struct place *place, const char *ifname)
{
	int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), err = -errno;

	if (own < 0)
		return err;
	err = setns(place->fd, CLONE_NEWNET) ? -errno : 0;
	if (!err) {
		err = write_zero("lo");
		if (!err)
			err = write_zero(ifname);
		if (setns(own, CLONE_NEWNET))
			abort(); /* nothing of what follows would be where it belongs */
	}
	close(own);
	return err;
}

static bool has_ipv6(const struct spec *spec)
{
	for (size_t i = 0; i < spec->address_count; i++) {
		if (spec->addresses[i].family == AF_INET6)
			return true;
	}
	return false;
}

/* ---- what it is given */

/* Only while IPv6 is there at all: else the address itself says so. */
static int add_addresses(struct cni_interface *i, const struct spec *spec, struct cni_error *e)
{
	const struct manage patient = { .patient = true };
	int32_t ifindex = i->device.link.ifindex;
	char error[SPEC_ERROR];
	int err = has_ipv6(spec) ? enable_ipv6(&i->place, spec->ifname) : 0;

	if (err && err != -ENOENT)
		return cni_fail(e, CNI_DEVICE, "IPv6 cannot be turned on for '%s': %s",
				spec->ifname, strerror(-err));
	err = site_add_addrs(&i->place, ifindex, spec, error);
	if (!err)
		err = site_wait_dad(&patient, &i->place, ifindex, spec, error);
	return err ? cni_fail(e, CNI_DEVICE, "%s", error) : 0;
}

static int fail_route(struct cni_error *e, int err, const struct cni_route *route)
{
	char to[46], via[46] = "";

	format_ip(to, route->to.family, route->to.addr);
	if (route->gateway.family)
		format_ip(via, route->gateway.family, route->gateway.addr);
	return cni_fail(e, CNI_DEVICE, "route to %s/%u%s%s is refused: %s", to, route->to.length,
			via[0] ? " via " : "", via, strerror(-err));
}

static int add_routes(struct cni_interface *i, const json_t *ipam,
		      const struct spec_addr gateways[2], struct cni_error *e)
{
	const json_t *routes = json_object_get(ipam, "routes"), *json;
	size_t at;

	json_array_foreach (routes, at, json) {
		struct cni_route route;
		int err = cni_result_route(json, &route, e);

		if (err)
			return err;
		if (!route.gateway.family)
			route.gateway = gateways[route.to.family == AF_INET6];
		err = cni_route_add(i->place.nl, i->device.link.ifindex, &route);
		if (err)
			return fail_route(e, err, &route);
	}
	return 0;
}

int cni_interface_configure(struct cni_interface *i, const json_t *ipam, struct spec *spec,
			    struct cni_error *e)
{
	struct spec_addr gateways[2];
	int err = cni_result_addresses(ipam, -1, spec, gateways, e);

	if (!err && !spec->address_count)
		err = cni_fail(e, CNI_IPAM, "it gives no address");
	if (!err)
		err = add_addresses(i, spec, e);
	return err ? err : add_routes(i, ipam, gateways, e);
}
