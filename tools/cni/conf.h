/* SPDX-License-Identifier: BSD-2-Clause */
/* The network configuration that comes on stdin. Pure. */
#ifndef HAIRPIN_CNI_CONF_H
#define HAIRPIN_CNI_CONF_H

#include "env.h"
#include "version.h"

struct cni_conf {
	json_t *json;
	const struct cni_version *version; /* NULL: not read yet */
	const char *network;
	const char *ipam; /* "": none */
	const char *pins;
	const char *run;
	bool in_container; /* where master is */
	const json_t *dns; /* NULL: not given, as the next */
	const json_t *prev;
	const json_t *valid; /* cni.dev/valid-attachments */
};

/* What every command needs. @conf is to be freed in any case. */
int cni_conf_read(struct cni_conf *conf, const char *text, size_t length, struct cni_error *e);
void cni_conf_free(struct cni_conf *conf);

/*
 * What it says of a device that is to be made, and CNI_ARGS, complete but for the
 * parent: that may be left out, then it is the device of the default route.
 */
int cni_conf_device(const struct cni_conf *conf, const struct cni_env *env, struct spec *spec,
		    struct cni_error *e);
/* Behind another plugin: that nothing is said of a device. */
int cni_conf_chained(const struct cni_conf *conf, struct cni_error *e);

#endif
