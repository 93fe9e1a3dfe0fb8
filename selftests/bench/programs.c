/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * programs ROUNDS: nanoseconds per frame of the BPF programs, by BPF_PROG_RUN, with 1,
 * 100, 8,000 and 60,000 endpoints; as lines for `report`.
 *
 * A figure is what the program adds to the same run of a program that does nothing, in
 * CPU time. "one" is the same endpoint in every frame, with everything in the CPU's
 * cache; "all" goes through the endpoints in turn. In each round every measurement is
 * made once, for all sizes side by side. A verdict of TC_ACT_REDIRECT is only
 * returned, not acted on.
 */
#include <errno.h>
#include <net/if_arp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/pkt_cls.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../prog/frame.h"
#include "../prog/harness.h"
#include "filter.h"
#include "hairpin/abi.h"
#include "vary.h"

#include "egress.skel.h"
#include "harness.skel.h"
#include "ingress.skel.h"
#include "vary.skel.h"
#include "xdp.skel.h"

#define REPEAT 100000
#define VLAN 50
#define VLAN_EMPTY 60	  /* no segment of this machine */
#define TAG_TURNED 0x6870 /* bpf/tag.bpf.h */
#define FLAT "1.2"	  /* at most, from 1 to 8,000 endpoints */

#define SIZES 4
static const __u32 sizes[SIZES] = { 1, 100, 8000, 60000 };

enum target { EGRESS, INGRESS, XDP, NOTHING };

/* Through what the program is run. */
enum via {
	DIRECT, /* by itself */
	SET,	/* harness_call, which sets what BPF_PROG_RUN cannot */
	ONE,	/* vary_*: the frame is new each time */
	ALL,	/* that, and for another endpoint */
};

enum dst { HIT, MISS, GROUP, HOST };

enum payload { UDP, ARP };

struct bench {
	const char *name;
	enum target target;
	enum via via;
	enum dst dst;
	enum payload payload;
	const char *asks; /* ARP: the address, unless it varies */
	int verdict;
	__u16 payload_tag, metadata_tag; /* VLAN */
	__u16 tc_index;
	bool given; /* to the first endpoint: its MAC is the destination afterwards */
	bool flat;  /* the number of endpoints should make no difference */
};

#define HERE "10.0.0.0"
#define NOT_HERE "192.168.14.200"

static const struct bench benches[] = {
	{ "egress: endpoint, one", EGRESS, DIRECT, HIT, .verdict = TC_ACT_REDIRECT, .flat = true },
	{ "egress: endpoint, all", EGRESS, ALL, HIT, .verdict = TC_ACT_REDIRECT, .flat = true },
	{ "egress: endpoint, 802.1Q in metadata", EGRESS, SET, HIT, .metadata_tag = VLAN,
	  .verdict = TC_ACT_REDIRECT },
	{ "egress: endpoint, 802.1Q in payload", EGRESS, DIRECT, HIT, .payload_tag = VLAN,
	  .verdict = TC_ACT_REDIRECT },
	{ "egress: wire", EGRESS, DIRECT, MISS, .verdict = TC_ACT_UNSPEC, .flat = true },
	{ "egress: group, no segment", EGRESS, DIRECT, GROUP, .payload_tag = VLAN_EMPTY,
	  .verdict = TC_ACT_UNSPEC },
	{ "egress: ARP request, not here", EGRESS, DIRECT, GROUP, ARP, NOT_HERE,
	  .verdict = TC_ACT_UNSPEC, .flat = true },
	{ "ingress: endpoint, one", INGRESS, DIRECT, HIT, .verdict = TC_ACT_UNSPEC, .flat = true },
	{ "ingress: endpoint, all", INGRESS, ALL, HIT, .verdict = TC_ACT_UNSPEC, .flat = true },
	{ "ingress: endpoint, 802.1Q", INGRESS, SET, HIT, .metadata_tag = VLAN,
	  .verdict = TC_ACT_UNSPEC },
	{ "ingress: turned round", INGRESS, SET, HIT, .tc_index = TAG_TURNED,
	  .verdict = TC_ACT_UNSPEC },
	{ "ingress: ARP request, steered, one", INGRESS, ONE, GROUP, ARP, .verdict = TC_ACT_UNSPEC,
	  .given = true, .flat = true },
	{ "ingress: ARP request, steered, all", INGRESS, ALL, GROUP, ARP, .verdict = TC_ACT_UNSPEC,
	  .flat = true },
	{ "ingress: ARP request, not here", INGRESS, DIRECT, GROUP, ARP, NOT_HERE,
	  .verdict = TC_ACT_SHOT, .flat = true },
	{ "xdp: endpoint, one", XDP, DIRECT, HIT, .verdict = XDP_PASS, .flat = true },
	{ "xdp: endpoint, all", XDP, ALL, HIT, .verdict = XDP_PASS, .flat = true },
	{ "xdp: foreign", XDP, DIRECT, MISS, .verdict = XDP_DROP, .flat = true },
	{ "xdp: ARP request, steered, one", XDP, ONE, GROUP, ARP, .verdict = XDP_PASS,
	  .given = true, .flat = true },
	{ "xdp: ARP request, steered, all", XDP, ALL, GROUP, ARP, .verdict = XDP_PASS,
	  .flat = true },
	{ "xdp: ARP request, not here", XDP, DIRECT, GROUP, ARP, NOT_HERE, .verdict = XDP_DROP,
	  .flat = true },
};

