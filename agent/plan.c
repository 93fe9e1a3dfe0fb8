/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "format.h"
#include "plan.h"

struct line {
	char *text;
	size_t size;
	size_t used;
};

static void add(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct line *line, const char *format, ...)
{
	va_list args;
	int n;

	if (line->used >= line->size)
		return;
	va_start(args, format);
	n = vsnprintf(line->text + line->used, line->size - line->used, format, args);
	va_end(args);
	if (n > 0)
		line->used += n;
}

static void add_vlan(struct line *line, __u16 vlan)
{
	if (vlan == HP_VLAN_ANY)
		add(line, " on every vlan");
	else if (vlan)
		add(line, " vlan %u", vlan);
}

static void add_key(struct line *line, const struct op *op)
{
	char text[46];

	if (op->map == PINS_SEGMENTS) {
		const struct pins_segment *segment = op->record;

		add(line, " %u", segment->vlan);
	} else if (op->map == PINS_MEMBERS) {
		const struct pins_member *member = op->record;

		add(line, " %u of vlan %u", member->key.index, member->key.vlan);
	} else if (op->map == PINS_FDB) {
		const struct pins_fdb *fdb = op->record;

		add(line, " %s", format_mac(text, fdb->key.mac));
		add_vlan(line, fdb->key.vlan);
	} else if (op->map == PINS_NEIGH) {
		const struct pins_neigh *neigh = op->record;

		add(line, " %s", format_ip(text, neigh->key.family, neigh->key.addr));
		add_vlan(line, neigh->key.vlan);
	} else if (op->map == PINS_ENDPOINTS) {
		const struct pins_endpoint *endpoint = op->record;

		add(line, " %u %s/%s", endpoint->id, endpoint->value.netns, endpoint->value.ifname);
	} else if (op->map == PINS_PORTS || op->map == PINS_DEVICES) {
		add(line, " %u", *(const __u32 *)op->record);
	}
}

static void add_segment(struct line *line, const struct hp_segment *segment)
{
	char mac[18];

	if (segment->flags & HP_SEGMENT_HOST)
		add(line, " host %s id %u", format_mac(mac, segment->host_mac), segment->host);
	for (__u16 bit = HP_SEGMENT_VEPA; bit <= HP_SEGMENT_BRIDGED; bit <<= 1) {
		if (segment->flags & bit & ~(HP_SEGMENT_HOST | HP_SEGMENT_SERVED))
			add(line, " %s", format_segment_flag(bit));
	}
}

static void add_fdb(struct line *line, const struct hp_fdb *fdb)
{
	add(line, " %s", format_kind(fdb->kind));
	if (fdb->mode != HP_MODE_NONE)
		add(line, " %s", format_mode(fdb->mode));
	add(line, " id %u", fdb->endpoint);
	if (fdb->flags & HP_FDB_ACCESS)
		add(line, " of vlan %u", fdb->vlan);
	if (fdb->flags & HP_FDB_UNTAGGED)
		add(line, " untagged");
}

static void add_neigh(struct line *line, const struct hp_neigh *neigh)
{
	char mac[18];

	if (!neigh->endpoint) /* HP_VLAN_ANY */
		return;
	add(line, " at %s id %u%s%s", format_mac(mac, neigh->mac), neigh->endpoint,
	    neigh->flags & HP_NEIGH_TENTATIVE ? " tentative" : "",
	    neigh->flags & HP_NEIGH_ELSEWHERE ? " on another device" : "");
}

static void add_endpoint(struct line *line, const struct hp_endpoint *e)
{
	char mac[18];

	add(line, " %s %s", format_mac(mac, e->mac), format_kind(e->kind));
	if (e->mode != HP_MODE_NONE)
		add(line, " %s", format_mode(e->mode));
	add(line, " on %s%s", e->parent, e->flags & HP_ENDPOINT_UP ? "" : " down");
}

