/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The programs on a device, both at once: what BPF_PROG_RUN cannot show.
 *
 *     egress:  set -> hairpin_egress -> egress_end -> wire
 *     ingress: ingress_begin -> hairpin_ingress -> ingress_end
 *
 * Where frames go (the wire, the uplink's receive path, both), how many there
 * are, what they carry besides bytes, and that what egress has turned round
 * ingress neither counts again nor leaves tagged.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <net/if.h>

#include "chain.h"
#include "rig.h"
#include "suite.h"

#include "harness.skel.h"

#define OTHER_INDEX 0x1234 /* a tc_index that somebody else may have set */

static void attach_or_skip(enum attached attached)
{
	int err = chain_attach(attached);

	if (err == -EINVAL && attached == TCX) {
		print_message("# skipped: this kernel has no tcx (Linux 6.6 and later)\n");
		skip();
	}
	if (err == -EOPNOTSUPP && attached == XDP_IN_DRIVER_TAG) {
		print_message("# skipped: veth has no word for tags (Linux 6.8 and later)\n");
		skip();
	}
	if (err)
		fail_msg("attach: %s", strerror(-err));
}

static void set_segments(void)
{
	rig_segment(VLAN_A, HP_SEGMENT_HOST);
	rig_segment(VLAN_B, HP_SEGMENT_HOST);
}

/* The type that eth_type_trans() gives a frame on the uplink. */
static __u32 packet_type(const struct frame *f)
{
	static const __u8 all[ETH_ALEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	if (!memcmp(f->data, all, ETH_ALEN))
		return PACKET_BROADCAST;
	if (f->data[0] & 1)
		return PACKET_MULTICAST;
	return memcmp(f->data, station_mac(HOST), ETH_ALEN) ? PACKET_OTHERHOST : PACKET_HOST;
}

/* Sentinels pass the programs as well, and are addressed to nobody. */
static void expect_sentinel(struct expect *e, enum hp_reason reason)
{
	e->counters.reasons[reason].packets++;
	e->counters.reasons[reason].bytes += LAB_SENTINEL_LEN;
}

static void check_arrived(const char *what, const char *where, const struct lab_arrived *arrived,
			  const struct frame *want)
{
	if (arrived->count != (want ? 1 : 0))
		fail_msg("%s: %zu frames at the %s", what, arrived->count, where);
	if (want && !frame_equal(&arrived->frames[0], want)) {
		frame_print("got", &arrived->frames[0]);
		frame_print("expected", want);
		fail_msg("%s: what arrived at the %s", what, where);
	}
}

static const struct harness_seen *seen_once(enum harness_point point)
{
	const struct harness_log *log = &rig.harness->bss->seen[point];

	assert_int_equal(log->count, 1);
	assert_int_equal(log->frames[0].mark, MARK);
	return &log->frames[0];
}

static void check_seen_at_ingress(const struct expect *want)
{
	__u32 type = packet_type(&want->copy);
	const struct harness_seen *begin, *end;

	if (!want->copied) {
		assert_int_equal(rig.harness->bss->seen[HARNESS_INGRESS_BEGIN].count, 0);
		return;
	}
	begin = seen_once(HARNESS_INGRESS_BEGIN);
	end = seen_once(HARNESS_INGRESS_END);
	assert_int_equal(begin->tc_index, want->copy_tag);
	assert_int_equal(begin->pkt_type, type);
	assert_int_equal(end->tc_index, 0);
	assert_int_equal(end->pkt_type, want->copy_tag == TAG_ECHO ? PACKET_OTHERHOST : type);
	assert_int_equal(end->vlan_present, begin->vlan_present);
	assert_int_equal(end->vlan_tci, begin->vlan_tci);
	assert_int_equal(end->len, begin->len);
}

static void check_seen_at_egress(const struct run *r, const struct expect *want)
{
	const struct harness_given *given = (void *)&rig.harness->bss->given;
	const struct harness_seen *end;

	if (want->verdict == REDIRECT) {
		assert_int_equal(rig.harness->bss->seen[HARNESS_EGRESS_END].count, 0);
		return;
	}
	end = seen_once(HARNESS_EGRESS_END);
	assert_int_equal(end->tc_index, r->tc_index);
	assert_int_equal(end->vlan_present, r->metadata);
	assert_int_equal(end->vlan_tci, r->metadata ? given->vlan_tci : 0);
	assert_int_equal(end->len, run_length(r));
}

static void send_from_uplink(const struct run *r)
{
	struct frame in = rig_give(r, &r->frame, r->metadata);

	lab_send(rig.lab.uplink.tap, &in);
}

/* What is redirected is expected as the copy, and not on the wire. */
static void check_sent(const struct run *r, struct expect *want)
{
	struct lab_arrived arrived;
	struct counters counters;

	send_from_uplink(r);
	lab_collect(&rig.lab.uplink, &rig.lab.wire, &arrived);
	check_arrived(r->what, "uplink", &arrived, want->copied ? &want->copy : NULL);
	lab_collect(&rig.lab.wire, &rig.lab.uplink, &arrived);
	check_arrived(r->what, "wire", &arrived, want->verdict == REDIRECT ? NULL : &r->frame);
	check_seen_at_ingress(want);
	check_seen_at_egress(r, want);
	expect_sentinel(want, HP_REASON_NOT_LOCAL);
	expect_sentinel(want, HP_REASON_TO_WIRE);
	rig_read_counters(&counters);
	rig_compare_counters(r->what, &counters, &want->counters);
}

enum outcome { TO_WIRE, TURNED, STEERED, FLOODED, COPIED, HOST_ONLY, NOT_COPIED };

struct scene {
	const char *name;
	enum station from;
	enum station to; /* NOBODY and a group kind: to the group */
	const char *kind;
	enum outcome outcome;
};

static const struct scene scenes[] = {
	{ "host to bridge", HOST, BRIDGE, "UDP", TURNED },
	{ "host to private", HOST, PRIVATE, "UDP over IPv6", TURNED },
	{ "vepa to host", VEPA, HOST, "UDP", TURNED },
	{ "host to nobody", HOST, NOBODY, "UDP", TO_WIRE },
	{ "vepa to bridge, reflect off", VEPA, BRIDGE, "UDP", TO_WIRE },
	{ "ARP of the host for an endpoint", HOST, NOBODY, "ARP request for .11", STEERED },
	{ "NS of the host for an endpoint", HOST, NOBODY, "NS for ::11", STEERED },
	{ "ARP of the host for a free address", HOST, NOBODY, "ARP request for a free address",
	  FLOODED },
	{ "mDNS of the host", HOST, NOBODY, "mDNS", FLOODED },
	{ "DHCP of a bridge endpoint", BRIDGE, NOBODY, "DHCP discover", COPIED },
	{ "mDNS of a bridge endpoint", BRIDGE, NOBODY, "mDNS over IPv6", COPIED },
	{ "mDNS of a private endpoint", PRIVATE, NOBODY, "mDNS", HOST_ONLY },
	{ "DHCP of a shim", SHIM_BRIDGE, NOBODY, "DHCP discover", NOT_COPIED },
};

#define SCENES (sizeof(scenes) / sizeof(scenes[0]))

static void expect_outcome(struct expect *want, const struct run *r, const struct scene *scene,
			   const struct encap *e)
{
	enum outcome outcome = scene->outcome;
	enum path tx = PATH_WIRE;

	if (outcome == STEERED && e->tag[1].tpid)
		outcome = FLOODED;
	switch (outcome) {
	case TURNED:
		tx = scene->to == HOST ? PATH_HOST : PATH_PEER;
		want->verdict = REDIRECT;
		expect_stats(want, r, scene->to, e->vlan, RX,
			     scene->to == HOST ? PATH_PEER : PATH_HOST);
		expect_copy(want, r, TAG_TURNED, NULL);
		expect_reason(want, r, HP_REASON_HAIRPIN);
		break;
	case STEERED:
		expect_copy(want, r, TAG_TURNED,
			    station_mac(address_owner(kind_named(scene->kind)->address, e->vlan)));
		expect_reason(want, r, HP_REASON_HOST_STEER);
		break;
	case FLOODED:
		expect_copy(want, r, TAG_ECHO, NULL);
		expect_reason(want, r, HP_REASON_HOST_FLOOD);
		break;
	case COPIED:
		expect_copy(want, r, TAG_TURNED, NULL);
		expect_reason(want, r, HP_REASON_ENDPOINT_FLOOD);
		break;
	case HOST_ONLY:
		expect_copy(want, r, TAG_TURNED, station_mac(HOST));
		expect_reason(want, r, HP_REASON_TO_HOST);
		break;
	case TO_WIRE:
		expect_reason(want, r, HP_REASON_TO_WIRE);
		break;
	case NOT_COPIED:
		break;
	}
	expect_stats(want, r, scene->from, e->vlan, TX, tx);
}

struct cell {
	enum attached attached;
	const struct scene *scene;
};

static void check_scene(void **state)
{
	static const __u16 indexes[] = { 0, OTHER_INDEX };
	const struct cell *cell = *state;
	const struct scene *scene = cell->scene;
	const struct kind *kind = kind_named(scene->kind);

	attach_or_skip(cell->attached);
	set_segments();
	for (size_t i = 0; i < 2 * encap_count; i++) {
		const struct encap *e = &encaps[i / 2];
		struct run r =
			run_of(RIG_EGRESS, e, kind, kind->dst[0] ? NULL : station_mac(scene->to),
			       station_mac(scene->from));
		struct expect want = expect_nothing();

		r.tc_index = indexes[i % 2];
		expect_outcome(&want, &r, scene, e);
		check_sent(&r, &want);
	}
}

/* What comes in untagged by the egress program keeps its type, and is counted. */
static void check_from_wire(const struct run *r, struct expect *want)
{
	const struct harness_seen *end;
	struct lab_arrived arrived;
	struct counters counters;

	memset(rig.harness->bss->seen, 0, sizeof(rig.harness->bss->seen));
	rig_zero_counters();
	lab_send(rig.lab.wire.tap, &r->frame);
	lab_collect(&rig.lab.uplink, &rig.lab.wire, &arrived);
	check_arrived(r->what, "uplink", &arrived, &r->frame);
	assert_int_equal(rig.harness->bss->seen[HARNESS_INGRESS_END].count, 1);
	end = &rig.harness->bss->seen[HARNESS_INGRESS_END].frames[0];
	assert_int_equal(end->tc_index, 0);
	assert_int_equal(end->pkt_type, packet_type(&r->frame));
	expect_sentinel(want, HP_REASON_NOT_LOCAL);
	rig_read_counters(&counters);
	rig_compare_counters(r->what, &counters, &want->counters);
}

/* The receive path has taken the tag out by the time that tc ingress counts. */
static struct run received(const struct encap *e, const struct kind *kind, enum station to)
{
	struct run r = run_of(RIG_INGRESS, e, kind, kind->dst[0] ? NULL : station_mac(to),
			      station_mac(NOBODY));

	r.metadata = e->tag[0].tpid;
	return r;
}

static void check_wire(void **state)
{
	const struct cell *cell = *state;

	attach_or_skip(cell->attached);
	for (size_t i = 0; i < 3 * encap_count; i++) {
		static const enum station to[] = { HOST, VEPA, NOBODY };
		const struct encap *e = &encaps[i / 3];
		struct run r = received(e, kind_named("UDP"), to[i % 3]);
		struct expect want = expect_nothing();

		expect_stats(&want, &r, to[i % 3], e->vlan, RX, PATH_WIRE);
		expect_reason(&want, &r,
			      to[i % 3] == NOBODY ? HP_REASON_NOT_LOCAL : HP_REASON_WIRE_IN);
		check_from_wire(&r, &want);
	}
	for (size_t i = 0; i < group_kind_count * encap_count; i++) {
		struct run r =
			received(&encaps[i % encap_count], &group_kinds[i / encap_count], NOBODY);
		struct expect want = expect_nothing();

		expect_reason(&want, &r, HP_REASON_WIRE_GROUP);
		check_from_wire(&r, &want);
	}
}

/* The uplink's own stack: a protocol's packet socket stands behind tc ingress. */
static void check_stack(void **state)
{
	static const struct {
		enum station from;
		int type;
	} senders[] = { { HOST, PACKET_OTHERHOST },
			{ BRIDGE, PACKET_BROADCAST },
			{ PRIVATE, PACKET_HOST } };
	const struct cell *cell = *state;
	int stack = lab_packet_socket(rig.lab.uplink.ifindex, ETH_P_ARP);
	struct lab_arrived arrived;
	struct frame f;

	attach_or_skip(cell->attached);
	set_segments();
	for (size_t i = 0; i < sizeof(senders) / sizeof(senders[0]); i++) {
		struct run r = run_of(RIG_EGRESS, encap_untagged,
				      kind_named("ARP request for a free address"), NULL,
				      station_mac(senders[i].from));

		send_from_uplink(&r);
		assert_int_equal(lab_receive(stack, &f), senders[i].type);
		lab_collect(&rig.lab.uplink, &rig.lab.wire, &arrived);
		lab_collect(&rig.lab.wire, &rig.lab.uplink, &arrived);
		assert_int_equal(recv(stack, f.data, sizeof(f.data), 0), -1);
		assert_int_equal(errno, EAGAIN);
	}
	close(stack);
}

#define PORT 4001
#define DATAGRAM 32

static int broadcast_socket(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on)), 0);
	assert_int_equal(
		setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, LAB_UPLINK, sizeof(LAB_UPLINK)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
	return fd;
}

