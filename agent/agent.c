/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "loop.h"
#include "netns.h"
#include "place.h"

#define RETRY_FIRST 1 /* seconds after which a failed uplink is tried again, doubling */
#define RETRY_LAST 64
#define TURN_DELAY_MS 100 /* while a command changes something */
#define START_TRIES 100

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
	agent->retry_seconds = RETRY_FIRST;
	model_init(&agent->model);
	pass_init(&agent->pass);
	declared_init(&agent->declared);
	agent->declared.waits = options->action == ACTION_ONCE; /* there is no next pass */
	agent->mounts_fd = -1;
	agent->notify.fd = -1;
	agent->compare = true;
	agent->metrics.reloaded = time(NULL);
	agent->exporter.pass = &agent->pass;
	agent->exporter.declared = &agent->declared;
	agent->exporter.agent = &agent->metrics;
	agent->pass.model = &agent->model;
	agent->pass.config = &agent->config;
	agent->pass.only = options->uplinks;
	agent->discover = discover_open(&agent->model);
	if (!agent->discover) {
		log_error("netlink: %s: %s", strerror(errno),
			  errno == EPERM ? "it needs CAP_NET_BROADCAST"
					 : "does the kernel have NETLINK_LISTEN_ALL_NSID?");
		agent_close(agent);
		return NULL;
	}
	return agent;
}

void agent_close(struct agent *agent)
{
	pass_free(&agent->pass);
	declared_free(&agent->declared);
	if (agent->pass.dataplane)
		dataplane_close(agent->pass.dataplane);
	if (agent->discover)
		discover_close(agent->discover);
	model_free(&agent->model);
	config_free(&agent->config);
	free(agent);
}

