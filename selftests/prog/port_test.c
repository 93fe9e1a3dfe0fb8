/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XDP endpoints on real devices: what they send and what they are sent, wherever
 * it goes and in the form in which it arrives. What only BPF_PROG_RUN can show:
 * port_run_test.c.
 */
#include <stdio.h>
#include <string.h>

#include "ports.h"
#include "rig.h"
#include "suite.h"

#define OWN_VLAN 60 /* a tag of the endpoint's own */

static const struct chain_progs with_tc = { .egress = RIG_EGRESS_PORTS,
					    .ingress = RIG_INGRESS_PORTS };
static const struct chain_progs reflecting = { .egress = RIG_EGRESS_PORTS_REFLECT,
					       .ingress = RIG_INGRESS_PORTS };
static const struct chain_progs with_access = { .egress = RIG_EGRESS_PORTS_ACCESS,
						.ingress = RIG_INGRESS_PORTS_ACCESS };
static const struct chain_progs with_xdp = { .egress = RIG_EGRESS_PORTS,
					     .ingress = RIG_INGRESS_PORTS_BEHIND,
					     .xdp = RIG_XDP_PORTS };
static const struct chain_progs with_generic = { .egress = RIG_EGRESS_PORTS,
						 .ingress = RIG_INGRESS_PORTS_BEHIND,
						 .xdp = RIG_XDP_PORTS_GENERIC };
/* As they are where there are no XDP endpoints. */
static const struct chain_progs without = { .egress = RIG_EGRESS, .ingress = RIG_INGRESS };

/* On VLAN_B, frames of the segment are given to the endpoints without their tag, or with it. */
static void set_segments(int flags, __u16 form)
{
	ports_put(VLAN_A, 0);
	ports_put(VLAN_B, form);
	rig_segment(VLAN_A, flags);
	rig_segment(VLAN_B, flags);
}

static bool is_port(enum station s)
{
	return s >= PORT_1 && s < STATIONS;
}

/* ---- forms: what becomes of a tag between the endpoint and the uplink */

struct tag {
	__u16 tpid; /* 0: none */
	__u16 tci;
};

struct form {
	const char *name;
	__u16 port; /* VLAN of the port */
	struct tag sent[2];
	struct tag seen[3]; /* at the uplink */
	__u16 vlan;	    /* of the segment that this is on */
};

/* The first two are what an endpoint sends that has no VLANs of its own. */
static const struct form forms[] = {
	{ "untagged", VLAN_A, {}, {}, VLAN_A },
	{ "on a VLAN", VLAN_B, {}, { { ETH_P_8021Q, VLAN_B } }, VLAN_B },
	{ "priority tag",
	  VLAN_A,
	  { { ETH_P_8021Q, 0xa000 } },
	  { { ETH_P_8021Q, 0xa000 } },
	  VLAN_A },
	{ "priority tag on a VLAN",
	  VLAN_B,
	  { { ETH_P_8021Q, 0xa000 } },
	  { { ETH_P_8021Q, 0xa000 | VLAN_B } },
	  VLAN_B },
	{ "priority tag with DEI on a VLAN",
	  VLAN_B,
	  { { ETH_P_8021Q, 0x7000 } },
	  { { ETH_P_8021Q, 0x7000 | VLAN_B } },
	  VLAN_B },
	{ "802.1ad priority tag on a VLAN",
	  VLAN_B,
	  { { ETH_P_8021AD, 0xe000 } },
	  { { ETH_P_8021Q, 0xe000 | VLAN_B } },
	  VLAN_B },
	{ "tag of its own",
	  VLAN_A,
	  { { ETH_P_8021Q, 0x6000 | VLAN_B } },
	  { { ETH_P_8021Q, 0x6000 | VLAN_B } },
	  VLAN_B },
	{ "tag of its own on a VLAN",
	  VLAN_B,
	  { { ETH_P_8021Q, 0x6000 | OWN_VLAN } },
	  { { ETH_P_8021Q, VLAN_B }, { ETH_P_8021Q, 0x6000 | OWN_VLAN } },
	  VLAN_B },
	{ "the VLAN's tag as its own",
	  VLAN_B,
	  { { ETH_P_8021Q, VLAN_B } },
	  { { ETH_P_8021Q, VLAN_B }, { ETH_P_8021Q, VLAN_B } },
	  VLAN_B },
	{ "802.1ad tag of its own on a VLAN",
	  VLAN_B,
	  { { ETH_P_8021AD, OWN_VLAN } },
	  { { ETH_P_8021Q, VLAN_B }, { ETH_P_8021AD, OWN_VLAN } },
	  VLAN_B },
	{ "two tags of its own on a VLAN",
	  VLAN_B,
	  { { ETH_P_8021AD, OWN_VLAN }, { ETH_P_8021Q, OWN_VLAN + 1 } },
	  { { ETH_P_8021Q, VLAN_B }, { ETH_P_8021AD, OWN_VLAN }, { ETH_P_8021Q, OWN_VLAN + 1 } },
	  VLAN_B },
};

#define FORMS (sizeof(forms) / sizeof(forms[0]))

static void build(struct frame *f, const struct tag *tags, size_t count, const struct kind *kind,
		  const __u8 *dst, const __u8 *src)
{
	frame_eth(f, dst ? dst : kind->dst, src);
	for (size_t i = 0; i < count && tags[i].tpid; i++)
		frame_tag(f, tags[i].tpid, tags[i].tci);
	kind->payload(f, kind, src);
}

/* The frame as the uplink gets to see it; by then the outer tag is in its metadata. */
static struct run seen_of(const struct form *form, enum rig_prog prog, const struct kind *kind,
			  const __u8 *dst, const __u8 *src)
{
	struct run r = { .prog = prog, .metadata = form->seen[0].tpid };

	snprintf(r.what, sizeof(r.what), "%s, %s", kind->name, form->name);
	build(&r.frame, form->seen, 3, kind, dst, src);
	return r;
}

