// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "containers.h"
#include "engines.h"

#define CHUNK 65536

/* HTTP/1.0: the answer comes in one piece, and ends with the connection. */
static const char request[] = "GET /containers/json HTTP/1.0\r\nHost: localhost\r\n\r\n";

static const struct engine {
	const char *name;
	const char *variable; /* says where its socket is, to its own client as well */
	const char *socket;
	const char *storage; /* where its containers are kept, should nobody listen; or NULL */
} engines[] = {
	{ "docker", "DOCKER_HOST", "/run/docker.sock", NULL },
	{ "podman", "CONTAINER_HOST", "/run/podman/podman.sock",
	  "/var/lib/containers/storage/overlay-containers/containers.json" },
};

#define ENGINES (sizeof(engines) / sizeof(*engines))

/* One that was put, and what has come of the answer. */
struct question {
	int fd;	       /* -1: it is over */
	bool complete; /* the other side has ended the answer */
	char *text;
	size_t length;
	size_t size;
};

/* NULL: nobody has said. */
static const char *told(const struct engine *e)
{
	const char *host = getenv(e->variable);

	return host && *host ? host : NULL;
}

/* NULL: an engine elsewhere, which knows other containers. */
static const char *socket_of(const struct engine *e)
{
	static const char scheme[] = "unix://";
	const char *host = told(e);

	if (!host)
		return e->socket;
	return strncmp(host, scheme, strlen(scheme)) ? NULL : host + strlen(scheme);
}

/* Of a socket on which nobody accepts, connect() to a full backlog would wait. */
static int open_socket(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd;

	if (!path || strlen(path) >= sizeof(to.sun_path))
		return -1;
	strcpy(to.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0 && (connect(fd, (struct sockaddr *)&to, sizeof(to)) ||
			send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static bool make_room(struct question *q)
{
	size_t size = q->size ? 2 * q->size : CHUNK;
	char *text;

	if (q->length < q->size)
		return true;
	errno = EMSGSIZE;
	text = size <= ENGINES_BYTES ? realloc(q->text, size) : NULL;
	if (!text)
		return false;
	q->text = text;
	q->size = size;
	return true;
}

static void hear(struct question *q)
{
	ssize_t n = -1;

	if (make_room(q))
		n = recv(q->fd, q->text + q->length, q->size - q->length, 0);
	if (n > 0)
		q->length += n;
	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	q->complete = !n;
	close(q->fd);
	q->fd = -1;
}

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Until all is said, or the time is over. */
static void hear_all(struct question questions[ENGINES], int ms)
{
	long long left, end = now_ms() + ms;

	while ((left = end - now_ms()) > 0) {
		struct pollfd fds[ENGINES] = {};
		bool open = false;

		for (size_t i = 0; i < ENGINES; i++) {
			fds[i] = (struct pollfd){ .fd = questions[i].fd, .events = POLLIN };
			open |= fds[i].fd >= 0;
		}
		if (!open || (poll(fds, ENGINES, (int)left) < 0 && errno != EINTR))
			return;
		for (size_t i = 0; i < ENGINES; i++) {
			if (fds[i].revents)
				hear(&questions[i]);
		}
	}
}

/* NULL: this is not HTTP, or not 200. */
static const char *body_of(const struct question *q, size_t *length)
{
	static const char version[] = "HTTP/1.", ok[] = " 200 ", blank[] = "\r\n\r\n";
	const size_t digit = strlen(version);
	const char *end;

	if (!q->complete || q->length < digit + 1 + strlen(ok) ||
	    memcmp(q->text, version, digit) != 0 ||
	    memcmp(q->text + digit + 1, ok, strlen(ok)) != 0)
		return NULL;
	end = memmem(q->text, q->length, blank, strlen(blank));
	if (!end)
		return NULL;
	end += strlen(blank);
	*length = q->text + q->length - end;
	return end;
}

static bool take_answer(json_t *known, const struct engine *e, const struct question *q)
{
	size_t length;
	const char *body = body_of(q, &length);

	return body && containers_take_answer(known, e->name, body, length);
}

/* It is replaced as a whole, never written to: no lock is needed to read it. */
static void take_storage(json_t *known, const struct engine *e)
{
	int fd = open(e->storage, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char *text = NULL;
	struct stat st;
	ssize_t n = -1;

	if (fd < 0)
		return;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size <= ENGINES_BYTES)
		text = malloc(st.st_size + 1);
	if (text)
		n = read(fd, text, st.st_size);
	if (n > 0)
		containers_take_storage(known, e->name, text, n);
	free(text);
	close(fd);
}

json_t *engines_ask(int ms)
{
	struct question questions[ENGINES] = {};
	json_t *known = json_array();

	for (size_t i = 0; i < ENGINES; i++)
		questions[i].fd = open_socket(socket_of(&engines[i]));
	hear_all(questions, ms);
	for (size_t i = 0; i < ENGINES; i++) {
		bool taken = take_answer(known, &engines[i], &questions[i]);

		if (!taken && engines[i].storage && !told(&engines[i]))
			take_storage(known, &engines[i]);
		if (questions[i].fd >= 0)
			close(questions[i].fd);
		free(questions[i].text);
	}
	return known;
}
