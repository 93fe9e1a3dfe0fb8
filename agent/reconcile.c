/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Order:
 *
 *   what is no longer wanted goes first, so that its name is free; renames;
 *   then per uplink, from the record for people to the entries that programs
 *   act upon, and deletions the other way round; last the programs, so that
 *   they never run on a set of maps that is not filled.
 *
 *   Devices are raised when meta and record tell of it, and put back before
 *   those forget it, so that whoever finds the pins can do it, too.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reconcile.h"

static int emit(struct ops *ops, struct op op)
{
	struct op *list;

	/* Grows at the powers of two. */
	if (!(ops->count & (ops->count - 1))) {
		list = reallocarray(ops->list, ops->count ? 2 * ops->count : 1, sizeof(*list));
		if (!list)
			return -ENOMEM;
		ops->list = list;
	}
	ops->list[ops->count++] = op;
	return 0;
}

/*
 * Whether nothing can be done with @old but to remove it. Pins of an unknown
 * layout are replaced in place, unless another set takes over their name.
 */
static bool is_obsolete(const struct uplink_state *old, const struct state *observed,
			const struct state *desired)
{
	const struct uplink_state *heir;

	if (old->known)
		return !state_find_ifindex(desired, old->ifindex);
	heir = state_find(desired, old->name);
	return !heir || state_find_ifindex(observed, heir->ifindex);
}

static int remove_uplinks(const struct state *observed, const struct state *desired,
			  struct ops *ops)
{
	int err = 0;

	for (size_t i = 0; !err && i < observed->count; i++) {
		const struct uplink_state *old = &observed->uplinks[i];

		if (is_obsolete(old, observed, desired))
			err = emit(ops, (struct op){ .type = OP_REMOVE, .uplink = old });
	}
	return err;
}

/* What is left of the renames: names that the pins have now, and the ones they will have. */
struct rename {
	const struct uplink_state *uplink;
	const char *from;
};

struct renames {
	size_t count;
	struct rename *list;
};

/* While names go round in a circle, one set of pins has this one: with a blank, it is no device's.
 */
#define NO_NAME "being renamed"

static bool is_free(const struct renames *r, const char *name)
{
	for (size_t i = 0; i < r->count; i++) {
		if (!strcmp(r->list[i].from, name))
			return false;
	}
	return true;
}

/* Does one that meets no other; if each waits for another, makes room first. */
static int rename_one(struct renames *r, struct ops *ops)
{
	const char *from;

	for (size_t i = 0; i < r->count; i++) {
		struct rename next = r->list[i];

		if (!is_free(r, next.uplink->name))
			continue;
		r->list[i] = r->list[--r->count];
		return emit(ops, (struct op){ .type = OP_RENAME,
					      .uplink = next.uplink,
					      .from = next.from,
					      .to = next.uplink->name });
	}
	from = r->list[0].from;
	r->list[0].from = NO_NAME;
	return emit(ops, (struct op){ .type = OP_RENAME,
				      .uplink = r->list[0].uplink,
				      .from = from,
				      .to = NO_NAME });
}

static int rename_uplinks(const struct state *observed, const struct state *desired,
			  struct ops *ops)
{
	struct renames r = { .list = calloc(desired->count + 1, sizeof(*r.list)) };
	int err = r.list ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < desired->count; i++) {
		const struct uplink_state *new = &desired->uplinks[i];
		const struct uplink_state *old = state_find_ifindex(observed, new->ifindex);

		if (old && strcmp(old->name, new->name) != 0)
			r.list[r.count++] = (struct rename){ new, old->name };
	}
	while (!err && r.count)
		err = rename_one(&r, ops);
	free(r.list);
	return err;
}

/* Slots of ids that are new: whoever had them before, this one starts at zero. */
static int clear_slots(const struct uplink_state *old, const struct uplink_state *new,
		       struct ops *ops)
{
	const struct table *endpoints = &new->maps[PINS_ENDPOINTS];
	int err = 0;

	for (size_t i = 0; !err && i < endpoints->count; i++) {
		const struct pins_endpoint *e = table_at(endpoints, i);

		if (!table_find(&old->maps[PINS_ENDPOINTS], &e->id))
			err = emit(ops,
				   (struct op){ .type = OP_CLEAR, .uplink = new, .id = e->id });
	}
	return err;
}

static bool holds(const struct uplink_state *uplink, enum pins_map map, const void *record)
{
	const void *present = uplink ? table_find(&uplink->maps[map], record) : NULL;

	return present && !memcmp(present, record, uplink->maps[map].record_size);
}

/* @kept: whose maps go on, NULL if new ones are filled. @old: what they hold, or held. */
static int set_records(const struct uplink_state *kept, const struct uplink_state *old,
		       const struct uplink_state *new, enum pins_map map, struct ops *ops)
{
	const struct table *records = &new->maps[map];
	int err = 0;

	for (size_t i = 0; !err && i < records->count; i++) {
		const void *record = table_at(records, i);

		if (!holds(kept, map, record))
			err = emit(ops, (struct op){ .type = OP_SET,
						     .uplink = new,
						     .map = map,
						     .record = record,
						     .served = old,
						     .news = !holds(old, map, record) });
	}
	return err;
}

