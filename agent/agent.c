/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "agent.h"
#include "announce.h"
#include "dataplane.h"
#include "desired.h"
#include "discover.h"
#include "log.h"
#include "netns.h"
#include "plan.h"

#define RETRY_FIRST 1 /* seconds after which a failed uplink is tried again, doubling */
#define RETRY_LAST 64
#define RESYNC_DELAY_MS 50 /* when the kernel changes faster than it can be read */
#define RESYNC_TRIES 3
#define START_TRIES 100

struct names {
	size_t count;
	char (*list)[IFNAMSIZ];
};

struct agent {
	const struct options *options;
	struct config config;
	struct model model;
	struct discover *discover;
	struct dataplane *dataplane;
	struct state observed;
	struct names failed; /* uplinks that wait for the retry timer */
	int retry_seconds;
	int announce_fd;
	struct event_base *base;
	struct event *retry_timer;
	struct event *resync_timer;
};

static bool has_name(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++) {
		if (!strcmp(names->list[i], name))
			return true;
	}
	return false;
}

static void add_name(struct names *names, const char *name)
{
	void *list;

	if (has_name(names, name))
		return;
	list = reallocarray(names->list, names->count + 1, sizeof(*names->list));
	if (!list)
		return;
	names->list = list;
	snprintf(names->list[names->count++], IFNAMSIZ, "%s", name);
}

static void clear_names(struct names *names)
{
	free(names->list);
	*names = (struct names){};
}

struct agent *agent_open(const struct options *options, struct config *config)
{
	struct agent *agent = calloc(1, sizeof(*agent));

	if (!agent) {
		log_error("out of memory");
		return NULL;
	}
	agent->options = options;
	agent->config = *config;
	*config = config_default();
	agent->announce_fd = -1;
	agent->retry_seconds = RETRY_FIRST;
	model_init(&agent->model);
	agent->discover = discover_open(&agent->model);
	if (!agent->discover) {
		log_error("netlink: %s: does the kernel have NETLINK_LISTEN_ALL_NSID?",
			  strerror(errno));
		agent_close(agent);
		return NULL;
	}
	return agent;
}

void agent_close(struct agent *agent)
{
	if (agent->announce_fd >= 0)
		close(agent->announce_fd);
	if (agent->dataplane)
		dataplane_close(agent->dataplane);
	if (agent->discover)
		discover_close(agent->discover);
	state_free(&agent->observed);
	clear_names(&agent->failed);
	model_free(&agent->model);
	config_free(&agent->config);
	free(agent);
}

/* The kernel may change under the dump every time; then it is tried a little later. */
static int read_kernel(struct agent *agent, int tries)
{
	int err = -EAGAIN;

	for (int i = 0; err == -EAGAIN && i < tries; i++)
		err = discover_all(agent->discover);
	if (err && err != -EAGAIN)
		log_error("cannot read devices and namespaces: %s", strerror(-err));
	return err;
}

/* Two hosts on one machine need two directories; what a dead one left is cleared away. */
static int check_foreign(const struct agent *agent)
{
	struct table living;
	int err = netns_scan(&living);

	if (err)
		log_error("cannot look for network namespaces: %s", strerror(-err));
	for (size_t i = 0; !err && i < agent->observed.count; i++) {
		const char *name = agent->observed.uplinks[i].name;
		__u64 ino = dataplane_foreign(agent->dataplane, name);
		const struct netns_found *netns = table_find(&living, &ino);

		if (!netns)
			continue;
		log_error("%s: %s there belongs to the network namespace %s: give this one its own "
			  "--pins",
			  agent->options->pins, name, netns->name);
		err = -EEXIST;
	}
	table_free(&living);
	return err;
}

static void warn_missing(const struct agent *agent)
{
	for (const char **name = agent->options->uplinks; name && *name; name++) {
		if (!if_nametoindex(*name))
			log_warning("%s: no such device yet: it is served once it appears", *name);
	}
}

