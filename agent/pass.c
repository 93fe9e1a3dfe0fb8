/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "announce.h"
#include "desired.h"
#include "format.h"
#include "host.h"
#include "log.h"
#include "pass.h"
#include "plan.h"

/* A device that comes back under its name is another one, and did not fail yet. */
struct uplink_key {
	__u32 ifindex;
	char name[IFNAMSIZ];
};

static struct uplink_key key_of(const struct uplink_state *uplink)
{
	struct uplink_key key = { .ifindex = uplink->ifindex };

	snprintf(key.name, sizeof(key.name), "%s", uplink->name);
	return key;
}

static bool has_uplink(const struct table *uplinks, const struct uplink_state *uplink)
{
	struct uplink_key key = key_of(uplink);

	return table_find(uplinks, &key);
}

static void add_uplink(struct table *uplinks, const struct uplink_state *uplink)
{
	struct uplink_key key = key_of(uplink);

	table_put(uplinks, &key);
}

void pass_init(struct pass *p)
{
	*p = (struct pass){ .announce_fd = -1 };
	table_init(&p->waiting, sizeof(struct uplink_key), sizeof(struct uplink_key));
	table_init(&p->full, sizeof(struct uplink_key), sizeof(struct uplink_key));
}

void pass_free(struct pass *p)
{
	if (p->announce_fd >= 0)
		close(p->announce_fd);
	state_free(&p->observed);
	table_free(&p->waiting);
	table_free(&p->full);
}

void pass_retry(struct pass *p)
{
	table_free(&p->waiting);
}

static __u64 now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static int decide(const struct pass *p, struct state *desired, struct ops *ops)
{
	struct desired_input in = {
		.model = p->model,
		.config = p->config,
		.observed = &p->observed,
		.only = p->only,
		.now = now(),
	};
	int err = desired_build(&in, desired);

	if (!err)
		err = reconcile(&p->observed, desired, ops);
	if (err) {
		state_free(desired);
		log_error("out of memory");
	}
	return err;
}

int pass_print(const struct pass *p)
{
	struct state desired = {};
	struct ops ops;
	char line[256];
	int err = decide(p, &desired, &ops);

	if (err)
		return err;
	for (size_t i = 0; i < ops.count; i++) {
		plan_describe(&ops.list[i], line, sizeof(line));
		puts(format_plain(line));
	}
	free(ops.list);
	state_free(&desired);
	return 0;
}

static bool is_device(const struct op *op)
{
	return op->type == OP_RAISE || op->type == OP_LOWER;
}

/* What an administrator wants to see happen; the rest is for debugging. */
static enum log_level level_of(const struct op *op)
{
	if (op->type == OP_SET || op->type == OP_DELETE)
		return op->map == PINS_ENDPOINTS && op->served ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG;
	return op->type == OP_CLEAR || is_device(op) ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;
}

static void warn_of_access(const struct op *op)
{
	const struct pins_endpoint *e = op->record;

	if (op->type == OP_SET && op->map == PINS_ENDPOINTS && op->news &&
	    e->value.flags & HP_ENDPOINT_NO_ACCESS)
		log_warning(
			"%s: %s/%s: cannot be put into its VLAN: it has to be a macvlan in vepa "
			"mode on %s itself",
			op->uplink->name, e->value.netns, e->value.ifname, op->uplink->name);
}

static void warn_of_taken(const struct op *op)
{
	const struct pins_endpoint *e = op->record;
	char mac[18];

	if (op->type == OP_SET && op->map == PINS_ENDPOINTS && op->news &&
	    e->value.flags & HP_ENDPOINT_TAKEN)
		log_warning("%s: %s/%s: is not served: another station has its MAC, %s: give it "
			    "another one",
			    op->uplink->name, e->value.netns, e->value.ifname,
			    format_mac(mac, e->value.mac));
}

static void log_op(const struct pass *p, const struct op *op)
{
	const struct uplink_state *old = state_find_ifindex(&p->observed, op->uplink->ifindex);
	char line[256];

	if (op->type == OP_ATTACH && old && old->known && old->current && !old->attached)
		log_warning("%s: somebody removed our programs or pins: they are put back",
			    op->uplink->name);
	plan_describe(op, line, sizeof(line));
	log_write(level_of(op), "%s", line);
	warn_of_access(op);
	warn_of_taken(op);
}

static bool is_entry(const struct op *op)
{
	return op->type == OP_SET || op->type == OP_DELETE || op->type == OP_CLEAR;
}

/*
 * An entry that does not fit must not keep the rest of the uplink from being
 * served. It is tried again by every pass, and complained of once.
 */
static void entry_failed(struct pass *p, const struct op *op, int err)
{
	bool said = has_uplink(&p->full, op->uplink);
	char line[256];

	plan_describe(op, line, sizeof(line));
	log_write(said ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR, "%s: %s: %s", line, strerror(-err),
		  plan_cure(op, err));
	add_uplink(&p->full, op->uplink);
}

