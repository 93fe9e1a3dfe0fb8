/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

void table_init(struct table *t, size_t key_size, size_t record_size)
{
	*t = (struct table){ .key_size = key_size, .record_size = record_size };
}

void table_free(struct table *t)
{
	free(t->data);
	table_init(t, t->key_size, t->record_size);
}

void *table_at(const struct table *t, size_t i)
{
	return t->data + i * t->record_size;
}

size_t table_seek(const struct table *t, const void *prefix, size_t length)
{
	size_t low = 0, high = t->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(table_at(t, middle), prefix, length) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool key_matches(const struct table *t, size_t i, const void *key, size_t length)
{
	return i < t->count && memcmp(table_at(t, i), key, length) == 0;
}

void *table_find(const struct table *t, const void *key)
{
	size_t i = table_seek(t, key, t->key_size);

	return key_matches(t, i, key, t->key_size) ? table_at(t, i) : NULL;
}

static int reserve(struct table *t, size_t count)
{
	size_t capacity = t->capacity ? t->capacity : 16;
	unsigned char *data;

	while (capacity < count)
		capacity *= 2;
	if (capacity == t->capacity)
		return 0;
	data = reallocarray(t->data, capacity, t->record_size);
	if (!data)
		return -ENOMEM;
	t->data = data;
	t->capacity = capacity;
	return 0;
}

int table_put(struct table *t, const void *record)
{
	size_t i = table_seek(t, record, t->key_size);

	if (key_matches(t, i, record, t->key_size)) {
		if (!memcmp(table_at(t, i), record, t->record_size))
			return 0;
	} else {
		if (reserve(t, t->count + 1))
			return -ENOMEM;
		memmove(table_at(t, i + 1), table_at(t, i), (t->count - i) * t->record_size);
		t->count++;
	}
	memcpy(table_at(t, i), record, t->record_size);
	return 1;
}

int table_append(struct table *t, const void *record)
{
	if (reserve(t, t->count + 1))
		return -ENOMEM;
	memcpy(table_at(t, t->count++), record, t->record_size);
	return 0;
}

static int compare_keys(const void *a, const void *b, void *key_size)
{
	return memcmp(a, b, *(const size_t *)key_size);
}

void table_sort(struct table *t)
{
	size_t kept = 0;

	if (!t->count)
		return;
	qsort_r(t->data, t->count, t->record_size, compare_keys, &t->key_size);
	for (size_t i = 1; i < t->count; i++) {
		if (memcmp(table_at(t, kept), table_at(t, i), t->key_size) != 0 && ++kept != i)
			memcpy(table_at(t, kept), table_at(t, i), t->record_size);
	}
	t->count = kept + 1;
}

static void delete_range(struct table *t, size_t from, size_t count)
{
	if (!count)
		return;
	memmove(table_at(t, from), table_at(t, from + count),
		(t->count - from - count) * t->record_size);
	t->count -= count;
}

size_t table_del_prefix(struct table *t, const void *prefix, size_t length)
{
	size_t from = table_seek(t, prefix, length), to = from;

	while (key_matches(t, to, prefix, length))
		to++;
	delete_range(t, from, to - from);
	return to - from;
}

bool table_del(struct table *t, const void *key)
{
	return table_del_prefix(t, key, t->key_size) > 0;
}
