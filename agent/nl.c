/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/net_namespace.h>
#include <linux/netconf.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "nl.h"
#include "rtnl.h"

#define BUFFER 32768		/* what the kernel fills at most for one dump message */
#define LISTEN_BUFFER (8 << 20) /* bytes of events that may wait for us: some 5,000 */

struct nl {
	struct mnl_socket *socket;
	uint32_t seq;
	char buffer[BUFFER];
};

static struct nl *nl_new(int protocol, int flags)
{
	struct nl *nl = calloc(1, sizeof(*nl));

	if (!nl)
		return NULL;
	nl->socket = mnl_socket_open2(protocol, SOCK_CLOEXEC | flags);
	if (!nl->socket) {
		free(nl);
		return NULL;
	}
	nl->seq = time(NULL);
	return nl;
}

static int set_option(const struct nl *nl, int option)
{
	int on = 1;

	return mnl_socket_setsockopt(nl->socket, option, &on, sizeof(on));
}

void nl_close(struct nl *nl)
{
	if (!nl)
		return;
	mnl_socket_close(nl->socket);
	free(nl);
}

static struct nl *open_for_requests(int protocol)
{
	struct nl *nl = nl_new(protocol, 0);

	if (nl && (mnl_socket_bind(nl->socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
		   set_option(nl, NETLINK_GET_STRICT_CHK) < 0)) {
		nl_close(nl);
		return NULL;
	}
	return nl;
}

struct nl *nl_open(void)
{
	return open_for_requests(NETLINK_ROUTE);
}

struct nl *nl_open_generic(void)
{
	return open_for_requests(NETLINK_GENERIC);
}

/* A socket belongs to the netns that it was made in. */
struct nl *nl_open_at(int netns)
{
	int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), err;
	struct nl *nl = NULL;

	if (own < 0)
		return NULL;
	if (!setns(netns, CLONE_NEWNET)) {
		nl = nl_open();
		err = errno;
		if (setns(own, CLONE_NEWNET))
			abort(); /* whatever came next would be done to the wrong netns */
		errno = err;
	}
	err = errno;
	close(own);
	errno = err;
	return nl;
}

uint64_t nl_cookie(const struct nl *nl)
{
	uint64_t cookie = 0;
	socklen_t length = sizeof(cookie);

	if (getsockopt(mnl_socket_get_fd(nl->socket), SOL_SOCKET, SO_NETNS_COOKIE, &cookie,
		       &length))
		return 0;
	return cookie;
}

struct answer {
	nl_message_fn fn;
	void *arg;
	int32_t nsid;
	bool interrupted;
	bool done;
	int err;
};

static int error_of(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(nlh);

	return mnl_nlmsg_get_payload_len(nlh) < sizeof(*error) ? -EBADMSG : error->error;
}

static void answer_message(struct answer *answer, const struct nlmsghdr *nlh)
{
	answer->interrupted |= !!(nlh->nlmsg_flags & NLM_F_DUMP_INTR);
	if (nlh->nlmsg_type == NLMSG_ERROR)
		answer->err = error_of(nlh);
	else if (nlh->nlmsg_type != NLMSG_DONE && answer->fn)
		answer->fn(nlh, answer->nsid, answer->arg);
	answer->done = nlh->nlmsg_type == NLMSG_DONE || nlh->nlmsg_type == NLMSG_ERROR ||
		       !(nlh->nlmsg_flags & NLM_F_MULTI);
}

/*
 * Sends the request at nl->buffer and hands over the messages of its answer.
 * Not by mnl_cb_run(), which gives up in the middle of an interrupted dump and
 * leaves the rest of it in the way of the next request.
 */
static int request(struct nl *nl, struct answer *answer)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)nl->buffer;

	nlh->nlmsg_seq = ++nl->seq;
	if (mnl_socket_sendto(nl->socket, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	while (!answer->done) {
		int left = mnl_socket_recvfrom(nl->socket, nl->buffer, sizeof(nl->buffer));

		if (left < 0)
			return -errno;
		nlh = (struct nlmsghdr *)nl->buffer;
		for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
			if (nlh->nlmsg_seq == nl->seq)
				answer_message(answer, nlh);
		}
	}
	if (answer->err)
		return answer->err;
	return answer->interrupted ? -EINTR : 0;
}

static struct nlmsghdr *start(struct nl *nl, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(nl->buffer);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	return nlh;
}

struct nlmsghdr *nl_start(struct nl *nl, uint16_t type, uint16_t flags)
{
	return start(nl, type, flags);
}