/* One that is on its way out need not be put back, nor one whose netns is. */
static void device_failed(const struct op *op, int err)
{
	bool gone = err == -ENODEV || (err == -ENOENT && op->type == OP_LOWER);
	char line[256];

	plan_describe(op, line, sizeof(line));
	log_write(gone ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING, "%s: %s: %s", line, strerror(-err),
		  plan_cure(op, err));
}

static void uplink_failed(struct pass *p, const struct op *op, int err)
{
	char line[256];

	plan_describe(op, line, sizeof(line));
	if (err == -ENODEV) { /* the device has just gone, and the news is under way */
		log_debug("%s: %s", line, strerror(-err));
		return;
	}
	log_error("%s: %s: %s", line, strerror(-err), plan_cure(op, err));
	add_uplink(&p->waiting, op->uplink);
}

/* @op->failed is set for an entry; an uplink that cannot go on is added to @undone. */
static void apply(struct pass *p, struct op *op, struct table *undone)
{
	int err;

	log_op(p, op);
	err = dataplane_apply(p->dataplane, op);
	if (err && is_entry(op)) {
		entry_failed(p, op, err);
		op->failed = true;
	} else if (err && is_device(op)) {
		device_failed(op, err);
	} else if (err) {
		uplink_failed(p, op, err);
		add_uplink(undone, op->uplink);
	}
}

/* Fills @undone with the uplinks whose state is not, or may not be, the desired one. */
static void apply_all(struct pass *p, const struct ops *ops, struct table *undone)
{
	for (size_t i = 0; i < ops->count; i++) {
		struct op *op = &ops->list[i];

		if (has_uplink(&p->waiting, op->uplink))
			add_uplink(undone, op->uplink);
		else if (!has_uplink(undone, op->uplink))
			apply(p, op, undone);
	}
}

/*
 * What the map has after @op failed: nothing, what it had, or what is half done. It
 * takes the place of what was to be there, for which no memory is needed.
 */
static void recall(const struct pass *p, const struct op *op, struct uplink_state *uplink)
{
	struct table *records = &uplink->maps[op->map];
	unsigned char record[records->record_size] __attribute__((aligned(8)));

	memcpy(record, op->record, sizeof(record));
	if (dataplane_read(p->dataplane, uplink->name, op->map, record))
		table_del(records, record);
	else
		table_put(records, record);
}

/* The next pass will see that entries are not as they should be, and try again. */
static void recall_failed(struct pass *p, const struct ops *ops, const struct state *desired)
{
	bool any = false;

	for (size_t i = ops->count; i-- > 0;) {
		const struct op *op = &ops->list[i];
		struct uplink_state *uplink;

		any |= op->failed;
		if (!op->failed || op->type != OP_SET)
			continue;
		uplink = state_find(desired, op->uplink->name);
		if (uplink)
			recall(p, op, uplink);
	}
	if (!any)
		table_free(&p->full);
}

static bool is_announced(const struct op *op)
{
	const struct pins_neigh *neigh = op->record;

	return op->type == OP_SET && op->map == PINS_NEIGH && op->news && !op->failed &&
	       neigh->value.kind != HP_KIND_HOST &&
	       !(neigh->value.flags & (HP_NEIGH_TENTATIVE | HP_NEIGH_SHARED | HP_NEIGH_ELSEWHERE));
}

static void announce_one(struct pass *p, const struct op *op)
{
	const struct pins_neigh *neigh = op->record;
	const struct pins_segment *segment = state_segment(op->uplink, neigh->key.vlan);
	/*
	 * Of endpoints that were there before us the wire knows already; only the
	 * host is told, which may be waiting for an answer that it could not get.
	 */
	bool to_host = !p->started && !op->served;
	int err;

	if (to_host && !(segment && segment->value.flags & HP_SEGMENT_HOST))
		return;
	if (p->announce_fd < 0)
		p->announce_fd = announce_open();
	err = announce_send(p->announce_fd, op->uplink, neigh,
			    to_host ? segment->value.host_mac : NULL);
	if (err)
		log_debug("%s: announcement: %s", op->uplink->name, strerror(-err));
}

static void announce(struct pass *p, const struct ops *ops, const struct table *undone)
{
	for (size_t i = 0; p->config->announce && i < ops->count; i++) {
		const struct op *op = &ops->list[i];

		if (is_announced(op) && !has_uplink(undone, op->uplink))
			announce_one(p, op);
	}
}

