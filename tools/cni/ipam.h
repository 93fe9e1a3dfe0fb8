/* SPDX-License-Identifier: BSD-2-Clause */
/* The plugin that gives addresses: started as we were, with the configuration that we got. */
#ifndef HAIRPIN_CNI_IPAM_H
#define HAIRPIN_CNI_IPAM_H

#include "conf.h"

/* Whether it is there, if there is to be one. */
int cni_ipam_find(const struct cni_conf *conf, const struct cni_env *env, struct cni_error *e);
/*
 * @command: CNI_COMMAND for it. *@result, if that is wanted, is what it said; to be given
 * back. Its own errors come out as they are, with its name before them.
 */
int cni_ipam_run(const struct cni_conf *conf, const struct cni_env *env, const char *command,
		 json_t **result, struct cni_error *e);

#endif
