/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "agent.h"
#include "declared.h"
#include "discover.h"
#include "exporter.h"
#include "log.h"
#include "netns.h"
#include "notify.h"
#include "pass.h"
#include "place.h"

#define RETRY_FIRST 1 /* seconds after which a failed uplink is tried again, doubling */
#define RETRY_LAST 64
#define RESYNC_DELAY_MS 50 /* when the kernel changes faster than it can be read */
#define RESYNC_TRIES 3
#define RESCAN_SECONDS 2
#define RESCAN_LAST 64
#define TURN_DELAY_MS 100 /* while a command changes something */
#define START_TRIES 100
#define DESCRIPTION 160

struct agent {
	const struct options *options;
	struct config config;
	struct model model;
	struct discover *discover;
	struct pass pass;
	struct declared declared;
	bool compare; /* endpoints that are declared and there, with the configuration */
	int retry_seconds;
	struct event_base *base;
	struct event *retry_timer;
	struct event *resync_timer;
	struct event *mounts; /* while an endpoint waits for its netns */
	int mounts_fd;
	struct event *turn_timer; /* while what is declared waits for its turn */
	struct event *rescan_timer;
	int rescan_seconds;
	struct event *watchdog_timer;
	struct notify notify;
	bool ready;
	struct metrics_agent metrics;
	struct exporter exporter;
};

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
	int err = read_kernel(agent, START_TRIES);

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

/*
 * A netns that gets a name is mounted, and nothing else tells of it. The file
 * is always readable: only with EV_ET does it tell of changes, proc(5).
 */
