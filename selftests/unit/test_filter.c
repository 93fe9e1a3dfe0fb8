// SPDX-License-Identifier: BSD-2-Clause
/*
 * The filter before fdb and neigh. That programs find the same bits is for
 * selftests/prog: where they do not, no station is found there.
 */
#include "unit.h"

#include <string.h>

#include "filter.h"
#include "pins.h"

#define STATIONS 1000
#define WORDS (sizeof(struct hp_filter) / sizeof(__u64))

static void fill(struct table *fdb, struct table *neigh, __u32 first)
{
	table_init(fdb, sizeof(struct hp_fdb_key), sizeof(struct pins_fdb));
	table_init(neigh, sizeof(struct hp_neigh_key), sizeof(struct pins_neigh));
	for (__u32 i = first; i < first + STATIONS; i++) {
		struct pins_fdb f = { .key = { 50, { 2, 0x42, 10, 0, i >> 8, i } } };
		struct pins_neigh n = { .key = { 50, 2, 0, { 10, 0, i >> 8, i } } };

		assert_int_equal(table_put(fdb, &f), 1);
		assert_int_equal(table_put(neigh, &n), 1);
	}
}

static int bits(const struct hp_filter *f)
{
	int count = 0;

	for (size_t i = 0; i < WORDS; i++)
		count += __builtin_popcountll(f->words[i]);
	return count;
}

static bool has_all(const struct hp_filter *f, const struct hp_filter *of)
{
	for (size_t i = 0; i < WORDS; i++) {
		if (of->words[i] & ~f->words[i])
			return false;
	}
	return true;
}

static void add(struct hp_filter *f, const struct table *t)
{
	for (size_t i = 0; i < t->count; i++)
		filter_add(f, table_at(t, i), t->key_size);
}

/* Keys as they come, one after the other, have bits of their own, but for a few. */
static void keys_are_spread(void **state)
{
	static struct hp_filter macs, addresses;
	struct table fdb, neigh;

	(void)state;
	fill(&fdb, &neigh, 0);
	add(&macs, &fdb);
	add(&addresses, &neigh);
	assert_in_range(bits(&macs), STATIONS - 5, STATIONS);
	assert_in_range(bits(&addresses), STATIONS - 5, STATIONS);
	table_free(&fdb);
	table_free(&neigh);
}

static void what_is_gone_goes_and_the_rest_stays(void **state)
{
	static struct hp_filter f, one, both;
	struct table fdb, neigh, other_fdb, other_neigh;

	(void)state;
	fill(&fdb, &neigh, 0);
	fill(&other_fdb, &other_neigh, STATIONS);
	add(&one, &fdb);
	add(&one, &neigh);
	both = one;
	add(&both, &other_fdb);
	add(&both, &other_neigh);
	f = both;
	filter_keep(&f, &fdb, &neigh);
	assert_memory_equal(&f, &one, sizeof(f));
	add(&f, &other_fdb);
	assert_true(has_all(&f, &one));
	assert_true(has_all(&both, &f));
	assert_true(bits(&f) > bits(&one));
	table_free(&fdb);
	filter_keep(&f, &fdb, &neigh);
	assert_in_range(bits(&f), STATIONS - 5, STATIONS);
	table_free(&neigh);
	filter_keep(&f, &fdb, &neigh);
	assert_int_equal(bits(&f), 0);
	table_free(&other_fdb);
	table_free(&other_neigh);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_spread),
		cmocka_unit_test(what_is_gone_goes_and_the_rest_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