/* In its own netns, an endpoint has the frames of another segment by a device for it. */
static __u16 form_flags(const struct form *form)
{
	return form->port == form->vlan ? HP_FDB_UNTAGGED : 0;
}

static void set_form(const struct form *form)
{
	rig_reset();
	with_ports(NULL);
	ports_set_vlan(form->port);
	set_segments(HP_SEGMENT_HOST, form_flags(form));
}

/* ---- unicast from here */

/* What a cell asks for; all but the first of these may need settings.reflect. */
#define TO_WIRE 'w'
#define TURNS 't'
#define REFLECTS 'r'

#define COLUMNS 10

static const enum station to[COLUMNS] = { HOST,	  BRIDGE, VEPA,	  PRIVATE,	SOURCE,
					  NOBODY, PORT_1, PORT_2, PORT_PRIVATE, PORT_SHIM };

struct row {
	enum station from;
	const char *cells; /* one letter a column of `to`; ' ': unicast_test.c has that */
};

/* clang-format off */
static const struct row rows[] = {
	/*	    to the host, bridge, vepa, private, source, nobody, xdp: bridge, bridge, private, shim */
	{ HOST,		 " " " " " " " " " " " " "t" "t" "t" "t" },
	{ NOBODY,	 " " " " " " " " " " " " "t" "t" "t" "t" },
	{ BRIDGE,	 " " " " " " " " " " " " "t" "t" "w" "t" },
	{ VEPA,		 " " " " " " " " " " " " "r" "r" "w" "r" },
	{ PRIVATE,	 " " " " " " " " " " " " "w" "w" "w" "w" },
	{ SOURCE,	 " " " " " " " " " " " " "w" "w" "w" "w" },
	{ SHIM_BRIDGE,	 " " " " " " " " " " " " "t" "t" "w" "t" },
	{ SHIM_VEPA,	 " " " " " " " " " " " " "r" "r" "w" "r" },
	{ PORT_1,	 "t" "t" "r" "w" "w" "w" " " "t" "w" "t" },
	{ PORT_PRIVATE,	 "t" "w" "w" "w" "w" "w" "w" "w" " " "w" },
	{ PORT_SHIM,	 "t" "t" "r" "w" "w" "w" "t" "t" "w" " " },
};
/* clang-format on */

static bool is_host(enum station s)
{
	return s == HOST || s == NOBODY;
}

static void travel_turned(struct travel *t, const struct run *r, enum station from,
			  enum station to_whom, __u16 vlan, __u16 form)
{
	bool host = is_host(from) || is_host(to_whom);

	expect_stats(&t->e, r, from, vlan, TX, to_whom == HOST ? PATH_HOST : PATH_PEER);
	expect_stats(&t->e, r, to_whom, vlan, RX, is_host(from) ? PATH_HOST : PATH_PEER);
	expect_reason(&t->e, r, host ? HP_REASON_HAIRPIN : HP_REASON_PORT);
	if (is_port(to_whom)) {
		travel_to_port(t, to_whom, &r->frame, vlan && form);
		return;
	}
	travel_to(t, AT_UPLINK, &r->frame);
	t->e.copy_tag = TAG_TURNED;
	t->goes_on = true;
}

static struct travel expect_unicast(const struct run *r, char cell, bool reflect, enum station from,
				    enum station to_whom, __u16 vlan, __u16 form)
{
	struct travel t = {};

	if (cell == TURNS || (cell == REFLECTS && reflect)) {
		travel_turned(&t, r, from, to_whom, vlan, form);
		return t;
	}
	expect_stats(&t.e, r, from, vlan, TX, PATH_WIRE);
	expect_reason(&t.e, r, HP_REASON_TO_WIRE);
	travel_to(&t, AT_WIRE, &r->frame);
	return t;
}

/* From the host and endpoints on the uplink: every encapsulation, and both forms. */
static void check_unicast_to_port(const struct row *row, size_t column, bool reflect)
{
	static const __u16 both[] = { HP_FDB_UNTAGGED, 0 };
	enum rig_prog prog = reflect ? RIG_EGRESS_PORTS_REFLECT : RIG_EGRESS_PORTS;

	for (size_t i = 0; i < 2 * encap_count; i++) {
		const struct encap *e = &encaps[i % encap_count];
		struct run r = run_of(prog, e, &unicast_kinds[i % unicast_kind_count],
				      station_mac(to[column]), station_mac(row->from));
		struct travel want;

		rig_reset();
		with_ports(NULL);
		set_segments(HP_SEGMENT_HOST, both[i / encap_count]);
		want = expect_unicast(&r, row->cells[column], reflect, row->from, to[column],
				      e->vlan, both[i / encap_count]);
		travel_check(&r, AT_UPLINK, &r.frame, &want);
	}
}

static void check_unicast_from_port(const struct row *row, size_t column, bool reflect)
{
	enum rig_prog prog = reflect ? RIG_EGRESS_PORTS_REFLECT : RIG_EGRESS_PORTS;

	for (size_t i = 0; i < FORMS; i++) {
		const struct kind *kind = &unicast_kinds[i % unicast_kind_count];
		struct run r = seen_of(&forms[i], prog, kind, station_mac(to[column]),
				       station_mac(row->from));
		struct frame sent;
		struct travel want;

		set_form(&forms[i]);
		build(&sent, forms[i].sent, 2, kind, station_mac(to[column]),
		      station_mac(row->from));
		want = expect_unicast(&r, row->cells[column], reflect, row->from, to[column],
				      forms[i].vlan, form_flags(&forms[i]));
		travel_check(&r, port_place(row->from), &sent, &want);
	}
}