int agent_look_at_pins(struct agent *agent)
{
	int err;

	agent->dataplane = dataplane_open(agent->options->pins, netns_own_ino());
	if (!agent->dataplane) {
		log_error("out of memory");
		return -ENOMEM;
	}
	err = dataplane_observe(agent->dataplane, &agent->observed);
	if (err) {
		log_error("%s: cannot read the pins: %s", agent->options->pins, strerror(-err));
		return err;
	}
	return check_foreign(agent);
}

int agent_look_at_kernel(struct agent *agent)
{
	int err = read_kernel(agent, START_TRIES);

	if (err == -EAGAIN)
		log_error("devices and namespaces change faster than they can be read: try again");
	warn_missing(agent);
	return err;
}

static __u64 now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static int decide(struct agent *agent, struct state *desired, struct ops *ops)
{
	struct desired_input in = {
		.model = &agent->model,
		.config = &agent->config,
		.observed = &agent->observed,
		.only = agent->options->uplinks,
		.now = now(),
	};
	int err = desired_build(&in, desired);

	if (!err)
		err = reconcile(&agent->observed, desired, ops);
	if (err) {
		state_free(desired);
		log_error("out of memory");
	}
	return err;
}

/* What an administrator wants to see happen; the rest is for debugging. */
static enum log_level level_of(const struct op *op)
{
	if (op->type == OP_SET || op->type == OP_DELETE)
		return op->map == PINS_ENDPOINTS && !op->fresh ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG;
	return op->type == OP_CLEAR ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;
}

static void log_op(const struct agent *agent, const struct op *op)
{
	const struct uplink_state *old = state_find(&agent->observed, op->uplink->name);
	char line[256];

	if (op->type == OP_ATTACH && old && old->known && old->current && !old->attached)
		log_warning("%s: somebody removed our programs: they are put back",
			    op->uplink->name);
	plan_describe(op, line, sizeof(line));
	log_write(level_of(op), "%s", line);
}

/* An entry that does not fit must not keep the rest of the uplink from being served. */
static bool is_fatal(const struct op *op)
{
	return op->type != OP_SET && op->type != OP_DELETE && op->type != OP_CLEAR;
}

/* Notes in @failed the uplinks whose state is now not the desired one. */
static void apply_all(struct agent *agent, const struct ops *ops, struct names *failed)
{
	struct names stopped = {};

	for (size_t i = 0; i < ops->count; i++) {
		const struct op *op = &ops->list[i];
		const char *name = op->uplink->name;
		char line[256];
		int err;

		if (has_name(&stopped, name) || has_name(&agent->failed, name))
			continue;
		log_op(agent, op);
		err = dataplane_apply(agent->dataplane, op);
		if (!err)
			continue;
		plan_describe(op, line, sizeof(line));
		log_error("%s: %s: %s", line, strerror(-err), plan_cure(op, err));
		add_name(failed, name);
		if (is_fatal(op))
			add_name(&stopped, name);
	}
	clear_names(&stopped);
}

static bool is_announced(const struct agent *agent, const struct op *op)
{
	const struct pins_neigh *neigh = op->record;

	return op->type == OP_SET && op->map == PINS_NEIGH && neigh->value.kind != HP_KIND_HOST &&
	       !(neigh->value.flags & HP_NEIGH_TENTATIVE) &&
	       !has_name(&agent->failed, op->uplink->name);
}

static const struct pins_segment *segment_of(const struct op *op)
{
	const struct pins_neigh *neigh = op->record;

	return table_find(&op->uplink->maps[PINS_SEGMENTS], &neigh->key.vlan);
}

/*
 * Of endpoints that were there before us the wire knows already; only the host
 * is told, which may just be waiting for an answer that it could not get.
 */
