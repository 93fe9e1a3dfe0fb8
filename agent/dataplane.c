/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "dataplane.h"
#include "filter.h"
#include "gso.h"
#include "ports.h"
#include "set.h"

struct dataplane {
	const char *pins;
	__u64 netns_ino;
	size_t count;
	struct set *sets;
	struct gso gso;
};

struct dataplane *dataplane_open(const char *pins, __u64 netns_ino)
{
	struct dataplane *dp = calloc(1, sizeof(*dp));

	if (dp) {
		dp->pins = pins;
		dp->netns_ino = netns_ino;
		gso_init(&dp->gso, netns_ino);
	}
	return dp;
}

static void forget_all(struct dataplane *dp)
{
	for (size_t i = 0; i < dp->count; i++)
		set_close(&dp->sets[i]);
	free(dp->sets);
	dp->sets = NULL;
	dp->count = 0;
}

void dataplane_close(struct dataplane *dp)
{
	forget_all(dp);
	gso_free(&dp->gso);
	free(dp);
}

static struct set *find_set(const struct dataplane *dp, const char *name)
{
	for (size_t i = 0; i < dp->count; i++) {
		if (!strcmp(dp->sets[i].name, name))
			return &dp->sets[i];
	}
	return NULL;
}

static struct set *add_set(struct dataplane *dp, const char *name, __u32 ifindex)
{
	struct set *sets = reallocarray(dp->sets, dp->count + 1, sizeof(*sets));

	if (!sets)
		return NULL;
	dp->sets = sets;
	set_init(&sets[dp->count], name, ifindex);
	return &sets[dp->count++];
}

static void drop_set(struct dataplane *dp, struct set *set)
{
	size_t i = set - dp->sets;

	memmove(set, set + 1, (dp->count - i - 1) * sizeof(*set));
	dp->count--;
}

/* An unknown layout gets no ifindex: it is nobody's until it has been replaced. */
static int observe_set(const struct set *set, struct state *observed)
{
	struct uplink_state *uplink = state_add(observed, set->name);
	int err = 0;

	if (!uplink)
		return -ENOMEM;
	uplink->known = set->known;
	uplink->hook = set->attach.hook;
	if (!set->known)
		return 0;
	uplink->ifindex = set->ifindex;
	uplink->slots = set->slots;
	uplink->current = set_is_current(set);
	uplink->settings = set->meta.settings;
	uplink->xdp = set->xdp.mode;
	uplink->no_xdp = set->xdp.no;
	for (int map = STATE_FIRST_MAP; !err && map <= STATE_LAST_MAP; map++)
		err = pins_read(set->maps[map], map, &uplink->maps[map]);
	return err;
}

static int adopt(struct dataplane *dp, const char *name, struct state *observed)
{
	struct set *set = add_set(dp, name, if_nametoindex(name));
	int err = set ? set_adopt(set, dp->pins, dp->netns_ino) : -ENOMEM;

	return err ? err : observe_set(set, observed);
}

int dataplane_observe(struct dataplane *dp, struct state *observed)
{
	struct pins_list list;
	int err;

	state_free(observed);
	forget_all(dp);
	err = pins_list(dp->pins, &list);
	for (size_t i = 0; !err && i < list.count; i++)
		err = adopt(dp, list.names[i], observed);
	free(list.names);
	if (err) {
		state_free(observed);
		forget_all(dp);
	} else {
		dataplane_check(dp, observed, true);
	}
	return err;
}

int dataplane_refresh(struct dataplane *dp, struct state *observed, const char *uplink)
{
	struct uplink_state *old = state_find(observed, uplink);
	struct set *set = find_set(dp, uplink);
	char path[PATH_MAX];
	int err;

	if (old)
		state_remove(observed, old);
	if (set) {
		set_close(set);
		drop_set(dp, set);
	}
	err = pins_path(path, sizeof(path), dp->pins, uplink, NULL);
	if (err || access(path, F_OK))
		return err;
	return adopt(dp, uplink, observed);
}

void dataplane_check(const struct dataplane *dp, struct state *observed, bool ports)
{
	for (size_t i = 0; i < observed->count; i++) {
		const struct set *set = find_set(dp, observed->uplinks[i].name);
		bool known = set && set->known;

		observed->uplinks[i].attached =
			known && attach_intact(&set->attach) && set_is_pinned(set, dp->pins);
		if (known && !xdp_intact(&set->xdp))
			observed->uplinks[i].current = false;
		if (known && ports)
			ports_check(set, &observed->uplinks[i].maps[PINS_PORTS]);
	}
}

__u64 dataplane_foreign(const struct dataplane *dp, const char *uplink)
{
	const struct set *set = find_set(dp, uplink);

	return set && set->meta.netns_ino != dp->netns_ino ? set->meta.netns_ino : 0;
}

int dataplane_map(const struct dataplane *dp, const char *uplink, enum pins_map map)
{
	const struct set *set = find_set(dp, uplink);

	return set ? set->maps[map] : -1;
}

int dataplane_read(const struct dataplane *dp, const char *uplink, enum pins_map map, void *record)
{
	char *value = (char *)record + pins_maps[map].key_size;

	return bpf_map_lookup_elem(dataplane_map(dp, uplink, map), record, value) ? -errno : 0;
}

static int apply_remove(struct dataplane *dp, const char *name)
{
	struct set *set = find_set(dp, name);
	int err;

	if (!set)
		return 0;
	gso_put_all_back(&dp->gso, set);
	err = set_remove(set, dp->pins);
	drop_set(dp, set);
	return err;
}

