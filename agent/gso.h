/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BIG TCP: gso_max_size of the devices of host and endpoints, which bounds the
 * packets that TCP makes on them: the IPv6 one, and beside it that of IPv4, where
 * the kernel has it. It holds for connections that begin afterwards.
 *
 * Only a device that has what every device begins with is raised, so that no
 * former value need be remembered. Of the uplink, meta tells whether it was us;
 * any other device that has exactly our value is taken for one of ours, as a
 * macvlan keeps it when it moves to another netns.
 */
#ifndef HAIRPIN_GSO_H
#define HAIRPIN_GSO_H

#include "set.h"
#include "table.h"

struct gso {
	__u64 own_ino;
	struct table netns; /* of netns_scan(): as they were when one was looked for last */
};

void gso_init(struct gso *g, __u64 own_ino);
void gso_free(struct gso *g);

/* From HP_GSO_DEFAULT to set->meta.settings.gso. 0 or -errno; -ENOENT: its netns cannot be found.
 */
int gso_raise(struct gso *g, struct set *set, const struct hp_endpoint *e);
/* The other way. */
int gso_put_back(struct gso *g, struct set *set, const struct hp_endpoint *e);
/* The other way for the uplink and all that `endpoints` holds. What is gone need not be put back.
 */
void gso_put_all_back(struct gso *g, struct set *set);

#endif