/* How often a datagram that the host broadcasts comes back to the host. */
static int broadcast_heard(void)
{
	struct sockaddr_in all = { .sin_family = AF_INET,
				   .sin_port = htons(PORT),
				   .sin_addr.s_addr = INADDR_BROADCAST };
	char data[DATAGRAM] = "broadcast";
	struct lab_arrived arrived;
	int fd = broadcast_socket(), heard = 0;

	sendto(fd, data, sizeof(data), 0, (struct sockaddr *)&all, sizeof(all));
	lab_collect(&rig.lab.uplink, &rig.lab.wire, &arrived);
	lab_collect(&rig.lab.wire, &rig.lab.uplink, &arrived);
	while (recv(fd, data, sizeof(data), 0) == sizeof(data))
		heard++;
	close(fd);
	return heard;
}

/*
 * The IP layer hands the host its own broadcast by dev_loopback_xmit(): a frame
 * whose MAC header is not one. BPF_PROG_RUN cannot make it, as eth_type_trans()
 * sets the type there and bpf_skb_change_type() refuses PACKET_LOOPBACK.
 */
static void check_loopback(void **state)
{
	const struct cell *cell = *state;
	struct run sent = { .frame.len = ETH_HLEN + 20 + 8 + DATAGRAM };
	struct run looped = { .frame.len = 20 + 8 + DATAGRAM };
	struct expect want = expect_nothing();
	struct counters counters;
	int heard;

	attach_or_skip(cell->attached);
	set_segments();
	memset((void *)&rig.harness->bss->given, 0, sizeof(rig.harness->bss->given));
	lab_run("ip addr add " HOST_IP "/24 dev " LAB_UPLINK);
	rig_zero_counters();
	heard = broadcast_heard();
	rig_read_counters(&counters);
	lab_run("ip addr del " HOST_IP "/24 dev " LAB_UPLINK);
	assert_int_equal(heard, 1);
	expect_stats(&want, &sent, HOST, VLAN_A, TX, PATH_WIRE);
	expect_reason(&want, &sent, HP_REASON_HOST_FLOOD);
	expect_reason(&want, &looped, HP_REASON_LOOPBACK);
	expect_sentinel(&want, HP_REASON_NOT_LOCAL);
	expect_sentinel(&want, HP_REASON_TO_WIRE);
	rig_compare_counters("broadcast of the host", &counters, &want.counters);
}

