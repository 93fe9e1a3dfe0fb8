/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * hairpin map ABI: the contract between the BPF programs, hairpind and every
 * reader of the pinned maps. Data only.
 *
 * WHERE
 *
 *   One directory of pins per uplink, by default
 *
 *       /sys/fs/bpf/hairpin/<uplink>/
 *           meta alive segments members fdb neigh               maps, below
 *           endpoints ports devices stats reasons storm filter
 *           egress ingress xdp port port_xdp                    the programs
 *           egress_link ingress_link                            only with tcx
 *           xdp_link                                            only with XDP
 *
 *   bpffs reserves '.' in names, and a device name cannot hold ':', so the
 *   directory of eth0.50 is named eth0:50.
 *
 * WHO WRITES, WHO READS
 *
 *   hairpind is the only writer of meta, alive, segments, members, fdb, neigh,
 *   filter, endpoints, ports and devices. The programs only read those, add to
 *   stats and reasons, and keep storm for themselves. Root may read everything
 *   at any time, also while hairpind is not running: the maps keep describing
 *   what the programs do. All maps but devices carry BTF.
 *
 * WHEN IT DOES NOT FIT
 *
 *   The hashes hold HP_MAX_ENTRIES, ports and devices HP_MAX_PORTS. hairpind
 *   says so when one is full; the stations that did not fit are then served as
 *   if hairpin were not there, and nothing is withheld on their segments.
 *   stats has one slot per endpoint id; when the ids outgrow it, hairpind
 *   builds a larger set, fills it and swaps the programs over to it.
 *
 * VERSION
 *
 *   Every change of a layout here raises HP_ABI. A reader compares it with
 *   meta[0].abi and refuses what it does not know. hairpind replaces a set of
 *   another version the same way as one that became too small.
 *
 * UNITS AND BYTE ORDER
 *
 *   VLAN ids are in host byte order, 0 is untagged. MAC and IP addresses are
 *   bytes in network order; an IPv4 address stands in the first 4 bytes of
 *   addr[16], the rest is zero. Padding is zero, in keys always.
 */
#ifndef HAIRPIN_ABI_H
#define HAIRPIN_ABI_H

#include <linux/types.h>

#define HP_ABI 6

#define HP_MAX_ENTRIES 65536
#define HP_MAX_SEGMENTS 4096 /* one per VLAN id */
#define HP_MAX_PORTS 16384

/* One byte each, so that BTF shows the name and not a number. */
enum hp_kind {
	HP_KIND_NONE = 0,
	HP_KIND_HOST = 1, /* the uplink, or a VLAN device on it, as a station */
	HP_KIND_MACVLAN = 2,
	HP_KIND_MACVTAP = 3,
	HP_KIND_IPVLAN = 4, /* ipvlan or ipvtap: has the MAC of its parent */
	HP_KIND_XDP = 5,    /* a veth, whose end on the host, its port, only the programs serve */
} __attribute__((packed));

/*
 * The mode of a macvlan or macvtap; of an ipvlan in l2 mode, its flag: bridge,
 * vepa or private. Appended to, never renumbered.
 */
enum hp_mode {
	HP_MODE_NONE = 0, /* the host */
	HP_MODE_BRIDGE = 1,
	HP_MODE_VEPA = 2,
	HP_MODE_PRIVATE = 3,
	HP_MODE_PASSTHRU = 4,
	HP_MODE_SOURCE = 5,
	HP_MODE_L3 = 6,	 /* ipvlan: the host routes for it */
	HP_MODE_L3S = 7, /* the same, through the host's netfilter */
} __attribute__((packed));

/* How the programs sit on the uplink. */
enum hp_hook {
	HP_HOOK_NONE = 0,
	HP_HOOK_TCX = 1,    /* bpf_link, Linux 6.6 and later */
	HP_HOOK_CLSACT = 2, /* tc filter in direct-action mode */
} __attribute__((packed));

