/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames as hex, a line each, for `inject` and for comparing with what was heard. Each
 * command takes the words of one frame again and again: to start it takes longer than
 * all the rest, where the tests are emulated.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#include "probe.h"

#define IP6_SIZE sizeof(struct in6_addr)
#define ND_SOLICIT 135	 /* RFC 4861 4.3 */
#define ND_ADVERTISE 136 /* RFC 4861 4.4 */

struct frame {
	uint8_t bytes[ETH_FRAME_LEN];
	size_t length;
};

static void put(struct frame *frame, const void *bytes, size_t length)
{
	if (length > sizeof(frame->bytes) - frame->length) {
		errno = EMSGSIZE;
		probe_fail("compose", "frame");
	}
	memcpy(frame->bytes + frame->length, bytes, length);
	frame->length += length;
}

static void put_mac(struct frame *frame, const char *text)
{
	uint8_t mac[ETH_ALEN];

	probe_mac(text, mac);
	put(frame, mac, sizeof(mac));
}

static void put_ethernet(struct frame *frame, const char *dst, const char *src, uint16_t type)
{
	put_mac(frame, dst);
	put_mac(frame, src);
	type = htons(type);
	put(frame, &type, sizeof(type));
}

static void parse_ip(int family, const char *text, void *ip)
{
	errno = EINVAL;
	if (inet_pton(family, text, ip) != 1)
		probe_fail("no address of that family", text);
}

static void put_ip4(struct frame *frame, const char *text)
{
	struct in_addr ip;

	parse_ip(AF_INET, text, &ip);
	put(frame, &ip, sizeof(ip));
}

static void print(const struct frame *frame)
{
	for (size_t i = 0; i < frame->length; i++)
		printf("%02x", frame->bytes[i]);
	putchar('\n');
}

/* RFC 1071, going on from @sum: network byte order in, and for folded() out. */
static uint32_t add(uint32_t sum, const void *bytes, size_t length)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i < length; i++)
		sum += i % 2 ? p[i] : p[i] << 8;
	return sum;
}

static uint16_t folded(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum & 0xffff);
}

/* ---- a word, behind tags and an EtherType */

static void print_word(char **words)
{
	struct frame frame = {};
	uint8_t types[16];

	put_mac(&frame, words[0]);
	put_mac(&frame, words[1]);
	put(&frame, types, probe_hex(words[2], types, sizeof(types)));
	put(&frame, words[3], strlen(words[3]));
	print(&frame);
}

/* ---- ARP, RFC 826: the sender's Ethernet address is its hardware address */

static void print_arp(char **words)
{
	struct frame frame = {};
	struct arphdr arp = {
		.ar_hrd = htons(ARPHRD_ETHER),
		.ar_pro = htons(ETH_P_IP),
		.ar_hln = ETH_ALEN,
		.ar_pln = sizeof(struct in_addr),
		.ar_op = htons(probe_number(words[0])),
	};

	put_ethernet(&frame, words[1], words[2], ETH_P_ARP);
	put(&frame, &arp, sizeof(arp));
	put_mac(&frame, words[2]);
	put_ip4(&frame, words[3]);
	put_mac(&frame, words[4]);
	put_ip4(&frame, words[5]);
	print(&frame);
}

/* ---- IPv6, RFC 8200 */

struct header6 {
	struct ethhdr eth;
	struct ipv6hdr ip;
} __attribute__((packed));

/* With the checksum of its section 8.1, @at bytes into @payload. */
static void print_ip6(const struct header6 *header, uint8_t *payload, size_t length, size_t at)
{
	struct header6 h = *header;
	struct frame frame = {};
	uint32_t sum = h.ip.nexthdr + length;
	uint16_t check;

	h.eth.h_proto = htons(ETH_P_IPV6);
	h.ip.version = 6;
	h.ip.payload_len = htons(length);
	h.ip.hop_limit = 255;
	sum = add(sum, &h.ip.saddr, IP6_SIZE);
	sum = add(sum, &h.ip.daddr, IP6_SIZE);
	check = folded(add(sum, payload, length));
	memcpy(payload + at, &check, sizeof(check));
	put(&frame, &h, sizeof(h));
	put(&frame, payload, length);
	print(&frame);
}

static void parse_header6(struct header6 *h, char **words, const char *dip)
{
	probe_mac(words[0], h->eth.h_dest);
	probe_mac(words[1], h->eth.h_source);
	parse_ip(AF_INET6, words[2], &h->ip.saddr);
	parse_ip(AF_INET6, dip, &h->ip.daddr);
}

static void print_payload6(char **words)
{
	struct header6 h = {};
	uint8_t payload[ETH_DATA_LEN];
	size_t length = probe_hex(words[6], payload, sizeof(payload));
	size_t at = probe_number(words[5]);

	parse_header6(&h, words, words[3]);
	h.ip.nexthdr = probe_number(words[4]);
	errno = EINVAL;
	if (at + sizeof(uint16_t) > length)
		probe_fail("is behind the end", words[5]);
	print_ip6(&h, payload, length, at);
}

