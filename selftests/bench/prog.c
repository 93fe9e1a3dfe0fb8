/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * prog [--json] [--rounds N]: nanoseconds per frame of the BPF programs, by
 * BPF_PROG_RUN, with 1 and with 8,000 endpoints in the fdb.
 *
 * A figure is what the program adds to the same run of a program that does
 * nothing. "one key" is the same endpoint in every frame, with everything in the
 * CPU's cache; "all keys" goes through the endpoints in turn. In each round every
 * measurement is made once, for both sizes side by side; the median of the rounds
 * is printed. A verdict of TC_ACT_REDIRECT is only returned, not acted on.
 */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include <linux/pkt_cls.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <jansson.h>

#include "../prog/frame.h"
#include "hairpin/abi.h"
#include "../prog/harness.h"

#include "egress.skel.h"
#include "harness.skel.h"
#include "ingress.skel.h"

#define REPEAT 100000
#define VLAN 50
#define TAG_TURNED 0x6870 /* bpf/tag.bpf.h */
#define ROUNDS_MAX 1000
#define RATIO_MIN_NS 5

enum { ONE, MANY, SIZES };
static const __u32 sizes[SIZES] = { 1, 8000 };

enum target { EGRESS, INGRESS, NOTHING, TARGETS };

/* Through what the program is run. */
enum via {
	DIRECT, /* by itself */
	CALL,	/* harness_call, which sets what BPF_PROG_RUN cannot */
	VARY,	/* harness_vary: that, and a different destination each time */
};

struct bench {
	const char *name;
	enum target target;
	enum via via;
	enum { HIT, MISS, GROUP } dst;
	bool payload_tag;
	bool metadata_tag;
	__u16 tc_index;
};

static const struct bench benches[] = {
	{ "egress, hit, one key", EGRESS, DIRECT, HIT, false, false, 0 },
	{ "egress, hit, all keys", EGRESS, VARY, HIT, false, false, 0 },
	{ "egress, hit, 802.1Q in metadata", EGRESS, CALL, HIT, false, true, 0 },
	{ "egress, hit, 802.1Q in payload", EGRESS, DIRECT, HIT, true, false, 0 },
	{ "egress, miss", EGRESS, DIRECT, MISS, false, false, 0 },
	{ "egress, group, no segment", EGRESS, DIRECT, GROUP, false, false, 0 },
	{ "ingress, from the wire, one key", INGRESS, DIRECT, HIT, false, false, 0 },
	{ "ingress, from the wire, all keys", INGRESS, VARY, HIT, false, false, 0 },
	{ "ingress, from the wire, 802.1Q", INGRESS, CALL, HIT, false, true, 0 },
	{ "ingress, turned round", INGRESS, CALL, HIT, false, false, TAG_TURNED },
};

#define BENCHES (sizeof(benches) / sizeof(benches[0]))

static const __u8 hit_mac[ETH_ALEN] = { 2, 0, 0, 0, 0, 0x11 };
static const __u8 miss_mac[ETH_ALEN] = { 2, 0, 0, 0, 0, 0x99 };
static const __u8 host_mac[ETH_ALEN] = { 2, 0, 0, 0, 1, 0x33 };
static const __u8 all_mac[ETH_ALEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

struct rig {
	struct hp_egress *egress;
	struct hp_ingress *ingress;
	struct harness *harness;
};

static struct rig rigs[SIZES];
static double samples[BENCHES][SIZES][ROUNDS_MAX];

static void check(int err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(err < 0 ? -err : err));
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
	put(rig->egress->maps.fdb, &key, &value);
}

/* Random, the same in every run; the first is the one that "one key" hits. */
static void make_mac(__u32 i, __u8 *mac)
{
	static __u64 state = 0x9e3779b97f4a7c15;

	memcpy(mac, hit_mac, ETH_ALEN);
	if (!i)
		return;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	memcpy(mac + 1, &state, ETH_ALEN - 1);
}