/* What the configuration asks for. */
enum hp_xdp_want {
	HP_XDP_WANT_AUTO = 0, /* native, where the driver reports it; but for veth */
	HP_XDP_WANT_OFF = 1,
	HP_XDP_WANT_NATIVE = 2,
	HP_XDP_WANT_GENERIC = 3,
} __attribute__((packed));

/* What there is. */
enum hp_xdp {
	HP_XDP_NONE = 0, /* tc ingress does the work */
	HP_XDP_NATIVE = 1,
	HP_XDP_GENERIC = 2,
} __attribute__((packed));

/* Why there is no XDP, or none in the driver. */
enum hp_no_xdp {
	HP_NO_XDP_NONE = 0,    /* there is what was wanted */
	HP_NO_XDP_OFF = 1,     /* the configuration says so */
	HP_NO_XDP_DRIVER = 2,  /* the driver reports none, or the kernel cannot tell (before 6.3) */
	HP_NO_XDP_TAGS = 3,    /* VLAN tags would be hidden from it */
	HP_NO_XDP_BUSY = 4,    /* somebody else's program is there */
	HP_NO_XDP_REFUSED = 5, /* by the driver or the kernel: meta's xdp_errno says how */
	HP_NO_XDP_VETH = 6,    /* it would slow down what comes over a veth: only if asked for */
} __attribute__((packed));

/* Why packets over 64 KB (BIG TCP) are not made, or over IPv6 alone. */
enum hp_no_gso {
	HP_NO_GSO_NONE = 0,   /* there is what was wanted */
	HP_NO_GSO_KERNEL = 1, /* it has none (before 5.19) */
	HP_NO_GSO_DEVICE = 2, /* more than the device's tso_max_size */
	HP_NO_GSO_TAP = 3,    /* whoever reads a tap need not be ready for them */
	HP_NO_GSO_XDP = 4, /* generic XDP copies what is turned round, into one piece before 6.9 */
	HP_NO_GSO_STACK = 5, /* a VLAN device between would cut up what goes to the wire */
	HP_NO_GSO_PORT = 6,  /* the other end of an XDP endpoint would cut them up */
	HP_NO_GSO_IPV4 = 7,  /* only over IPv6: the kernel has none for IPv4 (before 6.3) */
} __attribute__((packed));

/* What the programs on a device have to respect. */
#define HP_DEVICE_VLANS 0x01   /* there are VLAN devices on it, or over an endpoint */
#define HP_DEVICE_VIRTUAL 0x02 /* rx-vlan-offload puts no tag into the frame */
#define HP_DEVICE_VETH 0x04    /* XDP costs its other end segmentation offload */
/* Endpoints on it belong to a VLAN without a VLAN device: access ports. */
#define HP_DEVICE_ACCESS 0x08
#define HP_DEVICE_PORTS 0x10 /* there are XDP endpoints */
/* Endpoints on it are in a VLAN of which no VLAN device told a NIC's filter. */
#define HP_DEVICE_UNFILTERED 0x20

/* Settings of an uplink, in .rodata of the programs and in meta. */
struct hp_settings {
	__u8 reflect; /* 1: hairpin between VEPA endpoints */
	__u8 steer;   /* 1: questions for an address go to its owner alone */
	enum hp_xdp_want xdp;
	__u8 device; /* HP_DEVICE_* */
	__u32 storm; /* group frames a second, 0: no limit; HP_STORM_* share it */
	/*
	 * gso_max_size of the uplink and of the devices of stations that are up, where
	 * they had HP_GSO_DEFAULT, which they are given back; 0: not touched.
	 */
	__u32 gso;
	enum hp_no_gso no_gso;
	__u8 pad[3];
};

#define HP_GSO_DEFAULT 65536 /* what every device begins with */

/*
 * meta: array of one. What this set of pins is. All up to own_clsact is fixed
 * for ever, so that any version can take the place of any other.
 */