/* To the solicited-node group of what it asks for, RFC 4291 2.7.1 and RFC 2464 7. */
static void to_solicited_node(struct header6 *h, const uint8_t *target)
{
	static const uint8_t group[IP6_SIZE] = { 0xff, 2, [11] = 1, 0xff };
	static const uint8_t mac[ETH_ALEN] = { 0x33, 0x33, 0xff };

	memcpy(&h->ip.daddr, group, IP6_SIZE);
	memcpy((uint8_t *)&h->ip.daddr + 13, target + 13, 3);
	memcpy(h->eth.h_dest, mac, ETH_ALEN);
	memcpy(h->eth.h_dest + 3, target + 13, 3);
}

static void print_nd(uint8_t type, struct header6 *h, const uint8_t *target, const char *mac)
{
	uint8_t message[32] = { type, [4] = type == ND_SOLICIT ? 0 : 0x20 }; /* override */
	size_t length = 24;

	memcpy(message + 8, target, IP6_SIZE);
	if (strcmp(mac, "-") != 0) {
		message[24] =
			type == ND_SOLICIT ? 1 : 2; /* of the source, of the target; 8 bytes */
		message[25] = 1;
		probe_mac(mac, message + 26);
		length = sizeof(message);
	}
	h->ip.nexthdr = IPPROTO_ICMPV6;
	print_ip6(h, message, length, 2);
}

static void print_ns(char **words)
{
	struct header6 h = {};
	uint8_t target[IP6_SIZE];

	parse_ip(AF_INET6, words[2], target);
	probe_mac(words[0], h.eth.h_source);
	parse_ip(AF_INET6, words[1], &h.ip.saddr);
	to_solicited_node(&h, target);
	print_nd(ND_SOLICIT, &h, target, words[3]);
}

static void print_na(char **words)
{
	struct header6 h = {};
	uint8_t target[IP6_SIZE];

	parse_header6(&h, words, "ff02::1");
	parse_ip(AF_INET6, words[3], target);
	print_nd(ND_ADVERTISE, &h, target, words[1]);
}

/*
 * ---- UDP, RFC 768: without its checksum it would be taken for what is in a tunnel
 * (bpf/partial.bpf.h)
 */

static void print_udp4(char **words, struct frame *udp)
{
	struct frame frame = {};
	struct iphdr ip = {
		.version = 4,
		.ihl = 5,
		.tot_len = htons(sizeof(ip) + udp->length),
		.ttl = 64,
		.protocol = IPPROTO_UDP,
	};
	uint32_t sum = IPPROTO_UDP + udp->length;
	uint16_t check;

	parse_ip(AF_INET, words[2], &ip.saddr);
	parse_ip(AF_INET, words[4], &ip.daddr);
	ip.check = folded(add(0, &ip, sizeof(ip)));
	sum = add(sum, &ip.saddr, sizeof(ip.saddr));
	sum = add(sum, &ip.daddr, sizeof(ip.daddr));
	check = folded(add(sum, udp->bytes, udp->length));
	memcpy(udp->bytes + offsetof(struct udphdr, check), &check, sizeof(check));
	put_ethernet(&frame, words[0], words[1], ETH_P_IP);
	put(&frame, &ip, sizeof(ip));
	put(&frame, udp->bytes, udp->length);
	print(&frame);
}

static void print_udp(char **words)
{
	size_t length = strlen(words[6]);
	struct udphdr header = {
		.source = htons(probe_number(words[3])),
		.dest = htons(probe_number(words[5])),
		.len = htons(sizeof(header) + length),
	};
	struct header6 h = { .ip.nexthdr = IPPROTO_UDP };
	struct frame udp = {};

	put(&udp, &header, sizeof(header));
	put(&udp, words[6], length);
	if (!strchr(words[2], ':')) {
		print_udp4(words, &udp);
		return;
	}
	parse_header6(&h, words, words[4]);
	print_ip6(&h, udp.bytes, udp.length, offsetof(struct udphdr, check));
}

static const struct {
	const char *name;
	int words;
	void (*print)(char **words);
} kinds[] = {
	{ "word", 4, print_word }, { "arp", 6, print_arp },	 { "ns", 4, print_ns },
	{ "na", 4, print_na },	   { "ip6", 7, print_payload6 }, { "udp", 7, print_udp },
};

int compose_main(int argc, char **argv)
{
	size_t kind = 0;

	while (strcmp(kinds[kind].name, argv[0]) != 0)
		kind++;
	errno = EINVAL;
	if ((argc - 1) % kinds[kind].words)
		probe_fail("words are missing", argv[0]);
	for (int i = 1; i < argc; i += kinds[kind].words)
		kinds[kind].print(&argv[i]);
	return 0;
}
