/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Builds Ethernet frames from the outside in. Each call appends one layer:
 *
 *     frame_eth(&f, broadcast, host);
 *     frame_tag(&f, ETH_P_8021Q, 50);
 *     frame_arp(&f, ARPOP_REQUEST, host, "192.168.14.133", "192.168.14.11");
 *
 * A layer that carries another protocol begins with its own EtherType, so
 * frame_eth() alone is not a frame yet. Lengths and checksums are right, and
 * addresses are text. What is returned points into the frame and may be edited,
 * to build what is wrong.
 */
#ifndef SELFTESTS_PROG_FRAME_H
#define SELFTESTS_PROG_FRAME_H

#include <netinet/if_ether.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip6.h>
#include <stdbool.h>

#include <linux/types.h>

#define FRAME_MAX 9216

struct frame {
	size_t len;
	__u8 data[FRAME_MAX] __attribute__((aligned(4)));
};

struct frame_ns {
	struct ip6_hdr ip;
	struct nd_neighbor_solicit ns;
	__u8 option[8]; /* source link-layer address */
} __attribute__((packed));

/* Starts the frame over: the two addresses. */
void frame_eth(struct frame *f, const __u8 *dst, const __u8 *src);
void frame_tag(struct frame *f, __u16 tpid, __u16 tci);
void frame_type(struct frame *f, __u16 ethertype);
void frame_bytes(struct frame *f, const void *bytes, size_t len);
/* Zeros up to @len bytes in all; nothing if it is that long already. */
void frame_pad(struct frame *f, size_t len);

struct ether_arp *frame_arp(struct frame *f, __u16 op, const __u8 *sha, const char *sip,
			    const char *tip);
struct frame_ns *frame_ns(struct frame *f, const __u8 *sha, const char *src, const char *target);
void frame_udp4(struct frame *f, const char *src, const char *dst, __u16 port, size_t payload);
void frame_udp6(struct frame *f, const char *src, const char *dst, __u16 port, size_t payload);

/* Moves the outermost tag out of the frame; false if there is none. */
bool frame_take_tag(struct frame *f, __u16 *tpid, __u16 *tci);
void frame_insert_tag(struct frame *f, __u16 tpid, __u16 tci);

bool frame_equal(const struct frame *a, const struct frame *b);
void frame_print(const char *title, const struct frame *f); /* as hex, with print_error() */

#endif
