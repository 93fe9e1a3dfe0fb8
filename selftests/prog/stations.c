/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include <net/if_arp.h>

#include "stations.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *name;
	__u8 mac[ETH_ALEN];
	enum hp_kind kind;
	enum hp_mode mode;
	__u16 flags;
} stations[STATIONS] = {
	[NOBODY] = { "unknown", { 2, 0, 0, 0, 0, 0x99 }, HP_KIND_NONE, HP_MODE_NONE, 0 },
	[HOST] = { "host", { 2, 0, 0, 0, 1, 0x33 }, HP_KIND_HOST, HP_MODE_NONE, 0 },
	[BRIDGE] = { "bridge", { 2, 0, 0, 0, 0, 0x11 }, HP_KIND_MACVLAN, HP_MODE_BRIDGE, 0 },
	[BRIDGE_2] = { "bridge-2", { 2, 0, 0, 0, 0, 0x12 }, HP_KIND_MACVTAP, HP_MODE_BRIDGE, 0 },
	[VEPA] = { "vepa", { 2, 0, 0, 0, 0, 0x13 }, HP_KIND_MACVLAN, HP_MODE_VEPA, 0 },
	[VEPA_2] = { "vepa-2", { 2, 0, 0, 0, 0, 0x14 }, HP_KIND_MACVTAP, HP_MODE_VEPA, 0 },
	[PRIVATE] = { "private", { 2, 0, 0, 0, 0, 0x15 }, HP_KIND_MACVLAN, HP_MODE_PRIVATE, 0 },
	[PRIVATE_2] = { "private-2", { 2, 0, 0, 0, 0, 0x16 }, HP_KIND_MACVTAP, HP_MODE_PRIVATE, 0 },
	[SOURCE] = { "source", { 2, 0, 0, 0, 0, 0x17 }, HP_KIND_MACVLAN, HP_MODE_SOURCE, 0 },
	[SOURCE_2] = { "source-2", { 2, 0, 0, 0, 0, 0x18 }, HP_KIND_MACVTAP, HP_MODE_SOURCE, 0 },
	[SHIM_BRIDGE] = { "shim (bridge)",
			  { 2, 0, 0, 0, 0, 0x21 },
			  HP_KIND_MACVLAN,
			  HP_MODE_BRIDGE,
			  HP_FDB_HOST_STACK },
	[SHIM_VEPA] = { "shim (vepa)",
			{ 2, 0, 0, 0, 0, 0x22 },
			HP_KIND_MACVLAN,
			HP_MODE_VEPA,
			HP_FDB_HOST_STACK },
	[SHIM_PRIVATE] = { "shim (private)",
			   { 2, 0, 0, 0, 0, 0x23 },
			   HP_KIND_MACVLAN,
			   HP_MODE_PRIVATE,
			   HP_FDB_HOST_STACK },
	[SHIM_SOURCE] = { "shim (source)",
			  { 2, 0, 0, 0, 0, 0x24 },
			  HP_KIND_MACVLAN,
			  HP_MODE_SOURCE,
			  HP_FDB_HOST_STACK },
#define HOST_MAC \
	{ \
		2, 0, 0, 0, 1, 0x33 \
	}
	[IPVLAN] = { "ipvlan", HOST_MAC, HP_KIND_IPVLAN, HP_MODE_BRIDGE, 0 },
	[IPVLAN_2] = { "ipvlan-2", HOST_MAC, HP_KIND_IPVLAN, HP_MODE_BRIDGE, 0 },
	[IPVLAN_VEPA] = { "ipvlan (vepa)", HOST_MAC, HP_KIND_IPVLAN, HP_MODE_VEPA, 0 },
	[IPVLAN_PRIVATE] = { "ipvlan (private)", HOST_MAC, HP_KIND_IPVLAN, HP_MODE_PRIVATE, 0 },
	[IPVLAN_SHIM] = { "ipvlan (shim)", HOST_MAC, HP_KIND_IPVLAN, HP_MODE_BRIDGE,
			  HP_FDB_HOST_STACK },
	[PORT_1] = { "xdp", { 2, 0, 0, 0, 0, 0x31 }, HP_KIND_XDP, HP_MODE_BRIDGE, 0 },
	[PORT_2] = { "xdp-2", { 2, 0, 0, 0, 0, 0x32 }, HP_KIND_XDP, HP_MODE_BRIDGE, 0 },
	[PORT_PRIVATE] = { "xdp (private)",
			   { 2, 0, 0, 0, 0, 0x33 },
			   HP_KIND_XDP,
			   HP_MODE_PRIVATE,
			   0 },
	[PORT_SHIM] = { "xdp (shim)",
			{ 2, 0, 0, 0, 0, 0x34 },
			HP_KIND_XDP,
			HP_MODE_BRIDGE,
			HP_FDB_HOST_STACK },
};

