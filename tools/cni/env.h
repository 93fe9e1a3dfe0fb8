/* SPDX-License-Identifier: BSD-2-Clause */
/* What a runtime says in CNI_* variables. Pure but for getenv(). */
#ifndef HAIRPIN_CNI_ENV_H
#define HAIRPIN_CNI_ENV_H

#include "error.h"

enum cni_command {
	CNI_ADD,
	CNI_DEL,
	CNI_CHECK,
	CNI_GC,
	CNI_STATUS,
	CNI_VERSIONS,
};

/* "" is what is not given. */
struct cni_env {
	enum cni_command command;
	const char *id; /* of the container */
	const char *netns;
	const char *ifname;
	const char *args;
	const char *path; /* of plugins */
	char mac[32];	  /* MAC of CNI_ARGS */
};

/* Takes them, and sees that those are there that the command needs. */
int cni_env_read(struct cni_env *env, struct cni_error *e);
/* CNI_ARGS: KEY=VALUE;KEY=VALUE; takes MAC and IgnoreUnknown. */
int cni_env_args(const char *args, char mac[32], struct cni_error *e);
/* As names of networks and ids of containers have to be. */
bool cni_env_is_id(const char *text);

#endif
