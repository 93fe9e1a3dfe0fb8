/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "alive.h"
#include "filter.h"
#include "format.h"
#include "log.h"
#include "nic.h"
#include "ports.h"
#include "set.h"

static const char *const link_pins[] = { "egress_link", "ingress_link", "xdp_link" };

_Static_assert(LOAD_EGRESS == (int)ATTACH_EGRESS && LOAD_INGRESS == (int)ATTACH_INGRESS,
	       "programs of the tc hooks come first, in the order of attach.h");

static void close_fds(int *fds, int count)
{
	for (int i = 0; i < count; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
}

void set_init(struct set *set, const char *name, __u32 ifindex)
{
	*set = (struct set){ .ifindex = ifindex };
	snprintf(set->name, sizeof(set->name), "%s", name);
	memset(set->maps, -1, sizeof(set->maps));
	memset(set->progs, -1, sizeof(set->progs));
	attach_init(&set->attach, ifindex);
	xdp_init(&set->xdp, ifindex);
}

void set_close(struct set *set)
{
	set_live(set, false);
	filter_close(set->filter);
	set->filter = NULL;
	close_fds(set->maps, PINS_MAP_COUNT);
	close_fds(set->progs, LOAD_PROGS);
	close_fds(set->attach.links, ATTACH_SIDES);
	close_fds(&set->xdp.link, 1);
}

int set_live(struct set *set, bool live)
{
	if (live && !set->alive) {
		set->alive = alive_hold(set->maps[PINS_ALIVE]);
		return set->alive ? 0 : -errno;
	}
	if (!live) {
		alive_release(set->alive);
		set->alive = NULL;
	}
	return 0;
}

static int open_pin(const struct set *set, const char *pins, const char *file)
{
	char path[PATH_MAX];
	int fd = pins_path(path, sizeof(path), pins, set->name, file);

	if (!fd)
		fd = bpf_obj_get(path);
	return fd < 0 ? -1 : fd;
}

static __u32 map_slots(int fd)
{
	struct bpf_map_info info = {};
	__u32 length = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &length) ? 0 : info.max_entries;
}

static __u32 map_id(int fd)
{
	struct bpf_map_info info = {};
	__u32 length = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &length) ? 0 : info.id;
}

static bool has_id(const __u32 *ids, __u32 count, __u32 id)
{
	for (__u32 i = 0; id && i < count; i++) {
		if (ids[i] == id)
			return true;
	}
	return false;
}

/* Places come with whatever layout the maps have, so that they can be taken over. */
static void adopt_places(struct set *set, const char *pins)
{
	for (int prog = 0; prog < LOAD_PROGS; prog++)
		set->progs[prog] = open_pin(set, pins, load_names[prog]);
	for (int side = 0; side < ATTACH_SIDES; side++) {
		set->attach.links[side] = open_pin(set, pins, link_pins[side]);
		if (set->progs[side] >= 0)
			set->attach.ids[side] = attach_program_id(set->progs[side]);
	}
	set->xdp.link = open_pin(set, pins, link_pins[LOAD_XDP]);
	if (set->progs[LOAD_XDP] >= 0)
		set->xdp.id = attach_program_id(set->progs[LOAD_XDP]);
	if (set->attach.links[ATTACH_EGRESS] >= 0)
		set->attach.hook = HP_HOOK_TCX;
}

/*
 * Whether the pinned programs run on the pinned maps. They do not when hairpind
 * was killed while it replaced the set.
 */
static bool is_whole(const struct set *set)
{
	__u32 ids[16] = {}, length;

	for (int prog = 0; prog < LOAD_PROGS; prog++) {
		struct bpf_prog_info info = { .nr_map_ids = 16, .map_ids = (__u64)(uintptr_t)ids };

		if ((prog == LOAD_XDP && set->meta.xdp == HP_XDP_NONE) || prog == LOAD_PORT_XDP ||
		    (prog == LOAD_PORT && !(set->meta.settings.device & HP_DEVICE_PORTS)))
			continue; /* it is not there, or has no map */
		length = sizeof(info);
		if (set->progs[prog] < 0 ||
		    bpf_obj_get_info_by_fd(set->progs[prog], &info, &length) ||
		    !has_id(ids, info.nr_map_ids,
			    map_id(set->maps[prog == LOAD_PORT ? PINS_PORTS : PINS_FDB])) ||
		    !has_id(ids, info.nr_map_ids, map_id(set->maps[PINS_REASONS])))
			return false;
	}
	return true;
}

