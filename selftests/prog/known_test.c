/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who hears a question for an address, by what is known: of the address, of the
 * segment, and whether hairpind is there to know it. One table for all who may
 * ask: the wire, at both hooks, the host, and endpoints.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "rig.h"
#include "suite.h"

#define ASKING "192.168.14.200"
#define ASKING6 "fd00::200"

#define CLOSED HP_SEGMENT_CLOSED
#define KNOWN_4 HP_SEGMENT_KNOWN_IPV4
#define KNOWN_6 HP_SEGMENT_KNOWN_IPV6
#define PROXY_4 HP_SEGMENT_PROXY_IPV4
#define PROXY_6 HP_SEGMENT_PROXY_IPV6
#define WITH_HOST (HP_SEGMENT_HOST | HP_SEGMENT_VEPA)
#define ALL_KNOWN (WITH_HOST | CLOSED | KNOWN_4 | KNOWN_6)

static const struct asker {
	const char *name;
	enum rig_prog prog, no_steer;
	enum station from;
} askers[] = {
	{ "the wire, at tc ingress", RIG_INGRESS, RIG_INGRESS_NO_STEER, NOBODY },
	{ "the wire, in XDP", RIG_XDP, RIG_XDP_NO_STEER, NOBODY },
	{ "the host", RIG_EGRESS_REFLECT, RIG_EGRESS_NO_STEER, HOST },
	{ "another MAC of the host", RIG_EGRESS_REFLECT, RIG_EGRESS_NO_STEER, NOBODY },
	{ "a vepa endpoint", RIG_EGRESS_REFLECT, RIG_EGRESS_NO_STEER, VEPA_2 },
	{ "a private endpoint", RIG_EGRESS_REFLECT, RIG_EGRESS_NO_STEER, PRIVATE_2 },
	{ "a shim", RIG_EGRESS_REFLECT, RIG_EGRESS_NO_STEER, SHIM_VEPA },
};

enum hearer { ALL, OWNER, THE_HOST, NONE };

/* A question, and who should hear it. */
struct question {
	const char *address;
	bool probe; /* without an address of its sender */
	enum hearer hearer;
	enum station owner;
};

static struct expect from_wire(const struct run *r, const struct question *q)
{
	switch (q->hearer) {
	case OWNER:
		return expect_from_wire(r, WIRE_OWNER, station_mac(q->owner));
	case THE_HOST:
		return expect_from_wire(r, WIRE_HOST, station_mac(HOST));
	case NONE:
		return expect_from_wire(r, WIRE_FOREIGN_ARP, NULL);
	default:
		return expect_from_wire(r, WIRE_PASS, NULL);
	}
}

static void add_copy(struct expect *e, const struct run *r, __u16 tag, const __u8 *dst,
		     enum hp_reason reason)
{
	expect_copy(e, r, tag, dst);
	expect_reason(e, r, reason);
}

static void from_host(struct expect *e, const struct run *r, const struct question *q)
{
	if (q->hearer == OWNER && q->owner != HOST)
		add_copy(e, r, TAG_TURNED, station_mac(q->owner), HP_REASON_HOST_STEER);
	else if (q->hearer == THE_HOST || q->hearer == NONE)
		expect_reason(e, r, HP_REASON_NOT_HERE);
	else
		add_copy(e, r, TAG_ECHO, NULL, HP_REASON_HOST_FLOOD);
}

/* What an endpoint's frame does that is not steered, with reflect on. */
static void from_endpoint_to_all(struct expect *e, const struct run *r, enum station from,
				 int flags)
{
	if (from != PRIVATE_2)
		add_copy(e, r, from == SHIM_VEPA ? TAG_ECHO : TAG_TURNED, NULL,
			 HP_REASON_ENDPOINT_FLOOD);
	else if (flags & HP_SEGMENT_HOST)
		add_copy(e, r, TAG_TURNED, station_mac(HOST), HP_REASON_TO_HOST);
}