static void fill(struct rig *rig, __u32 count)
{
	struct harness_mac macs[HARNESS_KEYS];

	put_station(rig, 0, host_mac, 1, true);
	put_station(rig, VLAN, hit_mac, 2, false);
	for (__u32 i = 0; i < count; i++) {
		make_mac(i, macs[i].bytes);
		put_station(rig, 0, macs[i].bytes, i + 2, false);
	}
	for (__u32 i = 0; i < HARNESS_KEYS; i++)
		put(rig->harness->maps.keys, &i, &macs[i % count]);
}

static int target_fd(const struct rig *rig, enum target target)
{
	switch (target) {
	case EGRESS:
		return bpf_program__fd(rig->egress->progs.hairpin_egress);
	case INGRESS:
		return bpf_program__fd(rig->ingress->progs.hairpin_ingress);
	default:
		return bpf_program__fd(rig->harness->progs.harness_nothing);
	}
}

static void open_rig(struct rig *rig, __u32 count)
{
	check_skeleton(rig->egress = hp_egress__open(), "open egress");
	check(bpf_map__set_max_entries(rig->egress->maps.stats, count + 2), "size stats");
	check(hp_egress__load(rig->egress), "load egress");
	check_skeleton(rig->ingress = hp_ingress__open(), "open ingress");
	share_maps(rig->egress->obj, rig->ingress->obj);
	check(hp_ingress__load(rig->ingress), "load ingress");
	check_skeleton(rig->harness = harness__open_and_load(), "load harness");
	for (__u32 i = 0; i < TARGETS; i++) {
		int fd = target_fd(rig, i);

		put(rig->harness->maps.targets, &i, &fd);
	}
	fill(rig, count);
}

static void close_rig(struct rig *rig)
{
	harness__destroy(rig->harness);
	hp_ingress__destroy(rig->ingress);
	hp_egress__destroy(rig->egress);
}

static void build(const struct bench *b, struct frame *f)
{
	static const __u8 *const dst[] = { [HIT] = hit_mac, [MISS] = miss_mac, [GROUP] = all_mac };

	frame_eth(f, dst[b->dst], b->target == EGRESS ? host_mac : miss_mac);
	if (b->payload_tag)
		frame_tag(f, ETH_P_8021Q, VLAN);
	frame_udp4(f, "192.168.14.133", "192.168.14.11", 4000, 64);
}

static int via_fd(const struct rig *rig, const struct bench *b, enum target target)
{
	if (b->via == DIRECT)
		return target_fd(rig, target);
	return bpf_program__fd(b->via == VARY ? rig->harness->progs.harness_vary
					      : rig->harness->progs.harness_call);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

/* What it measures has to be what it says. */
static void check_verdict(const struct bench *b, enum target target, __u32 verdict)
{
	bool turned = target == EGRESS && b->dst == HIT;

	if (verdict == (turned ? (__u32)TC_ACT_REDIRECT : (__u32)TC_ACT_UNSPEC))
		return;
	fprintf(stderr, "%s: verdict %d\n", b->name, (int)verdict);
	exit(EXIT_FAILURE);
}

/* By our own clock: opts.duration is whole nanoseconds. */
static double measure(const struct rig *rig, const struct bench *b, enum target target)
{
	struct harness_given given = {
		.target = target,
		.vlan_tpid = b->metadata_tag ? ETH_P_8021Q : 0,
		.vlan_tci = VLAN,
		.tc_index = b->tc_index,
	};
	struct frame f;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .repeat = REPEAT);
	double start, ns;

	build(b, &f);
	opts.data_in = f.data;
	opts.data_size_in = f.len;
	memcpy((void *)&rig->harness->bss->given, &given, sizeof(given));
	start = now();
	check(bpf_prog_test_run_opts(via_fd(rig, b, target), &opts), b->name);
	ns = (now() - start) / REPEAT;
	check_verdict(b, target, opts.retval);
	return ns;
}

