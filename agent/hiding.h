/* SPDX-License-Identifier: BSD-2-Clause */
/* Stations on our uplinks whose network namespaces we cannot see. */
#ifndef HAIRPIN_HIDING_H
#define HAIRPIN_HIDING_H

#include "model.h"
#include "nl.h"

/*
 * Notes in @model which uplinks receive for a MAC that is not in sight: no
 * endpoint's and no host's. Nothing tells when that changes. 1: something changed, 0, or -errno.
 */
int hiding_find(struct nl *nl, struct model *model);

#endif
