// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <unistd.h>

#include "liveness.h"

static int read_lock(int fd, struct daemon_state *state)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_GETLK, &lock))
		return -errno;
	state->running = lock.l_type != F_UNLCK;
	state->pid = state->running && lock.l_pid > 0 ? lock.l_pid : 0;
	return 0;
}

int daemon_read(const char *run, struct daemon_state *state)
{
	char path[PATH_MAX];
	int fd, err, n;

	*state = (struct daemon_state){};
	n = snprintf(path, sizeof(path), "%s/hairpind.pid", run);
	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	err = read_lock(fd, state);
	close(fd);
	return err;
}

int softnet_parse(FILE *f, uint64_t *dropped)
{
	char line[512];

	*dropped = 0;
	while (fgets(line, sizeof(line), f)) {
		uint64_t cpu;

		if (sscanf(line, "%*x %" SCNx64, &cpu) != 1)
			return -EPROTO;
		*dropped += cpu;
	}
	return ferror(f) ? -EIO : 0;
}

int softnet_read(uint64_t *dropped)
{
	FILE *f = fopen(SOFTNET_STAT, "re");
	int err;

	if (!f)
		return -errno;
	err = softnet_parse(f, dropped);
	fclose(f);
	return err;
}
