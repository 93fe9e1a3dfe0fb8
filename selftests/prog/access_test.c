/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Access ports: endpoints on the bare uplink that are on a VLAN, and bear no tags.
 *
 *     VLAN 50   VEPA, VEPA_2    access ports
 *               BRIDGE          a VLAN device on its macvlan: with tags
 *               HOST            a VLAN device of the host
 *     VLAN 70   PRIVATE_2       access port, in vepa mode here; no host
 *     VLAN 0    PRIVATE, BRIDGE (the macvlan itself), HOST
 *
 * On a device, since BPF_PROG_RUN does not show tags: what goes out on the wire, what
 * enters the receive path, and what is left of that behind tc ingress.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/bpf.h>

#include "chain.h"
#include "rig.h"
#include "suite.h"

#include "harness.skel.h"

#define IN_MAX 5

struct want {
	size_t entered, left;
	struct frame enters[IN_MAX]; /* the receive path */
	struct frame leaves[IN_MAX]; /* tc ingress */
	bool on_wire;
	struct frame wire;
	struct expect e; /* counters */
};

static void want_left(struct want *w, const struct frame *f)
{
	assert_true(w->left < IN_MAX);
	w->leaves[w->left++] = *f;
}

static void want_entered(struct want *w, const struct frame *f)
{
	assert_true(w->entered < IN_MAX);
	w->enters[w->entered++] = *f;
}

/* What egress, or a copy of ingress, puts into the receive path, ingress leaves alone. */
static void want_in(struct want *w, struct frame f, const __u8 *dst)
{
	if (dst)
		memcpy(f.data, dst, ETH_ALEN);
	want_entered(w, &f);
	want_left(w, &f);
}

static void want_wire(struct want *w, const struct frame *f)
{
	w->on_wire = true;
	w->wire = *f;
}

/* skb->len changes with the form of a frame. */
static void want_reason(struct want *w, enum hp_reason reason, size_t length)
{
	w->e.counters.reasons[reason].packets++;
	w->e.counters.reasons[reason].bytes += length;
}

/* ---- the frame in the form of its VLAN, and without a tag */

static struct frame without_tag(const struct frame *f)
{
	struct frame bare = *f;
	__u16 tpid, tci;

	frame_take_tag(&bare, &tpid, &tci);
	return bare;
}

/* From an access port: a tag that has a priority alone gives way. */
static struct frame with_tag(const struct frame *f, __u16 vlan)
{
	struct frame tagged = *f;
	__u16 tpid, tci;

	if (!frame_take_tag(&tagged, &tpid, &tci))
		tci = 0;
	frame_insert_tag(&tagged, ETH_P_8021Q, (tci & 0xf000) | vlan);
	return tagged;
}

/* skb->len without the outer tag; a tag behind that one takes its place beside the frame. */
static size_t popped_length(const struct run *r, const struct encap *e)
{
	return without_tag(&r->frame).len - (e->tag[1].tpid ? 4 : 0);
}

/* ---- who is there */

static bool is_access(enum station s)
{
	return s == VEPA || s == VEPA_2 || s == PRIVATE_2;
}

static void put_station(__u16 vlan, enum station s)
{
	struct hp_fdb value = station_fdb(s, vlan);

	rig_fdb(vlan, station_mac(s), &value);
}

static void put_access(__u16 vlan, enum station s)
{
	struct hp_fdb value = station_fdb(s, vlan);

	value.mode = HP_MODE_VEPA;
	value.flags = HP_FDB_UNTAGGED;
	rig_fdb(vlan, station_mac(s), &value);
	value.flags = HP_FDB_ACCESS;
	value.vlan = vlan;
	rig_fdb(VLAN_A, station_mac(s), &value);
}

/* @host: HP_SEGMENT_HOST or 0. */
static void put_cast(int host)
{
	rig_clear_fdb();
	put_station(VLAN_A, HOST);
	put_station(VLAN_A, PRIVATE);
	put_station(VLAN_A, BRIDGE);
	put_station(VLAN_B, HOST);
	put_station(VLAN_B, BRIDGE);
	put_access(VLAN_B, VEPA);
	put_access(VLAN_B, VEPA_2);
	put_access(VLAN_C, PRIVATE_2);
	rig_member(VLAN_A, station_mac(PRIVATE), HP_FDB_UNTAGGED);
	rig_member(VLAN_A, station_mac(BRIDGE), HP_FDB_UNTAGGED);
	rig_segment(VLAN_A, HP_SEGMENT_LISTED | host);
	rig_member(VLAN_B, station_mac(VEPA), HP_FDB_UNTAGGED);
	rig_member(VLAN_B, station_mac(BRIDGE), 0);
	rig_member(VLAN_B, station_mac(VEPA_2), HP_FDB_UNTAGGED);
	rig_segment(VLAN_B, HP_SEGMENT_LISTED | HP_SEGMENT_VEPA | host);
	rig_member(VLAN_C, station_mac(PRIVATE_2), HP_FDB_UNTAGGED);
	rig_segment(VLAN_C, HP_SEGMENT_LISTED | HP_SEGMENT_VEPA);
}

