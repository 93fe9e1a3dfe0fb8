/* SPDX-License-Identifier: BSD-2-Clause */
/* Versions of the CNI specification, and what differs between them. Pure. */
#ifndef HAIRPIN_CNI_VERSION_H
#define HAIRPIN_CNI_VERSION_H

#include <stdbool.h>

#include <jansson.h>

#define CNI_LATEST "1.1.0"

struct cni_version {
	const char *text;
	bool ip_version; /* "version" stands in each of ips */
	bool check;	 /* has CHECK */
	bool gc;	 /* has GC and STATUS */
	bool mtu;	 /* stands in interfaces */
};

/* NULL: it is not supported. */
const struct cni_version *cni_version(const char *text);
/* "0.3.1, 0.4.0, ..." */
const char *cni_versions_text(void);
/* The answer to VERSION; @text: that of the request. NULL: no memory. */
json_t *cni_version_json(const char *text);

#endif