/* A macvlan takes the place of BRIDGE, on the tap that is returned. */
static int add_macvlan(void)
{
	const __u8 *m = station_mac(BRIDGE);
	char command[256];

	snprintf(command, sizeof(command),
		 "ip link add mv link " LAB_UPLINK
		 " address %02x:%02x:%02x:%02x:%02x:%02x type macvlan mode bridge"
		 " && ip link set mv allmulticast on up",
		 m[0], m[1], m[2], m[3], m[4], m[5]);
	lab_run(command);
	return lab_packet_socket(if_nametoindex("mv"), ETH_P_ALL);
}

/* A broadcast from the wire: it has to be the next thing that @mv gets. */
static bool next_is_marker(int mv)
{
	struct run marker =
		run_of(RIG_INGRESS, encap_untagged, kind_named("ARP request for a free address"),
		       NULL, station_mac(NOBODY));
	struct frame f;

	lab_send(rig.lab.wire.tap, &marker.frame);
	return lab_receive(mv, &f) == PACKET_BROADCAST && frame_equal(&f, &marker.frame);
}

struct delivery {
	const char *what;
	const char *kind;
	bool unicast;
	int type;
};

static bool is_delivered_once(int mv, const struct delivery *d)
{
	struct run r = run_of(RIG_EGRESS, encap_untagged, kind_named(d->kind),
			      d->unicast ? station_mac(BRIDGE) : NULL, station_mac(HOST));
	struct frame want = r.frame, f;

	if (d->type == PACKET_HOST)
		memcpy(want.data, station_mac(BRIDGE), ETH_ALEN);
	send_from_uplink(&r);
	return lab_receive(mv, &f) == d->type && frame_equal(&f, &want) && next_is_marker(mv);
}

