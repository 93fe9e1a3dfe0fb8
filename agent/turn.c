/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "turn.h"

#define POLL_MS 10
#define POLLS (TURN_SECONDS * 1000 / POLL_MS)

/* flock() has no deadline, and anybody who is in the netns can hold the lock for ever. */
static int wait_for(int fd)
{
	const struct timespec pause = { .tv_nsec = POLL_MS * 1000000 };

	for (int i = 0; flock(fd, LOCK_EX | LOCK_NB); i++) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (i == POLLS)
			return -ETIMEDOUT;
		nanosleep(&pause, NULL);
	}
	return 0;
}

/* A lock of the netns, as what is changed is its; the kernel frees it with the process. */
int turn_take(bool wait)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	if (wait)
		err = wait_for(fd);
	else
		err = flock(fd, LOCK_EX | LOCK_NB) ? -errno : 0;
	if (!err)
		return fd;
	close(fd);
	return err;
}