#define BENCHES (sizeof(benches) / sizeof(benches[0]))

static const __u8 hit_mac[ETH_ALEN] = { 2, 0, 0, 0, 0, 0x11 };
static const __u8 miss_mac[ETH_ALEN] = { 2, 0, 0, 0, 0, 0x99 };
static const __u8 host_mac[ETH_ALEN] = { 2, 0, 0, 0, 1, 0x33 };
static const __u8 all_mac[ETH_ALEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

struct rig {
	struct hp_egress *egress;
	struct hp_ingress *ingress;
	struct hp_xdp_obj *xdp;
	struct harness *harness;
	struct vary *vary;
	struct hp_filter *filter;
	__u32 count;
};

static struct rig rigs[SIZES];

static void check(int err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "programs: %s: %s\n", what, strerror(err < 0 ? -err : err));
	exit(EXIT_FAILURE);
}

static void check_skeleton(const void *skel, const char *what)
{
	check(skel ? 0 : errno, what);
}

static void share_maps(struct bpf_object *from, struct bpf_object *to)
{
	struct bpf_map *map;

	bpf_object__for_each_map (map, to) {
		struct bpf_map *shared = bpf_object__find_map_by_name(from, bpf_map__name(map));

		if (!bpf_map__is_internal(map))
			check(bpf_map__reuse_fd(map, bpf_map__fd(shared)), "share a map");
	}
}

static void put(const struct bpf_map *map, const void *key, const void *value)
{
	if (bpf_map_update_elem(bpf_map__fd(map), key, value, BPF_ANY))
		check(errno, bpf_map__name(map));
}

static void put_station(struct rig *rig, __u16 vlan, const __u8 *mac, __u32 id, bool host)
{
	struct hp_fdb_key key = { .vlan = vlan };
	struct hp_fdb value = {
		.endpoint = id,
		.kind = host ? HP_KIND_HOST : HP_KIND_MACVLAN,
		.mode = host ? HP_MODE_NONE : HP_MODE_BRIDGE,
	};

	memcpy(key.mac, mac, ETH_ALEN);
	filter_add(rig->filter, &key, sizeof(key));
	put(rig->egress->maps.fdb, &key, &value);
}

static void put_address(struct rig *rig, const struct vary_station *s, __u32 id)
{
	struct hp_neigh_key key = { .family = AF_INET };
	struct hp_neigh value = { .endpoint = id, .kind = HP_KIND_MACVLAN };

	memcpy(key.addr, s->ip, sizeof(s->ip));
	memcpy(value.mac, s->mac, ETH_ALEN);
	filter_add(rig->filter, &key, sizeof(key));
	put(rig->egress->maps.neigh, &key, &value);
}

static void put_segment(struct rig *rig, __u16 vlan)
{
	__u32 key = vlan;
	struct hp_segment value = {
		.host = 1,
		.flags = HP_SEGMENT_SERVED | HP_SEGMENT_HOST | HP_SEGMENT_CLOSED |
			 HP_SEGMENT_KNOWN_IPV4,
	};

	memcpy(value.host_mac, host_mac, ETH_ALEN);
	put(rig->egress->maps.segments, &key, &value);
}

