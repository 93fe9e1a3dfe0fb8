/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/bufferevent.h>

#include "http.h"
#include "log.h"

#define LOWEST_PRIORITY 1
#define AGAIN_SECONDS 1

enum phase {
	PHASE_REQUEST, /* reads it */
	PHASE_ANSWER,  /* writes */
	PHASE_END,     /* has written; what comes is thrown away, until the client closes */
};

struct connection {
	struct http *http;
	struct connection *next; /* the older ones come later */
	struct bufferevent *stream;
	struct event *deadline;
	enum phase phase;
	bool closed; /* the client has closed its side */
};

struct http {
	struct event_base *base;
	int fd;
	struct event *listener;
	struct event *again; /* after a failure to accept */
	struct connection *connections;
	size_t count;
	const char *path;
	http_page page;
	void *arg;
};

static int read_port(const char *text, in_port_t *port)
{
	unsigned long number;
	char *end;

	number = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || number < 1 || number > 65535)
		return -EINVAL;
	*port = htons(number);
	return 0;
}

int http_address(const char *text, struct sockaddr_storage *address, socklen_t *length)
{
	struct sockaddr_in *in = (struct sockaddr_in *)address;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)address;
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN + 2];
	size_t size = colon ? (size_t)(colon - text) : 0;

	*address = (struct sockaddr_storage){};
	if (!size || size >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, size);
	host[size] = '\0';
	if (host[0] == '[' && host[size - 1] == ']') {
		host[size - 1] = '\0';
		address->ss_family = AF_INET6;
		*length = sizeof(*in6);
		return inet_pton(AF_INET6, host + 1, &in6->sin6_addr) == 1
			       ? read_port(colon + 1, &in6->sin6_port)
			       : -EINVAL;
	}
	address->ss_family = AF_INET;
	*length = sizeof(*in);
	return inet_pton(AF_INET, host, &in->sin_addr) == 1 ? read_port(colon + 1, &in->sin_port)
							    : -EINVAL;
}

static void drop(struct connection *c)
{
	struct connection **at = &c->http->connections;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	c->http->count--;
	bufferevent_free(c->stream);
	event_free(c->deadline);
	free(c);
}

static void answer_head(struct connection *c, const char *status, const char *more, size_t size)
{
	evbuffer_add_printf(bufferevent_get_output(c->stream),
			    "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\nConnection: close\r\n\r\n",
			    status, more, size);
}

static void answer(struct connection *c, const char *status, const char *more)
{
	answer_head(c, status, more, strlen(status) + 1);
	evbuffer_add_printf(bufferevent_get_output(c->stream), "%s\n", status);
}

static void answer_page(struct connection *c)
{
	struct evbuffer *page = evbuffer_new();

	if (!page || c->http->page(page, c->http->arg)) {
		answer(c, "500 Internal Server Error", "");
	} else {
		answer_head(c, "200 OK",
			    "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n",
			    evbuffer_get_length(page));
		evbuffer_add_buffer(bufferevent_get_output(c->stream), page);
	}
	if (page)
		evbuffer_free(page);
}

/* Of the path, a query does not count: nothing can be asked for. */
static bool is_path(const char *got, const char *path)
{
	size_t size = strlen(path);

	return !strncmp(got, path, size) && (!got[size] || got[size] == '?');
}

static void answer_request(struct connection *c, const char *line)
{
	char method[16], path[256], version[16];

	if (sscanf(line, "%15s %255s %15s", method, path, version) != 3 ||
	    strncmp(version, "HTTP/1.", strlen("HTTP/1.")) != 0)
		answer(c, "400 Bad Request", "");
	else if (!is_path(path, c->http->path))
		answer(c, "404 Not Found", "");
	else if (strcmp(method, "GET") != 0)
		answer(c, "405 Method Not Allowed", "Allow: GET\r\n");
	else
		answer_page(c);
}

static void discard(struct evbuffer *in)
{
	evbuffer_drain(in, evbuffer_get_length(in));
}

/* The headers say nothing that matters, but their end is that of the request. */
static void on_read(struct bufferevent *stream, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(stream);
	struct connection *c = arg;
	char *line;

	if (c->phase != PHASE_REQUEST) {
		discard(in);
		return;
	}
	if (evbuffer_search(in, "\r\n\r\n", 4, NULL).pos >= 0) {
		line = evbuffer_readln(in, NULL, EVBUFFER_EOL_CRLF);
		answer_request(c, line ? line : "");
		free(line);
	} else if (evbuffer_get_length(in) >= HTTP_REQUEST) {
		answer(c, "431 Request Header Fields Too Large", "");
	} else {
		return;
	}
	discard(in);
	c->phase = PHASE_ANSWER;
}

