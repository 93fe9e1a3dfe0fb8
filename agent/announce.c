/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/ip6.h>

#include "announce.h"

struct frame {
	unsigned char *bytes;
	size_t length;
};

static void put(struct frame *f, const void *bytes, size_t length)
{
	memcpy(f->bytes + f->length, bytes, length);
	f->length += length;
}

static void put16(struct frame *f, uint16_t host_order)
{
	uint16_t value = htons(host_order);

	put(f, &value, sizeof(value));
}

static void put_ethernet(struct frame *f, const unsigned char *dst, const struct pins_neigh *neigh,
			 uint16_t proto)
{
	put(f, dst, ETH_ALEN);
	put(f, neigh->value.mac, ETH_ALEN);
	if (neigh->key.vlan) {
		put16(f, ETH_P_8021Q);
		put16(f, neigh->key.vlan);
	}
	put16(f, proto);
}

static void build_arp(struct frame *f, const struct pins_neigh *neigh, const unsigned char *to)
{
	static const unsigned char broadcast[ETH_ALEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	struct ether_arp arp = {
		.ea_hdr = { .ar_hrd = htons(ARPHRD_ETHER),
			    .ar_pro = htons(ETH_P_IP),
			    .ar_hln = ETH_ALEN,
			    .ar_pln = 4,
			    .ar_op = htons(ARPOP_REQUEST) },
	};

	memcpy(arp.arp_sha, neigh->value.mac, ETH_ALEN);
	memcpy(arp.arp_spa, neigh->key.addr, 4);
	memcpy(arp.arp_tpa, neigh->key.addr, 4);
	put_ethernet(f, to ? to : broadcast, neigh, ETH_P_ARP);
	put(f, &arp, sizeof(arp));
}

struct advertisement {
	struct ip6_hdr ip;
	struct nd_neighbor_advert na;
	struct nd_opt_hdr option;
	unsigned char mac[ETH_ALEN];
} __attribute__((packed));

/* RFC 1071 over @length (even) bytes. */
static uint32_t sum16(uint32_t sum, const void *bytes, size_t length)
{
	const unsigned char *b = bytes;

	for (size_t i = 0; i < length; i += 2)
		sum += b[i] << 8 | b[i + 1];
	return sum;
}

/* With the pseudo header of RFC 8200, 8.1. */
static uint16_t icmp6_checksum(const struct advertisement *a)
{
	const size_t length = sizeof(*a) - sizeof(a->ip);
	uint32_t sum = length + IPPROTO_ICMPV6;

	sum = sum16(sum, &a->ip.ip6_src, sizeof(a->ip.ip6_src));
	sum = sum16(sum, &a->ip.ip6_dst, sizeof(a->ip.ip6_dst));
	sum = sum16(sum, &a->na, length);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum & 0xffff);
}

static void build_na(struct frame *f, const struct pins_neigh *neigh, const unsigned char *to)
{
	static const unsigned char all_nodes[ETH_ALEN] = { 0x33, 0x33, 0, 0, 0, 1 };
	struct advertisement a = {
		.ip = { .ip6_dst = { { { 0xff, 2, [15] = 1 } } } },
		.na.nd_na_hdr = { .icmp6_type = ND_NEIGHBOR_ADVERT },
		.option = { .nd_opt_type = ND_OPT_TARGET_LINKADDR, .nd_opt_len = 1 },
	};

	a.ip.ip6_flow = htonl(6U << 28);
	a.ip.ip6_plen = htons(sizeof(a) - sizeof(a.ip));
	a.ip.ip6_nxt = IPPROTO_ICMPV6;
	a.ip.ip6_hlim = 255;
	a.na.nd_na_flags_reserved = ND_NA_FLAG_OVERRIDE;
	memcpy(&a.ip.ip6_src, neigh->key.addr, 16);
	memcpy(&a.na.nd_na_target, neigh->key.addr, 16);
	memcpy(a.mac, neigh->value.mac, ETH_ALEN);
	a.na.nd_na_cksum = icmp6_checksum(&a);
	put_ethernet(f, to ? to : all_nodes, neigh, ETH_P_IPV6);
	put(f, &a, sizeof(a));
}

/*
 * The egress program gives the frames of an access port their tag, and drops those
 * that have one.
 */
static bool is_access(const struct uplink_state *uplink, const struct pins_neigh *neigh)
{
	const struct pins_fdb *bare;
	struct hp_fdb_key key = {};

	memcpy(key.mac, neigh->value.mac, sizeof(key.mac));
	bare = table_find(&uplink->maps[PINS_FDB], &key);
	return bare && bare->value.flags & HP_FDB_ACCESS && bare->value.vlan == neigh->key.vlan;
}

size_t announce_build(unsigned char frame[ANNOUNCE_FRAME], const struct uplink_state *uplink,
		      const struct pins_neigh *neigh, const unsigned char *to)
{
	struct pins_neigh sent = *neigh;
	struct frame f = { frame, 0 };

	if (is_access(uplink, neigh))
		sent.key.vlan = 0;
	if (neigh->key.family == AF_INET)
		build_arp(&f, &sent, to);
	else
		build_na(&f, &sent, to);
	return f.length;
}

int announce_open(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0); /* 0: never receives */

	return fd < 0 ? -errno : fd;
}

int announce_send(int fd, const struct uplink_state *uplink, const struct pins_neigh *neigh,
		  const unsigned char *to)
{
	struct sockaddr_ll out = { .sll_family = AF_PACKET, .sll_ifindex = uplink->ifindex };
	unsigned char frame[ANNOUNCE_FRAME];
	size_t length = announce_build(frame, uplink, neigh, to);

	return sendto(fd, frame, length, MSG_DONTWAIT, (struct sockaddr *)&out, sizeof(out)) < 0
		       ? -errno
		       : 0;
}