/* What belongs to another netns is not taken over, but for its name. */
static void disown(struct set *set)
{
	set->meta.nic = 0;
	close_fds(set->progs, LOAD_PROGS);
	close_fds(set->attach.links, ATTACH_SIDES);
	close_fds(&set->xdp.link, 1);
	attach_init(&set->attach, set->ifindex);
	xdp_init(&set->xdp, set->ifindex);
}

/* Of a set that is not whole, too: they tell what was done, and is to be taken back. */
static bool adopt_maps(struct set *set, const char *pins)
{
	bool all = true;

	for (int map = 0; map < PINS_MAP_COUNT; map++) {
		set->maps[map] = pins_open(pins, set->name, map);
		all &= set->maps[map] >= 0;
	}
	return all;
}

/*
 * Of another version's set, what has the layout that we know: by these, what is outside
 * of our maps for XDP endpoints that have gone meanwhile is taken back.
 */
static void adopt_ports(struct set *set, const char *pins)
{
	set->maps[PINS_PORTS] = pins_open(pins, set->name, PINS_PORTS);
	set->maps[PINS_FDB] = pins_open(pins, set->name, PINS_FDB);
}

int set_adopt(struct set *set, const char *pins, __u64 netns_ino)
{
	int err = pins_read_meta(pins, set->name, &set->meta);

	if (err && err != -EPROTO && err != -ENOENT)
		return err;
	adopt_places(set, pins);
	set->attach.own_clsact = set->meta.own_clsact;
	set->attach.half = true;
	if (set->meta.hook != HP_HOOK_NONE)
		set->attach.hook = set->meta.hook;
	set->xdp.mode = set->xdp.placed = set->meta.xdp;
	set->xdp.no = set->meta.no_xdp;
	set->xdp.error = set->meta.xdp_errno;
	if (set->meta.netns_ino && set->meta.netns_ino != netns_ino)
		disown(set);
	if (err == -EPROTO && set->meta.netns_ino == netns_ino)
		adopt_ports(set, pins);
	if (err || set->meta.netns_ino != netns_ino)
		return 0;
	set->ifindex = set->attach.ifindex = set->xdp.ifindex = set->meta.ifindex;
	if (!adopt_maps(set, pins) || !is_whole(set))
		return 0;
	set->attach.half = false;
	set->filter = filter_open(set->maps[PINS_FILTER]);
	if (!set->filter)
		return -errno;
	set->slots = map_slots(set->maps[PINS_STATS]);
	set->known = set->published = true;
	return 0;
}

int set_create(struct set *set, __u32 slots)
{
	int err;

	set_live(set, false);
	filter_close(set->filter);
	set->filter = NULL;
	close_fds(set->maps, PINS_MAP_COUNT);
	err = load_maps(set->maps, slots);
	if (!err) {
		set->filter = filter_open(set->maps[PINS_FILTER]);
		err = set->filter ? 0 : -errno;
	}
	set->slots = slots;
	set->known = !err;
	set->published = false;
	return err;
}

bool set_is_current(const struct set *set)
{
	return set->meta.build == load_build_id();
}

static int load(struct set *set, enum load_prog prog)
{
	return load_prog(prog, set->maps, &set->meta.settings, &set->xdp, &set->progs[prog]);
}

int set_load(struct set *set, const struct hp_settings *settings)
{
	int err;

	set->meta.settings = *settings;
	xdp_choose(&set->xdp, settings);
	err = load(set, LOAD_EGRESS);
	if (!err)
		err = load(set, LOAD_INGRESS);
	if (!err && set->xdp.mode != HP_XDP_NONE)
		err = load(set, LOAD_XDP);
	if (!err && settings->device & HP_DEVICE_PORTS)
		err = load(set, LOAD_PORT) ?: load(set, LOAD_PORT_XDP);
	return err;
}

static void carry(int from, int to, __u32 slots, size_t size)
{
	int cpus = libbpf_num_possible_cpus();
	void *values = cpus > 0 ? calloc(cpus, size) : NULL;

	for (__u32 slot = 0; values && slot < slots; slot++) {
		if (!bpf_map_lookup_elem(from, &slot, values))
			bpf_map_update_elem(to, &slot, values, BPF_ANY);
	}
	free(values);
}

