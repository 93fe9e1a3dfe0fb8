// SPDX-License-Identifier: BSD-2-Clause
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"
#include "plan.h"

/* A device, by the record of it, and how high. */
struct raised {
	__u32 ifindex; /* of the uplink */
	__u32 id;
	__u32 gso;
};

static void put_raised(struct table *raised, const struct uplink_state *u, __u32 id)
{
	struct raised r = { u->ifindex, id, u->settings.gso };

	assert_int_equal(table_put(raised, &r), 1);
}

static void drop_raised(struct table *raised, const struct uplink_state *u, __u32 id)
{
	struct raised key = { u->ifindex, id, 0 };
	const struct raised *r = table_find(raised, &key);

	assert_non_null(r);
	assert_int_equal(r->gso, u->settings.gso);
	table_del(raised, &key);
}

/* All that should be raised in . */
static void find_raised(struct table *raised, const struct state *state)
{
	table_init(raised, 2 * sizeof(__u32), sizeof(struct raised));
	for (size_t i = 0; i < state->count; i++) {
		const struct uplink_state *u = &state->uplinks[i];
		const struct table *endpoints = &u->maps[PINS_ENDPOINTS];

		if (u->settings.gso)
			put_raised(raised, u, 0);
		for (size_t j = 0; u->settings.gso && j < endpoints->count; j++) {
			const struct pins_endpoint *e = table_at(endpoints, j);

			if (e->value.flags & HP_ENDPOINT_UP && e->value.mode != HP_MODE_PASSTHRU &&
			    e->value.ifindex != u->ifindex)
				put_raised(raised, u, e->id);
		}
	}
}

static void copy_maps(struct uplink_state *to, const struct uplink_state *from)
{
	for (int map = STATE_FIRST_MAP; map <= STATE_LAST_MAP; map++) {
		for (size_t i = 0; i < from->maps[map].count; i++)
			assert_int_equal(table_put(&to->maps[map], table_at(&from->maps[map], i)),
					 1);
	}
}

static void copy_state(struct state *to, const struct state *from)
{
	for (size_t i = 0; i < from->count; i++) {
		struct table maps[PINS_MAP_COUNT];
		struct uplink_state *u = state_add(to, from->uplinks[i].name);

		assert_non_null(u);
		memcpy(maps, u->maps, sizeof(maps));
		*u = from->uplinks[i];
		memcpy(u->maps, maps, sizeof(maps));
		copy_maps(u, &from->uplinks[i]);
	}
}

static void do_remove(struct fake *f, const struct op *op)
{
	struct uplink_state *u = state_find(&f->state, op->uplink->name);

	assert_non_null(u);
	table_del_prefix(&f->raised, &u->ifindex, sizeof(u->ifindex));
	state_remove(&f->state, u);
}

static void do_rename(struct fake *f, const struct op *op)
{
	struct uplink_state *u = state_find(&f->state, op->from);

	assert_non_null(u);
	if (state_find(&f->state, op->to))
		fail_msg("rename from %s to %s, which is there", op->from, op->to);
	strcpy(u->name, op->to);
}

/* Known, and on the device that it is for, once its programs have taken their place. */
static void do_create(struct fake *f, const struct op *op)
{
	struct uplink_state *u = state_find(&f->state, op->uplink->name);

	if (u)
		state_remove(&f->state, u);
	u = state_add(&f->state, op->uplink->name);
	assert_non_null(u);
	u->ifindex = op->uplink->ifindex;
	u->slots = op->uplink->slots;
}

static void do_attach(struct uplink_state *u, const struct op *op)
{
	assert_true(u->current);
	for (int map = STATE_FIRST_MAP; map <= STATE_LAST_MAP; map++)
		assert_int_equal(u->maps[map].count, op->uplink->maps[map].count);
	u->known = u->attached = true;
	u->hook = op->uplink->hook != HP_HOOK_NONE ? op->uplink->hook : HP_HOOK_TCX;
}

