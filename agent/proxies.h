/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For what an IP stack answers besides the addresses of its devices: proxy_arp and
 * proxy_ndp, routes of type local, proxied neighbours. Of the last nothing is notified.
 */
#ifndef HAIRPIN_PROXIES_H
#define HAIRPIN_PROXIES_H

#include "model.h"
#include "nl.h"

/* A notification of settings or routes. 1 if the model changed, 0 if not, -ENOMEM. */
int proxies_take(struct model *m, const struct nlmsghdr *nlh, int32_t nsid);

/*
 * Reads all but neighbours, of the netns that @nl is in: the kernel has no way to ask
 * for these by nsid. 1, 0 or -errno; -EINTR: again.
 */
int proxies_read(struct nl *nl, int32_t nsid, struct model *m);

/* Proxied neighbours of our own netns. Returns as the above. */
int proxies_read_neighbours(struct nl *nl, struct model *m);

#endif
