/* SPDX-License-Identifier: BSD-2-Clause */
/* UDP and TCP as applications use them, IPv4 and IPv6 alike. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe.h"

#define DATAGRAM_MAX 65536

static struct addrinfo *resolve(const char *address, const char *port, int type)
{
	struct addrinfo want = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = type,
	};
	struct addrinfo *found;
	int err = getaddrinfo(address, port, &want, &found);

	if (!err)
		return found;
	fprintf(stderr, "probe: %s %s: %s\n", address, port, gai_strerror(err));
	exit(1);
}

static void set(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)))
		probe_fail("socket option", "socket");
}

static int bound_socket(const char *address, const char *port, int type)
{
	struct addrinfo *at = resolve(address, port, type);
	int fd = socket(at->ai_family, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		probe_fail("socket", address);
	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (bind(fd, at->ai_addr, at->ai_addrlen))
		probe_fail("bind", address);
	freeaddrinfo(at);
	return fd;
}

/* @text is GROUP%DEVICE. */
static void join(int fd, char *text)
{
	char *device = strchr(text, '%');
	struct group_req req = {};
	struct addrinfo *group;

	if (!device)
		probe_fail("no %DEVICE", text);
	*device++ = '\0';
	group = resolve(text, "0", SOCK_DGRAM);
	req.gr_interface = if_nametoindex(device);
	memcpy(&req.gr_group, group->ai_addr, group->ai_addrlen);
	if (setsockopt(fd, group->ai_family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6,
		       MCAST_JOIN_GROUP, &req, sizeof(req)))
		probe_fail("join", text);
	freeaddrinfo(group);
}

static void print_word(const char *data, size_t length)
{
	putchar(' ');
	for (size_t i = 0; i < length && isgraph((unsigned char)data[i]); i++)
		putchar(data[i]);
	putchar('\n');
}

/* FROM LENGTH HASH WORD */
static int take_datagram(int fd, void *arg)
{
	static char data[DATAGRAM_MAX];
	struct sockaddr_storage from;
	socklen_t size = sizeof(from);
	ssize_t n = recvfrom(fd, data, sizeof(data), MSG_DONTWAIT, (struct sockaddr *)&from, &size);
	char host[NI_MAXHOST];

	(void)arg;
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n < 0 || getnameinfo((struct sockaddr *)&from, size, host, sizeof(host), NULL, 0,
				 NI_NUMERICHOST))
		probe_fail("receive", "udp");
	printf("%s %zd %016lx", host, n, probe_hash(PROBE_HASH_START, data, n));
	print_word(data, n);
	return 1;
}

int udp_listen_main(int argc, char **argv)
{
	int fd = bound_socket(argv[1], argv[2], SOCK_DGRAM);

	/* A socket that joined nothing must not hear what another one joined. */
	if (strchr(argv[1], ':'))
		set(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
	else
		set(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
	if (argc > 3)
		join(fd, argv[3]);
	probe_listen(fd, take_datagram, NULL);
	return 0;
}

static void bind_device(int fd, const char *device)
{
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, strlen(device) + 1))
		probe_fail("bind to device", device);
}

/* The word, filled up to the size. Prints LENGTH HASH. */
int udp_send_main(int argc, char **argv)
{
	static char data[DATAGRAM_MAX];
	struct addrinfo *to = resolve(argv[1], argv[2], SOCK_DGRAM);
	size_t length = strlen(argv[3]), size = argc > 4 ? probe_number(argv[4]) : 0;
	int fd = socket(to->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int loop = argc > 6 ? probe_number(argv[6]) : 1;

	if (fd < 0 || length > sizeof(data) || size > sizeof(data))
		probe_fail("socket", argv[1]);
	set(fd, SOL_SOCKET, SO_BROADCAST, 1);
	if (argc > 5)
		bind_device(fd, argv[5]);
	if (to->ai_family == AF_INET)
		set(fd, IPPROTO_IP, IP_MULTICAST_LOOP, loop);
	else
		set(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, loop);
	if (size < length)
		size = length;
	memcpy(data, argv[3], length);
	for (size_t i = length; i < size; i++)
		data[i] = i % 251; /* a prime: no two fragments alike */
	if (sendto(fd, data, size, 0, to->ai_addr, to->ai_addrlen) != (ssize_t)size)
		probe_fail("send", argv[1]);
	printf("%zu %016lx\n", size, probe_hash(PROBE_HASH_START, data, size));
	freeaddrinfo(to);
	return 0;
}

int tcp_listen_main(int argc, char **argv)
{
	int listener = bound_socket(argv[1], argv[2], SOCK_STREAM), fd;
	static char data[1 << 18];
	uint64_t hash = PROBE_HASH_START;
	size_t total = 0;
	ssize_t n;

	(void)argc;
	if (listen(listener, 1))
		probe_fail("listen", argv[1]);
	puts("ready");
	fflush(stdout);
	fd = accept(listener, NULL, NULL);
	while ((n = recv(fd, data, sizeof(data), 0)) > 0) {
		hash = probe_hash(hash, data, n);
		total += n;
	}
	if (n < 0)
		probe_fail("receive", argv[1]);
	printf("%zu %016lx\n", total, hash);
	return 0;
}

static void send_all(int fd, const char *data, size_t length, const char *address)
{
	while (length) {
		ssize_t n = send(fd, data, length, MSG_NOSIGNAL);

		if (n < 0)
			probe_fail("send", address);
		data += n;
		length -= n;
	}
}

int tcp_send_main(int argc, char **argv)
{
	struct addrinfo *to = resolve(argv[1], argv[2], SOCK_STREAM);
	int fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t total = probe_number(argv[3]);
	static char data[1 << 18];
	uint64_t hash = PROBE_HASH_START;

	(void)argc;
	if (fd < 0 || connect(fd, to->ai_addr, to->ai_addrlen))
		probe_fail("connect", argv[1]);
	srandom(1);
	for (size_t left = total, n; left; left -= n) {
		n = left < sizeof(data) ? left : sizeof(data);
		for (size_t i = 0; i < n; i++)
			data[i] = random();
		hash = probe_hash(hash, data, n);
		send_all(fd, data, n, argv[1]);
	}
	close(fd);
	freeaddrinfo(to);
	printf("%zu %016lx\n", total, hash);
	return 0;
}