/* What a real endpoint gets of all this: each frame once, and none of its own. */
static void check_macvlan(void **state)
{
	static const struct delivery deliveries[] = {
		{ "unicast of the host", "UDP", true, PACKET_HOST },
		{ "ARP of the host for it", "ARP request for .11", false, PACKET_HOST },
		{ "NS of the host for it", "NS for ::11", false, PACKET_HOST },
		{ "ARP of the host for another", "ARP request for a free address", false,
		  PACKET_BROADCAST },
		{ "mDNS of the host", "mDNS", false, PACKET_MULTICAST },
	};
	const struct cell *cell = *state;
	struct lab_arrived arrived;
	struct run own =
		run_of(RIG_EGRESS, encap_untagged, kind_named("ARP request for a free address"),
		       NULL, station_mac(BRIDGE));
	const char *wrong = NULL;
	int mv;

	attach_or_skip(cell->attached);
	set_segments();
	mv = add_macvlan();
	for (size_t i = 0; i < sizeof(deliveries) / sizeof(deliveries[0]); i++) {
		if (!is_delivered_once(mv, &deliveries[i]))
			wrong = deliveries[i].what;
		lab_collect(&rig.lab.uplink, &rig.lab.wire, &arrived);
		lab_collect(&rig.lab.wire, &rig.lab.uplink, &arrived);
	}
	lab_send(mv, &own.frame);
	if (!next_is_marker(mv))
		wrong = "its own frame came back";
	close(mv);
	lab_run("ip link del mv");
	lab_collect(&rig.lab.uplink, &rig.lab.wire, &arrived);
	if (wrong)
		fail_msg("%s", wrong);
	assert_int_equal(arrived.count, 2); /* the copy, and the marker */
	assert_true(frame_equal(&arrived.frames[0], &own.frame));
	lab_collect(&rig.lab.wire, &rig.lab.uplink, &arrived);
	check_arrived("frame of a macvlan", "wire", &arrived, &own.frame);
}

