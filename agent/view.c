/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "turn.h"
#include "view.h"

#define TRIES 100 /* while the kernel changes faster than it can be read */

static int read_kernel(struct view *v)
{
	int err;

	v->discover = discover_open(&v->model);
	if (!v->discover)
		return -errno;
	err = discover_all(v->discover, TRIES);
	if (!err)
		v->manage.nl = nl_open();
	return err ? err : v->manage.nl ? 0 : -errno;
}

int view_open(struct view *v, bool change, void (*tell)(const char *name, const char *line))
{
	*v = (struct view){ .manage = { .model = &v->model, .patient = change, .tell = tell },
			    .turn = -1 };
	model_init(&v->model);
	if (change)
		v->turn = turn_take(true);
	return change && v->turn < 0 ? v->turn : read_kernel(v);
}

void view_close(struct view *v)
{
	nl_close(v->manage.nl);
	if (v->discover)
		discover_close(v->discover);
	model_free(&v->model);
	turn_leave(v->turn);
}

void view_hold_signals(bool hold)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}