static void check_unicast_row(const struct row *row, bool reflect)
{
	ports_attach(CLSACT, reflect ? &reflecting : &with_tc);
	for (size_t column = 0; column < COLUMNS; column++) {
		if (row->cells[column] == ' ')
			continue;
		if (is_port(row->from))
			check_unicast_from_port(row, column, reflect);
		else
			check_unicast_to_port(row, column, reflect);
	}
}

static void check_unicast(void **state)
{
	check_unicast_row(*state, false);
}

static void check_unicast_reflecting(void **state)
{
	check_unicast_row(*state, true);
}

/* Where that is in a bridge of the host's, nobody tells: the bridge and the wire get it. */
static void check_unknown_bridged(void **state)
{
	static const enum station from[] = { PORT_1, PORT_PRIVATE, PORT_SHIM };

	(void)state;
	ports_attach(CLSACT, &with_tc);
	for (size_t i = 0; i < FORMS * 3; i++) {
		const struct form *form = &forms[i / 3];
		enum station s = from[i % 3];
		struct run r = seen_of(form, RIG_EGRESS_PORTS, &unicast_kinds[0],
				       station_mac(NOBODY), station_mac(s));
		struct travel want = { .goes_on = true, .bridged = true };
		struct frame sent;

		want.e.copy_tag = TAG_TURNED;
		set_form(form);
		rig_segment(form->vlan, HP_SEGMENT_HOST | HP_SEGMENT_BRIDGED);
		build(&sent, form->sent, 2, &unicast_kinds[0], station_mac(NOBODY), station_mac(s));
		expect_stats(&want.e, &r, s, form->vlan, TX, PATH_WIRE);
		expect_reason(&want.e, &r, HP_REASON_TO_WIRE);
		expect_reason(&want.e, &r, HP_REASON_ENDPOINT_FLOOD);
		travel_to(&want, AT_WIRE, &r.frame);
		travel_to(&want, AT_UPLINK, &r.frame);
		travel_check(&r, port_place(s), &sent, &want);
	}
}

/* Who speaks for the host is behind the bridge itself, and it has had the frame. */
static void check_host_bridged(void **state)
{
	(void)state;
	ports_attach(CLSACT, &with_tc);
	set_segments(HP_SEGMENT_HOST | HP_SEGMENT_BRIDGED, HP_FDB_UNTAGGED);
	for (size_t i = 0; i < 2 * encap_count; i++) {
		enum station from = i % 2 ? HOST : NOBODY;
		struct run r = run_of(RIG_EGRESS_PORTS, &encaps[i / 2], &unicast_kinds[0],
				      station_mac(SHIM_VEPA), station_mac(from));
		struct travel want = {};

		rig_fdb(encaps[i / 2].vlan, station_mac(SHIM_VEPA), NULL);
		expect_reason(&want.e, &r, HP_REASON_TO_WIRE);
		expect_stats(&want.e, &r, from, encaps[i / 2].vlan, TX, PATH_WIRE);
		travel_to(&want, AT_WIRE, &r.frame);
		travel_check(&r, AT_UPLINK, &r.frame, &want);
	}
}

/* The MAC of anybody else is not its to send with, be it known or not. */
static void check_forged(void **state)
{
	static const enum station forged[] = { NOBODY, HOST, VEPA, PORT_2 };

	(void)state;
	ports_attach(CLSACT, &reflecting);
	for (size_t i = 0; i < 2 * FORMS * 4; i++) {
		const struct form *form = &forms[i / 8];
		const struct kind *kind = i % 2 ? kind_named("mDNS") : &unicast_kinds[0];
		const __u8 *dst = i % 2 ? NULL : station_mac(BRIDGE);
		enum station src = forged[i / 2 % 4];
		struct run r = seen_of(form, RIG_EGRESS_PORTS_REFLECT, kind, dst, station_mac(src));
		struct frame sent;
		struct travel want = {};

		set_form(form);
		build(&sent, form->sent, 2, kind, dst, station_mac(src));
		expect_reason(&want.e, &r, HP_REASON_STRANGER);
		travel_check(&r, port_place(PORT_1), &sent, &want);
	}
}

/* An access port of another VLAN has the same MAC, or takes it. */
static void check_same_as_access(void **state)
{
	const struct form *form = &forms[1];
	struct run r = seen_of(form, RIG_EGRESS_PORTS_ACCESS, &unicast_kinds[0],
			       station_mac(NOBODY), station_mac(PORT_1));
	struct hp_fdb access = station_fdb(VEPA, VLAN_C);
	struct travel want = {};
	struct frame sent;

	(void)state;
	ports_attach(CLSACT, &with_access);
	set_form(form);
	access.flags = HP_FDB_ACCESS;
	access.vlan = VLAN_C;
	rig_fdb(VLAN_A, station_mac(PORT_1), &access);
	build(&sent, form->sent, 2, &unicast_kinds[0], station_mac(NOBODY), station_mac(PORT_1));
	expect_stats(&want.e, &r, PORT_1, VLAN_B, TX, PATH_WIRE);
	expect_reason(&want.e, &r, HP_REASON_TO_WIRE);
	travel_to(&want, AT_WIRE, &r.frame);
	travel_check(&r, port_place(PORT_1), &sent, &want);
}

/* A VLAN device above it may have a MAC of its own. */
static void check_above(void **state)
{
	const struct form *form = &forms[6];
	struct run r = seen_of(form, RIG_EGRESS_PORTS, &unicast_kinds[0], station_mac(NOBODY),
			       station_mac(SHIM_VEPA));
	struct hp_fdb above = port_fdb(PORT_1, VLAN_B, 0);
	struct travel want = {};
	struct frame sent;

	(void)state;
	ports_attach(CLSACT, &with_tc);
	set_form(form);
	above.endpoint = station_id(PORT_1, form->port);
	rig_fdb(VLAN_B, station_mac(SHIM_VEPA), &above);
	build(&sent, form->sent, 2, &unicast_kinds[0], station_mac(NOBODY), station_mac(SHIM_VEPA));
	expect_stats(&want.e, &r, PORT_1, form->port, TX, PATH_WIRE);
	expect_reason(&want.e, &r, HP_REASON_TO_WIRE);
	travel_to(&want, AT_WIRE, &r.frame);
	travel_check(&r, port_place(PORT_1), &sent, &want);
}

