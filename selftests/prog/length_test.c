/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames cut at every length, through both programs. Only the link layer is
 * needed: a frame cut behind it is handled like a whole one, except that half
 * a question is none. One cut before that is `short`.
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

static bool is_steered(const struct run *r, const struct kind *kind, const struct encap *e)
{
	enum station owner = kind->address ? address_owner(kind->address, e->vlan) : NOBODY;

	if (!kind->question || owner == NOBODY || owner == HOST || e->tag[1].tpid)
		return false;
	return r->frame.len >= encap_header(e) + (strchr(kind->address, ':') ? NS_LEN : ARP_LEN);
}

static void expect_group(struct expect *want, const struct run *r, const struct cell *cell,
			 const struct encap *e)
{
	const struct kind *kind = cell->kind;

	expect_stats(want, r, cell->from, e->vlan, TX, PATH_WIRE);
	if (kind->reserved) {
		expect_reason(want, r, HP_REASON_RESERVED);
	} else if (cell->from == PRIVATE) {
		expect_copy(want, r, TAG_TURNED, station_mac(HOST));
		expect_reason(want, r, HP_REASON_TO_HOST);
	} else if (is_steered(r, kind, e)) {
		expect_copy(want, r, TAG_TURNED,
			    station_mac(address_owner(kind->address, e->vlan)));
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

static void expect_ingress(struct expect *want, const struct run *r, const struct cell *cell,
			   const struct encap *e)
{
	if (is_short(r, e)) {
		expect_reason(want, r, HP_REASON_SHORT);
	} else if (!cell->unicast) {
		expect_reason(want, r, HP_REASON_WIRE_GROUP);
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
	if (cell->prog == RIG_INGRESS)
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

		for (size_t len = ETH_HLEN + (e->metadata ? 4 : 0); len <= whole.frame.len; len++)
			check_length(cell, e, len);
	}
}

static void add_cells(const struct kind *kinds, size_t count, bool unicast)
{
	static const enum station from[] = { HOST, PRIVATE };
	static const char *const progs[RIG_PROGS] = { "egress", "egress", "ingress" };
	static struct cell cells[256], *cell = cells;

	for (size_t i = 0; i < 4 * count; i++, cell++) {
		assert_true(cell < cells + sizeof(cells) / sizeof(cells[0]));
		*cell = (struct cell){ i % 2 ? RIG_INGRESS : RIG_EGRESS, &kinds[i / 4], unicast,
				       from[i / 2 % 2] };
		suite_add(with_probe, check_lengths, cell, "lengths: %s, %s from %s",
			  progs[cell->prog], cell->kind->name, station_name(cell->from));
	}
}

void length_tests(void)
{
	add_cells(group_kinds, group_kind_count, false);
	add_cells(unicast_kinds, unicast_kind_count, true);
}
