/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include <linux/bpf.h>

#include "expect.h"

struct run run_of(enum rig_prog prog, const struct encap *e, const struct kind *kind,
		  const __u8 *dst, const __u8 *src)
{
	struct run r = { .prog = prog, .metadata = e->metadata };

	snprintf(r.what, sizeof(r.what), "%s, %s", kind->name, e->name);
	station_frame(&r.frame, e, kind, dst ? dst : kind->dst, src);
	return r;
}

size_t run_length(const struct run *r)
{
	return r->frame.len - (r->metadata ? 4 : 0);
}

struct expect expect_nothing(void)
{
	return (struct expect){ .verdict = UNSPEC };
}

bool rig_is_xdp(enum rig_prog prog)
{
	return prog >= RIG_XDP;
}

static void add(struct hp_counter *c, const struct run *r)
{
	c->packets += r->gso_segs ? r->gso_segs : 1;
	c->bytes += run_length(r);
}

void expect_stats(struct expect *e, const struct run *r, enum station s, __u16 vlan, enum way way,
		  enum path path)
{
	struct hp_stats *stats = &e->counters.stats[station_id(s, vlan)];
	struct hp_paths *paths = way == RX ? &stats->rx : &stats->tx;

	if (s == NOBODY)
		return;
	add(path == PATH_HOST ? &paths->host : path == PATH_WIRE ? &paths->wire : &paths->peer, r);
}

void expect_reason(struct expect *e, const struct run *r, enum hp_reason reason)
{
	add(&e->counters.reasons[reason], r);
}

/* tc ingress counts what passes, and that is all of it. */
struct expect expect_from_wire(const struct run *r, enum wire_outcome outcome, const __u8 *mac)
{
	static const enum hp_reason reasons[] = {
		[WIRE_PASS] = HP_REASON_WIRE_GROUP, [WIRE_OWNER] = HP_REASON_STEER,
		[WIRE_HOST] = HP_REASON_STEER_HOST, [WIRE_FOREIGN_ARP] = HP_REASON_FOREIGN_ARP,
		[WIRE_STORM] = HP_REASON_STORM,
	};
	bool xdp = rig_is_xdp(r->prog), dropped = outcome >= WIRE_FOREIGN_ARP;
	struct expect e = {};

	e.verdict = xdp ? (dropped ? XDP_DROP : XDP_PASS) : dropped ? SHOT : UNSPEC;
	if (outcome == WIRE_OWNER || outcome == WIRE_HOST)
		e.given = mac;
	if (!xdp || outcome != WIRE_PASS)
		expect_reason(&e, r, reasons[outcome]);
	return e;
}

void expect_copy(struct expect *e, const struct run *r, __u16 tag, const __u8 *dst)
{
	e->copied = true;
	e->copy = r->frame;
	e->copy_tag = tag;
	if (dst)
		memcpy(e->copy.data, dst, ETH_ALEN);
}
