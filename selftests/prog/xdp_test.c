/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XDP, what is not a question: unicast to a station and to nobody, what is left
 * alone, and frames of more than one buffer. Questions: known_test.c.
 */
#include <stdio.h>
#include <string.h>

#include <linux/bpf.h>

#include "rig.h"
#include "suite.h"

#define OTHER_VLAN 60 /* the inner VLAN of QinQ */
#define FLAGS_END (HP_SEGMENT_PROXY_IPV6 << 1)

static struct expect passes(void)
{
	return (struct expect){ .verdict = XDP_PASS };
}

static struct expect foreign(const struct run *r)
{
	struct expect e = { .verdict = XDP_DROP };

	expect_reason(&e, r, HP_REASON_FOREIGN);
	return e;
}

/* XDP has tags in the payload alone. */
static const struct encap *next_encap(const struct encap *e)
{
	do
		e++;
	while (e < encaps + encap_count && e->metadata);
	return e;
}

static void check_station(void **state)
{
	const enum station *to = *state;

	rig_segment(VLAN_A, HP_SEGMENT_HOST | HP_SEGMENT_CLOSED);
	rig_segment(VLAN_B, HP_SEGMENT_HOST | HP_SEGMENT_CLOSED);
	for (const struct encap *e = encaps; e < encaps + encap_count; e = next_encap(e)) {
		for (size_t i = 0; i < unicast_kind_count * 2; i++) {
			struct run r =
				run_of(i % 2 ? RIG_XDP_GENERIC : RIG_XDP, e, &unicast_kinds[i / 2],
				       station_mac(*to), station_mac(NOBODY));
			struct expect want = *to == NOBODY ? foreign(&r) : passes();

			rig_check(&r, &want);
		}
	}
}

/* No flag but one makes nobody of a MAC that is not known. */
static void check_flags(void **state)
{
	(void)state;
	for (int flags = -1; flags < FLAGS_END; flags++) {
		rig_segment(VLAN_A, flags);
		rig_segment(VLAN_B, flags);
		for (const struct encap *e = encaps; e < encaps + encap_count; e = next_encap(e)) {
			struct run r = run_of(RIG_XDP, e, &unicast_kinds[0], station_mac(NOBODY),
					      station_mac(NOBODY));
			struct expect want =
				flags >= 0 && flags & HP_SEGMENT_CLOSED ? foreign(&r) : passes();

			rig_check(&r, &want);
		}
	}
}

static void check_each_vlan(void **state)
{
	(void)state;
	for (int closed = 0; closed < 3; closed++) {
		static const __u16 vlans[] = { VLAN_A, VLAN_B, OTHER_VLAN };

		for (int i = 0; i < 3; i++)
			rig_segment(vlans[i], closed == i ? HP_SEGMENT_CLOSED : HP_SEGMENT_HOST);
		for (const struct encap *e = encaps; e < encaps + encap_count; e = next_encap(e)) {
			struct run r = run_of(RIG_XDP, e, &unicast_kinds[0], station_mac(NOBODY),
					      station_mac(NOBODY));
			struct expect want = e->vlan == vlans[closed] ? foreign(&r) : passes();

			rig_check(&r, &want);
		}
	}
}

/* A VLAN without endpoints is not ours, and a MAC is a station on its VLAN alone. */
static void check_other_vlan(void **state)
{
	static const struct encap other = { "VID 60", OTHER_VLAN, false, { { ETH_P_8021Q, 60 } } };
	struct run r = run_of(RIG_XDP, &other, &unicast_kinds[0], station_mac(BRIDGE),
			      station_mac(NOBODY));
	struct expect want = passes();

	(void)state;
	rig_segment(VLAN_A, HP_SEGMENT_CLOSED);
	rig_segment(VLAN_B, HP_SEGMENT_CLOSED);
	rig_check(&r, &want);
	rig_segment(OTHER_VLAN, HP_SEGMENT_CLOSED);
	want = foreign(&r);
	rig_check(&r, &want);
}

/* FUTEX_WAITERS and FUTEX_OWNER_DIED are the two bits above the thread's id. */
static void check_alive(void **state)
{
	static const struct {
		__u32 owner;
		bool alive;
	} lives[] = { { 0, false },	     { 0x40000000, false }, { 0x80000000, false },
		      { 0xc0000000, false }, { 1, true },	    { 0x3fffffff, true },
		      { 0x80000001, true } };
	struct run r = run_of(RIG_XDP, encap_untagged, &unicast_kinds[0], station_mac(NOBODY),
			      station_mac(NOBODY));

	(void)state;
	rig_segment(VLAN_A, HP_SEGMENT_CLOSED);
	for (size_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++) {
		struct expect want = lives[i].alive ? foreign(&r) : passes();

		rig_alive(lives[i].owner);
		rig_check(&r, &want);
	}
}

/* Half a tag says nothing of the segment. */
static void check_cut(void **state)
{
	(void)state;
	rig_segment(VLAN_A, HP_SEGMENT_CLOSED);
	rig_segment(VLAN_B, HP_SEGMENT_CLOSED);
	for (const struct encap *e = encaps; e < encaps + encap_count; e = next_encap(e)) {
		struct run whole = run_of(RIG_XDP, e, &unicast_kinds[0], station_mac(NOBODY),
					  station_mac(NOBODY));

		for (size_t len = ETH_HLEN; len <= whole.frame.len; len++) {
			struct run r = whole;
			struct expect want;

			r.frame.len = len;
			want = e->tag[0].tpid && len < ETH_HLEN + 4 ? passes() : foreign(&r);
			rig_check(&r, &want);
		}
	}
}