static const struct encap others[] = {
	{ "VID 70", VLAN_C, false, { { ETH_P_8021Q, VLAN_C } } },
	{ "VID 70 with a priority", VLAN_C, false, { { ETH_P_8021Q, 0xe000 | VLAN_C } } },
	{ "VID 60", 60, false, { { ETH_P_8021Q, 60 } } },
};

#define OTHERS (sizeof(others) / sizeof(others[0]))

static const struct encap *encap_at(size_t i)
{
	return i < encap_count ? &encaps[i] : &others[i - encap_count];
}

/* ---- a frame is sent */

static void send_from(const struct lab_end *end, const struct run *r, bool dropped)
{
	struct frame in = rig_give(r, &r->frame, end == &rig.lab.uplink && r->metadata);
	ssize_t sent = send(end->tap, in.data, in.len, 0);

	if (dropped)
		assert_true(sent == -1 && errno == ENOBUFS);
	else
		assert_int_equal(sent, in.len);
}

static void compare(const char *what, const char *where, const struct frame *got,
		    const struct frame *want)
{
	if (frame_equal(got, want))
		return;
	frame_print("got", got);
	frame_print("expected", want);
	fail_msg("%s: %s", what, where);
}

static void compare_all(const char *what, const char *where, const struct lab_arrived *got,
			const struct frame *want, size_t count)
{
	if (got->count != count)
		fail_msg("%s: %s: %zu frames, expected %zu", what, where, got->count, count);
	for (size_t i = 0; i < count; i++)
		compare(what, where, &got->frames[i], &want[i]);
}

/* As far as it was kept, which these frames are but for the end of their payload. */
static void compare_seen(const char *what, const struct harness_seen *seen,
			 const struct frame *want)
{
	size_t kept = seen->len < HARNESS_HEAD ? seen->len : HARNESS_HEAD;
	struct frame got = { .len = kept }, head = *want;

	memcpy(got.data, seen->head, kept);
	if (seen->vlan_present)
		frame_insert_tag(&got, ntohs(seen->vlan_proto), seen->vlan_tci);
	assert_int_equal(seen->len + (seen->vlan_present ? 4 : 0), want->len);
	head.len = got.len;
	compare(what, "behind tc ingress", &got, &head);
	assert_int_equal(seen->tc_index, 0);
}

static void check(const struct lab_end *from, const struct run *r, struct want *w)
{
	const struct harness_log *log = &rig.harness->bss->seen[HARNESS_INGRESS_END];
	bool from_wire = from == &rig.lab.wire;
	struct lab_arrived arrived;
	struct counters counters;

	send_from(from, r, !from_wire && !w->entered && !w->on_wire);
	lab_collect(&rig.lab.uplink, &rig.lab.wire, &arrived);
	compare_all(r->what, "in the receive path", &arrived, w->enters, w->entered);
	lab_collect(&rig.lab.wire, &rig.lab.uplink, &arrived);
	compare_all(r->what, "on the wire", &arrived, &w->wire, w->on_wire);
	if (log->count != w->left)
		fail_msg("%s: %u frames behind tc ingress, expected %zu", r->what, log->count,
			 w->left);
	for (size_t i = 0; i < w->left; i++)
		compare_seen(r->what, &log->frames[i], &w->leaves[i]);
	want_reason(w, HP_REASON_NOT_LOCAL, LAB_SENTINEL_LEN);
	want_reason(w, HP_REASON_TO_WIRE, LAB_SENTINEL_LEN);
	rig_read_counters(&counters);
	rig_compare_counters(r->what, &counters, &w->e.counters);
}

static void attach(bool reflect)
{
	const struct chain_progs progs = {
		.egress = reflect ? RIG_EGRESS_ACCESS_REFLECT : RIG_EGRESS_ACCESS,
		.ingress = RIG_INGRESS_ACCESS,
	};

	assert_int_equal(chain_attach_progs(CLSACT, &progs), 0);
}

/* ---- egress, unicast */

enum turns { NEVER, ALWAYS, REFLECTED };

struct hop {
	enum station from;
	__u16 vlan; /* in which it sends: VLAN_A is without a tag */
	enum station to;
	enum turns turns;
};

