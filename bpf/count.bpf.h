/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters: per-CPU, so a plain add is enough. */
#ifndef HAIRPIN_COUNT_BPF_H
#define HAIRPIN_COUNT_BPF_H

#include "maps.bpf.h"

/* A GSO frame counts as the frames it will become. */
static __always_inline void hp_count(struct hp_counter *c, const struct __sk_buff *skb)
{
	__u32 segs = skb->gso_segs;

	c->packets += segs ? segs : 1;
	c->bytes += skb->len;
}

/* For a frame that is no skb yet. */
static __always_inline void hp_count_bytes(__u32 reason, __u64 bytes)
{
	struct hp_counter *c = bpf_map_lookup_elem(&reasons, &reason);

	if (c) {
		c->packets++;
		c->bytes += bytes;
	}
}

static __always_inline void hp_count_reason(__u32 reason, const struct __sk_buff *skb)
{
	struct hp_counter *c = bpf_map_lookup_elem(&reasons, &reason);

	if (c)
		hp_count(c, skb);
}

static __always_inline struct hp_counter *hp_path(struct hp_paths *paths,
						  const struct hp_fdb *other)
{
	if (!other)
		return &paths->wire;
	return other->kind == HP_KIND_HOST ? &paths->host : &paths->peer;
}

/* @self sent a frame to @other, NULL: to the wire. */
static __always_inline void hp_count_tx(const struct hp_fdb *self, const struct hp_fdb *other,
					const struct __sk_buff *skb)
{
	struct hp_stats *s = self ? bpf_map_lookup_elem(&stats, &self->endpoint) : NULL;

	if (s)
		hp_count(hp_path(&s->tx, other), skb);
}

/* @self got a frame from @other, NULL: from the wire. */
static __always_inline void hp_count_rx(const struct hp_fdb *self, const struct hp_fdb *other,
					const struct __sk_buff *skb)
{
	struct hp_stats *s = bpf_map_lookup_elem(&stats, &self->endpoint);

	if (s)
		hp_count(hp_path(&s->rx, other), skb);
}

#endif
