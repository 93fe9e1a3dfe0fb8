/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ingress: unicast goes on unchanged, so it is the counters that show what the
 * program took it for. A question from the wire goes to the owner of the address.
 * What the program makes of a frame's type shows on a device only: device_test.c.
 */
#include "rig.h"
#include "suite.h"

struct cell {
	enum station from; /* NOBODY: the wire */
	enum station to;
};

static struct cell cells[MACS * MACS];

static enum path path_to(enum station other)
{
	return other == NOBODY ? PATH_WIRE : other == HOST ? PATH_HOST : PATH_PEER;
}

static void expect_unicast(struct expect *want, const struct run *r, const struct cell *cell,
			   __u16 vlan)
{
	if (cell->to == NOBODY) {
		expect_reason(want, r, HP_REASON_NOT_LOCAL);
		return;
	}
	expect_stats(want, r, cell->from, vlan, TX, path_to(cell->to));
	expect_stats(want, r, cell->to, vlan, RX, path_to(cell->from));
	expect_reason(want, r, cell->from == NOBODY ? HP_REASON_WIRE_IN : HP_REASON_SIBLING);
}

/* tc_index and segments of other users of these frames. */
static void check_unicast(void **state)
{
	static const __u16 indexes[] = { 0, 1, TAG_TURNED - 1, TAG_ECHO + 1, 0xffff };
	const struct cell *cell = *state;

	for (size_t i = 0; i < encap_count * unicast_kind_count; i++) {
		const struct encap *e = &encaps[i / unicast_kind_count];
		struct run r = run_of(RIG_INGRESS, e, &unicast_kinds[i % unicast_kind_count],
				      station_mac(cell->to), station_mac(cell->from));
		struct expect want = expect_nothing();

		r.tc_index = indexes[i % 5];
		expect_unicast(&want, &r, cell, e->vlan);
		rig_check(&r, &want);
	}
}

static void check_other_segment(void **state)
{
	static const struct encap others[] = {
		{ "VID 51", 51, false, { { ETH_P_8021Q, 51 } } },
		{ "VID 51 in the metadata", 51, true, { { ETH_P_8021Q, 51 } } },
		{ "QinQ, only the inner is known",
		  60,
		  true,
		  { { ETH_P_8021AD, 60 }, { ETH_P_8021Q, VLAN_B } } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct run r = run_of(RIG_INGRESS, &others[i], &unicast_kinds[0],
				      station_mac(BRIDGE), station_mac(VEPA));
		struct expect want = expect_nothing();

		expect_reason(&want, &r, HP_REASON_NOT_LOCAL);
		rig_check(&r, &want);
	}
}

/* Of its own address, the owner's question came back from a switch that reflects. */
static struct expect expect_group(const struct run *r, const struct kind *kind,
				  const struct encap *e, enum station from)
{
	enum station owner = kind->question ? address_owner(kind->address, e->vlan) : NOBODY;

	if (owner == NOBODY || owner == from || kind->reserved || e->tag[1].tpid)
		return expect_from_wire(r, WIRE_PASS, NULL);
	return expect_from_wire(r, WIRE_OWNER, station_mac(owner));
}

static void check_group(void **state)
{
	const struct kind *kind = *state;

	for (size_t i = 0; i < encap_count * MACS; i++) {
		const struct encap *e = &encaps[i / MACS];
		struct run r = run_of(RIG_INGRESS, e, kind, NULL, station_mac(i % MACS));
		struct expect want = expect_from_wire(&r, WIRE_PASS, NULL);

		rig_segment(VLAN_A, -1);
		rig_segment(VLAN_B, -1);
		rig_check(&r, &want);
		rig_segment(e->vlan, HP_SEGMENT_HOST);
		want = expect_group(&r, kind, e, i % MACS);
		rig_check(&r, &want);
		r.prog = RIG_INGRESS_BEHIND;
		want = expect_from_wire(&r, WIRE_PASS, NULL);
		rig_check(&r, &want);
	}
}

/* Turned round: egress has counted it. */
static void check_tagged(void **state)
{
	const struct kind *kind = *state;
	bool unicast = !kind->dst[0];

	for (size_t i = 0; i < encap_count * MACS; i++) {
		struct run r =
			run_of(RIG_INGRESS, &encaps[i / MACS], kind,
			       unicast ? station_mac((i + 1) % MACS) : NULL, station_mac(i % MACS));
		struct expect want = expect_nothing();

		r.tc_index = TAG_TURNED;
		rig_check(&r, &want);
		r.tc_index = TAG_ECHO;
		rig_check(&r, &want);
	}
}

static void check_gso(void **state)
{
	const struct cell ways[] = { { NOBODY, BRIDGE }, { VEPA, HOST }, { NOBODY, NOBODY } };

	(void)state;
	for (size_t i = 0; i < 3 * encap_count; i++) {
		const struct encap *e = &encaps[i / 3];
		struct run r = run_of(RIG_INGRESS, e, &unicast_kinds[0],
				      station_mac(ways[i % 3].to), station_mac(ways[i % 3].from));
		struct expect want = expect_nothing();

		r.gso_segs = 17;
		expect_unicast(&want, &r, &ways[i % 3], e->vlan);
		rig_check(&r, &want);
	}
}

void ingress_tests(void)
{
	for (size_t i = 0; i < MACS * MACS; i++) {
		cells[i] = (struct cell){ i / MACS, i % MACS };
		if (cells[i].from == cells[i].to && cells[i].to != NOBODY)
			continue;
		suite_add(with_probe, check_unicast, &cells[i], "ingress from %s to %s",
			  cells[i].from == NOBODY ? "the wire" : station_name(cells[i].from),
			  cells[i].to == NOBODY ? "nobody here" : station_name(cells[i].to));
	}
	for (size_t i = 0; i < group_kind_count; i++) {
		suite_add(with_probe, check_group, &group_kinds[i], "ingress: %s",
			  group_kinds[i].name);
		suite_add(with_probe, check_tagged, &group_kinds[i], "ingress, turned: %s",
			  group_kinds[i].name);
	}
	for (size_t i = 0; i < unicast_kind_count; i++)
		suite_add(with_probe, check_tagged, &unicast_kinds[i], "ingress, turned: %s",
			  unicast_kinds[i].name);
	suite_add(with_probe, check_other_segment, NULL, "ingress: same MAC on another segment");
	suite_add(with_probe, check_gso, NULL, "ingress: GSO counts segments");
}