int nl_finish(struct nl *nl, nl_message_fn fn, void *arg)
{
	struct answer answer = { .fn = fn, .arg = arg, .nsid = RTNL_OWN_NETNS };

	return request(nl, &answer);
}

static void put_link_request(struct nl *nl, uint16_t flags, int32_t nsid, int32_t ifindex)
{
	struct nlmsghdr *nlh = start(nl, RTM_GETLINK, flags);
	struct ifinfomsg *header = mnl_nlmsg_put_extra_header(nlh, sizeof(*header));

	header->ifi_index = ifindex;
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	if (nsid != RTNL_OWN_NETNS)
		mnl_attr_put_u32(nlh, IFLA_TARGET_NETNSID, nsid);
}

int nl_dump_links(struct nl *nl, int32_t nsid, nl_message_fn fn, void *arg)
{
	struct answer answer = { .fn = fn, .arg = arg, .nsid = nsid };

	put_link_request(nl, NLM_F_DUMP, nsid, 0);
	return request(nl, &answer);
}

int nl_get_link(struct nl *nl, int32_t nsid, int32_t ifindex, nl_message_fn fn, void *arg)
{
	struct answer answer = { .fn = fn, .arg = arg, .nsid = nsid };

	put_link_request(nl, 0, nsid, ifindex);
	return request(nl, &answer);
}

int nl_dump_addrs(struct nl *nl, int32_t nsid, int32_t ifindex, nl_message_fn fn, void *arg)
{
	struct answer answer = { .fn = fn, .arg = arg, .nsid = nsid };
	struct nlmsghdr *nlh = start(nl, RTM_GETADDR, NLM_F_DUMP);
	struct ifaddrmsg *header = mnl_nlmsg_put_extra_header(nlh, sizeof(*header));

	header->ifa_index = ifindex;
	if (nsid != RTNL_OWN_NETNS)
		mnl_attr_put_u32(nlh, IFA_TARGET_NETNSID, nsid);
	return request(nl, &answer);
}

int nl_dump_nsids(struct nl *nl, nl_message_fn fn, void *arg)
{
	struct answer answer = { .fn = fn, .arg = arg, .nsid = RTNL_OWN_NETNS };
	struct nlmsghdr *nlh = start(nl, RTM_GETNSID, NLM_F_DUMP);

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct rtgenmsg));
	return request(nl, &answer);
}

int nl_dump_netconf(struct nl *nl, int family, nl_message_fn fn, void *arg)
{
	struct answer answer = { .fn = fn, .arg = arg, .nsid = RTNL_OWN_NETNS };
	struct nlmsghdr *nlh = start(nl, RTM_GETNETCONF, NLM_F_DUMP);
	struct netconfmsg *header = mnl_nlmsg_put_extra_header(nlh, sizeof(*header));

	header->ncm_family = family;
	return request(nl, &answer);
}

int nl_dump_locals(struct nl *nl, nl_message_fn fn, void *arg)
{
	struct answer answer = { .fn = fn, .arg = arg, .nsid = RTNL_OWN_NETNS };
	struct nlmsghdr *nlh = start(nl, RTM_GETROUTE, NLM_F_DUMP);
	struct rtmsg *header = mnl_nlmsg_put_extra_header(nlh, sizeof(*header));

	header->rtm_family = AF_INET;
	header->rtm_table = RT_TABLE_LOCAL;
	header->rtm_type = RTN_LOCAL;
	return request(nl, &answer);
}

int nl_dump_proxied(struct nl *nl, nl_message_fn fn, void *arg)
{
	struct answer answer = { .fn = fn, .arg = arg, .nsid = RTNL_OWN_NETNS };
	struct nlmsghdr *nlh = start(nl, RTM_GETNEIGH, NLM_F_DUMP);
	struct ndmsg *header = mnl_nlmsg_put_extra_header(nlh, sizeof(*header));

	header->ndm_family = AF_INET;
	header->ndm_flags = NTF_PROXY;
	return request(nl, &answer);
}

struct unicast {
	int32_t ifindex;
	nl_message_fn fn;
	void *arg;
};

/* Groups are in the same list; a port has what its bridge knows behind it, too. */
static void take_unicast(const struct nlmsghdr *nlh, int32_t nsid, void *arg)
{
	const struct unicast *unicast = arg;
	struct rtnl_fdb fdb;

	if (!rtnl_parse_fdb(nlh, &fdb) && fdb.ifindex == unicast->ifindex && fdb.self &&
	    fdb.permanent && !(fdb.mac[0] & 1))
		unicast->fn(nlh, nsid, unicast->arg);
}

