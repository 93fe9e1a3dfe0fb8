/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When a thread ends, the kernel walks its list of robust futexes, and in each
 * that holds the thread's id puts FUTEX_OWNER_DIED in its place
 * (kernel/futex/core.c, exit_robust_list()). The C library keeps that list for
 * robust mutexes, and this one lies in a map that programs can read.
 */
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "alive.h"
#include "hairpin/abi.h"

_Static_assert(sizeof(pthread_mutex_t) <= sizeof(struct hp_alive), "a mutex fits in");
_Static_assert(offsetof(pthread_mutex_t, __data.__lock) == offsetof(struct hp_alive, owner),
	       "its futex is where programs look");

static int lock_robust(pthread_mutex_t *mutex)
{
	pthread_mutexattr_t attr;
	int err = pthread_mutexattr_init(&attr);

	if (err)
		return err;
	err = pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST)
		      ?: pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED)
		      ?: pthread_mutex_init(mutex, &attr)
		      ?: pthread_mutex_lock(mutex);
	pthread_mutexattr_destroy(&attr);
	return err;
}

struct hp_alive *alive_hold(int map)
{
	struct hp_alive *alive =
		mmap(NULL, sizeof(*alive), PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	int err;

	if (alive == MAP_FAILED)
		return NULL;
	memset(alive, 0, sizeof(*alive));
	err = lock_robust((pthread_mutex_t *)alive);
	if (!err)
		return alive;
	munmap(alive, sizeof(*alive));
	errno = err;
	return NULL;
}

void alive_release(struct hp_alive *alive)
{
	if (!alive)
		return;
	pthread_mutex_unlock((pthread_mutex_t *)alive);
	munmap(alive, sizeof(*alive));
}