/*
 * A socket that is closed with something unread in it takes the answer back
 * that is under way: so the client is to close first.
 */
static void on_written(struct bufferevent *stream, void *arg)
{
	struct connection *c = arg;

	if (c->phase != PHASE_ANSWER)
		return;
	if (c->closed) {
		drop(c);
		return;
	}
	c->phase = PHASE_END;
	shutdown(bufferevent_getfd(stream), SHUT_WR);
}

/* A client may close its side when it has asked. */
static void on_end(struct bufferevent *stream, short what, void *arg)
{
	struct connection *c = arg;

	(void)stream;
	c->closed = what & BEV_EVENT_EOF;
	if (!c->closed || c->phase != PHASE_ANSWER)
		drop(c);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	drop(arg);
}

static int start(struct connection *c, int fd)
{
	const struct timeval deadline = { .tv_sec = HTTP_SECONDS };

	c->stream = bufferevent_socket_new(c->http->base, fd, BEV_OPT_CLOSE_ON_FREE);
	c->deadline = evtimer_new(c->http->base, on_deadline, c);
	if (!c->stream || !c->deadline || bufferevent_priority_set(c->stream, LOWEST_PRIORITY) ||
	    event_add(c->deadline, &deadline))
		return -ENOMEM;
	bufferevent_setwatermark(c->stream, EV_READ, 0, HTTP_REQUEST);
	bufferevent_setcb(c->stream, on_read, on_written, on_end, c);
	return bufferevent_enable(c->stream, EV_READ | EV_WRITE) ? -ENOMEM : 0;
}

static void connect_client(struct http *http, int fd)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (!c) {
		close(fd);
		return;
	}
	c->http = http;
	if (!start(c, fd)) {
		c->next = http->connections;
		http->connections = c;
		http->count++;
		return;
	}
	if (c->stream)
		bufferevent_free(c->stream);
	else
		close(fd);
	if (c->deadline)
		event_free(c->deadline);
	free(c);
}

/* The one that has waited longest without a request, else the oldest. */
static struct connection *least_worthy(const struct http *http)
{
	struct connection *found = NULL;

	for (struct connection *c = http->connections; c; c = c->next) {
		if (!found || c->phase != PHASE_ANSWER || found->phase == PHASE_ANSWER)
			found = c;
	}
	return found;
}

/*
 * One at a time, so that whoever connects faster than we accept does not keep
 * the loop from everything else. Without descriptors it would fail over and over.
 */
static void on_connect(evutil_socket_t listener, short what, void *arg)
{
	const struct timeval delay = { .tv_sec = AGAIN_SECONDS };
	struct http *http = arg;
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)what;
	if (fd < 0) {
		if (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR)
			return;
		log_warning("metrics: cannot accept: %s", strerror(errno));
		event_del(http->listener);
		event_add(http->again, &delay);
		return;
	}
	if (http->count >= HTTP_CONNECTIONS)
		drop(least_worthy(http));
	connect_client(http, fd);
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	struct http *http = arg;

	(void)fd;
	(void)what;
	event_add(http->listener, NULL);
}

struct http *http_open(struct event_base *base, int fd, const char *path, http_page page, void *arg)
{
	struct http *http = calloc(1, sizeof(*http));

	if (!http) {
		close(fd);
		return NULL;
	}
	*http = (struct http){ .base = base, .fd = fd, .path = path, .page = page, .arg = arg };
	http->listener = event_new(base, fd, EV_READ | EV_PERSIST, on_connect, http);
	http->again = evtimer_new(base, on_again, http);
	if (http->listener && http->again && !event_priority_set(http->listener, LOWEST_PRIORITY) &&
	    !event_add(http->listener, NULL))
		return http;
	http_close(http);
	return NULL;
}

void http_close(struct http *http)
{
	if (!http)
		return;
	while (http->connections)
		drop(http->connections);
	if (http->again)
		event_free(http->again);
	if (http->listener)
		event_free(http->listener);
	close(http->fd);
	free(http);
}
