/* SPDX-License-Identifier: BSD-2-Clause */
/* What became of IPv6 duplicate address detection (DAD, RFC 4862 5.4). */
#ifndef HAIRPIN_DAD_H
#define HAIRPIN_DAD_H

#include "nl.h"
#include "spec.h"

/*
 * Waits until it has decided on those addresses of @spec that are on the
 * device, in the netns of @nl; for as long as the kernel may take, and not at
 * all where it is off, or cannot begin for want of a carrier. 0; -EADDRNOTAVAIL:
 * another station has *@taken; or -errno.
 */
int dad_wait(struct nl *nl, int32_t ifindex, const struct spec *spec,
	     const struct spec_addr **taken);

#endif
