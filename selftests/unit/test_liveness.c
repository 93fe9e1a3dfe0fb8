// SPDX-License-Identifier: BSD-2-Clause
/* What hairpin reads beside the maps: hairpind's lock, the receive backlog. Other locks. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "../../tools/liveness.h"
#include "lock.h"

static char run_dir[] = "/tmp/hairpin-test.XXXXXX";
static char pid_file[PATH_MAX], lock_file[PATH_MAX];

static int make_run_dir(void **state)
{
	(void)state;
	if (!mkdtemp(run_dir))
		return -1;
	snprintf(pid_file, sizeof(pid_file), "%s/hairpind.pid", run_dir);
	snprintf(lock_file, sizeof(lock_file), "%s/turn-1", run_dir);
	return 0;
}

static int remove_run_dir(void **state)
{
	(void)state;
	unlink(pid_file);
	unlink(lock_file);
	return rmdir(run_dir);
}

/* A child that holds the lock as hairpind does, once this has returned. */
static pid_t start_holder(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int ready[2], fd;
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		fd = open(pid_file, O_RDWR | O_CREAT, 0600);
		if (fd < 0 || fcntl(fd, F_SETLK, &lock) || write(ready[1], "", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void daemon_runs_while_it_holds_the_lock(void **state)
{
	struct daemon_state d;
	pid_t holder;

	(void)state;
	assert_int_equal(daemon_read(run_dir, &d), 0); /* no file */
	assert_false(d.running);
	holder = start_holder();
	assert_int_equal(daemon_read(run_dir, &d), 0);
	assert_true(d.running);
	assert_int_equal(d.pid, holder);
	kill(holder, SIGKILL);
	assert_int_equal(waitpid(holder, NULL, 0), holder);
	assert_int_equal(daemon_read(run_dir, &d), 0); /* a stale file */
	assert_false(d.running);
	assert_int_equal(d.pid, 0);
}

static void daemon_needs_a_path_that_fits(void **state)
{
	char run[PATH_MAX + 1];
	struct daemon_state d;

	(void)state;
	memset(run, 'a', sizeof(run) - 1);
	run[sizeof(run) - 1] = 0;
	assert_int_equal(daemon_read(run, &d), -ENAMETOOLONG);
}

static void a_lock_is_one_ones(void **state)
{
	int first, second;
	struct stat st;

	(void)state;
	first = lock_take(lock_file, 0);
	assert_true(first >= 0);
	assert_int_equal(fstat(first, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(lock_take(lock_file, 0), -EWOULDBLOCK);
	assert_int_equal(lock_take(lock_file, 1), -ETIMEDOUT);
	lock_leave(lock_file, first);
	assert_int_equal(access(lock_file, F_OK), -1);
	second = lock_take(lock_file, 0);
	assert_true(second >= 0);
	lock_leave(lock_file, second);
}

/* Somebody may clean up in there: then who comes next has a file of his own. */
static void who_leaves_takes_nobody_elses_lock_along(void **state)
{
	int first, second;

	(void)state;
	first = lock_take(lock_file, 0);
	assert_int_equal(unlink(lock_file), 0);
	second = lock_take(lock_file, 0);
	assert_true(first >= 0 && second >= 0);
	lock_leave(lock_file, first);
	assert_int_equal(lock_take(lock_file, 0), -EWOULDBLOCK);
	lock_leave(lock_file, second);
	assert_int_equal(access(lock_file, F_OK), -1);
}

static void a_lock_is_no_link(void **state)
{
	(void)state;
	assert_int_equal(symlink(pid_file, lock_file), 0);
	assert_int_equal(lock_take(lock_file, 0), -ELOOP);
	assert_int_equal(unlink(lock_file), 0);
}

static int parse(const char *text, uint64_t *dropped)
{
	FILE *f = fmemopen((void *)text, strlen(text), "r");
	int err = softnet_parse(f, dropped);

	fclose(f);
	return err;
}

/* Two CPUs of a real file; the second column counts drops, the third squeezes. */
static void softnet_sums_the_second_column(void **state)
{
	uint64_t dropped;

	(void)state;
	assert_int_equal(parse("000a1b2c 0000000f 00000003 00000000 00000000 00000000 00000000 "
			       "00000000 00000000 00000000 00000000 00000000 00000000 00000000 "
			       "00000000\n"
			       "0000ffff 00000101 00000002 00000000 00000000 00000000 00000000 "
			       "00000000 00000000 00000000 00000000 00000000 00000001 00000000 "
			       "00000000\n",
			       &dropped),
			 0);
	assert_int_equal(dropped, 0xf + 0x101);
}

static void softnet_refuses_another_form(void **state)
{
	uint64_t dropped;

	(void)state;
	assert_int_equal(parse("000a1b2c\n", &dropped), -EPROTO);
	assert_int_equal(parse("cpu drops\n", &dropped), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(daemon_runs_while_it_holds_the_lock),
		cmocka_unit_test(daemon_needs_a_path_that_fits),
		cmocka_unit_test(a_lock_is_one_ones),
		cmocka_unit_test(who_leaves_takes_nobody_elses_lock_along),
		cmocka_unit_test(a_lock_is_no_link),
		cmocka_unit_test(softnet_sums_the_second_column),
		cmocka_unit_test(softnet_refuses_another_form),
	};

	return cmocka_run_group_tests(tests, make_run_dir, remove_run_dir);
}
