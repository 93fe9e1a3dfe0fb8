/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sorted array of records of one size, ordered by memcmp() of the key that
 * each record begins with. Kernel state, desired state and map contents are
 * all kept this way, so that two of them can be compared in one walk.
 *
 * Keys must have no uninitialised padding.
 */
#ifndef HAIRPIN_TABLE_H
#define HAIRPIN_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct table {
	size_t key_size;
	size_t record_size; /* key included */
	size_t count;
	size_t capacity;
	unsigned char *data;
};

void table_init(struct table *t, size_t key_size, size_t record_size);
void table_free(struct table *t); /* leaves it empty and usable */

/* Record @i of t->count, 0 the smallest. Valid until the table changes. */
void *table_at(const struct table *t, size_t i);
/* The record with @key (key_size bytes), or NULL. */
void *table_find(const struct table *t, const void *key);
/* Index of the first record whose key's first @length bytes are >= @prefix. */
size_t table_seek(const struct table *t, const void *prefix, size_t length);

/* Insert or replace. 1: something changed, 0: was there already, -ENOMEM. */
int table_put(struct table *t, const void *record);
/* For many at once: append them, then sort. In between, nothing else works. 0 or -ENOMEM. */
int table_append(struct table *t, const void *record);
void table_sort(struct table *t); /* of records with equal keys, any one is kept */
/* Returns whether there was such a record. */
bool table_del(struct table *t, const void *key);
/* Deletes all records whose key begins with @prefix; returns how many. */
size_t table_del_prefix(struct table *t, const void *prefix, size_t length);

#endif