void set_carry_counters(struct set *set, const struct set *from)
{
	carry(from->maps[PINS_STATS], set->maps[PINS_STATS], from->slots, sizeof(struct hp_stats));
	carry(from->maps[PINS_REASONS], set->maps[PINS_REASONS],
	      map_slots(from->maps[PINS_REASONS]), sizeof(struct hp_counter));
}

/* The links first: they are what would be lost with us. */
static int pin_all(const struct set *set, const char *pins)
{
	int err = 0;

	for (int side = 0; !err && side < ATTACH_SIDES; side++)
		err = pins_put(pins, set->name, link_pins[side], set->attach.links[side]);
	if (!err)
		err = pins_put(pins, set->name, link_pins[LOAD_XDP], set->xdp.link);
	for (int map = PINS_MAP_COUNT - 1; !err && map >= PINS_META; map--)
		err = pins_put(pins, set->name, pins_maps[map].name, set->maps[map]);
	for (int prog = 0; !err && prog < LOAD_PROGS; prog++)
		err = pins_put(pins, set->name, load_names[prog], set->progs[prog]);
	return err;
}

static bool is_ours(const char *file)
{
	for (size_t i = 0; i < sizeof(link_pins) / sizeof(link_pins[0]); i++) {
		if (!strcmp(file, link_pins[i]))
			return true;
	}
	for (int prog = 0; prog < LOAD_PROGS; prog++) {
		if (!strcmp(file, load_names[prog]))
			return true;
	}
	return pins_find_map(file) >= 0;
}

/* Removes what another version has pinned there: all of it, or what this one has not. */
static int remove_pins(const char *path, bool keep_ours)
{
	char file[PATH_MAX];
	struct dirent *entry;
	DIR *dir = opendir(path);
	int err = 0;

	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(dir))) {
		if (entry->d_type == DT_DIR || (keep_ours && is_ours(entry->d_name)))
			continue;
		snprintf(file, sizeof(file), "%s/%.255s", path, entry->d_name);
		if (unlink(file) && !err)
			err = -errno;
	}
	closedir(dir);
	return err;
}

static int write_meta(struct set *set, __u64 netns_ino, enum hp_hook hook, __u64 build)
{
	__u32 zero = 0;

	set->meta.abi = HP_ABI;
	set->meta.build = build;
	set->meta.ifindex = set->ifindex;
	set->meta.netns_ino = netns_ino;
	set->meta.hook = hook;
	set->meta.own_clsact = set->attach.own_clsact;
	set->meta.xdp = set->xdp.mode;
	set->meta.no_xdp = set->xdp.no;
	set->meta.xdp_errno = set->xdp.error;
	return bpf_map_update_elem(set->maps[PINS_META], &zero, &set->meta, BPF_ANY) ? -errno : 0;
}

/* The rest of what is in there stays: set->meta may be ahead of it. */
static int note_nic(struct set *set, __u8 mask, __u8 bits)
{
	struct hp_meta meta;
	__u32 zero = 0;

	set->meta.nic = (set->meta.nic & ~mask) | bits;
	if (bpf_map_lookup_elem(set->maps[PINS_META], &zero, &meta))
		return -errno;
	meta.nic = set->meta.nic;
	return bpf_map_update_elem(set->maps[PINS_META], &zero, &meta, BPF_ANY) ? -errno : 0;
}

int set_note_gso(struct set *set, __u8 families)
{
	return note_nic(set, HP_NIC_GSO, families);
}

/*
 * Off while it would keep frames or their tags from us; on again only if we were who
 * turned it off. Noted first, so that whatever moment we are killed at, it can be put
 * back; and looked at each time, since a note may be all that came of it. What it was
 * found to be if it is to be off; else 0.
 */
static int hold_off(struct set *set, const char *feature, __u8 note, bool need_off)
{
	bool ours = set->meta.nic & note;
	int found = need_off ? nic_feature(set->ifindex, feature) : 0;

	if (!need_off && ours && !nic_set_feature(set->ifindex, feature, true))
		note_nic(set, note, 0);
	if (found != 1)
		return found;
	note_nic(set, note, note);
	if (!nic_set_feature(set->ifindex, feature, false))
		return 1;
	note_nic(set, note, 0);
	return NIC_FIXED_ON;
}

/* Nobody is worse off than before if it stays on: the note says so. */
static void set_vlan_filter(struct set *set, bool need_off)
{
	int found = hold_off(set, NIC_RX_VLAN_FILTER, HP_NIC_RX_VLAN_FILTER, need_off);

	note_nic(set, HP_NIC_FILTERS_VLANS, found == NIC_FIXED_ON ? HP_NIC_FILTERS_VLANS : 0);
}

