/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is a question for an address and what is not, from the host and from the
 * wire. What is not, or is not whole, is flooded like every other group frame.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "rig.h"
#include "suite.h"

static void hrd(struct ether_arp *arp)
{
	arp->arp_hrd = htons(ARPHRD_IEEE802);
}

static void hrd_swapped(struct ether_arp *arp)
{
	arp->arp_hrd = htons(0x0100);
}

static void pro(struct ether_arp *arp)
{
	arp->arp_pro = htons(ETH_P_IPV6);
}

static void hln(struct ether_arp *arp)
{
	arp->arp_hln = 8;
}

static void pln(struct ether_arp *arp)
{
	arp->arp_pln = 16;
}

static void op_reply(struct ether_arp *arp)
{
	arp->arp_op = htons(ARPOP_REPLY);
}

static void op_rarp(struct ether_arp *arp)
{
	arp->arp_op = htons(ARPOP_RREQUEST);
}

static void op_inverse(struct ether_arp *arp)
{
	arp->arp_op = htons(ARPOP_InREQUEST);
}

static void op_zero(struct ether_arp *arp)
{
	arp->arp_op = 0;
}

static void op_swapped(struct ether_arp *arp)
{
	arp->arp_op = htons(0x0100);
}

/* Only the sender is an endpoint. */
static void free_target(struct ether_arp *arp)
{
	memcpy(arp->arp_spa, arp->arp_tpa, sizeof(arp->arp_spa));
	assert_int_equal(inet_pton(AF_INET, FREE_IP, arp->arp_tpa), 1);
}

static void target_mac_set(struct ether_arp *arp)
{
	memset(arp->arp_tha, 0xff, sizeof(arp->arp_tha));
}

static void sender_mac_other(struct ether_arp *arp)
{
	arp->arp_sha[5] ^= 1;
}

static void sender_unspecified(struct ether_arp *arp)
{
	memset(arp->arp_spa, 0, sizeof(arp->arp_spa));
}

/* A takeover: the address is still an endpoint's in neigh, and everybody should hear. */
static void gratuitous(struct ether_arp *arp)
{
	memcpy(arp->arp_spa, arp->arp_tpa, sizeof(arp->arp_spa));
}

struct arp_variant {
	const char *name;
	void (*edit)(struct ether_arp *arp);
	bool question;
};

static const struct arp_variant arp_variants[] = {
	{ "another hardware type", hrd, false },
	{ "hardware type with its bytes swapped", hrd_swapped, false },
	{ "another protocol type", pro, false },
	{ "another hardware length", hln, false },
	{ "another protocol length", pln, false },
	{ "a reply", op_reply, false },
	{ "a reverse request", op_rarp, false },
	{ "an inverse request", op_inverse, false },
	{ "operation 0", op_zero, false },
	{ "operation with its bytes swapped", op_swapped, false },
	{ "an endpoint only as sender", free_target, false },
	{ "target MAC filled in", target_mac_set, true },
	{ "sender MAC is not the frame's source", sender_mac_other, true },
	{ "sender 0.0.0.0", sender_unspecified, true },
	{ "gratuitous, for an endpoint's address", gratuitous, false },
};

static void advertisement(struct frame_ns *ns)
{
	ns->ns.nd_ns_type = ND_NEIGHBOR_ADVERT;
}

static void router_solicitation(struct frame_ns *ns)
{
	ns->ns.nd_ns_type = ND_ROUTER_SOLICIT;
}

static void redirect(struct frame_ns *ns)
{
	ns->ns.nd_ns_type = ND_REDIRECT;
}

static void code(struct frame_ns *ns)
{
	ns->ns.nd_ns_code = 1;
}

static void hop_by_hop(struct frame_ns *ns)
{
	ns->ip.ip6_nxt = IPPROTO_HOPOPTS;
}

static void next_udp(struct frame_ns *ns)
{
	ns->ip.ip6_nxt = IPPROTO_UDP;
}

static void next_icmp4(struct frame_ns *ns)
{
	ns->ip.ip6_nxt = IPPROTO_ICMP;
}

static void free_target6(struct frame_ns *ns)
{
	ns->ip.ip6_src = ns->ns.nd_ns_target;
	ns->ns.nd_ns_target.s6_addr[15] = 0x99;
}

/* Duplicate address detection: the owner has to hear it, to defend its address. */
static void dad(struct frame_ns *ns)
{
	memset(&ns->ip.ip6_src, 0, sizeof(ns->ip.ip6_src));
}

static void traffic_class(struct frame_ns *ns)
{
	ns->ip.ip6_flow = htonl(0x6ff12345);
}

struct ns_variant {
	const char *name;
	void (*edit)(struct frame_ns *ns);
	bool question;
};

static const struct ns_variant ns_variants[] = {
	{ "an advertisement", advertisement, false },
	{ "a router solicitation", router_solicitation, false },
	{ "a redirect", redirect, false },
	{ "another code", code, false },
	{ "behind a hop-by-hop header", hop_by_hop, false },
	{ "next header UDP", next_udp, false },
	{ "next header ICMPv4", next_icmp4, false },
	{ "an endpoint only as sender", free_target6, false },
	{ "sender ::", dad, true },
	{ "traffic class and flow label", traffic_class, true },
};