/* MACs are random, the same in every run; the first is the one that "one" hits. */
static void make_station(__u32 i, struct vary_station *s)
{
	static __u64 state = 0x9e3779b97f4a7c15;

	*s = (struct vary_station){ .ip = { 10, i >> 16, i >> 8, i } };
	memcpy(s->mac, hit_mac, ETH_ALEN);
	if (!i)
		return;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	memcpy(s->mac + 1, &state, ETH_ALEN - 1);
}

static void fill(struct rig *rig)
{
	struct hp_alive alive = { .owner = 1 };
	struct vary_station s;
	__u32 zero = 0;

	put(rig->egress->maps.alive, &zero, &alive);
	put_segment(rig, 0);
	put_segment(rig, VLAN);
	put_station(rig, 0, host_mac, 1, true);
	put_station(rig, VLAN, hit_mac, 2, false);
	for (__u32 i = 0; i < rig->count; i++) {
		make_station(i, &s);
		put_station(rig, 0, s.mac, i + 2, false);
		put_address(rig, &s, i + 2);
		put(rig->vary->maps.stations, &i, &s);
	}
}

static int target_fd(const struct rig *rig, enum target target, bool xdp)
{
	switch (target) {
	case EGRESS:
		return bpf_program__fd(rig->egress->progs.hairpin_egress);
	case INGRESS:
		return bpf_program__fd(rig->ingress->progs.hairpin_ingress);
	case XDP:
		return bpf_program__fd(rig->xdp->progs.hairpin_xdp);
	default:
		return bpf_program__fd(xdp ? rig->vary->progs.vary_nothing_xdp
					   : rig->vary->progs.vary_nothing_tc);
	}
}

static void put_target(const struct bpf_map *map, const struct rig *rig, __u32 target, bool xdp)
{
	int fd = target_fd(rig, target, xdp);

	put(map, &target, &fd);
}

static void put_targets(struct rig *rig)
{
	static const enum target tc[] = { EGRESS, INGRESS, NOTHING };

	for (size_t i = 0; i < sizeof(tc) / sizeof(tc[0]); i++) {
		put_target(rig->harness->maps.targets, rig, tc[i], false);
		put_target(rig->vary->maps.tc_targets, rig, tc[i], false);
	}
	put_target(rig->vary->maps.xdp_targets, rig, XDP, true);
	put_target(rig->vary->maps.xdp_targets, rig, NOTHING, true);
}

static void open_rig(struct rig *rig, __u32 count)
{
	rig->count = count;
	check_skeleton(rig->egress = hp_egress__open(), "open egress");
	check(bpf_map__set_max_entries(rig->egress->maps.stats, count + 2), "size stats");
	rig->egress->rodata->settings.steer = 1;
	check(hp_egress__load(rig->egress), "load egress");
	check_skeleton(rig->filter = filter_open(bpf_map__fd(rig->egress->maps.filter)),
		       "open filter");
	check_skeleton(rig->ingress = hp_ingress__open(), "open ingress");
	rig->ingress->rodata->settings.steer = 1;
	share_maps(rig->egress->obj, rig->ingress->obj);
	check(hp_ingress__load(rig->ingress), "load ingress");
	check_skeleton(rig->xdp = hp_xdp_obj__open(), "open xdp");
	rig->xdp->rodata->settings.steer = 1;
	share_maps(rig->egress->obj, rig->xdp->obj);
	/* Only for a device that tells tags. */
	check(bpf_program__set_autoload(rig->xdp->progs.hairpin_xdp_tag, false), "autoload");
	check(hp_xdp_obj__load(rig->xdp), "load xdp");
	check_skeleton(rig->harness = harness__open_and_load(), "load harness");
	check_skeleton(rig->vary = vary__open_and_load(), "load vary");
	put_targets(rig);
	fill(rig);
}

static void close_rig(struct rig *rig)
{
	vary__destroy(rig->vary);
	harness__destroy(rig->harness);
	filter_close(rig->filter);
	hp_xdp_obj__destroy(rig->xdp);
	hp_ingress__destroy(rig->ingress);
	hp_egress__destroy(rig->egress);
}

static void build(const struct bench *b, struct frame *f)
{
	static const __u8 *const dst[] = { [HIT] = hit_mac, [MISS] = miss_mac, [GROUP] = all_mac };
	const __u8 *src = b->target == EGRESS ? host_mac : miss_mac;

	frame_eth(f, dst[b->dst], src);
	if (b->payload_tag)
		frame_tag(f, ETH_P_8021Q, b->payload_tag);
	if (b->payload == ARP)
		frame_arp(f, ARPOP_REQUEST, src, "192.168.14.133", b->asks ? b->asks : HERE);
	else
		frame_udp4(f, "192.168.14.133", "192.168.14.11", 4000, 64);
	frame_pad(f, 60);
}