const __u16 station_vlans[] = { VLAN_A, VLAN_B, VLAN_C };

/* Tests of other VLANs count on nobody: any will do. */
static size_t vlan_index(__u16 vlan)
{
	return vlan == VLAN_B ? 1 : vlan == VLAN_C ? 2 : 0;
}

const char *station_name(enum station s)
{
	return stations[s].name;
}

const __u8 *station_mac(enum station s)
{
	return stations[s].mac;
}

/* Slot 0 stays free: endpoint ids begin with 1. */
__u32 station_id(enum station s, __u16 vlan)
{
	return s + vlan_index(vlan) * STATIONS;
}

struct hp_fdb station_fdb(enum station s, __u16 vlan)
{
	return (struct hp_fdb){
		.endpoint = station_id(s, vlan),
		.kind = stations[s].kind,
		.mode = stations[s].mode,
		.flags = stations[s].flags | (s == HOST && vlan == VLAN_C ? HP_FDB_SHARED : 0),
	};
}

const struct encap encaps[] = {
	{ "untagged", VLAN_A, false, {} },
	{ "802.1Q in the payload", VLAN_B, false, { { ETH_P_8021Q, VLAN_B } } },
	{ "802.1ad in the payload", VLAN_B, false, { { ETH_P_8021AD, VLAN_B } } },
	{ "802.1Q in the metadata", VLAN_B, true, { { ETH_P_8021Q, VLAN_B } } },
	{ "802.1ad in the metadata", VLAN_B, true, { { ETH_P_8021AD, VLAN_B } } },
	{ "VID with PCP and DEI, payload", VLAN_B, false, { { ETH_P_8021Q, 0xf000 | VLAN_B } } },
	{ "VID with PCP and DEI, metadata", VLAN_B, true, { { ETH_P_8021Q, 0xf000 | VLAN_B } } },
	{ "priority tag in the payload", VLAN_A, false, { { ETH_P_8021Q, 0xa000 } } },
	{ "priority tag in the metadata", VLAN_A, true, { { ETH_P_8021Q, 0xa000 } } },
	{ "all-zero tag in the payload", VLAN_A, false, { { ETH_P_8021Q, 0 } } },
	{ "all-zero tag in the metadata", VLAN_A, true, { { ETH_P_8021Q, 0 } } },
	{ "QinQ in the payload", VLAN_B, false, { { ETH_P_8021AD, VLAN_B }, { ETH_P_8021Q, 60 } } },
	{ "QinQ, outer in the metadata",
	  VLAN_B,
	  true,
	  { { ETH_P_8021AD, VLAN_B }, { ETH_P_8021Q, 60 } } },
};
const size_t encap_count = ARRAY_SIZE(encaps);
const struct encap *const encap_untagged = &encaps[0];

size_t encap_header(const struct encap *e)
{
	return ETH_HLEN + (e->tag[0].tpid ? 4 : 0) + (e->tag[1].tpid ? 4 : 0);
}

/* One address for every kind of owner, and owners change places in VLAN_B. */
const struct address addresses[] = {
	{ HOST_IP, AF_INET, { HOST, HOST, HOST } },
	{ IP, AF_INET, { BRIDGE, VEPA, NOBODY } },
	{ "192.168.14.12", AF_INET, { VEPA, PRIVATE, NOBODY } },
	{ "192.168.14.13", AF_INET, { PRIVATE, SOURCE, NOBODY } },
	{ "192.168.14.14", AF_INET, { SOURCE, BRIDGE, NOBODY } },
	{ HOST_IP6, AF_INET6, { HOST, HOST, HOST } },
	{ IP6, AF_INET6, { BRIDGE, VEPA, NOBODY } },
	{ "fd00::12", AF_INET6, { VEPA, PRIVATE, NOBODY } },
	{ "fe80::13", AF_INET6, { PRIVATE, SOURCE, NOBODY } },
	{ "fe80::14", AF_INET6, { SOURCE, BRIDGE, NOBODY } },
	{ "192.168.14.21", AF_INET, { NOBODY, NOBODY, IPVLAN } },
	{ "192.168.14.22", AF_INET, { NOBODY, NOBODY, IPVLAN_2 } },
	{ "192.168.14.23", AF_INET, { NOBODY, NOBODY, IPVLAN_VEPA } },
	{ "192.168.14.24", AF_INET, { NOBODY, NOBODY, IPVLAN_PRIVATE } },
	{ "192.168.14.25", AF_INET, { NOBODY, NOBODY, IPVLAN_SHIM } },
	{ "fd00::21", AF_INET6, { NOBODY, NOBODY, IPVLAN } },
	{ "fd00::22", AF_INET6, { NOBODY, NOBODY, IPVLAN_2 } },
	{ "fd00::23", AF_INET6, { NOBODY, NOBODY, IPVLAN_VEPA } },
	{ "fd00::24", AF_INET6, { NOBODY, NOBODY, IPVLAN_PRIVATE } },
	{ "fd00::25", AF_INET6, { NOBODY, NOBODY, IPVLAN_SHIM } },
};
const size_t address_count = ARRAY_SIZE(addresses);

