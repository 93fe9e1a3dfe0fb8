/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "unicast.h"
#include "nl.h"

/* As `bridge fdb add MAC dev DEVICE self permanent` asks for it. */
static int request(uint16_t type, uint16_t flags, __u32 ifindex, const __u8 mac[6])
{
	struct nl *nl = nl_open();
	struct ndmsg *header;
	struct nlmsghdr *nlh;
	int err;

	if (!nl)
		return -errno;
	nlh = nl_start(nl, type, NLM_F_ACK | flags);
	header = mnl_nlmsg_put_extra_header(nlh, sizeof(*header));
	header->ndm_family = AF_BRIDGE;
	header->ndm_ifindex = ifindex;
	header->ndm_state = NUD_PERMANENT;
	header->ndm_flags = NTF_SELF;
	mnl_attr_put(nlh, NDA_LLADDR, 6, mac);
	err = nl_finish(nl, NULL, NULL);
	nl_close(nl);
	return err;
}

int unicast_add(__u32 ifindex, const __u8 mac[6])
{
	int err = request(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL, ifindex, mac);

	return err == -EEXIST ? 0 : err;
}

int unicast_del(__u32 ifindex, const __u8 mac[6])
{
	int err = request(RTM_DELNEIGH, 0, ifindex, mac);

	return err == -ENOENT || err == -ENODEV ? 0 : err;
}