/* ---- group frames from here */

/* What goes into the receive path. */
#define NONE '-'
#define FLOOD 'f'    /* of the host: for everybody but the host */
#define AS_IS 'a'    /* of an endpoint */
#define ECHO 'e'     /* of an endpoint, not for the host */
#define FOR_HOST 'h' /* to the host's MAC */

#define V HP_SEGMENT_VEPA
#define L HP_SEGMENT_LISTED
#define B HP_SEGMENT_BRIDGED

struct group {
	enum station from;
	int flags; /* of the segment, and HP_SEGMENT_HOST */
	bool reflect;
	const char *ports;  /* who of them gets a copy: bridge, bridge, private, shim */
	const char *uplink; /* on VLAN_A, on VLAN_B */
};

static const struct group groups[] = {
	{ HOST, 0, false, "pppp", "ff" },
	{ HOST, V, true, "pppp", "ff" },
	{ HOST, L, false, "pppp", "-f" },
	{ NOBODY, 0, false, "pppp", "ff" },
	{ BRIDGE, 0, false, "pp-p", "aa" },
	{ BRIDGE, V, false, "pp-p", "hh" },
	{ BRIDGE, V, true, "pp-p", "aa" },
	{ BRIDGE, L, false, "pp-p", "ha" },
	{ VEPA, V, false, "----", "hh" },
	{ VEPA, V, true, "pp-p", "aa" },
	{ VEPA, V | L, true, "pp-p", "ha" },
	{ PRIVATE, 0, false, "----", "hh" },
	{ PRIVATE, L, true, "----", "hh" },
	{ SHIM_BRIDGE, 0, false, "pp-p", "--" },
	{ SHIM_BRIDGE, V, true, "pp-p", "ee" },
	{ PORT_1, 0, false, "-p-p", "aa" },
	{ PORT_1, V, false, "-p-p", "hh" },
	{ PORT_1, V, true, "-p-p", "aa" },
	{ PORT_1, L, false, "-p-p", "ha" },
	{ PORT_PRIVATE, 0, false, "----", "hh" },
	{ PORT_PRIVATE, V | L, true, "----", "hh" },
	{ PORT_SHIM, 0, false, "pp--", "ee" },
	{ PORT_SHIM, V, false, "pp--", "--" },
	{ PORT_SHIM, V, true, "pp--", "ee" },
	{ PORT_SHIM, L, false, "pp--", "-e" },
	{ HOST, B, false, "pppp", "--" },
	{ NOBODY, B, false, "pppp", "--" },
	{ NOBODY, B | L, false, "pppp", "--" },
	{ VEPA, V | B | L, false, "----", "ha" },
	{ PORT_1, B, false, "-p-p", "aa" },
	{ PORT_1, V | B | L, false, "-p-p", "ha" },
	{ PORT_PRIVATE, B, false, "----", "aa" },
	{ PORT_SHIM, B, false, "pp--", "ee" },
	{ PORT_SHIM, V | B | L, false, "pp--", "-e" },
};

/* The tag has been taken off and put on again, beside the frame. */
static struct run formed(const struct run *r, __u16 vlan)
{
	struct run f = *r;

	f.metadata |= vlan != 0;
	return f;
}

/* Without it, an inner tag is beside the frame. */
static struct run untagged(const struct run *r, __u16 vlan)
{
	struct frame inner;
	struct run u = *r;
	__u16 tpid, tci;

	if (!vlan)
		return u;
	assert_true(frame_take_tag(&u.frame, &tpid, &tci));
	inner = u.frame;
	u.metadata = frame_take_tag(&inner, &tpid, &tci);
	return u;
}

static void travel_members(struct travel *t, const struct run *r, const char *ports, __u16 vlan,
			   __u16 form)
{
	struct run bare = untagged(r, vlan);

	for (size_t i = 0; i < PORTS; i++) {
		if (ports[i] != 'p')
			continue;
		travel_to_port(t, PORT_1 + i, &r->frame, vlan && form);
		expect_reason(&t->e, form ? &bare : r, HP_REASON_MEMBER);
	}
}

static void travel_copy(struct travel *t, const struct run *r, char copy)
{
	struct frame to_host = r->frame;

	if (copy == NONE)
		return;
	memcpy(to_host.data, station_mac(HOST), ETH_ALEN);
	travel_to(t, AT_UPLINK, copy == FOR_HOST ? &to_host : &r->frame);
	t->e.copy_tag = copy == FLOOD || copy == ECHO ? TAG_ECHO : TAG_TURNED;
	t->goes_on = true;
	expect_reason(&t->e, r,
		      copy == FLOOD	 ? HP_REASON_HOST_FLOOD
		      : copy == FOR_HOST ? HP_REASON_TO_HOST
					 : HP_REASON_ENDPOINT_FLOOD);
}

static struct travel expect_group(const struct run *r, const struct kind *kind,
				  const struct group *group, __u16 vlan, __u16 form)
{
	struct run again = formed(r, vlan);
	struct travel t = {};

	travel_to(&t, AT_WIRE, &r->frame);
	expect_stats(&t.e, r, group->from, vlan, TX, PATH_WIRE);
	if (kind->reserved) {
		expect_reason(&t.e, r, HP_REASON_RESERVED);
		return t;
	}
	travel_members(&t, r, group->ports, vlan, form);
	travel_copy(&t, &again, group->uplink[vlan != VLAN_A]);
	return t;
}

