/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "exporter.h"
#include "hairpin/reasons.h"
#include "log.h"

#define PAGE "/metrics"
#define SOCKET_MODE 0660
#define BACKLOG 64

/* ---- the page */

/* Of ids up to the last one in use. */
static int read_stats(struct metrics_uplink *u, int fd)
{
	const struct table *endpoints = &u->state->maps[PINS_ENDPOINTS];
	const struct pins_endpoint *last =
		endpoints->count ? table_at(endpoints, endpoints->count - 1) : NULL;
	__u32 slots = last ? last->id + 1 : 0;
	struct hp_stats *stats;
	int err;

	if (slots > u->state->slots)
		slots = u->state->slots;
	stats = calloc(slots + 1, sizeof(*stats));
	if (!stats)
		return -ENOMEM;
	err = slots ? pins_read_all_stats(fd, slots, stats) : 0;
	if (err) {
		free(stats);
		return err;
	}
	u->stats = stats;
	u->slots = slots;
	return 0;
}

static int read_reasons(struct metrics_uplink *u, int fd)
{
	struct hp_counter *reasons = calloc(HP_REASON_COUNT, sizeof(*reasons));
	int err = reasons ? pins_read_all_reasons(fd, HP_REASON_COUNT, reasons) : -ENOMEM;

	if (err)
		free(reasons);
	else
		u->reasons = reasons;
	return err;
}

/* What cannot be read has no series: zeros would look as if the counters began anew. */
static void read_uplink(struct metrics_uplink *u, const struct dataplane *dp)
{
	const char *name = u->state->name;
	int err = read_stats(u, dataplane_map(dp, name, PINS_STATS));

	if (!err)
		err = read_reasons(u, dataplane_map(dp, name, PINS_REASONS));
	if (err)
		log_warning("metrics: %s: its counters cannot be read: %s", name, strerror(-err));
	for (int map = STATE_FIRST_MAP; map <= STATE_LAST_MAP; map++)
		u->capacity[map] = pins_capacity(dataplane_map(dp, name, map));
}

/* One whose maps are of another layout, or could not be replaced, has nothing to tell. */
static void read_uplinks(const struct exporter *x, struct metrics *m,
			 struct metrics_uplink *uplinks)
{
	const struct state *observed = &x->pass->observed;

	for (size_t i = 0; i < observed->count; i++) {
		if (!observed->uplinks[i].known)
			continue;
		uplinks[m->count].state = &observed->uplinks[i];
		read_uplink(&uplinks[m->count++], x->pass->dataplane);
	}
}

static void free_uplinks(struct metrics_uplink *uplinks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free((void *)uplinks[i].stats);
		free((void *)uplinks[i].reasons);
	}
	free(uplinks);
}

static void release_text(const void *data, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	free((void *)data);
}

static int write_text(struct evbuffer *out, const struct metrics *m)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	int err = stream ? metrics_write(stream, m) : -ENOMEM;

	if (stream && fclose(stream) && !err)
		err = -ENOMEM;
	if (!err && evbuffer_add_reference(out, text, size, release_text, NULL))
		err = -ENOMEM;
	if (err)
		free(text);
	return err;
}

static int write_page(struct evbuffer *out, void *arg)
{
	const struct exporter *x = arg;
	struct metrics_uplink *uplinks = calloc(x->pass->observed.count + 1, sizeof(*uplinks));
	struct metrics m = {
		.agent = x->agent,
		.failed_uplinks = x->pass->waiting.count,
		.failed_endpoints = x->declared->failures.count,
		.uplinks = uplinks,
	};
	int err = -ENOMEM;

	if (uplinks) {
		read_uplinks(x, &m, uplinks);
		err = write_text(out, &m);
	}
	if (err)
		log_warning("metrics: %s", strerror(-err));
	free_uplinks(uplinks, m.count);
	return err;
}

/* ---- where it is served */

