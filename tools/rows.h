/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Structs to JSON: the rows that both writers print. Key names are an
 * interface, and stand in hairpin(8). Pure: no map is read here.
 *
 * Each X_rows() appends its rows of one uplink, sorted for people. They
 * return 0 or -ENOMEM.
 */
#ifndef HAIRPIN_ROWS_H
#define HAIRPIN_ROWS_H

#include <stdbool.h>

#include <jansson.h>

#include "snapshot.h"

/* Wants: WANT_SEGMENTS | WANT_ENDPOINTS. */
int uplink_rows(json_t *rows, const struct snapshot *s);
/* Wants: WANT_ENDPOINTS | WANT_NEIGH. The host's own stations are left out. */
int endpoint_rows(json_t *rows, const struct snapshot *s);
/* Wants: WANT_FDB | WANT_ENDPOINTS. */
int fdb_rows(json_t *rows, const struct snapshot *s);
/* Wants: WANT_NEIGH | WANT_ENDPOINTS. */
int neigh_rows(json_t *rows, const struct snapshot *s);
/* Wants: WANT_STATS. One row for each path of each station. */
int stats_rows(json_t *rows, const struct snapshot *s);
/* Wants: WANT_REASONS. @all: also those that never happened. */
int reason_rows(json_t *rows, const struct snapshot *s, bool all);

/* Whether @name is the netns, device, netns/device, MAC, address or id of an endpoint's row. */
bool endpoint_row_matches(const json_t *row, const char *name);
/* Adds "counters" to an endpoint's row: one object for each path. */
int endpoint_row_add_counters(json_t *row, const struct snapshot *s);

/*
 * Cells. A new reference, NULL: no memory. @size is that of the array, whose
 * text may fill it; what is not UTF-8 becomes '?', and "" null.
 */
json_t *cell_name(const char *name, size_t size);
/* What people call a station: the NAME that it was made under, else that of its netns. */
json_t *cell_station(const struct pins_endpoint *e);
json_t *cell_mac(const unsigned char mac[6]);
json_t *cell_ip(int family, const void *addr);
json_t *cell_mode(enum hp_mode mode); /* null for the host */
json_t *cell_time(__u64 ns);	      /* since 1970; ISO 8601, local time */

/* A new row that begins with the uplink. */
json_t *row_new(const struct snapshot *s);
/* Adds "endpoint", "name", "netns" and "ifname" of a station; the names are null if it is gone. */
int row_add_station(json_t *row, const struct snapshot *s, __u32 id);
/* The counters of a station, one object for each path; none: zeros. NULL: no memory. */
json_t *cell_counters(const struct snapshot *s, __u32 id);

/* False: such an endpoint is listed and left alone. */
bool mode_is_served(enum hp_mode mode);

/* (vlan, netns, ifname) of struct pins_endpoint, for qsort(). */
int compare_endpoints(const void *a, const void *b);
/* Makes @to a copy of @from in another order than that of its keys. */
int sorted_copy(struct table *to, const struct table *from,
		int (*compare)(const void *, const void *));

#endif
