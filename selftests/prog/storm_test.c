/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The limits for group frames. Nothing here waits: a test sets a bucket to where
 * it wants it, and holds what comes out against the clock before and after.
 */
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <linux/bpf.h>

#include "rig.h"
#include "suite.h"

#define SECOND 1000000000ULL
#define HOUR (3600 * SECOND)

static __u64 now(void)
{
	struct timespec t;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &t), 0);
	return t.tv_sec * SECOND + t.tv_nsec;
}

/* What stands behind the Ethernet header and tags. */
struct sort {
	const char *name;
	void (*payload)(struct frame *f, int number);
	int number;
	enum hp_storm_class class;
};

static void arp(struct frame *f, int op)
{
	frame_arp(f, op, station_mac(NOBODY), HOST_IP, FREE_IP);
}

static void gratuitous(struct frame *f, int op)
{
	frame_arp(f, op, station_mac(NOBODY), FREE_IP, FREE_IP);
}

static void icmp6(struct frame *f, int type)
{
	frame_ns(f, station_mac(NOBODY), HOST_IP6, FREE_IP6)->ns.nd_ns_type = type;
}

static void ns_behind_options(struct frame *f, int type)
{
	struct frame_ns *ns = frame_ns(f, station_mac(NOBODY), HOST_IP6, FREE_IP6);

	ns->ns.nd_ns_type = type;
	ns->ip.ip6_nxt = IPPROTO_HOPOPTS;
}

static void udp4_to(struct frame *f, int port)
{
	size_t at = f->len + 2 + sizeof(struct iphdr);

	frame_udp4(f, "0.0.0.0", "255.255.255.255", 1, 240);
	((struct udphdr *)(f->data + at))->dest = htons(port);
}

static void udp4_from(struct frame *f, int port)
{
	size_t at = f->len + 2 + sizeof(struct iphdr);

	frame_udp4(f, HOST_IP, "255.255.255.255", 1, 240);
	((struct udphdr *)(f->data + at))->source = htons(port);
}

static void tcp4_to(struct frame *f, int port)
{
	size_t at = f->len + 2;

	udp4_to(f, port);
	((struct iphdr *)(f->data + at))->protocol = IPPROTO_TCP;
}

/* The port stands where it would without the options. */
static void udp4_behind_options(struct frame *f, int port)
{
	size_t at = f->len + 2;

	udp4_to(f, port);
	((struct iphdr *)(f->data + at))->ihl = 6;
}

static void udp6_to(struct frame *f, int port)
{
	size_t at = f->len + 2 + sizeof(struct ip6_hdr);

	frame_udp6(f, "fe80::13", "ff02::1:2", 1, 60);
	((struct udphdr *)(f->data + at))->dest = htons(port);
}

static void other(struct frame *f, int ethertype)
{
	frame_type(f, ethertype);
	frame_pad(f, f->len + 46);
}

static void tagged_arp(struct frame *f, int op)
{
	frame_tag(f, ETH_P_8021Q, 61);
	frame_tag(f, ETH_P_8021Q, 62); /* under any segment's tag there is one more */
	arp(f, op);
}

#define OTHER HP_STORM_OTHER
#define ARP HP_STORM_ARP
#define ND HP_STORM_ND
#define DHCP HP_STORM_DHCP