static const struct hop ways[] = {
	{ VEPA, VLAN_A, NOBODY, NEVER },
	{ VEPA, VLAN_A, HOST, ALWAYS },
	{ VEPA, VLAN_A, VEPA_2, REFLECTED },
	{ VEPA, VLAN_A, BRIDGE, REFLECTED },
	{ BRIDGE, VLAN_B, VEPA, REFLECTED },
	{ HOST, VLAN_B, VEPA, ALWAYS },
	{ HOST, VLAN_B, BRIDGE, ALWAYS },
	{ HOST, VLAN_A, PRIVATE, ALWAYS },
	/* from one VLAN into another */
	{ VEPA, VLAN_A, PRIVATE, NEVER },
	{ VEPA, VLAN_A, PRIVATE_2, NEVER },
	{ PRIVATE_2, VLAN_A, VEPA, NEVER },
	{ PRIVATE_2, VLAN_A, HOST, NEVER }, /* not in VLAN 70 */
	{ BRIDGE, VLAN_B, PRIVATE_2, NEVER },
	{ HOST, VLAN_A, VEPA, NEVER },
	{ HOST, VLAN_B, PRIVATE_2, NEVER },
	{ HOST, VLAN_B, PRIVATE, NEVER },
};

#define WAYS (sizeof(ways) / sizeof(ways[0]))

struct cell {
	const struct hop *way;
	bool reflect;
};

/* The VLAN of an access port is its own. */
static __u16 vlan_of(enum station from, __u16 sent)
{
	return !is_access(from) ? sent : from == PRIVATE_2 ? VLAN_C : VLAN_B;
}

static void expect_turned(struct want *w, const struct run *r, const struct hop *way, __u16 vlan)
{
	bool host = way->from == HOST || way->to == HOST;

	expect_stats(&w->e, r, way->from, vlan, TX, way->to == HOST ? PATH_HOST : PATH_PEER);
	expect_stats(&w->e, r, way->to, vlan, RX, way->from == HOST ? PATH_HOST : PATH_PEER);
	want_reason(w, host ? HP_REASON_HAIRPIN : HP_REASON_REFLECT, run_length(r));
}

static void check_way(void **state)
{
	const struct cell *cell = *state;
	const struct hop *way = cell->way;
	__u16 vlan = vlan_of(way->from, way->vlan);

	put_cast(HP_SEGMENT_HOST);
	attach(cell->reflect);
	for (const struct encap *e = encaps; e < encaps + encap_count; e++) {
		struct run r = run_of(RIG_EGRESS, e, &unicast_kinds[0], station_mac(way->to),
				      station_mac(way->from));
		struct frame tagged = is_access(way->from) ? with_tag(&r.frame, vlan) : r.frame;
		struct want w = {};

		if (e->vlan != way->vlan)
			continue;
		if (way->turns == ALWAYS || (way->turns == REFLECTED && cell->reflect)) {
			expect_turned(&w, &r, way, vlan);
			if (!is_access(way->to))
				want_in(&w, tagged, NULL);
			else /* between two of them, a priority stays */
				want_in(&w, is_access(way->from) ? r.frame : without_tag(&r.frame),
					NULL);
		} else {
			expect_stats(&w.e, &r, way->from, vlan, TX, PATH_WIRE);
			want_reason(&w, HP_REASON_TO_WIRE, run_length(&r));
			want_wire(&w, &tagged);
		}
		check(&rig.lab.uplink, &r, &w);
	}
}

/* No tag of a VLAN is an access port's to send, not even of its own. */
static void check_mismatch(void **state)
{
	static const enum station from[] = { VEPA, PRIVATE_2 };
	static const char *const kinds[] = { "UDP", "mDNS", "ARP request for .11", "LLDP" };

	(void)state;
	put_cast(HP_SEGMENT_HOST);
	attach(true);
	for (size_t i = 0; i < 2 * 4 * (encap_count + OTHERS); i++) {
		const struct encap *e = encap_at(i / 8);
		const struct kind *kind = kind_named(kinds[i / 2 % 4]);
		struct run r = run_of(RIG_EGRESS, e, kind, kind->dst[0] ? NULL : station_mac(HOST),
				      station_mac(from[i % 2]));
		struct want w = {};

		if (e->vlan == VLAN_A)
			continue;
		want_reason(&w, HP_REASON_VLAN_MISMATCH, run_length(&r));
		check(&rig.lab.uplink, &r, &w);
	}
}

/*
 * Where the host has no device, a source that is in no VLAN may speak for nobody, and
 * one that is known without a tag reaches nobody here in a VLAN: to the wire alone.
 */
static void check_stranger(enum station from, const struct kind *kind, const struct encap *e)
{
	enum station to = e->vlan == VLAN_A ? PRIVATE : e->vlan == VLAN_B ? VEPA : PRIVATE_2;
	struct run r = run_of(RIG_EGRESS, e, kind, kind->dst[0] ? NULL : station_mac(to),
			      station_mac(from));
	struct want w = {};

	if (from == NOBODY && e->vlan != VLAN_A) {
		want_reason(&w, HP_REASON_STRANGER, run_length(&r));
	} else {
		want_wire(&w, &r.frame);
		if (!kind->dst[0])
			want_reason(&w, HP_REASON_TO_WIRE, run_length(&r));
	}
	check(&rig.lab.uplink, &r, &w);
}