/* With strict checking, the header says of which device (rtnl_fdb_dump()). */
int nl_dump_unicast(struct nl *nl, int32_t ifindex, nl_message_fn fn, void *arg)
{
	struct unicast unicast = { .ifindex = ifindex, .fn = fn, .arg = arg };
	struct answer answer = { .fn = take_unicast, .arg = &unicast, .nsid = RTNL_OWN_NETNS };
	struct nlmsghdr *nlh = start(nl, RTM_GETNEIGH, NLM_F_DUMP);
	struct ndmsg *header = mnl_nlmsg_put_extra_header(nlh, sizeof(*header));

	header->ndm_family = AF_BRIDGE;
	header->ndm_ifindex = ifindex;
	return request(nl, &answer);
}

static void read_nsid(const struct nlmsghdr *nlh, int32_t nsid, void *arg)
{
	(void)nsid;
	rtnl_parse_nsid(nlh, arg);
}

static int get_netns_id(struct nl *nl, int fd)
{
	int32_t id = NETNSA_NSID_NOT_ASSIGNED;
	struct answer answer = { .fn = read_nsid, .arg = &id };
	struct nlmsghdr *nlh = start(nl, RTM_GETNSID, 0);
	int err;

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct rtgenmsg));
	mnl_attr_put_u32(nlh, NETNSA_FD, fd);
	err = request(nl, &answer);
	if (err)
		return err;
	return id >= 0 ? id : -ENOENT;
}

static int give_netns_id(struct nl *nl, int fd)
{
	struct answer answer = {};
	struct nlmsghdr *nlh = start(nl, RTM_NEWNSID, NLM_F_ACK);

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct rtgenmsg));
	mnl_attr_put_u32(nlh, NETNSA_FD, fd);
	mnl_attr_put_u32(nlh, NETNSA_NSID, NETNSA_NSID_NOT_ASSIGNED);
	return request(nl, &answer);
}

int nl_netns_id(struct nl *nl, int fd)
{
	int id = get_netns_id(nl, fd), err;

	if (id != -ENOENT)
		return id;
	err = give_netns_id(nl, fd);
	if (err && err != -EEXIST)
		return err;
	return get_netns_id(nl, fd);
}

/* In a notification, from the beginning of its nlmsghdr. */
#define AT_TYPE offsetof(struct nlmsghdr, nlmsg_type)
#define AT_ROUTE(field) (NLMSG_HDRLEN + offsetof(struct rtmsg, field))
/* Of a jump: to the end of the filter below. */
#define ACCEPT(from) (12 - (from)-1)
#define DROP(from) (11 - (from)-1)

/*
 * A routing daemon changes thousands of routes, of which none concerns us. What is
 * dropped here does not even wake us.
 */
static int filter_routes(const struct nl *nl)
{
	static struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, AT_TYPE),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0 /* RTM_NEWROUTE */, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0 /* RTM_DELROUTE */, 0, ACCEPT(2)),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, AT_ROUTE(rtm_type)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RTN_LOCAL, 0, DROP(4)),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, AT_ROUTE(rtm_table)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RT_TABLE_LOCAL, 0, DROP(6)),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, AT_ROUTE(rtm_dst_len)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 32, 0, ACCEPT(8)),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, AT_ROUTE(rtm_protocol)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RTPROT_KERNEL, DROP(10), ACCEPT(10)),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	const struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	code[1].k = htons(RTM_NEWROUTE); /* it loads in network order */
	code[2].k = htons(RTM_DELROUTE);
	return setsockopt(mnl_socket_get_fd(nl->socket), SOL_SOCKET, SO_ATTACH_FILTER, &program,
			  sizeof(program));
}

struct nl *nl_listen(void)
{
	static const int groups[] = { RTNLGRP_LINK,	    RTNLGRP_IPV4_IFADDR,
				      RTNLGRP_IPV6_IFADDR,  RTNLGRP_NSID,
				      RTNLGRP_TC,	    RTNLGRP_IPV4_NETCONF,
				      RTNLGRP_IPV6_NETCONF, RTNLGRP_IPV4_ROUTE };
	struct nl *nl = nl_new(NETLINK_ROUTE, SOCK_NONBLOCK);
	int size = LISTEN_BUFFER, err = 0;

