// SPDX-License-Identifier: BSD-2-Clause
/* Engines on a socket, in whatever state: they are asked once, and never waited for. */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../tools/engines.h"

#define ID "aaaaaaaaaaaa0000000000000000000000000000000000000000000000000000"
#define OK "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n"
#define BODY "[{\"Id\":\"" ID "\",\"Names\":[\"/b1\"]}]"

struct fake {
	char dir[32];
	char path[64];
	int fd;
	pid_t pid;
};

static int setup(void **state)
{
	static struct fake fake;
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char host[80];

	fake = (struct fake){ .dir = "/tmp/engines.XXXXXX" };
	assert_non_null(mkdtemp(fake.dir));
	snprintf(fake.path, sizeof(fake.path), "%s/sock", fake.dir);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", fake.path);
	fake.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fake.fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fake.fd, 1), 0);
	snprintf(host, sizeof(host), "unix://%s", fake.path);
	setenv("DOCKER_HOST", host, 1);
	setenv("CONTAINER_HOST", "tcp://192.0.2.1:1", 1);
	*state = &fake;
	return 0;
}

static int teardown(void **state)
{
	struct fake *fake = *state;

	if (fake->pid) {
		kill(fake->pid, SIGKILL);
		waitpid(fake->pid, NULL, 0);
	}
	close(fake->fd);
	unlink(fake->path);
	rmdir(fake->dir);
	return 0;
}

/* Reads the request, which ends with an empty line. */
static int take_request(int listener)
{
	int fd = accept(listener, NULL, NULL);
	char text[1024] = "";
	size_t length = 0;
	ssize_t n = 1;

	while (n > 0 && length < sizeof(text) - 1 && !strstr(text, "\r\n\r\n")) {
		n = read(fd, text + length, sizeof(text) - 1 - length);
		length += n > 0 ? n : 0;
		text[length] = '\0';
	}
	if (strncmp(text, "GET /containers/json HTTP/1.0\r\n", 31) != 0)
		_exit(1);
	return fd;
}

/* In a process of its own: one request is answered with @length bytes of @text. */
static void answer(struct fake *fake, const char *text, size_t length)
{
	fake->pid = fork();
	assert_true(fake->pid >= 0);
	if (!fake->pid) {
		int fd = take_request(fake->fd);

		signal(SIGPIPE, SIG_IGN);
		while (length) {
			ssize_t n = write(fd, text, length);

			if (n <= 0)
				_exit(0); /* nobody listens any more */
			text += n;
			length -= n;
		}
		_exit(0);
	}
}

#define LONG 20000 /* also where processes get their turn late */

static size_t ask(int ms)
{
	json_t *known = engines_ask(ms);
	size_t count = json_array_size(known);

	assert_non_null(known);
	json_decref(known);
	return count;
}

static long long asked_ms(void)
{
	struct timespec begin, end;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	assert_int_equal(ask(ENGINES_MS), 0);
	clock_gettime(CLOCK_MONOTONIC, &end);
	return (end.tv_sec - begin.tv_sec) * 1000LL + (end.tv_nsec - begin.tv_nsec) / 1000000;
}

static void one_that_answers(void **state)
{
	answer(*state, OK BODY, strlen(OK BODY));
	assert_int_equal(ask(LONG), 1);
}

static void answer_of(struct fake *fake, size_t size)
{
	char *text = malloc(size);

	memset(text, ' ', size);
	memcpy(text, OK, sizeof(OK) - 1);
	memcpy(text + size - (sizeof(BODY) - 1), BODY, sizeof(BODY) - 1);
	answer(fake, text, size);
	free(text);
}

/* More than one buffer of it, and than a socket holds. */
static void one_with_much_to_say(void **state)
{
	answer_of(*state, 1 << 20);
	assert_int_equal(ask(LONG), 1);
}