static void check_strangers(void **state)
{
	static const char *const kinds[] = { "UDP", "mDNS", "ARP request for .11", "LLDP" };

	(void)state;
	put_cast(0);
	attach(true);
	for (size_t i = 0; i < 4 * (encap_count + OTHERS); i++) {
		const struct encap *e = encap_at(i / 4);

		check_stranger(NOBODY, kind_named(kinds[i % 4]), e);
		if (e->vlan != VLAN_A)
			check_stranger(PRIVATE, kind_named(kinds[i % 4]), e);
	}
}

/* In its VLAN, a bridge of the host's may have whomever behind it. */
static void check_behind_the_host(void **state)
{
	(void)state;
	put_cast(HP_SEGMENT_HOST);
	attach(false);
	for (const struct encap *e = encaps; e < encaps + encap_count; e++) {
		struct run r = run_of(RIG_EGRESS, e, &unicast_kinds[0], station_mac(VEPA),
				      station_mac(NOBODY));
		struct want w = {};

		if (e->vlan != VLAN_B)
			continue;
		expect_stats(&w.e, &r, VEPA, VLAN_B, RX, PATH_HOST);
		want_reason(&w, HP_REASON_HAIRPIN, run_length(&r));
		want_in(&w, without_tag(&r.frame), NULL);
		check(&rig.lab.uplink, &r, &w);
	}
}

/* ---- egress, groups */

struct sender {
	enum station from;
	__u16 vlan;
	char all_off, all_on; /* behind copies to members: 'e' an echo, 'a' as it is, 'h' to the
				 host, '-' nothing */
	/* copies to members: tagged, then untagged */
	const char *off, *on; /* b: BRIDGE, p: PRIVATE, t: BRIDGE_2, v: VEPA, w: VEPA_2 */
};

static const struct sender senders[] = {
	{ HOST, VLAN_B, 'e', 'e', "bvw", "bvw" }, { HOST, VLAN_A, '-', '-', "pb", "pb" },
	{ VEPA, VLAN_A, 'h', 'a', "", "bw" },	  { BRIDGE, VLAN_B, 'h', 'a', "", "vw" },
	{ BRIDGE, VLAN_A, 'h', 'h', "", "" },	  { PRIVATE, VLAN_A, 'h', 'h', "", "" },
	{ PRIVATE_2, VLAN_A, '-', '-', "", "" },
};

#define SENDERS (sizeof(senders) / sizeof(senders[0]))

static enum station named(char c)
{
	return c == 'b'	  ? BRIDGE
	       : c == 'p' ? PRIVATE
	       : c == 't' ? BRIDGE_2
	       : c == 'v' ? VEPA
			  : VEPA_2;
}

/* skb->len of the frame with its tag: that may be in the payload still, or beside it. */
static size_t tagged_length(const struct run *r, enum station from)
{
	return is_access(from) ? without_tag(&r->frame).len : run_length(r);
}

static void expect_members(struct want *w, const struct run *r, const struct encap *e,
			   const struct sender *s, const struct frame *tagged, const char *members)
{
	for (; *members; members++) {
		enum station to = named(*members);

		if (!is_access(to)) {
			want_in(w, *tagged, station_mac(to));
			want_reason(w, HP_REASON_MEMBER, tagged_length(r, s->from));
		} else {
			want_in(w, without_tag(tagged), station_mac(to));
			want_reason(w, HP_REASON_MEMBER, popped_length(r, e));
		}
	}
}

/* In the end the tag is beside the frame, unless it has been there all the time. */
static void expect_rest(struct want *w, const struct run *r, const struct sender *s,
			const struct frame *tagged, char rest)
{
	size_t length = s->vlan || is_access(s->from) ? without_tag(&r->frame).len : run_length(r);

	if (rest == 'h') {
		want_in(w, *tagged, station_mac(HOST));
		want_reason(w, HP_REASON_TO_HOST, length);
	} else if (rest != '-') {
		want_in(w, *tagged, NULL);
		want_reason(w, rest == 'e' ? HP_REASON_HOST_FLOOD : HP_REASON_ENDPOINT_FLOOD,
			    length);
	}
	want_wire(w, tagged);
}

static void check_sender(const struct sender *s, bool reflect, int host)
{
	const char *members = reflect ? s->on : s->off;
	char rest = reflect ? s->all_on : s->all_off;

	for (const struct encap *e = encaps; e < encaps + encap_count; e++) {
		struct run r =
			run_of(RIG_EGRESS, e, kind_named("mDNS"), NULL, station_mac(s->from));
		__u16 vlan = vlan_of(s->from, s->vlan);
		struct frame tagged = is_access(s->from) ? with_tag(&r.frame, vlan) : r.frame;
		struct want w = {};

		if (e->vlan != s->vlan)
			continue;
		expect_stats(&w.e, &r, s->from, vlan, TX, PATH_WIRE);
		expect_members(&w, &r, e, s, &tagged, members);
		expect_rest(&w, &r, s, &tagged, host ? rest : '-');
		check(&rig.lab.uplink, &r, &w);
	}
}

