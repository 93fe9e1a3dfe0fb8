/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XDP endpoints by BPF_PROG_RUN: verdicts, and bytes where the program changes
 * them in place; frames that no device would send, and of more than one buffer.
 */
#include <netinet/ip.h>
#include <stdio.h>
#include <string.h>

#include <linux/bpf.h>

#include "ports.h"
#include "rig.h"
#include "suite.h"

/* ---- the program at the port */

static struct run at_port(const struct encap *e, const struct kind *kind)
{
	struct run r = run_of(RIG_PORT, e, kind, kind->dst[0] ? NULL : station_mac(NOBODY),
			      station_mac(PORT_1));

	r.ifindex = port_ifindex(PORT_1);
	return r;
}

static struct expect no_port(const struct run *r)
{
	struct expect e = { .verdict = SHOT };

	expect_reason(&e, r, HP_REASON_NO_PORT);
	return e;
}

/* In VLAN_A nothing changes; in VLAN_B the segment's tag is beside the frame, where none shows. */
static void check_port(void **state)
{
	(void)state;
	for (size_t i = 0; i < encap_count * unicast_kind_count * 2; i++) {
		const struct encap *e = &encaps[i / 2 % encap_count];
		struct run r = at_port(e, &unicast_kinds[i / 2 / encap_count]);
		struct expect want = { .verdict = REDIRECT };
		__u16 vlan = i % 2 ? VLAN_B : VLAN_A, tpid, tci;
		struct frame without = r.frame, inside = r.frame;

		ports_set_vlan(vlan);
		if (e->tag[0].tpid)
			assert_true(frame_take_tag(&without, &tpid, &tci));
		if (vlan && e->tag[0].tpid && !e->vlan) /* gives way to the segment's */
			want.left = &without;
		else if (vlan && e->metadata) /* becomes the inner one */
			want.left = &inside;
		rig_check(&r, &want);
	}
}

static void check_gso(void **state)
{
	(void)state;
	for (size_t i = 0; i < encap_count; i++) {
		struct run r = at_port(&encaps[i], &unicast_kinds[0]);
		struct run to_port = run_of(RIG_EGRESS_PORTS, &encaps[i], &unicast_kinds[0],
					    station_mac(PORT_1), station_mac(HOST));
		struct expect passes = { .verdict = REDIRECT }, want = { .verdict = REDIRECT };

		r.gso_segs = to_port.gso_segs = 44;
		ports_set_vlan(VLAN_A);
		rig_check(&r, &passes); /* it counts nothing: egress does */
		ports_put(encaps[i].vlan, 0);
		expect_stats(&want, &to_port, HOST, encaps[i].vlan, TX, PATH_PEER);
		expect_stats(&want, &to_port, PORT_1, encaps[i].vlan, RX, PATH_HOST);
		expect_reason(&want, &to_port, HP_REASON_HAIRPIN);
		rig_check(&to_port, &want);
	}
}

static void check_unknown_port(void **state)
{
	(void)state;
	for (size_t i = 0; i < encap_count; i++) {
		struct run r = at_port(&encaps[i], &unicast_kinds[0]);
		struct expect want = no_port(&r), passes = { .verdict = REDIRECT };

		r.ifindex = 0; /* the uplink, which is no port */
		rig_check(&r, &want);
		r.ifindex = port_ifindex(PORT_1);
		ports_set_vlan(VLAN_A);
		rig_check(&r, &passes);
		rig_port(port_ifindex(PORT_1), NULL);
		rig_check(&r, &want);
		rig_segment(VLAN_A, HP_SEGMENT_HOST);
	}
}

static void check_short(void **state)
{
	(void)state;
	for (size_t i = 0; i < encap_count; i++) {
		const struct encap *e = &encaps[i];
		struct run whole = at_port(e, &unicast_kinds[0]);

		for (size_t len = ETH_HLEN; !e->metadata && len < ETH_HLEN + 8; len++) {
			struct run r = whole;
			struct expect want = { .verdict = REDIRECT };

			r.frame.len = len;
			if (e->tag[0].tpid && len < ETH_HLEN + 4)
				want = no_port(&r);
			rig_check(&r, &want);
		}
	}
}

