/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an endpoint of a network is called, in the mark on its device. A network, a
 * container id and an interface make it what it is, and do not fit in: so it is
 * "cni-NETWORK-ATTACHMENT", two hashes. Pure.
 */
#ifndef HAIRPIN_CNI_NAME_H
#define HAIRPIN_CNI_NAME_H

#include "spec.h"

/* Returns @out. */
const char *cni_name(char out[SPEC_NAME], const char *network, const char *id, const char *ifname);
/* Whether @name is one of the network's. */
bool cni_name_is_of(const char *name, const char *network);

#endif