static const struct sort sorts[] = {
	{ "ARP request", arp, ARPOP_REQUEST, ARP },
	{ "ARP reply", arp, ARPOP_REPLY, ARP },
	{ "gratuitous ARP", gratuitous, ARPOP_REQUEST, ARP },
	{ "router solicitation", icmp6, 133, ND },
	{ "router advertisement", icmp6, 134, ND },
	{ "neighbour solicitation", icmp6, 135, ND },
	{ "neighbour advertisement", icmp6, 136, ND },
	{ "redirect", icmp6, 137, ND },
	{ "multicast listener done", icmp6, 132, OTHER },
	{ "router renumbering", icmp6, 138, OTHER },
	{ "echo request", icmp6, 128, OTHER },
	{ "solicitation behind options", ns_behind_options, 135, OTHER },
	{ "DHCPv4 to the server", udp4_to, 67, DHCP },
	{ "DHCPv4 to the client", udp4_to, 68, DHCP },
	{ "UDP to port 66", udp4_to, 66, OTHER },
	{ "UDP to port 69", udp4_to, 69, OTHER },
	{ "UDP to a port of DHCPv6", udp4_to, 547, OTHER },
	{ "UDP from port 67", udp4_from, 67, OTHER },
	{ "TCP to port 67", tcp4_to, 67, OTHER },
	{ "UDP behind IP options", udp4_behind_options, 67, OTHER },
	{ "mDNS", udp4_to, 5353, OTHER },
	{ "DHCPv6 to the server", udp6_to, 547, DHCP },
	{ "DHCPv6 to the client", udp6_to, 546, DHCP },
	{ "UDP over IPv6 to port 545", udp6_to, 545, OTHER },
	{ "UDP over IPv6 to port 548", udp6_to, 548, OTHER },
	{ "UDP over IPv6 to a port of DHCPv4", udp6_to, 67, OTHER },
	{ "another EtherType", other, 0x8899, OTHER },
	{ "LLC", other, 40, OTHER },
	{ "RARP", other, 0x8035, OTHER },
	{ "ARP behind two more tags", tagged_arp, ARPOP_REQUEST, OTHER },
};

static const char *const class_names[HP_STORM_CLASSES] = { "other", "ARP", "ND", "DHCP" };

/* In eighths of the limit, by class. */
static const __u64 shares[HP_STORM_CLASSES] = { 4, 2, 1, 1 };

struct limit {
	__u32 bucket;
	__u64 interval;
	__u64 burst;
};

static struct limit limit_of(__u32 bucket, enum hp_storm_class class, __u64 pps)
{
	struct limit l = { bucket, SECOND * 8 / (pps * shares[class]), SECOND / 10 };

	if (8 * l.interval > l.burst)
		l.burst = 8 * l.interval;
	return l;
}

static struct limit class_limit(enum hp_storm_class class, __u64 pps)
{
	return limit_of(class, class, pps);
}

static struct run frame_of(enum rig_prog prog, const struct encap *e, const struct sort *sort,
			   enum station from)
{
	static const __u8 group[ETH_ALEN] = { 0x33, 0x33, 0, 0, 0, 1 };
	struct run r = { .prog = prog, .metadata = e->metadata };

	snprintf(r.what, sizeof(r.what), "%s, %s", sort->name, e->name);
	frame_eth(&r.frame, group, station_mac(from));
	for (size_t i = 0; i < 2 && e->tag[i].tpid; i++)
		frame_tag(&r.frame, e->tag[i].tpid, e->tag[i].tci);
	sort->payload(&r.frame, sort->number);
	return r;
}

static void set_buckets(__u64 full)
{
	for (__u32 i = 0; i < RIG_BUCKETS; i++)
		rig_set_bucket(i, full);
}

static void expect_buckets(const char *what, __u64 full, __u32 but)
{
	for (__u32 i = 0; i < RIG_BUCKETS; i++) {
		if (i != but && rig_bucket(i) != full)
			fail_msg("%s: took from bucket %u", what, i);
	}
}

static __u64 later(__u64 a, __u64 b)
{
	return a > b ? a : b;
}

/* A frame that takes a token: out of a bucket that was full at @before. */
static void check_taken(const char *what, const struct limit *l, __u64 before, __u64 t0)
{
	__u64 after = rig_bucket(l->bucket);

	if (after < later(before, t0) + l->interval || after > later(before, now()) + l->interval)
		fail_msg("%s: bucket %u went from %llu to %llu, at %llu", what, l->bucket, before,
			 after, t0);
}

/* Its own bucket decides, and is the only one that the frame takes from. */
static void check_class(const struct run *r, enum hp_storm_class class)
{
	const struct limit l = class_limit(class, RIG_STORM);
	__u64 t0 = now(), empty = t0 + HOUR;
	struct expect want = expect_from_wire(r, WIRE_PASS, NULL);

	set_buckets(empty);
	rig_set_bucket(class, 0);
	rig_check(r, &want);
	expect_buckets(r->what, empty, class);
	check_taken(r->what, &l, 0, t0);

	set_buckets(0);
	rig_set_bucket(class, empty);
	want = expect_from_wire(r, WIRE_STORM, NULL);
	rig_check(r, &want);
	expect_buckets(r->what, 0, class);
	assert_int_equal(rig_bucket(class), empty);
}