/* ---- XDP */

static const struct encap *next_in_frame(const struct encap *e)
{
	do
		e++;
	while (e < encaps + encap_count && e->metadata);
	return e;
}

static void set_segments(int flags, __u16 form)
{
	ports_put(VLAN_A, 0);
	ports_put(VLAN_B, form);
	rig_segment(VLAN_A, flags);
	rig_segment(VLAN_B, flags);
}

/* The frame without its tag, if the endpoint is to have it so, and what is counted then. */
static struct expect redirected(const struct run *r, enum station s, const struct encap *e,
				__u16 form, struct frame *left)
{
	struct expect want = { .verdict = XDP_REDIRECT, .left = left };
	struct run count = *r;
	__u16 tpid, tci;

	*left = r->frame;
	if (e->vlan && form)
		assert_true(frame_take_tag(left, &tpid, &tci));
	count.frame.len = left->len;
	expect_reason(&want, &count, HP_REASON_XDP_PORT);
	expect_stats(&want, &count, s, e->vlan, RX, PATH_WIRE);
	return want;
}

static const __u16 forms[] = { 0, HP_FDB_UNTAGGED };
static const enum rig_prog progs[] = { RIG_XDP_PORTS, RIG_XDP_PORTS_GENERIC };

/* Also the smallest frame that there is, and one with a trailer; generic XDP leaves it to tc. */
static void check_xdp(void **state)
{
	static const size_t lengths[] = { 0, 60, 64, 1518 };

	(void)state;
	for (int i = 0; i < 4 * 2 * 2; i++) {
		__u16 form = forms[i % 2];

		rig_reset();
		with_ports(NULL);
		set_segments(HP_SEGMENT_HOST | HP_SEGMENT_CLOSED, form);
		for (const struct encap *e = encaps; e < encaps + encap_count;
		     e = next_in_frame(e)) {
			for (enum station s = PORT_1; s < STATIONS; s++) {
				struct run r = run_of(progs[i / 2 % 2], e, &unicast_kinds[s % 4],
						      station_mac(s), station_mac(NOBODY));
				struct frame left;
				struct expect want;

				frame_pad(&r.frame, lengths[i / 4]);
				want = redirected(&r, s, e, form, &left);
				if (progs[i / 2 % 2] == RIG_XDP_PORTS_GENERIC)
					want = (struct expect){ .verdict = XDP_PASS };
				rig_check(&r, &want);
			}
		}
	}
}

/* Nothing but the headers: XDP sees them before anybody has looked how long a frame is. */
static void check_xdp_cut(void **state)
{
	(void)state;
	set_segments(HP_SEGMENT_HOST, HP_FDB_UNTAGGED);
	for (const struct encap *e = encaps; e < encaps + encap_count; e = next_in_frame(e)) {
		struct run whole = run_of(RIG_XDP_PORTS, e, &unicast_kinds[0], station_mac(PORT_1),
					  station_mac(NOBODY));

		for (size_t len = encap_header(e); len < encap_header(e) + 4; len++) {
			struct run r = whole;
			struct frame left;
			struct expect want;

			r.frame.len = len;
			want = redirected(&r, PORT_1, e, HP_FDB_UNTAGGED, &left);
			rig_check(&r, &want);
		}
	}
}

/* The first buffer of BPF_PROG_RUN holds less than 4 KiB: the rest is in fragments. */
static void check_xdp_large(void **state)
{
	static const size_t sizes[] = { 3500, 4096, 5000, 9018 };

	(void)state;
	set_segments(HP_SEGMENT_HOST, HP_FDB_UNTAGGED);
	for (size_t i = 0; i < 4; i++) {
		for (const struct encap *e = encaps; e < encaps + encap_count;
		     e = next_in_frame(e)) {
			struct run r = run_of(RIG_XDP_PORTS, e, &unicast_kinds[0],
					      station_mac(PORT_1), station_mac(NOBODY));
			size_t from = r.frame.len;
			struct frame left;
			struct expect want;

			frame_pad(&r.frame, sizes[i]);
			for (size_t at = from; at < sizes[i]; at++)
				r.frame.data[at] = at * 7;
			want = redirected(&r, PORT_1, e, HP_FDB_UNTAGGED, &left);
			rig_check(&r, &want);
		}
	}
}

