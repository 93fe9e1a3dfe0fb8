/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `ip neigh flush to` does in a netns. Each ping of the tests begins with it, and
 * where they are emulated, nsenter and ip took most of a test's time.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "nl.h"
#include "probe.h"

#define DEVICES 16

struct neighbour {
	const char *text;
	int family;
	size_t length;
	uint8_t address[sizeof(struct in6_addr)];
	int32_t devices[DEVICES]; /* that know it */
	size_t count;
};

static void take_neighbour(const struct nlmsghdr *nlh, int32_t nsid, void *arg)
{
	const struct ndmsg *header = mnl_nlmsg_get_payload(nlh);
	struct neighbour *n = arg;
	const struct nlattr *attr;

	(void)nsid;
	if (header->ndm_state & (NUD_PERMANENT | NUD_NOARP))
		return;
	mnl_attr_for_each (attr, nlh, sizeof(*header)) {
		if (mnl_attr_get_type(attr) != NDA_DST ||
		    mnl_attr_get_payload_len(attr) != n->length ||
		    memcmp(mnl_attr_get_payload(attr), n->address, n->length) != 0)
			continue;
		if (n->count == DEVICES) {
			errno = ENOSPC;
			probe_fail("neighbours", n->text);
		}
		n->devices[n->count++] = header->ndm_ifindex;
	}
}

static struct ndmsg *start(struct nl *nl, uint16_t type, uint16_t flags, const struct neighbour *n,
			   struct nlmsghdr **nlh)
{
	struct ndmsg *header;

	*nlh = nl_start(nl, type, flags);
	header = mnl_nlmsg_put_extra_header(*nlh, sizeof(*header));
	header->ndm_family = n->family;
	return header;
}

/* ENOENT: it went by itself meanwhile. */
static int forget(struct nl *nl, const struct neighbour *n, int32_t device)
{
	struct nlmsghdr *nlh;
	int err;

	start(nl, RTM_DELNEIGH, NLM_F_ACK, n, &nlh)->ndm_ifindex = device;
	mnl_attr_put(nlh, NDA_DST, n->length, n->address);
	err = nl_finish(nl, NULL, NULL);
	return err == -ENOENT ? 0 : err;
}

int forget_main(int argc, char **argv)
{
	struct neighbour n = { .text = argv[2],
			       .family = strchr(argv[2], ':') ? AF_INET6 : AF_INET };
	struct nlmsghdr *nlh;
	struct nl *nl;
	int err;

	(void)argc;
	n.length = n.family == AF_INET6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);
	errno = EINVAL;
	if (inet_pton(n.family, n.text, n.address) != 1)
		probe_fail("no address", n.text);
	probe_enter(argv[1]);
	nl = nl_open();
	if (!nl)
		probe_fail("netlink", n.text);
	start(nl, RTM_GETNEIGH, NLM_F_DUMP, &n, &nlh);
	err = nl_finish(nl, take_neighbour, &n);
	while (!err && n.count)
		err = forget(nl, &n, n.devices[--n.count]);
	errno = -err;
	if (err)
		probe_fail("forget", n.text);
	nl_close(nl);
	return 0;
}
