/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "frame.h"

#define ADDRESSES (2 * ETH_ALEN)
#define TAG_LEN 4

/* Zeros for the next layer. Overrunning FRAME_MAX is a bug of the test. */
static void *append(struct frame *f, size_t len)
{
	void *at = f->data + f->len;

	assert_true(len <= FRAME_MAX - f->len);
	memset(at, 0, len);
	f->len += len;
	return at;
}

static void text_to_address(int family, const char *text, void *address)
{
	assert_int_equal(inet_pton(family, text, address), 1);
}

/* RFC 1071, over big-endian words; @sum carries a pseudo header. */
static __u16 checksum(__u32 sum, const void *data, size_t len)
{
	const __u8 *p = data;

	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? p[i] : p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

/* The pseudo header's share: both addresses (side by side), protocol, length. */
static __u32 pseudo(const void *addresses, size_t len, __u8 proto, size_t payload)
{
	return (__u16)~ntohs(checksum(0, addresses, len)) + proto + payload;
}

void frame_eth(struct frame *f, const __u8 *dst, const __u8 *src)
{
	f->len = 0;
	frame_bytes(f, dst, ETH_ALEN);
	frame_bytes(f, src, ETH_ALEN);
}

void frame_type(struct frame *f, __u16 ethertype)
{
	__be16 type = htons(ethertype);

	frame_bytes(f, &type, sizeof(type));
}

void frame_tag(struct frame *f, __u16 tpid, __u16 tci)
{
	frame_type(f, tpid);
	frame_type(f, tci);
}

void frame_bytes(struct frame *f, const void *bytes, size_t len)
{
	memcpy(append(f, len), bytes, len);
}

void frame_pad(struct frame *f, size_t len)
{
	if (len > f->len)
		append(f, len - f->len);
}

struct ether_arp *frame_arp(struct frame *f, __u16 op, const __u8 *sha, const char *sip,
			    const char *tip)
{
	struct ether_arp *arp;

	frame_type(f, ETH_P_ARP);
	arp = append(f, sizeof(*arp));
	arp->arp_hrd = htons(ARPHRD_ETHER);
	arp->arp_pro = htons(ETH_P_IP);
	arp->arp_hln = ETH_ALEN;
	arp->arp_pln = sizeof(arp->arp_tpa);
	arp->arp_op = htons(op);
	memcpy(arp->arp_sha, sha, ETH_ALEN);
	text_to_address(AF_INET, sip, arp->arp_spa);
	text_to_address(AF_INET, tip, arp->arp_tpa);
	return arp;
}

static struct ip6_hdr *append_ip6(struct frame *f, const char *src, const char *dst, __u8 next,
				  __u8 hops, size_t payload)
{
	struct ip6_hdr *ip;

	frame_type(f, ETH_P_IPV6);
	ip = append(f, sizeof(*ip));
	ip->ip6_vfc = 6 << 4;
	ip->ip6_plen = htons(payload);
	ip->ip6_nxt = next;
	ip->ip6_hlim = hops;
	text_to_address(AF_INET6, src, &ip->ip6_src);
	text_to_address(AF_INET6, dst, &ip->ip6_dst);
	return ip;
}

/* To the solicited-node group of @target, RFC 4291 2.7.1. */
struct frame_ns *frame_ns(struct frame *f, const __u8 *sha, const char *src, const char *target)
{
	const size_t payload = sizeof(struct frame_ns) - sizeof(struct ip6_hdr);
	struct frame_ns *ns =
		(void *)append_ip6(f, src, "ff02::1:ff00:0", IPPROTO_ICMPV6, 255, payload);

	append(f, payload);
	ns->ns.nd_ns_type = ND_NEIGHBOR_SOLICIT;
	text_to_address(AF_INET6, target, &ns->ns.nd_ns_target);
	memcpy(&ns->ip.ip6_dst.s6_addr[13], &ns->ns.nd_ns_target.s6_addr[13], 3);
	ns->option[0] = ND_OPT_SOURCE_LINKADDR;
	ns->option[1] = 1;
	memcpy(ns->option + 2, sha, ETH_ALEN);
	ns->ns.nd_ns_cksum =
		checksum(pseudo(&ns->ip.ip6_src, 32, IPPROTO_ICMPV6, payload), &ns->ns, payload);
	return ns;
}

static struct udphdr *append_udp(struct frame *f, __u16 port, size_t payload)
{
	struct udphdr *udp = append(f, sizeof(*udp) + payload);
	__u8 *byte = (__u8 *)(udp + 1);

	udp->source = udp->dest = htons(port);
	udp->len = htons(sizeof(*udp) + payload);
	for (size_t i = 0; i < payload; i++)
		byte[i] = i;
	return udp;
}

void frame_udp4(struct frame *f, const char *src, const char *dst, __u16 port, size_t payload)
{
	const size_t len = sizeof(struct udphdr) + payload;
	struct udphdr *udp;
	struct iphdr *ip;

	frame_type(f, ETH_P_IP);
	ip = append(f, sizeof(*ip));
	ip->version = 4;
	ip->ihl = sizeof(*ip) / 4;
	ip->tot_len = htons(sizeof(*ip) + len);
	ip->ttl = 64;
	ip->protocol = IPPROTO_UDP;
	text_to_address(AF_INET, src, &ip->saddr);
	text_to_address(AF_INET, dst, &ip->daddr);
	ip->check = checksum(0, ip, sizeof(*ip));
	udp = append_udp(f, port, payload);
	udp->check = checksum(pseudo(&ip->saddr, 8, IPPROTO_UDP, len), udp, len);
}

void frame_udp6(struct frame *f, const char *src, const char *dst, __u16 port, size_t payload)
{
	const size_t len = sizeof(struct udphdr) + payload;
	struct ip6_hdr *ip = append_ip6(f, src, dst, IPPROTO_UDP, 255, len);
	struct udphdr *udp = append_udp(f, port, payload);

	udp->check = checksum(pseudo(&ip->ip6_src, 32, IPPROTO_UDP, len), udp, len);
}

static __u16 read_be16(const __u8 *p)
{
	return p[0] << 8 | p[1];
}

bool frame_take_tag(struct frame *f, __u16 *tpid, __u16 *tci)
{
	__u8 *tag = f->data + ADDRESSES;

	if (f->len < ADDRESSES + TAG_LEN)
		return false;
	*tpid = read_be16(tag);
	*tci = read_be16(tag + 2);
	if (*tpid != ETH_P_8021Q && *tpid != ETH_P_8021AD)
		return false;
	f->len -= TAG_LEN;
	memmove(tag, tag + TAG_LEN, f->len - ADDRESSES);
	return true;
}

void frame_insert_tag(struct frame *f, __u16 tpid, __u16 tci)
{
	struct frame old = *f;

	f->len = ADDRESSES;
	frame_tag(f, tpid, tci);
	frame_bytes(f, old.data + ADDRESSES, old.len - ADDRESSES);
}

bool frame_equal(const struct frame *a, const struct frame *b)
{
	return a->len == b->len && !memcmp(a->data, b->data, a->len);
}

void frame_print(const char *title, const struct frame *f)
{
	char hex[3 * FRAME_MAX + 1] = "";

	for (size_t i = 0; i < f->len; i++)
		sprintf(hex + 3 * i, "%02x ", f->data[i]);
	print_error("%s, %zu bytes: %s\n", title, f->len, hex);
}