struct hp_meta {
	__u32 abi;	 /* HP_ABI of the writer */
	__u32 ifindex;	 /* of the uplink, in the netns that hairpind serves */
	__u64 netns_ino; /* inode of that netns */
	enum hp_hook hook;
	__u8 own_clsact; /* 1: hairpind made the clsact qdisc, and removes it */
	__u8 pad[6];
	__u64 build; /* which build's programs are in place: equal or not, nothing more */
	struct hp_settings settings;
	enum hp_xdp xdp;
	enum hp_no_xdp no_xdp;
	__u8 nic; /* HP_NIC_* */
	__u8 pad2;
	__s32 xdp_errno;
};

#define HP_NIC_RX_VLAN 0x01 /* hairpind turned rx-vlan-offload off, and puts it back */
/* The same of gso_max_size and gso_ipv4_max_size of the uplink itself: HP_GSO_DEFAULT. */
#define HP_NIC_GSO_IPV6 0x02
#define HP_NIC_GSO_IPV4 0x04
#define HP_NIC_RX_VLAN_FILTER 0x08 /* ... rx-vlan-filter */
#define HP_NIC_FILTERS_VLANS 0x10  /* ... which is on, in the way, and stays on */
#define HP_NIC_GSO (HP_NIC_GSO_IPV6 | HP_NIC_GSO_IPV4)

/*
 * alive: array of one, mmapable. Whether hairpind runs: rules that withhold a
 * frame from anybody hold only while it does, since what they know would get
 * old. It holds a robust mutex of the C library in there; when it ends, in
 * whatever way, the kernel takes its thread id out of the first word.
 */
#define HP_ALIVE_OWNER 0x3fffffff /* FUTEX_TID_MASK: not 0 while hairpind lives */

struct hp_alive {
	__u32 owner;
	__u8 mutex[60];
};

/*
 * segments: array by VLAN id, of HP_SEGMENT_SERVED where there are endpoints
 * which are up, and on an uplink with access ports where there is a VLAN
 * device, in whatever netns; the other entries are zero. What a program must
 * know of a broadcast domain before it copies a frame.
 */
#define HP_SEGMENT_VEPA 0x0001 /* at least one endpoint is in VEPA mode */
#define HP_SEGMENT_HOST 0x0002 /* host_mac is valid: the host has a station */
/* All MACs of the segment are in fdb: a unicast frame to any other is foreign. */
#define HP_SEGMENT_CLOSED 0x0004
/* All addresses of its endpoints are in neigh, of either family. */
#define HP_SEGMENT_KNOWN_IPV4 0x0008
#define HP_SEGMENT_KNOWN_IPV6 0x0010
/* The host answers for addresses that no device has (proxy_arp, proxy_ndp, AnyIP). */
#define HP_SEGMENT_PROXY_IPV4 0x0020
#define HP_SEGMENT_PROXY_IPV6 0x0040
/*
 * The kernel must not flood its group frames among the endpoints on the bare
 * uplink, which are of several VLANs: each of `members` gets a copy.
 */
#define HP_SEGMENT_LISTED 0x0080
#define HP_SEGMENT_SERVED 0x0100 /* the entry is in use */
/*
 * The host's device is the port of a bridge, behind which anybody may be, and no macvlan
 * or ipvlan is on it; or it is not the host's, but in another netns. What it sends to a
 * group is not given back to it: a bridge would learn the source there. It gets what
 * endpoints send to a group, or to a MAC that nobody is known to have.
 */
#define HP_SEGMENT_BRIDGED 0x0200

struct hp_segment {
	__u32 host; /* endpoint id of the host's station; 0 where no endpoint is */
	__u16 flags;
	__u8 host_mac[6];
	__u16 members; /* how many entries of `members` */
	__u16 pad;
};

/*
 * members: hash. Who gets a copy of a group frame of the segment, counted from
 * 0: XDP endpoints, and on a listed segment all endpoints on the bare uplink.
 */
struct hp_member_key {
	__u16 vlan;
	__u16 index;
};

struct hp_member {
	__u8 mac[6];
	__u16 flags; /* HP_FDB_UNTAGGED */
};

/* fdb: hash. Which station has this MAC on this segment: the hot path. */
struct hp_fdb_key {
	__u16 vlan;
	__u8 mac[6];
} __attribute__((aligned(4)));

/*
 * The device belongs to the host's own network stack (a shim, a VMAC): what
 * it sends to everybody must not be heard by the host again.
 */
