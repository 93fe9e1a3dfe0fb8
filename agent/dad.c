/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>

#include "attrs.h"
#include "dad.h"
#include "rtnl.h"

#define LOOK_MS 20	/* between two looks */
#define CARRIER_MS 1000 /* linkwatch (net/core/link_watch.c) tells IPv6 of a carrier so late */
#define MARGIN_MS 1000
#define RETRANS_MIN_MS 10 /* addrconf_dad_work(): HZ / 100 */

/* ---- how long it takes */

static int32_t number_at(const struct nlattr *conf, size_t index)
{
	int32_t number = 0;

	if (conf && mnl_attr_get_payload_len(conf) >= (index + 1) * sizeof(number))
		memcpy(&number, (const char *)mnl_attr_get_payload(conf) + index * sizeof(number),
		       sizeof(number));
	return number;
}

static uint32_t retrans_ms(const struct nlattr *cacheinfo)
{
	struct ifla_cacheinfo info = {};

	if (cacheinfo && mnl_attr_get_payload_len(cacheinfo) >= sizeof(info))
		memcpy(&info, mnl_attr_get_payload(cacheinfo), sizeof(info));
	return info.retrans_time > RETRANS_MIN_MS ? info.retrans_time : RETRANS_MIN_MS;
}

/*
 * A random part of the delay before router solicitations comes first
 * (addrconf_dad_kick()), then a probe each retrans_time. @arg: milliseconds,
 * left alone if there is nothing to wait for.
 */
static void take_patience(const struct nlmsghdr *nlh, int32_t nsid, void *arg)
{
	struct attrs link, families, inet6;
	const struct nlattr *conf;
	int32_t transmits;
	uint64_t *ms = arg;

	(void)nsid;
	if (nlh->nlmsg_type != RTM_NEWLINK || attrs_of(nlh, sizeof(struct ifinfomsg), &link) ||
	    attrs_nested(link.at[IFLA_AF_SPEC], &families) ||
	    attrs_nested(families.at[AF_INET6], &inet6))
		return;
	conf = inet6.at[IFLA_INET6_CONF];
	transmits = number_at(conf, DEVCONF_DAD_TRANSMITS);
	if (transmits <= 0 || (link.at[IFLA_CARRIER] && !mnl_attr_get_u8(link.at[IFLA_CARRIER])))
		return;
	*ms = CARRIER_MS + MARGIN_MS + number_at(conf, DEVCONF_RTR_SOLICIT_DELAY) +
	      (uint64_t)transmits * retrans_ms(inet6.at[IFLA_INET6_CACHEINFO]);
}

/* ---- what became of it */

struct look {
	const struct spec *spec;
	const struct spec_addr *taken;
	bool undecided;
};

static void take_addr(const struct nlmsghdr *nlh, int32_t nsid, void *arg)
{
	struct look *look = arg;
	struct rtnl_addr addr;

	(void)nsid;
	if (nlh->nlmsg_type != RTM_NEWADDR || rtnl_parse_addr(nlh, &addr) ||
	    addr.family != AF_INET6 || !(addr.flags & IFA_F_TENTATIVE))
		return;
	for (size_t i = 0; i < look->spec->address_count; i++) {
		const struct spec_addr *a = &look->spec->addresses[i];

		if (a->family != AF_INET6 || memcmp(a->addr, addr.addr, sizeof(a->addr)) != 0)
			continue;
		if (addr.flags & IFA_F_DADFAILED)
			look->taken = a;
		else
			look->undecided = true;
	}
}

static bool has_ipv6(const struct spec *spec)
{
	for (size_t i = 0; i < spec->address_count; i++) {
		if (spec->addresses[i].family == AF_INET6)
			return true;
	}
	return false;
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

int dad_wait(struct nl *nl, int32_t ifindex, const struct spec *spec,
	     const struct spec_addr **taken)
{
	const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
	uint64_t begin = now_ms(), patience = 0;
	struct look look;
	int err = 0;

	if (!has_ipv6(spec))
		return 0;
	err = nl_get_link(nl, RTNL_OWN_NETNS, ifindex, take_patience, &patience);
	while (!err) {
		look = (struct look){ .spec = spec };
		err = nl_dump_addrs(nl, RTNL_OWN_NETNS, ifindex, take_addr, &look);
		if (err == -EINTR) { /* they changed meanwhile */
			err = 0;
			look.undecided = true;
		}
		*taken = look.taken;
		if (!err && look.taken)
			return -EADDRNOTAVAIL;
		if (!look.undecided || now_ms() - begin >= patience)
			break;
		nanosleep(&pause, NULL);
	}
	return err;
}
