/* SPDX-License-Identifier: BSD-2-Clause */
/* The same frames again and again: many, or until one is heard. */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "probe.h"

#define FRAMES_MAX 300
#define BURST 32 /* what every queue holds: a veth's ring has 256, the backlog 1,000 */
#define AGAIN_MS 1

struct frame {
	size_t length;
	uint8_t bytes[ETH_FRAME_LEN];
};

static void read_frame(struct frame *frame, const char *hex)
{
	frame->length = probe_hex(hex, frame->bytes, sizeof(frame->bytes));
	if (frame->length < sizeof(struct ethhdr))
		probe_fail("no frame", hex);
}

/* A frame that tc drops on its way out is told to the sender, and counts as sent. */
static void send_frame(int fd, const char *device, const struct frame *frame)
{
	if (send(fd, frame->bytes, frame->length, 0) != (ssize_t)frame->length && errno != ENOBUFS)
		probe_fail("send", device);
}

static uint64_t microseconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
}

/*
 * Backlogs are by CPU, and the ring of a veth is worked off by one of those that fill it: on
 * one CPU, the same for all who flood, a burst can wait until the former is worked off.
 */
static void stay_on_first_cpu(void)
{
	cpu_set_t allowed, first;
	int cpu = 0;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		probe_fail("which CPUs", "flood");
	while (!CPU_ISSET(cpu, &allowed))
		cpu++;
	CPU_ZERO(&first);
	CPU_SET(cpu, &first);
	if (sched_setaffinity(0, sizeof(first), &first))
		probe_fail("stay on a CPU", "flood");
}

/* SIGTERM is blocked, so that it interrupts nothing. */
static int is_ended(void)
{
	sigset_t pending;

	sigpending(&pending);
	return sigismember(&pending, SIGTERM);
}

/*
 * COUNT frames, these ones in turn, or as many as there is time for until
 * SIGTERM; as fast as they are worked off: none is lost for want of a place in a
 * queue, if nobody sends on another CPU meanwhile. Prints how many, and in how many microseconds.
 */
int flood_main(int argc, char **argv)
{
	static struct frame frames[FRAMES_MAX];
	unsigned long count = probe_number(argv[2]), n;
	int fd = probe_packet_socket(argv[1], 0), lo = probe_flush_socket(), different = argc - 3;
	uint64_t begin;
	sigset_t term;

	for (int i = 0; i < different; i++)
		read_frame(&frames[i], argv[3 + i]);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	stay_on_first_cpu();
	begin = microseconds();
	for (n = 0; n < count && (n % BURST || !is_ended()); n++) {
		if (n % BURST == 0)
			probe_flush(lo);
		send_frame(fd, argv[1], &frames[n % different]);
	}
	probe_flush(lo);
	printf("%lu %llu\n", n, (unsigned long long)(microseconds() - begin));
	return 0;
}

/* Whether the payload of @frame was among what came in; its destination may be another one. */
static int is_heard(int fd, const struct frame *frame)
{
	uint8_t got[ETH_FRAME_LEN];
	struct sockaddr_ll from = {};
	int heard = 0;

	for (;;) {
		socklen_t size = sizeof(from);
		ssize_t n = recvfrom(fd, got, sizeof(got), MSG_DONTWAIT, (struct sockaddr *)&from,
				     &size);

		if (n < 0 && errno == EAGAIN)
			return heard;
		if (n < 0)
			probe_fail("receive", "packet socket");
		if (from.sll_pkttype != PACKET_OTHERHOST && n >= (ssize_t)frame->length &&
		    !memcmp(got + ETH_ALEN, frame->bytes + ETH_ALEN, frame->length - ETH_ALEN))
			heard = 1;
	}
}

/*
 * DEVICE NETNS DEVICE HEX: sends the frame again and again until it is heard
 * on that other device. Prints when that was, in microseconds since 1970.
 */
int until_main(int argc, char **argv)
{
	int fd = probe_packet_socket(argv[1], 0), far;
	uint64_t deadline = microseconds() + PROBE_DEADLINE_MS * 1000;
	struct frame frame;
	struct pollfd p;

	(void)argc;
	read_frame(&frame, argv[4]);
	probe_enter(argv[2]);
	far = probe_packet_socket(argv[3], frame.bytes[12] << 8 | frame.bytes[13]);
	p = (struct pollfd){ .fd = far, .events = POLLIN };
	puts("ready");
	fflush(stdout);
	while (microseconds() < deadline) {
		send_frame(fd, argv[1], &frame);
		if (poll(&p, 1, AGAIN_MS) < 0)
			probe_fail("poll", argv[3]);
		if (!is_heard(far, &frame))
			continue;
		printf("%llu\n", (unsigned long long)microseconds());
		return 0;
	}
	errno = ETIMEDOUT;
	probe_fail("nothing was heard", argv[3]);
}