static void check_group_off(void **state)
{
	put_cast(HP_SEGMENT_HOST);
	attach(false);
	check_sender(*state, false, HP_SEGMENT_HOST);
}

static void check_group_on(void **state)
{
	put_cast(HP_SEGMENT_HOST);
	attach(true);
	check_sender(*state, true, HP_SEGMENT_HOST);
}

/* Without a station of the host, the kernel is given nothing to flood. */
static void check_group_no_host(void **state)
{
	put_cast(0);
	attach(true);
	check_sender(*state, true, 0);
}

/* Behind a bridge of the host's, all hear it, and what they send does not come back. */
static void check_group_bridged(void **state)
{
	static const struct sender bridged[] = {
		{ NOBODY, VLAN_B, '-', '-', "bvw", "bvw" },
		{ VEPA, VLAN_A, 'a', 'a', "", "bw" },
		{ BRIDGE, VLAN_B, 'a', 'a', "", "vw" },
	};
	const bool *reflect = *state;

	put_cast(HP_SEGMENT_HOST | HP_SEGMENT_BRIDGED);
	attach(*reflect);
	for (size_t i = 0; i < sizeof(bridged) / sizeof(bridged[0]); i++)
		check_sender(&bridged[i], *reflect, HP_SEGMENT_HOST);
}

/* Unicast to whom nobody knows goes there, too. */
static void check_unknown_bridged(void **state)
{
	static const enum station from[] = { VEPA, BRIDGE, NOBODY };

	(void)state;
	put_cast(HP_SEGMENT_HOST | HP_SEGMENT_BRIDGED);
	attach(false);
	for (size_t i = 0; i < 3 * encap_count; i++) {
		const struct encap *e = &encaps[i / 3];
		enum station s = from[i % 3];
		struct run r = run_of(RIG_EGRESS, e, &unicast_kinds[0], station_mac(SOURCE),
				      station_mac(s));
		struct frame tagged = is_access(s) ? with_tag(&r.frame, VLAN_B) : r.frame;
		struct want w = {};

		if (e->vlan != (is_access(s) ? VLAN_A : VLAN_B))
			continue;
		expect_stats(&w.e, &r, s, VLAN_B, TX, PATH_WIRE);
		want_reason(&w, HP_REASON_TO_WIRE, run_length(&r));
		want_wire(&w, &tagged);
		if (s != NOBODY) {
			want_in(&w, tagged, NULL);
			want_reason(&w, HP_REASON_ENDPOINT_FLOOD, tagged_length(&r, s));
		}
		check(&rig.lab.uplink, &r, &w);
	}
}

/* ---- egress, questions */

static const struct asking {
	enum station from;
	__u16 vlan;
	const char *address;
	enum station to;
	enum turns turns;
} askings[] = {
	{ HOST, VLAN_B, "ARP request for .11", VEPA, ALWAYS },
	{ HOST, VLAN_B, "NS for ::11", VEPA, ALWAYS },
	{ HOST, VLAN_B, "ARP request for .14", BRIDGE, ALWAYS },
	{ VEPA, VLAN_A, "ARP request for .14", BRIDGE, REFLECTED },
	{ VEPA_2, VLAN_A, "NS for ::11", VEPA, REFLECTED },
	{ BRIDGE, VLAN_B, "ARP request for .11", VEPA, REFLECTED },
	{ VEPA, VLAN_A, "NS for the host", HOST, ALWAYS },
	{ BRIDGE, VLAN_B, "NS for the host", HOST, ALWAYS },
};

#define ASKINGS (sizeof(askings) / sizeof(askings[0]))

static void check_asking(const struct asking *a, bool reflect, const struct encap *e)
{
	struct run r = run_of(RIG_EGRESS, e, kind_named(a->address), NULL, station_mac(a->from));
	__u16 vlan = vlan_of(a->from, a->vlan);
	struct frame tagged = is_access(a->from) ? with_tag(&r.frame, vlan) : r.frame;
	bool both = is_access(a->from) && is_access(a->to);
	enum hp_reason reason = a->from == HOST ? HP_REASON_HOST_STEER : HP_REASON_ENDPOINT_STEER;
	struct want w = {};

	expect_stats(&w.e, &r, a->from, vlan, TX, PATH_WIRE);
	if (a->turns == REFLECTED && !reflect) {
		want_reason(&w, HP_REASON_NOT_HERE, run_length(&r));
	} else if (both) {
		want_in(&w, r.frame, station_mac(a->to));
		want_reason(&w, reason, run_length(&r));
	} else if (is_access(a->to)) {
		want_in(&w, without_tag(&r.frame), station_mac(a->to));
		want_reason(&w, reason, popped_length(&r, e));
	} else {
		want_in(&w, tagged, station_mac(a->to));
		want_reason(&w, reason, tagged_length(&r, a->from));
	}
	want_wire(&w, &tagged);
	check(&rig.lab.uplink, &r, &w);
}