static int apply_rename(struct dataplane *dp, const struct op *op)
{
	struct set *set = find_set(dp, op->from);
	char from[PATH_MAX], to[PATH_MAX];
	int err = set ? 0 : -ENOENT;

	if (!err)
		err = pins_path(from, sizeof(from), dp->pins, op->from, NULL);
	if (!err)
		err = pins_path(to, sizeof(to), dp->pins, op->to, NULL);
	if (!err && rename(from, to))
		err = -errno;
	if (!err)
		snprintf(set->name, sizeof(set->name), "%s", op->to);
	return err;
}

/*
 * New maps under a set that is in use: its programs run on the old maps, and
 * its pins show them, until OP_ATTACH.
 */
static int apply_create(struct dataplane *dp, const struct op *op)
{
	const struct uplink_state *uplink = op->uplink;
	struct set *set = find_set(dp, uplink->name), old;
	int err;

	if (!set)
		set = add_set(dp, uplink->name, uplink->ifindex);
	if (!set)
		return -ENOMEM;
	old = *set;
	memset(set->maps, -1, sizeof(set->maps));
	if (old.ifindex != uplink->ifindex) { /* the device was made anew: nothing is attached */
		set->attach.hook = HP_HOOK_NONE;
		set->meta.nic = 0;
	}
	set->ifindex = set->attach.ifindex = set->xdp.ifindex = uplink->ifindex;
	err = set_create(set, uplink->slots);
	if (!err && old.known && old.ifindex == uplink->ifindex)
		set_carry_counters(set, &old);
	ports_leave(&old, &uplink->maps[PINS_PORTS], &uplink->maps[PINS_FDB]);
	for (int map = 0; map < PINS_MAP_COUNT; map++) {
		if (old.maps[map] >= 0)
			close(old.maps[map]);
	}
	return err;
}

static int apply_clear(const struct set *set, __u32 id)
{
	int cpus = libbpf_num_possible_cpus(), err = 0;
	struct hp_stats *zero = cpus > 0 ? calloc(cpus, sizeof(*zero)) : NULL;

	if (!zero)
		return -ENOMEM;
	if (bpf_map_update_elem(set->maps[PINS_STATS], &id, zero, BPF_ANY))
		err = -errno;
	free(zero);
	return err;
}

static int apply_set(struct set *set, enum pins_map map, const void *record)
{
	const char *value = (const char *)record + pins_maps[map].key_size;

	if (map == PINS_PORTS)
		return ports_put(set, record);
	if (map == PINS_FDB || map == PINS_NEIGH)
		filter_add(set->filter, record, pins_maps[map].key_size);
	return bpf_map_update_elem(set->maps[map], record, value, BPF_ANY) ? -errno : 0;
}

static int apply_device(struct dataplane *dp, struct set *set, const struct op *op)
{
	const struct pins_endpoint *record = op->record;
	struct hp_endpoint e = record ? record->value : (struct hp_endpoint){};
	const struct hp_endpoint *station = record ? &e : NULL;

	return op->type == OP_RAISE ? gso_raise(&dp->gso, set, station)
				    : gso_put_back(&dp->gso, set, station);
}

static int apply_delete(struct set *set, enum pins_map map, const void *key)
{
	static const struct pins_segment unused;

	if (map == PINS_PORTS)
		return ports_del(set, *(const __u32 *)key);
	if (map == PINS_SEGMENTS) /* an array */
		return bpf_map_update_elem(set->maps[map], key, &unused.value, BPF_ANY) ? -errno
											: 0;
	return bpf_map_delete_elem(set->maps[map], key) && errno != ENOENT ? -errno : 0;
}

int dataplane_apply(struct dataplane *dp, const struct op *op)
{
	struct set *set = find_set(dp, op->uplink->name);

	if (op->type == OP_REMOVE)
		return apply_remove(dp, op->uplink->name);
	if (op->type == OP_RENAME)
		return apply_rename(dp, op);
	if (op->type == OP_CREATE)
		return apply_create(dp, op);
	if (!set)
		return -ENOENT;
	switch (op->type) {
	case OP_CLEAR:
		return apply_clear(set, op->id);
	case OP_SET:
		return apply_set(set, op->map, op->record);
	case OP_DELETE:
		return apply_delete(set, op->map, op->record);
	case OP_LOAD:
		return set_load(set, &op->uplink->settings);
	case OP_ATTACH:
		return set_publish(set, dp->pins, dp->netns_ino, op->uplink->hook);
	case OP_RAISE:
	case OP_LOWER:
		return apply_device(dp, set, op);
	default:
		return -EINVAL;
	}
}

void dataplane_settle(const struct dataplane *dp, struct state *observed, struct state *desired)
{
	state_free(observed);
	*observed = *desired;
	*desired = (struct state){};
	for (size_t i = 0; i < observed->count; i++) {
		struct uplink_state *uplink = &observed->uplinks[i];
		const struct set *set = find_set(dp, uplink->name);

		filter_keep(set->filter, &uplink->maps[PINS_FDB], &uplink->maps[PINS_NEIGH]);
		uplink->known = uplink->current = uplink->attached = true;
		uplink->hook = set->attach.hook;
		uplink->slots = set->slots;
		uplink->xdp = set->xdp.mode;
		uplink->no_xdp = set->xdp.no;
	}
}

int dataplane_live(struct dataplane *dp, const char *uplink, bool live)
{
	struct set *set = find_set(dp, uplink);

	return set && set->known ? set_live(set, live) : 0;
}