/* What stands behind two tags is not looked at. */
static enum hp_storm_class class_of(const struct sort *sort, const struct encap *e)
{
	return e->tag[1].tpid ? HP_STORM_OTHER : sort->class;
}

static void check_sort(void **state)
{
	static const enum rig_prog progs[] = { RIG_INGRESS_STORM, RIG_XDP_STORM };
	const struct sort *sort = *state;

	for (size_t i = 0; i < 2 * encap_count; i++) {
		const struct encap *e = &encaps[i / 2];
		struct run r = frame_of(progs[i % 2], e, sort, NOBODY);

		if (!rig_is_xdp(r.prog) || !e->metadata)
			check_class(&r, class_of(sort, e));
	}
}

static const struct sort *sort_of(enum hp_storm_class class)
{
	const struct sort *sort = sorts;

	while (sort->class != class)
		sort++;
	return sort;
}

/*
 * One frame against a bucket. Where the clock has moved on over the limit in
 * between, either verdict is right, and the bucket has to fit it.
 */
static bool passes_bucket(const struct run *r, const struct limit *l, int dropped)
{
	__u64 before = rig_bucket(l->bucket), t0 = now();
	bool passed = rig_verdict(r) != dropped;
	__u64 t1 = now();
	bool early = later(before, t0) + l->interval <= t0 + l->burst;
	bool late = later(before, t1) + l->interval <= t1 + l->burst;

	if ((early && !passed) || (!late && passed))
		fail_msg("%s: bucket %u is full in %lld ns, and the frame %s", r->what, l->bucket,
			 (long long)(before - t0), passed ? "passed" : "did not pass");
	if (passed)
		check_taken(r->what, l, before, t0);
	else
		assert_int_equal(rig_bucket(l->bucket), before);
	return passed;
}

/* From a full bucket, a burst and what is let in while it lasts. */
static void check_burst(const struct run *r, const struct limit *l, int dropped, int frames)
{
	__u64 t0 = now(), elapsed;
	int passed = 0;

	rig_set_bucket(l->bucket, 0);
	for (int i = 0; i < frames; i++)
		passed += passes_bucket(r, l, dropped);
	elapsed = now() - t0;
	assert_true(passed >= (int)(l->burst / l->interval));
	assert_true((__u64)passed <= (l->burst + elapsed) / l->interval + 1);
	assert_true(passed < frames);
}

/* Around the limit, from well below it to beyond all reason. */
static void check_edge(const struct run *r, const struct limit *l, int dropped)
{
	const __u64 offsets[] = { 0,
				  l->interval / 2,
				  l->burst / 2,
				  l->burst - 3 * l->interval / 2,
				  l->burst - l->interval / 2,
				  l->burst,
				  l->burst + l->interval,
				  HOUR,
				  1000000 * HOUR };

	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		rig_set_bucket(l->bucket, now() + offsets[i]);
		passes_bucket(r, l, dropped);
	}
}

static void check_limit(void **state)
{
	const enum hp_storm_class *class = *state;
	const struct limit slow = class_limit(*class, RIG_STORM);
	const struct limit fast = class_limit(*class, RIG_FAST_STORM);
	struct run r = frame_of(RIG_INGRESS_STORM, encap_untagged, sort_of(*class), NOBODY);

	check_burst(&r, &slow, SHOT, 20);
	check_edge(&r, &slow, SHOT);
	r.prog = RIG_XDP_STORM;
	check_burst(&r, &slow, XDP_DROP, 20);
	check_edge(&r, &slow, XDP_DROP);
	r.prog = RIG_XDP_FAST_STORM;
	check_edge(&r, &fast, XDP_DROP);
}

/* All VLANs of the uplink together. */
static void check_vlans(void **state)
{
	const struct limit l = class_limit(HP_STORM_ARP, RIG_STORM);
	int passed = 0;

	(void)state;
	for (int i = 0; i < 20; i++) {
		struct run r =
			frame_of(RIG_XDP_STORM, &encaps[i % 2], sort_of(HP_STORM_ARP), NOBODY);

		passed += passes_bucket(&r, &l, XDP_DROP);
	}
	assert_true(passed < 20);
}