/* Either size goes first every other time. */
static void run_round(int round)
{
	for (size_t i = 0; i < BENCHES * SIZES; i++) {
		const struct bench *b = &benches[i / SIZES];
		size_t size = (i + round) % SIZES;
		double nothing = measure(&rigs[size], b, NOTHING);

		samples[i / SIZES][size][round] = measure(&rigs[size], b, b->target) - nothing;
	}
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double median(const double *values, int count)
{
	double sorted[ROUNDS_MAX];

	memcpy(sorted, values, count * sizeof(*values));
	qsort(sorted, count, sizeof(*sorted), compare);
	return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

/* Of the pairs, not of the medians; NaN where there is too little to divide. */
static double median_ratio(size_t i, int rounds)
{
	double ratios[ROUNDS_MAX];

	if (median(samples[i][ONE], rounds) < RATIO_MIN_NS)
		return NAN;
	for (int r = 0; r < rounds; r++)
		ratios[r] = samples[i][MANY][r] / samples[i][ONE][r];
	return median(ratios, rounds);
}

static void print_text(int rounds, const struct utsname *u)
{
	printf("ns per frame above a program that does nothing; median of %d rounds of %d frames\n"
	       "Linux %s, %s; one CPU\n\n",
	       rounds, REPEAT, u->release, u->machine);
	printf("%-34s %11s %15s %6s\n", "", "1 endpoint", "8000 endpoints", "ratio");
	for (size_t i = 0; i < BENCHES; i++) {
		double ratio = median_ratio(i, rounds);

		printf("%-34s %11.1f %15.1f", benches[i].name, median(samples[i][ONE], rounds),
		       median(samples[i][MANY], rounds));
		printf(isnan(ratio) ? "      -\n" : " %6.2f\n", ratio);
	}
}

static json_t *json_ratio(double ratio)
{
	return isnan(ratio) ? json_null() : json_real(ratio);
}

static void print_json(int rounds, const struct utsname *u)
{
	json_t *list = json_array();
	json_t *all =
		json_pack("{s:s, s:s, s:i, s:i, s:[i,i], s:o}", "kernel", u->release, "machine",
			  u->machine, "rounds", rounds, "frames", REPEAT, "endpoints",
			  (int)sizes[ONE], (int)sizes[MANY], "ns_per_frame", list);

	for (size_t i = 0; i < BENCHES; i++)
		json_array_append_new(list,
				      json_pack("{s:s, s:[f,f], s:o}", "name", benches[i].name,
						"ns", median(samples[i][ONE], rounds),
						median(samples[i][MANY], rounds), "ratio",
						json_ratio(median_ratio(i, rounds))));
	json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(4));
	putchar('\n');
	json_decref(all);
}

static void stay_on_this_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	check(sched_setaffinity(0, sizeof(set), &set) ? errno : 0, "stay on one CPU");
}

static void usage(FILE *to)
{
	fprintf(to, "usage: prog [--json] [--rounds N]    N from 1 to %d, default 15\n",
		ROUNDS_MAX);
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' },
						 { "rounds", required_argument, NULL, 'r' },
						 { "help", no_argument, NULL, 'h' },
						 {} };
	int rounds = 15, option;
	struct utsname u;
	bool json = false;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 'j') {
			json = true;
		} else if (option == 'r') {
			rounds = atoi(optarg);
		} else {
			usage(option == 'h' ? stdout : stderr);
			return option == 'h' ? 0 : 2;
		}
	}
	if (rounds < 1 || rounds > ROUNDS_MAX || optind < argc) {
		usage(stderr);
		return 2;
	}
	stay_on_this_cpu();
	uname(&u);
	for (int i = 0; i < SIZES; i++)
		open_rig(&rigs[i], sizes[i]);
	for (int r = 0; r < rounds; r++)
		run_round(r);
	(json ? print_json : print_text)(rounds, &u);
	for (int i = 0; i < SIZES; i++)
		close_rig(&rigs[i]);
	return 0;
}
