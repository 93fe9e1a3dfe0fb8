// SPDX-License-Identifier: BSD-2-Clause
/* The sorted array that everything is kept in. */
#include "unit.h"

#include <arpa/inet.h>
#include <string.h>

#include "table.h"

/* Big-endian numbers sort by memcmp() as numbers. */
struct record {
	uint32_t key;
	uint32_t value;
};

static struct record record(uint32_t key, uint32_t value)
{
	return (struct record){ htonl(key), value };
}

static int put(struct table *t, uint32_t key, uint32_t value)
{
	struct record r = record(key, value);

	return table_put(t, &r);
}

static const struct record *find(const struct table *t, uint32_t key)
{
	struct record r = record(key, 0);

	return table_find(t, &r);
}

static int setup(void **state)
{
	static struct table t;

	table_init(&t, sizeof(uint32_t), sizeof(struct record));
	*state = &t;
	return 0;
}

static int teardown(void **state)
{
	table_free(*state);
	return 0;
}

static void an_empty_one_holds_nothing(void **state)
{
	struct record r = record(1, 0);

	assert_null(find(*state, 1));
	assert_false(table_del(*state, &r));
	assert_int_equal(table_del_prefix(*state, &r, 0), 0);
	assert_int_equal(table_seek(*state, &r, sizeof(r.key)), 0);
}

static void put_says_whether_something_changed(void **state)
{
	assert_int_equal(put(*state, 5, 1), 1);
	assert_int_equal(put(*state, 5, 1), 0);
	assert_int_equal(put(*state, 5, 2), 1);
	assert_int_equal(find(*state, 5)->value, 2);
	assert_int_equal(((struct table *)*state)->count, 1);
}

static void records_are_sorted_whatever_the_order(void **state)
{
	struct table *t = *state;

	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(put(t, i * 7919 % 1000, i), 1);
	assert_int_equal(t->count, 1000);
	for (uint32_t i = 0; i < 1000; i++) {
		const struct record *r = table_at(t, i);

		assert_int_equal(ntohl(r->key), i);
		assert_ptr_equal(find(t, i), r);
	}
	assert_null(find(t, 1000));
}

static void del_takes_one(void **state)
{
	struct record two = record(2, 0);

	for (uint32_t i = 1; i <= 3; i++)
		put(*state, i, 10 * i);
	assert_true(table_del(*state, &two));
	assert_false(table_del(*state, &two));
	assert_null(find(*state, 2));
	assert_int_equal(find(*state, 1)->value, 10);
	assert_int_equal(find(*state, 3)->value, 30);
}

static void del_prefix_takes_all_that_begin_with_it(void **state)
{
	struct record prefix = record(0x01020000, 0);

	put(*state, 0x01010000, 1);
	put(*state, 0x01020001, 2);
	put(*state, 0x0102ffff, 3);
	put(*state, 0x01030000, 4);
	assert_int_equal(table_del_prefix(*state, &prefix, 2), 2);
	assert_non_null(find(*state, 0x01010000));
	assert_non_null(find(*state, 0x01030000));
	assert_int_equal(((struct table *)*state)->count, 2);
	assert_int_equal(table_del_prefix(*state, &prefix, 0), 2); /* no prefix: all */
}

static void seek_finds_the_first_not_below(void **state)
{
	struct record at = record(20, 0), between = record(15, 0), behind = record(31, 0);

	for (uint32_t i = 10; i <= 30; i += 10)
		put(*state, i, 0);
	assert_int_equal(table_seek(*state, &at, sizeof(at.key)), 1);
	assert_int_equal(table_seek(*state, &between, sizeof(at.key)), 1);
	assert_int_equal(table_seek(*state, &behind, sizeof(at.key)), 3);
}

static void a_freed_one_can_be_used_again(void **state)
{
	put(*state, 1, 1);
	table_free(*state);
	assert_null(find(*state, 1));
	assert_int_equal(put(*state, 1, 2), 1);
	assert_int_equal(find(*state, 1)->value, 2);
}

static void append_and_sort_make_the_same_table(void **state)
{
	struct table *t = *state;

	table_sort(t); /* of nothing */
	assert_int_equal(t->count, 0);
	for (uint32_t i = 0; i < 1000; i++) {
		struct record r = record(i * 7919 % 500, 7); /* each twice */

		assert_int_equal(table_append(t, &r), 0);
	}
	table_sort(t);
	assert_int_equal(t->count, 500);
	for (uint32_t i = 0; i < 500; i++) {
		assert_ptr_equal(find(t, i), table_at(t, i));
		assert_int_equal(find(t, i)->value, 7);
	}
}

#define WITH_TABLE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TABLE(an_empty_one_holds_nothing),
		WITH_TABLE(put_says_whether_something_changed),
		WITH_TABLE(records_are_sorted_whatever_the_order),
		WITH_TABLE(del_takes_one),
		WITH_TABLE(del_prefix_takes_all_that_begin_with_it),
		WITH_TABLE(seek_finds_the_first_not_below),
		WITH_TABLE(append_and_sort_make_the_same_table),
		WITH_TABLE(a_freed_one_can_be_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
