/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An endpoint that hairpin makes in words: what `hairpin endpoint` and hairpin.conf ask
 * for, and in the same form what the kernel has. Pure.
 */
#ifndef HAIRPIN_SPEC_H
#define HAIRPIN_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <net/if.h>

#define SPEC_NAME 32 /* of an endpoint, with the zero */
#define SPEC_ADDRESSES 16
#define SPEC_GATEWAYS 2
#define SPEC_ERROR 2048 /* every message fits */

/* An address and the length of its prefix; of a gateway, the length is 0. */
struct spec_addr {
	uint8_t family; /* AF_INET, AF_INET6 */
	uint8_t length;
	uint8_t addr[16]; /* network order, IPv4 in the first 4 bytes */
};

/* Which words were given. */
enum {
	SPEC_PARENT = 1 << 0,
	SPEC_MODE = 1 << 1,
	SPEC_MAC = 1 << 2,
	SPEC_NETNS = 1 << 3,
	SPEC_ADDRESS = 1 << 4,
	SPEC_GATEWAY = 1 << 5,
	SPEC_MTU = 1 << 6,
	SPEC_IFNAME = 1 << 7,
	SPEC_BCQUEUELEN = 1 << 8,
	SPEC_KIND = 1 << 9,
};

enum spec_kind {
	SPEC_MACVLAN,
	SPEC_XDP, /* a veth; see hairpin/abi.h, HP_KIND_XDP */
};

struct spec {
	char name[SPEC_NAME];
	bool declared;	    /* in the configuration file */
	unsigned int given; /* SPEC_*: the other fields are not valid */
	char parent[IFNAMSIZ];
	uint32_t mode; /* MACVLAN_MODE_* */
	uint8_t mac[6];
	char netns[256];    /* name, path or pid; "": the one that hairpin runs in */
	uint64_t netns_ino; /* 0: not looked up yet */
	size_t address_count;
	struct spec_addr addresses[SPEC_ADDRESSES];
	size_t gateway_count;
	struct spec_addr gateways[SPEC_GATEWAYS];
	uint32_t mtu;
	char ifname[IFNAMSIZ];
	uint32_t bcqueuelen; /* frames of broadcast that may wait */
	enum spec_kind kind;
	uint16_t vlan; /* access port of this VLAN, 0: of none; for hairpin-cni, and none of the
			  words */
};

/* All: 0, or -EINVAL and one line in @error that says what would be right. */

/* Begins a spec. */
int spec_name(struct spec *spec, const char *name, char error[SPEC_ERROR]);
/* One word and its value; address and gateway may come again. */
int spec_take(struct spec *spec, const char *word, const char *value, char error[SPEC_ERROR]);
/* After the last word of a new endpoint: defaults, and whether all of it fits together. */
int spec_complete(struct spec *spec, char error[SPEC_ERROR]);
/* What hangs together: addresses, gateways and MTU. spec_complete() does it too. */
int spec_check(const struct spec *spec, char error[SPEC_ERROR]);

/* A macvlan mode as a word; never NULL. */
const char *spec_mode_text(uint32_t mode);

/* The words in the order of their bits, NULL at the end. */
extern const char *const spec_words[];

/* Of what @want gives, that in which @have differs: SPEC_* bits. */
unsigned int spec_diff(const struct spec *want, const struct spec *have);
/* @base with what @changes gives. */
struct spec spec_merge(const struct spec *base, const struct spec *changes);

/* fe80::/10 */
bool spec_is_link_local(uint8_t family, const uint8_t addr[16]);
bool spec_has_addr(const struct spec_addr *list, size_t count, const struct spec_addr *addr);

/* "192.168.50.11/24"; a gateway without its length. Returns @out. */
#define SPEC_ADDR_TEXT 50
const char *spec_addr_text(char out[SPEC_ADDR_TEXT], const struct spec_addr *addr);
/* What a word's field holds, as it would be given; "none" if nothing. Returns @out. */
#define SPEC_TEXT (SPEC_ADDRESSES * SPEC_ADDR_TEXT)
const char *spec_text(char out[SPEC_TEXT], const struct spec *spec, unsigned int word);

/*
 * The mark on what hairpin made, behind RTNL_ALIAS in the alias of the device: NAME,
 * or "NAME declared"; followed by "vlan ID" if its maker made it an access port of that
 * VLAN; of a port, which is the host's end of an XDP endpoint, followed by "xdp PARENT
 * MODE"; of a VLAN device that it made for them "parent".
 */
#define SPEC_MARK 80
#define SPEC_PARENT_MARK "parent"
#define SPEC_MADE_UP "cni-" /* begins names that no person gave, but hairpin-cni */
const char *spec_mark(char out[SPEC_MARK], const struct spec *spec);
/* Reads a mark into name and declared. False: it is none of an endpoint. */
bool spec_unmark(const char *mark, char name[SPEC_NAME], bool *declared);
/* The VLAN in it; 0: it is in no mark, or none. */
uint16_t spec_unmark_vlan(const char *mark);

struct spec_port {
	char parent[IFNAMSIZ];
	uint32_t mode; /* MACVLAN_MODE_* */
};
/* Reads the rest of it. False: it is none of a port. */
bool spec_unmark_port(const char *mark, struct spec_port *port);

#endif