static void add_value(struct line *line, const struct op *op)
{
	char mac[18];

	if (op->map == PINS_SEGMENTS) {
		struct hp_segment segment = ((const struct pins_segment *)op->record)->value;

		add_segment(line, &segment);
	} else if (op->map == PINS_MEMBERS) {
		add(line, " %s",
		    format_mac(mac, ((const struct pins_member *)op->record)->value.mac));
	} else if (op->map == PINS_FDB) {
		add_fdb(line, &((const struct pins_fdb *)op->record)->value);
	} else if (op->map == PINS_NEIGH) {
		add_neigh(line, &((const struct pins_neigh *)op->record)->value);
	} else if (op->map == PINS_ENDPOINTS) {
		struct hp_endpoint endpoint = ((const struct pins_endpoint *)op->record)->value;

		add_endpoint(line, &endpoint);
	} else if (op->map == PINS_PORTS) {
		const struct pins_port *port = op->record;

		add(line, " id %u", port->value.endpoint);
		add_vlan(line, port->value.vlan);
	}
}

static void add_settings(struct line *line, const struct hp_settings *s)
{
	add(line, ", reflect %s, steer %s, xdp %s", s->reflect ? "on" : "off",
	    s->steer ? "on" : "off", format_xdp_want(s->xdp));
	if (s->storm)
		add(line, ", storm %u", s->storm);
	if (s->gso)
		add(line, ", gso-max-size %u", s->gso);
}

static void add_device(struct line *line, const struct op *op)
{
	const struct pins_endpoint *e = op->record;

	if (e)
		add(line, " %s/%s", e->value.netns, e->value.ifname);
	else
		add(line, " %s", op->uplink->name);
	if (op->type == OP_RAISE)
		add(line, " to %u", op->uplink->settings.gso);
}

void plan_describe(const struct op *op, char *text, size_t size)
{
	static const char *const verbs[] = {
		[OP_REMOVE] = "remove programs and pins",
		[OP_RENAME] = "rename pins",
		[OP_CREATE] = "create maps",
		[OP_CLEAR] = "clear counters of",
		[OP_SET] = "set",
		[OP_DELETE] = "delete",
		[OP_LOAD] = "load programs",
		[OP_ATTACH] = "attach programs",
		[OP_RAISE] = "raise gso_max_size of",
		[OP_LOWER] = "put back gso_max_size of",
	};
	struct line line = { text, size, 0 };

	add(&line, "%s: %s", op->uplink->name, verbs[op->type]);
	if (op->type == OP_SET || op->type == OP_DELETE) {
		add(&line, " %s", pins_maps[op->map].name);
		add_key(&line, op);
	}
	if (op->type == OP_SET)
		add_value(&line, op);
	else if (op->type == OP_CLEAR)
		add(&line, " id %u", op->id);
	else if (op->type == OP_RENAME)
		add(&line, " from %s%s%s", op->from, strcmp(op->to, op->uplink->name) ? " to " : "",
		    strcmp(op->to, op->uplink->name) ? op->to : "");
	else if (op->type == OP_RAISE || op->type == OP_LOWER)
		add_device(&line, op);
	else if (op->type == OP_LOAD)
		add_settings(&line, &op->uplink->settings);
}

const char *plan_cure(const struct op *op, int err)
{
	if (op->type == OP_ATTACH && err == -EOPNOTSUPP)
		return "the kernel has no tcx (it needs 6.6): set attach = auto or clsact";
	if ((op->type == OP_ATTACH || (op->type == OP_SET && op->map == PINS_PORTS)) &&
	    err == -EBUSY)
		return "priority 7 of its clsact qdisc is somebody else's: move that filter";
	if (op->type == OP_ATTACH && err == -EEXIST)
		return "an 'ingress' qdisc stands in the way: replace it by clsact";
	if (op->type == OP_SET && (err == -E2BIG || err == -ENOSPC))
		return "the map is full: this station is served by the kernel alone";
	if (op->type == OP_RAISE)
		return "it goes on with packets of up to 64 KB";
	if (op->type == OP_LOWER)
		return "ip link set DEVICE gso_max_size 65536";
	if (err == -EPERM || err == -EACCES)
		return "bpf(2) is not permitted: run as root, outside of a restricted container";
	if (op->type == OP_CREATE || op->type == OP_LOAD)
		return "the kernel refused the programs: it must have BPF, BTF and tc (5.17 or "
		       "later)";
	return "it is tried again";
}
