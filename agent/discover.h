/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keeps a model true to the kernel, through netlink.
 *
 * Devices and addresses of every netns come as notifications once the netns
 * has an id here. One made by an engine that works inside the target netns
 * has none: all that is seen then is a notification about the parent in which
 * nothing changed, and that is the signal to look for new namespaces. For what
 * a stack is a proxy (proxies.h) is read when its netns gets an id, and then told.
 */
#ifndef HAIRPIN_DISCOVER_H
#define HAIRPIN_DISCOVER_H

#include "model.h"

struct discover;

/* Starts to listen. NULL and errno. @model must outlive it. */
struct discover *discover_open(struct model *model);
void discover_close(struct discover *d);

/* Readable when discover_events() has something to do. */
int discover_fd(const struct discover *d);

/*
 * Builds the model anew. 0; -EAGAIN: the kernel changed meanwhile, @tries times;
 * or -errno.
 */
int discover_all(struct discover *d, int tries);

/*
 * Takes in what has been notified. 1: the model or a tc hook changed, 0: it
 * did not, -EAGAIN: notifications were lost, call discover_all(); or -errno.
 */
int discover_events(struct discover *d);

/*
 * Reads what no notification tells of (`ip neigh add proxy`), so before each pass.
 * 0 or -errno.
 */
int discover_untold(struct discover *d);

/* Whether a filter or qdisc of our own netns went, or may have, since the last call. */
bool discover_take_tc(struct discover *d);

/*
 * Looks again for what hides (hiding.h): nothing tells of a MAC that an uplink
 * receives no more. 1: the model changed, 0: it did not; or -errno.
 */
int discover_hiding(struct discover *d);

/*
 * Whether, since the last call, something began of which the end is not heard:
 * look again a little later. A namespace without a good name, as an engine makes
 * before it starts the container's process; a device that is not up yet, in a
 * netns that we cannot see.
 */
bool discover_take_again(struct discover *d);

/* Whether of a namespace, which changed all the time, only a part is read: look again, too. */
bool discover_is_torn(const struct discover *d);

/* Whether there was an endpoint in a namespace without a good name, at the last look at these. */
bool discover_is_unnamed(const struct discover *d);

/* As discover_events(), and looks for namespaces and their names. */
int discover_rescan(struct discover *d);

#endif
