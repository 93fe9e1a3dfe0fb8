/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "pins.h"

const struct pins_map_info pins_maps[PINS_MAP_COUNT] = {
	[PINS_META] = { "meta", sizeof(__u32), sizeof(struct hp_meta) },
	[PINS_ALIVE] = { "alive", sizeof(__u32), sizeof(struct hp_alive) },
	[PINS_SEGMENTS] = { "segments", sizeof(__u32), sizeof(struct hp_segment) },
	[PINS_MEMBERS] = { "members", sizeof(struct hp_member_key), sizeof(struct hp_member) },
	[PINS_FDB] = { "fdb", sizeof(struct hp_fdb_key), sizeof(struct hp_fdb) },
	[PINS_NEIGH] = { "neigh", sizeof(struct hp_neigh_key), sizeof(struct hp_neigh) },
	[PINS_ENDPOINTS] = { "endpoints", sizeof(__u32), sizeof(struct hp_endpoint) },
	[PINS_PORTS] = { "ports", sizeof(__u32), sizeof(struct hp_port) },
	[PINS_DEVICES] = { "devices", sizeof(__u32), sizeof(__u32) },
	[PINS_STATS] = { "stats", sizeof(__u32), sizeof(struct hp_stats) },
	[PINS_REASONS] = { "reasons", sizeof(__u32), sizeof(struct hp_counter) },
	[PINS_STORM] = { "storm", sizeof(__u32), sizeof(__u64) },
	[PINS_FILTER] = { "filter", sizeof(__u32), sizeof(struct hp_filter) },
};

int pins_find_map(const char *name)
{
	for (int map = 0; map < PINS_MAP_COUNT; map++) {
		if (!strcmp(pins_maps[map].name, name))
			return map;
	}
	return -1;
}

_Static_assert(sizeof(struct pins_segment) == 20, "key and value, no gap");
_Static_assert(sizeof(struct pins_member) == 12, "key and value, no gap");
_Static_assert(sizeof(struct pins_fdb) == 24, "key and value, no gap");
_Static_assert(sizeof(struct pins_neigh) == 36, "key and value, no gap");
_Static_assert(sizeof(struct pins_endpoint) == 180, "key and value, no gap");
_Static_assert(sizeof(struct pins_port) == 20, "key and value, no gap");

static void replace(char *s, char from, char to)
{
	while ((s = strchr(s, from)))
		*s++ = to;
}

int pins_path(char *path, size_t size, const char *pins, const char *uplink, const char *file)
{
	char dir[IFNAMSIZ];
	int n;

	if (strlen(uplink) >= sizeof(dir))
		return -ENAMETOOLONG;
	strcpy(dir, uplink);
	replace(dir, '.', ':');
	n = snprintf(path, size, "%s/%s%s%s", pins, dir, file ? "/" : "", file ? file : "");
	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

static bool is_named(int fd, const char *prefix, int (*name_of)(int fd, char name[16]))
{
	char name[16] = "";

	return !name_of(fd, name) && !strncmp(name, prefix, strlen(prefix));
}

static int map_name(int fd, char name[16])
{
	struct bpf_map_info info = {};
	__u32 length = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &length))
		return -errno;
	memcpy(name, info.name, sizeof(info.name));
	return 0;
}

static int program_name(int fd, char name[16])
{
	struct bpf_prog_info info = {};
	__u32 length = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &length))
		return -errno;
	memcpy(name, info.name, sizeof(info.name));
	return 0;
}

/* Others keep directories of their own on the same bpffs, and these are not ours to touch. */
static bool is_set(const char *pins, const char *dir)
{
	static const struct {
		const char *file;
		const char *prefix;
		int (*name_of)(int fd, char name[16]);
	} marks[] = {
		{ "meta", "meta", map_name },
		{ "egress", "hairpin_", program_name },
		{ "ingress", "hairpin_", program_name },
	};
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		bool found;
		int fd;

		if (snprintf(path, sizeof(path), "%s/%s/%s", pins, dir, marks[i].file) >=
		    (int)sizeof(path))
			return false;
		fd = bpf_obj_get(path);
		if (fd < 0 && (errno == EPERM || errno == EACCES))
			return true; /* whoever reads it will be told */
		found = fd >= 0 && is_named(fd, marks[i].prefix, marks[i].name_of);
		if (fd >= 0)
			close(fd);
		if (found)
			return true;
	}
	return false;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int list_add(struct pins_list *list, const char *dir)
{
	void *names = reallocarray(list->names, list->count + 1, sizeof(*list->names));

	if (!names)
		return -ENOMEM;
	list->names = names;
	strcpy(list->names[list->count], dir);
	replace(list->names[list->count], ':', '.');
	list->count++;
	return 0;
}