/* Owners here are the host and endpoints that may be reached by reflection. */
static void from_endpoint(struct expect *e, const struct run *r, const struct question *q,
			  enum station from, int flags)
{
	bool own = from == SHIM_VEPA, private = from == PRIVATE_2;

	if (q->hearer == ALL)
		from_endpoint_to_all(e, r, from, flags);
	else if (q->hearer == OWNER && (q->owner == HOST ? !own : !private))
		add_copy(e, r, TAG_TURNED, station_mac(q->owner), HP_REASON_ENDPOINT_STEER);
	else if (q->hearer == THE_HOST && !own)
		add_copy(e, r, TAG_TURNED, station_mac(HOST), HP_REASON_TO_HOST);
	else
		expect_reason(e, r, HP_REASON_NOT_HERE);
}

static struct expect expect_asked(const struct run *r, const struct question *q, enum station from,
				  __u16 vlan, int flags)
{
	struct expect e = expect_nothing();

	if (r->prog >= RIG_INGRESS)
		return from_wire(r, q);
	if (flags < 0)
		return e;
	expect_stats(&e, r, from, vlan, TX, PATH_WIRE);
	if (from == HOST || from == NOBODY)
		from_host(&e, r, q);
	else
		from_endpoint(&e, r, q, from, flags);
	return e;
}