static void check_xdp_no_device(void **state)
{
	struct expect passes = { .verdict = XDP_PASS };

	(void)state;
	set_segments(HP_SEGMENT_HOST | HP_SEGMENT_CLOSED, HP_FDB_UNTAGGED);
	rig_device(port_ifindex(PORT_2), false);
	for (const struct encap *e = encaps; e < encaps + encap_count; e = next_in_frame(e)) {
		struct run r = run_of(RIG_XDP_PORTS, e, &unicast_kinds[0], station_mac(PORT_2),
				      station_mac(NOBODY));
		struct frame left;
		struct expect other;

		rig_check(&r, &passes);
		memcpy(r.frame.data, station_mac(PORT_1), ETH_ALEN);
		other = redirected(&r, PORT_1, e, HP_FDB_UNTAGGED, &left);
		rig_check(&r, &other);
	}
}

/* What veth brings: of the skb's checksum that is to be done, nothing is left but the bytes. */
struct carried {
	const char *name;
	__u16 port; /* destination, where there is one */
	__u16 fragment;
	__u8 protocol;
	char sum; /* of a pseudo header alone, as if complete, zero */
	bool partial4, partial6;
};

#define PSEUDO 'p'
#define WHOLE 'w'
#define ZERO '0'

static const struct carried carried[] = {
	{ "TCP to be done", 80, 0, IPPROTO_TCP, PSEUDO, true, true },
	{ "TCP", 80, 0, IPPROTO_TCP, WHOLE, false, false },
	{ "UDP to be done", 53, 0, IPPROTO_UDP, PSEUDO, true, true },
	{ "UDP", 53, 0, IPPROTO_UDP, WHOLE, false, false },
	{ "UDP without a checksum", 53, 0, IPPROTO_UDP, ZERO, true, true },
	{ "VXLAN", 4789, 0, IPPROTO_UDP, WHOLE, true, true },
	{ "VXLAN, Linux' own port", 8472, 0, IPPROTO_UDP, WHOLE, true, true },
	{ "GENEVE", 6081, 0, IPPROTO_UDP, WHOLE, true, true },
	{ "TCP to the port of VXLAN", 4789, 0, IPPROTO_TCP, WHOLE, false, false },
	{ "a first fragment", 53, IP_MF, IPPROTO_UDP, PSEUDO, false, true },
	{ "a last fragment", 53, 185, IPPROTO_UDP, PSEUDO, false, true },
	{ "SCTP", 0, 0, IPPROTO_SCTP, WHOLE, true, true },
	{ "IPIP", 0, 0, IPPROTO_IPIP, WHOLE, true, true },
	{ "SIT", 0, 0, IPPROTO_IPV6, WHOLE, true, true },
	{ "GRE", 0, 0, IPPROTO_GRE, WHOLE, true, true },
	{ "ICMP", 0, 0, IPPROTO_ICMP, WHOLE, false, true },
	{ "IGMP", 0, 0, IPPROTO_IGMP, WHOLE, false, true },
	{ "ICMPv6", 0, 0, IPPROTO_ICMPV6, WHOLE, true, false },
	{ "an IPv6 fragment", 0, 0, IPPROTO_FRAGMENT, WHOLE, true, false },
};

#define CARRIED (sizeof(carried) / sizeof(carried[0]))
#define L4_LENGTH 40

