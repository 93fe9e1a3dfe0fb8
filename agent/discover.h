/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keeps a model true to the kernel, through netlink.
 *
 * Devices and addresses of every netns come as notifications once the netns
 * has an id here. One made by an engine that works inside the target netns
 * has none: all that is seen then is a notification about the parent in which
 * nothing changed, and that is the signal to look for new namespaces. For what
 * the host is a proxy (proxy_arp, proxy_ndp) is kept of our own netns alone.
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
 * Builds the model anew. 0; -EAGAIN: the kernel changed meanwhile, call again;
 * or -errno.
 */
int discover_all(struct discover *d);

/*
 * Takes in what has been notified. 1: the model or a tc hook changed, 0: it
 * did not, -EAGAIN: notifications were lost, call discover_all(); or -errno.
 */
int discover_events(struct discover *d);

/*
 * Whether, since the last call, a namespace came without a good name. An engine
 * may make it first and start the container's process later, of which nothing
 * is heard: look again then.
 */
bool discover_take_vague(struct discover *d);

/* As discover_events(), and looks for namespaces and their names. */
int discover_rescan(struct discover *d);

#endif
