/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cmocka.h>

#include "filter.h"
#include "rig.h"

#include "egress.skel.h"
#include "harness.skel.h"
#include "ingress.skel.h"
#include "port.skel.h"
#include "xdp.skel.h"

struct rig rig;

/* As hairpind does: one set of maps for all programs. .rodata stays its own. */
static void share_maps(struct bpf_object *from, struct bpf_object *to)
{
	struct bpf_map *map, *shared;

	bpf_object__for_each_map (map, to) {
		if (bpf_map__is_internal(map))
			continue;
		shared = bpf_object__find_map_by_name(from, bpf_map__name(map));
		assert_non_null(shared);
		assert_int_equal(bpf_map__reuse_fd(map, bpf_map__fd(shared)), 0);
	}
}

/* By prog: the defaults of hairpin.conf, and what differs. */
static const struct variant {
	struct hp_settings settings;
	bool flag; /* behind_xdp, generic */
} variants[RIG_PROGS] = {
	[RIG_EGRESS] = { .settings = { .steer = 1 } },
	[RIG_EGRESS_REFLECT] = { .settings = { .steer = 1, .reflect = 1 } },
	[RIG_EGRESS_NO_STEER] = { .settings = { .reflect = 1 } },
	[RIG_EGRESS_STORM] = { .settings = { .steer = 1, .storm = RIG_STORM } },
	[RIG_EGRESS_ACCESS] = { .settings = { .steer = 1, .device = HP_DEVICE_ACCESS } },
	[RIG_EGRESS_ACCESS_REFLECT] = { .settings = { .steer = 1,
						      .reflect = 1,
						      .device = HP_DEVICE_ACCESS } },
	[RIG_EGRESS_PORTS] = { .settings = { .steer = 1, .device = HP_DEVICE_PORTS } },
	[RIG_EGRESS_PORTS_REFLECT] = { .settings = { .steer = 1,
						     .reflect = 1,
						     .device = HP_DEVICE_PORTS } },
	[RIG_EGRESS_PORTS_ACCESS] = { .settings = { .steer = 1,
						    .device =
							    HP_DEVICE_PORTS | HP_DEVICE_ACCESS } },
	[RIG_INGRESS] = { .settings = { .steer = 1 } },
	[RIG_INGRESS_NO_STEER] = {},
	[RIG_INGRESS_STORM] = { .settings = { .steer = 1, .storm = RIG_STORM } },
	[RIG_INGRESS_BEHIND] = { .settings = { .steer = 1, .storm = RIG_STORM }, .flag = true },
	[RIG_INGRESS_ACCESS] = { .settings = { .steer = 1, .device = HP_DEVICE_ACCESS } },
	[RIG_INGRESS_PORTS] = { .settings = { .steer = 1, .device = HP_DEVICE_PORTS } },
	[RIG_INGRESS_PORTS_ACCESS] = { .settings = { .steer = 1,
						     .device =
							     HP_DEVICE_PORTS | HP_DEVICE_ACCESS } },
	[RIG_INGRESS_PORTS_BEHIND] = { .settings = { .steer = 1, .device = HP_DEVICE_PORTS },
				       .flag = true },
	[RIG_XDP] = { .settings = { .steer = 1 } },
	[RIG_XDP_NO_STEER] = {},
	[RIG_XDP_STORM] = { .settings = { .steer = 1, .storm = RIG_STORM } },
	[RIG_XDP_FAST_STORM] = { .settings = { .steer = 1, .storm = RIG_FAST_STORM } },
	[RIG_XDP_GENERIC] = { .settings = { .steer = 1 }, .flag = true },
	[RIG_XDP_PORTS] = { .settings = { .steer = 1, .device = HP_DEVICE_PORTS } },
	[RIG_XDP_PORTS_GENERIC] = { .settings = { .steer = 1, .device = HP_DEVICE_PORTS },
				    .flag = true },
	[RIG_XDP_PORTS_VETH] = { .settings = { .steer = 1,
					       .device = HP_DEVICE_PORTS | HP_DEVICE_VETH } },
};

#define RIG_KEYS 1024 /* in a hash: more than any test has */

/*
 * The hashes as small as they can be, as every test empties them, and that goes through
 * all buckets. What is counted, and the tokens, are read and set with every frame: by no
 * system call, for which the maps are of one CPU, the one that the tests stay on.
 */
