/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <net/if.h>

#include "ports.h"
#include "rig.h"
#include "suite.h"

#include "harness.skel.h"

struct port {
	struct lab_end near, far;
};

static struct port ports[PORTS];
static bool is_open;
static __u16 port_vlan; /* of what comes in at the ports */

/* They stay until the namespace goes, with the process. */
static void open_port(size_t i)
{
	char command[512], port[IFNAMSIZ], far[IFNAMSIZ];

	snprintf(port, sizeof(port), "port%zu", i);
	snprintf(far, sizeof(far), "far%zu", i);
	snprintf(command, sizeof(command),
		 "ip link add %1$s mtu 9000 type veth peer name %2$s mtu 9000"
		 " && ethtool -K %2$s gro on && ethtool -K %1$s tso off >/dev/null"
		 " && ip link set %1$s up && ip link set %2$s up"
		 " && timeout 5 sh -c 'until ip -o link show %1$s | grep -q \"state UP\" &&"
		 " ip -o link show %2$s | grep -q \"state UP\"; do :; done'",
		 port, far);
	lab_run(command);
	lab_open_end(&ports[i].near, port);
	lab_open_end(&ports[i].far, far);
	ports[i].far.mac = station_mac(PORT_1 + i);
}

static struct port *port_of(enum station s)
{
	assert_true(s >= PORT_1 && s < STATIONS);
	return &ports[s - PORT_1];
}

enum place port_place(enum station s)
{
	return AT_PORT + (s - PORT_1);
}

int port_ifindex(enum station s)
{
	return port_of(s)->near.ifindex;
}

struct hp_fdb port_fdb(enum station s, __u16 vlan, __u16 flags)
{
	struct hp_fdb fdb = station_fdb(s, vlan);

	fdb.flags |= flags;
	fdb.port = port_ifindex(s);
	return fdb;
}

int with_ports(void **state)
{
	(void)state;
	for (size_t i = 0; i < PORTS && !is_open; i++)
		open_port(i);
	is_open = true;
	for (size_t i = 0; i < PORTS; i++)
		lab_drain_end(&ports[i].far);
	ports_set_vlan(VLAN_A);
	for (enum station s = PORT_1; s < STATIONS; s++)
		rig_device(port_ifindex(s), true);
	return 0;
}

int with_ports_and_probe(void **state)
{
	with_ports(state);
	return with_probe(state);
}

void ports_put(__u16 vlan, __u16 flags)
{
	for (enum station s = PORT_1; s < STATIONS; s++) {
		struct hp_fdb fdb = port_fdb(s, vlan, flags);

		rig_fdb(vlan, station_mac(s), &fdb);
		rig_member(vlan, station_mac(s), flags);
	}
}

void ports_set_vlan(__u16 vlan)
{
	port_vlan = vlan;
	for (enum station s = PORT_1; s < STATIONS; s++) {
		struct hp_port port = { .endpoint = station_id(s, vlan), .vlan = vlan };

		memcpy(port.mac, station_mac(s), ETH_ALEN);
		rig_port(port_ifindex(s), &port);
	}
}

void ports_attach(enum attached attached, const struct chain_progs *progs)
{
	int err = chain_attach_progs(attached, progs);

	if (err == -EOPNOTSUPP && attached == XDP_IN_DRIVER_TAG) {
		print_message("# skipped: veth has no word for tags (Linux 6.8 and later)\n");
		skip();
	}
	if (err)
		fail_msg("attach: %s", strerror(-err));
	for (enum station s = PORT_1; s < STATIONS; s++)
		chain_attach_port(port_ifindex(s));
}

void travel_to(struct travel *t, enum place place, const struct frame *f)
{
	t->arrives[place] = true;
	t->at[place] = *f;
}

void travel_to_port(struct travel *t, enum station s, const struct frame *f, bool untagged)
{
	enum place place = port_place(s);
	__u16 tpid, tci;

	travel_to(t, place, f);
	if (untagged)
		assert_true(frame_take_tag(&t->at[place], &tpid, &tci));
}

static const struct lab_end *end_at(enum place place)
{
	switch (place) {
	case AT_WIRE:
		return &rig.lab.wire;
	case AT_UPLINK:
		return &rig.lab.uplink;
	default:
		return &ports[place - AT_PORT].far;
	}
}

/* The other end of the veth: sentinels to @place come from there. */
static const struct lab_end *end_towards(enum place place)
{
	switch (place) {
	case AT_WIRE:
		return &rig.lab.uplink;
	case AT_UPLINK:
		return &rig.lab.wire;
	default:
		return &ports[place - AT_PORT].near;
	}
}

static void send_from(const struct run *r, enum place from, const struct frame *sent)
{
	struct frame in = rig_give(r, sent, r->metadata && from < AT_PORT);

	lab_send(end_at(from)->tap, &in);
}

