/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is pinned, as files: names, paths, reading and pinning. Needs no hairpind.
 * What is in the maps stands in hairpin/abi.h.
 */
#ifndef HAIRPIN_PINS_H
#define HAIRPIN_PINS_H

#include <limits.h>
#include <net/if.h>

#include "hairpin/abi.h"
#include "table.h"

#define PINS_DEFAULT "/sys/fs/bpf/hairpin"

enum pins_map {
	PINS_META,
	PINS_ALIVE,
	PINS_SEGMENTS,
	PINS_MEMBERS,
	PINS_FDB,
	PINS_NEIGH,
	PINS_ENDPOINTS,
	PINS_PORTS,
	PINS_DEVICES,
	PINS_STATS,
	PINS_REASONS,
	PINS_STORM,
	PINS_FILTER,
	PINS_MAP_COUNT,
};

struct pins_map_info {
	const char *name; /* of the map and of its pin */
	size_t key_size;
	size_t value_size; /* of one CPU */
};

extern const struct pins_map_info pins_maps[PINS_MAP_COUNT];

/* The map of that name, or -1. */
int pins_find_map(const char *name);

/* Names of the uplinks that have pins of ours, sorted. */
struct pins_list {
	size_t count;
	char (*names)[IFNAMSIZ];
};

/*
 * The path of @file in the directory of @uplink; @file NULL: the directory.
 * 0 or -ENAMETOOLONG.
 */
int pins_path(char *path, size_t size, const char *pins, const char *uplink, const char *file);

/* The caller frees list->names. 0 (also if @pins is not there) or -errno. */
int pins_list(const char *pins, struct pins_list *list);

/* A descriptor of a pinned map, or -errno; -ENOENT: no such pin, -EPROTO: not of this layout. */
int pins_open(const char *pins, const char *uplink, enum pins_map map);

/*
 * Reads meta[0]. 0 or -errno; -EPROTO: a layout that this program does not
 * know; what is fixed for ever is then valid, or zero if not even that is there.
 */
int pins_read_meta(const char *pins, const char *uplink, struct hp_meta *meta);

/* Reads what is in use into @t (initialised here): records are key, then value. */
int pins_read(int fd, enum pins_map map, struct table *t);

/* Sums slot @id of a per-CPU array of counters over all CPUs. 0 or -errno. */
int pins_read_stats(int fd, __u32 id, struct hp_stats *sum);
int pins_read_reason(int fd, __u32 reason, struct hp_counter *sum);

/* The same of the first @count slots, with few system calls; @sums has room for them. */
int pins_read_all_stats(int fd, __u32 count, struct hp_stats *sums);
int pins_read_all_reasons(int fd, __u32 count, struct hp_counter *sums);

/* How many entries a map can hold; 0: it cannot be told. */
__u32 pins_capacity(int fd);

/* The directory of @uplink. 0 or -errno. */
int pins_make_dir(const char *pins, const char *uplink);

/*
 * Pins @fd as @file; -1: removes that pin. In one step: at no moment is there no pin,
 * for a link that has none is gone if we are killed. A device name has no blank, and
 * no pin of ours either. 0 or -errno.
 */
int pins_put(const char *pins, const char *uplink, const char *file, int fd);

/* Records of the tables that pins_read() makes. */
struct pins_segment {
	__u32 vlan;
	struct hp_segment value;
};

struct pins_member {
	struct hp_member_key key;
	struct hp_member value;
};

struct pins_fdb {
	struct hp_fdb_key key;
	struct hp_fdb value;
};

struct pins_neigh {
	struct hp_neigh_key key;
	struct hp_neigh value;
};

struct pins_endpoint {
	__u32 id;
	struct hp_endpoint value;
} __attribute__((packed, aligned(4)));

struct pins_port {
	__u32 ifindex;
	struct hp_port value;
};

struct pins_device {
	__u32 key;
	__u32 ifindex;
};

#endif
