/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "notify.h"

#define PATIENCE_SECONDS 1

int notify_address(const char *text, struct sockaddr_un *to, socklen_t *length)
{
	size_t size = strlen(text);

	*to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if ((text[0] != '/' && text[0] != '@') || size < 2 || size >= sizeof(to->sun_path))
		return -EINVAL;
	memcpy(to->sun_path, text, size);
	*length = offsetof(struct sockaddr_un, sun_path) + size;
	if (text[0] == '@') /* abstract: begins with a zero byte, and its length is its end */
		to->sun_path[0] = '\0';
	else
		*length += 1;
	return 0;
}

void notify_open(struct notify *n)
{
	const struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
	const char *text = getenv("NOTIFY_SOCKET");

	*n = (struct notify){ .fd = -1 };
	if (!text)
		return;
	if (notify_address(text, &n->to, &n->length)) {
		log_warning("NOTIFY_SOCKET '%s': nobody is told: it has to be a path or @NAME",
			    text);
		return;
	}
	n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (n->fd >= 0)
		setsockopt(n->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	else
		log_warning("NOTIFY_SOCKET: %s", strerror(errno));
}

void notify_close(struct notify *n)
{
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
}

static int read_number(const char *name, uint64_t *number)
{
	const char *text = getenv(name);
	char *end;

	if (!text)
		return -ENOENT;
	errno = 0;
	*number = strtoull(text, &end, 10);
	return errno || end == text || *end ? -EINVAL : 0;
}

/* A process that inherits the environment, but is not the one meant, must not answer. */
uint64_t notify_watchdog(void)
{
	uint64_t usec, pid;
	int err = read_number("WATCHDOG_PID", &pid);

	if (err == -EINVAL || (!err && pid != (uint64_t)getpid()))
		return 0;
	return read_number("WATCHDOG_USEC", &usec) ? 0 : usec;
}

/*
 * A manager that does not listen must not hold up the data path for long, and
 * with MSG_DONTWAIT not at all: that is for words that come again.
 */
static void send_text(struct notify *n, int flags, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void send_text(struct notify *n, int flags, const char *format, ...)
{
	char text[512];
	va_list args;
	int size;

	if (n->fd < 0)
		return;
	va_start(args, format);
	size = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (sendto(n->fd, text, size, flags, (const struct sockaddr *)&n->to, n->length) < 0)
		log_write(flags ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING,
			  "NOTIFY_SOCKET: not told %.*s: %s", (int)strcspn(text, "\n"), text,
			  strerror(errno));
}

/* Whether it is news. */
static int keep_status(struct notify *n, const char *status)
{
	char line[sizeof(n->status)];
	int news;

	snprintf(line, sizeof(line), "%s", status);
	line[strcspn(line, "\n")] = '\0';
	news = strcmp(line, n->status) != 0;
	strcpy(n->status, line);
	return news;
}

void notify_ready(struct notify *n, const char *status)
{
	keep_status(n, status);
	send_text(n, 0, "READY=1\nSTATUS=%s", n->status);
}

/* systemd 253 and later pair READY=1 with this one by the time, CLOCK_MONOTONIC. */
void notify_reloading(struct notify *n)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	send_text(n, 0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
		  (uint64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
}

void notify_stopping(struct notify *n)
{
	keep_status(n, "ends; the programs stay in place");
	send_text(n, 0, "STOPPING=1\nSTATUS=%s", n->status);
}

void notify_alive(struct notify *n)
{
	send_text(n, MSG_DONTWAIT, "WATCHDOG=1");
}

void notify_status(struct notify *n, const char *status)
{
	if (keep_status(n, status))
		send_text(n, MSG_DONTWAIT, "STATUS=%s", n->status);
}
