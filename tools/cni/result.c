// SPDX-License-Identifier: BSD-2-Clause
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "result.h"

/* ---- reading */

static const char *string(const json_t *json, const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));

	return text ? text : "";
}

/* A family is written in the address: 10.0.0.1, ::1 and, which is IPv4, ::ffff:10.0.0.1. */
static bool read_ip(const char *text, struct spec_addr *a)
{
	*a = (struct spec_addr){ .family = strchr(text, ':') ? AF_INET6 : AF_INET };
	return inet_pton(a->family, text, a->addr) == 1;
}

/* "10.0.0.0/8" */
static bool read_prefix(const char *text, struct spec_addr *a)
{
	const char *slash = strchr(text, '/');
	char ip[INET6_ADDRSTRLEN];
	int length;

	if (!slash || slash - text >= (int)sizeof(ip) || !slash[1] || strlen(slash + 1) > 3 ||
	    slash[1 + strspn(slash + 1, "0123456789")])
		return false;
	memcpy(ip, text, slash - text);
	ip[slash - text] = '\0';
	length = atoi(slash + 1);
	if (!read_ip(ip, a) || length > (a->family == AF_INET ? 32 : 128))
		return false;
	a->length = (uint8_t)length;
	return true;
}

static int read_gateway(const json_t *json, const char *key, int family, struct spec_addr *gateway,
			struct cni_error *e)
{
	const char *text = string(json, key);

	*gateway = (struct spec_addr){};
	if (!text[0])
		return 0;
	if (read_ip(text, gateway) && gateway->family == family)
		return 0;
	return cni_fail(e, CNI_IPAM, "%s '%.64s' is no address of its family", key, text);
}

int cni_result_ip(const json_t *json, struct cni_ip *ip, struct cni_error *e)
{
	const json_t *interface = json_object_get(json, "interface");

	*ip = (struct cni_ip){ .interface = -1 };
	if (json_is_integer(interface))
		ip->interface = (int)json_integer_value(interface);
	if (!read_prefix(string(json, "address"), &ip->address))
		return cni_fail(e, CNI_IPAM, "address '%.64s' is no address with a length",
				string(json, "address"));
	return read_gateway(json, "gateway", ip->address.family, &ip->gateway, e);
}

static int read_number(const json_t *json, const char *key, uint32_t *number, struct cni_error *e)
{
	const json_t *value = json_object_get(json, key);
	json_int_t n = json_integer_value(value);

	*number = (uint32_t)n;
	if (!value || json_is_null(value) || (json_is_integer(value) && n >= 0 && n <= UINT32_MAX))
		return 0;
	return cni_fail(e, CNI_IPAM, "%s of a route is no number from 0 to 4294967295", key);
}

static int read_scope(const json_t *json, struct cni_route *route, struct cni_error *e)
{
	uint32_t scope;
	int err = read_number(json, "scope", &scope, e);

	route->scope = json_is_integer(json_object_get(json, "scope")) ? (int)scope : -1;
	if (!err && scope > 255)
		err = cni_fail(e, CNI_IPAM, "scope of a route is no number from 0 to 255");
	return err;
}

int cni_result_route(const json_t *json, struct cni_route *route, struct cni_error *e)
{
	int err;

	*route = (struct cni_route){};
	if (!read_prefix(string(json, "dst"), &route->to))
		return cni_fail(e, CNI_IPAM, "route to '%.64s', which is no subnet",
				string(json, "dst"));
	err = read_gateway(json, "gw", route->to.family, &route->gateway, e);
	if (!err)
		err = read_number(json, "mtu", &route->mtu, e);
	if (!err)
		err = read_number(json, "advmss", &route->advmss, e);
	if (!err)
		err = read_number(json, "priority", &route->priority, e);
	if (!err)
		err = read_number(json, "table", &route->table, e);
	return err ? err : read_scope(json, route, e);
}

static int take_address(struct spec *spec, const struct spec_addr *a, struct cni_error *e)
{
	char text[SPEC_ADDR_TEXT], error[SPEC_ERROR];

	if (spec_take(spec, "address", spec_addr_text(text, a), error))
		return cni_fail(e, CNI_IPAM, "%s", error);
	return 0;
}

int cni_result_addresses(const json_t *result, int index, struct spec *spec,
			 struct spec_addr gateways[2], struct cni_error *e)
{
	const json_t *ips = json_object_get(result, "ips"), *json;
	size_t i;

	gateways[0] = gateways[1] = (struct spec_addr){};
	json_array_foreach (ips, i, json) {
		struct cni_ip ip;
		struct spec_addr *gateway;
		int err = cni_result_ip(json, &ip, e);

		if (err)
			return err;
		if (ip.interface != index)
			continue;
		err = take_address(spec, &ip.address, e);
		if (err)
			return err;
		gateway = &gateways[ip.address.family == AF_INET6];
		if (!gateway->family)
			*gateway = ip.gateway;
	}
	return 0;
}

int cni_result_interface(const json_t *result, const char *ifname, const char *netns)
{
	const json_t *interfaces = json_object_get(result, "interfaces"), *json;
	size_t i;

	json_array_foreach (interfaces, i, json) {
		if (!strcmp(string(json, "name"), ifname) &&
		    !strcmp(string(json, "sandbox"), netns))
			return (int)i;
	}
	return -1;
}

/* ---- writing */

static json_t *interface_json(const struct cni_version *version, const struct cni_made *made)
{
	char mac[18];
	json_t *json = json_pack("{s:s, s:s, s:s}", "name", made->ifname, "mac",
				 format_mac(mac, made->mac), "sandbox", made->netns);

	if (json && version->mtu)
		json_object_set_new(json, "mtu", json_integer(made->mtu));
	return json;
}

/* All of them are our one interface's. What else the IPAM plugin says of them stays. */
static json_t *ip_json(const struct cni_version *version, const json_t *ip)
{
	json_t *json = json_copy((json_t *)ip);
	const char *family = strchr(string(ip, "address"), ':') ? "6" : "4";

	json_object_set_new(json, "interface", json_integer(0));
	if (version->ip_version)
		json_object_set_new(json, "version", json_string(family));
	else
		json_object_del(json, "version");
	return json;
}

static json_t *ips_json(const struct cni_version *version, const json_t *ipam)
{
	const json_t *ips = json_object_get(ipam, "ips"), *ip;
	json_t *list = json_array();
	size_t i;

	json_array_foreach (ips, i, ip)
		json_array_append_new(list, ip_json(version, ip));
	return list;
}

json_t *cni_result_json(const struct cni_version *version, const struct cni_made *made)
{
	json_t *json = json_pack("{s:s, s:[o]}", "cniVersion", version->text, "interfaces",
				 interface_json(version, made));
	json_t *routes = json_object_get(made->ipam, "routes");
	const json_t *dns = made->dns ? made->dns : json_object_get(made->ipam, "dns");

	if (!json)
		return NULL;
	if (json_array_size(json_object_get(made->ipam, "ips")))
		json_object_set_new(json, "ips", ips_json(version, made->ipam));
	if (json_array_size(routes))
		json_object_set(json, "routes", routes);
	json_object_set_new(json, "dns", dns ? json_deep_copy(dns) : json_object());
	return json;
}