static void one_without_an_end(void **state)
{
	answer_of(*state, 2 * ENGINES_BYTES);
	assert_int_equal(ask(LONG), 0);
}

static void what_is_no_answer(void **state)
{
	static const char *const texts[] = {
		"",
		"\r\n\r\n",
		BODY,
		"HTTP/1.0 200 OK",
		"HTTP/1.0 200 OK\r\n\r\n",
		"HTTP/1.0 200 OK\r\n" BODY,
		"HTTP/1.0 500 Internal Server Error\r\n\r\n" BODY,
		"HTTP/1.0 2000 OK\r\n\r\n" BODY,
		"HTTP/2.0 200 OK\r\n\r\n" BODY,
		"SSH-2.0-OpenSSH_9.2\r\n\r\n" BODY,
		OK "{\"message\":\"no\"}",
		OK "[{\"Id\":\"" ID "\",\"Names\":[\"/b1\"",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct fake *fake = *state;

		answer(fake, texts[i], strlen(texts[i]));
		assert_row(texts[i], ask(LONG) == 0);
		assert_int_equal(waitpid(fake->pid, NULL, 0), fake->pid);
		fake->pid = 0;
	}
}

/* The backlog is full: connect() would wait. */
static void one_that_hangs(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		long long ms = asked_ms();

		assert_true(ms < 10 * ENGINES_MS);
	}
}

/* A byte now and then: each wait for one is short, and they have no end. */
static void one_that_drips(void **state)
{
	struct fake *fake = *state;
	long long ms;

	fake->pid = fork();
	if (!fake->pid) {
		int fd = take_request(fake->fd);

		for (;;) {
			if (write(fd, " ", 1) < 0)
				_exit(0);
			usleep(10000);
		}
	}
	ms = asked_ms();
	assert_true(ms >= ENGINES_MS - 1 && ms < 10 * ENGINES_MS);
}

static void one_that_has_died(void **state)
{
	struct fake *fake = *state;

	close(fake->fd); /* its socket is still there */
	assert_int_equal(ask(LONG), 0);
	unlink(fake->path);
	assert_int_equal(ask(LONG), 0);
}

static void where_there_is_no_socket(void **state)
{
	static const char *const hosts[] = {
		"tcp://192.0.2.1:2375", "ssh://nobody@192.0.2.1",	   "unix://", "unix:///",
		"unix:///dev/null",	"unix:///nonexistent/docker.sock", "x",
	};
	char longer[300] = "unix:///";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		setenv("DOCKER_HOST", hosts[i], 1);
		assert_row(hosts[i], ask(LONG) == 0);
	}
	memset(longer + 8, 'x', sizeof(longer) - 9);
	setenv("DOCKER_HOST", longer, 1);
	assert_int_equal(ask(LONG), 0);
}

/* One that hangs costs the other one nothing but time. */
static void two_at_a_time(void **state)
{
	struct fake *fake = *state;
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int silent = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char host[128];

	snprintf(at.sun_path, sizeof(at.sun_path), "%s/silent", fake->dir);
	assert_int_equal(bind(silent, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(silent, 1), 0);
	setenv("CONTAINER_HOST", getenv("DOCKER_HOST") ?: "", 1);
	snprintf(host, sizeof(host), "unix://%s", at.sun_path);
	setenv("DOCKER_HOST", host, 1);
	answer(fake, OK BODY, strlen(OK BODY));
	assert_int_equal(ask(3000), 1);
	close(silent);
	unlink(at.sun_path);
}

#define WITH_FAKE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FAKE(one_that_answers),   WITH_FAKE(one_with_much_to_say),
		WITH_FAKE(one_without_an_end), WITH_FAKE(what_is_no_answer),
		WITH_FAKE(one_that_hangs),     WITH_FAKE(one_that_drips),
		WITH_FAKE(one_that_has_died),  WITH_FAKE(where_there_is_no_socket),
		WITH_FAKE(two_at_a_time),
	};

	alarm(60);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
