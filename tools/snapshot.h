/* SPDX-License-Identifier: BSD-2-Clause */
/* What the maps of one uplink say, as structs. Says nothing, decides nothing. */
#ifndef HAIRPIN_SNAPSHOT_H
#define HAIRPIN_SNAPSHOT_H

#include "hairpin/abi.h"
#include "hairpin/reasons.h"
#include "pins.h"
#include "table.h"

/* Which maps to read; meta always is. */
#define WANT_SEGMENTS (1U << PINS_SEGMENTS)
#define WANT_FDB (1U << PINS_FDB)
#define WANT_NEIGH (1U << PINS_NEIGH)
#define WANT_ENDPOINTS (1U << PINS_ENDPOINTS)
#define WANT_STATS (1U << PINS_STATS | WANT_ENDPOINTS)
#define WANT_REASONS (1U << PINS_REASONS)

struct snapshot_stats {
	__u32 id;
	__u32 pad;
	struct hp_stats value;
};

/* What is not wanted is empty. Records are those of pins.h. */
struct snapshot {
	char uplink[IFNAMSIZ];
	struct hp_meta meta;
	struct table segments;
	struct table fdb;
	struct table neigh;
	struct table endpoints;
	struct table stats; /* of struct snapshot_stats */
	struct hp_counter reasons[HP_REASON_COUNT];
};

void snapshot_init(struct snapshot *s, const char *uplink);
void snapshot_free(struct snapshot *s);

/*
 * Reads into @s. 0 or -errno: @failed is then the map that could not be read;
 * -EPROTO: only s->meta.abi is valid.
 */
int snapshot_read(struct snapshot *s, const char *pins, unsigned int want, enum pins_map *failed);

/* NULL: none, or not wanted. */
const struct pins_endpoint *snapshot_endpoint(const struct snapshot *s, __u32 id);

#endif
