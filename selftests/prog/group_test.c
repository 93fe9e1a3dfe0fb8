/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Egress, broadcast and multicast: every cell of the table, with every kind of
 * frame in every encapsulation. The original always goes to the wire.
 *
 * What is known of a segment as a whole is not known here: known_test.c.
 */
#include "rig.h"
#include "suite.h"

#define NO_ENTRY (-1) /* a segment without endpoints */

static void set_segments(int flags)
{
	rig_segment(VLAN_A, flags);
	rig_segment(VLAN_B, flags);
}

/* Behind the segment's tag is a frame of that segment, and not another tag. */
static enum station owner_of(const struct kind *kind, const struct encap *e)
{
	if (!kind->question || e->tag[1].tpid)
		return NOBODY;
	return address_owner(kind->address, e->vlan);
}

static bool is_steered(const struct kind *kind, const struct encap *e)
{
	enum station owner = owner_of(kind, e);

	return owner != NOBODY && owner != HOST;
}

static void expect_from_host(struct expect *want, const struct run *r, const struct kind *kind,
			     const struct encap *e)
{
	if (kind->reserved) {
		expect_reason(want, r, HP_REASON_RESERVED);
	} else if (is_steered(kind, e)) {
		expect_copy(want, r, TAG_TURNED,
			    station_mac(address_owner(kind->address, e->vlan)));
		expect_reason(want, r, HP_REASON_HOST_STEER);
	} else {
		expect_copy(want, r, TAG_ECHO, NULL);
		expect_reason(want, r, HP_REASON_HOST_FLOOD);
	}
}

/* What is in the segment does not matter to what the host sends. */
static void check_from_host(const struct kind *kind, enum station from, enum rig_prog prog)
{
	for (size_t i = 0; i < encap_count; i++) {
		const struct encap *e = &encaps[i];
		struct run r = run_of(prog, e, kind, NULL, station_mac(from));
		struct expect want = expect_nothing();

		expect_stats(&want, &r, from, e->vlan, TX, PATH_WIRE);
		expect_from_host(&want, &r, kind, e);
		rig_check(&r, &want);
	}
}

static void check_host_kind(void **state)
{
	const struct kind *kind = *state;

	for (int flags = 0; flags <= (HP_SEGMENT_VEPA | HP_SEGMENT_HOST); flags++) {
		set_segments(flags);
		check_from_host(kind, HOST, RIG_EGRESS);
		check_from_host(kind, HOST, RIG_EGRESS_REFLECT);
		check_from_host(kind, NOBODY, RIG_EGRESS);
		check_from_host(kind, NOBODY, RIG_EGRESS_REFLECT);
	}
}

/* What a cell asks for: copies that are made besides the frame to the wire. */
#define NONE '-'
#define AS_IS 'a'	/* one, as it is */
#define TO_HOST 'h'	/* one, to the host's MAC */
#define NOT_TO_HOST 'e' /* one, as it is, and not to be heard by the host */

struct cell {
	enum station from;
	int flags;
	const char *cells; /* reflect off, reflect on */
};

#define EMPTY 0
#define VEPAS HP_SEGMENT_VEPA
#define HOST_IN HP_SEGMENT_HOST

/*
 * from, what else is in the segment, copies. A VEPA endpoint is never in a
 * segment without VEPA endpoints.
 */
