/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>

#include "probe.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	int min, max; /* arguments */
	const char *help;
} commands[] = {
	{ "frames", frames_main, 1, 2, "DEVICE [ETHERTYPE|all]: listen; default 88b5" },
	{ "send", send_main, 4, 301, "DEVICE (DST SRC WORD)...: frames with a word" },
	{ "inject", inject_main, 2, 301, "DEVICE HEX...: frames as they are" },
	{ "word", compose_main, 4, 300,
	  "(DST SRC TYPES-AS-HEX WORD)...: frames as hex, one a line" },
	{ "arp", compose_main, 6, 300, "(OP DST SRC SIP THA TIP)..." },
	{ "ns", compose_main, 4, 300, "(SRC SIP TARGET MAC|-)...: to its solicited-node group" },
	{ "na", compose_main, 4, 300, "(DST SRC SIP TARGET)...: with SRC as its MAC, to ff02::1" },
	{ "ip6", compose_main, 7, 301, "(DST SRC SIP DIP NEXT-HEADER CHECKSUM-AT HEX)..." },
	{ "udp", compose_main, 7, 301, "(DST SRC SIP SPORT DIP DPORT WORD)...: either family" },
	{ "barrier", barrier_main, 4, 4, "NETNS DEVICE NETNS DEVICE: see barrier.c" },
	{ "flush", flush_main, 0, 0, ": wait until every CPU's backlog was worked off" },
	{ "flood", flood_main, 3, 302,
	  "DEVICE COUNT HEX...: that many, or until SIGTERM; prints COUNT MICROSECONDS" },
	{ "until", until_main, 4, 4,
	  "DEVICE NETNS DEVICE HEX: the frame again and again until it is heard there; prints "
	  "when" },
	{ "udp-listen", udp_listen_main, 2, 3, "ADDRESS PORT [GROUP%DEVICE]: listen" },
	{ "udp-send", udp_send_main, 3, 6,
	  "ADDRESS PORT WORD [SIZE [DEVICE [LOOP]]]: the word, filled up to SIZE" },
	{ "tcp-listen", tcp_listen_main, 2, 2, "ADDRESS PORT: one connection; prints BYTES HASH" },
	{ "tcp-send", tcp_send_main, 3, 3, "ADDRESS PORT BYTES: prints BYTES HASH" },
	{ "tap", tap_main, 1, 8,
	  "PATH [HEX]...: send the frames, then listen; the far side of a macvtap" },
	{ "xdp", xdp_main, 1, 1, "DEVICE: prints FEATURES METADATA, see nic.h" },
	{ "rx-vlan", rx_vlan_main, 1, 2, "DEVICE [on|off]: VLAN offload" },
	{ "gso", gso_main, 1, 1, "DEVICE: prints GSO-MAX GSO-IPV4-MAX TSO-MAX" },
	{ "unicast", unicast_main, 1, 1, "DEVICE: the MAC addresses that it receives for" },
	{ "forget", forget_main, 2, 2, "NETNS ADDRESS: removes its neighbour entries" },
	{ "proxies", proxies_main, 1, 1, "DEVICE: listen; arp|- ndp|- at first and at changes" },
	{ "rows", rows_main, 1, 20,
	  "PATH...: of each entry of a map that bpftool dumped (json.c)" },
	{ "reasons", reasons_main, 0, 1,
	  "[NAME]: of a dumped `reasons`: NAME FRAMES where not zero, in alphabetical order; "
	  "FRAMES of one" },
	{ "sum", sum_main, 2, 2, "SLOT PATH: of a per-CPU array that bpftool dumped" },
	{ "bits", bits_main, 0, 0,
	  ": how many are set in the value of an entry that was looked up" },
	{ "names", names_main, 0, 0, ": of all fields of an entry of a dumped map" },
	{ "field", field_main, 1, 1, "PATH: of an object that bpftool showed" },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

void probe_fail(const char *what, const char *object)
{
	fprintf(stderr, "probe: %s: %s: %s\n", object, what, strerror(errno));
	exit(1);
}

static _Noreturn void bad_word(const char *word, const char *want)
{
	fprintf(stderr, "probe: %s: should be %s\n", word, want);
	exit(1);
}

unsigned long probe_number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (end == text || *end)
		bad_word(text, "a number");
	return n;
}

size_t probe_hex(const char *text, uint8_t *bytes, size_t size)
{
	size_t n = 0;

	for (const char *p = text; *p; p += 2, n++) {
		if (n == size || sscanf(p, "%2hhx", &bytes[n]) != 1 || !p[1])
			bad_word(text, "pairs of hex digits");
	}
	return n;
}

void probe_mac(const char *text, uint8_t mac[6])
{
	char end;

	if (sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%c", &mac[0], &mac[1], &mac[2],
		   &mac[3], &mac[4], &mac[5], &end) != 6)
		bad_word(text, "a MAC address");
}

uint64_t probe_hash(uint64_t hash, const void *bytes, size_t length)
{
	const uint8_t *p = bytes;

	while (length--)
		hash = (hash ^ *p++) * 1099511628211ULL;
	return hash;
}

void probe_listen(int fd, probe_take take, void *arg)
{
	struct pollfd fds[2] = { { .fd = fd, .events = POLLIN }, { .events = POLLIN } };
	sigset_t term;

	setvbuf(stdout, NULL, _IOLBF, 0);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	fds[1].fd = signalfd(-1, &term, SFD_CLOEXEC);
	if (fds[1].fd < 0)
		probe_fail("signalfd", "SIGTERM");
	puts("ready");
	do {
		if (poll(fds, 2, -1) < 0)
			probe_fail("poll", "listen");
		while (take(fd, arg))
			;
	} while (!(fds[1].revents & POLLIN));
}

static int usage(void)
{
	fputs("usage: probe COMMAND\n", stderr);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(stderr, "  %s %s\n", commands[i].name, commands[i].help);
	return 2;
}

int main(int argc, char **argv)
{
	int arguments = argc - 2;

	for (size_t i = 0; arguments >= 0 && i < COMMANDS; i++) {
		if (!strcmp(argv[1], commands[i].name) && arguments >= commands[i].min &&
		    arguments <= commands[i].max)
			return commands[i].run(argc - 1, argv + 1);
	}
	return usage();
}
