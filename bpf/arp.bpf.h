/* SPDX-License-Identifier: GPL-2.0-only */
/* ARP for IPv4 on Ethernet, RFC 826. */
#ifndef HAIRPIN_ARP_BPF_H
#define HAIRPIN_ARP_BPF_H

#include <linux/if_ether.h>
#include <linux/types.h>

/* <linux/if_arp.h> and <sys/socket.h> cannot be included here: they drag in libc. */
#define HP_ARPHRD_ETHER 1
#define HP_ARPOP_REQUEST 1
#define HP_AF_INET 2
#define HP_AF_INET6 10

struct hp_arp {
	__be16 hrd;
	__be16 pro;
	__u8 hln;
	__u8 pln;
	__be16 op;
	__u8 sha[ETH_ALEN];
	__u8 sip[4];
	__u8 tha[ETH_ALEN];
	__u8 tip[4];
} __attribute__((packed));

#endif
