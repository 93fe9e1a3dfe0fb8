/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The set of one uplink: maps, programs, their places on the device, and the
 * pins that keep all of it alive without hairpind.
 */
#ifndef HAIRPIN_SET_H
#define HAIRPIN_SET_H

#include "attach.h"
#include "load.h"
#include "pins.h"
#include "xdp.h"

struct set {
	char name[IFNAMSIZ]; /* of the uplink, and of the directory of pins */
	__u32 ifindex;
	__u32 slots;	/* of stats */
	bool known;	/* meta, and so the maps, are of our ABI and our netns */
	bool published; /* what is put into the maps is seen by whoever comes after us */
	struct hp_meta meta;
	int maps[PINS_MAP_COUNT]; /* descriptors, -1: none */
	int progs[LOAD_PROGS];
	struct attach attach;
	struct xdp xdp;
	struct hp_alive *alive; /* held: see set_live() */
	struct hp_filter *filter;
};

void set_init(struct set *set, const char *name, __u32 ifindex);
void set_close(struct set *set); /* descriptors only: what is pinned goes on */

/*
 * Takes over what is pinned at @pins. With pins that it cannot read, all but the
 * links, and what tells of ports, is left out. If some are missing, there is the rest:
 * not `known`, since the programs do not run on it, but what it tells can be taken back. 0
 * or -errno.
 */
int set_adopt(struct set *set, const char *pins, __u64 netns_ino);

/* Makes new, empty maps in place of what the set has. 0 or -errno. */
int set_create(struct set *set, __u32 slots);

/* Loads this build's programs on the set's maps. 0 or -errno. */
int set_load(struct set *set, const struct hp_settings *settings);

/* Whether the programs that meta tells of are those of this build. */
bool set_is_current(const struct set *set);

/* Copies what @from counted into the fresh counters of @set; the ids are the same. */
void set_carry_counters(struct set *set, const struct set *from);

/* Attaches the loaded programs, writes meta, pins everything. 0 or -errno. */
int set_publish(struct set *set, const char *pins, __u64 netns_ino, enum hp_hook want);

/* Which HP_NIC_GSO_* of the uplink were raised: into meta, at once. 0 or -errno. */
int set_note_gso(struct set *set, __u8 families);

/* Whether rules that withhold frames hold; only while the maps are as they should be. 0 or -errno.
 */
int set_live(struct set *set, bool live);

/* Whether the pins that matter are still there. */
bool set_is_pinned(const struct set *set, const char *pins);

/* Detaches, and removes the pins. 0 or -errno. */
int set_remove(struct set *set, const char *pins);

#endif