/* A driver that has a word for the tags that it takes out of the frame may go on with it. */
static void set_rx_vlan(struct set *set)
{
	bool need_off = set->xdp.mode != HP_XDP_NONE && !set->xdp.tags;

	hold_off(set, NIC_RX_VLAN, HP_NIC_RX_VLAN, need_off);
}

/*
 * One of XDP and tc ingress applies the rules of the wire, and while they change
 * places for a moment both, which may cost a token, but never none.
 */
static int put_programs(struct set *set, enum hp_hook want)
{
	int err = 0;

	if (set->xdp.mode != HP_XDP_NONE) {
		set_rx_vlan(set);
		xdp_put(&set->xdp, set->progs[LOAD_XDP]);
		if (set->xdp.mode == HP_XDP_NONE)
			err = load(set, LOAD_INGRESS);
	}
	if (!err)
		err = attach_put(&set->attach, want, set->progs);
	if (!err && set->meta.settings.device & HP_DEVICE_PORTS)
		err = ports_put_all(set);
	else if (!err)
		close_fds(&set->progs[LOAD_PORT], 2); /* and LOAD_PORT_XDP */
	if (set->xdp.mode == HP_XDP_NONE) {
		xdp_remove(&set->xdp);
		set_rx_vlan(set);
		close_fds(&set->progs[LOAD_XDP], 1);
	}
	return err;
}

/*
 * Programs that could not be attached are not those that run: meta goes back to
 * the place of the former ones, which are of no build, so that they are replaced.
 */
static int put_and_tell(struct set *set, __u64 netns_ino, enum hp_hook want)
{
	int err = put_programs(set, want);

	set_vlan_filter(set, set->meta.settings.device & HP_DEVICE_UNFILTERED);
	if (!err)
		return write_meta(set, netns_ino, set->attach.hook, load_build_id());
	write_meta(set, netns_ino, set->attach.hook, 0);
	return err;
}

/*
 * What tells of what we make is there before anything is made, so that whatever moment
 * we are killed at, it can be found and removed: meta, and `ports` with the fdb, by
 * which it is judged who else has a port's MAC.
 */
static int pin_records(const struct set *set, const char *pins)
{
	static const enum pins_map records[] = { PINS_META, PINS_FDB, PINS_PORTS };
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(records) / sizeof(records[0]); i++)
		err = pins_put(pins, set->name, pins_maps[records[i]].name, set->maps[records[i]]);
	return err;
}

int set_publish(struct set *set, const char *pins, __u64 netns_ino, enum hp_hook want)
{
	char path[PATH_MAX];
	int err = pins_path(path, sizeof(path), pins, set->name, NULL);

	if (!err)
		err = attach_prepare(&set->attach, &want);
	if (!err)
		err = pins_make_dir(pins, set->name);
	if (!err)
		err = write_meta(set, netns_ino, want, load_build_id());
	if (!err)
		err = pin_records(set, pins);
	if (!err)
		err = put_and_tell(set, netns_ino, want);
	if (!err)
		err = pin_all(set, pins);
	if (!err)
		set->published = true;
	return err ? err : remove_pins(path, true);
}

bool set_is_pinned(const struct set *set, const char *pins)
{
	char path[PATH_MAX];
	bool pinned = !pins_path(path, sizeof(path), pins, set->name, pins_maps[PINS_META].name) &&
		      !access(path, F_OK);

	for (int side = 0; pinned && side < ATTACH_SIDES; side++) {
		if (set->attach.links[side] >= 0)
			pinned = !pins_path(path, sizeof(path), pins, set->name, link_pins[side]) &&
				 !access(path, F_OK);
	}
	if (pinned && set->xdp.link >= 0)
		pinned = !pins_path(path, sizeof(path), pins, set->name, link_pins[LOAD_XDP]) &&
			 !access(path, F_OK);
	return pinned;
}

int set_remove(struct set *set, const char *pins)
{
	char path[PATH_MAX];
	int err = pins_path(path, sizeof(path), pins, set->name, NULL);

	ports_leave_all(set);
	attach_remove(&set->attach);
	xdp_remove(&set->xdp);
	set->xdp.mode = HP_XDP_NONE;
	set_rx_vlan(set);
	set_vlan_filter(set, false);
	set_close(set);
	if (!err)
		err = remove_pins(path, false);
	return !err && rmdir(path) && errno != ENOENT ? -errno : err;
}