/* Unicast is not counted in, nor what no switch forwards; nor what XDP has judged before. */
static void check_exempt(void **state)
{
	static const char *const kinds[] = { "STP", "LACP", "LLDP",
					     "ARP for .11 to a reserved group" };
	const __u64 empty = now() + HOUR;

	(void)state;
	set_buckets(empty);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct run r = run_of(RIG_INGRESS_STORM, encap_untagged, kind_named(kinds[i]), NULL,
				      station_mac(NOBODY));
		struct expect want = expect_from_wire(&r, WIRE_PASS, NULL);

		rig_check(&r, &want);
		r.prog = RIG_XDP_STORM;
		want = expect_from_wire(&r, WIRE_PASS, NULL);
		rig_check(&r, &want);
	}
	for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++) {
		struct run r = frame_of(RIG_INGRESS_BEHIND, encap_untagged, &sorts[i], NOBODY);
		struct expect want = expect_from_wire(&r, WIRE_PASS, NULL);

		rig_check(&r, &want);
		memcpy(r.frame.data, station_mac(BRIDGE), ETH_ALEN);
		r.prog = RIG_XDP_STORM;
		want = expect_from_wire(&r, WIRE_PASS, NULL);
		rig_check(&r, &want);
	}
	expect_buckets("exempt", empty, -1);
}

#define KNOWN (HP_SEGMENT_HOST | HP_SEGMENT_KNOWN_IPV4 | HP_SEGMENT_KNOWN_IPV6)

static const enum rig_prog from_wire[] = { RIG_INGRESS_STORM, RIG_XDP_STORM };

/* A question that is given to somebody takes a token like any other frame. */
static const struct given {
	const char *kind;
	enum wire_outcome outcome;
	enum station to;
	enum hp_storm_class class;
} givens[] = {
	{ "ARP request for .11", WIRE_OWNER, BRIDGE, HP_STORM_ARP },
	{ "NS for ::12", WIRE_OWNER, VEPA, HP_STORM_ND },
	{ "NS for the host", WIRE_OWNER, HOST, HP_STORM_ND },
	{ "ARP request for a free address", WIRE_HOST, HOST, HP_STORM_ARP },
	{ "NS for a free address", WIRE_HOST, HOST, HP_STORM_ND },
};

/* A limit is no knowledge that gets old. */
static void check_given(void **state)
{
	const struct given *g = *state;

	rig_segment(VLAN_A, KNOWN);
	for (int i = 0; i < 2; i++) {
		struct run r = run_of(from_wire[i], encap_untagged, kind_named(g->kind), NULL,
				      station_mac(NOBODY));
		const struct limit l = class_limit(g->class, RIG_STORM);
		struct expect given = expect_from_wire(&r, g->outcome, station_mac(g->to));
		struct expect over = expect_from_wire(&r, WIRE_STORM, NULL);
		__u64 t0 = now();

		set_buckets(0);
		rig_check(&r, &given);
		expect_buckets(r.what, 0, g->class);
		check_taken(r.what, &l, 0, t0);
		rig_set_bucket(g->class, now() + HOUR);
		rig_check(&r, &over);
		rig_alive(0);
		rig_check(&r, &over);
		rig_alive(RIG_ALIVE);
	}
}

/* A storm of questions for what is not here takes none from those that are to be answered. */
static void check_foreign_arp(void **state)
{
	static const char *const kinds[] = { "ARP request for a free address",
					     "ARP probe for a free address",
					     "NS for a free address" };
	const __u64 empty = now() + HOUR;

	(void)state;
	rig_segment(VLAN_A, KNOWN | HP_SEGMENT_CLOSED);
	for (int i = 0; i < 2 * 3; i++) {
		struct run r = run_of(from_wire[i % 2], encap_untagged, kind_named(kinds[i / 2]),
				      NULL, station_mac(NOBODY));
		struct expect foreign = expect_from_wire(&r, WIRE_FOREIGN_ARP, NULL);
		struct expect over = expect_from_wire(&r, WIRE_STORM, NULL);

		set_buckets(0);
		rig_check(&r, &foreign);
		expect_buckets(r.what, 0, -1);
		set_buckets(empty);
		rig_check(&r, &foreign);
		expect_buckets(r.what, empty, -1);
		rig_alive(0);
		rig_check(&r, &over);
		rig_alive(RIG_ALIVE);
	}
}