static void check_askings(void **state)
{
	const bool *reflect = *state;

	put_cast(HP_SEGMENT_HOST);
	attach(*reflect);
	for (size_t i = 0; i < ASKINGS * encap_count; i++) {
		const struct asking *a = &askings[i % ASKINGS];
		const struct encap *e = &encaps[i / ASKINGS];

		if (e->vlan == a->vlan && !e->tag[1].tpid)
			check_asking(a, *reflect, e);
	}
}

/* Which no endpoint has: the host alone, by its VLAN device. */
static void check_asks_host(void **state)
{
	(void)state;
	put_cast(HP_SEGMENT_HOST | HP_SEGMENT_KNOWN_IPV4);
	attach(true);
	for (const struct encap *e = encaps; e < encaps + encap_count; e++) {
		struct run r = run_of(RIG_EGRESS, e, kind_named("ARP request for a free address"),
				      NULL, station_mac(VEPA));
		struct frame tagged = with_tag(&r.frame, VLAN_B);
		struct want w = {};

		if (e->vlan != VLAN_A)
			continue;
		expect_stats(&w.e, &r, VEPA, VLAN_B, TX, PATH_WIRE);
		want_in(&w, tagged, station_mac(HOST));
		want_reason(&w, HP_REASON_TO_HOST, tagged_length(&r, VEPA));
		want_wire(&w, &tagged);
		check(&rig.lab.uplink, &r, &w);
	}
}

/* ---- ingress */

/* The receive path has put the outer tag beside the frame. */
static struct run received(const struct encap *e, const struct kind *kind, const __u8 *dst,
			   enum station from)
{
	struct run r = run_of(RIG_INGRESS, e, kind, dst, station_mac(from));

	r.metadata = e->tag[0].tpid;
	return r;
}

static bool is_station(enum station s, __u16 vlan)
{
	switch (s) {
	case HOST:
	case BRIDGE:
		return vlan == VLAN_A || vlan == VLAN_B;
	case PRIVATE:
		return vlan == VLAN_A;
	case NOBODY:
		return false;
	default:
		return is_access(s) && vlan == vlan_of(s, 0);
	}
}

/* macvlan, which looks at the MAC alone, must not get it from another VLAN. */
static void expect_unicast(struct want *w, const struct run *r, enum station to, __u16 vlan)
{
	struct frame bare = without_tag(&r->frame);

	want_entered(w, &r->frame);
	if (is_station(to, vlan)) {
		want_left(w, is_access(to) ? &bare : &r->frame);
		want_reason(w, HP_REASON_WIRE_IN, run_length(r));
		expect_stats(&w->e, r, to, vlan, RX, PATH_WIRE);
	} else if (is_access(to)) {
		want_reason(w, HP_REASON_VLAN_MISMATCH, run_length(r));
	} else {
		want_left(w, &r->frame);
		want_reason(w, HP_REASON_NOT_LOCAL, run_length(r));
	}
}

static void check_unicast_in(void **state)
{
	const enum station *to = *state;

	put_cast(HP_SEGMENT_HOST);
	attach(true);
	for (size_t i = 0; i < encap_count + OTHERS; i++) {
		const struct encap *e = encap_at(i);
		struct run r = received(e, &unicast_kinds[0], station_mac(*to), NOBODY);
		struct want w = {};

		if (e->metadata)
			continue;
		expect_unicast(&w, &r, *to, e->vlan);
		check(&rig.lab.wire, &r, &w);
	}
}

static const char *members_of(__u16 vlan)
{
	return vlan == VLAN_A ? "pbt" : vlan == VLAN_B ? "bvw" : "";
}

/*
 * Whoever is on the bare uplink, and no access port, may use any VLAN that no device takes;
 * where others are, only of a tap (BRIDGE_2) it would not show.
 */
static void expect_trunks(struct want *w, const struct run *r, const struct encap *e, int host,
			  enum station from)
{
	static const enum station trunks[] = { PRIVATE, BRIDGE, BRIDGE_2 };
	bool taps = e->vlan != 60;

	if (e->vlan == VLAN_A || (e->vlan == VLAN_B && host))
		return;
	for (size_t i = 0; i < 3; i++) {
		if (trunks[i] == from || (taps && trunks[i] != BRIDGE_2))
			continue;
		want_in(w, r->frame, station_mac(trunks[i]));
		want_reason(w, HP_REASON_MEMBER, run_length(r));
	}
}

static void expect_listed(struct want *w, const struct run *r, const struct encap *e,
			  enum station from)
{
	const struct sender wire = { .from = NOBODY };
	char members[4] = "", *m = members;

	for (const char *c = members_of(e->vlan); *c; c++) {
		if (named(*c) != from)
			*m++ = *c;
	}
	expect_members(w, r, e, &wire, &r->frame, members);
	if (e->vlan == VLAN_C) {
		want_in(w, without_tag(&r->frame), station_mac(PRIVATE_2));
		want_reason(w, HP_REASON_MEMBER, popped_length(r, e));
	}
}