static struct run ask(enum rig_prog prog, enum station from, const struct encap *e,
		      const struct question *q)
{
	static const __u8 all[ETH_ALEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	static const __u8 solicited[ETH_ALEN] = { 0x33, 0x33, 0xff, 0, 0, 0x11 };
	bool v6 = strchr(q->address, ':');
	const __u8 *mac = station_mac(from);
	struct run r = { .prog = prog, .metadata = e->metadata };

	snprintf(r.what, sizeof(r.what), "%s%s, %s", q->address, q->probe ? ", a probe" : "",
		 e->name);
	frame_eth(&r.frame, v6 ? solicited : all, mac);
	for (size_t i = 0; i < 2 && e->tag[i].tpid; i++)
		frame_tag(&r.frame, e->tag[i].tpid, e->tag[i].tci);
	if (v6)
		frame_ns(&r.frame, mac, q->probe ? "::" : ASKING6, q->address);
	else
		frame_arp(&r.frame, ARPOP_REQUEST, mac, q->probe ? "0.0.0.0" : ASKING, q->address);
	return r;
}

/* In every encapsulation, of one VLAN or (< 0) of both. Behind an inner tag nothing is asked. */
static void check_in(const struct asker *asker, enum rig_prog prog, const struct question *q,
		     int vlan, int flags)
{
	for (const struct encap *e = encaps; e < encaps + encap_count; e++) {
		struct question asked = *q;
		struct expect want;
		struct run r;

		if ((vlan >= 0 && e->vlan != vlan) || (rig_is_xdp(prog) && e->metadata))
			continue;
		if (e->tag[1].tpid)
			asked.hearer = ALL;
		r = ask(prog, asker->from, e, &asked);
		rig_segment(e->vlan, flags);
		want = expect_asked(&r, &asked, asker->from, e->vlan, flags);
		rig_check(&r, &want);
	}
}

static void check(const struct asker *asker, const struct question *q, int flags)
{
	check_in(asker, asker->prog, q, -1, flags);
}

static const struct knowledge {
	const char *name;
	int flags;
	enum hearer v4, v6; /* of an address that nobody is known to have */
} knowledge[] = {
	{ "all", ALL_KNOWN, NONE, NONE },
	{ "no IPv6 address", ALL_KNOWN & ~KNOWN_6, NONE, ALL },
	{ "no IPv4 address", ALL_KNOWN & ~KNOWN_4, ALL, NONE },
	{ "no address", WITH_HOST | CLOSED, ALL, ALL },
	{ "nothing", WITH_HOST, ALL, ALL },
	{ "addresses, but not who is behind the host", ALL_KNOWN & ~CLOSED, THE_HOST, THE_HOST },
	{ "all, host with proxy_arp", ALL_KNOWN | PROXY_4, THE_HOST, NONE },
	{ "all, host with proxy_ndp", ALL_KNOWN | PROXY_6, NONE, THE_HOST },
	{ "no address, host with proxy_arp", WITH_HOST | CLOSED | PROXY_4, ALL, ALL },
	{ "all, and no station of the host", ALL_KNOWN & ~HP_SEGMENT_HOST, ALL, ALL },
	{ "that it has no endpoints", -1, ALL, ALL },
};

/* Who is known to have an address, hears of it wherever there is a segment. */
static void check_knowledge(void **state)
{
	const struct knowledge *k = *state;

	for (const struct asker *a = askers; a < askers + sizeof(askers) / sizeof(*a); a++) {
		for (int probe = 0; probe < 2; probe++) {
			enum hearer known = k->flags < 0 ? ALL : OWNER;

			check(a, &(struct question){ FREE_IP, probe, k->v4, NOBODY }, k->flags);
			check(a, &(struct question){ FREE_IP6, probe, k->v6, NOBODY }, k->flags);
			check(a, &(struct question){ HOST_IP, probe, known, HOST }, k->flags);
			check(a, &(struct question){ HOST_IP6, probe, known, HOST }, k->flags);
			check_in(a, a->prog, &(struct question){ IP, probe, known, BRIDGE }, VLAN_A,
				 k->flags);
			check_in(a, a->prog, &(struct question){ IP6, probe, known, VEPA }, VLAN_B,
				 k->flags);
		}
	}
}

/* What neigh has besides, in both segments. */
struct special {
	const char *name;
	const char *address;
	void (*prepare)(const char *address);
	enum hearer hearer;
	enum station owner;
};

static void put_in(int vlan, const char *address, enum station owner, __u8 flags)
{
	struct hp_neigh value = rig_neigh_of(owner, vlan);

	value.flags = flags;
	rig_neigh(vlan, address, &value);
}

static void put(const char *address, enum station owner, __u8 flags)
{
	put_in(VLAN_A, address, owner, flags);
	put_in(VLAN_B, address, owner, flags);
}

static void shared(const char *address)
{
	put(address, BRIDGE, HP_NEIGH_SHARED);
}

static void shared_with_host(const char *address)
{
	put(address, HOST, HP_NEIGH_SHARED);
}

static void tentative(const char *address)
{
	put(address, BRIDGE, HP_NEIGH_TENTATIVE);
}

static void ipvlan(const char *address)
{
	put(address, IPVLAN, 0);
}

static void endpoint(const char *address)
{
	put(address, BRIDGE, 0);
}

static void on_any_device(const char *address)
{
	const struct hp_neigh value = { .kind = HP_KIND_HOST };

	rig_neigh(HP_VLAN_ANY, address, &value);
}

static void both(const char *address)
{
	endpoint(address);
	on_any_device(address);
}

static void elsewhere(const char *address)
{
	static const __u16 vlans[] = { VLAN_C, 60, 4095, VLAN_B << 8 };

	for (size_t i = 0; i < sizeof(vlans) / sizeof(vlans[0]); i++)
		put_in(vlans[i], address, BRIDGE, 0);
}

static const struct special specials[] = {
	{ "of two endpoints", FREE_IP, shared, ALL, NOBODY },
	{ "of two endpoints", FREE_IP6, shared, ALL, NOBODY },
	{ "of the host and an endpoint", HOST_IP, shared_with_host, ALL, NOBODY },
	{ "of the host and an endpoint", HOST_IP6, shared_with_host, ALL, NOBODY },
	{ "tentative", FREE_IP6, tentative, OWNER, BRIDGE },
	{ "of an ipvlan endpoint", FREE_IP, ipvlan, ALL, NOBODY },
	{ "of an ipvlan endpoint", FREE_IP6, ipvlan, ALL, NOBODY },
	{ "subnet-router anycast", "fd00::", NULL, ALL, NOBODY },
	{ "subnet-router anycast", "fe80::", NULL, ALL, NOBODY },
	{ "subnet-router anycast", "2001:db8:ffff:ffff::", NULL, ALL, NOBODY },
	{ "all but anycast, first bit", "fd00::8000:0:0:0", NULL, NONE, NOBODY },
	{ "all but anycast, last bit", "fd00::1", NULL, NONE, NOBODY },
	{ "anycast, of an endpoint", "fd00::", endpoint, OWNER, BRIDGE },
	{ "of the host on another device", FREE_IP, on_any_device, THE_HOST, NOBODY },
	{ "of the host on another device", FREE_IP6, on_any_device, NONE, NOBODY },
	{ "of the host on another device, and of an endpoint", FREE_IP, both, OWNER, BRIDGE },
	{ "of an endpoint on other VLANs", FREE_IP, elsewhere, NONE, NOBODY },
	{ "of an endpoint on other VLANs", FREE_IP6, elsewhere, NONE, NOBODY },
};

static void check_special(void **state)
{
	const struct special *s = *state;

	if (s->prepare)
		s->prepare(s->address);
	for (const struct asker *a = askers; a < askers + sizeof(askers) / sizeof(*a); a++) {
		check(a, &(struct question){ s->address, false, s->hearer, s->owner }, ALL_KNOWN);
		check(a, &(struct question){ s->address, true, s->hearer, s->owner }, ALL_KNOWN);
	}
}

/* The host's addresses elsewhere matter only where all others are known. */
static void check_any_unknown(void **state)
{
	(void)state;
	on_any_device(FREE_IP);
	for (const struct asker *a = askers; a < askers + sizeof(askers) / sizeof(*a); a++)
		check(a, &(struct question){ FREE_IP, false, ALL, NOBODY }, WITH_HOST | CLOSED);
}

static void check_other_vlan(void **state)
{
	(void)state;
	put_in(VLAN_B, FREE_IP, BRIDGE, 0);
	put_in(VLAN_B, FREE_IP6, BRIDGE, 0);
	for (const struct asker *a = askers; a < askers + sizeof(askers) / sizeof(*a); a++) {
		static const char *const free[] = { FREE_IP, FREE_IP6 };

		for (size_t i = 0; i < 2; i++) {
			check_in(a, a->prog, &(struct question){ free[i], false, NONE, NOBODY },
				 VLAN_A, ALL_KNOWN);
			check_in(a, a->prog, &(struct question){ free[i], false, OWNER, BRIDGE },
				 VLAN_B, ALL_KNOWN);
		}
	}
}

/* FUTEX_WAITERS and FUTEX_OWNER_DIED are the two bits above the thread's id. */
static const struct life {
	__u32 owner;
	bool alive;
} lives[] = {
	{ 0, false }, { 0x40000000, false }, { 0x80000000, false }, { 0xc0000000, false },
	{ 1, true },  { 0x3fffffff, true },  { 0x20000000, true },  { 0x80000001, true },
};

static void check_alive(void **state)
{
	const struct life *life = *state;

	rig_alive(life->owner);
	for (const struct asker *a = askers; a < askers + sizeof(askers) / sizeof(*a); a++) {
		const struct question known = { IP, false, life->alive ? OWNER : ALL, BRIDGE };
		const struct question unknown = { FREE_IP6, false, life->alive ? NONE : ALL,
						  NOBODY };

		check_in(a, a->prog, &known, VLAN_A, ALL_KNOWN);
		check(a, &unknown, ALL_KNOWN);
	}
}

static void check_no_steer(void **state)
{
	static const char *const addresses_asked[] = { IP, IP6, FREE_IP, FREE_IP6, HOST_IP };

	(void)state;
	for (const struct asker *a = askers; a < askers + sizeof(askers) / sizeof(*a); a++) {
		for (size_t i = 0; i < 5; i++) {
			const struct question q = { addresses_asked[i], false, ALL, NOBODY };

			check_in(a, a->no_steer, &q, -1, ALL_KNOWN);
		}
	}
}

/* A switch that reflects sends it back: the kernel's flood spares the sender. */
static void check_own(void **state)
{
	const struct asker reflected[] = { { "ingress", RIG_INGRESS, RIG_INGRESS, BRIDGE },
					   { "XDP", RIG_XDP, RIG_XDP, BRIDGE } };
	const struct question own[] = { { IP, true, ALL, NOBODY }, { IP6, true, ALL, NOBODY } };
	const struct question other = { HOST_IP, false, OWNER, HOST };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		check_in(&reflected[i], reflected[i].prog, &own[0], VLAN_A, ALL_KNOWN);
		check_in(&reflected[i], reflected[i].prog, &own[1], VLAN_A, ALL_KNOWN);
		check_in(&reflected[i], reflected[i].prog, &other, VLAN_A, ALL_KNOWN);
	}
}