static const char *const flooded[] = { "mDNS", "ARP reply to all", "mDNS over IPv6", "LLDP",
				       "DHCP discover" };
#define FLOODED (sizeof(flooded) / sizeof(flooded[0]))

static void check_group_from_uplink(const struct group *group)
{
	enum rig_prog prog = group->reflect ? RIG_EGRESS_PORTS_REFLECT : RIG_EGRESS_PORTS;
	static const __u16 both[] = { HP_FDB_UNTAGGED, 0 };

	for (size_t i = 0; i < 2 * encap_count * FLOODED; i++) {
		const struct encap *e = &encaps[i / 2 % encap_count];
		const struct kind *kind = kind_named(flooded[i / 2 / encap_count]);
		struct run r = run_of(prog, e, kind, NULL, station_mac(group->from));
		struct travel want;

		rig_reset();
		with_ports(NULL);
		set_segments(HP_SEGMENT_HOST | group->flags, both[i % 2]);
		want = expect_group(&r, kind, group, e->vlan, both[i % 2]);
		travel_check(&r, AT_UPLINK, &r.frame, &want);
	}
}

static void check_group_from_port(const struct group *group)
{
	for (size_t i = 0; i < FORMS * FLOODED; i++) {
		const struct form *form = &forms[i % FORMS];
		const struct kind *kind = kind_named(flooded[i / FORMS]);
		struct run r =
			seen_of(form, RIG_EGRESS_PORTS, kind, NULL, station_mac(group->from));
		struct frame sent;
		struct travel want;

		set_form(form);
		rig_segment(form->vlan, HP_SEGMENT_HOST | group->flags);
		build(&sent, form->sent, 2, kind, NULL, station_mac(group->from));
		want = expect_group(&r, kind, group, form->vlan, form_flags(form));
		want.bridged = group->flags & B;
		travel_check(&r, port_place(group->from), &sent, &want);
	}
}

static void check_group(void **state)
{
	const struct group *group = *state;

	ports_attach(CLSACT, group->reflect ? &reflecting : &with_tc);
	if (is_port(group->from))
		check_group_from_port(group);
	else
		check_group_from_uplink(group);
}

/* Members are no concern of programs that know of none. */
static void check_without(void **state)
{
	static const struct group ways[] = { { HOST, 0, false, "----", "ff" },
					     { BRIDGE, 0, false, "----", "aa" },
					     { PORT_SHIM, 0, false, "----", "ee" } };
	const struct kind *kind = kind_named("mDNS");

	(void)state;
	ports_attach(CLSACT, &without);
	set_segments(HP_SEGMENT_HOST, HP_FDB_UNTAGGED);
	for (size_t i = 0; i < 3 * encap_count; i++) {
		const struct encap *e = &encaps[i / 3];
		struct run r = run_of(RIG_EGRESS, e, kind, NULL, station_mac(ways[i % 3].from));
		struct travel want = {};

		travel_to(&want, AT_WIRE, &r.frame);
		expect_stats(&want.e, &r, ways[i % 3].from, e->vlan, TX, PATH_WIRE);
		travel_copy(&want, &r, ways[i % 3].uplink[0]);
		travel_check(&r, AT_UPLINK, &r.frame, &want);
	}
	for (size_t i = 0; i < encap_count; i++) {
		struct run r = run_of(RIG_INGRESS, &encaps[i], kind, NULL, station_mac(NOBODY));
		struct travel want = { .goes_on = true };

		r.metadata = false;
		travel_to(&want, AT_UPLINK, &r.frame);
		r.metadata = encaps[i].tag[0].tpid;
		expect_reason(&want.e, &r, HP_REASON_WIRE_GROUP);
		r.metadata = false;
		travel_check(&r, AT_WIRE, &r.frame, &want);
	}
}

/* ---- questions from here for an XDP endpoint, and its own */

#define PORT_IP FREE_IP /* of PORT_1, on both segments */
#define PORT_IP6 FREE_IP6

static void set_addresses(void)
{
	for (int i = 0; i < 2; i++) {
		__u16 vlan = i ? VLAN_B : VLAN_A;
		struct hp_neigh port = rig_neigh_of(PORT_1, vlan);

		rig_neigh(vlan, PORT_IP, &port);
		rig_neigh(vlan, PORT_IP6, &port);
	}
}

struct question {
	enum station from;
	const char *kind;
	enum station owner;
	char way; /* as of unicast */
};

static const struct question questions[] = {
	{ HOST, "ARP request for a free address", PORT_1, TURNS },
	{ HOST, "NS for a free address", PORT_1, TURNS },
	{ HOST, "ARP probe for a free address", PORT_1, TURNS },
	{ NOBODY, "ARP request for a free address", PORT_1, TURNS },
	{ BRIDGE, "ARP request for a free address", PORT_1, TURNS },
	{ BRIDGE, "NS for a free address", PORT_1, TURNS },
	{ VEPA, "ARP request for a free address", PORT_1, REFLECTS },
	{ PRIVATE, "ARP request for a free address", PORT_1, TO_WIRE },
	{ PORT_2, "ARP request for a free address", PORT_1, TURNS },
	{ PORT_2, "NS for a free address", PORT_1, TURNS },
	{ PORT_PRIVATE, "NS for a free address", PORT_1, TO_WIRE },
	{ PORT_1, "gratuitous ARP of the host", NOBODY, TURNS }, /* no question */
	{ PORT_1, "NS for the host", HOST, TURNS },
	{ PORT_1, "ARP request for .14", NOBODY, TURNS }, /* source, bridge on VLAN_B */
	{ PORT_PRIVATE, "NS for the host", HOST, TURNS },
	{ PORT_SHIM, "NS for the host", HOST, TO_WIRE },
};

