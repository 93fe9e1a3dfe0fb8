/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

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

void expect_copy(struct expect *e, const struct run *r, __u16 tag, const __u8 *dst)
{
	e->copied = true;
	e->copy = r->frame;
	e->copy_tag = tag;
	if (dst)
		memcpy(e->copy.data, dst, ETH_ALEN);
}