static void shape_maps(const struct hp_egress *skel)
{
	const struct {
		struct bpf_map *map;
		__u32 entries;
		enum bpf_map_type type;
		__u32 flags;
	} maps[] = {
		{ skel->maps.stats, STATION_IDS, BPF_MAP_TYPE_ARRAY, BPF_F_MMAPABLE },
		{ skel->maps.reasons, HP_REASON_COUNT, BPF_MAP_TYPE_ARRAY, BPF_F_MMAPABLE },
		{ skel->maps.storm, RIG_BUCKETS, BPF_MAP_TYPE_ARRAY, BPF_F_MMAPABLE },
		{ skel->maps.fdb, RIG_KEYS, BPF_MAP_TYPE_HASH, BPF_F_NO_PREALLOC },
		{ skel->maps.neigh, RIG_KEYS, BPF_MAP_TYPE_HASH, BPF_F_NO_PREALLOC },
		{ skel->maps.members, RIG_KEYS, BPF_MAP_TYPE_HASH, BPF_F_NO_PREALLOC },
	};

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		assert_int_equal(bpf_map__set_max_entries(maps[i].map, maps[i].entries), 0);
		assert_int_equal(bpf_map__set_type(maps[i].map, maps[i].type), 0);
		assert_int_equal(bpf_map__set_map_flags(maps[i].map, maps[i].flags), 0);
	}
}

static struct hp_egress *load_egress(enum rig_prog prog, struct bpf_object *maps)
{
	struct hp_egress *skel = hp_egress__open();

	assert_non_null(skel);
	memcpy((void *)&skel->rodata->settings, &variants[prog].settings,
	       sizeof(struct hp_settings));
	if (maps) {
		share_maps(maps, skel->obj);
	} else {
		shape_maps(skel);
	}
	assert_int_equal(hp_egress__load(skel), 0);
	return skel;
}

static struct hp_ingress *load_ingress(enum rig_prog prog, struct bpf_object *maps)
{
	struct hp_ingress *skel = hp_ingress__open();

	assert_non_null(skel);
	memcpy((void *)&skel->rodata->settings, &variants[prog].settings,
	       sizeof(struct hp_settings));
	*(bool *)&skel->rodata->behind_xdp = variants[prog].flag;
	share_maps(maps, skel->obj);
	assert_int_equal(hp_ingress__load(skel), 0);
	return skel;
}

static struct hp_port_obj *load_port(struct bpf_object *maps)
{
	struct hp_port_obj *skel = hp_port_obj__open();

	assert_non_null(skel);
	*(__u32 *)&skel->rodata->uplink = rig.lab.uplink.ifindex;
	share_maps(maps, skel->obj);
	assert_int_equal(hp_port_obj__load(skel), 0);
	return skel;
}

static struct hp_xdp_obj *open_xdp(enum rig_prog prog, struct bpf_object *maps)
{
	struct hp_xdp_obj *skel = hp_xdp_obj__open();

	assert_non_null(skel);
	memcpy((void *)&skel->rodata->settings, &variants[prog].settings,
	       sizeof(struct hp_settings));
	*(bool *)&skel->rodata->generic = variants[prog].flag;
	share_maps(maps, skel->obj);
	return skel;
}

static struct hp_xdp_obj *load_xdp(enum rig_prog prog, struct bpf_object *maps)
{
	struct hp_xdp_obj *skel = open_xdp(prog, maps);

	bpf_program__set_autoload(skel->progs.hairpin_xdp_tag, false);
	assert_int_equal(hp_xdp_obj__load(skel), 0);
	return skel;
}

/* Linux 6.3, not in the headers of Debian 12. */
#define XDP_DEV_BOUND_ONLY (1U << 6)

struct hp_xdp_obj *rig_load_xdp_tag(enum rig_prog variant)
{
	struct hp_xdp_obj *skel = open_xdp(variant, rig.egress[0]->obj);
	struct bpf_program *prog = skel->progs.hairpin_xdp_tag;

	bpf_program__set_autoload(skel->progs.hairpin_xdp, false);
	bpf_program__set_autoload(skel->progs.hairpin_xdp_generic, false);
	bpf_program__set_ifindex(prog, rig.lab.uplink.ifindex);
	bpf_program__set_flags(prog, bpf_program__flags(prog) | XDP_DEV_BOUND_ONLY);
	if (!hp_xdp_obj__load(skel))
		return skel;
	hp_xdp_obj__destroy(skel);
	return NULL;
}