/* What XDP has let pass, tc ingress neither drops nor gives to anybody, whatever is known. */
static void check_behind(void **state)
{
	const __u64 empty = now() + HOUR;

	(void)state;
	set_buckets(empty);
	for (size_t i = 0; i < encap_count * group_kind_count; i++) {
		const struct encap *e = &encaps[i % encap_count];
		struct run r = run_of(RIG_INGRESS_BEHIND, e, &group_kinds[i / encap_count], NULL,
				      station_mac(NOBODY));
		struct expect want = expect_from_wire(&r, WIRE_PASS, NULL);

		rig_segment(e->vlan, KNOWN | HP_SEGMENT_CLOSED);
		rig_check(&r, &want);
	}
	expect_buckets("behind XDP", empty, -1);
}

/* Egress. */

static struct limit endpoint_limit(enum station s, __u16 vlan, enum hp_storm_class class)
{
	return limit_of(rig_bucket_of(s, vlan, class), class, RIG_STORM);
}

static void expect_dropped(struct expect *want, const struct run *r)
{
	want->verdict = SHOT;
	expect_reason(want, r, HP_REASON_ENDPOINT_STORM);
}

static bool is_limited(enum station from)
{
	return from != NOBODY && from != HOST;
}

/* Its own bucket of that class, and no other; what is dropped goes nowhere, and is not counted as
 * sent. */
static void check_endpoint(void **state)
{
	const enum station *from = *state;

	for (const struct encap *e = encaps; e < encaps + encap_count; e++) {
		__u64 t0 = now(), empty = t0 + HOUR;

		rig_segment(e->vlan, 0); /* nobody to copy to */
		for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++) {
			struct run r = frame_of(RIG_EGRESS_STORM, e, &sorts[i], *from);
			enum hp_storm_class class = class_of(&sorts[i], e);
			struct limit l = endpoint_limit(*from, e->vlan, class);
			int verdict;

			if (sorts[i].payload == tagged_arp && !e->tag[0].tpid)
				continue; /* on another segment */
			set_buckets(empty);
			if (is_limited(*from))
				rig_set_bucket(l.bucket, 0);
			verdict = rig_verdict(&r);
			assert_int_equal(verdict, UNSPEC);
			expect_buckets(r.what, empty, is_limited(*from) ? l.bucket : (__u32)-1);
			if (is_limited(*from))
				check_taken(r.what, &l, 0, t0);
		}
	}
}

static void check_endpoint_dropped(void **state)
{
	const enum station *from = *state;

	for (size_t i = 0; i < group_kind_count * encap_count; i++) {
		const struct encap *e = &encaps[i % encap_count];
		struct run r = run_of(RIG_EGRESS_STORM, e, &group_kinds[i / encap_count], NULL,
				      station_mac(*from));
		struct expect want = expect_nothing();

		rig_segment(e->vlan, HP_SEGMENT_HOST);
		set_buckets(0);
		for (int class = 0; class < HP_STORM_CLASSES; class ++)
			rig_set_bucket(rig_bucket_of(*from, e->vlan, class), now() + HOUR);
		expect_dropped(&want, &r);
		rig_check(&r, &want);
	}
}

static void check_endpoint_exempt(void **state)
{
	struct run unicast = run_of(RIG_EGRESS_STORM, encap_untagged, kind_named("UDP"),
				    station_mac(NOBODY), station_mac(BRIDGE));
	struct run group = run_of(RIG_EGRESS_STORM, encap_untagged, kind_named("mDNS"), NULL,
				  station_mac(BRIDGE));
	const __u64 empty = now() + HOUR;
	struct expect want = expect_nothing();

	(void)state;
	set_buckets(empty);
	rig_check(&group, &want); /* a segment without endpoints */
	expect_stats(&want, &unicast, BRIDGE, VLAN_A, TX, PATH_WIRE);
	expect_reason(&want, &unicast, HP_REASON_TO_WIRE);
	rig_check(&unicast, &want);
	expect_buckets("exempt", empty, -1);
}

