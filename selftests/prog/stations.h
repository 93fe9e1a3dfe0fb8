/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cast of the tests: one station of every kind, in two segments.
 *
 * The segments are VLAN 0 and VLAN 50. Both hold the same MACs, with other
 * endpoint ids, and the same IP addresses, with other owners: a program that
 * mixes them up counts on the wrong id or steers to the wrong MAC.
 *
 * In a third, VLAN 70, there are the host and ipvlan endpoints with its MAC.
 */
#ifndef SELFTESTS_PROG_STATIONS_H
#define SELFTESTS_PROG_STATIONS_H

#include "frame.h"
#include "hairpin/abi.h"

#define VLAN_A 0
#define VLAN_B 50
#define VLAN_C 70

enum station {
	NOBODY, /* has a MAC, and is not in the fdb */
	HOST,
	BRIDGE,
	BRIDGE_2,
	VEPA,
	VEPA_2,
	PRIVATE,
	PRIVATE_2,
	SOURCE,
	SOURCE_2,
	/* the host's own devices: HP_FDB_HOST_STACK */
	SHIM_BRIDGE,
	SHIM_VEPA,
	SHIM_PRIVATE,
	SHIM_SOURCE,
	MACS, /* so many with one of their own */
	/* ipvlan endpoints: in VLAN_C alone */
	IPVLAN = MACS,
	IPVLAN_2,
	IPVLAN_VEPA,
	IPVLAN_PRIVATE,
	IPVLAN_SHIM, /* the host's own */
	/* XDP endpoints, which have ports: ports.h puts them where they are wanted */
	PORT_1,
	PORT_2,
	PORT_PRIVATE,
	PORT_SHIM, /* the host's own */
	STATIONS,
};

#define STATION_IDS (3 * STATIONS)

extern const __u16 station_vlans[STATION_IDS / STATIONS];

const char *station_name(enum station s);
const __u8 *station_mac(enum station s);
struct hp_fdb station_fdb(enum station s, __u16 vlan); /* not for NOBODY */
__u32 station_id(enum station s, __u16 vlan);

/* How a frame says which segment it is on. */
struct encap {
	const char *name;
	__u16 vlan;
	bool metadata; /* the outer tag is in the skb, not in the payload */
	struct {
		__u16 tpid; /* 0: none */
		__u16 tci;
	} tag[2];
};

extern const struct encap encaps[];
extern const size_t encap_count;
extern const struct encap *const encap_untagged;

size_t encap_header(const struct encap *e); /* bytes up to the inner EtherType, included */

/* Addresses, and who owns each in either segment. */
#define HOST_IP "192.168.14.133"
#define FREE_IP "192.168.14.99"
#define HOST_IP6 "fd00::133"
#define FREE_IP6 "fd00::99"
#define IP "192.168.14.11" /* BRIDGE in VLAN_A, VEPA in VLAN_B */
#define IP6 "fd00::11"

struct address {
	const char *text;
	__u8 family;
	enum station owner[3]; /* by station_vlans */
};

extern const struct address addresses[];
extern const size_t address_count;
enum station address_owner(const char *text, __u16 vlan); /* NOBODY: not known */

/* Everything that these tests send: what stands behind the addresses and tags. */
struct kind {
	const char *name;
	void (*payload)(struct frame *f, const struct kind *kind, const __u8 *src);
	const char *address; /* what it asks for, or NULL */
	__u8 dst[ETH_ALEN];  /* zero: unicast, the test says to whom */
	bool question;	     /* an ARP request or NS that may be steered */
	bool reserved;	     /* to 01-80-C2-00-00-0X */
};

extern const struct kind group_kinds[];
extern const size_t group_kind_count;
extern const struct kind unicast_kinds[];
extern const size_t unicast_kind_count;

/* One of them by name. */
const struct kind *kind_named(const char *name);

void station_frame(struct frame *f, const struct encap *e, const struct kind *kind, const __u8 *dst,
		   const __u8 *src);

#endif
