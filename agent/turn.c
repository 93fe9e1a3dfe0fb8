/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "options.h"
#include "turn.h"

#define PATH 64

static void on_alarm(int signal)
{
	(void)signal;
}

/* flock() itself has no deadline. */
static int lock_in_time(int fd)
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

/*
 * One for each netns, as what is changed is its, and the same for all that are in it,
 * whatever their --run. The netns itself could be locked by anybody in it, for ever.
 */
static int path_of(char path[PATH])
{
	struct stat netns;

	if (stat("/proc/self/ns/net", &netns))
		return -errno;
	snprintf(path, PATH, RUN_DEFAULT "/turn-%llu", (unsigned long long)netns.st_ino);
	return 0;
}

/* Who left last has removed it: then there is another one by now, or none. */
static bool is_there(int fd, const char *path)
{
	struct stat held, there;

	return !fstat(fd, &held) && !stat(path, &there) && held.st_ino == there.st_ino &&
	       held.st_dev == there.st_dev;
}

static int open_and_lock(const char *path, bool wait)
{
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600), err;

	if (fd < 0)
		return -errno;
	if (wait)
		err = lock_in_time(fd);
	else
		err = flock(fd, LOCK_EX | LOCK_NB) ? -errno : 0;
	if (!err)
		return fd;
	close(fd);
	return err;
}

int turn_take(bool wait)
{
	char path[PATH];
	int err = path_of(path), fd;

	if (!err && mkdir(RUN_DEFAULT, 0755) && errno != EEXIST)
		err = -errno;
	if (err)
		return err;
	for (;;) {
		fd = open_and_lock(path, wait);
		if (fd < 0 || is_there(fd, path))
			return fd;
		close(fd);
	}
}

void turn_leave(int turn)
{
	char path[PATH];

	if (turn < 0)
		return;
	if (!path_of(path))
		unlink(path); /* it is ours until it is closed */
	close(turn);
}
