/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames cut at every length, through all programs. Only the link layer is
 * needed: a frame cut behind it is handled like a whole one, except that half
 * a question is none. One cut before that is `short`; XDP lets it pass.
 *
 * There is no frame without a whole Ethernet header, here or on a device: packet
 * sockets, drivers and bpf_skb_change_tail() all see to that. So what can be cut
 * in the link layer is a tag in the payload.
 */
#include <stdio.h>
#include <string.h>

#include "rig.h"
#include "suite.h"

#define ARP_LEN 28	 /* up to the target address: all of it */
#define NS_LEN (40 + 24) /* up to the target address; options follow */

/* What the receive path cannot untag it drops, before the taps: skb_vlan_untag(). */
#define UNTAG_MIN (ETH_HLEN + 4 + 2)

struct cell {
	enum rig_prog prog;
	const struct kind *kind;
	bool unicast;
	enum station from;
};

static bool is_short(const struct run *r, const struct encap *e)
{
	return e->tag[0].tpid && !e->metadata && r->frame.len < ETH_HLEN + 4;
}

/* Of the address that the frame asks for; NOBODY: it does not. */
static enum station owner_of(const struct run *r, const struct kind *kind, const struct encap *e)
{
	if (!kind->question || e->tag[1].tpid)
		return NOBODY;
	if (r->frame.len < encap_header(e) + (strchr(kind->address, ':') ? NS_LEN : ARP_LEN))
		return NOBODY;
	return address_owner(kind->address, e->vlan);
}

static void expect_from_private(struct expect *want, const struct run *r, enum station owner)
{
	if (owner == NOBODY || owner == PRIVATE) {
		expect_copy(want, r, TAG_TURNED, station_mac(HOST));
		expect_reason(want, r, HP_REASON_TO_HOST);
	} else if (owner == HOST) {
		expect_copy(want, r, TAG_TURNED, station_mac(HOST));
		expect_reason(want, r, HP_REASON_ENDPOINT_STEER);
	} else {
		expect_reason(want, r, HP_REASON_NOT_HERE);
	}
}

static void expect_group(struct expect *want, const struct run *r, const struct cell *cell,
			 const struct encap *e)
{
	const struct kind *kind = cell->kind;
	enum station owner = owner_of(r, kind, e);

	expect_stats(want, r, cell->from, e->vlan, TX, PATH_WIRE);
	if (kind->reserved) {
		expect_reason(want, r, HP_REASON_RESERVED);
	} else if (cell->from == PRIVATE) {
		expect_from_private(want, r, owner);
	} else if (owner != NOBODY && owner != HOST) {
		expect_copy(want, r, TAG_TURNED, station_mac(owner));
		expect_reason(want, r, HP_REASON_HOST_STEER);
	} else {
		expect_copy(want, r, TAG_ECHO, NULL);
		expect_reason(want, r, HP_REASON_HOST_FLOOD);
	}
}

static void expect_egress(struct expect *want, const struct run *r, const struct cell *cell,
			  const struct encap *e)
{
	if (is_short(r, e)) {
		expect_reason(want, r, HP_REASON_SHORT);
	} else if (!cell->unicast) {
		expect_group(want, r, cell, e);
	} else if (cell->from == HOST) {
		want->verdict = REDIRECT;
		expect_stats(want, r, HOST, e->vlan, TX, PATH_PEER);
		expect_stats(want, r, BRIDGE, e->vlan, RX, PATH_HOST);
		expect_reason(want, r, HP_REASON_HAIRPIN);
	} else {
		expect_stats(want, r, cell->from, e->vlan, TX, PATH_WIRE);
		expect_reason(want, r, HP_REASON_TO_WIRE);
	}
}

static struct expect expect_wire_group(const struct run *r, const struct cell *cell,
				       const struct encap *e)
{
	enum station owner = owner_of(r, cell->kind, e);

	if (owner == NOBODY || owner == cell->from || cell->kind->reserved)
		return expect_from_wire(r, WIRE_PASS, NULL);
	return expect_from_wire(r, WIRE_OWNER, station_mac(owner));
}

/* Unicast goes to a station, and is counted at tc ingress. */
static struct expect expect_xdp(const struct run *r, const struct cell *cell, const struct encap *e)
{
	if (is_short(r, e) || cell->unicast)
		return expect_from_wire(r, WIRE_PASS, NULL);
	return expect_wire_group(r, cell, e);
}

static void expect_ingress(struct expect *want, const struct run *r, const struct cell *cell,
			   const struct encap *e)
{
	if (is_short(r, e)) {
		expect_reason(want, r, HP_REASON_SHORT);
	} else if (!cell->unicast) {
		*want = expect_wire_group(r, cell, e);
	} else {
		expect_stats(want, r, BRIDGE, e->vlan, RX,
			     cell->from == HOST ? PATH_HOST : PATH_PEER);
		expect_stats(want, r, cell->from, e->vlan, TX, PATH_PEER);
		expect_reason(want, r, HP_REASON_SIBLING);
	}
}

static void check_length(const struct cell *cell, const struct encap *e, size_t len)
{
	const __u8 *dst = cell->unicast ? station_mac(BRIDGE) : NULL;
	struct run r = run_of(cell->prog, e, cell->kind, dst, station_mac(cell->from));
	struct expect want = expect_nothing();

	r.frame.len = len;
	snprintf(r.what, sizeof(r.what), "%s, %s, cut to %zu bytes", cell->kind->name, e->name,
		 len);
	if (cell->prog == RIG_XDP)
		want = expect_xdp(&r, cell, e);
	else if (cell->prog == RIG_INGRESS)
		expect_ingress(&want, &r, cell, e);
	else
		expect_egress(&want, &r, cell, e);
	if (e->tag[0].tpid && !e->metadata && len < UNTAG_MIN)
		want.copied = false;
	rig_check(&r, &want);
}

static void check_lengths(void **state)
{
	const struct cell *cell = *state;

	rig_segment(VLAN_A, HP_SEGMENT_HOST);
	rig_segment(VLAN_B, HP_SEGMENT_HOST);
	for (const struct encap *e = encaps; e < encaps + encap_count; e++) {
		struct run whole = run_of(cell->prog, e, cell->kind, NULL, station_mac(HOST));

		if (rig_is_xdp(cell->prog) && e->metadata)
			continue;
		for (size_t len = ETH_HLEN + (e->metadata ? 4 : 0); len <= whole.frame.len; len++)
			check_length(cell, e, len);
	}
}

static void add_cells(const struct kind *kinds, size_t count, bool unicast)
{
	static const enum station from[] = { HOST, PRIVATE };
	static const struct {
		const char *name;
		enum rig_prog prog;
	} progs[] = { { "egress", RIG_EGRESS }, { "ingress", RIG_INGRESS }, { "XDP", RIG_XDP } };
	static struct cell cells[256], *cell = cells;

	for (size_t i = 0; i < 6 * count; i++, cell++) {
		assert_true(cell < cells + sizeof(cells) / sizeof(cells[0]));
		*cell = (struct cell){ progs[i % 3].prog, &kinds[i / 6], unicast, from[i / 3 % 2] };
		suite_add(with_probe, check_lengths, cell, "lengths: %s, %s from %s",
			  progs[i % 3].name, cell->kind->name, station_name(cell->from));
	}
}

void length_tests(void)
{
	add_cells(group_kinds, group_kind_count, false);
	add_cells(unicast_kinds, unicast_kind_count, true);
}