static const __u8 all[ETH_ALEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const __u8 solicited[ETH_ALEN] = { 0x33, 0x33, 0xff, 0, 0, 0x11 };

/* From the wire: the same frame, but for who sent it. */
static void check_wire(const struct run *host, const struct encap *e, const char *address,
		       bool question)
{
	static const enum rig_prog progs[] = { RIG_INGRESS, RIG_XDP };

	for (size_t i = 0; i < 2; i++) {
		struct run r = *host;
		struct expect want;

		r.prog = progs[i];
		memcpy(r.frame.data + ETH_ALEN, station_mac(NOBODY), ETH_ALEN);
		want = question ? expect_from_wire(&r, WIRE_OWNER,
						   station_mac(address_owner(address, e->vlan)))
				: expect_from_wire(&r, WIRE_PASS, NULL);
		if (!rig_is_xdp(r.prog) || !e->metadata)
			rig_check(&r, &want);
	}
}

/* From the host: steered to the owner of .11 if it is a question, else flooded. */
static void check(struct run *r, const struct encap *e, const char *address, bool question)
{
	struct expect want = expect_nothing();

	check_wire(r, e, address, question);
	expect_stats(&want, r, HOST, e->vlan, TX, PATH_WIRE);
	if (question) {
		expect_copy(&want, r, TAG_TURNED, station_mac(address_owner(address, e->vlan)));
		expect_reason(&want, r, HP_REASON_HOST_STEER);
	} else {
		expect_copy(&want, r, TAG_ECHO, NULL);
		expect_reason(&want, r, HP_REASON_HOST_FLOOD);
	}
	rig_check(r, &want);
}

static void start(struct run *r, const char *what, const struct encap *e, const __u8 *dst)
{
	*r = (struct run){ .prog = RIG_EGRESS, .metadata = e->metadata };
	snprintf(r->what, sizeof(r->what), "%s, %s", what, e->name);
	frame_eth(&r->frame, dst, station_mac(HOST));
	for (size_t i = 0; i < 2 && e->tag[i].tpid; i++)
		frame_tag(&r->frame, e->tag[i].tpid, e->tag[i].tci);
}

static void set_segments(void)
{
	rig_segment(VLAN_A, HP_SEGMENT_HOST | HP_SEGMENT_VEPA);
	rig_segment(VLAN_B, HP_SEGMENT_HOST | HP_SEGMENT_VEPA);
}

/* Behind an inner tag nothing is a question. */
static void check_arp(void **state)
{
	const struct arp_variant *variant = *state;

	set_segments();
	for (const struct encap *e = encaps; e < encaps + encap_count; e++) {
		struct run r;

		start(&r, variant->name, e, all);
		variant->edit(frame_arp(&r.frame, ARPOP_REQUEST, station_mac(HOST), HOST_IP, IP));
		check(&r, e, IP, variant->question && !e->tag[1].tpid);
	}
}

static void check_ns(void **state)
{
	const struct ns_variant *variant = *state;

	set_segments();
	for (const struct encap *e = encaps; e < encaps + encap_count; e++) {
		struct run r;

		start(&r, variant->name, e, solicited);
		variant->edit(frame_ns(&r.frame, station_mac(HOST), HOST_IP6, IP6));
		check(&r, e, IP6, variant->question && !e->tag[1].tpid);
	}
}

/* The right bytes under another EtherType, and the right EtherType over others. */
static void check_ethertype(void **state)
{
	static const __u16 types[] = { ETH_P_IP, ETH_P_IPV6, 0x8035 /* RARP */, 0x0608, 28, 0 };
	struct run r;

	(void)state;
	set_segments();
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		start(&r, "ARP under another EtherType", encap_untagged, all);
		frame_arp(&r.frame, ARPOP_REQUEST, station_mac(HOST), HOST_IP, IP);
		*(__be16 *)(r.frame.data + 12) = htons(types[i]);
		check(&r, encap_untagged, NULL, false);
		start(&r, "NS under another EtherType", encap_untagged, solicited);
		frame_ns(&r.frame, station_mac(HOST), HOST_IP6, IP6);
		*(__be16 *)(r.frame.data + 12) =
			htons(types[i] == ETH_P_IPV6 ? ETH_P_ARP : types[i]);
		check(&r, encap_untagged, NULL, false);
	}
}

/* An IPv4 address and an IPv6 address that begin with the same bytes are two. */
static void check_family(void **state)
{
	struct frame_ns *ns;
	struct run r;

	(void)state;
	set_segments();
	start(&r, "NS for the bytes of an IPv4 address", encap_untagged, solicited);
	ns = frame_ns(&r.frame, station_mac(HOST), HOST_IP6, "::");
	assert_int_equal(inet_pton(AF_INET, IP, &ns->ns.nd_ns_target), 1);
	check(&r, encap_untagged, NULL, false);
}

void steer_tests(void)
{
	for (size_t i = 0; i < sizeof(arp_variants) / sizeof(arp_variants[0]); i++)
		suite_add(with_probe, check_arp, &arp_variants[i], "steer: ARP, %s: %s",
			  arp_variants[i].name, arp_variants[i].question ? "steered" : "flooded");
	for (size_t i = 0; i < sizeof(ns_variants) / sizeof(ns_variants[0]); i++)
		suite_add(with_probe, check_ns, &ns_variants[i], "steer: NS, %s: %s",
			  ns_variants[i].name, ns_variants[i].question ? "steered" : "flooded");
	suite_add(with_probe, check_ethertype, NULL, "steer: another EtherType is no question");
	suite_add(with_probe, check_family, NULL, "steer: families are kept apart");
}
