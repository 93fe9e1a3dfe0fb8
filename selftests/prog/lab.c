/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_packet.h>
#include <net/if.h>

#include <cmocka.h>

#include "harness.h"
#include "lab.h"

#define DEADLINE_MS 5000 /* a bound for a broken run; a good one never waits for it */

static bool is_up; /* both devices */

const __u8 lab_sentinel_mac[ETH_ALEN] = { 0x02, 0xee, 0, 0, 0, 0 };

void lab_run(const char *command)
{
	if (system(command))
		fail_msg("failed: %s", command);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		fail_msg("cannot write %s", path);
	close(fd);
}

static void stay_on_this_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	assert_return_code(sched_setaffinity(0, sizeof(set), &set), 0);
}

int lab_packet_socket(int ifindex, __u16 proto)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(proto),
		.sll_ifindex = ifindex,
	};
	int on = 1, fd;

	/* Protocol 0 until it is bound: otherwise it hears all devices at first. */
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)), 0);
	assert_int_equal(setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/*
 * A device whose carrier has just come gets a working queue a moment later,
 * from the link watch. Both happen under rtnl, which `ip link show` takes too.
 */
void lab_up(void)
{
	if (is_up)
		return;
	lab_run("ip link set " LAB_UPLINK " up && ip link set " LAB_WIRE " up");
	lab_run("timeout 5 sh -c 'until test $(ip -o link show up |"
		" grep -cE \"(" LAB_UPLINK "|" LAB_WIRE ")@.* state UP\") = 2; do :; done'");
	is_up = true;
}

/* A packet socket reports that its device went down once; that is no news here. */
static void take_error(int fd)
{
	int err;
	socklen_t len = sizeof(err);

	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len), 0);
}

void lab_down(const struct lab *lab)
{
	is_up = false;
	lab_run("ip link set " LAB_UPLINK " down");
	take_error(lab->uplink.tap);
	take_error(lab->uplink.end);
}

void lab_open_end(struct lab_end *end, const char *name)
{
	end->ifindex = if_nametoindex(name);
	assert_true(end->ifindex > 1);
	end->tap = lab_packet_socket(end->ifindex, ETH_P_ALL);
	end->end = lab_packet_socket(end->ifindex, HARNESS_SENTINEL);
}

void lab_open(struct lab *lab, const __u8 *uplink_mac)
{
	char command[256];

	stay_on_this_cpu();
	lab->home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	assert_true(lab->home >= 0);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	/* The kernel shall send nothing of its own: no IPv6, no addresses. */
	write_file("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
	write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	snprintf(command, sizeof(command),
		 "ip link add " LAB_UPLINK " address %02x:%02x:%02x:%02x:%02x:%02x type veth"
		 " peer name " LAB_WIRE,
		 uplink_mac[0], uplink_mac[1], uplink_mac[2], uplink_mac[3], uplink_mac[4],
		 uplink_mac[5]);
	lab_run(command);
	lab_up();
	lab_open_end(&lab->uplink, LAB_UPLINK);
	lab_open_end(&lab->wire, LAB_WIRE);
}

static void close_end(const struct lab_end *end)
{
	close(end->tap);
	close(end->end);
}

/* The namespace and its devices go when nothing refers to them any more. */
void lab_close(struct lab *lab)
{
	close_end(&lab->uplink);
	close_end(&lab->wire);
	assert_int_equal(setns(lab->home, CLONE_NEWNET), 0);
	close(lab->home);
}

void lab_send(int fd, const struct frame *f)
{
	assert_int_equal(send(fd, f->data, f->len, 0), f->len);
}

/* The receive path has moved the outermost tag to the metadata: put it back. */
static void put_tag_back(struct frame *f, struct msghdr *msg)
{
	struct tpacket_auxdata aux;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&aux, CMSG_DATA(c), sizeof(aux));
		if (aux.tp_status & TP_STATUS_VLAN_VALID)
			frame_insert_tag(f, aux.tp_vlan_tpid, aux.tp_vlan_tci);
	}
}

/* Returns sll_pkttype, or -1 if nothing is there. */
static int receive_now(int fd, struct frame *f)
{
	char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct iovec iov = { .iov_base = f->data, .iov_len = sizeof(f->data) };
	struct sockaddr_ll from = {};
	struct msghdr msg = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t len = recvmsg(fd, &msg, 0);

	if (len < 0) {
		assert_int_equal(errno, EAGAIN);
		return -1;
	}
	f->len = len;
	put_tag_back(f, &msg);
	return from.sll_pkttype;
}

int lab_receive(int fd, struct frame *f)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	f->len = 0;
	if (poll(&p, 1, DEADLINE_MS) != 1)
		return -1;
	return receive_now(fd, f);
}

static void build_sentinel(struct frame *f, const __u8 *src)
{
	frame_eth(f, lab_sentinel_mac, src ? src : lab_sentinel_mac);
	frame_type(f, HARNESS_SENTINEL);
	frame_pad(f, LAB_SENTINEL_LEN);
}

void lab_collect_by(const struct lab_end *end, const struct lab_end *sender, __u16 vlan,
		    struct lab_arrived *arrived)
{
	struct frame sentinel, f;

	build_sentinel(&sentinel, sender->mac);
	lab_send(sender->tap, &sentinel);
	if (lab_receive(end->end, &f) < 0)
		fail_msg("the sentinel was lost");
	assert_true(frame_equal(&f, &sentinel));
	if (vlan) /* which a tap sees, and a socket behind tc ingress does not */
		frame_insert_tag(&sentinel, ETH_P_8021Q, vlan);
	arrived->count = 0;
	f.len = 0;
	while (receive_now(end->tap, &f) >= 0 && !frame_equal(&f, &sentinel)) {
		assert_true(arrived->count < LAB_ARRIVED_MAX);
		arrived->frames[arrived->count++] = f;
	}
	assert_true(frame_equal(&f, &sentinel));
	assert_int_equal(receive_now(end->tap, &f), -1);
}

void lab_collect(const struct lab_end *end, const struct lab_end *sender,
		 struct lab_arrived *arrived)
{
	lab_collect_by(end, sender, 0, arrived);
}

static void drain(int fd)
{
	__u8 byte;

	while (recv(fd, &byte, sizeof(byte), 0) >= 0 || errno != EAGAIN)
		;
}

void lab_drain_end(const struct lab_end *end)
{
	drain(end->tap);
	drain(end->end);
}

void lab_drain(const struct lab *lab)
{
	lab_drain_end(&lab->uplink);
	lab_drain_end(&lab->wire);
}