int agent_read_kernel(struct agent *agent, int tries)
{
	int err = discover_all(agent->discover, tries);

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
	for (size_t i = 0; !err && i < agent->pass.observed.count; i++) {
		const char *name = agent->pass.observed.uplinks[i].name;
		__u64 ino = dataplane_foreign(agent->pass.dataplane, name);
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

	agent->pass.dataplane = dataplane_open(agent->options->pins, netns_own_ino());
	if (!agent->pass.dataplane) {
		log_error("out of memory");
		return -ENOMEM;
	}
	err = dataplane_observe(agent->pass.dataplane, &agent->pass.observed);
	if (err) {
		log_error("%s: cannot read the pins: %s", agent->options->pins, strerror(-err));
		return err;
	}
	return check_foreign(agent);
}

int agent_look_at_kernel(struct agent *agent)
{
	int err = agent_read_kernel(agent, START_TRIES);

	if (err == -EAGAIN)
		log_error("devices and namespaces change faster than they can be read: try again");
	warn_missing(agent);
	return err;
}

/* Only what failed is tried again, and more and more seldom. */
static void schedule_retry(struct agent *agent)
{
	struct timeval delay = { .tv_sec = agent->retry_seconds };

	if (!agent->pass.waiting.count && !agent->declared.failures.count) {
		agent->retry_seconds = RETRY_FIRST;
	} else if (agent->retry_timer && !evtimer_pending(agent->retry_timer, NULL)) {
		evtimer_add(agent->retry_timer, &delay);
		if (agent->retry_seconds < RETRY_LAST)
			agent->retry_seconds *= 2;
	}
}

static void watch_mounts(struct agent *agent)
{
	if (!agent->mounts)
		return;
	if (!agent->declared.failures.count)
		event_del(agent->mounts);
	else if (!event_pending(agent->mounts, EV_READ, NULL))
		event_add(agent->mounts, NULL);
}

/* A netns may come late, and another one may take its name. */
static void find_netns(struct config *config)
{
	for (size_t i = 0; i < config->endpoint_count; i++)
		config->endpoints[i].netns_ino = place_ino(config->endpoints[i].netns);
}

/* What was done just now comes back as notifications. */
static int refresh_model(void *arg)
{
	struct agent *agent = arg;

	return discover_events(agent->discover) < 0 ? agent_read_kernel(agent, START_TRIES) : 0;
}

/* A lock tells no one that it is free. */
static void schedule_turn(struct agent *agent)
{
	const struct timeval delay = { .tv_usec = TURN_DELAY_MS * 1000 };

	evtimer_add(agent->turn_timer, &delay);
}

static size_t count_endpoints(const struct agent *agent)
{
	size_t endpoints = 0;

	for (size_t i = 0; i < agent->pass.observed.count; i++) {
		const struct table *t = &agent->pass.observed.uplinks[i].maps[PINS_ENDPOINTS];

		for (size_t j = 0; j < t->count; j++) {
			const struct pins_endpoint *e = table_at(t, j);

			endpoints += e->value.kind != HP_KIND_HOST;
		}
	}
	return endpoints;
}

const char *agent_describe(const struct agent *agent, char out[AGENT_DESCRIPTION])
{
	size_t failures = agent->pass.waiting.count + agent->declared.failures.count;
	int n = snprintf(out, AGENT_DESCRIPTION, "%zu uplinks, %zu endpoints",
			 agent->pass.observed.count, count_endpoints(agent));

	if (failures)
		n += snprintf(out + n, AGENT_DESCRIPTION - n, "; %zu failed", failures);
	if (agent->metrics.reload_failed)
		n += snprintf(out + n, AGENT_DESCRIPTION - n, "; the last reload failed");
	if (failures || agent->metrics.reload_failed)
		snprintf(out + n, AGENT_DESCRIPTION - n, ", see the log");
	return out;
}

static void tell_status(struct agent *agent)
{
	char text[AGENT_DESCRIPTION];

	if (agent->ready)
		notify_status(&agent->notify, agent_describe(agent, text));
}

static int run_pass(struct agent *agent)
{
	struct timespec before, after;
	int err;

	clock_gettime(CLOCK_MONOTONIC, &before);
	err = pass_run(&agent->pass);
	clock_gettime(CLOCK_MONOTONIC, &after);
	metrics_observe(&agent->metrics.passes, (after.tv_sec - before.tv_sec) * 1000000000LL +
							after.tv_nsec - before.tv_nsec);
	return err;
}

static void read_untold(struct agent *agent)
{
	int err = discover_untold(agent->discover);

	if (err)
		log_warning("netlink: proxied neighbours cannot be read: %s", strerror(-err));
}

static int resync_later(struct agent *agent, int err)
{
	const struct timeval delay = { .tv_usec = AGENT_RESYNC_DELAY_MS * 1000 };

	if (agent->resync_timer)
		evtimer_add(agent->resync_timer, &delay);
	return err;
}

int agent_sync(struct agent *agent)
{
	int err, changed;

	if (agent->resync_timer && evtimer_pending(agent->resync_timer, NULL))
		return -EAGAIN; /* half a model would withdraw what is there */
	err = declared_run(&agent->declared, &agent->config, &agent->model, agent->compare,
			   refresh_model, agent);
	if (err)
		return resync_later(agent, err);
	if (agent->declared.postponed)
		schedule_turn(agent);
	else
		agent->compare = false;
	find_netns(&agent->config);
	read_untold(agent);
	agent->pass.tc |= discover_take_tc(agent->discover);
	err = run_pass(agent);
	/* The MAC of an XDP endpoint that has gone looked like that of one who hides. */
	changed = agent->pass.ignored ? discover_hiding(agent->discover) : 0;
	if (changed < 0)
		return resync_later(agent, changed);
	if (changed)
		err = run_pass(agent);
	schedule_retry(agent);
	watch_mounts(agent);
	tell_status(agent);
	return !err && agent->declared.failures.count ? -EIO : err;
}

int agent_print_plan(struct agent *agent)
{
	declared_print(&agent->declared, &agent->config, &agent->model);
	find_netns(&agent->config);
	read_untold(agent);
	return pass_print(&agent->pass);
}

static bool is_named(const char **names, const char *name)
{
	for (; names && *names; names++) {
		if (!strcmp(*names, name))
			return true;
	}
	return !names;
}

static int detach_one(struct agent *agent, struct uplink_state *uplink)
{
	struct op op = { .type = OP_REMOVE, .uplink = uplink };
	int err = dataplane_apply(agent->pass.dataplane, &op);

	if (err)
		log_error("%s: cannot remove it: %s", uplink->name, strerror(-err));
	else
		log_info("%s: detached", uplink->name);
	return err;
}

int agent_detach(struct agent *agent)
{
	const struct state *observed = &agent->pass.observed;
	const char **names = agent->options->uplinks;
	int result = 0;

	for (size_t i = 0; i < observed->count; i++) {
		int err = 0;

		if (is_named(names, observed->uplinks[i].name))
			err = detach_one(agent, &observed->uplinks[i]);
		result = err ? err : result;
	}
	for (const char **name = names; name && *name; name++) {
		if (!state_find(observed, *name))
			log_warning("%s: is not served: nothing to detach", *name);
	}
	if (!names && !result)
		rmdir(agent->options->pins); /* if it is empty: others may have pins there */
	return result;
}