#define HP_FDB_HOST_STACK 0x0001
/*
 * The host's MAC is that of ipvlan endpoints as well: who is meant, or who
 * sent, stands in neigh under the frame's IP address.
 */
#define HP_FDB_SHARED 0x0002
/*
 * Under VLAN 0: no station of that, but an access port of VLAN `vlan`. Untagged
 * frames from this MAC belong there, and tagged ones are not its to send.
 */
#define HP_FDB_ACCESS 0x0004
/* Under its VLAN, an access port or an XDP endpoint: it is given frames without their tag. */
#define HP_FDB_UNTAGGED 0x0008

struct hp_fdb {
	__u32 endpoint;
	enum hp_kind kind;
	enum hp_mode mode;
	__u16 flags;
	__u16 vlan; /* of HP_FDB_ACCESS */
	__u16 pad;
	__u32 port; /* of an XDP endpoint: ifindex of its end on the host; else 0 */
};

/*
 * neigh: hash. Which station owns this IP address on this segment. Under
 * HP_VLAN_ANY are all IPv4 addresses of the host, without a MAC: it answers
 * for each on every device.
 */
#define HP_VLAN_ANY 0xffff

struct hp_neigh_key {
	__u16 vlan;
	__u8 family; /* AF_INET or AF_INET6 */
	__u8 pad;
	__u8 addr[16];
} __attribute__((aligned(4)));

#define HP_NEIGH_TENTATIVE 0x01 /* IPv6 duplicate address detection runs */
#define HP_NEIGH_SHARED 0x02	/* more than one may have it: not steered */
#define HP_NEIGH_ELSEWHERE 0x04 /* its netns has it, on another device */

struct hp_neigh {
	__u32 endpoint;
	__u8 mac[6];
	enum hp_kind kind;
	enum hp_mode mode; /* of ipvlan, which has no fdb entry of its own; else none */
	__u16 fdb_flags;   /* HP_FDB_*, likewise */
	__u8 flags;
	__u8 pad;
};

/*
 * filter: array of one, mmapable. Whether a key is in fdb or neigh: not, if its
 * bit is 0. That spares the programs most looks for what is not there, which
 * is most of what comes from the wire in a storm, at a tenth of the time.
 *
 *	hash = 0
 *	for each 32-bit word of the key, in host order, the last one first:
 *		hash = (hash + word) * HP_FILTER_FACTOR		in 64 bits
 *	bit = hash >> (64 - HP_FILTER_SHIFT)
 *
 * A bit is set before its entry is made; that of an entry which is gone may
 * stay for a while. One bit in a hundred is set with 1,000 endpoints.
 */
#define HP_FILTER_SHIFT 19
#define HP_FILTER_FACTOR 0x9e3779b97f4a7c15ULL /* 2^64 / golden ratio */

struct hp_filter {
	__u64 words[(1 << HP_FILTER_SHIFT) / 64];
};

/*
 * endpoints: hash by endpoint id (__u32, from 1). The record for people, of
 * hosts' stations and endpoints, also of those that are down.
 */
#define HP_ENDPOINT_UP 0x0001
#define HP_ENDPOINT_HOST_STACK 0x0002 /* as HP_FDB_HOST_STACK */
#define HP_ENDPOINT_ACCESS 0x0004     /* access port of its VLAN */
#define HP_ENDPOINT_NO_ACCESS 0x0008  /* it should be, but its mode or place is not fit for it */
#define HP_ENDPOINT_TAKEN 0x0010      /* its MAC is another station's: it is not served */
#define HP_ENDPOINT_SETTLED 0x0020    /* has been up: marked stays as it is */