static void on_mounts(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	agent_sync(arg);
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

	return discover_events(agent->discover) < 0 ? read_kernel(agent, START_TRIES) : 0;
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

/* In a line, for the log and for `systemctl status`. */
static const char *describe(const struct agent *agent, char out[DESCRIPTION])
{
	size_t failures = agent->pass.waiting.count + agent->declared.failures.count;
	int n = snprintf(out, DESCRIPTION, "%zu uplinks, %zu endpoints", agent->pass.observed.count,
			 count_endpoints(agent));

	if (failures)
		n += snprintf(out + n, DESCRIPTION - n, "; %zu failed", failures);
	if (agent->metrics.reload_failed)
		n += snprintf(out + n, DESCRIPTION - n, "; the last reload failed");
	if (failures || agent->metrics.reload_failed)
		snprintf(out + n, DESCRIPTION - n, ", see the log");
	return out;
}

static void tell_status(struct agent *agent)
{
	char text[DESCRIPTION];

	if (agent->ready)
		notify_status(&agent->notify, describe(agent, text));
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

int agent_sync(struct agent *agent)
{
	const struct timeval delay = { .tv_usec = RESYNC_DELAY_MS * 1000 };
	int err;

	if (agent->resync_timer && evtimer_pending(agent->resync_timer, NULL))
		return -EAGAIN; /* half a model would withdraw what is there */
	err = declared_run(&agent->declared, &agent->config, &agent->model, agent->compare,
			   refresh_model, agent);
	if (err) {
		if (agent->resync_timer)
			evtimer_add(agent->resync_timer, &delay);
		return err;
	}
	if (agent->declared.postponed)
		schedule_turn(agent);
	else
		agent->compare = false;
	find_netns(&agent->config);
	read_untold(agent);
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

static void resync(struct agent *agent)
{
	const struct timeval delay = { .tv_usec = RESYNC_DELAY_MS * 1000 };

	agent->metrics.resyncs++;
	if (read_kernel(agent, RESYNC_TRIES)) {
		evtimer_add(agent->resync_timer, &delay);
		return;
	}
	evtimer_del(agent->resync_timer);
	agent_sync(agent);
}

static void on_resync_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	resync(arg);
}

static void rescan_after(struct agent *agent, int seconds)
{
	const struct timeval delay = { .tv_sec = seconds };

	agent->rescan_seconds = seconds;
	evtimer_add(agent->rescan_timer, &delay);
}

/* After the containers of new namespaces have had time to start, and devices to come up. */
static void schedule_rescan(struct agent *agent)
{
	if (discover_take_again(agent->discover))
		rescan_after(agent, RESCAN_SECONDS);
}

static void take_news(struct agent *agent, int result)
{
	if (result == -EAGAIN) {
		log_warning("netlink notifications were lost: everything is read again");
		resync(agent);
	} else if (result < 0) {
		log_error("netlink: %s: everything is read again", strerror(-result));
		resync(agent);
	} else if (result) {
		agent_sync(agent);
	}
	schedule_rescan(agent);
}

static void on_netlink(evutil_socket_t fd, short what, void *arg)
{
	struct agent *agent = arg;

	(void)fd;
	(void)what;
	take_news(agent, discover_events(agent->discover));
}

static void on_rescan_timer(evutil_socket_t fd, short what, void *arg)
{
	struct agent *agent = arg;
	int result = discover_rescan(agent->discover);

	(void)fd;
	(void)what;
	discover_take_again(agent->discover); /* once is enough ... */
	/* ... but for the name: CNI's plugins wait for IPv6 DAD before the process starts. */
	if (discover_is_unnamed(agent->discover) && agent->rescan_seconds < RESCAN_LAST)
		rescan_after(agent, 2 * agent->rescan_seconds);
	take_news(agent, result);
}

static void on_turn_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	agent_sync(arg);
}

static void on_retry_timer(evutil_socket_t fd, short what, void *arg)
{
	struct agent *agent = arg;

	(void)fd;
	(void)what;
	pass_retry(&agent->pass);
	declared_retry(&agent->declared);
	agent_sync(agent);
}

static const char *config_path(const struct agent *agent)
{
	return agent->options->config ? agent->options->config : CONFIG_DEFAULT;
}

/* All of the file holds, or nothing of it: also where metrics are to be. */
static int read_config(struct agent *agent, char *error, size_t size)
{
	const char *path = config_path(agent);
	struct config config = config_default();
	int err = config_read(path, !agent->options->config, &config, error, size), n;

	if (err)
		return err;
	n = snprintf(error, size, "%s: ", path);
	if (n < (int)size)
		err = exporter_listen(&agent->exporter, config.metrics, error + n, size - n);
	if (err) {
		config_free(&config);
		return err;
	}
	config_free(&agent->config);
	agent->config = config;
	return 0;
}

static void reload(struct agent *agent)
{
	char error[512];

	agent->metrics.reload_failed = read_config(agent, error, sizeof(error));
	if (agent->metrics.reload_failed) {
		agent->metrics.failed_reloads++;
		log_error("%s: the former configuration stays in force", error);
		return;
	}
	log_info("configuration was read again");
	agent->metrics.reloads++;
	agent->metrics.reloaded = time(NULL);
	pass_retry(&agent->pass); /* it may be what was wrong */
	declared_retry(&agent->declared);
	agent->compare = true;
	agent_sync(agent);
}

/* The manager waits for READY=1 however it went: it knows no reload that failed. */
static void on_hangup(evutil_socket_t fd, short what, void *arg)
{
	struct agent *agent = arg;
	char text[DESCRIPTION];

	(void)fd;
	(void)what;
	notify_reloading(&agent->notify);
	reload(agent);
	notify_ready(&agent->notify, describe(agent, text));
}

static void on_end(evutil_socket_t fd, short what, void *arg)
{
	struct agent *agent = arg;

	(void)fd;
	(void)what;
	log_info("ends; the programs stay in place");
	notify_stopping(&agent->notify);
	event_base_loopbreak(agent->base);
}

static void on_watchdog_timer(evutil_socket_t fd, short what, void *arg)
{
	struct agent *agent = arg;

	(void)fd;
	(void)what;
	notify_alive(&agent->notify);
}

/* Twice as often as the manager wants to hear from us, as sd_watchdog_enabled(3) advises. */
static void start_watchdog(struct agent *agent)
{
	const uint64_t usec = notify_watchdog() / 2;
	const struct timeval period = { .tv_sec = usec / 1000000, .tv_usec = usec % 1000000 };

	if (usec)
		event_add(agent->watchdog_timer, &period);
}

static void become_ready(struct agent *agent)
{
	char text[DESCRIPTION];

	describe(agent, text);
	log_info("ready: %s", text);
	notify_ready(&agent->notify, text);
	agent->ready = true;
	start_watchdog(agent);
}

/* Owned by the loop, and gone with it. */
struct loop_events {
	struct event *netlink, *hangup, *term, *interrupt;
};

/*
 * Whoever asks for metrics waits for what serves endpoints: after each event of
 * the lower priority, 1, the loop looks whether there are others.
 */
static struct event_base *new_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (config && !event_config_set_max_dispatch_interval(config, NULL, 1, 1))
		base = event_base_new_with_config(config);
	if (config)
		event_config_free(config);
	if (base && event_base_priority_init(base, 2)) {
		event_base_free(base);
		base = NULL;
	}
	return base;
}

