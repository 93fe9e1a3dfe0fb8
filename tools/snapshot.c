// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "snapshot.h"

void snapshot_init(struct snapshot *s, const char *uplink)
{
	*s = (struct snapshot){};
	snprintf(s->uplink, sizeof(s->uplink), "%s", uplink);
	table_init(&s->segments, sizeof(__u32), sizeof(struct pins_segment));
	table_init(&s->fdb, sizeof(struct hp_fdb_key), sizeof(struct pins_fdb));
	table_init(&s->neigh, sizeof(struct hp_neigh_key), sizeof(struct pins_neigh));
	table_init(&s->endpoints, sizeof(__u32), sizeof(struct pins_endpoint));
	table_init(&s->stats, sizeof(__u32), sizeof(struct snapshot_stats));
}

void snapshot_free(struct snapshot *s)
{
	table_free(&s->segments);
	table_free(&s->fdb);
	table_free(&s->neigh);
	table_free(&s->endpoints);
	table_free(&s->stats);
}

/* An id without a slot has not been counted yet: hairpind is about to make room for it. */
static int read_stats(struct snapshot *s, int fd)
{
	for (size_t i = 0; i < s->endpoints.count; i++) {
		struct snapshot_stats record = {};
		int err;

		memcpy(&record.id, table_at(&s->endpoints, i), sizeof(record.id));
		err = pins_read_stats(fd, record.id, &record.value);
		if (err == -ENOENT)
			continue;
		if (!err)
			err = table_put(&s->stats, &record);
		if (err < 0)
			return err;
	}
	return 0;
}

/* A reason that the writer did not know yet stays zero. */
static int read_reasons(struct snapshot *s, int fd)
{
	for (__u32 i = 0; i < HP_REASON_COUNT; i++) {
		int err = pins_read_reason(fd, i, &s->reasons[i]);

		if (err && err != -ENOENT)
			return err;
	}
	return 0;
}

static int read_map(struct snapshot *s, enum pins_map map, int fd)
{
	switch (map) {
	case PINS_SEGMENTS:
		return pins_read(fd, map, &s->segments);
	case PINS_FDB:
		return pins_read(fd, map, &s->fdb);
	case PINS_NEIGH:
		return pins_read(fd, map, &s->neigh);
	case PINS_ENDPOINTS:
		return pins_read(fd, map, &s->endpoints);
	case PINS_STATS:
		return read_stats(s, fd);
	case PINS_REASONS:
		return read_reasons(s, fd);
	default:
		return -EINVAL;
	}
}

/* In the order of enum pins_map: endpoints come before stats. */
int snapshot_read(struct snapshot *s, const char *pins, unsigned int want, enum pins_map *failed)
{
	int err, fd;

	*failed = PINS_META;
	err = pins_read_meta(pins, s->uplink, &s->meta);
	for (int map = PINS_META + 1; !err && map < PINS_MAP_COUNT; map++) {
		if (!(want & 1U << map))
			continue;
		*failed = map;
		fd = pins_open(pins, s->uplink, map);
		if (fd < 0)
			return fd;
		err = read_map(s, map, fd);
		close(fd);
	}
	return err;
}

const struct pins_endpoint *snapshot_endpoint(const struct snapshot *s, __u32 id)
{
	return table_find(&s->endpoints, &id);
}