static void announce(struct agent *agent, const struct ops *ops)
{
	for (size_t i = 0; agent->config.announce && i < ops->count; i++) {
		const struct op *op = &ops->list[i];
		const struct pins_segment *segment;
		int err;

		if (!is_announced(agent, op))
			continue;
		segment = segment_of(op);
		if (op->fresh && !(segment && segment->value.flags & HP_SEGMENT_HOST))
			continue;
		if (agent->announce_fd < 0)
			agent->announce_fd = announce_open();
		err = announce_send(agent->announce_fd, op->uplink->ifindex, op->record,
				    op->fresh ? segment->value.host_mac : NULL);
		if (err)
			log_debug("%s: announcement: %s", op->uplink->name, strerror(-err));
	}
}

static void schedule_retry(struct agent *agent)
{
	struct timeval delay = { .tv_sec = agent->retry_seconds };

	if (!agent->failed.count)
		agent->retry_seconds = RETRY_FIRST;
	else if (agent->retry_timer && !evtimer_pending(agent->retry_timer, NULL)) {
		evtimer_add(agent->retry_timer, &delay);
		if (agent->retry_seconds < RETRY_LAST)
			agent->retry_seconds *= 2;
	}
}

/* What was achieved becomes what is observed; of a failed uplink that is read again. */
static void settle(struct agent *agent, struct state *desired)
{
	const struct names *failed = &agent->failed;

	for (size_t i = 0; i < failed->count; i++) {
		struct uplink_state *uplink = state_find(desired, failed->list[i]);

		if (uplink)
			state_remove(desired, uplink);
	}
	dataplane_settle(agent->dataplane, &agent->observed, desired);
	for (size_t i = 0; i < failed->count; i++) {
		int err = dataplane_refresh(agent->dataplane, &agent->observed, failed->list[i]);

		if (err)
			log_error("%s: cannot read its pins: %s", failed->list[i], strerror(-err));
	}
}

int agent_sync(struct agent *agent)
{
	struct names failed = {};
	struct state desired = {};
	struct ops ops;
	int err;

	dataplane_check(agent->dataplane, &agent->observed);
	err = decide(agent, &desired, &ops);
	if (err)
		return err;
	if (!ops.count) {
		state_free(&desired);
		return 0;
	}
	apply_all(agent, &ops, &failed);
	for (size_t i = 0; i < failed.count; i++)
		add_name(&agent->failed, failed.list[i]);
	announce(agent, &ops);
	free(ops.list);
	settle(agent, &desired);
	schedule_retry(agent);
	err = failed.count ? -EIO : 0;
	clear_names(&failed);
	return err;
}

int agent_print_plan(struct agent *agent)
{
	struct state desired = {};
	struct ops ops;
	char line[256];
	int err = decide(agent, &desired, &ops);

	if (err)
		return err;
	for (size_t i = 0; i < ops.count; i++) {
		plan_describe(&ops.list[i], line, sizeof(line));
		puts(line);
	}
	free(ops.list);
	state_free(&desired);
	return 0;
}

static bool is_named(const char **names, const char *name)
{
	for (; names && *names; names++) {
		if (!strcmp(*names, name))
			return true;
	}
	return !names;
}

int agent_detach(struct agent *agent)
{
	int result = 0;

	for (size_t i = 0; i < agent->observed.count; i++) {
		struct op op = { .type = OP_REMOVE, .uplink = &agent->observed.uplinks[i] };
		int err;

		if (!is_named(agent->options->uplinks, op.uplink->name))
			continue;
		err = dataplane_apply(agent->dataplane, &op);
		if (err) {
			log_error("%s: cannot remove it: %s", op.uplink->name, strerror(-err));
			result = err;
		} else {
			log_info("%s: detached", op.uplink->name);
		}
	}
	return result;
}

static void resync(struct agent *agent)
{
	const struct timeval delay = { .tv_usec = RESYNC_DELAY_MS * 1000 };

	if (read_kernel(agent, RESYNC_TRIES))
		evtimer_add(agent->resync_timer, &delay);
	else
		agent_sync(agent);
}

static void on_resync_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	resync(arg);
}

