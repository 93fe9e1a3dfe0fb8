/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lock.h"
#include "netns.h"
#include "options.h"

/* The netns itself could be locked by anybody in it, for ever. */
int lock_path(char path[LOCK_PATH], const char *name)
{
	uint64_t ino = netns_own_ino();

	if (!ino || (mkdir(RUN_DEFAULT, 0755) && errno != EEXIST))
		return -errno;
	snprintf(path, LOCK_PATH, RUN_DEFAULT "/%s-%" PRIu64, name, ino);
	return 0;
}

static void on_alarm(int signal)
{
	(void)signal;
}

/* flock() itself has no deadline. */
static int lock_in_time(int fd, unsigned int seconds)
{
	const struct sigaction interrupt = { .sa_handler = on_alarm };
	struct sigaction former;
	int err;

	sigaction(SIGALRM, &interrupt, &former);
	alarm(seconds);
	err = flock(fd, LOCK_EX) ? -errno : 0;
	alarm(0);
	sigaction(SIGALRM, &former, NULL);
	return err == -EINTR ? -ETIMEDOUT : err;
}

/* Who left last has removed it: then there is another one by now, or none. */
static bool is_there(int fd, const char *path)
{
	struct stat held, there;

	return !fstat(fd, &held) && !stat(path, &there) && held.st_ino == there.st_ino &&
	       held.st_dev == there.st_dev;
}

static int open_and_lock(const char *path, unsigned int seconds)
{
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600), err;

	if (fd < 0)
		return -errno;
	if (seconds)
		err = lock_in_time(fd, seconds);
	else
		err = flock(fd, LOCK_EX | LOCK_NB) ? -errno : 0;
	if (!err)
		return fd;
	close(fd);
	return err;
}

int lock_take(const char *path, unsigned int seconds)
{
	int fd;

	for (;;) {
		fd = open_and_lock(path, seconds);
		if (fd < 0 || is_there(fd, path))
			return fd;
		close(fd);
	}
}

void lock_leave(const char *path, int lock)
{
	if (is_there(lock, path))
		unlink(path);
	close(lock);
}
