/* SPDX-License-Identifier: BSD-2-Clause */
/* What went wrong, as a CNI plugin tells it. */
#ifndef HAIRPIN_CNI_ERROR_H
#define HAIRPIN_CNI_ERROR_H

#include <jansson.h>

#include "spec.h"

/* Codes of the specification, 1.1.0: "Error"; those from 100 on are ours. */
enum {
	CNI_VERSION = 1,
	CNI_UNSUPPORTED = 2, /* a field of the configuration */
	CNI_CONTAINER = 3,   /* it is not there: nothing to clean up */
	CNI_ENVIRONMENT = 4,
	CNI_IO = 5,
	CNI_DECODE = 6,
	CNI_CONFIG = 7,
	CNI_AGAIN = 11,
	CNI_UNAVAILABLE = 50, /* of STATUS */
	CNI_DEVICE = 100,     /* it cannot be made, changed or removed */
	CNI_IPAM = 101,	      /* the IPAM plugin, or what it said */
	CNI_DIFFERS = 102,    /* of CHECK */
	CNI_INTERNAL = 999,
};

struct cni_error {
	int code;
	char msg[SPEC_ERROR];
	char details[SPEC_ERROR]; /* "": none */
};

/* Fills in @e; returns @code, which is what functions with a struct cni_error return, or 0. */
int cni_fail(struct cni_error *e, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* One more thing to know, behind what is there. */
void cni_add_details(struct cni_error *e, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* As JSON; NULL: no memory. */
json_t *cni_error_json(const struct cni_error *e, const char *version);

#endif