static void expect_group(struct want *w, const struct run *r, const struct encap *e, int host,
			 enum station from)
{
	struct frame to_host = r->frame;

	memcpy(to_host.data, station_mac(HOST), ETH_ALEN);
	want_entered(w, &r->frame);
	want_reason(w, HP_REASON_WIRE_GROUP, run_length(r));
	expect_trunks(w, r, e, host, from);
	if (!host || e->vlan == VLAN_C || e->vlan == 60)
		want_reason(w, HP_REASON_LISTED, run_length(r));
	else /* with a VLAN device on it, the uplink does not flood */
		want_left(w, e->vlan ? &r->frame : &to_host);
	expect_listed(w, r, e, from);
}

/* A switch that reflects sends a frame back: not to its sender. */
static void check_group_in(void **state)
{
	static const enum station from[] = { NOBODY, VEPA, BRIDGE };
	const int *host = *state;

	put_cast(*host);
	put_station(VLAN_A, BRIDGE_2);
	rig_member(VLAN_A, station_mac(BRIDGE_2), HP_FDB_UNTAGGED);
	rig_segment(VLAN_A, HP_SEGMENT_LISTED | *host);
	attach(true);
	for (size_t i = 0; i < 3 * (encap_count + OTHERS); i++) {
		const struct encap *e = encap_at(i / 3);
		struct run r = received(e, kind_named("mDNS"), NULL, from[i % 3]);
		struct want w = {};

		if (e->metadata)
			continue;
		expect_group(&w, &r, e, *host, from[i % 3]);
		check(&rig.lab.wire, &r, &w);
	}
}

/* A VLAN of which nobody here is known, and who is here is an access port. */
static void check_group_nobody(void **state)
{
	const bool *member = *state;

	rig_clear_fdb();
	put_access(VLAN_B, VEPA);
	rig_member(VLAN_B, station_mac(VEPA), HP_FDB_UNTAGGED);
	rig_segment(VLAN_B, HP_SEGMENT_LISTED | HP_SEGMENT_VEPA);
	rig_segment(VLAN_C, -1);
	if (*member) /* as it may be while that changes */
		rig_member(VLAN_A, station_mac(VEPA), HP_FDB_UNTAGGED);
	rig_segment(VLAN_A, HP_SEGMENT_LISTED | HP_SEGMENT_HOST);
	attach(true);
	for (size_t i = 0; i < OTHERS; i++) {
		struct run r = received(&others[i], kind_named("mDNS"), NULL, NOBODY);
		struct want w = {};

		want_entered(&w, &r.frame);
		want_reason(&w, HP_REASON_WIRE_GROUP, run_length(&r));
		want_reason(&w, *member ? HP_REASON_LISTED : HP_REASON_VLAN_MISMATCH,
			    run_length(&r));
		check(&rig.lab.wire, &r, &w);
	}
}

static void check_reserved_in(void **state)
{
	(void)state;
	put_cast(HP_SEGMENT_HOST);
	attach(true);
	for (size_t i = 0; i < encap_count + OTHERS; i++) {
		const struct encap *e = encap_at(i);
		struct run r = received(e, kind_named("LLDP"), NULL, NOBODY);
		struct want w = {};

		if (e->metadata)
			continue;
		want_entered(&w, &r.frame);
		want_left(&w, &r.frame);
		want_reason(&w, HP_REASON_WIRE_GROUP, run_length(&r));
		check(&rig.lab.wire, &r, &w);
	}
}

static void check_asked(void **state)
{
	static const struct {
		const char *kind;
		enum station owner;
	} asked[] = { { "ARP request for .11", VEPA },
		      { "NS for ::11", VEPA },
		      { "ARP request for .14", BRIDGE },
		      { "NS for the host", HOST } };

	(void)state;
	put_cast(HP_SEGMENT_HOST);
	attach(true);
	for (size_t i = 0; i < 4 * encap_count; i++) {
		const struct encap *e = &encaps[i / 4];
		enum station owner = asked[i % 4].owner;
		struct run r = received(e, kind_named(asked[i % 4].kind), NULL, NOBODY);
		struct frame given = is_access(owner) ? without_tag(&r.frame) : r.frame;
		struct want w = {};

		if (e->metadata || e->vlan != VLAN_B || e->tag[1].tpid)
			continue;
		memcpy(given.data, station_mac(owner), ETH_ALEN);
		want_entered(&w, &r.frame);
		want_left(&w, &given);
		want_reason(&w, HP_REASON_STEER, run_length(&r));
		check(&rig.lab.wire, &r, &w);
	}
}

/* ---- XDP: leaves tags alone, and what is in the wrong VLAN to tc ingress, unless it is foreign */

