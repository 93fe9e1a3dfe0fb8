/* SPDX-License-Identifier: BSD-2-Clause */
/* The interface in the container: where it is, and what it is given. */
#ifndef HAIRPIN_CNI_INTERFACE_H
#define HAIRPIN_CNI_INTERFACE_H

#include "device.h"
#include "kernel.h"
#include "result.h"

struct cni_interface {
	struct place place;
	struct device device;
};

/* CNI_NETNS; a netns that is not there is an error of @gone. To be closed after success. */
int cni_interface_enter(struct cni_interface *i, const char *netns, int gone, struct cni_error *e);
/* The device in it. */
int cni_interface_find(struct cni_interface *i, const char *ifname, struct cni_error *e);
void cni_interface_close(struct cni_interface *i);

/*
 * What the IPAM plugin said: addresses, into @spec as well, and routes. Returns when IPv6
 * addresses are known to be nobody else's.
 */
int cni_interface_configure(struct cni_interface *i, const json_t *ipam, struct spec *spec,
			    struct cni_error *e);

#endif
