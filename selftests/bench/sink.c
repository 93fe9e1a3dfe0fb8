/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sink PORT: reads what comes to a UDP port, as fast as one CPU can, until it is
 * killed. How much that was stands in the kernel's counters.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define BATCH 64
#define BUFFER (8 << 20)

int main(int argc, char **argv)
{
	static char data[BATCH][64];
	struct sockaddr_in at = { .sin_family = AF_INET };
	struct mmsghdr messages[BATCH] = {};
	struct iovec iov[BATCH];
	int fd = socket(AF_INET, SOCK_DGRAM, 0), size = BUFFER;

	if (argc != 2) {
		fputs("usage: sink PORT\n", stderr);
		return 2;
	}
	at.sin_port = htons(atoi(argv[1]));
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at))) {
		perror("sink");
		return 1;
	}
	for (int i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){ .iov_base = data[i], .iov_len = sizeof(data[i]) };
		messages[i].msg_hdr.msg_iov = &iov[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	while (recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL) > 0)
		;
	perror("sink");
	return 1;
}