int pins_list(const char *pins, struct pins_list *list)
{
	struct dirent *entry;
	int err = 0;
	DIR *dir;

	*list = (struct pins_list){};
	dir = opendir(pins);
	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while (!err && (entry = readdir(dir))) {
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.' &&
		    strlen(entry->d_name) < IFNAMSIZ && is_set(pins, entry->d_name))
			err = list_add(list, entry->d_name);
	}
	closedir(dir);
	if (err) {
		free(list->names);
		*list = (struct pins_list){};
	} else if (list->count) {
		qsort(list->names, list->count, sizeof(*list->names), compare_names);
	}
	return err;
}

static int open_file(const char *pins, const char *uplink, const char *file)
{
	char path[PATH_MAX];
	int err = pins_path(path, sizeof(path), pins, uplink, file), fd;

	if (err)
		return err;
	fd = bpf_obj_get(path);
	return fd < 0 ? -errno : fd;
}

static int map_info(int fd, struct bpf_map_info *info)
{
	__u32 length = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return bpf_obj_get_info_by_fd(fd, info, &length) ? -errno : 0;
}

/* Somebody else's map, or another version's, would not fit where it is read to. */
static int check_sizes(int fd, enum pins_map map)
{
	struct bpf_map_info info;
	int err = map_info(fd, &info);

	if (err)
		return err;
	return info.key_size == pins_maps[map].key_size &&
			       info.value_size == pins_maps[map].value_size
		       ? 0
		       : -EPROTO;
}

int pins_open(const char *pins, const char *uplink, enum pins_map map)
{
	int fd = open_file(pins, uplink, pins_maps[map].name), err;

	if (fd < 0)
		return fd;
	err = check_sizes(fd, map);
	if (err)
		close(fd);
	return err ? err : fd;
}

int pins_read_meta(const char *pins, const char *uplink, struct hp_meta *meta)
{
	int fd = open_file(pins, uplink, pins_maps[PINS_META].name), err;
	unsigned char value[4096] = {};
	struct bpf_map_info info;
	__u32 zero = 0;

	memset(meta, 0, sizeof(*meta));
	if (fd < 0)
		return fd;
	err = map_info(fd, &info);
	if (!err && (info.type != BPF_MAP_TYPE_ARRAY || info.value_size > sizeof(value)))
		err = -EPROTO;
	if (!err && bpf_map_lookup_elem(fd, &zero, value))
		err = -errno;
	close(fd);
	if (err)
		return err;
	memcpy(meta, value, sizeof(*meta));
	return meta->abi == HP_ABI && info.value_size == sizeof(*meta) ? 0 : -EPROTO;
}

/* An array has all its entries, in use or not. */
static bool is_unused(enum pins_map map, const void *record)
{
	const struct pins_segment *segment = record;

	return map == PINS_SEGMENTS && !(segment->value.flags & HP_SEGMENT_SERVED);
}

static int take(struct table *t, enum pins_map map, const void *key, const void *value)
{
	unsigned char record[t->record_size] __attribute__((aligned(8)));

	memcpy(record, key, t->key_size);
	memcpy(record + t->key_size, value, t->record_size - t->key_size);
	return is_unused(map, record) ? 0 : table_append(t, record);
}

/* An entry may be met twice when others go meanwhile. */
static int read_each(int fd, enum pins_map map, struct table *t)
{
	unsigned char value[pins_maps[map].value_size], keys[2][t->key_size], *previous = NULL;
	int err = 0;

	for (int i = 0; !err && !bpf_map_get_next_key(fd, previous, keys[i]); i = !i) {
		previous = keys[i];
		if (!bpf_map_lookup_elem(fd, previous, value)) /* else deleted since */
			err = take(t, map, previous, value);
	}
	return err ?: errno == ENOENT ? 0 : -errno;
}

/* Of a hash, a batch has whole buckets, of which there are as many as it can have entries. */
#define RECORDS 64

/* What a batch begins with: of an array a key, of a hash a bucket. */
static int read_records(int fd, enum pins_map map, struct table *t)
{
	const size_t key_size = t->key_size, value_size = pins_maps[map].value_size;
	unsigned char keys[RECORDS * key_size], values[RECORDS * value_size];
	__u32 at, *from = NULL;
	bool last = false;
	int err = 0;

	while (!err && !last) {
		__u32 n = RECORDS;

		last = bpf_map_lookup_batch(fd, from, &at, keys, values, &n, NULL);
		if (last && errno != ENOENT)
			return -errno;
		for (__u32 i = 0; !err && i < n; i++)
			err = take(t, map, keys + i * key_size, values + i * value_size);
		from = &at;
	}
	return err;
}

int pins_read(int fd, enum pins_map map, struct table *t)
{
	int err;

	table_init(t, pins_maps[map].key_size, pins_maps[map].key_size + pins_maps[map].value_size);
	/* A devmap has no batches. */
	err = map == PINS_DEVICES ? read_each(fd, map, t) : read_records(fd, map, t);
	if (err)
		table_free(t);
	else
		table_sort(t);
	return err;
}

