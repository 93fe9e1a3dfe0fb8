/* SPDX-License-Identifier: BSD-2-Clause */
/* The other side of a macvtap: what a virtual machine would be. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_tun.h>
#include <net/if.h>

#include "probe.h"

/* The frame in hex. */
static int take_frame(int fd, void *arg)
{
	uint8_t frame[ETH_FRAME_LEN];
	ssize_t n = read(fd, frame, sizeof(frame));

	(void)arg;
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n < 0)
		probe_fail("read", "tap");
	for (ssize_t i = 0; i < n; i++)
		printf("%02x", frame[i]);
	putchar('\n');
	return 1;
}

static void send_frame(int fd, const char *hex)
{
	uint8_t frame[ETH_FRAME_LEN];
	size_t n = probe_hex(hex, frame, sizeof(frame));

	if (write(fd, frame, n) != (ssize_t)n)
		probe_fail("write", "tap");
}

/* Opening the path again makes a second queue, and frames are spread over the queues. */
int tap_main(int argc, char **argv)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open(argv[1], O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		probe_fail("open", argv[1]);
	if (ioctl(fd, TUNSETIFF, &ifr)) /* without the virtio header */
		probe_fail("TUNSETIFF", argv[1]);
	for (int i = 2; i < argc; i++)
		send_frame(fd, argv[i]);
	probe_listen(fd, take_frame, NULL);
	return 0;
}