/*
 * veth gives a frame its type before its XDP program sees it, and then once more;
 * but eth_type_trans() leaves the type of what is for the device itself as it is.
 */
static bool is_type(enum attached attached, const struct frame *f, int type)
{
	bool in_driver = attached == XDP_IN_DRIVER || attached == XDP_IN_DRIVER_TAG;

	return type == (int)packet_type(f) ||
	       (in_driver && packet_type(f) == PACKET_HOST && type == PACKET_BROADCAST);
}

/* The uplink's stack, behind tc ingress: what it is given, and as what. */
static void check_at_stack(const char *what, enum attached attached, int stack,
			   const struct frame *want)
{
	struct frame f;
	int type = lab_receive(stack, &f);

	if (!is_type(attached, want, type))
		fail_msg("%s: type %d at the stack", what, type);
	if (frame_equal(&f, want))
		return;
	frame_print("got", &f);
	frame_print("expected", want);
	fail_msg("%s: at the stack", what);
}

struct asked {
	const char *kind;
	int flags;
	enum wire_outcome outcome;
};

static const struct asked asked[] = {
	{ "ARP request for .11", HP_SEGMENT_HOST, WIRE_OWNER },
	{ "ARP request for .13", HP_SEGMENT_HOST, WIRE_OWNER },
	{ "padded ARP request for .11", HP_SEGMENT_HOST, WIRE_OWNER },
	{ "ARP request for a free address", HP_SEGMENT_HOST, WIRE_PASS },
	{ "ARP request for a free address", HP_SEGMENT_HOST | HP_SEGMENT_KNOWN_IPV4, WIRE_HOST },
	{ "ARP request for a free address",
	  HP_SEGMENT_HOST | HP_SEGMENT_KNOWN_IPV4 | HP_SEGMENT_CLOSED, WIRE_FOREIGN_ARP },
	{ "gratuitous ARP of the host", HP_SEGMENT_HOST, WIRE_PASS },
	{ "ARP reply to all", HP_SEGMENT_HOST, WIRE_PASS },
};