	if (!nl)
		return NULL;
	setsockopt(mnl_socket_get_fd(nl->socket), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	err |= filter_routes(nl) < 0;
	err |= set_option(nl, NETLINK_LISTEN_ALL_NSID) < 0;
	err |= mnl_socket_bind(nl->socket, 0, MNL_SOCKET_AUTOPID) < 0;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		int group = groups[i];

		err |= mnl_socket_setsockopt(nl->socket, NETLINK_ADD_MEMBERSHIP, &group,
					     sizeof(group)) < 0;
	}
	if (err) {
		nl_close(nl);
		return NULL;
	}
	return nl;
}

int nl_fd(const struct nl *nl)
{
	return mnl_socket_get_fd(nl->socket);
}

/* The kernel names the netns beside the message, unless it is our own. */
static int32_t message_nsid(struct msghdr *msg)
{
	int32_t nsid = RTNL_OWN_NETNS;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == SOL_NETLINK && c->cmsg_type == NETLINK_LISTEN_ALL_NSID)
			memcpy(&nsid, CMSG_DATA(c), sizeof(nsid));
	}
	return nsid;
}

int nl_receive(struct nl *nl, nl_message_fn fn, void *arg)
{
	for (;;) {
		char control[CMSG_SPACE(sizeof(int))];
		struct iovec iov = { nl->buffer, sizeof(nl->buffer) };
		struct msghdr msg = { .msg_iov = &iov,
				      .msg_iovlen = 1,
				      .msg_control = control,
				      .msg_controllen = sizeof(control) };
		ssize_t n = recvmsg(nl_fd(nl), &msg, 0);
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)nl->buffer;
		int left = n;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		if (msg.msg_flags & MSG_TRUNC)
			return -ENOBUFS;
		for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
			fn(nlh, message_nsid(&msg), arg);
	}
}

void nl_discard(struct nl *nl)
{
	while (recv(nl_fd(nl), nl->buffer, sizeof(nl->buffer), 0) >= 0 || errno == EINTR ||
	       errno == ENOBUFS)
		;
}

struct qdisc {
	uint32_t ifindex;
	int found;
};

/* @arg: a struct qdisc. A device's qdisc at ffff: is clsact, or else ingress. */
static void take_qdisc(const struct nlmsghdr *nlh, int32_t nsid, void *arg)
{
	const struct tcmsg *header = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	struct qdisc *qdisc = arg;

	(void)nsid;
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*header) ||
	    (uint32_t)header->tcm_ifindex != qdisc->ifindex ||
	    header->tcm_handle != TC_H_MAKE(TC_H_CLSACT, 0))
		return;
	qdisc->found = NL_QDISC_INGRESS;
	mnl_attr_for_each (attr, nlh, sizeof(*header)) {
		if (mnl_attr_get_type(attr) == TCA_KIND &&
		    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0 &&
		    !strcmp(mnl_attr_get_str(attr), "clsact"))
			qdisc->found = NL_QDISC_CLSACT;
	}
}

int nl_find_clsact(uint32_t ifindex)
{
	struct qdisc qdisc = { .ifindex = ifindex };
	struct answer answer = { .fn = take_qdisc, .arg = &qdisc };
	struct nl *nl = nl_open();
	struct tcmsg *header;
	int err;

	if (!nl)
		return -errno;
	header =
		mnl_nlmsg_put_extra_header(nl_start(nl, RTM_GETQDISC, NLM_F_DUMP), sizeof(*header));
	header->tcm_ifindex = (int)ifindex;
	err = request(nl, &answer);
	nl_close(nl);
	return err ? err : qdisc.found;
}

static void count_filter(const struct nlmsghdr *nlh, int32_t nsid, void *arg)
{
	const struct tcmsg *header = mnl_nlmsg_get_payload(nlh);

	(void)nsid;
	/* Every chain is announced once with handle 0, then come its filters. */
	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(*header) && header->tcm_handle)
		++*(int *)arg;
}

int nl_count_clsact_filters(uint32_t ifindex)
{
	static const uint32_t parents[] = { TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
					    TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS) };
	struct nl *nl = nl_open();
	int count = 0, err = nl ? 0 : -errno;

	for (size_t i = 0; !err && i < sizeof(parents) / sizeof(parents[0]); i++) {
		struct answer answer = { .fn = count_filter, .arg = &count };
		struct nlmsghdr *nlh = start(nl, RTM_GETTFILTER, NLM_F_DUMP);
		struct tcmsg *header = mnl_nlmsg_put_extra_header(nlh, sizeof(*header));

		header->tcm_family = AF_UNSPEC;
		header->tcm_ifindex = ifindex;
		header->tcm_parent = parents[i];
		err = request(nl, &answer);
	}
	nl_close(nl);
	return err ? err : count;
}
