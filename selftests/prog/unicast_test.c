/* SPDX-License-Identifier: BSD-2-Clause */
/* Egress, unicast: every cell of the table, in every encapsulation. */
#include <string.h>

#include "rig.h"
#include "suite.h"

/* What a cell asks for. */
#define WIRE 'w'    /* left alone */
#define HAIRPIN 'h' /* turned round */
#define REFLECT 'r' /* turned round if settings.reflect, else left alone */

#define COLUMNS 10

static const enum station to[COLUMNS] = {
	HOST,	BRIDGE_2,    VEPA_2,	PRIVATE_2,    SOURCE_2,
	NOBODY, SHIM_BRIDGE, SHIM_VEPA, SHIM_PRIVATE, SHIM_SOURCE
};

/* clang-format off */
static const struct {
	enum station from;
	const char *cells; /* one letter a column of `to` */
} table[] = {
	/*		  to the host, bridge, vepa, private, source, nobody, shims in the same modes */
	{ HOST,		 "w" "h" "h" "h" "h" "w" "h" "h" "h" "h" },
	{ NOBODY,	 "w" "h" "h" "h" "h" "w" "h" "h" "h" "h" },
	{ BRIDGE,	 "h" "w" "r" "w" "w" "w" "w" "r" "w" "w" },
	{ VEPA,		 "h" "r" "r" "w" "w" "w" "r" "r" "w" "w" },
	{ PRIVATE,	 "h" "w" "w" "w" "w" "w" "w" "w" "w" "w" },
	{ SOURCE,	 "h" "w" "w" "w" "w" "w" "w" "w" "w" "w" },
	{ SHIM_BRIDGE,	 "h" "w" "r" "w" "w" "w" "w" "r" "w" "w" },
	{ SHIM_VEPA,	 "h" "r" "r" "w" "w" "w" "r" "r" "w" "w" },
	{ SHIM_PRIVATE,	 "h" "w" "w" "w" "w" "w" "w" "w" "w" "w" },
	{ SHIM_SOURCE,	 "h" "w" "w" "w" "w" "w" "w" "w" "w" "w" },
};
/* clang-format on */

#define ROWS (sizeof(table) / sizeof(table[0]))

struct cell {
	enum station from;
	enum station to;
	bool reflect;
	char want;
};

static struct cell cells[ROWS * COLUMNS * 2];

static bool is_host(enum station s)
{
	return s == HOST || s == NOBODY;
}

/* A frame of an unknown source is counted for its receiver as from the wire. */
static enum path path_from(enum station from)
{
	return from == NOBODY || from == HOST ? PATH_HOST : PATH_PEER; /* unknown: the host */
}

static void expect_turned(struct expect *e, const struct run *r, const struct cell *cell,
			  __u16 vlan)
{
	bool between_endpoints = !is_host(cell->from) && !is_host(cell->to);

	e->verdict = REDIRECT;
	expect_stats(e, r, cell->from, vlan, TX, cell->to == HOST ? PATH_HOST : PATH_PEER);
	expect_stats(e, r, cell->to, vlan, RX, path_from(cell->from));
	expect_reason(e, r, between_endpoints ? HP_REASON_REFLECT : HP_REASON_HAIRPIN);
}

static void expect_to_wire(struct expect *e, const struct run *r, enum station from, __u16 vlan)
{
	expect_stats(e, r, from, vlan, TX, PATH_WIRE);
	expect_reason(e, r, HP_REASON_TO_WIRE);
}

static bool turns(const struct cell *cell)
{
	return cell->want == HAIRPIN || (cell->want == REFLECT && cell->reflect);
}

static void check_cell(void **state)
{
	const struct cell *cell = *state;

	for (size_t i = 0; i < encap_count * unicast_kind_count; i++) {
		const struct encap *e = &encaps[i / unicast_kind_count];
		struct run r = run_of(cell->reflect ? RIG_EGRESS_REFLECT : RIG_EGRESS, e,
				      &unicast_kinds[i % unicast_kind_count], station_mac(cell->to),
				      station_mac(cell->from));
		struct expect want = expect_nothing();

		if (turns(cell))
			expect_turned(&want, &r, cell, e->vlan);
		else
			expect_to_wire(&want, &r, cell->from, e->vlan);
		rig_check(&r, &want);
	}
}

/* The MACs of VLAN 0 and 50 mean nothing elsewhere, whatever the tag's other bits say. */
static void check_other_segment(void **state)
{
	static const struct encap others[] = {
		{ "VID 51", 51, false, { { ETH_P_8021Q, 51 } } },
		{ "VID 51 in the metadata", 51, true, { { ETH_P_8021Q, 51 } } },
		{ "VID 4094", 4094, false, { { ETH_P_8021Q, 4094 } } },
		{ "VID 2098, 50 in its low bits", 2098, true, { { ETH_P_8021Q, 2098 } } },
		{ "VID 12800, 50 with its bytes swapped", 512, false, { { ETH_P_8021Q, 0x3200 } } },
		{ "QinQ, only the inner is known",
		  60,
		  false,
		  { { ETH_P_8021AD, 60 }, { ETH_P_8021Q, VLAN_B } } },
		{ "QinQ, only the inner is known, outer in the metadata",
		  60,
		  true,
		  { { ETH_P_8021Q, 60 }, { ETH_P_8021Q, VLAN_B } } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct run r = run_of(RIG_EGRESS_REFLECT, &others[i], &unicast_kinds[0],
				      station_mac(BRIDGE), station_mac(HOST));
		struct expect want = expect_nothing();

		expect_to_wire(&want, &r, NOBODY, others[i].vlan);
		rig_check(&r, &want);
	}
}

/* A GSO frame counts as the frames that it will become. */
static void check_gso(void **state)
{
	static const struct {
		enum station from, to;
		char want;
	} ways[] = { { HOST, BRIDGE, HAIRPIN }, { VEPA, HOST, HAIRPIN }, { HOST, NOBODY, WIRE } };

	(void)state;
	for (size_t i = 0; i < 3 * encap_count; i++) {
		const struct encap *e = &encaps[i / 3];
		struct cell cell = { ways[i % 3].from, ways[i % 3].to, false, ways[i % 3].want };
		struct run r = run_of(RIG_EGRESS, e, &unicast_kinds[0], station_mac(cell.to),
				      station_mac(cell.from));
		struct expect want = expect_nothing();

		r.gso_segs = 44;
		if (turns(&cell))
			expect_turned(&want, &r, &cell, e->vlan);
		else
			expect_to_wire(&want, &r, cell.from, e->vlan);
		rig_check(&r, &want);
	}
}

void unicast_tests(void)
{
	struct cell *cell = cells;

	for (size_t i = 0; i < 2 * ROWS * COLUMNS; i++, cell++) {
		size_t row = i / (2 * COLUMNS), column = i / 2 % COLUMNS;

		*cell = (struct cell){ table[row].from, to[column], i % 2,
				       table[row].cells[column] };
		suite_add(with_probe, check_cell, cell, "unicast from %s to %s, reflect %s",
			  station_name(cell->from), station_name(cell->to),
			  cell->reflect ? "on" : "off");
	}
	suite_add(with_probe, check_other_segment, NULL, "unicast: same MAC on another segment");
	suite_add(with_probe, check_gso, NULL, "unicast: GSO counts segments");
}