static void compare_arrived(const char *what, enum place place, const struct lab_arrived *arrived,
			    const struct travel *want)
{
	static const char *const names[] = { "wire",  "uplink",	       "xdp",
					     "xdp-2", "xdp (private)", "xdp (shim)" };

	_Static_assert(sizeof(names) / sizeof(names[0]) == PLACES, "every place has a name");
	if (arrived->count != want->arrives[place])
		fail_msg("%s: %zu frames at %s, expected %d", what, arrived->count, names[place],
			 want->arrives[place]);
	if (!arrived->count || frame_equal(&arrived->frames[0], &want->at[place]))
		return;
	frame_print("got", &arrived->frames[0]);
	frame_print("expected", &want->at[place]);
	fail_msg("%s: what arrived at %s", what, names[place]);
}

static void collect(const char *what, enum place place, const struct lab_end *sender, __u16 vlan,
		    const struct travel *want)
{
	struct lab_arrived arrived;

	lab_collect_by(end_at(place), sender, vlan, &arrived);
	compare_arrived(what, place, &arrived, want);
}

/*
 * First where the sender's own way leads: a sentinel that comes behind the frame
 * is there when all that the frame caused is on its way.
 */
static void collect_all(const char *what, enum place from, const struct travel *want)
{
	enum place first = from == AT_WIRE ? AT_UPLINK : AT_WIRE;

	collect(what, first, end_at(from), from < AT_PORT ? 0 : port_vlan, want);
	for (enum place place = AT_WIRE; place < PLACES; place++) {
		if (place != first)
			collect(what, place, end_towards(place), 0, want);
	}
}

static void expect_sentinel(struct expect *e, enum hp_reason reason)
{
	e->counters.reasons[reason].packets++;
	e->counters.reasons[reason].bytes += LAB_SENTINEL_LEN;
}

static void expect_sentinel_in(struct hp_counter *c)
{
	c->packets++;
	c->bytes += LAB_SENTINEL_LEN;
}

/*
 * Where a port's sentinel would be flooded, it is for one who is known, and whom it does not
 * reach. On the bare uplink, that from the wire has his address at both ends.
 */
static void know_sentinel(struct expect *e)
{
	struct hp_fdb fdb = station_fdb(PRIVATE, port_vlan);

	rig_fdb(port_vlan, lab_sentinel_mac, &fdb);
	expect_sentinel(e, port_vlan == VLAN_A ? HP_REASON_SIBLING : HP_REASON_NOT_LOCAL);
	if (port_vlan != VLAN_A)
		return;
	expect_sentinel_in(&e->counters.stats[fdb.endpoint].rx.peer);
	expect_sentinel_in(&e->counters.stats[fdb.endpoint].tx.peer);
}

static void expect_sentinel_of(struct expect *e, enum station s)
{
	expect_sentinel_in(&e->counters.stats[station_id(s, port_vlan)].tx.wire);
}

/* Before tc ingress, and behind it. */
static void check_seen(const char *what, const struct travel *want)
{
	const struct harness_log *begin = &rig.harness->bss->seen[HARNESS_INGRESS_BEGIN];
	const struct harness_log *end = &rig.harness->bss->seen[HARNESS_INGRESS_END];

	if (begin->count != want->arrives[AT_UPLINK])
		fail_msg("%s: %u frames at tc ingress", what, begin->count);
	if (begin->count && begin->frames[0].tc_index != want->e.copy_tag)
		fail_msg("%s: tagged %#x, expected %#x", what, begin->frames[0].tc_index,
			 want->e.copy_tag);
	if (end->count != want->goes_on)
		fail_msg("%s: %u frames behind tc ingress", what, end->count);
	if (!end->count)
		return;
	assert_int_equal(end->frames[0].len, begin->frames[0].len);
	assert_int_equal(end->frames[0].vlan_present, begin->frames[0].vlan_present);
	assert_int_equal(end->frames[0].vlan_proto, begin->frames[0].vlan_proto);
	assert_int_equal(end->frames[0].vlan_tci, begin->frames[0].vlan_tci);
}

void travel_check(const struct run *r, enum place from, const struct frame *sent,
		  struct travel *want)
{
	struct counters counters;

	if (want->bridged)
		know_sentinel(&want->e);
	else
		expect_sentinel(&want->e, HP_REASON_NOT_LOCAL);
	send_from(r, from, sent);
	collect_all(r->what, from, want);
	check_seen(r->what, want);
	expect_sentinel(&want->e, HP_REASON_TO_WIRE);
	if (from >= AT_PORT)
		expect_sentinel_of(&want->e, PORT_1 + (from - AT_PORT));
	rig_read_counters(&counters);
	rig_compare_counters(r->what, &counters, &want->e.counters);
}
