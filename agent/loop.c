/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "loop.h"

#define RESYNC_TRIES 3
#define RESCAN_SECONDS 2
#define RESCAN_LAST 64

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

static void resync(struct agent *agent)
{
	const struct timeval delay = { .tv_usec = AGENT_RESYNC_DELAY_MS * 1000 };

	agent->metrics.resyncs++;
	if (agent_read_kernel(agent, RESYNC_TRIES)) {
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

/*
 * After the containers of new namespaces have had time to start, and devices to come up. A netns
 * that never rests does not put it off.
 */
static void schedule_rescan(struct agent *agent)
{
	bool again = discover_take_again(agent->discover);
	bool late = !evtimer_pending(agent->rescan_timer, NULL) ||
		    agent->rescan_seconds > RESCAN_SECONDS;

	if (again || (late && discover_is_torn(agent->discover)))
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
	char text[AGENT_DESCRIPTION];

	(void)fd;
	(void)what;
	notify_reloading(&agent->notify);
	reload(agent);
	notify_ready(&agent->notify, agent_describe(agent, text));
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
	char text[AGENT_DESCRIPTION];

	agent_describe(agent, text);
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
