/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When is everything that was sent also delivered? A frame may wait in three
 * places: in a CPU's receive backlog, which is first in first out (veth and
 * the hairpin go through it); in the macvlan port's queue of group frames, also
 * first in first out, worked off by a kernel worker; and, after that, in a
 * backlog again.
 *
 * So the barrier flushes all backlogs, sends a group frame through the port's
 * queue, waits until it has come out at an endpoint, and flushes again. What
 * was sent before has arrived by then, or never will. Replies to it count as
 * sent later.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_ether.h>

#include "probe.h"

#define HOPS 4 /* backlogs that a frame can pass through between two queues, and one more */

void probe_enter(const char *netns)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		probe_fail("enter", netns);
	close(fd);
}

static void wait_readable(int fd, const char *what)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (poll(&p, 1, PROBE_DEADLINE_MS) == 1)
		return;
	errno = ETIMEDOUT;
	probe_fail("nothing came out", what);
}

/* A datagram over lo comes out of the backlog of the CPU that sent it. */
void probe_flush(int fd)
{
	char byte = 0;

	if (send(fd, &byte, 1, 0) != 1)
		probe_fail("send", "lo");
	wait_readable(fd, "backlog");
	if (recv(fd, &byte, 1, 0) != 1)
		probe_fail("receive", "lo");
}

static void flush_cpu(int cpu, int fd)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		return; /* not ours to use: nothing that the test runs is there either */
	probe_flush(fd);
}

/* It is connected to itself. */
int probe_flush_socket(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, size) ||
	    getsockname(fd, (struct sockaddr *)&at, &size) ||
	    connect(fd, (struct sockaddr *)&at, size))
		probe_fail("socket", "lo");
	return fd;
}

static void flush(int fd)
{
	int cpus = sysconf(_SC_NPROCESSORS_CONF);

	for (int hop = 0; hop < HOPS; hop++) {
		for (int cpu = 0; cpu < cpus; cpu++)
			flush_cpu(cpu, fd);
	}
}

int flush_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	flush(probe_flush_socket());
	return 0;
}

static void send_barrier(int fd, const char *device)
{
	uint8_t frame[60] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, [12] = 0x88, 0xb6 };

	if (send(fd, frame, sizeof(frame), 0) != sizeof(frame))
		probe_fail("send", device);
}

/* From the first netns's device (on the wire) to the second's (an endpoint). */
int barrier_main(int argc, char **argv)
{
	int lo, from, to;

	(void)argc;
	probe_enter(argv[3]);
	to = probe_packet_socket(argv[4], PROBE_BARRIER);
	probe_enter(argv[1]);
	from = probe_packet_socket(argv[2], 0);
	lo = probe_flush_socket();
	flush(lo);
	send_barrier(from, argv[2]);
	wait_readable(to, argv[4]);
	flush(lo);
	return 0;
}