/* RFC 9293 3.1, RFC 768, RFC 8200 8.1 */
static void build_l4(struct frame *f, const struct carried *c, const __u8 *ips, size_t length)
{
	__u32 sum = c->protocol + L4_LENGTH;
	__u8 l4[L4_LENGTH] = { 0x40, 0x01, c->port >> 8, c->port };
	__u8 *check = &l4[c->protocol == IPPROTO_TCP ? 16 : 6];

	for (size_t i = 0; i < length; i += 2)
		sum += ips[i] << 8 | ips[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	if (c->sum != PSEUDO)
		sum = c->sum == WHOLE ? sum ^ 0x0100 : 0;
	check[0] = sum >> 8;
	check[1] = sum;
	frame_bytes(f, l4, sizeof(l4));
}

static void build_carried(struct frame *f, const struct carried *c, bool ip6)
{
	static const __u8 ips[32] = { 192, 168, 14, 2, 192, 168, 14, 21, 0xfe, 0xdc, 0xba };
	const struct iphdr ip = { .version = 4,
				  .ihl = 5,
				  .tot_len = htons(sizeof(ip) + L4_LENGTH),
				  .frag_off = htons(c->fragment),
				  .ttl = 64,
				  .protocol = c->protocol };
	const __u8 header[8] = { 0x60, 0, 0, 0, 0, L4_LENGTH, c->protocol, 64 };

	if (ip6)
		frame_bytes(f, header, sizeof(header));
	else
		frame_bytes(f, &ip, sizeof(ip) - 8);
	frame_bytes(f, ips, ip6 ? 32 : 8);
	build_l4(f, c, ips, ip6 ? 32 : 8);
}

/* On a veth, tc gets what it might spoil; on a NIC, all is complete. */
static void check_xdp_partial(void **state)
{
	(void)state;
	for (size_t i = 0; i < CARRIED * 2 * 2; i++) {
		const struct carried *c = &carried[i / 4];
		bool ip6 = i % 2, veth = i / 2 % 2, partial = ip6 ? c->partial6 : c->partial4;

		rig_reset();
		with_ports(NULL);
		set_segments(HP_SEGMENT_HOST, HP_FDB_UNTAGGED);
		for (const struct encap *e = encaps; e < encaps + encap_count;
		     e = next_in_frame(e)) {
			struct run r =
				run_of(veth ? RIG_XDP_PORTS_VETH : RIG_XDP_PORTS, e,
				       &unicast_kinds[0], station_mac(PORT_1), station_mac(NOBODY));
			struct frame left;
			struct expect want;

			snprintf(r.what, sizeof(r.what), "%s, IPv%d, %s", c->name, ip6 ? 6 : 4,
				 e->name);
			r.frame.len = encap_header(e) - 2;
			frame_type(&r.frame, ip6 ? ETH_P_IPV6 : ETH_P_IP);
			build_carried(&r.frame, c, ip6);
			want = redirected(&r, PORT_1, e, HP_FDB_UNTAGGED, &left);
			if (veth &&
			    (partial || e->tag[1].tpid)) /* an inner tag may be before anything */
				want = (struct expect){ .verdict = XDP_PASS };
			rig_check(&r, &want);
		}
	}
}

/* On a VLAN that it is not in, its MAC is nobody's. */
static void check_xdp_other_vlan(void **state)
{
	struct expect passes = { .verdict = XDP_PASS };

	(void)state;
	ports_put(VLAN_B, HP_FDB_UNTAGGED);
	rig_segment(VLAN_A, HP_SEGMENT_HOST);
	rig_segment(VLAN_B, HP_SEGMENT_HOST);
	for (const struct encap *e = encaps; e < encaps + encap_count; e = next_in_frame(e)) {
		struct run r = run_of(RIG_XDP_PORTS, e, &unicast_kinds[0], station_mac(PORT_1),
				      station_mac(NOBODY));
		struct frame left;
		struct expect want = redirected(&r, PORT_1, e, HP_FDB_UNTAGGED, &left);

		rig_check(&r, e->vlan == VLAN_B ? &want : &passes);
	}
}

/* A question: by programs that know of ports to the port, by others to nobody but the MAC. */
static void check_xdp_question(void **state)
{
	static const char *const kinds[] = { "ARP request for a free address",
					     "NS for a free address",
					     "padded ARP request for .11" };

	(void)state;
	for (int i = 0; i < 3 * 2 * 3; i++) {
		const struct kind *kind = kind_named(kinds[i % 3]);
		__u16 form = forms[i / 3 % 2];
		int way = i / 6; /* redirected; not in `devices`; by a program without ports */

		for (const struct encap *e = encaps; e < encaps + encap_count;
		     e = next_in_frame(e)) {
			struct run r = run_of(way == 2 ? RIG_XDP : RIG_XDP_PORTS, e, kind, NULL,
					      station_mac(NOBODY));
			struct hp_neigh owner = rig_neigh_of(PORT_1, e->vlan);
			struct expect want;
			struct frame left;

			if (e->tag[1].tpid)
				continue;
			rig_reset();
			with_ports(NULL);
			set_segments(HP_SEGMENT_HOST, form);
			rig_neigh(e->vlan, kind->address, &owner);
			rig_device(port_ifindex(PORT_1), way != 1);
			want = expect_from_wire(&r, WIRE_OWNER, station_mac(PORT_1));
			if (!way) {
				struct expect to_port = redirected(&r, PORT_1, e, form, &left);

				memcpy(left.data, station_mac(PORT_1), ETH_ALEN);
				want.verdict = to_port.verdict;
				want.left = &left;
			}
			rig_check(&r, &want);
		}
	}
}

/* ---- other kinds: a port is an XDP endpoint's alone */

static void check_other_kinds(void **state)
{
	static const enum hp_kind kinds[] = { HP_KIND_MACVLAN, HP_KIND_MACVTAP, HP_KIND_IPVLAN };

	(void)state;
	for (size_t i = 0; i < 3 * encap_count; i++) {
		const struct encap *e = &encaps[i / 3];
		struct hp_fdb fdb = station_fdb(BRIDGE, e->vlan);
		struct run in = run_of(RIG_INGRESS_PORTS, e, &unicast_kinds[0], station_mac(BRIDGE),
				       station_mac(NOBODY));
		struct run out = run_of(RIG_EGRESS_PORTS_REFLECT, e, &unicast_kinds[0],
					station_mac(BRIDGE), station_mac(BRIDGE_2));
		struct expect passes = { .verdict = UNSPEC }, at_xdp = { .verdict = XDP_PASS };
		struct expect stays = { .verdict = UNSPEC };

		fdb.kind = kinds[i % 3];
		fdb.port = port_ifindex(PORT_1);
		rig_fdb(e->vlan, station_mac(BRIDGE), &fdb);
		expect_reason(&passes, &in, HP_REASON_WIRE_IN);
		expect_stats(&passes, &in, BRIDGE, e->vlan, RX, PATH_WIRE);
		rig_check(&in, &passes);
		expect_reason(&stays, &out, HP_REASON_TO_WIRE);
		expect_stats(&stays, &out, BRIDGE_2, e->vlan, TX, PATH_WIRE);
		rig_check(&out, &stays);
		if (e->metadata)
			continue;
		in.prog = RIG_XDP_PORTS;
		rig_check(&in, &at_xdp);
	}
}

void port_run_tests(void)
{
	suite_add(with_ports_and_probe, check_port, NULL, "port: any frame, on either segment");
	suite_add(with_ports_and_probe, check_gso, NULL, "port: GSO counts segments, at egress");
	suite_add(with_ports_and_probe, check_unknown_port, NULL, "port: a device that is none");
	suite_add(with_ports_and_probe, check_short, NULL, "port: cut in its tag");
	suite_add(with_ports_and_probe, check_xdp, NULL, "port, XDP: unicast to an XDP endpoint");
	suite_add(with_ports_and_probe, check_xdp_cut, NULL, "port, XDP: headers alone");
	suite_add(with_ports_and_probe, check_xdp_large, NULL, "port, XDP: several buffers");
	suite_add(with_ports_and_probe, check_xdp_no_device, NULL,
		  "port, XDP: one that takes no redirected frames");
	suite_add(with_ports_and_probe, check_xdp_partial, NULL,
		  "port, XDP: checksums that are still to be done");
	suite_add(with_ports_and_probe, check_xdp_other_vlan, NULL, "port, XDP: on another VLAN");
	suite_add(with_ports_and_probe, check_xdp_question, NULL, "port, XDP: questions");
	suite_add(with_ports_and_probe, check_other_kinds, NULL, "port: no other kind has one");
}