/* Of .14, which has another owner on each segment. */
static enum station owner_of(const struct question *q, const struct kind *kind, __u16 vlan)
{
	return q->owner == NOBODY && kind->question ? address_owner(kind->address, vlan) : q->owner;
}

static bool is_allowed(const struct question *q, enum station owner, bool reflect)
{
	if (owner == SOURCE)
		return false;
	return q->way == TURNS || (q->way == REFLECTS && reflect);
}

static void travel_asked(struct travel *t, const struct run *r, const struct question *q,
			 enum station owner, __u16 vlan, __u16 form)
{
	struct run bare = untagged(r, vlan);
	struct frame given = r->frame;

	expect_reason(&t->e, is_port(owner) && form ? &bare : r,
		      is_host(q->from) ? HP_REASON_HOST_STEER : HP_REASON_ENDPOINT_STEER);
	if (is_port(owner)) {
		travel_to_port(t, owner, &r->frame, vlan && form);
		return;
	}
	memcpy(given.data, station_mac(owner), ETH_ALEN);
	travel_to(t, AT_UPLINK, &given);
	t->e.copy_tag = TAG_TURNED;
	t->goes_on = true;
}

static struct travel expect_question(const struct run *r, const struct question *q,
				     const struct kind *kind, bool reflect, __u16 vlan, __u16 form)
{
	static const struct group news = { PORT_1, 0, false, "-p-p", "aa" };
	enum station owner = owner_of(q, kind, vlan);
	struct travel t = {};

	if (!kind->question)
		return expect_group(r, kind, &news, vlan, form);
	travel_to(&t, AT_WIRE, &r->frame);
	expect_stats(&t.e, r, q->from, vlan, TX, PATH_WIRE);
	if (is_allowed(q, owner, reflect))
		travel_asked(&t, r, q, owner, vlan, form);
	else
		expect_reason(&t.e, r, HP_REASON_NOT_HERE);
	return t;
}

static void ask_from_uplink(const struct question *q, bool reflect)
{
	enum rig_prog prog = reflect ? RIG_EGRESS_PORTS_REFLECT : RIG_EGRESS_PORTS;
	const struct kind *kind = kind_named(q->kind);

	for (size_t i = 0; i < encap_count; i++) {
		struct run r = run_of(prog, &encaps[i], kind, NULL, station_mac(q->from));
		__u16 form = i % 3 ? HP_FDB_UNTAGGED : 0;
		struct travel want;

		if (encaps[i].tag[1].tpid) /* behind that tag is another, and no question */
			continue;
		rig_reset();
		with_ports(NULL);
		set_segments(HP_SEGMENT_HOST, form);
		set_addresses();
		want = expect_question(&r, q, kind, reflect, encaps[i].vlan, form);
		travel_check(&r, AT_UPLINK, &r.frame, &want);
	}
}

static void ask_from_port(const struct question *q, bool reflect)
{
	enum rig_prog prog = reflect ? RIG_EGRESS_PORTS_REFLECT : RIG_EGRESS_PORTS;
	const struct kind *kind = kind_named(q->kind);

	for (size_t i = 0; i < FORMS; i++) {
		const struct form *form = &forms[i];
		struct run r = seen_of(form, prog, kind, NULL, station_mac(q->from));
		struct frame sent;
		struct travel want;

		if (form->seen[1].tpid)
			continue;
		set_form(form);
		set_addresses();
		build(&sent, form->sent, 2, kind, NULL, station_mac(q->from));
		want = expect_question(&r, q, kind, reflect, form->vlan, form_flags(form));
		travel_check(&r, port_place(q->from), &sent, &want);
	}
}

static void check_question(void **state)
{
	const struct question *q = *state;

	for (int reflect = 0; reflect < 2; reflect++) {
		ports_attach(CLSACT, reflect ? &reflecting : &with_tc);
		if (is_port(q->from))
			ask_from_port(q, reflect);
		else
			ask_from_uplink(q, reflect);
		chain_detach();
	}
}

/* ---- from the wire */

struct entry {
	enum attached attached;
	const struct chain_progs *progs;
	const char *name;
};

static const struct entry entries[] = {
	{ CLSACT, &with_tc, "tc" },
	{ XDP_IN_DRIVER, &with_xdp, "XDP" },
	{ XDP_IN_DRIVER_TAG, &with_xdp, "XDP with tags" },
	{ XDP_IN_KERNEL, &with_generic, "generic XDP" },
};

#define ENTRIES (sizeof(entries) / sizeof(entries[0]))

/* From a tag that XDP does not see, it cannot tell the segment. */
static bool is_hidden(const struct entry *entry, const struct encap *e)
{
	return entry->attached != CLSACT && entry->attached != XDP_IN_DRIVER_TAG && e->metadata;
}

/* A redirect loses what is beside the frame, so XDP leaves such a frame to tc ingress; and generic
 * XDP all. */
static bool by_xdp(const struct entry *entry, const struct encap *e, __u16 form, bool device)
{
	return entry->attached != CLSACT && entry->attached != XDP_IN_KERNEL && device &&
	       (form || !e->metadata || e->vlan == VLAN_A);
}

/* At tc ingress, where the tag is beside the frame; in XDP, it has been taken off, or not. */
static struct run counted(const struct run *r, const struct encap *e, bool xdp, __u16 form)
{
	struct run c = *r;

	c.metadata = e->tag[0].tpid && (!xdp || e->metadata || (e->vlan && form));
	return c;
}

static void travel_from_wire(struct travel *t, const struct run *r, const struct run *count,
			     enum station s, __u16 vlan, __u16 form, bool xdp)
{
	expect_reason(&t->e, count, xdp ? HP_REASON_XDP_PORT : HP_REASON_WIRE_IN);
	expect_stats(&t->e, count, s, vlan, RX, PATH_WIRE);
	travel_to_port(t, s, &r->frame, vlan && form);
	if (!xdp)
		travel_to(t, AT_UPLINK, &r->frame);
}