/* LLDP, STP, LACP: nobody's business but the host's, whoever sends them. */
static void check_reserved(void **state)
{
	const struct kind *kind = kind_named("ARP for .11 to a reserved group");

	(void)state;
	for (int last = 0; last <= 0x10; last++) {
		for (const struct encap *e = encaps; e < encaps + encap_count; e = next_encap(e)) {
			struct run r = run_of(RIG_XDP, e, kind, NULL, station_mac(NOBODY));
			struct expect want = passes();

			rig_segment(e->vlan, HP_SEGMENT_HOST | HP_SEGMENT_CLOSED);
			r.frame.data[5] = last;
			if (last == 0x10 && !e->tag[1].tpid)
				want = expect_from_wire(
					&r, WIRE_OWNER,
					station_mac(address_owner(kind->address, e->vlan)));
			rig_check(&r, &want);
		}
	}
}

/*
 * In generic mode, what we turn round comes along. The source shows it; of a
 * driver's frames it shows only that a switch reflects.
 */
static void check_from_here(void **state)
{
	const struct kind *const kinds[] = { kind_named("ARP request for .11"),
					     kind_named("NS for ::12"), kind_named("mDNS") };

	(void)state;
	for (enum station from = NOBODY; from < MACS; from++) {
		for (const struct encap *e = encaps; e < encaps + encap_count; e = next_encap(e)) {
			for (int i = 0; i < 3; i++) {
				const struct kind *kind = kinds[i];
				bool asks = kind->question && !e->tag[1].tpid;
				enum station owner =
					asks ? address_owner(kind->address, e->vlan) : NOBODY;
				struct run r =
					run_of(RIG_XDP_GENERIC, e, kind, NULL, station_mac(from));
				struct expect given =
					expect_from_wire(&r, WIRE_OWNER, station_mac(owner));
				struct expect want = passes();

				rig_segment(e->vlan, HP_SEGMENT_HOST | HP_SEGMENT_CLOSED);
				rig_check(&r, from == NOBODY && asks ? &given : &want);
				r.prog = RIG_XDP;
				rig_check(&r, asks && owner != from ? &given : &want);
			}
		}
	}
}

/* The first buffer of BPF_PROG_RUN holds less than 4 KiB: the rest is in fragments. */
static void check_large(void **state)
{
	static const size_t sizes[] = { 1514, 3500, 4096, 5000, 9014 };

	(void)state;
	rig_segment(VLAN_A, HP_SEGMENT_HOST | HP_SEGMENT_CLOSED);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct run r = run_of(RIG_XDP, encap_untagged, &unicast_kinds[0],
				      station_mac(NOBODY), station_mac(NOBODY));
		struct run arp = run_of(RIG_XDP, encap_untagged, kind_named("ARP request for .11"),
					NULL, station_mac(NOBODY));
		struct expect want;

		snprintf(r.what, sizeof(r.what), "%zu bytes", sizes[i]);
		frame_pad(&r.frame, sizes[i]);
		want = foreign(&r);
		rig_check(&r, &want);
		memcpy(r.frame.data, station_mac(BRIDGE), ETH_ALEN);
		want = passes();
		rig_check(&r, &want);
		frame_pad(&arp.frame, sizes[i]);
		want = expect_from_wire(&arp, WIRE_OWNER, station_mac(BRIDGE));
		rig_check(&arp, &want);
	}
}

/* What has no bit is not looked for; what has one may be nobody all the same. */
static void check_filter(void **state)
{
	struct run to_bridge = run_of(RIG_XDP, encap_untagged, &unicast_kinds[0],
				      station_mac(BRIDGE), station_mac(NOBODY));
	struct run to_nobody = run_of(RIG_XDP, encap_untagged, &unicast_kinds[0],
				      station_mac(NOBODY), station_mac(NOBODY));
	struct run asks = run_of(RIG_XDP, encap_untagged, kind_named("ARP request for .11"), NULL,
				 station_mac(NOBODY));
	struct expect want = foreign(&to_bridge);

	(void)state;
	rig_segment(VLAN_A, HP_SEGMENT_HOST | HP_SEGMENT_CLOSED);
	memset(rig.filter, 0, sizeof(*rig.filter));
	rig_check(&to_bridge, &want);
	want = passes();
	rig_check(&asks, &want);

	memset(rig.filter, 0xff, sizeof(*rig.filter));
	rig_check(&to_bridge, &want);
	want = foreign(&to_nobody);
	rig_check(&to_nobody, &want);
	want = expect_from_wire(&asks, WIRE_OWNER, station_mac(BRIDGE));
	rig_check(&asks, &want);
}

void xdp_tests(void)
{
	static enum station to[MACS];

	for (enum station s = NOBODY; s < MACS; s++) {
		to[s] = s;
		suite_add(with_probe, check_station, &to[s], "XDP: unicast to %s", station_name(s));
	}
	suite_add(with_probe, check_flags, NULL, "XDP: only a closed segment has foreigners");
	suite_add(with_probe, check_each_vlan, NULL, "XDP: one segment is closed, others are not");
	suite_add(with_probe, check_other_vlan, NULL, "XDP: a station's MAC on another VLAN");
	suite_add(with_probe, check_alive, NULL, "XDP: foreign while hairpind lives");
	suite_add(with_probe, check_cut, NULL, "XDP: foreign, cut at every length");
	suite_add(with_probe, check_reserved, NULL, "XDP: reserved groups pass");
	suite_add(with_probe, check_from_here, NULL, "XDP: what comes from here, in either mode");
	suite_add(with_probe, check_filter, NULL, "XDP: the filter before fdb and neigh");
	suite_add(with_probe, check_large, NULL, "XDP: frames of several buffers");
}