/* News for everybody, whoever has the address and whatever is known. */
static void check_news(void **state)
{
	const struct question q = { FREE_IP, false, ALL, NOBODY };
	const struct question q6 = { FREE_IP6, false, ALL, NOBODY };

	(void)state;
	rig_segment(VLAN_A, ALL_KNOWN);
	for (const struct asker *a = askers; a < askers + sizeof(askers) / sizeof(*a); a++) {
		struct run gratuitous = ask(a->prog, a->from, encap_untagged, &q);
		struct run reply = gratuitous, advert = ask(a->prog, a->from, encap_untagged, &q6);
		struct ether_arp *arp = (void *)(gratuitous.frame.data + ETH_HLEN);
		struct frame_ns *na = (void *)(advert.frame.data + ETH_HLEN);
		struct expect want = expect_asked(&gratuitous, &q, a->from, VLAN_A, ALL_KNOWN);

		memcpy(arp->arp_spa, arp->arp_tpa, sizeof(arp->arp_spa));
		want.copy = gratuitous.frame;
		if (want.copied && a->from == PRIVATE_2)
			memcpy(want.copy.data, station_mac(HOST), ETH_ALEN);
		rig_check(&gratuitous, &want);
		((struct ether_arp *)(reply.frame.data + ETH_HLEN))->arp_op = htons(ARPOP_REPLY);
		want = expect_asked(&reply, &q, a->from, VLAN_A, ALL_KNOWN);
		rig_check(&reply, &want);
		na->ns.nd_ns_type = ND_NEIGHBOR_ADVERT;
		want = expect_asked(&advert, &q6, a->from, VLAN_A, ALL_KNOWN);
		rig_check(&advert, &want);
	}
}

void known_tests(void)
{
	for (size_t i = 0; i < sizeof(knowledge) / sizeof(knowledge[0]); i++)
		suite_add(with_probe, check_knowledge, &knowledge[i], "known of the segment: %s",
			  knowledge[i].name);
	for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++)
		suite_add(with_probe, check_special, &specials[i], "known of an address: %s, %s",
			  specials[i].name, specials[i].address);
	for (size_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++)
		suite_add(with_probe, check_alive, &lives[i], "known: hairpind %s, owner %#x",
			  lives[i].alive ? "lives" : "is dead", lives[i].owner);
	suite_add(with_probe, check_any_unknown, NULL,
		  "known: the host's address, but not all others");
	suite_add(with_probe, check_other_vlan, NULL, "known: an owner on one VLAN alone");
	suite_add(with_probe, check_no_steer, NULL, "known: all, and steering is off");
	suite_add(with_probe, check_own, NULL, "known: who asks for its own address");
	suite_add(with_probe, check_news, NULL, "known: what is no question is for all");
}