int rig_prog_fd(enum rig_prog prog)
{
	if (prog < RIG_INGRESS)
		return bpf_program__fd(rig.egress[prog]->progs.hairpin_egress);
	if (prog < RIG_PORT)
		return bpf_program__fd(rig.ingress[prog - RIG_INGRESS]->progs.hairpin_ingress);
	if (prog == RIG_PORT)
		return bpf_program__fd(rig.port->progs.hairpin_port);
	if (variants[prog].flag)
		return bpf_program__fd(rig.xdp[prog - RIG_XDP]->progs.hairpin_xdp_generic);
	return bpf_program__fd(rig.xdp[prog - RIG_XDP]->progs.hairpin_xdp);
}

static struct harness *load_harness(void)
{
	struct harness *skel = harness__open_and_load();

	assert_non_null(skel);
	for (__u32 i = 0; i < RIG_XDP; i++) {
		int fd = rig_prog_fd(i);

		assert_int_equal(bpf_map__update_elem(skel->maps.targets, &i, sizeof(i), &fd,
						      sizeof(fd), BPF_ANY),
				 0);
	}
	return skel;
}

static void put(struct bpf_map *map, const void *key, const void *value)
{
	assert_int_equal(bpf_map_update_elem(bpf_map__fd(map), key, value, BPF_ANY), 0);
}

/* NULL removes it. */
static void change(struct bpf_map *map, const void *key, const void *value)
{
	if (value)
		put(map, key, value);
	else
		bpf_map_delete_elem(bpf_map__fd(map), key);
}

void rig_fdb(__u16 vlan, const __u8 *mac, const struct hp_fdb *value)
{
	struct hp_fdb_key key = { .vlan = vlan };

	memcpy(key.mac, mac, ETH_ALEN);
	if (value)
		filter_add(rig.filter, &key, sizeof(key));
	change(rig.egress[0]->maps.fdb, &key, value);
}

static void fill_fdb(__u16 vlan)
{
	for (enum station s = HOST; s < MACS; s++) {
		struct hp_fdb value = station_fdb(s, vlan);

		if (vlan != VLAN_C || s == HOST)
			rig_fdb(vlan, station_mac(s), &value);
	}
}

void rig_port(__u32 ifindex, const struct hp_port *value)
{
	change(rig.egress[0]->maps.ports, &ifindex, value);
}

void rig_device(__u32 ifindex, bool can)
{
	change(rig.egress[0]->maps.devices, &ifindex, can ? &ifindex : NULL);
}

struct hp_neigh rig_neigh_of(enum station owner, __u16 vlan)
{
	struct hp_fdb fdb = station_fdb(owner, vlan);
	struct hp_neigh value = { .endpoint = fdb.endpoint, .kind = fdb.kind };

	if (fdb.kind == HP_KIND_IPVLAN) {
		value.mode = fdb.mode;
		value.fdb_flags = fdb.flags;
	}
	memcpy(value.mac, station_mac(owner), ETH_ALEN);
	return value;
}

void rig_neigh(__u16 vlan, const char *address, const struct hp_neigh *value)
{
	struct hp_neigh_key key = { .vlan = vlan,
				    .family = strchr(address, ':') ? AF_INET6 : AF_INET };

	assert_int_equal(inet_pton(key.family, address, key.addr), 1);
	filter_add(rig.filter, &key, sizeof(key));
	put(rig.egress[0]->maps.neigh, &key, value);
}

static void fill_neigh(__u16 vlan)
{
	for (size_t i = 0; i < address_count; i++) {
		enum station owner = address_owner(addresses[i].text, vlan);
		struct hp_neigh value = rig_neigh_of(owner, vlan);

		if (owner != NOBODY)
			rig_neigh(vlan, addresses[i].text, &value);
	}
}

static void clear(struct bpf_map *map)
{
	int fd = bpf_map__fd(map);
	__u8 key[sizeof(struct hp_neigh_key)];

	while (!bpf_map_get_next_key(fd, NULL, key))
		assert_int_equal(bpf_map_delete_elem(fd, key), 0);
}