static int entry_fd(const struct rig *rig, const struct bench *b, enum target target)
{
	bool xdp = b->target == XDP;

	switch (b->via) {
	case DIRECT:
		return target_fd(rig, target, xdp);
	case SET:
		return bpf_program__fd(rig->harness->progs.harness_call);
	default:
		return bpf_program__fd(xdp ? rig->vary->progs.vary_xdp : rig->vary->progs.vary_tc);
	}
}

static void give(const struct rig *rig, const struct bench *b, enum target target)
{
	struct harness_given set = {
		.target = target,
		.vlan_tpid = b->metadata_tag ? ETH_P_8021Q : 0,
		.vlan_tci = b->metadata_tag,
		.tc_index = b->tc_index,
	};
	struct vary_given vary = {
		.what = b->payload == ARP ? VARY_ARP : VARY_MAC,
		.target = target,
		.stations = b->via == ALL ? rig->count : 1,
	};

	memcpy((void *)&rig->harness->bss->given, &set, sizeof(set));
	memcpy((void *)&rig->vary->bss->given, &vary, sizeof(vary));
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

/* What it measures has to be what it says. */
static void check_done(const struct bench *b, enum target target, __u32 verdict, const __u8 *frame)
{
	int nothing = b->target == XDP ? XDP_PASS : TC_ACT_UNSPEC;

	if ((int)verdict != (target == NOTHING ? nothing : b->verdict)) {
		fprintf(stderr, "programs: %s: verdict %d\n", b->name, (int)verdict);
		exit(EXIT_FAILURE);
	}
	if (target != NOTHING && b->given && memcmp(frame, hit_mac, ETH_ALEN) != 0) {
		fprintf(stderr, "programs: %s: not given to the endpoint\n", b->name);
		exit(EXIT_FAILURE);
	}
}

/* By our own clock: opts.duration is whole nanoseconds. */
static double measure(const struct rig *rig, const struct bench *b, enum target target)
{
	struct frame f, out;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .repeat = REPEAT, .data_in = f.data,
		    .data_out = out.data, .data_size_out = sizeof(out.data));
	double start, ns;

	build(b, &f);
	opts.data_size_in = f.len;
	give(rig, b, target);
	start = now();
	check(bpf_prog_test_run_opts(entry_fd(rig, b, target), &opts), b->name);
	ns = (now() - start) / REPEAT;
	check_done(b, target, opts.retval, out.data);
	return ns;
}

/* Another size goes first each time. */
static void run_round(int round)
{
	for (size_t i = 0; i < BENCHES * SIZES; i++) {
		const struct bench *b = &benches[i / SIZES];
		size_t size = (i + round) % SIZES;
		double nothing = measure(&rigs[size], b, NOTHING);

		printf("sample\t%s\t%u\t%d\t%.2f\n", b->name, sizes[size], round,
		       measure(&rigs[size], b, b->target) - nothing);
	}
}

static void print_head(void)
{
	printf("section\tBPF programs, by number of endpoints\tns per frame above a program that"
	       " does nothing, %d frames each; one CPU\ttable\n",
	       REPEAT);
	for (size_t i = 0; i < BENCHES; i++) {
		printf("figure\t%s\tns\tlower\n", benches[i].name);
		if (benches[i].flat)
			printf("goal\t%s\t8000\tat-most\t" FLAT "\t1\n", benches[i].name);
	}
}

static void stay_on_this_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	check(sched_setaffinity(0, sizeof(set), &set) ? errno : 0, "stay on one CPU");
}

int main(int argc, char **argv)
{
	int rounds = argc == 2 ? atoi(argv[1]) : 0;

	if (rounds < 1) {
		fputs("usage: programs ROUNDS\n", stderr);
		return 2;
	}
	stay_on_this_cpu();
	print_head();
	for (int i = 0; i < SIZES; i++)
		open_rig(&rigs[i], sizes[i]);
	for (int r = 1; r <= rounds; r++)
		run_round(r);
	for (int i = 0; i < SIZES; i++)
		close_rig(&rigs[i]);
	return 0;
}
