/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel as a command needs it: read once, and perhaps changed. */
#ifndef HAIRPIN_VIEW_H
#define HAIRPIN_VIEW_H

#include "discover.h"
#include "manage.h"

struct view {
	struct model model;
	struct discover *discover;
	struct manage manage;
	int turn; /* of who changes something, or -1 */
};

/*
 * @change: to change something; waits until nobody else does. @tell as in struct manage.
 * 0; -ETIMEDOUT: somebody else does for TURN_SECONDS, TURN_CURE; -EAGAIN: the kernel
 * changes faster than it can be read; or -errno. To be closed in any case.
 */
int view_open(struct view *v, bool change, void (*tell)(const char *name, const char *line));
void view_close(struct view *v);

/* Whole or not at all: what asks us to end has to wait meanwhile; SIGQUIT does not ask. */
void view_hold_signals(bool hold);

#endif