void rig_clear_fdb(void)
{
	clear(rig.egress[0]->maps.fdb);
}

static bool served[HP_MAX_SEGMENTS];
static __u16 member_counts[HP_MAX_SEGMENTS];

void rig_member(__u16 vlan, const __u8 *mac, __u16 flags)
{
	struct hp_member_key key = { .vlan = vlan, .index = member_counts[vlan]++ };
	struct hp_member value = { .flags = flags };

	memcpy(value.mac, mac, ETH_ALEN);
	put(rig.egress[0]->maps.members, &key, &value);
}

void rig_segment(__u16 vlan, int flags)
{
	struct hp_segment value = { .host = station_id(HOST, vlan),
				    .members = member_counts[vlan] };
	__u32 key = vlan;
	struct bpf_map *map = rig.egress[0]->maps.segments;

	served[vlan] = flags >= 0;
	if (flags < 0) {
		value = (struct hp_segment){};
		put(map, &key, &value);
		return;
	}
	value.flags = HP_SEGMENT_SERVED | flags;
	/* Garbage where the host has no station: nobody may use it. */
	memset(value.host_mac, 0x02, ETH_ALEN);
	if (flags & HP_SEGMENT_HOST)
		memcpy(value.host_mac, station_mac(HOST), ETH_ALEN);
	put(map, &key, &value);
}

void rig_alive(__u32 owner)
{
	/* The rest is the C library's, and no program looks at it. */
	struct hp_alive value = { .owner = owner, .mutex = { [0 ... 59] = 0xff } };
	__u32 zero = 0;

	put(rig.egress[0]->maps.alive, &zero, &value);
}

__u32 rig_bucket_of(enum station s, __u16 vlan, enum hp_storm_class class)
{
	return HP_STORM_CLASSES * station_id(s, vlan) + class;
}

void rig_set_bucket(__u32 bucket, __u64 full)
{
	(*rig.storm)[bucket] = full;
}

__u64 rig_bucket(__u32 bucket)
{
	return (*rig.storm)[bucket];
}

void rig_reset(void)
{
	for (__u16 vlan = 0; vlan < HP_MAX_SEGMENTS; vlan++) {
		if (served[vlan])
			rig_segment(vlan, -1);
	}
	clear(rig.egress[0]->maps.members);
	memset(member_counts, 0, sizeof(member_counts));
	clear(rig.egress[0]->maps.ports);
	clear(rig.egress[0]->maps.devices);
	clear(rig.egress[0]->maps.fdb);
	clear(rig.egress[0]->maps.neigh);
	memset(rig.filter, 0, sizeof(*rig.filter));
	fill_fdb(VLAN_A);
	fill_fdb(VLAN_B);
	fill_fdb(VLAN_C);
	fill_neigh(VLAN_A);
	fill_neigh(VLAN_B);
	fill_neigh(VLAN_C);
	rig_alive(RIG_ALIVE);
	for (__u32 i = 0; i < RIG_BUCKETS; i++)
		rig_set_bucket(i, 0);
}

static void *map_here(const struct bpf_map *map, size_t size)
{
	void *here = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);

	assert_true(here != MAP_FAILED);
	return here;
}

void rig_open(void)
{
	struct bpf_object *maps;

	lab_open(&rig.lab, station_mac(HOST));
	rig.egress[0] = load_egress(0, NULL);
	maps = rig.egress[0]->obj;
	rig.stats = map_here(rig.egress[0]->maps.stats, sizeof(*rig.stats));
	rig.reasons = map_here(rig.egress[0]->maps.reasons, sizeof(*rig.reasons));
	rig.storm = map_here(rig.egress[0]->maps.storm, sizeof(*rig.storm));
	rig.filter = filter_open(bpf_map__fd(rig.egress[0]->maps.filter));
	assert_non_null(rig.filter);
	for (enum rig_prog i = 1; i < RIG_PROGS; i++) {
		if (i < RIG_INGRESS)
			rig.egress[i] = load_egress(i, maps);
		else if (i < RIG_PORT)
			rig.ingress[i - RIG_INGRESS] = load_ingress(i, maps);
		else if (i == RIG_PORT)
			rig.port = load_port(maps);
		else
			rig.xdp[i - RIG_XDP] = load_xdp(i, maps);
	}
	rig.harness = load_harness();
	rig_reset();
}

