/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VLAN_C, where ipvlan endpoints have the host's MAC: HP_FDB_SHARED. Who is meant,
 * and who sent, shows in the IP or ARP address; without one it is the host.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "rig.h"
#include "suite.h"

static const struct encap ways[] = {
	{ "802.1Q in the payload", VLAN_C, false, { { ETH_P_8021Q, VLAN_C } } },
	{ "802.1ad with PCP, in the payload",
	  VLAN_C,
	  false,
	  { { ETH_P_8021AD, 0xe000 | VLAN_C } } },
	{ "802.1Q in the metadata", VLAN_C, true, { { ETH_P_8021Q, VLAN_C } } },
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

static const __u8 all[ETH_ALEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const __u8 mdns[ETH_ALEN] = { 0x01, 0x00, 0x5e, 0, 0, 0xfb };
static const __u8 mdns6[ETH_ALEN] = { 0x33, 0x33, 0, 0, 0, 0xfb };

static const char *address_of(enum station s, int family)
{
	for (size_t i = 0; i < address_count; i++) {
		if (addresses[i].family == family && addresses[i].owner[2] == s)
			return addresses[i].text;
	}
	return family == AF_INET ? FREE_IP : FREE_IP6;
}

/* The host's MAC at every local end. */
static void start(struct run *r, enum rig_prog prog, const struct encap *e, const __u8 *dst,
		  const __u8 *src)
{
	*r = (struct run){ .prog = prog, .metadata = e->metadata };
	frame_eth(&r->frame, dst, src);
	for (size_t i = 0; i < 2 && e->tag[i].tpid; i++)
		frame_tag(&r->frame, e->tag[i].tpid, e->tag[i].tci);
}

/* Unicast that names both ends. */
static void udp4(struct frame *f, enum station from, enum station to)
{
	frame_udp4(f, address_of(from, AF_INET), address_of(to, AF_INET), 4000, 64);
}

static void udp6(struct frame *f, enum station from, enum station to)
{
	frame_udp6(f, address_of(from, AF_INET6), address_of(to, AF_INET6), 4000, 64);
}

static void arp_reply(struct frame *f, enum station from, enum station to)
{
	frame_arp(f, ARPOP_REPLY, station_mac(from), address_of(from, AF_INET),
		  address_of(to, AF_INET));
}

static void (*const unicasts[])(struct frame *, enum station, enum station) = { udp4, udp6,
										arp_reply };

static bool is_host(enum station s)
{
	return s == HOST || s == NOBODY;
}

/* NOBODY: an address that is not known, and is the host's therefore. */
static const enum station ends[] = { HOST,	  NOBODY,	  IPVLAN,     IPVLAN_2,
				     IPVLAN_VEPA, IPVLAN_PRIVATE, IPVLAN_SHIM };
#define ENDS (sizeof(ends) / sizeof(ends[0]))

/* 'w' to the wire, 'h' turned round, 'r' if reflect is on. */
static const char *const table[ENDS] = {
	/* to	   host, unknown, ipvlan, ipvlan-2, vepa, private, shim */
	/* host */ "wwhhhhh",
	/* unknown */ "wwhhhhh",
	/* ipvlan */ "hhwwrww",
	/* ipvlan-2 */ "hhwwrww",
	/* vepa */ "hhrrrwr",
	/* private */ "hhwwwww",
	/* shim */ "hhwwrww",
};

static enum station as_counted(enum station s)
{
	return s == NOBODY ? HOST : s;
}

static struct expect expect_unicast(const struct run *r, enum station from, enum station to,
				    char cell)
{
	struct expect e = expect_nothing();
	bool turned = cell == 'h' || (cell == 'r' && r->prog == RIG_EGRESS_REFLECT);

	if (!turned) {
		expect_stats(&e, r, as_counted(from), VLAN_C, TX, PATH_WIRE);
		expect_reason(&e, r, HP_REASON_TO_WIRE);
		return e;
	}
	e.verdict = REDIRECT;
	expect_stats(&e, r, as_counted(from), VLAN_C, TX, is_host(to) ? PATH_HOST : PATH_PEER);
	expect_stats(&e, r, as_counted(to), VLAN_C, RX, is_host(from) ? PATH_HOST : PATH_PEER);
	expect_reason(&e, r, is_host(from) || is_host(to) ? HP_REASON_HAIRPIN : HP_REASON_REFLECT);
	return e;
}

static void check_unicast(void **state)
{
	size_t from = (const enum station *)*state - ends;

	for (size_t i = 0; i < ENDS * WAYS * 3 * 2; i++) {
		size_t to = i % ENDS, way = i / ENDS % WAYS, sort = i / ENDS / WAYS % 3;
		struct expect want;
		struct run r;

		start(&r, i % 2 ? RIG_EGRESS : RIG_EGRESS_REFLECT, &ways[way], station_mac(HOST),
		      station_mac(HOST));
		unicasts[sort](&r.frame, ends[from], ends[to]);
		snprintf(r.what, sizeof(r.what), "to %s, %zu, %s", station_name(ends[to]), sort,
			 ways[way].name);
		want = expect_unicast(&r, ends[from], ends[to], table[from][to]);
		rig_check(&r, &want);
	}
}

/* From the wire, and between siblings by a switch that reflects. */
static void check_received(void **state)
{
	const enum station *to = *state;

	for (size_t i = 0; i < WAYS * 3; i++) {
		const struct encap *e = &ways[i / 3];
		struct expect want = expect_nothing();
		enum station got = as_counted(*to);
		struct run r;

		start(&r, RIG_INGRESS, e, station_mac(HOST), station_mac(NOBODY));
		unicasts[i % 3](&r.frame, IPVLAN, *to); /* an address of here, from elsewhere */
		expect_stats(&want, &r, got, VLAN_C, RX, PATH_WIRE);
		expect_reason(&want, &r, HP_REASON_WIRE_IN);
		rig_check(&r, &want);

		start(&r, RIG_INGRESS, e, station_mac(HOST), station_mac(HOST));
		unicasts[i % 3](&r.frame, IPVLAN, *to);
		want = expect_nothing();
		expect_stats(&want, &r, IPVLAN, VLAN_C, TX, is_host(*to) ? PATH_HOST : PATH_PEER);
		expect_stats(&want, &r, got, VLAN_C, RX, PATH_PEER);
		expect_reason(&want, &r, HP_REASON_SIBLING);
		rig_check(&r, &want);
	}
}

/* What has no address, or ends before it, or has one that is a macvlan's, is the host's. */
static void check_no_address(void **state)
{
	const size_t saddr = ETH_HLEN + 4 + 12, daddr = saddr + 4;
	const struct hp_neigh macvlan = rig_neigh_of(BRIDGE, VLAN_C);
	struct expect want;
	struct run r;

	(void)state;
	start(&r, RIG_EGRESS, &ways[0], station_mac(HOST), station_mac(HOST));
	frame_type(&r.frame, 0x88cc);
	frame_pad(&r.frame, 60);
	want = expect_unicast(&r, HOST, HOST, 'w');
	rig_check(&r, &want);
	for (size_t len = ETH_HLEN + 4; len <= daddr + 4; len++) {
		start(&r, RIG_EGRESS, &ways[0], station_mac(HOST), station_mac(HOST));
		udp4(&r.frame, IPVLAN, IPVLAN_2);
		r.frame.len = len;
		snprintf(r.what, sizeof(r.what), "cut to %zu bytes", len);
		if (len < saddr + 4)
			want = expect_unicast(&r, HOST, HOST, 'w');
		else if (len < daddr + 4)
			want = expect_unicast(&r, IPVLAN, HOST, 'h');
		else
			want = expect_unicast(&r, IPVLAN, IPVLAN_2, 'w');
		if (len < ETH_HLEN + 4 + 2) /* the receive path cannot untag it */
			want.copied = false;
		rig_check(&r, &want);
	}
	rig_neigh(VLAN_C, FREE_IP, &macvlan);
	start(&r, RIG_EGRESS, &ways[0], station_mac(HOST), station_mac(HOST));
	udp4(&r.frame, HOST, NOBODY); /* FREE_IP */
	want = expect_unicast(&r, HOST, HOST, 'w');
	rig_check(&r, &want);
}

/* On a segment where the host's MAC is its own, addresses do not matter. */
static void check_not_shared(void **state)
{
	struct hp_neigh ipvlan = rig_neigh_of(IPVLAN, VLAN_C);
	struct expect want;
	struct run r;

	(void)state;
	rig_neigh(VLAN_A, "192.168.14.21", &ipvlan);
	start(&r, RIG_EGRESS, encap_untagged, station_mac(HOST), station_mac(BRIDGE));
	udp4(&r.frame, HOST, IPVLAN);
	want = expect_nothing();
	want.verdict = REDIRECT;
	expect_stats(&want, &r, BRIDGE, VLAN_A, TX, PATH_HOST);
	expect_stats(&want, &r, HOST, VLAN_A, RX, PATH_PEER);
	expect_reason(&want, &r, HP_REASON_HAIRPIN);
	rig_check(&r, &want);
}

/* To a group: what the host sends, all hear; what an ipvlan sends, its siblings have had. */

struct group {
	const char *name;
	const __u8 *dst;
	void (*payload)(struct frame *f, enum station from);
	bool named;    /* the sender's address is in it */
	bool question; /* for an address that nobody has */
};

static void send_mdns(struct frame *f, enum station from)
{
	frame_udp4(f, address_of(from, AF_INET), "224.0.0.251", 5353, 40);
}

static void send_mdns6(struct frame *f, enum station from)
{
	frame_udp6(f, address_of(from, AF_INET6), "ff02::fb", 5353, 40);
}

static void send_dhcp(struct frame *f, enum station from)
{
	(void)from;
	frame_udp4(f, "0.0.0.0", "255.255.255.255", 67, 240);
}

static void ask(struct frame *f, enum station from, const char *address)
{
	frame_arp(f, ARPOP_REQUEST, station_mac(HOST), address_of(from, AF_INET), address);
}

static void ask_free(struct frame *f, enum station from)
{
	ask(f, from, "192.168.14.98");
}

static void ask_ipvlan(struct frame *f, enum station from)
{
	ask(f, from, address_of(from == IPVLAN_VEPA ? IPVLAN : IPVLAN_VEPA, AF_INET));
}

static void ask_host(struct frame *f, enum station from)
{
	ask(f, from, HOST_IP);
}

static void ns_ipvlan(struct frame *f, enum station from)
{
	frame_ns(f, station_mac(HOST), address_of(from, AF_INET6),
		 address_of(from == IPVLAN_VEPA ? IPVLAN : IPVLAN_VEPA, AF_INET6));
}

static void ns_free(struct frame *f, enum station from)
{
	frame_ns(f, station_mac(HOST), address_of(from, AF_INET6), "fd00::98");
}

static const struct group groups[] = {
	{ "mDNS", mdns, send_mdns, true, false },
	{ "mDNS over IPv6", mdns6, send_mdns6, true, false },
	{ "DHCP discover", all, send_dhcp, false, false },
	{ "ARP request for an ipvlan", all, ask_ipvlan, true, false },
	{ "ARP request for the host", all, ask_host, true, false },
	{ "NS for an ipvlan", mdns6, ns_ipvlan, true, false },
	{ "ARP request for a free address", all, ask_free, true, true },
	{ "NS for a free address", mdns6, ns_free, true, true },
};

#define ALL_KNOWN \
	(HP_SEGMENT_HOST | HP_SEGMENT_CLOSED | HP_SEGMENT_KNOWN_IPV4 | HP_SEGMENT_KNOWN_IPV6)

static struct expect expect_group(const struct run *r, const struct group *g, enum station from,
				  int flags)
{
	struct expect e = expect_nothing();

	if (!g->named)
		from = HOST;
	expect_stats(&e, r, as_counted(from), VLAN_C, TX, PATH_WIRE);
	if (g->question && flags == ALL_KNOWN) {
		expect_reason(&e, r, HP_REASON_NOT_HERE);
	} else if (g->question && flags & HP_SEGMENT_KNOWN_IPV4) { /* the host may have it */
		if (!is_host(from) && from != IPVLAN_SHIM)
			expect_copy(&e, r, TAG_TURNED, station_mac(HOST));
		expect_reason(&e, r, e.copied ? HP_REASON_TO_HOST : HP_REASON_NOT_HERE);
	} else if (is_host(from)) {
		expect_copy(&e, r, TAG_ECHO, NULL);
		expect_reason(&e, r, HP_REASON_HOST_FLOOD);
	} else if (from != IPVLAN_SHIM) {
		expect_copy(&e, r, TAG_TURNED, NULL);
		expect_reason(&e, r, HP_REASON_ENDPOINT_FLOOD);
	}
	return e;
}

static void check_group(void **state)
{
	static const int flags[] = { HP_SEGMENT_HOST, ALL_KNOWN, ALL_KNOWN & ~HP_SEGMENT_CLOSED };
	const struct group *g = *state;

	for (size_t i = 0; i < ENDS * WAYS * 3 * 2; i++) {
		size_t from = i / 2 % ENDS, way = i / 2 / ENDS % WAYS, f = i / 2 / ENDS / WAYS;
		struct expect want;
		struct run r;

		rig_segment(VLAN_C, flags[f]);
		start(&r, i % 2 ? RIG_EGRESS : RIG_EGRESS_REFLECT, &ways[way], g->dst,
		      station_mac(HOST));
		g->payload(&r.frame, ends[from]);
		snprintf(r.what, sizeof(r.what), "%s from %s, %s", g->name,
			 station_name(ends[from]), ways[way].name);
		want = expect_group(&r, g, ends[from], flags[f]);
		rig_check(&r, &want);
	}
}

/* ipvlan cannot tell from a unicast MAC who should hear a solicitation: it floods it. */
static void check_asked(void **state)
{
	static const enum rig_prog progs[] = { RIG_INGRESS, RIG_XDP };

	(void)state;
	rig_segment(VLAN_C, ALL_KNOWN);
	for (size_t i = 0; i < 2 * WAYS; i++) {
		const struct encap *e = &ways[i / 2];
		struct expect want;
		struct run r;

		if (rig_is_xdp(progs[i % 2]) && e->metadata)
			continue;
		start(&r, progs[i % 2], e, all, station_mac(NOBODY));
		ask_ipvlan(&r.frame, NOBODY);
		want = expect_from_wire(&r, WIRE_PASS, NULL);
		rig_check(&r, &want);
		start(&r, progs[i % 2], e, mdns6, station_mac(NOBODY));
		ns_ipvlan(&r.frame, NOBODY);
		want = expect_from_wire(&r, WIRE_PASS, NULL);
		rig_check(&r, &want);
		start(&r, progs[i % 2], e, all, station_mac(NOBODY));
		ask_host(&r.frame, NOBODY);
		want = expect_from_wire(&r, WIRE_OWNER, station_mac(HOST));
		rig_check(&r, &want);
		start(&r, progs[i % 2], e, all, station_mac(NOBODY));
		ask_free(&r.frame, NOBODY);
		want = expect_from_wire(&r, WIRE_FOREIGN_ARP, NULL);
		rig_check(&r, &want);
	}
}

void ipvlan_tests(void)
{
	for (size_t i = 0; i < ENDS; i++) {
		const char *name = ends[i] == NOBODY ? "an unknown address" : station_name(ends[i]);

		suite_add(with_probe, check_unicast, &ends[i], "ipvlan: unicast from %s", name);
		if (ends[i] != IPVLAN)
			suite_add(with_probe, check_received, &ends[i], "ipvlan: ingress to %s",
				  name);
	}
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		suite_add(with_probe, check_group, &groups[i], "ipvlan: %s", groups[i].name);
	suite_add(with_probe, check_no_address, NULL, "ipvlan: frames without an address");
	suite_add(with_probe, check_not_shared, NULL, "ipvlan: a MAC that is not shared");
	suite_add(with_probe, check_asked, NULL, "ipvlan: questions from the wire");
}