/* A priority tag beside the frame is lost in XDP: it says nothing of where the frame belongs. */
static void lose_priority(struct travel *t, const struct encap *e, enum station s, bool xdp)
{
	__u16 tpid, tci;

	if (xdp && e->metadata && e->vlan == VLAN_A)
		assert_true(frame_take_tag(&t->at[port_place(s)], &tpid, &tci));
}

static void check_wire_way(const struct entry *entry, __u16 form, bool device)
{
	for (size_t i = 0; i < encap_count * PORTS; i++) {
		const struct encap *e = &encaps[i / PORTS];
		enum station s = PORT_1 + i % PORTS;
		struct run r = run_of(RIG_INGRESS_PORTS, e, &unicast_kinds[i % unicast_kind_count],
				      station_mac(s), station_mac(NOBODY));
		bool xdp = by_xdp(entry, e, form, device);
		struct run count = counted(&r, e, xdp, form);
		struct travel want = {};

		if (is_hidden(entry, e))
			continue;
		travel_from_wire(&want, &r, &count, s, e->vlan, form, xdp);
		lose_priority(&want, e, s, xdp);
		travel_check(&r, AT_WIRE, &r.frame, &want);
	}
}

static void check_wire(void **state)
{
	const struct entry *entry = *state;

	ports_attach(entry->attached, entry->progs);
	chain_set_at_wire();
	set_segments(HP_SEGMENT_HOST, HP_FDB_UNTAGGED);
	check_wire_way(entry, HP_FDB_UNTAGGED, true);
	rig_reset();
	with_ports(NULL);
	set_segments(HP_SEGMENT_HOST, 0);
	check_wire_way(entry, 0, true);
	for (enum station s = PORT_1; s < STATIONS; s++)
		rig_device(port_ifindex(s), false);
	check_wire_way(entry, 0, false);
}

/* What is addressed to others goes the way that it went. */
static void check_wire_others(void **state)
{
	static const enum station others[] = { NOBODY, HOST, BRIDGE, PRIVATE };
	const struct entry *entry = *state;

	ports_attach(entry->attached, entry->progs);
	chain_set_at_wire();
	set_segments(HP_SEGMENT_HOST, HP_FDB_UNTAGGED);
	for (size_t i = 0; i < 4 * encap_count; i++) {
		const struct encap *e = &encaps[i / 4];
		struct run r = run_of(RIG_INGRESS_PORTS, e, &unicast_kinds[i % unicast_kind_count],
				      station_mac(others[i % 4]), station_mac(NOBODY));
		struct run count = counted(&r, e, false, 0);
		struct travel want = { .goes_on = true };

		if (is_hidden(entry, e))
			continue;
		travel_to(&want, AT_UPLINK, &r.frame);
		expect_reason(&want.e, &count, i % 4 ? HP_REASON_WIRE_IN : HP_REASON_NOT_LOCAL);
		expect_stats(&want.e, &count, others[i % 4], e->vlan, RX, PATH_WIRE);
		travel_check(&r, AT_WIRE, &r.frame, &want);
	}
}

/* Beside what the kernel floods, each of them gets a copy. */
static void check_wire_group(void **state)
{
	static const __u16 both[] = { HP_FDB_UNTAGGED, 0 };
	const struct entry *entry = *state;

	ports_attach(entry->attached, entry->progs);
	chain_set_at_wire();
	for (size_t i = 0; i < 2 * encap_count * FLOODED; i++) {
		const struct encap *e = &encaps[i / 2 % encap_count];
		const struct kind *kind = kind_named(flooded[i / 2 / encap_count]);
		struct run r = run_of(RIG_INGRESS_PORTS, e, kind, NULL, station_mac(NOBODY));
		struct run count = counted(&r, e, false, 0);
		struct travel want = { .goes_on = true };

		if (is_hidden(entry, e))
			continue;
		rig_reset();
		with_ports(NULL);
		set_segments(HP_SEGMENT_HOST, both[i % 2]);
		travel_to(&want, AT_UPLINK, &r.frame);
		expect_reason(&want.e, &count, HP_REASON_WIRE_GROUP);
		if (!kind->reserved)
			travel_members(&want, &count, "pppp", e->vlan, both[i % 2]);
		travel_check(&r, AT_WIRE, &r.frame, &want);
	}
}

/* Where nothing is left to the kernel, the same, and the frame ends there or is the host's. */
static void check_wire_listed(void **state)
{
	const struct kind *kind = kind_named("mDNS");

	(void)state;
	ports_attach(CLSACT, &with_access);
	for (size_t i = 0; i < 2 * encap_count; i++) {
		const struct encap *e = &encaps[i / 2];
		struct run r = run_of(RIG_INGRESS_PORTS_ACCESS, e, kind, NULL, station_mac(NOBODY));
		struct run count = counted(&r, e, false, 0);
		struct travel want = { .goes_on = i % 2 };

		if (e->metadata)
			continue;
		rig_reset();
		with_ports(NULL);
		set_segments(HP_SEGMENT_LISTED | (i % 2 ? HP_SEGMENT_HOST : 0), HP_FDB_UNTAGGED);
		travel_to(&want, AT_UPLINK, &r.frame);
		expect_reason(&want.e, &count, HP_REASON_WIRE_GROUP);
		travel_members(&want, &count, "pppp", e->vlan, HP_FDB_UNTAGGED);
		if (i % 2 == 0)
			expect_reason(&want.e, &count, HP_REASON_LISTED);
		travel_check(&r, AT_WIRE, &r.frame, &want);
	}
}