void rig_close(void)
{
	harness__destroy(rig.harness);
	filter_close(rig.filter);
	munmap(rig.storm, sizeof(*rig.storm));
	munmap(rig.reasons, sizeof(*rig.reasons));
	munmap(rig.stats, sizeof(*rig.stats));
	for (size_t i = 0; i < sizeof(rig.xdp) / sizeof(rig.xdp[0]); i++)
		hp_xdp_obj__destroy(rig.xdp[i]);
	hp_port_obj__destroy(rig.port);
	for (size_t i = 0; i < sizeof(rig.ingress) / sizeof(rig.ingress[0]); i++)
		hp_ingress__destroy(rig.ingress[i]);
	for (size_t i = 0; i < sizeof(rig.egress) / sizeof(rig.egress[0]); i++)
		hp_egress__destroy(rig.egress[i]);
	lab_close(&rig.lab);
}

void rig_zero_counters(void)
{
	memset(rig.stats, 0, sizeof(*rig.stats));
	memset(rig.reasons, 0, sizeof(*rig.reasons));
}

void rig_read_counters(struct counters *c)
{
	memcpy(c->stats, rig.stats, sizeof(c->stats));
	memcpy(c->reasons, rig.reasons, sizeof(c->reasons));
}

static const char *counter_name(size_t i, char *name, size_t size)
{
	static const char *const paths[] = { "rx.host", "rx.wire", "rx.peer",
					     "tx.host", "tx.wire", "tx.peer" };
	static const char *const reasons[] = {
#define REASON_NAME(id, text, help) text,
		HP_REASONS(REASON_NAME)
#undef REASON_NAME
	};
	const size_t per_station = sizeof(struct hp_stats) / sizeof(struct hp_counter);
	__u32 id = i / per_station;

	if (id >= STATION_IDS)
		return reasons[i - STATION_IDS * per_station];
	snprintf(name, size, "%s, VLAN %d, %s", station_name(id % STATIONS),
		 station_vlans[id / STATIONS], paths[i % per_station]);
	return name;
}

/* struct counters is nothing but counters. */
void rig_compare_counters(const char *what, const struct counters *got, const struct counters *want)
{
	const struct hp_counter *g = (const void *)got, *w = (const void *)want;
	char name[64];

	if (memcmp(got, want, sizeof(*got)) == 0)
		return;
	for (size_t i = 0; i < sizeof(*got) / sizeof(*g); i++) {
		if (g[i].packets != w[i].packets || g[i].bytes != w[i].bytes)
			print_error("%s: %llu packets, %llu bytes; expected %llu, %llu\n",
				    counter_name(i, name, sizeof(name)), g[i].packets, g[i].bytes,
				    w[i].packets, w[i].bytes);
	}
	fail_msg("%s: counters", what);
}

/* Returns the verdict; @out is the frame as the program left it. */
static int run_xdp(const struct run *r, const struct frame *in, struct frame *out)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in->data, .data_size_in = in->len,
		    .data_out = out->data, .data_size_out = sizeof(out->data), .repeat = 1);
	int err = bpf_prog_test_run_opts(rig_prog_fd(r->prog), &opts);

	if (err)
		fail_msg("%s: BPF_PROG_RUN of %zu bytes: %s", r->what, in->len, strerror(-err));
	out->len = opts.data_size_out;
	return (int)opts.retval;
}

/* BPF_PROG_RUN wants whole IP headers: what is shorter gets there longer, and is then cut. */
#define RUN_MIN (ETH_HLEN + sizeof(struct ip6_hdr))

static int run_skb(const struct run *r, struct harness_given *given, struct frame *in,
		   struct frame *out)
{
	struct __sk_buff ctx = {
		.ifindex = r->ifindex ? r->ifindex : rig.lab.uplink.ifindex,
		.mark = MARK,
		.gso_segs = r->gso_segs,
		.gso_size = r->gso_segs ? 1448 : 0,
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in->data, .data_size_in = in->len,
		    .data_out = out->data, .data_size_out = sizeof(out->data), .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .ctx_out = &ctx, .ctx_size_out = sizeof(ctx),
		    .repeat = 1);
	int fd = rig_prog_fd(r->prog), err;