/* In XDP, and then at tc ingress, for which what was given is unicast from the wire. */
static void expect_asked(struct expect *want, const struct run *r, enum station owner)
{
	if (!rig_is_xdp(r->prog))
		return;
	if (want->given) {
		expect_reason(want, r, HP_REASON_WIRE_IN);
		expect_stats(want, r, owner, VLAN_A, RX, PATH_WIRE);
	} else if (want->verdict == XDP_PASS) {
		expect_reason(want, r, HP_REASON_WIRE_GROUP);
	}
}

/* A sentinel would be a stranger to a closed segment; a reply is news for all. */
static void check_one_asked(enum attached attached, const struct asked *a, int stack)
{
	const struct kind *kind = kind_named(a->kind);
	enum rig_prog prog = attached >= XDP_IN_DRIVER ? RIG_XDP : RIG_INGRESS;
	struct run r = run_of(prog, encap_untagged, kind, NULL, station_mac(NOBODY));
	struct run marker = run_of(RIG_INGRESS, encap_untagged, kind_named("ARP reply to all"),
				   NULL, station_mac(BRIDGE));
	enum station owner = a->outcome == WIRE_HOST ? HOST : address_owner(kind->address, VLAN_A);
	struct expect want = expect_from_wire(&r, a->outcome, station_mac(owner));
	struct frame at_stack = r.frame;
	struct counters counters;

	rig_segment(VLAN_A, a->flags);
	rig_zero_counters();
	lab_send(rig.lab.wire.tap, &r.frame);
	lab_send(rig.lab.wire.tap, &marker.frame);
	if (want.given)
		memcpy(at_stack.data, want.given, ETH_ALEN);
	if (a->outcome != WIRE_FOREIGN_ARP)
		check_at_stack(r.what, attached, stack, &at_stack);
	check_at_stack("marker", attached, stack, &marker.frame);
	expect_asked(&want, &r, owner);
	expect_reason(&want, &marker, HP_REASON_WIRE_GROUP);
	rig_read_counters(&counters);
	rig_compare_counters(r.what, &counters, &want.counters);
}

