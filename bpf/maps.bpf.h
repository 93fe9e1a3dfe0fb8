/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The maps of one uplink. Every object defines all of them, and hairpind
 * makes the objects share one set. See hairpin/abi.h for what is in them.
 *
 * The hashes are not preallocated: HP_MAX_ENTRIES is a bound, and memory
 * follows the number of stations.
 */
#ifndef HAIRPIN_MAPS_BPF_H
#define HAIRPIN_MAPS_BPF_H

#include <stdbool.h>

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "hairpin/abi.h"
#include "hairpin/reasons.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hp_meta);
} meta SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hp_alive);
} alive SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, HP_MAX_SEGMENTS);
	__type(key, __u32);
	__type(value, struct hp_segment);
} segments SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, HP_MAX_ENTRIES);
	__type(key, struct hp_member_key);
	__type(value, struct hp_member);
} members SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, HP_MAX_ENTRIES);
	__type(key, struct hp_fdb_key);
	__type(value, struct hp_fdb);
} fdb SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, HP_MAX_ENTRIES);
	__type(key, struct hp_neigh_key);
	__type(value, struct hp_neigh);
} neigh SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, HP_MAX_ENTRIES);
	__type(key, __u32);
	__type(value, struct hp_endpoint);
} endpoints SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, HP_MAX_PORTS);
	__type(key, __u32);
	__type(value, struct hp_port);
} ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, HP_MAX_PORTS);
	__type(key, __u32);
	__type(value, __u32);
} devices SEC(".maps");

/* Sized by hairpind before the load: a slot costs memory on every CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hp_stats);
} stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, HP_REASON_COUNT);
	__type(key, __u32);
	__type(value, struct hp_counter);
} reasons SEC(".maps");

/* HP_STORM_CLASSES for each of stats. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, HP_STORM_CLASSES);
	__type(key, __u32);
	__type(value, __u64);
} storm SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hp_filter);
} filter SEC(".maps");

/* False: a key of that many 32-bit words is neither in fdb nor in neigh. */
static __always_inline bool hp_may_be(const void *key, int words)
{
	const __u32 *word = __builtin_assume_aligned(key, sizeof(*word));
	const struct hp_filter *f;
	__u32 zero = 0;
	__u64 hash = 0;

	for (int i = words - 1; i >= 0; i--)
		hash = (hash + word[i]) * HP_FILTER_FACTOR;
	hash >>= 64 - HP_FILTER_SHIFT;
	f = bpf_map_lookup_elem(&filter, &zero);
	return !f || f->words[hash / 64] >> (hash % 64) & 1;
}

static __always_inline const struct hp_fdb *hp_fdb(const struct hp_fdb_key *key)
{
	return hp_may_be(key, sizeof(*key) / 4) ? bpf_map_lookup_elem(&fdb, key) : NULL;
}

static __always_inline const struct hp_neigh *hp_neigh(const struct hp_neigh_key *key)
{
	return hp_may_be(key, sizeof(*key) / 4) ? bpf_map_lookup_elem(&neigh, key) : NULL;
}

/* NULL: nobody of us is in that VLAN. */
static __always_inline const struct hp_segment *hp_segment(__u32 vlan)
{
	const struct hp_segment *seg = bpf_map_lookup_elem(&segments, &vlan);

	return seg && seg->flags & HP_SEGMENT_SERVED ? seg : NULL;
}

/* Whether hairpind runs, and what the maps say of who is here is true. */
static __always_inline bool hp_alive(void)
{
	__u32 zero = 0;
	const struct hp_alive *a = bpf_map_lookup_elem(&alive, &zero);

	return a && a->owner & HP_ALIVE_OWNER;
}

#endif
