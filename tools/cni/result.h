/* SPDX-License-Identifier: BSD-2-Clause */
/* Results: what IPAM plugins and former plugins say, and what we do. Pure. */
#ifndef HAIRPIN_CNI_RESULT_H
#define HAIRPIN_CNI_RESULT_H

#include "error.h"
#include "version.h"

/* An address of a result. */
struct cni_ip {
	struct spec_addr address;
	struct spec_addr gateway; /* family 0: none */
	int interface;		  /* index, -1: none */
};

/* A route; of the numbers, 0 is none. */
struct cni_route {
	struct spec_addr to; /* length 0: the default route */
	struct spec_addr gateway;
	uint32_t mtu;
	uint32_t advmss;
	uint32_t priority;
	uint32_t table;
	int scope; /* -1: none */
};

/* All: 0, or CNI_IPAM and what is wrong, without saying whose result it is. */
int cni_result_ip(const json_t *json, struct cni_ip *ip, struct cni_error *e);
int cni_result_route(const json_t *json, struct cni_route *route, struct cni_error *e);
/*
 * The addresses of the interface @index (-1: those without one) into @spec, and the first
 * gateway of each family into @gateways: IPv4, IPv6.
 */
int cni_result_addresses(const json_t *result, int index, struct spec *spec,
			 struct spec_addr gateways[2], struct cni_error *e);

/* Its index, or -1: @result does not tell of the interface. */
int cni_result_interface(const json_t *result, const char *ifname, const char *netns);

/* What ADD tells. */
struct cni_made {
	const char *ifname;
	const char *netns;
	const uint8_t *mac;
	uint32_t mtu;
	const json_t *ipam; /* result of the IPAM plugin, or NULL */
	const json_t *dns;  /* of the configuration, or NULL */
};
/* NULL: no memory. */
json_t *cni_result_json(const struct cni_version *version, const struct cni_made *made);

#endif