static int delete_records(const struct uplink_state *old, const struct uplink_state *new,
			  enum pins_map map, struct ops *ops)
{
	const struct table *records = &old->maps[map];
	int err = 0;

	for (size_t i = 0; !err && i < records->count; i++) {
		const void *record = table_at(records, i);

		if (!table_find(&new->maps[map], record))
			err = emit(ops, (struct op){ .type = OP_DELETE,
						     .uplink = new,
						     .map = map,
						     .record = record,
						     .served = true });
	}
	return err;
}

static int fill(const struct uplink_state *kept, const struct uplink_state *old,
		const struct uplink_state *new, struct ops *ops)
{
	static const enum pins_map order[] = { PINS_ENDPOINTS, PINS_DEVICES, PINS_PORTS,   PINS_FDB,
					       PINS_NEIGH,     PINS_MEMBERS, PINS_SEGMENTS };
	const int last = sizeof(order) / sizeof(order[0]) - 1;
	int err = old ? clear_slots(old, new, ops) : 0;

	for (int i = 0; !err && i <= last; i++)
		err = set_records(kept, old, new, order[i], ops);
	for (int i = last; !err && kept && i >= 0; i--)
		err = delete_records(kept, new, order[i], ops);
	return err;
}

static bool is_uplink(const struct uplink_state *u, const struct pins_endpoint *e)
{
	return e->value.kind == HP_KIND_HOST && e->value.ifindex == u->ifindex;
}

/*
 * Whether the device of the station @id is to be raised, or was. Passthru and l3
 * are left alone; the uplink is raised by itself.
 */
static const struct pins_endpoint *raised(const struct uplink_state *u, __u32 id)
{
	const struct pins_endpoint *e =
		u && u->settings.gso ? table_find(&u->maps[PINS_ENDPOINTS], &id) : NULL;

	return e && !is_uplink(u, e) && e->value.flags & HP_ENDPOINT_UP &&
			       e->value.mode != HP_MODE_PASSTHRU && e->value.mode != HP_MODE_L3 &&
			       e->value.mode != HP_MODE_L3S
		       ? e
		       : NULL;
}

/*
 * An operation for the uplink and each station that is raised in @of, and in
 * @other is not, or not as high.
 */
static int change_devices(const struct uplink_state *of, const struct uplink_state *other,
			  struct op op, struct ops *ops)
{
	const struct table *endpoints = of ? &of->maps[PINS_ENDPOINTS] : NULL;
	bool same = of && other && of->settings.gso == other->settings.gso;
	int err = of && of->settings.gso && !same ? emit(ops, op) : 0;

	for (size_t i = 0; endpoints && !err && i < endpoints->count; i++) {
		const __u32 *id = table_at(endpoints, i);

		op.record = raised(of, *id);
		if (op.record && !(same && raised(other, *id)))
			err = emit(ops, op);
	}
	return err;
}

static bool hook_differs(const struct uplink_state *old, const struct uplink_state *new)
{
	return new->hook != HP_HOOK_NONE &&new->hook != old->hook;
}

/* @old: the same device in pins that we can read, or NULL. Too small, it gives way to a new set. */
static int reconcile_uplink(const struct uplink_state *old, const struct uplink_state *new,
			    struct ops *ops)
{
	const struct uplink_state *kept = old && old->slots >= new->slots ? old : NULL;
	bool load = !kept || !kept->current ||
		    memcmp(&kept->settings, &new->settings, sizeof(new->settings)) != 0;
	bool attach = load || !kept->attached || hook_differs(kept, new);
	int err;

	err = change_devices(old, new, (struct op){ .type = OP_LOWER, .uplink = new }, ops);
	if (!err && !kept)
		err = emit(ops, (struct op){ .type = OP_CREATE, .uplink = new });
	if (!err)
		err = fill(kept, old, new, ops);
	if (!err && load)
		err = emit(ops, (struct op){ .type = OP_LOAD, .uplink = new });
	if (!err && attach)
		err = emit(ops, (struct op){ .type = OP_ATTACH, .uplink = new });
	if (!err)
		err = change_devices(new, old, (struct op){ .type = OP_RAISE, .uplink = new }, ops);
	return err;
}

int reconcile(const struct state *observed, const struct state *desired, struct ops *ops)
{
	int err;

	*ops = (struct ops){};
	err = remove_uplinks(observed, desired, ops);
	if (!err)
		err = rename_uplinks(observed, desired, ops);
	for (size_t i = 0; !err && i < desired->count; i++) {
		const struct uplink_state *new = &desired->uplinks[i];

		err = reconcile_uplink(state_find_ifindex(observed, new->ifindex), new, ops);
	}
	if (err) {
		free(ops->list);
		*ops = (struct ops){};
	}
	return err;
}