struct hp_endpoint {
	__u64 netns_ino;  /* 0: not found */
	__u64 first_seen; /* nanoseconds since 1970 */
	__u32 ifindex;	  /* of the device, in its netns */
	__s32 nsid;	  /* of that netns as hairpind sees it, -1: its own */
	__u16 vlan;
	__u8 mac[6];
	enum hp_kind kind;
	enum hp_mode mode;
	__u16 flags;
	__u16 marked; /* access port of this VLAN, as who made it wanted; 0: no */
	__u16 pad;
	char ifname[16];    /* in its netns */
	char parent[16];    /* the device that it sits on; the uplink or a VLAN device */
	char netns[64];	    /* `ip netns` name, container id, or pid/comm */
	char name[32];	    /* NAME of `hairpin endpoint add`; "": not made by us */
	__u64 netns_cookie; /* SO_NETNS_COOKIE, unlike the inode never given again; 0: not known */
};

/*
 * ports: hash by ifindex (__u32). The ends on the host of XDP endpoints: to what
 * segment belongs what comes in there.
 */
#define HP_PORT_XDP 0x0001    /* the other end has native XDP, so the port has a program, too */
#define HP_PORT_SHUT 0x0002   /* the endpoint is not served: what it sends is dropped */
#define HP_PORT_UNDONE 0x0004 /* hairpind is about to do what the entry says */

struct hp_port {
	__u32 endpoint;
	__u16 vlan;
	__u8 mac[6]; /* of the endpoint: the uplink is to receive frames for it */
	__u16 flags;
	__u16 pad;
};

/*
 * devices: devmap_hash, the ifindex of each port to itself. Those to which XDP can
 * redirect: veth takes such frames while its other end has GRO on, or XDP.
 */

/*
 * stats: per-CPU array by endpoint id. From the endpoint's point of view, and
 * by who is at the other end. rx counts unicast; a frame to a group address
 * counts once, in tx.wire of its sender.
 */
struct hp_counter {
	__u64 packets; /* a GSO frame counts as the packets that it will become */
	__u64 bytes;   /* Ethernet header and payload; a GSO frame's headers count once */
};

struct hp_paths {
	struct hp_counter host;
	struct hp_counter wire;
	struct hp_counter peer; /* another endpoint of the same uplink */
};

struct hp_stats {
	struct hp_paths rx;
	struct hp_paths tx;
};

/* reasons: per-CPU array of struct hp_counter by enum hp_reason (reasons.h). */

/*
 * storm: array of __u64, token buckets: the time (CLOCK_MONOTONIC, ns) at which
 * one is full again. Each class has a share of settings.storm of its own, and
 * each endpoint its own buckets for what it sends, at HP_STORM_CLASSES * id +
 * class; the wire has those of id 0, which is nobody's.
 */
#define HP_STORM_WIRE 0

enum hp_storm_class {
	HP_STORM_OTHER = 0, /* half */
	HP_STORM_ARP = 1,   /* a quarter */
	HP_STORM_ND = 2,    /* an eighth */
	HP_STORM_DHCP = 3,  /* an eighth; DHCPv4 and v6 */
	HP_STORM_CLASSES = 4,
};

