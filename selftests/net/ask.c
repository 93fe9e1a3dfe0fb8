/* SPDX-License-Identifier: BSD-2-Clause */
/* What the agent's own functions say of a device, for comparison with what other tools say. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <net/if.h>

#include "discover.h"
#include "nic.h"
#include "nl.h"
#include "probe.h"

static unsigned int find_device(const char *name)
{
	unsigned int ifindex = if_nametoindex(name);

	if (!ifindex)
		probe_fail("no such device", name);
	return ifindex;
}

/* Ends the process if @result is a negative errno value. */
static int check(int result, const char *what, const char *device)
{
	errno = -result;
	if (result < 0)
		probe_fail(what, device);
	return result;
}

int xdp_main(int argc, char **argv)
{
	__u64 xdp, rx_metadata;

	(void)argc;
	check(nic_xdp_features(find_device(argv[1]), &xdp, &rx_metadata), "XDP features", argv[1]);
	printf("%llu %llu\n", xdp, rx_metadata);
	return 0;
}

int rx_vlan_main(int argc, char **argv)
{
	static const char *const words[] = { "off", "on", [NIC_FIXED_ON] = "on [fixed]" };
	unsigned int ifindex = find_device(argv[1]);

	if (argc > 2)
		check(nic_set_feature(ifindex, NIC_RX_VLAN, !strcmp(argv[2], "on")), "not set",
		      argv[1]);
	else
		puts(words[check(nic_feature(ifindex, NIC_RX_VLAN), "VLAN offload", argv[1])]);
	return 0;
}

static void print_mac(const struct nlmsghdr *nlh, int32_t nsid, void *arg)
{
	struct rtnl_fdb fdb;

	(void)nsid;
	(void)arg;
	if (!rtnl_parse_fdb(nlh, &fdb))
		printf("%02x:%02x:%02x:%02x:%02x:%02x\n", fdb.mac[0], fdb.mac[1], fdb.mac[2],
		       fdb.mac[3], fdb.mac[4], fdb.mac[5]);
}

/* By what the agent parses: the ip of Debian 12 does not know all three. */
static void print_gso(const struct nlmsghdr *nlh, int32_t nsid, void *arg)
{
	struct rtnl_link link;

	(void)nsid;
	(void)arg;
	if (!rtnl_parse_link(nlh, &link, NULL))
		printf("%u %u %u\n", link.gso, link.gso_ipv4, link.tso);
}

int gso_main(int argc, char **argv)
{
	struct nl *nl = nl_open();
	int32_t ifindex = (int32_t)find_device(argv[1]);

	(void)argc;
	if (!nl)
		probe_fail("netlink", argv[1]);
	check(nl_get_link(nl, RTNL_OWN_NETNS, ifindex, print_gso, NULL), "link", argv[1]);
	nl_close(nl);
	return 0;
}

int unicast_main(int argc, char **argv)
{
	struct nl *nl = nl_open();

	(void)argc;
	if (!nl)
		probe_fail("netlink", argv[1]);
	check(nl_dump_unicast(nl, (int32_t)find_device(argv[1]), print_mac, NULL), "dump", argv[1]);
	nl_close(nl);
	return 0;
}

struct follower {
	struct discover *discover;
	struct model model;
	int32_t ifindex;
};

static void print_proxies(const struct follower *f)
{
	const int32_t own = RTNL_OWN_NETNS;

	printf("%s %s\n", model_proxies(&f->model, own, AF_INET, f->ifindex) ? "arp" : "-",
	       model_proxies(&f->model, own, AF_INET6, f->ifindex) ? "ndp" : "-");
}

/* Other namespaces may change meanwhile: those of tests that run side by side. */
static void look_through_all(const struct follower *f)
{
	check(discover_all(f->discover, INT_MAX), "dump", "netns");
	print_proxies(f);
}

/* Takes in all there is; a line if the model changed. */
static int take_events(int fd, void *arg)
{
	struct follower *f = arg;
	int result = discover_events(f->discover);

	(void)fd;
	if (result == -EAGAIN)
		look_through_all(f);
	else if (check(result, "events", "netns"))
		print_proxies(f);
	return result > 0;
}

int proxies_main(int argc, char **argv)
{
	struct follower f = { .ifindex = (int32_t)find_device(argv[1]) };

	(void)argc;
	setvbuf(stdout, NULL, _IOLBF, 0);
	model_init(&f.model);
	f.discover = discover_open(&f.model);
	if (!f.discover)
		probe_fail("netlink", argv[1]);
	look_through_all(&f);
	probe_listen(discover_fd(f.discover), take_events, &f);
	discover_close(f.discover);
	model_free(&f.model);
	return 0;
}
