/* SPDX-License-Identifier: BSD-2-Clause */
/* What we are called for, and what does it: one function for each command. */
#ifndef HAIRPIN_CNI_CALL_H
#define HAIRPIN_CNI_CALL_H

#include "conf.h"

struct cni_call {
	struct cni_env env;
	struct cni_conf conf;
	char name[SPEC_NAME]; /* of the endpoint */
};

/* *@result: what is to be printed. What fails leaves nothing behind. */
int cni_add(const struct cni_call *c, json_t **result, struct cni_error *e);
/* Behind another plugin, that made the device. */
int cni_add_chained(const struct cni_call *c, json_t **result, struct cni_error *e);
/* Goes as far as it can; what fails is said at the end. */
int cni_del(const struct cni_call *c, struct cni_error *e);
int cni_check(const struct cni_call *c, struct cni_error *e);
int cni_gc(const struct cni_call *c, struct cni_error *e);
int cni_status(const struct cni_call *c, struct cni_error *e);

#endif
