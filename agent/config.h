/* SPDX-License-Identifier: BSD-2-Clause */
/* The configuration file, hairpin.conf(5). */
#ifndef HAIRPIN_CONFIG_H
#define HAIRPIN_CONFIG_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include "hairpin/abi.h"
#include "spec.h"

#define CONFIG_DEFAULT "/etc/hairpin/hairpin.conf"

/* Whether unicast from the wire to nobody here is dropped. */
enum config_foreign {
	FOREIGN_AUTO, /* unless somebody wants to see it: a bridge or bond above, promiscuous */
	FOREIGN_ON,
	FOREIGN_OFF,
};

struct config_uplink {
	char name[IFNAMSIZ];
	bool serve;
	bool reflect;
	bool steer;
	enum config_foreign foreign;
	enum hp_xdp_want xdp;
	__u32 storm;	     /* group frames a second, 0: no limit */
	__u32 gso;	     /* gso_max_size of the stations' devices, 0: not touched */
	enum hp_hook attach; /* HP_HOOK_NONE: whatever the kernel has */
};

/* Endpoints that are access ports of a VLAN. */
struct config_access {
	char match[65]; /* name of the endpoint or its netns, container id, or MAC */
	__u16 vlan;
	const struct spec *spec; /* the endpoint is declared; NULL: somebody else made it */
};

#define CONFIG_METRICS 64

struct config {
	bool announce;
	char metrics[CONFIG_METRICS]; /* "ADDRESS:PORT", "": none */
	size_t count;
	struct config_uplink *uplinks;
	size_t endpoint_count;
	struct spec *endpoints; /* complete, and fit together; netns_ino is left to the caller */
	size_t access_count;
	struct config_access *access;
};

/* What holds without a file. Nothing to free. */
struct config config_default(void);

/*
 * Reads @path. On failure @config is untouched and @error says in one line
 * where and what is wrong and what would be right. @optional: a file that is
 * not there counts as an empty one. 0, -EINVAL (content), or -errno.
 */
int config_read(const char *path, bool optional, struct config *config, char *error, size_t size);
void config_free(struct config *config);

/* The settings of an uplink; the defaults if the file does not name it. */
struct config_uplink config_uplink(const struct config *config, const char *name);

#endif
