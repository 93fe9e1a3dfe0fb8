/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include "turn.h"

static void on_alarm(int signal)
{
	(void)signal;
}

/* flock() has no deadline, and anybody who is in the netns can hold the lock for ever. */
static int wait_for(int fd)
{
	const struct sigaction interrupt = { .sa_handler = on_alarm };
	struct sigaction former;
	int err;

	sigaction(SIGALRM, &interrupt, &former);
	alarm(TURN_SECONDS);
	err = flock(fd, LOCK_EX) ? -errno : 0;
	alarm(0);
	sigaction(SIGALRM, &former, NULL);
	return err == -EINTR ? -ETIMEDOUT : err;
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
