/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a service manager is told: sd_notify(3) and sd_watchdog_enabled(3), by
 * hand. Without one, and when it does not listen, nothing happens.
 */
#ifndef HAIRPIN_NOTIFY_H
#define HAIRPIN_NOTIFY_H

#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct notify {
	int fd; /* -1: nobody is to be told */
	struct sockaddr_un to;
	socklen_t length;
	char status[160]; /* what was said last */
};

/* From $NOTIFY_SOCKET: a path, or '@' and an abstract name. */
void notify_open(struct notify *n);
void notify_close(struct notify *n);

/* Microseconds after which the manager takes this process for hung; 0: it does not watch. */
uint64_t notify_watchdog(void);

/* The sets of lines of sd_notify(3). All with what is printed for STATUS, one line. */
void notify_ready(struct notify *n, const char *status);
void notify_reloading(struct notify *n);
void notify_stopping(struct notify *n);
void notify_alive(struct notify *n);
void notify_status(struct notify *n, const char *status); /* nothing is sent if it is the same */

/* Pure: the address of $NOTIFY_SOCKET. 0 or -EINVAL. */
int notify_address(const char *text, struct sockaddr_un *to, socklen_t *length);

#endif
