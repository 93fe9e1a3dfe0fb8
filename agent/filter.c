/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "filter.h"

struct hp_filter *filter_open(int map)
{
	void *filter =
		mmap(NULL, sizeof(struct hp_filter), PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);

	return filter == MAP_FAILED ? NULL : filter;
}

void filter_close(struct hp_filter *filter)
{
	if (filter)
		munmap(filter, sizeof(*filter));
}

static __u64 bit_of(const void *key, size_t size)
{
	const unsigned char *bytes = key;
	__u64 hash = 0;
	__u32 word;

	while (size) {
		size -= sizeof(word);
		memcpy(&word, bytes + size, sizeof(word));
		hash = (hash + word) * HP_FILTER_FACTOR;
	}
	return hash >> (64 - HP_FILTER_SHIFT);
}

void filter_add(struct hp_filter *filter, const void *key, size_t size)
{
	__u64 bit = bit_of(key, size);

	filter->words[bit / 64] |= 1ULL << (bit % 64);
}

static void add_all(struct hp_filter *filter, const struct table *t)
{
	for (size_t i = 0; i < t->count; i++)
		filter_add(filter, table_at(t, i), t->key_size);
}

/* Without memory for it, what is gone stays in: that costs a look into the map. */
void filter_keep(struct hp_filter *filter, const struct table *fdb, const struct table *neigh)
{
	struct hp_filter *wanted = calloc(1, sizeof(*wanted));

	if (!wanted)
		return;
	add_all(wanted, fdb);
	add_all(wanted, neigh);
	for (size_t i = 0; i < sizeof(wanted->words) / sizeof(wanted->words[0]); i++) {
		if (filter->words[i] != wanted->words[i])
			filter->words[i] = wanted->words[i];
	}
	free(wanted);
}