static const struct cell table[] = {
	{ BRIDGE, HOST_IN, "aa" },
	{ BRIDGE, HOST_IN | VEPAS, "ha" },
	{ BRIDGE_2, HOST_IN, "aa" },
	{ VEPA, HOST_IN | VEPAS, "ha" },
	{ VEPA_2, HOST_IN | VEPAS, "ha" },
	{ PRIVATE, HOST_IN, "hh" },
	{ PRIVATE, HOST_IN | VEPAS, "hh" },
	{ SOURCE, HOST_IN, "hh" },
	{ SOURCE, HOST_IN | VEPAS, "hh" },
	/* no station of the host there: nobody for a copy to the host */
	{ BRIDGE, EMPTY, "aa" },
	{ BRIDGE, VEPAS, "-a" },
	{ VEPA, VEPAS, "-a" },
	{ PRIVATE, EMPTY, "--" },
	{ PRIVATE, VEPAS, "--" },
	{ SOURCE, EMPTY, "--" },
	{ SOURCE, VEPAS, "--" },
	/* devices of the host's own stack, which shall not hear itself */
	{ SHIM_BRIDGE, HOST_IN, "--" },
	{ SHIM_BRIDGE, HOST_IN | VEPAS, "-e" },
	{ SHIM_VEPA, HOST_IN | VEPAS, "-e" },
	{ SHIM_PRIVATE, HOST_IN, "--" },
	{ SHIM_PRIVATE, HOST_IN | VEPAS, "--" },
	{ SHIM_SOURCE, HOST_IN, "--" },
	{ SHIM_SOURCE, HOST_IN | VEPAS, "--" },
	{ SHIM_BRIDGE, EMPTY, "--" },
	{ SHIM_BRIDGE, VEPAS, "-e" },
	{ SHIM_VEPA, VEPAS, "-e" },
};

static void expect_from_endpoint(struct expect *want, const struct run *r, char cell)
{
	switch (cell) {
	case AS_IS:
		expect_copy(want, r, TAG_TURNED, NULL);
		expect_reason(want, r, HP_REASON_ENDPOINT_FLOOD);
		break;
	case NOT_TO_HOST:
		expect_copy(want, r, TAG_ECHO, NULL);
		expect_reason(want, r, HP_REASON_ENDPOINT_FLOOD);
		break;
	case TO_HOST:
		expect_copy(want, r, TAG_TURNED, station_mac(HOST));
		expect_reason(want, r, HP_REASON_TO_HOST);
		break;
	default:
		assert_int_equal(cell, NONE);
	}
}

/*
 * An endpoint's question, by who has the address: 'o' a copy to the owner, 'r'
 * the same if reflect is on, else none. What may turn as unicast, may turn here.
 */
static const struct {
	enum station from;
	const char *cells; /* host, bridge, vepa, private, source */
} questions[] = {
	{ BRIDGE, "o-r--" },	  { BRIDGE_2, "o-r--" },  { VEPA, "orr--" },
	{ VEPA_2, "orr--" },	  { PRIVATE, "o----" },	  { SOURCE, "o----" },
	{ SHIM_BRIDGE, "--r--" }, { SHIM_VEPA, "-rr--" }, { SHIM_PRIVATE, "-----" },
	{ SHIM_SOURCE, "-----" },
};

static bool is_copied_to_owner(enum station from, enum station owner, bool reflect)
{
	static const enum station owners[] = { HOST, BRIDGE, VEPA, PRIVATE, SOURCE };
	size_t row = 0, column = 0;

	while (questions[row].from != from)
		assert_true(++row < sizeof(questions) / sizeof(questions[0]));
	while (owners[column] != owner)
		assert_true(++column < sizeof(owners) / sizeof(owners[0]));
	return questions[row].cells[column] == 'o' ||
	       (questions[row].cells[column] == 'r' && reflect);
}

static void expect_question(struct expect *want, const struct run *r, const struct cell *cell,
			    bool reflect, enum station owner)
{
	if (is_copied_to_owner(cell->from, owner, reflect)) {
		expect_copy(want, r, TAG_TURNED, station_mac(owner));
		expect_reason(want, r, HP_REASON_ENDPOINT_STEER);
	} else {
		expect_reason(want, r, HP_REASON_NOT_HERE);
	}
}

static void check_from_endpoint(const struct cell *cell, bool reflect, const struct kind *kind,
				const struct encap *e)
{
	struct run r = run_of(reflect ? RIG_EGRESS_REFLECT : RIG_EGRESS, e, kind, NULL,
			      station_mac(cell->from));
	struct expect want = expect_nothing();
	enum station owner = owner_of(kind, e);

	expect_stats(&want, &r, cell->from, e->vlan, TX, PATH_WIRE);
	if (kind->reserved)
		expect_reason(&want, &r, HP_REASON_RESERVED);
	else if (owner != NOBODY && owner != cell->from)
		expect_question(&want, &r, cell, reflect, owner);
	else
		expect_from_endpoint(&want, &r, cell->cells[reflect]);
	rig_check(&r, &want);
}