static int bind_and_listen(int fd, const struct sockaddr *address, socklen_t length)
{
	return bind(fd, address, length) || listen(fd, BACKLOG) ? -errno : 0;
}

/* What a dead hairpind left is in the way; whoever runs holds the lock of the directory. */
static int open_local(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, err;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	if (unlink(path) && errno != ENOENT)
		return -errno;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	err = fchmod(fd, 0) ? -errno : 0; /* nobody connects before its mode is set */
	if (!err)
		err = bind_and_listen(fd, (const struct sockaddr *)&address, sizeof(address));
	if (!err && chmod(path, SOCKET_MODE))
		err = -errno;
	if (err)
		close(fd);
	return err ? err : fd;
}

/* The address may come later: hairpind starts before the network is up. */
static int open_remote(const char *text)
{
	struct sockaddr_storage address;
	socklen_t length;
	int fd, on = 1, err = http_address(text, &address, &length);

	if (err)
		return err;
	fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof(on)))
		err = -errno;
	if (!err)
		err = bind_and_listen(fd, (const struct sockaddr *)&address, length);
	if (err)
		close(fd);
	return err ? err : fd;
}

int exporter_open(struct exporter *x, struct event_base *base, const char *run)
{
	int fd;

	x->base = base;
	if (snprintf(x->path, sizeof(x->path), "%s/metrics.sock", run) >= (int)sizeof(x->path))
		return -ENAMETOOLONG;
	fd = open_local(x->path);
	if (fd < 0) {
		log_error("%s: cannot listen there: %s: name another directory with --run", x->path,
			  strerror(-fd));
		return fd;
	}
	x->local = http_open(base, fd, PAGE, write_page, x);
	return x->local ? 0 : -ENOMEM;
}

void exporter_close(struct exporter *x)
{
	if (x->local)
		unlink(x->path);
	http_close(x->local);
	http_close(x->remote);
	x->local = x->remote = NULL;
	x->address[0] = '\0';
}

static int fail_to_listen(const char *address, int err, char *error, size_t size)
{
	snprintf(error, size, "metrics = \"%s\": %s%s", address, strerror(-err),
		 err == -EADDRINUSE ? ": somebody else listens there: choose another port" : "");
	return err;
}

static int serve(struct exporter *x, const char *address, struct http **remote)
{
	int fd = open_remote(address);

	if (fd < 0)
		return fd;
	*remote = http_open(x->base, fd, PAGE, write_page, x);
	return *remote ? 0 : -ENOMEM;
}

/* In network order; 0: none. */
static in_port_t port_of(const char *text)
{
	struct sockaddr_storage address;
	socklen_t length;

	if (http_address(text, &address, &length))
		return 0;
	return address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
					     : ((struct sockaddr_in *)&address)->sin_port;
}

/*
 * All addresses and one of them exclude each other on a port, also where both are to
 * be ours: the former goes first, and comes back where the new one is not to be had.
 */
static int serve_instead(struct exporter *x, const char *address, struct http **remote)
{
	int err, lost;

	http_close(x->remote);
	x->remote = NULL;
	err = serve(x, address, remote);
	lost = err ? serve(x, x->address, &x->remote) : 0;
	if (lost) {
		log_error("metrics = \"%s\": cannot listen there again: %s", x->address,
			  strerror(-lost));
		x->address[0] = '\0';
	}
	return err;
}

int exporter_listen(struct exporter *x, const char *address, char *error, size_t size)
{
	struct http *remote = NULL;
	int err = 0;

	if (!strcmp(address, x->address))
		return 0;
	if (address[0])
		err = serve(x, address, &remote);
	if (err == -EADDRINUSE && x->remote && port_of(address) == port_of(x->address))
		err = serve_instead(x, address, &remote);
	if (err)
		return fail_to_listen(address, err, error, size);
	http_close(x->remote);
	x->remote = remote;
	snprintf(x->address, sizeof(x->address), "%s", address);
	return 0;
}
