/* SPDX-License-Identifier: BSD-2-Clause */
#include <unistd.h>

#include "lock.h"
#include "turn.h"

#define NAME "turn"

int turn_take(bool wait)
{
	char path[LOCK_PATH];
	int err = lock_path(path, NAME);

	return err ? err : lock_take(path, wait ? TURN_SECONDS : 0);
}

void turn_leave(int turn)
{
	char path[LOCK_PATH];

	if (turn < 0)
		return;
	if (lock_path(path, NAME))
		close(turn);
	else
		lock_leave(path, turn);
}