/*
 * Questions from the wire, in all that the uplink's stack sees of them: one frame
 * to the owner's MAC, of the type that it would have had from the driver.
 */
static void check_asked(void **state)
{
	const struct cell *cell = *state;
	int stack = lab_packet_socket(rig.lab.uplink.ifindex, ETH_P_ARP);

	attach_or_skip(cell->attached);
	memset((void *)&rig.harness->bss->given, 0, sizeof(rig.harness->bss->given));
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
		check_one_asked(cell->attached, &asked[i], stack);
	close(stack);
}

/* Of two macvlans one is asked: it alone hears of it. */
static void check_macvlan_asked(void **state)
{
	const struct cell *cell = *state;
	struct run r = run_of(RIG_INGRESS, encap_untagged, kind_named("ARP request for .11"), NULL,
			      station_mac(NOBODY));
	struct frame want = r.frame, f = { .len = 0 };
	struct lab_arrived arrived;
	bool first, second;
	int mv, other;

	attach_or_skip(cell->attached);
	set_segments();
	mv = add_macvlan();
	lab_run("ip link add mv2 link " LAB_UPLINK " address 02:00:00:00:00:12 type macvlan mode "
		"bridge && ip link set mv2 allmulticast on up");
	other = lab_packet_socket(if_nametoindex("mv2"), ETH_P_ALL);
	memcpy(want.data, station_mac(BRIDGE), ETH_ALEN);
	lab_send(rig.lab.wire.tap, &r.frame);
	first = lab_receive(mv, &f) == PACKET_HOST && frame_equal(&f, &want) && next_is_marker(mv);
	second = lab_receive(other, &f) == PACKET_BROADCAST && !frame_equal(&f, &r.frame);
	close(mv);
	close(other);
	lab_run("ip link del mv && ip link del mv2");
	lab_collect(&rig.lab.uplink, &rig.lab.wire, &arrived);
	assert_true(first);
	assert_true(second);
}

/* The frame goes out with its tag in the payload, or in the metadata. */
static void send_tagged(const struct run *r, const struct encap *e)
{
	struct harness_given given = {};
	struct frame in = r->frame;
	__u16 tpid, tci;

	if (e->metadata) {
		assert_true(frame_take_tag(&in, &tpid, &tci));
		given.vlan_tpid = tpid;
		given.vlan_tci = tci;
	}
	memset(rig.harness->bss->seen, 0, sizeof(rig.harness->bss->seen));
	memcpy((void *)&rig.harness->bss->given, &given, sizeof(given));
	rig_zero_counters();
	lab_send(rig.lab.wire.tap, &in);
}

static void check_tagged(const struct encap *e, const struct run *r, const struct expect *want)
{
	bool dropped = want->verdict == XDP_DROP;
	struct frame at_tap = r->frame;
	struct lab_arrived arrived;
	struct counters counters;

	if (want->given)
		memcpy(at_tap.data, want->given, ETH_ALEN);
	send_tagged(r, e);
	lab_collect(&rig.lab.uplink, &rig.lab.wire, &arrived);
	check_arrived(r->what, "uplink", &arrived, dropped ? NULL : &at_tap);
	rig_read_counters(&counters);
	assert_int_equal(counters.reasons[HP_REASON_FOREIGN].packets,
			 want->counters.reasons[HP_REASON_FOREIGN].packets);
	assert_int_equal(counters.reasons[HP_REASON_STEER].packets,
			 want->counters.reasons[HP_REASON_STEER].packets);
}

