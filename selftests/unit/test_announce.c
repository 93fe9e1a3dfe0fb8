// SPDX-License-Identifier: BSD-2-Clause
/* The frames that tell the neighbours where an address is: every byte. */
#include "unit.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "announce.h"

#define MAC 0x02, 0x42, 0xc0, 0xa8, 0x0e, 0x0b
#define IP4 192, 168, 14, 11
#define IP6 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x11
#define TAG_50 0x81, 0x00, 0x00, 0x32
#define TAG_4094 0x81, 0x00, 0x0f, 0xfe

static struct state state;
static struct uplink_state *uplink;

static int setup(void **unused)
{
	(void)unused;
	uplink = state_add(&state, "eth0");
	return !uplink;
}

static int teardown(void **unused)
{
	(void)unused;
	state_free(&state);
	return 0;
}

static struct pins_neigh neigh4(__u16 vlan)
{
	return (struct pins_neigh){ .key = { vlan, AF_INET, 0, { IP4 } }, .value.mac = { MAC } };
}

static struct pins_neigh neigh6(__u16 vlan)
{
	return (struct pins_neigh){ .key = { vlan, AF_INET6, 0, { IP6 } }, .value.mac = { MAC } };
}

/* Builds into memory that is just large enough, with a guard behind it. */
static void assert_frame(struct pins_neigh neigh, const unsigned char *to,
			 const unsigned char *expected, size_t length)
{
	unsigned char frame[ANNOUNCE_FRAME + 1];

	memset(frame, 0xee, sizeof(frame));
	assert_int_equal(announce_build(frame, uplink, &neigh, to), length);
	assert_memory_equal(frame, expected, length);
	assert_int_equal(frame[length], 0xee);
}

#define ASSERT_FRAME(neigh, to, ...) \
	do { \
		const unsigned char bytes[] = { __VA_ARGS__ }; \
		assert_frame(neigh, to, bytes, sizeof(bytes)); \
	} while (0)

#define BROADCAST 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
/* RFC 826: Ethernet, IPv4, 6, 4, request; from us, for nobody's hardware. */
#define ARP 0x08, 0x06, 0, 1, 0x08, 0x00, 6, 4, 0, 1, MAC, IP4, 0, 0, 0, 0, 0, 0, IP4

static void gratuitous_arp(void **unused)
{
	(void)unused;
	ASSERT_FRAME(neigh4(0), NULL, BROADCAST, MAC, ARP);
	ASSERT_FRAME(neigh4(50), NULL, BROADCAST, MAC, TAG_50, ARP);
	ASSERT_FRAME(neigh4(4094), NULL, BROADCAST, MAC, TAG_4094, ARP);
}

#define ALL_NODES_MAC 0x33, 0x33, 0, 0, 0, 1
#define ALL_NODES 0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01
/*
 * RFC 8200: version 6, 32 bytes of ICMPv6 (58), hop limit 255. RFC 4861 4.4:
 * type 136, not solicited, override; the target and its link-layer address.
 * The checksum was computed by hand.
 */
#define NA \
	0x86, 0xdd, 0x60, 0, 0, 0, 0, 32, 58, 255, IP6, ALL_NODES, 136, 0, 0x2a, 0x16, 0x20, 0, 0, \
		0, IP6, 2, 1, MAC

static void unsolicited_advertisement(void **unused)
{
	(void)unused;
	ASSERT_FRAME(neigh6(0), NULL, ALL_NODES_MAC, MAC, NA);
	ASSERT_FRAME(neigh6(50), NULL, ALL_NODES_MAC, MAC, TAG_50, NA);
}

#define TO 0x02, 0, 0, 0, 0, 0x85

/* The same in every byte behind the destination: checksums do not cover it. */
static void to_one_station(void **unused)
{
	const unsigned char to[] = { TO };

	(void)unused;
	ASSERT_FRAME(neigh4(0), to, TO, MAC, ARP);
	ASSERT_FRAME(neigh6(50), to, TO, MAC, TAG_50, NA);
}

static void put_fdb(__u16 flags, __u16 vlan)
{
	struct pins_fdb record = { .key.mac = { MAC }, .value = { .flags = flags, .vlan = vlan } };

	assert_int_equal(table_put(&uplink->maps[PINS_FDB], &record), 1);
}

/* What an access port sends is untagged until the egress program has seen it. */
static void of_an_access_port(void **unused)
{
	(void)unused;
	put_fdb(HP_FDB_ACCESS, 50);
	ASSERT_FRAME(neigh4(50), NULL, BROADCAST, MAC, ARP);
	ASSERT_FRAME(neigh6(50), NULL, ALL_NODES_MAC, MAC, NA);
	ASSERT_FRAME(neigh4(60), NULL, BROADCAST, MAC, 0x81, 0x00, 0x00, 0x3c, ARP);
	put_fdb(0, 0);
	ASSERT_FRAME(neigh4(50), NULL, BROADCAST, MAC, TAG_50, ARP);
}

/* A seqpacket socket takes no heed of the address, and is full as a packet socket can be. */
static void a_full_socket_holds_nobody_up(void **unused)
{
	struct pins_neigh neigh = neigh4(50);
	unsigned char frame[ANNOUNCE_FRAME];
	int fds[2], err, sent = 0, received = 0;

	(void)unused;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	alarm(10); /* which ends the test */
	while (!(err = announce_send(fds[0], uplink, &neigh, NULL)))
		sent++;
	alarm(0);
	assert_int_equal(err, -EAGAIN);
	while (recv(fds[1], frame, sizeof(frame), MSG_DONTWAIT) == 46)
		received++;
	assert_true(sent > 0 && received == sent);
	close(fds[0]);
	close(fds[1]);
}

/* RFC 1071, written another way than in the code: by 16-bit words with end-around carry.
 */
static unsigned int sum(unsigned int total, const unsigned char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i += 2) {
		total += bytes[i] * 256U + bytes[i + 1];
		total = total % 65536 + total / 65536;
	}
	return total;
}

/* Addresses of all kinds, so that carries of every size occur. */
static void checksums_hold(void **unused)
{
	unsigned char frame[ANNOUNCE_FRAME];
	unsigned int random = 1;

	(void)unused;
	for (int i = 0; i < 20000; i++) {
		struct pins_neigh neigh = { .key.family = AF_INET6 };
		unsigned int total;

		for (int j = 0; j < 16; j++)
			neigh.key.addr[j] = (random = random * 1103515245 + 12345) / 65536;
		for (int j = 0; j < 6; j++)
			neigh.value.mac[j] = (random = random * 1103515245 + 12345) / 65536;
		assert_int_equal(announce_build(frame, uplink, &neigh, NULL), 86);
		/* Addresses, length and next header of the pseudo header; then ICMPv6. */
		total = sum(32 + 58, frame + 22, 32);
		assert_int_equal(sum(total, frame + 54, 32), 0xffff);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gratuitous_arp),
		cmocka_unit_test(unsolicited_advertisement),
		cmocka_unit_test(to_one_station),
		cmocka_unit_test(of_an_access_port),
		cmocka_unit_test(a_full_socket_holds_nobody_up),
		cmocka_unit_test(checksums_hold),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
