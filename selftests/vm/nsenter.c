/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nsenter --net=FILE COMMAND...: what the tests use of nsenter(1), linked
 * statically. They start it for every other command, and under emulation the
 * dynamic linker takes longer than all the rest of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define OPTION "--net="

int main(int argc, char **argv)
{
	int fd;

	if (argc < 3 || strncmp(argv[1], OPTION, strlen(OPTION)) != 0) {
		fputs("usage: nsenter --net=FILE COMMAND...\n", stderr);
		return 2;
	}
	fd = open(argv[1] + strlen(OPTION), O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET)) {
		fprintf(stderr, "nsenter: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	execvp(argv[2], argv + 2);
	fprintf(stderr, "nsenter: %s: %s\n", argv[2], strerror(errno));
	return errno == ENOENT ? 127 : 126;
}