/* The sender is an endpoint whose frame a switch gave back: it has had it. */
static void check_wire_own(void **state)
{
	struct run r = run_of(RIG_INGRESS_PORTS, encap_untagged, kind_named("mDNS"), NULL,
			      station_mac(PORT_2));
	struct travel want = { .goes_on = true };

	(void)state;
	ports_attach(CLSACT, &with_tc);
	set_segments(HP_SEGMENT_HOST, HP_FDB_UNTAGGED);
	travel_to(&want, AT_UPLINK, &r.frame);
	expect_reason(&want.e, &r, HP_REASON_WIRE_GROUP);
	travel_members(&want, &r, "p-pp", VLAN_A, 0);
	travel_check(&r, AT_WIRE, &r.frame, &want);
}

/* A group of a segment without an entry is nobody's. */
static void check_no_segment(void **state)
{
	const struct kind *kind = kind_named("mDNS");

	(void)state;
	ports_attach(CLSACT, &with_tc);
	set_segments(-1, HP_FDB_UNTAGGED);
	for (size_t i = 0; i < encap_count; i++) {
		struct run r = run_of(RIG_EGRESS_PORTS, &encaps[i], kind, NULL, station_mac(HOST));
		struct travel out = {}, in = { .goes_on = true };
		struct run count = counted(&r, &encaps[i], false, 0);

		travel_to(&out, AT_WIRE, &r.frame);
		travel_check(&r, AT_UPLINK, &r.frame, &out);
		r.metadata = false;
		travel_to(&in, AT_UPLINK, &r.frame);
		expect_reason(&in.e, &count, HP_REASON_WIRE_GROUP);
		travel_check(&r, AT_WIRE, &r.frame, &in);
	}
}

/* The owner's MAC stands in place of the group; tc ingress has left nothing to count as unicast. */
static void check_wire_question(void **state)
{
	static const char *const kinds[] = { "ARP request for a free address",
					     "NS for a free address" };
	static const __u16 both[] = { HP_FDB_UNTAGGED, 0 };
	const struct entry *entry = *state;

	ports_attach(entry->attached, entry->progs);
	chain_set_at_wire();
	for (size_t i = 0; i < 4 * encap_count; i++) {
		const struct encap *e = &encaps[i / 4];
		__u16 form = both[i / 2 % 2];
		struct run r = run_of(RIG_INGRESS_PORTS, e, kind_named(kinds[i % 2]), NULL,
				      station_mac(NOBODY));
		bool xdp = by_xdp(entry, e, form, true);
		struct run at_xdp = r, at_tc = counted(&r, e, false, 0);
		struct frame given = r.frame;
		struct travel want = {};

		if (is_hidden(entry, e) || e->tag[1].tpid)
			continue;
		rig_reset();
		with_ports(NULL);
		set_segments(HP_SEGMENT_HOST, form);
		set_addresses();
		memcpy(given.data, station_mac(PORT_1), ETH_ALEN);
		travel_to_port(&want, PORT_1, &given, e->vlan && form);
		lose_priority(&want, e, PORT_1, xdp);
		at_xdp.metadata = e->metadata;
		expect_reason(&want.e, entry->attached == CLSACT ? &at_tc : &at_xdp,
			      HP_REASON_STEER);
		if (!xdp)
			travel_to(&want, AT_UPLINK, entry->attached == CLSACT ? &r.frame : &given);
		if (!xdp && entry->attached != CLSACT) { /* for tc ingress, unicast */
			expect_reason(&want.e, &at_tc, HP_REASON_WIRE_IN);
			expect_stats(&want.e, &at_tc, PORT_1, e->vlan, RX, PATH_WIRE);
		}
		travel_check(&r, AT_WIRE, &r.frame, &want);
	}
}

void port_tests(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		suite_add(with_ports, check_unicast, &rows[i],
			  "ports: unicast from %s, reflect off", station_name(rows[i].from));
		suite_add(with_ports, check_unicast_reflecting, &rows[i],
			  "ports: unicast from %s, reflect on", station_name(rows[i].from));
	}
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		suite_add(with_ports, check_group, &groups[i],
			  "ports: group from %s, reflect %s%s%s%s", station_name(groups[i].from),
			  groups[i].reflect ? "on" : "off", groups[i].flags & V ? ", vepa" : "",
			  groups[i].flags & B ? ", bridged" : "",
			  groups[i].flags & L ? ", listed" : "");
	suite_add(with_ports, check_unknown_bridged, NULL,
		  "ports: unicast to whom a bridge of the host's may have");
	suite_add(with_ports, check_host_bridged, NULL, "ports: unicast from behind a bridge");
	suite_add(with_ports, check_forged, NULL, "ports: with somebody else's source");
	suite_add(with_ports, check_same_as_access, NULL, "ports: with an access port's MAC");
	suite_add(with_ports, check_above, NULL, "ports: from a VLAN device above xdp");
	suite_add(with_ports, check_without, NULL, "ports: no members where there are none");
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		suite_add(with_ports, check_question, &questions[i], "ports: %s from %s",
			  questions[i].kind, station_name(questions[i].from));
	for (size_t i = 0; i < ENTRIES; i++) {
		suite_add(with_ports, check_wire, &entries[i], "ports, %s: unicast from the wire",
			  entries[i].name);
		suite_add(with_ports, check_wire_others, &entries[i],
			  "ports, %s: unicast from the wire to others", entries[i].name);
		suite_add(with_ports, check_wire_group, &entries[i],
			  "ports, %s: group from the wire", entries[i].name);
		suite_add(with_ports, check_wire_question, &entries[i],
			  "ports, %s: question from the wire", entries[i].name);
	}
	suite_add(with_ports, check_wire_listed, NULL, "ports: group from the wire, listed");
	suite_add(with_ports, check_wire_own, NULL, "ports: group that comes back from the wire");
	suite_add(with_ports, check_no_segment, NULL, "ports: group of another segment");
}