/* What was achieved becomes what is observed; the rest is read again. */
static void settle(struct pass *p, struct state *desired, const struct table *undone)
{
	for (size_t i = 0; i < undone->count; i++) {
		const struct uplink_key *key = table_at(undone, i);
		struct uplink_state *uplink = state_find(desired, key->name);

		if (uplink)
			state_remove(desired, uplink);
	}
	dataplane_settle(p->dataplane, &p->observed, desired);
	for (size_t i = 0; i < undone->count; i++) {
		const struct uplink_key *key = table_at(undone, i);
		int err = dataplane_refresh(p->dataplane, &p->observed, key->name);

		if (err)
			log_error("%s: cannot read its pins: %s", key->name, strerror(-err));
	}
}

/* XDP may turn out other than it was asked for, which is no failure. */
static void tell_xdp(const struct pass *p, const struct ops *ops)
{
	for (size_t i = 0; i < ops->count; i++) {
		const struct op *op = &ops->list[i];
		const struct uplink_state *uplink =
			state_find_ifindex(&p->observed, op->uplink->ifindex);

		if (op->type == OP_ATTACH && uplink && uplink->attached)
			log_info("%s: XDP: %s%s%s", uplink->name, format_xdp(uplink->xdp),
				 uplink->no_xdp ? ", " : "", format_no_xdp(uplink->no_xdp));
	}
}

/*
 * The kernel drops IPv6 packets over 64 KB instead of forwarding them: by the
 * option that tells their length, their segments are 8 bytes over the MTU.
 */
static void warn_of_forwarding(const struct uplink_state *u)
{
	if (u->settings.gso && host_forwards_ipv6())
		log_warning(
			"%s: BIG TCP: the host forwards IPv6, and would drop packets over 64 KB "
			"that endpoints send through it: see gso-max-size in hairpin.conf(5)",
			u->name);
}

/* So may BIG TCP, which is no failure of the uplink. */
static void tell_gso(const struct pass *p, const struct ops *ops)
{
	for (size_t i = 0; i < ops->count; i++) {
		const struct uplink_state *u = ops->list[i].uplink;
		const struct rtnl_link *link =
			model_link(p->model, RTNL_OWN_NETNS, (int32_t)u->ifindex);

		if (ops->list[i].type != OP_LOAD)
			continue;
		warn_of_forwarding(u);
		if (!u->settings.no_gso)
			continue;
		if (u->settings.no_gso == HP_NO_GSO_IPV4)
			log_info("%s: BIG TCP %s", u->name, format_no_gso(u->settings.no_gso));
		else if (u->settings.no_gso == HP_NO_GSO_DEVICE)
			log_error(
				"%s: no BIG TCP: gso-max-size = %u is more than the device takes: "
				"set at most its tso_max_size, %u",
				u->name, config_uplink(p->config, u->name).gso,
				link ? link->tso : 0);
		else
			log_error("%s: no BIG TCP: %s", u->name, format_no_gso(u->settings.no_gso));
	}
}

/* What does not fit into a map is not known to the programs: then they withhold nothing. */
static void set_live(struct pass *p, const struct table *undone)
{
	for (size_t i = 0; i < p->observed.count; i++) {
		const struct uplink_state *uplink = &p->observed.uplinks[i];
		bool live = uplink->attached && !has_uplink(&p->full, uplink) &&
			    !has_uplink(undone, uplink);
		int err = dataplane_live(p->dataplane, uplink->name, live);

		if (err)
			log_warning("%s: no frame is withheld: %s", uplink->name, strerror(-err));
	}
}

/* What could not be done at a port while all programs were put in place, nothing tells of. */
static bool attaches(const struct op *op)
{
	return op->type == OP_ATTACH;
}

static bool ignores(const struct op *op)
{
	return op->type == OP_REMOVE || op->type == OP_CREATE ||
	       ((op->type == OP_SET || op->type == OP_DELETE) && op->map == PINS_PORTS);
}

static bool any_of(const struct ops *ops, bool (*is)(const struct op *op))
{
	for (size_t i = 0; i < ops->count; i++) {
		if (is(&ops->list[i]))
			return true;
	}
	return false;
}

int pass_run(struct pass *p)
{
	struct state desired = {};
	struct table undone;
	struct ops ops;
	int err;

	dataplane_check(p->dataplane, &p->observed, p->tc);
	err = decide(p, &desired, &ops);
	if (err)
		return err;
	table_init(&undone, p->waiting.key_size, p->waiting.record_size);
	if (ops.count) {
		apply_all(p, &ops, &undone);
		announce(p, &ops, &undone);
		recall_failed(p, &ops, &desired);
		tell_gso(p, &ops);
		settle(p, &desired, &undone);
		tell_xdp(p, &ops);
	}
	set_live(p, &undone);
	p->started = true;
	p->ignored = any_of(&ops, ignores);
	p->tc = undone.count || any_of(&ops, attaches);
	free(ops.list);
	state_free(&desired);
	table_free(&undone);
	return p->waiting.count ? -EIO : 0;
}
