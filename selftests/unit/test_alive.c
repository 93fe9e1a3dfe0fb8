// SPDX-License-Identifier: BSD-2-Clause
/*
 * That hairpind lives, as programs see it: who holds is in the first word, and
 * is gone from it however the holder ends. A memfd stands in for the map.
 */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alive.h"
#include "hairpin/abi.h"

struct map {
	int fd;
	const struct hp_alive *view; /* a program's: what is there now */
};

static int setup(void **state)
{
	struct map *map = calloc(1, sizeof(*map));

	assert_non_null(map);
	map->fd = memfd_create("alive", MFD_CLOEXEC);
	assert_true(map->fd >= 0);
	assert_int_equal(ftruncate(map->fd, sizeof(struct hp_alive)), 0);
	map->view = mmap(NULL, sizeof(*map->view), PROT_READ, MAP_SHARED, map->fd, 0);
	assert_true(map->view != MAP_FAILED);
	*state = map;
	return 0;
}

static int teardown(void **state)
{
	struct map *map = *state;

	munmap((void *)map->view, sizeof(*map->view));
	close(map->fd);
	free(map);
	return 0;
}

static __u32 owner(const struct map *map)
{
	return *(const volatile __u32 *)&map->view->owner & HP_ALIVE_OWNER;
}

static void holding_and_letting_go(void **state)
{
	const struct map *map = *state;
	struct hp_alive *alive;

	assert_int_equal(owner(map), 0);
	alive = alive_hold(map->fd);
	assert_non_null(alive);
	assert_int_equal(owner(map), syscall(SYS_gettid));
	alive_release(alive);
	assert_int_equal(owner(map), 0);
	alive_release(NULL);
}

/* A child that holds, once this has returned, and then ends by itself or waits. */
static pid_t start_holder(const struct map *map, bool stays)
{
	sigset_t none;
	int ready[2];
	char byte;
	pid_t pid;

	sigemptyset(&none);
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		if (!alive_hold(map->fd) || write(ready[1], "", 1) != 1)
			_exit(1);
		if (stays)
			sigsuspend(&none); /* until it is killed */
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static int end_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* No handler runs, nothing is tidied up: it is the kernel that does it. */
static void killed(void **state)
{
	const struct map *map = *state;

	for (int i = 0; i < 3; i++) { /* each over what the one before it left */
		pid_t pid = start_holder(map, true);
		int status;

		assert_int_equal(owner(map), pid);
		assert_int_equal(kill(pid, SIGKILL), 0);
		status = end_of(pid);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		assert_int_equal(owner(map), 0);
	}
}

static void ended_without_letting_go(void **state)
{
	const struct map *map = *state;

	assert_int_equal(end_of(start_holder(map, false)), 0);
	assert_int_equal(owner(map), 0);
}

/* As after a crash, with whatever another build or another host left in there. */
static void taken_over_from_one_that_died(void **state)
{
	const struct map *map = *state;
	struct hp_alive garbage, *alive;

	memset(&garbage, 0xa5, sizeof(garbage));
	assert_int_equal(pwrite(map->fd, &garbage, sizeof(garbage), 0), sizeof(garbage));
	alive = alive_hold(map->fd);
	assert_non_null(alive);
	assert_int_equal(owner(map), syscall(SYS_gettid));
	alive_release(alive);
	assert_int_equal(owner(map), 0);
}

/* A set that grew is held beside the one that it replaces. */
static void two_at_once(void **state)
{
	const struct map *map = *state;
	void *second_state;
	const struct map *second;
	struct hp_alive *a, *b;

	setup(&second_state);
	second = second_state;
	a = alive_hold(map->fd);
	b = alive_hold(second->fd);
	assert_non_null(a);
	assert_non_null(b);
	alive_release(a);
	assert_int_equal(owner(map), 0);
	assert_int_equal(owner(second), syscall(SYS_gettid));
	alive_release(b);
	assert_int_equal(owner(second), 0);
	teardown(&second_state);
}

static void what_is_no_map(void **state)
{
	(void)state;
	errno = 0;
	assert_null(alive_hold(-1));
	assert_int_equal(errno, EBADF);
}

#define WITH_MAP(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_MAP(holding_and_letting_go),
		WITH_MAP(killed),
		WITH_MAP(ended_without_letting_go),
		WITH_MAP(taken_over_from_one_that_died),
		WITH_MAP(two_at_once),
		cmocka_unit_test(what_is_no_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
