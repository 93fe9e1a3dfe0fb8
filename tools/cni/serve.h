/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether an endpoint is in the maps, and the programs that act upon them in their places. */
#ifndef HAIRPIN_CNI_SERVE_H
#define HAIRPIN_CNI_SERVE_H

#include "conf.h"

struct cni_serve {
	const char *pins;
	const char *run;
	uint64_t netns_ino;
	int32_t ifindex; /* in that netns */
	uint8_t mac[6];
	uint16_t vlan;		 /* that it was made for, as an access port; 0: any */
	const struct spec *spec; /* its addresses */
};

/* 0; or -EAGAIN, and what is missing in @why. */
int cni_serve_look(const struct cni_serve *s, char why[SPEC_ERROR]);
/* Waits for it as long as hairpind lives, up to @ms. @code: of the error if that is over. */
int cni_serve_wait(const struct cni_serve *s, unsigned int ms, int code, struct cni_error *e);
/* Whether hairpind lives; if not, that is an error of @code. */
int cni_serve_agent(const char *run, int code, struct cni_error *e);

#endif
