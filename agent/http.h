/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server of one page over HTTP/1.x, for clients that nobody trusts: a request
 * has a few KB and a few seconds in all, and there are so many connections and
 * no more. (evhttp of libevent 2.1 bounds neither connections nor the time of a
 * request: its timeout begins anew with each byte.)
 */
#ifndef HAIRPIN_HTTP_H
#define HAIRPIN_HTTP_H

#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/event.h>

#define HTTP_CONNECTIONS 16 /* one more, and the oldest that still waits for its request goes */
#define HTTP_REQUEST 8192   /* bytes of request line and headers */
#define HTTP_SECONDS 10	    /* for all of a request and its answer */

struct http;

/* Appends the page to @out. 0 or -errno. */
typedef int (*http_page)(struct evbuffer *out, void *arg);

/* An address as "127.0.0.1:9469" or "[::1]:9469". 0 or -EINVAL. Pure. */
int http_address(const char *text, struct sockaddr_storage *address, socklen_t *length);

/*
 * Serves @page under @path on a listening socket, which it takes over, also when
 * it fails. NULL: no memory. Of @base's priorities it takes the lowest.
 */
struct http *http_open(struct event_base *base, int fd, const char *path, http_page page,
		       void *arg);
void http_close(struct http *http); /* NULL is fine */

#endif