enum station address_owner(const char *text, __u16 vlan)
{
	for (size_t i = 0; i < address_count; i++) {
		if (!strcmp(addresses[i].text, text))
			return addresses[i].owner[vlan_index(vlan)];
	}
	return NOBODY;
}

static void arp_request(struct frame *f, const struct kind *kind, const __u8 *src)
{
	frame_arp(f, ARPOP_REQUEST, src, HOST_IP, kind->address);
}

static void arp_padded(struct frame *f, const struct kind *kind, const __u8 *src)
{
	arp_request(f, kind, src);
	frame_pad(f, f->len + 18);
}

static void arp_probe(struct frame *f, const struct kind *kind, const __u8 *src)
{
	frame_arp(f, ARPOP_REQUEST, src, "0.0.0.0", kind->address);
}

static void arp_reply(struct frame *f, const struct kind *kind, const __u8 *src)
{
	frame_arp(f, ARPOP_REPLY, src, HOST_IP, kind->address);
}

static void ns(struct frame *f, const struct kind *kind, const __u8 *src)
{
	frame_ns(f, src, HOST_IP6, kind->address);
}

static void mdns(struct frame *f, const struct kind *kind, const __u8 *src)
{
	(void)kind;
	(void)src;
	frame_udp4(f, HOST_IP, "224.0.0.251", 5353, 40);
}

static void mdns6(struct frame *f, const struct kind *kind, const __u8 *src)
{
	(void)kind;
	(void)src;
	frame_udp6(f, HOST_IP6, "ff02::fb", 5353, 40);
}

static void dhcp(struct frame *f, const struct kind *kind, const __u8 *src)
{
	(void)kind;
	(void)src;
	frame_udp4(f, "0.0.0.0", "255.255.255.255", 67, 240);
}

static void udp(struct frame *f, const struct kind *kind, const __u8 *src)
{
	(void)kind;
	(void)src;
	frame_udp4(f, HOST_IP, "192.168.14.11", 4000, 64);
}

static void udp6(struct frame *f, const struct kind *kind, const __u8 *src)
{
	(void)kind;
	(void)src;
	frame_udp6(f, HOST_IP6, "fd00::11", 4000, 64);
}

static const __u8 lldpdu[] = { 2, 7,   4,   2,	 0, 0, 0, 1,   0x33, 4, 4,
			       3, 'l', 'o', '0', 6, 2, 0, 120, 0,    0 };

static void lldp(struct frame *f, const struct kind *kind, const __u8 *src)
{
	(void)kind;
	(void)src;
	frame_type(f, 0x88cc);
	frame_bytes(f, lldpdu, sizeof(lldpdu));
}

/* An 802.3 length in place of an EtherType, then LLC. */
static void bpdu(struct frame *f, const struct kind *kind, const __u8 *src)
{
	(void)kind;
	(void)src;
	frame_type(f, 38);
	frame_bytes(f, "\x42\x42\x03", 3);
	frame_pad(f, f->len + 35);
}

#define BROADCAST \
	{ \
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff \
	}
#define RESERVED(last) \
	{ \
		0x01, 0x80, 0xc2, 0x00, 0x00, last \
	}