/* VLAN_A stays open, for the sentinels. */
static void check_xdp_tags(void **state)
{
	const struct cell *cell = *state;
	bool tells = cell->attached == XDP_IN_DRIVER_TAG;

	attach_or_skip(cell->attached);
	rig_segment(VLAN_A, HP_SEGMENT_HOST);
	rig_segment(VLAN_B, HP_SEGMENT_HOST | HP_SEGMENT_CLOSED);
	chain_set_at_wire();
	for (const struct encap *e = encaps; e < encaps + encap_count; e++) {
		const struct kind *ask = kind_named("ARP request for .11");
		struct run to_nobody = run_of(RIG_XDP, e, kind_named("UDP"), station_mac(NOBODY),
					      station_mac(NOBODY));
		struct run to_vepa = run_of(RIG_XDP, e, kind_named("UDP"), station_mac(VEPA),
					    station_mac(NOBODY));
		struct run question = run_of(RIG_XDP, e, ask, NULL, station_mac(NOBODY));
		struct expect pass = { .verdict = XDP_PASS }, drop = { .verdict = XDP_DROP };
		struct expect given = expect_from_wire(
			&question, WIRE_OWNER, station_mac(address_owner(ask->address, e->vlan)));

		if (e->metadata && !tells) /* hidden: that is why agent/xdp.c asks for tags */
			continue;
		drop.counters.reasons[HP_REASON_FOREIGN].packets = 1;
		check_tagged(e, &to_nobody, e->vlan == VLAN_B ? &drop : &pass);
		check_tagged(e, &to_vepa, &pass);
		check_tagged(e, &question, e->tag[1].tpid ? &pass : &given);
	}
}

static void add_for(enum attached attached, struct cell *cells)
{
	const char *how = attached == TCX ? "tcx" : "clsact";

	for (size_t i = 0; i < SCENES; i++) {
		cells[i] = (struct cell){ attached, &scenes[i] };
		suite_add(NULL, check_scene, &cells[i], "%s: %s", how, scenes[i].name);
	}
	suite_add(NULL, check_wire, &cells[0], "%s: from the wire", how);
	suite_add(NULL, check_asked, &cells[0], "%s: questions from the wire", how);
	suite_add(NULL, check_macvlan_asked, &cells[0], "%s: of two macvlans one is asked", how);
	suite_add(NULL, check_stack, &cells[0], "%s: what the host's stack is told", how);
	suite_add(NULL, check_loopback, &cells[0], "%s: the host hears its broadcast once", how);
	suite_add(NULL, check_macvlan, &cells[0], "%s: a macvlan gets each frame once", how);
}

static void add_xdp(void)
{
	static const struct {
		const char *how;
		struct cell cell;
	} xdp[] = {
		{ "XDP", { XDP_IN_DRIVER, NULL } },
		{ "XDP with tags", { XDP_IN_DRIVER_TAG, NULL } },
		{ "generic XDP", { XDP_IN_KERNEL, NULL } },
	};

	for (size_t i = 0; i < sizeof(xdp) / sizeof(xdp[0]); i++) {
		const struct cell *cell = &xdp[i].cell;

		suite_add(NULL, check_asked, cell, "%s: questions from the wire", xdp[i].how);
		suite_add(NULL, check_macvlan_asked, cell, "%s: of two macvlans one is asked",
			  xdp[i].how);
		suite_add(NULL, check_xdp_tags, cell, "%s: tags, where they are", xdp[i].how);
		suite_add(NULL, check_macvlan, cell, "%s: a macvlan gets each frame once",
			  xdp[i].how);
	}
}

void device_tests(void)
{
	static struct cell cells[2][SCENES];

	add_for(CLSACT, cells[0]);
	add_for(TCX, cells[1]);
	add_xdp();
}
