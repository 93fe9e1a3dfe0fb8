/* SPDX-License-Identifier: BSD-2-Clause */
/* The filter of a set of maps: see `filter` in hairpin/abi.h. */
#ifndef HAIRPIN_FILTER_H
#define HAIRPIN_FILTER_H

#include "hairpin/abi.h"
#include "table.h"

/* The filter in a map, to be given back; NULL and errno. */
struct hp_filter *filter_open(int map);
void filter_close(struct hp_filter *filter); /* NULL is nothing */

/* @key of fdb or neigh may be found from now on. */
void filter_add(struct hp_filter *filter, const void *key, size_t size);

/* Nothing but the keys of these two may be found. One that was and stays, is all the time. */
void filter_keep(struct hp_filter *filter, const struct table *fdb, const struct table *neigh);

#endif