#define HP_ASSERT_SIZE(type, size) \
	_Static_assert(sizeof(type) == (size), #type " changed size: raise HP_ABI")
#define HP_ASSERT_AT(type, field, at) \
	_Static_assert(__builtin_offsetof(type, field) == (at), \
		       #type "." #field " moved: raise HP_ABI")

HP_ASSERT_SIZE(enum hp_kind, 1);
HP_ASSERT_SIZE(enum hp_mode, 1);
HP_ASSERT_SIZE(enum hp_hook, 1);
HP_ASSERT_SIZE(enum hp_xdp_want, 1);
HP_ASSERT_SIZE(enum hp_xdp, 1);
HP_ASSERT_SIZE(enum hp_no_xdp, 1);
HP_ASSERT_SIZE(enum hp_no_gso, 1);
HP_ASSERT_SIZE(struct hp_settings, 16);
HP_ASSERT_AT(struct hp_settings, reflect, 0);
HP_ASSERT_AT(struct hp_settings, xdp, 2);
HP_ASSERT_AT(struct hp_settings, storm, 4);
HP_ASSERT_AT(struct hp_settings, gso, 8);
HP_ASSERT_AT(struct hp_settings, no_gso, 12);
HP_ASSERT_SIZE(struct hp_alive, 64);
HP_ASSERT_SIZE(struct hp_meta, 56);
HP_ASSERT_AT(struct hp_meta, abi, 0);
HP_ASSERT_AT(struct hp_meta, ifindex, 4);
HP_ASSERT_AT(struct hp_meta, netns_ino, 8);
HP_ASSERT_AT(struct hp_meta, hook, 16);
HP_ASSERT_AT(struct hp_meta, own_clsact, 17);
HP_ASSERT_AT(struct hp_meta, build, 24);
HP_ASSERT_AT(struct hp_meta, settings, 32);
HP_ASSERT_AT(struct hp_meta, xdp, 48);
HP_ASSERT_AT(struct hp_meta, xdp_errno, 52);
HP_ASSERT_SIZE(struct hp_segment, 16);
HP_ASSERT_AT(struct hp_segment, host, 0);
HP_ASSERT_AT(struct hp_segment, flags, 4);
HP_ASSERT_AT(struct hp_segment, host_mac, 6);
HP_ASSERT_AT(struct hp_segment, members, 12);
HP_ASSERT_SIZE(struct hp_member_key, 4);
HP_ASSERT_SIZE(struct hp_member, 8);
HP_ASSERT_SIZE(struct hp_fdb_key, 8);
HP_ASSERT_AT(struct hp_fdb_key, mac, 2);
HP_ASSERT_SIZE(struct hp_fdb, 16);
HP_ASSERT_AT(struct hp_fdb, kind, 4);
HP_ASSERT_AT(struct hp_fdb, mode, 5);
HP_ASSERT_AT(struct hp_fdb, flags, 6);
HP_ASSERT_AT(struct hp_fdb, vlan, 8);
HP_ASSERT_AT(struct hp_fdb, port, 12);
HP_ASSERT_SIZE(struct hp_port, 16);
HP_ASSERT_AT(struct hp_port, vlan, 4);
HP_ASSERT_AT(struct hp_port, mac, 6);
HP_ASSERT_SIZE(struct hp_neigh_key, 20);
HP_ASSERT_AT(struct hp_neigh_key, family, 2);
HP_ASSERT_AT(struct hp_neigh_key, addr, 4);
HP_ASSERT_SIZE(struct hp_neigh, 16);
HP_ASSERT_AT(struct hp_neigh, mac, 4);
HP_ASSERT_AT(struct hp_neigh, kind, 10);
HP_ASSERT_AT(struct hp_neigh, mode, 11);
HP_ASSERT_AT(struct hp_neigh, fdb_flags, 12);
HP_ASSERT_AT(struct hp_neigh, flags, 14);
HP_ASSERT_SIZE(struct hp_filter, 65536);
HP_ASSERT_SIZE(struct hp_endpoint, 176);
HP_ASSERT_AT(struct hp_endpoint, first_seen, 8);
HP_ASSERT_AT(struct hp_endpoint, ifindex, 16);
HP_ASSERT_AT(struct hp_endpoint, nsid, 20);
HP_ASSERT_AT(struct hp_endpoint, vlan, 24);
HP_ASSERT_AT(struct hp_endpoint, mac, 26);
HP_ASSERT_AT(struct hp_endpoint, kind, 32);
HP_ASSERT_AT(struct hp_endpoint, mode, 33);
HP_ASSERT_AT(struct hp_endpoint, flags, 34);
HP_ASSERT_AT(struct hp_endpoint, ifname, 40);
HP_ASSERT_AT(struct hp_endpoint, parent, 56);
HP_ASSERT_AT(struct hp_endpoint, netns, 72);
HP_ASSERT_AT(struct hp_endpoint, name, 136);
HP_ASSERT_AT(struct hp_endpoint, netns_cookie, 168);
HP_ASSERT_SIZE(struct hp_counter, 16);
HP_ASSERT_SIZE(struct hp_stats, 96);
HP_ASSERT_AT(struct hp_stats, tx, 48);
HP_ASSERT_AT(struct hp_paths, wire, 16);
HP_ASSERT_AT(struct hp_paths, peer, 32);

#endif