/* A question for an address of its own is for all others, to defend theirs. */
static void check_endpoint_cell(void **state)
{
	const struct cell *cell = *state;

	set_segments(cell->flags);
	for (size_t i = 0; i < group_kind_count * encap_count; i++) {
		const struct kind *kind = &group_kinds[i / encap_count];

		check_from_endpoint(cell, false, kind, &encaps[i % encap_count]);
		check_from_endpoint(cell, true, kind, &encaps[i % encap_count]);
	}
}

static void check_nothing(enum station from, const struct kind *kind, __u16 vlan)
{
	for (size_t i = 0; i < encap_count; i++) {
		struct run r =
			run_of(RIG_EGRESS_REFLECT, &encaps[i], kind, NULL, station_mac(from));
		struct expect want = expect_nothing();

		if (encaps[i].vlan == vlan)
			rig_check(&r, &want);
	}
}

static void check_no_entry(void **state)
{
	(void)state;
	for (enum station from = NOBODY; from < MACS; from++) {
		for (size_t i = 0; i < group_kind_count; i++) {
			set_segments(NO_ENTRY);
			check_nothing(from, &group_kinds[i], VLAN_A);
			check_nothing(from, &group_kinds[i], VLAN_B);
			rig_segment(VLAN_A, HOST_IN | VEPAS);
			check_nothing(from, &group_kinds[i], VLAN_B);
			set_segments(NO_ENTRY);
			rig_segment(VLAN_B, HOST_IN | VEPAS);
			check_nothing(from, &group_kinds[i], VLAN_A);
		}
	}
}

/* The copy is lost, and counted as lost; the frame itself is as it was. */
static void check_copy_failed(void **state)
{
	const struct kind *flooded = kind_named("mDNS"), *steered = kind_named("NS for ::11");
	const struct {
		const struct kind *kind;
		enum station from;
		enum hp_reason reason;
	} ways[] = {
		{ flooded, HOST, HP_REASON_HOST_FLOOD },
		{ steered, HOST, HP_REASON_HOST_STEER },
		{ flooded, BRIDGE, HP_REASON_ENDPOINT_FLOOD },
		{ flooded, PRIVATE, HP_REASON_TO_HOST },
		{ kind_named("NS for the host"), PRIVATE, HP_REASON_ENDPOINT_STEER },
	};

	(void)state;
	set_segments(HOST_IN);
	lab_down(&rig.lab);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct run r = run_of(RIG_EGRESS, encap_untagged, ways[i].kind, NULL,
				      station_mac(ways[i].from));
		struct expect want = expect_nothing();

		expect_stats(&want, &r, ways[i].from, VLAN_A, TX, PATH_WIRE);
		expect_reason(&want, &r, ways[i].reason);
		expect_reason(&want, &r, HP_REASON_COPY_FAILED);
		rig_check_down(&r, &want);
	}
}

void group_tests(void)
{
	for (size_t i = 0; i < group_kind_count; i++)
		suite_add(with_probe, check_host_kind, &group_kinds[i], "group from host: %s",
			  group_kinds[i].name);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		suite_add(with_probe, check_endpoint_cell, &table[i],
			  "group from %s, host station %s, vepa endpoints %s",
			  station_name(table[i].from),
			  table[i].flags & HP_SEGMENT_HOST ? "yes" : "no",
			  table[i].flags & HP_SEGMENT_VEPA ? "yes" : "no");
	suite_add(with_probe, check_no_entry, NULL,
		  "group: nothing in a segment without endpoints");
	suite_add(with_probe, check_copy_failed, NULL, "group: a lost copy is counted");
}