static void on_netlink(evutil_socket_t fd, short what, void *arg)
{
	struct agent *agent = arg;
	int result = discover_events(agent->discover);

	(void)fd;
	(void)what;
	if (result == -EAGAIN) {
		log_warning("netlink notifications were lost: everything is read again");
		resync(agent);
	} else if (result < 0) {
		log_error("netlink: %s: everything is read again", strerror(-result));
		resync(agent);
	} else if (result) {
		agent_sync(agent);
	}
}

static void on_retry_timer(evutil_socket_t fd, short what, void *arg)
{
	struct agent *agent = arg;

	(void)fd;
	(void)what;
	clear_names(&agent->failed);
	agent_sync(agent);
}

static void on_hangup(evutil_socket_t fd, short what, void *arg)
{
	struct agent *agent = arg;
	const char *path = agent->options->config;
	char error[512];

	(void)fd;
	(void)what;
	if (config_read(path ? path : CONFIG_DEFAULT, !path, &agent->config, error,
			sizeof(error))) {
		log_error("%s: the former configuration stays in force", error);
		return;
	}
	log_info("configuration was read again");
	agent_sync(agent);
}

static void on_end(evutil_socket_t fd, short what, void *arg)
{
	struct agent *agent = arg;

	(void)fd;
	(void)what;
	log_info("ends; the programs stay in place");
	event_base_loopbreak(agent->base);
}

static void log_ready(const struct agent *agent)
{
	size_t endpoints = 0;

	for (size_t i = 0; i < agent->observed.count; i++) {
		const struct table *t = &agent->observed.uplinks[i].maps[PINS_ENDPOINTS];

		for (size_t j = 0; j < t->count; j++) {
			const struct pins_endpoint *e = table_at(t, j);

			endpoints += e->value.kind != HP_KIND_HOST;
		}
	}
	log_info("ready: %zu uplinks, %zu endpoints", agent->observed.count, endpoints);
}

/* Owned by the loop, and gone with it. */
struct loop_events {
	struct event *netlink, *hangup, *term, *interrupt;
};

static int add_events(struct agent *agent, struct loop_events *e)
{
	e->netlink = event_new(agent->base, discover_fd(agent->discover), EV_READ | EV_PERSIST,
			       on_netlink, agent);
	e->hangup = evsignal_new(agent->base, SIGHUP, on_hangup, agent);
	e->term = evsignal_new(agent->base, SIGTERM, on_end, agent);
	e->interrupt = evsignal_new(agent->base, SIGINT, on_end, agent);
	agent->retry_timer = evtimer_new(agent->base, on_retry_timer, agent);
	agent->resync_timer = evtimer_new(agent->base, on_resync_timer, agent);
	if (!e->netlink || !e->hangup || !e->term || !e->interrupt || !agent->retry_timer ||
	    !agent->resync_timer || event_add(e->netlink, NULL) || evsignal_add(e->hangup, NULL) ||
	    evsignal_add(e->term, NULL) || evsignal_add(e->interrupt, NULL))
		return -ENOMEM;
	return 0;
}

static void free_event(struct event **event)
{
	if (*event)
		event_free(*event);
	*event = NULL;
}

static void remove_events(struct agent *agent, struct loop_events *e)
{
	free_event(&e->netlink);
	free_event(&e->hangup);
	free_event(&e->term);
	free_event(&e->interrupt);
	free_event(&agent->retry_timer);
	free_event(&agent->resync_timer);
}

int agent_run(struct agent *agent)
{
	struct loop_events events = {};
	int err = -ENOMEM;

	agent->base = event_base_new();
	if (agent->base)
		err = add_events(agent, &events);
	if (!err) {
		agent_sync(agent); /* an uplink that fails is tried again by the timer */
		log_ready(agent);
		if (event_base_dispatch(agent->base) < 0)
			err = -EIO;
	}
	if (err)
		log_error("event loop: %s", strerror(-err));
	remove_events(agent, &events);
	if (agent->base)
		event_base_free(agent->base);
	return err;
}
