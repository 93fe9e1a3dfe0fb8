/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where an endpoint is made: its netns and its parent, whether it can be
 * there, and making it. All return 0 or -errno with a line in @error.
 */
#ifndef HAIRPIN_SITE_H
#define HAIRPIN_SITE_H

#include "manage.h"
#include "parent.h"
#include "place.h"

struct site {
	struct place place;
	struct parent parent;
};

/*
 * Finds the netns, finds or makes the parent, and checks that @spec can be
 * there. @except: a device, of the netns @except_ino, that will be gone by
 * then; or NULL.
 */
int site_open(struct site *site, const struct manage *g, struct spec *spec,
	      const struct rtnl_link *except, uint64_t except_ino, char error[SPEC_ERROR]);
void site_close(struct site *site);
/* After a failure: the parent goes if site_open() made it. */
void site_undo(struct site *site, const struct manage *g);

/* Makes the device with all that it is to have, or nothing. */
int site_make(const struct manage *g, const struct site *site, const struct spec *spec,
	      char error[SPEC_ERROR]);

/* For changes: parts of the above. */
int site_check_mac(const struct manage *g, const struct spec *spec, const struct rtnl_link *parent,
		   const struct rtnl_link *except, char error[SPEC_ERROR]);
int site_check_mtu(const struct spec *spec, const struct device *parent, char error[SPEC_ERROR]);
int site_add_addrs(const struct place *place, int32_t ifindex, const struct spec *spec,
		   char error[SPEC_ERROR]);
/* @present: has the gateways that may be there already; or NULL. */
int site_add_gateways(const struct place *place, int32_t ifindex, const struct spec *spec,
		      const struct spec *present, char error[SPEC_ERROR]);
/* Until IPv6 DAD has decided, if @g is patient. */
int site_wait_dad(const struct manage *g, const struct place *place, int32_t ifindex,
		  const struct spec *spec, char error[SPEC_ERROR]);
/* Why a MAC was refused. Returns @err. */
int site_explain_up(char error[SPEC_ERROR], int err, const struct spec *spec);

#endif