	if (in->len < RUN_MIN)
		given->len = in->len;
	frame_pad(in, RUN_MIN);
	opts.data_size_in = in->len;
	memcpy((void *)&rig.harness->bss->given, given, sizeof(*given));
	if (given->vlan_tpid || given->tc_index || given->len)
		fd = bpf_program__fd(rig.harness->progs.harness_call);
	err = bpf_prog_test_run_opts(fd, &opts);
	if (err)
		fail_msg("%s: BPF_PROG_RUN of %zu bytes: %s", r->what, in->len, strerror(-err));
	if (given->len)
		in->len = given->len;
	out->len = opts.data_size_out;
	assert_int_equal(ctx.mark, MARK);
	return (int)opts.retval;
}

static void compare_frame(const char *what, const char *title, const struct frame *got,
			  const struct frame *want)
{
	if (frame_equal(got, want))
		return;
	frame_print("got", got);
	frame_print("expected", want);
	fail_msg("%s: %s", what, title);
}

static void compare_copies(const char *what, const struct expect *e)
{
	const struct harness_log *seen = &rig.harness->bss->seen[HARNESS_INGRESS_BEGIN];
	struct lab_arrived arrived;

	lab_collect(&rig.lab.uplink, &rig.lab.wire, &arrived);
	if (arrived.count != e->copied || seen->count != e->copied)
		fail_msg("%s: %zu copies, expected %d", what, arrived.count, e->copied);
	if (!e->copied)
		return;
	compare_frame(what, "the copy", &arrived.frames[0], &e->copy);
	if (seen->frames[0].tc_index != e->copy_tag)
		fail_msg("%s: the copy is tagged %#x, expected %#x", what, seen->frames[0].tc_index,
			 e->copy_tag);
	assert_int_equal(seen->frames[0].mark, MARK);
}

/* Returns the verdict; @in is what the program got, @out what it left. */
static int run_prog(const struct run *r, struct frame *in, struct frame *out)
{
	struct harness_given given = { .target = r->prog, .tc_index = r->tc_index, .mark = MARK };
	__u16 tpid, tci;

	*in = r->frame;
	if (r->metadata) {
		assert_true(frame_take_tag(in, &tpid, &tci));
		given.vlan_tpid = tpid;
		given.vlan_tci = tci;
	}
	memset(rig.harness->bss->seen, 0, sizeof(rig.harness->bss->seen));
	return rig_is_xdp(r->prog) ? run_xdp(r, in, out) : run_skb(r, &given, in, out);
}

struct frame rig_give(const struct run *r, const struct frame *sent, bool beside)
{
	struct harness_given given = { .tc_index = r->tc_index, .mark = MARK };
	struct frame in = *sent;
	__u16 tpid, tci;

	if (beside) {
		assert_true(frame_take_tag(&in, &tpid, &tci));
		given.vlan_tpid = tpid;
		given.vlan_tci = tci;
	}
	memset(rig.harness->bss->seen, 0, sizeof(rig.harness->bss->seen));
	memcpy((void *)&rig.harness->bss->given, &given, sizeof(given));
	rig_zero_counters();
	return in;
}

int rig_verdict(const struct run *r)
{
	struct lab_arrived arrived;
	struct frame in, out;
	int verdict = run_prog(r, &in, &out);

	lab_collect(&rig.lab.uplink, &rig.lab.wire, &arrived);
	return verdict;
}

/* Verdict and bytes. */
static void run_alone(const struct run *r, const struct expect *e)
{
	struct frame in, out;
	int verdict;

	rig_zero_counters();
	verdict = run_prog(r, &in, &out);
	if (verdict != e->verdict)
		fail_msg("%s: verdict %d, expected %d", r->what, verdict, e->verdict);
	if (e->given)
		memcpy(in.data, e->given, ETH_ALEN);
	compare_frame(r->what, "the frame itself", &out, e->left ? e->left : &in);
}

static void compare_all_counters(const struct run *r, const struct expect *e)
{
	struct counters counters;

	rig_read_counters(&counters);
	rig_compare_counters(r->what, &counters, &e->counters);
}

void rig_check(const struct run *r, const struct expect *e)
{
	run_alone(r, e);
	compare_copies(r->what, e);
	compare_all_counters(r, e);
}

void rig_check_down(const struct run *r, const struct expect *e)
{
	run_alone(r, e);
	compare_all_counters(r, e);
}