const struct kind group_kinds[] = {
	{ "ARP request for .11", arp_request, "192.168.14.11", BROADCAST, true, false },
	{ "ARP request for .12", arp_request, "192.168.14.12", BROADCAST, true, false },
	{ "ARP request for .13", arp_request, "192.168.14.13", BROADCAST, true, false },
	{ "ARP request for .14", arp_request, "192.168.14.14", BROADCAST, true, false },
	{ "padded ARP request for .11", arp_padded, "192.168.14.11", BROADCAST, true, false },
	{ "ARP request for a free address", arp_request, FREE_IP, BROADCAST, true, false },
	{ "gratuitous ARP of the host", arp_request, HOST_IP, BROADCAST, false, false },
	{ "ARP probe for .11", arp_probe, "192.168.14.11", BROADCAST, true, false },
	{ "ARP probe for a free address", arp_probe, FREE_IP, BROADCAST, true, false },
	{ "ARP reply to all", arp_reply, "192.168.14.11", BROADCAST, false, false },
	{ "NS for ::11", ns, "fd00::11", { 0x33, 0x33, 0xff, 0, 0, 0x11 }, true, false },
	{ "NS for ::12", ns, "fd00::12", { 0x33, 0x33, 0xff, 0, 0, 0x12 }, true, false },
	{ "NS for ::13", ns, "fe80::13", { 0x33, 0x33, 0xff, 0, 0, 0x13 }, true, false },
	{ "NS for ::14", ns, "fe80::14", { 0x33, 0x33, 0xff, 0, 0, 0x14 }, true, false },
	{ "NS for a free address", ns, FREE_IP6, { 0x33, 0x33, 0xff, 0, 0, 0x99 }, true, false },
	{ "NS for the host", ns, HOST_IP6, { 0x33, 0x33, 0xff, 0, 1, 0x33 }, true, false },
	{ "mDNS", mdns, NULL, { 0x01, 0x00, 0x5e, 0, 0, 0xfb }, false, false },
	{ "mDNS over IPv6", mdns6, NULL, { 0x33, 0x33, 0, 0, 0, 0xfb }, false, false },
	{ "DHCP discover", dhcp, NULL, BROADCAST, false, false },
	{ "STP", bpdu, NULL, RESERVED(0x00), false, true },
	{ "pause", bpdu, NULL, RESERVED(0x01), false, true },
	{ "LACP", lldp, NULL, RESERVED(0x02), false, true },
	{ "LLDP", lldp, NULL, RESERVED(0x0e), false, true },
	{ "reserved 0F", lldp, NULL, RESERVED(0x0f), false, true },
	{ "ARP for .11 to a reserved group", arp_request, "192.168.14.11", RESERVED(0x0e), true,
	  true },
	{ "01-80-C2-00-00-10", lldp, NULL, RESERVED(0x10), false, false },
	{ "01-80-C2-00-01-0E", lldp, NULL, { 0x01, 0x80, 0xc2, 0, 1, 0x0e }, false, false },
	{ "01-80-C2-01-00-0E", lldp, NULL, { 0x01, 0x80, 0xc2, 1, 0, 0x0e }, false, false },
	{ "01-80-C3-00-00-0E", lldp, NULL, { 0x01, 0x80, 0xc3, 0, 0, 0x0e }, false, false },
	{ "01-81-C2-00-00-0E", lldp, NULL, { 0x01, 0x81, 0xc2, 0, 0, 0x0e }, false, false },
	{ "03-80-C2-00-00-0E", lldp, NULL, { 0x03, 0x80, 0xc2, 0, 0, 0x0e }, false, false },
};
const size_t group_kind_count = ARRAY_SIZE(group_kinds);

const struct kind unicast_kinds[] = {
	{ "UDP", udp, NULL, {}, false, false },
	{ "UDP over IPv6", udp6, NULL, {}, false, false },
	/* unicast questions (RFC 4861 7.3.3, ARP refresh) are frames like any other */
	{ "unicast ARP request", arp_request, "192.168.14.12", {}, false, false },
	{ "unicast NS", ns, "fd00::12", {}, false, false },
};
const size_t unicast_kind_count = ARRAY_SIZE(unicast_kinds);

const struct kind *kind_named(const char *name)
{
	for (size_t i = 0; i < group_kind_count; i++) {
		if (!strcmp(group_kinds[i].name, name))
			return &group_kinds[i];
	}
	for (size_t i = 0; i < unicast_kind_count; i++) {
		if (!strcmp(unicast_kinds[i].name, name))
			return &unicast_kinds[i];
	}
	abort(); /* a test misspelt it */
}

void station_frame(struct frame *f, const struct encap *e, const struct kind *kind, const __u8 *dst,
		   const __u8 *src)
{
	frame_eth(f, dst, src);
	for (size_t i = 0; i < ARRAY_SIZE(e->tag); i++) {
		if (e->tag[i].tpid)
			frame_tag(f, e->tag[i].tpid, e->tag[i].tci);
	}
	kind->payload(f, kind, src);
}