static void make_events(struct agent *agent, struct loop_events *e)
{
	e->netlink = event_new(agent->base, discover_fd(agent->discover), EV_READ | EV_PERSIST,
			       on_netlink, agent);
	e->hangup = evsignal_new(agent->base, SIGHUP, on_hangup, agent);
	e->term = evsignal_new(agent->base, SIGTERM, on_end, agent);
	e->interrupt = evsignal_new(agent->base, SIGINT, on_end, agent);
	agent->retry_timer = evtimer_new(agent->base, on_retry_timer, agent);
	agent->resync_timer = evtimer_new(agent->base, on_resync_timer, agent);
	agent->mounts_fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	agent->mounts = event_new(agent->base, agent->mounts_fd, EV_READ | EV_PERSIST | EV_ET,
				  on_mounts, agent);
	agent->rescan_timer = evtimer_new(agent->base, on_rescan_timer, agent);
	agent->turn_timer = evtimer_new(agent->base, on_turn_timer, agent);
	agent->watchdog_timer = event_new(agent->base, -1, EV_PERSIST, on_watchdog_timer, agent);
}

static int add_events(struct agent *agent, struct loop_events *e)
{
	struct event *const all[] = {
		e->netlink,
		e->hangup,
		e->term,
		e->interrupt,
		agent->retry_timer,
		agent->resync_timer,
		agent->mounts,
		agent->rescan_timer,
		agent->turn_timer,
		agent->watchdog_timer,
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!all[i] || event_priority_set(all[i], 0))
			return -ENOMEM;
	}
	if (agent->mounts_fd < 0 || event_add(e->netlink, NULL) || evsignal_add(e->hangup, NULL) ||
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
	free_event(&agent->mounts);
	if (agent->mounts_fd >= 0)
		close(agent->mounts_fd);
	free_event(&agent->rescan_timer);
	free_event(&agent->turn_timer);
	free_event(&agent->watchdog_timer);
}

static int open_exporter(struct agent *agent)
{
	char error[256];
	int err = exporter_open(&agent->exporter, agent->base, agent->options->run);

	if (err)
		return err;
	err = exporter_listen(&agent->exporter, agent->config.metrics, error, sizeof(error));
	if (err)
		log_error("%s: %s", config_path(agent), error);
	return err;
}

static int loop(struct agent *agent)
{
	agent_sync(agent); /* an uplink that fails is tried again by the timer */
	become_ready(agent);
	schedule_rescan(agent);
	if (event_base_dispatch(agent->base) >= 0)
		return 0;
	log_error("event loop: %s", strerror(EIO));
	return -EIO;
}

int agent_run(struct agent *agent)
{
	struct loop_events events = {};
	int err = -ENOMEM;

	notify_open(&agent->notify);
	agent->base = new_base();
	if (agent->base) {
		make_events(agent, &events);
		err = add_events(agent, &events);
	}
	if (err)
		log_error("event loop: %s", strerror(-err));
	else
		err = open_exporter(agent) ?: loop(agent);
	exporter_close(&agent->exporter);
	remove_events(agent, &events);
	if (agent->base)
		event_base_free(agent->base);
	notify_close(&agent->notify);
	return err;
}