/* With the host's MAC; by its address it is told from the host, and from its siblings. */
static void check_ipvlan(void **state)
{
	static const __u8 group[ETH_ALEN] = { 0x01, 0, 0x5e, 0, 0, 0xfb };
	static const char *const from[] = { HOST_IP, "192.168.14.22", "192.168.14.21" };
	struct run r = { .prog = RIG_EGRESS_STORM };

	(void)state;
	rig_segment(VLAN_C, HP_SEGMENT_HOST);
	set_buckets(0);
	rig_set_bucket(rig_bucket_of(IPVLAN, VLAN_C, HP_STORM_OTHER), now() + HOUR);
	for (size_t i = 0; i < 3; i++) {
		frame_eth(&r.frame, group, station_mac(HOST));
		frame_tag(&r.frame, ETH_P_8021Q, VLAN_C);
		frame_udp4(&r.frame, from[i], "224.0.0.251", 5353, 40);
		assert_int_equal(rig_verdict(&r), i == 2 ? SHOT : UNSPEC);
	}
}

static void check_endpoint_limit(void **state)
{
	const enum hp_storm_class *class = *state;
	const struct limit l = endpoint_limit(BRIDGE, VLAN_B, *class);
	struct run r = frame_of(RIG_EGRESS_STORM, &encaps[1], sort_of(*class), BRIDGE);

	rig_segment(VLAN_B, 0);
	check_burst(&r, &l, SHOT, 20);
	check_edge(&r, &l, SHOT);
}

static void check_no_limit(void **state)
{
	static const enum rig_prog progs[] = { RIG_INGRESS, RIG_XDP, RIG_EGRESS };
	const __u64 empty = now() + HOUR;

	(void)state;
	set_buckets(empty);
	rig_segment(VLAN_A, 0);
	for (size_t i = 0; i < 3 * sizeof(sorts) / sizeof(sorts[0]); i++) {
		struct run r = frame_of(progs[i % 3], encap_untagged, &sorts[i / 3], BRIDGE);
		int verdict = rig_verdict(&r);

		assert_int_equal(verdict, rig_is_xdp(r.prog) ? XDP_PASS : UNSPEC);
	}
	expect_buckets("no limit", empty, -1);
}

void storm_tests(void)
{
	static const enum hp_storm_class classes[] = { OTHER, ARP, ND, DHCP };
	static enum station from[MACS];

	for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++)
		suite_add(with_probe, check_sort, &sorts[i], "storm: %s counts as %s",
			  sorts[i].name, class_names[sorts[i].class]);
	for (size_t i = 0; i < HP_STORM_CLASSES; i++)
		suite_add(with_probe, check_limit, &classes[i], "storm: limit of %s",
			  class_names[i]);
	suite_add(with_probe, check_vlans, NULL, "storm: all VLANs together");
	suite_add(with_probe, check_exempt, NULL, "storm: what is not limited");
	for (size_t i = 0; i < sizeof(givens) / sizeof(givens[0]); i++)
		suite_add(with_probe, check_given, &givens[i], "storm: %s, %s", givens[i].kind,
			  givens[i].outcome == WIRE_OWNER ? "given to its owner"
							  : "given to the host");
	suite_add(with_probe, check_foreign_arp, NULL, "storm: questions for nobody here");
	suite_add(with_probe, check_behind, NULL, "storm: nothing is judged twice");
	for (enum station s = NOBODY; s < MACS; s++) {
		from[s] = s;
		suite_add(with_probe, check_endpoint, &from[s], "storm: sent by %s",
			  station_name(s));
		if (is_limited(s))
			suite_add(with_probe, check_endpoint_dropped, &from[s],
				  "storm: sent by %s beyond its limit", station_name(s));
	}
	suite_add(with_probe, check_endpoint_exempt, NULL, "storm: sent, and not limited");
	for (size_t i = 0; i < HP_STORM_CLASSES; i++)
		suite_add(with_probe, check_endpoint_limit, &classes[i],
			  "storm: limit of %s of an endpoint", class_names[i]);
	suite_add(with_probe, check_ipvlan, NULL, "storm: ipvlan endpoints, each for itself");
	suite_add(with_probe, check_no_limit, NULL, "storm: no limit is set");
}
