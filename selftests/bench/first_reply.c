/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * first_reply NETNS DEVICE ADDRESS[/LENGTH]: makes something happen to an
 * endpoint, and prints after how many microseconds the netns that this runs in
 * has the first answer to a ping to it.
 *
 * With a length, ADDRESS is given to DEVICE of NETNS (a path); without, the
 * device, which has it, is set up. From then on an echo request is sent every
 * 200 us until one is answered. IPv4 only.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

#define INTERVAL_NS 200000
#define DEADLINE_NS 10000000000ULL
#define NS_PER_US 1000.0
#define BUFFER 8192 /* as libmnl advises; its own macro is no constant */

static _Noreturn void fail(const char *what, const char *object)
{
	fprintf(stderr, "first_reply: %s: %s: %s\n", object, what, strerror(errno));
	exit(1);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

/* Connected: it hears this address only. */
static int open_icmp(struct in_addr address)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = address };
	int fd = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMP);

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)))
		fail("raw socket", inet_ntoa(address));
	return fd;
}

/* For good: the sockets that are open stay where they are. */
static void enter(const char *netns)
{
	int fd = open(netns, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET))
		fail("enter", netns);
	close(fd);
}

static struct nlmsghdr *put_address(void *buf, unsigned int index, struct in_addr address,
				    int length)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *ifa;

	nlh->nlmsg_type = RTM_NEWADDR;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
	ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	ifa->ifa_family = AF_INET;
	ifa->ifa_prefixlen = length;
	ifa->ifa_index = index;
	mnl_attr_put(nlh, IFA_LOCAL, sizeof(address), &address);
	mnl_attr_put(nlh, IFA_ADDRESS, sizeof(address), &address);
	return nlh;
}

static struct nlmsghdr *put_up(void *buf, unsigned int index)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *ifi;

	nlh->nlmsg_type = RTM_NEWLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_index = index;
	ifi->ifi_change = IFF_UP;
	ifi->ifi_flags = IFF_UP;
	return nlh;
}

/* The kernel has done it when the request is sent; the answer says how it went. */
static void request(struct mnl_socket *nl, const struct nlmsghdr *nlh, const char *device)
{
	char buf[BUFFER];
	ssize_t n;

	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		fail("send", device);
	n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	if (n < 0 || mnl_cb_run(buf, n, 0, mnl_socket_get_portid(nl), NULL, NULL) < 0)
		fail("change", device);
}

/* RFC 1071; of what is in an echo request, only these words are not zero. */
static uint16_t checksum(const struct icmphdr *echo)
{
	uint32_t sum = htons(echo->type << 8) + echo->un.echo.id + echo->un.echo.sequence;

	sum = (sum >> 16) + (sum & 0xffff);
	return ~(sum + (sum >> 16));
}

/* That it cannot be sent yet is what is being measured. */
static void ask(int fd, uint16_t sequence)
{
	struct icmphdr echo = { .type = ICMP_ECHO };

	echo.un.echo.id = htons(getpid());
	echo.un.echo.sequence = htons(sequence);
	echo.checksum = checksum(&echo);
	if (send(fd, &echo, sizeof(echo), 0) < 0 && errno != EHOSTUNREACH && errno != ENOBUFS &&
	    errno != EAGAIN)
		fail("send", "echo request");
}

static bool is_answer(const unsigned char *packet, ssize_t length)
{
	const struct iphdr *ip = (const void *)packet;
	const struct icmphdr *icmp = (const void *)(packet + ip->ihl * 4);

	return length >= (ssize_t)(ip->ihl * 4 + sizeof(*icmp)) && icmp->type == ICMP_ECHOREPLY &&
	       icmp->un.echo.id == htons(getpid());
}

static bool is_answered(int fd)
{
	unsigned char packet[1500] __attribute__((aligned(4)));
	ssize_t n;

	while ((n = recv(fd, packet, sizeof(packet), 0)) > 0) {
		if (n >= (ssize_t)sizeof(struct iphdr) && is_answer(packet, n))
			return true;
	}
	return false;
}

/* Until the next request is due. */
static bool listen_for(int fd, uint64_t until)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t t;

	while ((t = now()) < until) {
		struct timespec left = { .tv_nsec = until - t };

		if (ppoll(&p, 1, &left, NULL) > 0 && is_answered(fd))
			return true;
	}
	return false;
}

static double ping_until_answered(int fd, uint64_t start)
{
	uint64_t next = now();

	for (uint16_t sequence = 1; next < start + DEADLINE_NS; sequence++) {
		ask(fd, sequence);
		next = now() + INTERVAL_NS;
		if (listen_for(fd, next))
			return (now() - start) / NS_PER_US;
	}
	errno = ETIMEDOUT;
	fail("wait for an answer", "ping");
}

static struct in_addr parse(const char *text, int *length)
{
	struct in_addr address;
	char ip[INET_ADDRSTRLEN];

	*length = -1;
	if (sscanf(text, "%15[0-9.]/%d", ip, length) < 1 || !inet_aton(ip, &address) ||
	    *length > 32) {
		fprintf(stderr, "first_reply: %s: should be ADDRESS or ADDRESS/LENGTH\n", text);
		exit(2);
	}
	return address;
}

int main(int argc, char **argv)
{
	char buf[BUFFER];
	const struct nlmsghdr *nlh;
	struct mnl_socket *nl;
	struct in_addr address;
	unsigned int index;
	uint64_t start;
	int fd, length;

	if (argc != 4) {
		fputs("usage: first_reply NETNS DEVICE ADDRESS[/LENGTH]\n", stderr);
		return 2;
	}
	address = parse(argv[3], &length);
	prctl(PR_SET_TIMERSLACK, 1); /* the usual 50 us would be too much of 200 */
	fd = open_icmp(address);
	enter(argv[1]);
	nl = mnl_socket_open(NETLINK_ROUTE);
	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		fail("netlink", argv[1]);
	index = if_nametoindex(argv[2]);
	if (!index)
		fail("find", argv[2]);
	nlh = length < 0 ? put_up(buf, index) : put_address(buf, index, address, length);
	start = now();
	request(nl, nlh, argv[2]);
	printf("%.0f\n", ping_until_answered(fd, start));
	mnl_socket_close(nl);
	return 0;
}
