/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The device that endpoints sit on. A VLAN device that is not there is made,
 * as Docker makes it, and goes with the last endpoint on it.
 */
#ifndef HAIRPIN_PARENT_H
#define HAIRPIN_PARENT_H

#include "device.h"
#include "model.h"

struct parent {
	struct device device;
	bool made; /* just now, by us */
};

/*
 * Finds what an XDP endpoint can be put on, and makes nothing: the device @name, or
 * for "eth0.50" without such a device, eth0. @name (IFNAMSIZ) comes out as what
 * its devices are called. 0 or -errno, and why it does not serve in @error.
 */
int parent_find(struct parent *parent, struct nl *nl, char *name, char error[SPEC_ERROR]);

/* Pure: "eth0.50" is VLAN 50 on eth0. False: @name is not of this form. */
bool parent_split(const char *name, char lower[IFNAMSIZ], uint16_t *vlan);

/* Finds or makes it. 0 or -errno, and why it does not serve in @error. */
int parent_take(struct parent *parent, struct nl *nl, const char *name, char error[SPEC_ERROR]);
/* After a failure: removes what parent_take() made. */
void parent_undo(const struct parent *parent, struct nl *nl);
/*
 * Removes @link if we made it and nothing but @last sits on it. 0 or -errno. 1: it
 * stays, since the host uses it by now, which @note says.
 */
int parent_release(const struct model *m, struct nl *nl, const struct rtnl_link *link,
		   const struct rtnl_link *last, char note[SPEC_ERROR]);

#endif