static void check_xdp(void **state)
{
	const enum station *to = *state;

	put_cast(HP_SEGMENT_HOST | HP_SEGMENT_CLOSED);
	rig_segment(60, HP_SEGMENT_CLOSED);
	for (size_t i = 0; i < encap_count + OTHERS; i++) {
		const struct encap *e = encap_at(i);
		struct run r = run_of(RIG_XDP, e, &unicast_kinds[0], station_mac(*to),
				      station_mac(NOBODY));
		struct expect want = { .verdict = XDP_PASS };
		bool here = is_station(*to, e->vlan) || (is_access(*to) && e->vlan == VLAN_A);

		if (e->metadata)
			continue;
		if (!here && e->vlan != VLAN_C) { /* which is open */
			want.verdict = XDP_DROP;
			expect_reason(&want, &r, HP_REASON_FOREIGN);
		}
		rig_check(&r, &want);
	}
}

static void check_xdp_group(void **state)
{
	static const char *const kinds[] = { "mDNS", "LLDP", "ARP request for .11",
					     "NS for the host" };

	(void)state;
	put_cast(HP_SEGMENT_HOST);
	for (size_t i = 0; i < 4 * encap_count; i++) {
		const struct encap *e = &encaps[i / 4];
		const struct kind *kind = kind_named(kinds[i % 4]);
		struct run r = run_of(RIG_XDP, e, kind, NULL, station_mac(NOBODY));
		struct expect want = { .verdict = XDP_PASS };

		if (e->metadata)
			continue;
		if (kind->question && !e->tag[1].tpid)
			want = expect_from_wire(&r, WIRE_OWNER,
						station_mac(address_owner(kind->address, e->vlan)));
		rig_check(&r, &want);
	}
}

static void add_groups(void)
{
	static const int hosts[] = { HP_SEGMENT_HOST, 0 };
	static const bool reflect[] = { false, true };

	for (size_t i = 0; i < SENDERS; i++) {
		const struct sender *s = &senders[i];

		suite_add(NULL, check_group_off, s, "access: group of %s in VLAN %u, reflect off",
			  station_name(s->from), vlan_of(s->from, s->vlan));
		suite_add(NULL, check_group_on, s, "access: group of %s in VLAN %u, reflect on",
			  station_name(s->from), vlan_of(s->from, s->vlan));
		if (s->from != HOST)
			suite_add(NULL, check_group_no_host, s,
				  "access: group of %s in VLAN %u, no host there",
				  station_name(s->from), vlan_of(s->from, s->vlan));
	}
	suite_add(NULL, check_group_bridged, &reflect[0],
		  "access: group in a VLAN with a bridge of the host's, reflect off");
	suite_add(NULL, check_group_bridged, &reflect[1],
		  "access: group in a VLAN with a bridge of the host's, reflect on");
	suite_add(NULL, check_unknown_bridged, NULL,
		  "access: unicast to whom a bridge of the host's may have");
	suite_add(NULL, check_group_in, &hosts[0], "access: groups from the wire");
	suite_add(NULL, check_group_in, &hosts[1], "access: groups from the wire, no host there");
	suite_add(NULL, check_group_nobody, &reflect[0],
		  "access: groups from the wire, of a VLAN of nobody's");
	suite_add(NULL, check_group_nobody, &reflect[1],
		  "access: groups from the wire, of a VLAN that is not the member's");
	suite_add(NULL, check_reserved_in, NULL, "access: reserved groups from the wire");
}

static void add_questions(void)
{
	static const bool reflect[] = { false, true };

	suite_add(NULL, check_askings, &reflect[0], "access: questions from here, reflect off");
	suite_add(NULL, check_askings, &reflect[1], "access: questions from here, reflect on");
	suite_add(NULL, check_asks_host, NULL, "access: a question that only the host may answer");
	suite_add(NULL, check_asked, NULL, "access: questions from the wire");
}

void access_tests(void)
{
	static const enum station to[] = { NOBODY, HOST, BRIDGE, VEPA, PRIVATE, PRIVATE_2 };
	static struct cell cells[2 * WAYS];

	for (size_t i = 0; i < 2 * WAYS; i++) {
		const struct hop *way = &ways[i / 2];

		cells[i] = (struct cell){ way, i % 2 };
		suite_add(NULL, check_way, &cells[i], "access: %s in VLAN %u to %s, reflect %s",
			  station_name(way->from), vlan_of(way->from, way->vlan),
			  station_name(way->to), i % 2 ? "on" : "off");
	}
	suite_add(NULL, check_mismatch, NULL, "access: a tag is not theirs to send");
	suite_add(NULL, check_strangers, NULL, "access: who is in no VLAN speaks for nobody");
	suite_add(NULL, check_behind_the_host, NULL, "access: behind a VLAN device of the host");
	add_groups();
	add_questions();
	for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
		suite_add(NULL, check_unicast_in, &to[i], "access: from the wire to %s",
			  station_name(to[i]));
		suite_add(with_probe, check_xdp, &to[i], "access: from the wire to %s, XDP",
			  station_name(to[i]));
	}
	suite_add(with_probe, check_xdp_group, NULL, "access: groups from the wire, XDP");
}