static void add_up(__u64 *sum, const __u64 *values, size_t words, int cpus)
{
	memset(sum, 0, words * sizeof(*sum));
	for (size_t i = 0; i < words * cpus; i++)
		sum[i % words] += values[i];
}

/* Both kinds of counter slots are nothing but __u64s, which sum alike. */
static int read_per_cpu(int fd, __u32 slot, __u64 *sum, size_t words)
{
	int cpus = libbpf_num_possible_cpus();
	__u64 *values;
	int err = 0;

	if (cpus < 0)
		return cpus;
	values = calloc(cpus, words * sizeof(*values));
	if (!values)
		return -ENOMEM;
	if (bpf_map_lookup_elem(fd, &slot, values))
		err = -errno;
	else
		add_up(sum, values, words, cpus);
	free(values);
	return err;
}

int pins_read_stats(int fd, __u32 id, struct hp_stats *sum)
{
	return read_per_cpu(fd, id, (__u64 *)sum, sizeof(*sum) / sizeof(__u64));
}

int pins_read_reason(int fd, __u32 reason, struct hp_counter *sum)
{
	return read_per_cpu(fd, reason, (__u64 *)sum, sizeof(*sum) / sizeof(__u64));
}

/* A kernel may have many CPUs: 256 slots with 96 bytes for each of 256 of them are 6 MB. */
#define BATCH 256

/* A batch begins behind the key at which the last one ended. */
static int read_batches(int fd, __u32 count, __u64 *sums, size_t words, __u64 *values, int cpus)
{
	__u32 keys[BATCH], at = 0, done = 0;

	while (done < count) {
		__u32 n = count - done < BATCH ? count - done : BATCH;

		if (bpf_map_lookup_batch(fd, done ? &at : NULL, &at, keys, values, &n, NULL) &&
		    errno != ENOENT)
			return -errno;
		if (!n)
			return -ENOENT;
		for (__u32 i = 0; i < n; i++)
			add_up(sums + (done + i) * words, values + i * words * cpus, words, cpus);
		done += n;
	}
	return 0;
}

static int read_slots(int fd, __u32 count, __u64 *sums, size_t words)
{
	int cpus = libbpf_num_possible_cpus(), err;
	__u64 *values;

	if (cpus < 0)
		return cpus;
	values = calloc((size_t)BATCH * cpus, words * sizeof(*values));
	if (!values)
		return -ENOMEM;
	err = read_batches(fd, count, sums, words, values, cpus);
	free(values);
	return err;
}

int pins_read_all_stats(int fd, __u32 count, struct hp_stats *sums)
{
	return read_slots(fd, count, (__u64 *)sums, sizeof(*sums) / sizeof(__u64));
}

int pins_read_all_reasons(int fd, __u32 count, struct hp_counter *sums)
{
	return read_slots(fd, count, (__u64 *)sums, sizeof(*sums) / sizeof(__u64));
}

__u32 pins_capacity(int fd)
{
	struct bpf_map_info info;

	return fd < 0 || map_info(fd, &info) ? 0 : info.max_entries;
}

int pins_make_dir(const char *pins, const char *uplink)
{
	char path[PATH_MAX];
	int err = pins_path(path, sizeof(path), pins, uplink, NULL);

	if (!err && mkdir(path, 0700) && errno != EEXIST)
		err = -errno;
	return err;
}

/* Maps, programs and links count by ids of their own; each kind has its own places. */
static __u32 object_id(int fd)
{
	union {
		struct bpf_map_info map;
		struct bpf_prog_info prog;
		struct bpf_link_info link;
	} info = {};
	__u32 length = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &length))
		return 0;
	/* All three begin with type and id. */
	return info.map.id;
}

static bool is_pinned(const char *path, int fd)
{
	int pinned = bpf_obj_get(path);
	bool same = pinned >= 0 && object_id(pinned) && object_id(pinned) == object_id(fd);

	if (pinned >= 0)
		close(pinned);
	return same;
}

int pins_put(const char *pins, const char *uplink, const char *file, int fd)
{
	char path[PATH_MAX], fresh[PATH_MAX + 8];
	int err = pins_path(path, sizeof(path), pins, uplink, file);

	if (err)
		return err;
	if (fd < 0) /* there is no such thing */
		return unlink(path) && errno != ENOENT ? -errno : 0;
	if (is_pinned(path, fd))
		return 0;
	snprintf(fresh, sizeof(fresh), "%s new", path);
	if (unlink(fresh) && errno != ENOENT)
		return -errno;
	return bpf_obj_pin(fd, fresh) || rename(fresh, path) ? -errno : 0;
}