/* Its id; 0: the uplink. Whoever finds the pins must be able to put it back. */
static __u32 station_of(const struct uplink_state *u, const struct pins_endpoint *e)
{
	const struct pins_endpoint *present =
		e ? table_find(&u->maps[PINS_ENDPOINTS], &e->id) : NULL;

	if (!e)
		return 0;
	assert_non_null(present);
	assert_int_equal(present->value.ifindex, e->value.ifindex);
	assert_int_equal(present->value.netns_ino, e->value.netns_ino);
	return e->id;
}

static void do_to_uplink(struct fake *f, const struct op *op)
{
	struct uplink_state *u = state_find(&f->state, op->uplink->name);

	assert_non_null(u);
	switch (op->type) {
	case OP_SET:
		assert_int_equal(table_put(&u->maps[op->map], op->record), 1);
		break;
	case OP_DELETE:
		assert_true(table_del(&u->maps[op->map], op->record));
		break;
	case OP_CLEAR: /* before the id is anybody's */
		assert_true(op->id < u->slots);
		assert_null(table_find(&u->maps[PINS_ENDPOINTS], &op->id));
		break;
	case OP_LOAD:
		u->settings = op->uplink->settings;
		u->current = true;
		break;
	case OP_ATTACH:
		do_attach(u, op);
		break;
	case OP_RAISE:
		assert_true(u->attached && u->settings.gso);
		put_raised(&f->raised, u, station_of(u, op->record));
		break;
	case OP_LOWER:
		drop_raised(&f->raised, u, station_of(u, op->record));
		break;
	default:
		fail_msg("operation %d", op->type);
	}
}

static void do_op(struct fake *f, const struct op *op)
{
	switch (op->type) {
	case OP_REMOVE:
		do_remove(f, op);
		break;
	case OP_RENAME:
		do_rename(f, op);
		break;
	case OP_CREATE:
		do_create(f, op);
		break;
	default:
		do_to_uplink(f, op);
	}
}

void fake_run(struct fake *f, const struct state *observed, const struct state *desired)
{
	struct ops ops;
	FILE *log;

	*f = (struct fake){};
	copy_state(&f->state, observed);
	find_raised(&f->raised, observed);
	log = open_memstream(&f->log, &f->log_size);
	assert_non_null(log);
	assert_int_equal(reconcile(observed, desired, &ops), 0);
	f->count = ops.count;
	for (size_t i = 0; i < ops.count; i++) {
		char line[256];

		plan_describe(&ops.list[i], line, sizeof(line));
		fprintf(log, "%s\n", line);
		do_op(f, &ops.list[i]);
	}
	fclose(log);
	free(ops.list);
}

void fake_free(struct fake *f)
{
	state_free(&f->state);
	table_free(&f->raised);
	free(f->log);
	*f = (struct fake){};
}

static void assert_same_records(const struct table *a, const struct table *b)
{
	assert_int_equal(a->count, b->count);
	if (a->count)
		assert_memory_equal(a->data, b->data, a->count * a->record_size);
}

void fake_assert_reached(const struct fake *f, const struct state *desired)
{
	struct table raised;

	assert_int_equal(f->state.count, desired->count);
	for (size_t i = 0; i < desired->count; i++) {
		const struct uplink_state *want = &desired->uplinks[i];
		const struct uplink_state *u = state_find(&f->state, want->name);

		assert_non_null(u);
		assert_int_equal(u->ifindex, want->ifindex);
		assert_true(u->slots >= want->slots);
		assert_true(u->known && u->current && u->attached);
		assert_memory_equal(&u->settings, &want->settings, sizeof(u->settings));
		assert_true(want->hook == HP_HOOK_NONE || want->hook == u->hook);
		for (int map = STATE_FIRST_MAP; map <= STATE_LAST_MAP; map++)
			assert_same_records(&u->maps[map], &want->maps[map]);
	}
	find_raised(&raised, desired);
	assert_same_records(&f->raised, &raised);
	table_free(&raised);
}
