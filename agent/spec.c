/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_link.h>
#include <netinet/ether.h>

#include "format.h"
#include "spec.h"

#define MTU_MIN 68	/* RFC 791 */
#define MTU_MIN_V6 1280 /* RFC 8200, 5 */
#define MTU_MAX 65535

#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

static const struct {
	const char *name;
	uint32_t mode;
} modes[] = {
	{ "bridge", MACVLAN_MODE_BRIDGE },
	{ "vepa", MACVLAN_MODE_VEPA },
	{ "private", MACVLAN_MODE_PRIVATE },
	{ "passthru", MACVLAN_MODE_PASSTHRU },
};
#define MODE_COUNT (sizeof(modes) / sizeof(modes[0]))

const char *const spec_words[] = { "parent", "mode",   "mac",	     "netns", "address", "gateway",
				   "mtu",    "ifname", "bcqueuelen", "kind",  NULL };

/* What was given may hold line breaks; a message is one line. */
static int one_line(char error[SPEC_ERROR])
{
	for (char *s = error; *s; s++) {
		if (iscntrl((unsigned char)*s))
			*s = '?';
	}
	return -EINVAL;
}

static int bad(char error[SPEC_ERROR], const char *word, const char *value, const char *why)
{
	snprintf(error, SPEC_ERROR, "'%.64s' is no value for '%s': %s", value, word, why);
	return one_line(error);
}

static int say(char error[SPEC_ERROR], const char *what)
{
	snprintf(error, SPEC_ERROR, "%s", what);
	return -EINVAL;
}

int spec_name(struct spec *spec, const char *name, char error[SPEC_ERROR])
{
	*spec = (struct spec){};
	if (strlen(name) >= sizeof(spec->name) || !name[0] || strchr("._-", name[0]) ||
	    name[strspn(name, NAME_CHARACTERS)]) {
		snprintf(error, SPEC_ERROR,
			 "'%.64s' is no name for an endpoint: 1 to 31 letters, digits, '.', '_' "
			 "and '-', the first a letter or digit",
			 name);
		return one_line(error);
	}
	strcpy(spec->name, name);
	return 0;
}

static int take_device(char device[IFNAMSIZ], const char *word, const char *value,
		       char error[SPEC_ERROR])
{
	if (!value[0] || strlen(value) >= IFNAMSIZ || strpbrk(value, "/:% \t\n\v\f\r") ||
	    !strcmp(value, ".") || !strcmp(value, ".."))
		return bad(error, word, value,
			   "a device name has 1 to 15 characters, without '/', ':', '%' and "
			   "blanks");
	strcpy(device, value);
	return 0;
}

static int take_parent(struct spec *spec, const char *value, char error[SPEC_ERROR])
{
	return take_device(spec->parent, "parent", value, error);
}

static int take_ifname(struct spec *spec, const char *value, char error[SPEC_ERROR])
{
	return take_device(spec->ifname, "ifname", value, error);
}

static int take_mode(struct spec *spec, const char *value, char error[SPEC_ERROR])
{
	for (size_t i = 0; i < MODE_COUNT; i++) {
		if (!strcmp(value, modes[i].name)) {
			spec->mode = modes[i].mode;
			return 0;
		}
	}
	return bad(error, "mode", value, "it takes bridge, vepa, private or passthru");
}

static int take_mac(struct spec *spec, const char *value, char error[SPEC_ERROR])
{
	static const uint8_t zero[6];
	char text[18];
	unsigned int b[6];
	int end = 0;

	/* ether_aton() takes 2:42 and what follows for good. */
	if (strlen(value) != 17 || strspn(value, "0123456789abcdefABCDEF:") != 17 ||
	    sscanf(value, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5],
		   &end) != 6 ||
	    end != 17)
		return bad(error, "mac", value, "six bytes in hex, as in 02:42:c0:a8:0e:0b");
	for (int i = 0; i < 6; i++)
		spec->mac[i] = b[i];
	if (!memcmp(spec->mac, zero, sizeof(zero)))
		return bad(error, "mac", value,
			   "no device can have it: leave it out for a random one");
	if (spec->mac[0] & 1)
		return bad(error, "mac", format_mac(text, spec->mac),
			   "it is a multicast address: make the first byte even");
	return 0;
}

static int take_netns(struct spec *spec, const char *value, char error[SPEC_ERROR])
{
	if (!value[0] || strlen(value) >= sizeof(spec->netns))
		return bad(error, "netns", value, "a name of `ip netns`, a path or a pid");
	strcpy(spec->netns, value);
	return 0;
}

static bool is_multicast(const struct spec_addr *a)
{
	return a->family == AF_INET ? a->addr[0] >= 224 : a->addr[0] == 0xff;
}

static bool is_any(const struct spec_addr *a)
{
	static const uint8_t zero[16];

	return !memcmp(a->addr, zero, sizeof(zero));
}

bool spec_is_link_local(uint8_t family, const uint8_t addr[16])
{
	return family == AF_INET6 && addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80;
}

/* Without a length. */
static bool parse_ip(struct spec_addr *a, const char *text)
{
	*a = (struct spec_addr){ .family = strchr(text, ':') ? AF_INET6 : AF_INET };
	return inet_pton(a->family, text, a->addr) == 1;
}

/* Decimal digits and nothing else. */
static bool parse_number(const char *text, unsigned long max, uint32_t *number)
{
	char *end;
	unsigned long n;

	if (!text[0] || strlen(text) > 10 || text[strspn(text, "0123456789")])
		return false;
	n = strtoul(text, &end, 10);
	*number = n;
	return n <= max;
}

static int parse_prefix(struct spec_addr *a, const char *value, char error[SPEC_ERROR])
{
	const char *slash = strchr(value, '/');
	char text[INET6_ADDRSTRLEN], why[96];
	uint32_t length;
	int n = slash ? (int)(slash - value) : (int)strlen(value);

	snprintf(text, sizeof(text), "%.*s", n, value);
	if (n >= (int)sizeof(text) || !parse_ip(a, text))
		return bad(error, "address", value,
			   "an IPv4 or IPv6 address and a length, as in 192.168.14.11/24");
	if (!slash) {
		snprintf(why, sizeof(why), "its length is missing, as in %s/%d", text,
			 a->family == AF_INET ? 24 : 64);
		return bad(error, "address", value, why);
	}
	if (!parse_number(slash + 1, a->family == AF_INET ? 32 : 128, &length) || !length) {
		snprintf(why, sizeof(why), "the length is 1 to %d",
			 a->family == AF_INET ? 32 : 128);
		return bad(error, "address", value, why);
	}
	a->length = length;
	return 0;
}

static bool same_ip(const struct spec_addr *a, const struct spec_addr *b)
{
	return a->family == b->family && !memcmp(a->addr, b->addr, sizeof(a->addr));
}

static int take_address(struct spec *spec, const char *value, char error[SPEC_ERROR])
{
	struct spec_addr a = {};

	if (parse_prefix(&a, value, error))
		return -EINVAL;
	if (is_multicast(&a) || is_any(&a))
		return bad(error, "address", value,
			   "a device cannot have it: give a unicast address");
	for (size_t i = 0; i < spec->address_count; i++) {
		if (same_ip(&spec->addresses[i], &a))
			return bad(error, "address", value, "it is given twice");
	}
	if (spec->address_count == SPEC_ADDRESSES)
		return bad(error, "address", value, "it is one too many: there may be 16");
	spec->addresses[spec->address_count++] = a;
	return 0;
}

static int take_gateway(struct spec *spec, const char *value, char error[SPEC_ERROR])
{
	struct spec_addr a = {};

	if (!parse_ip(&a, value) || is_multicast(&a) || is_any(&a))
		return bad(error, "gateway", value, "an IPv4 or IPv6 address, without a length");
	if (spec->gateway_count && spec->gateways[0].family == a.family)
		return bad(error, "gateway", value,
			   "there is one already: one of IPv4 and one of IPv6");
	if (spec->gateway_count == SPEC_GATEWAYS)
		return bad(error, "gateway", value,
			   "there are two already: one of IPv4 and one of IPv6");
	spec->gateways[spec->gateway_count++] = a;
	return 0;
}

static int take_mtu(struct spec *spec, const char *value, char error[SPEC_ERROR])
{
	if (!parse_number(value, MTU_MAX, &spec->mtu) || spec->mtu < MTU_MIN)
		return bad(error, "mtu", value, "a number from 68 to 65535");
	return 0;
}

static int take_bcqueuelen(struct spec *spec, const char *value, char error[SPEC_ERROR])
{
	if (!parse_number(value, UINT32_MAX, &spec->bcqueuelen))
		return bad(error, "bcqueuelen", value, "a number from 0 to 4294967295");
	return 0;
}

static int take_kind(struct spec *spec, const char *value, char error[SPEC_ERROR])
{
	if (strcmp(value, "macvlan") != 0 && strcmp(value, "xdp") != 0)
		return bad(error, "kind", value, "it takes macvlan or xdp");
	spec->kind = strcmp(value, "xdp") ? SPEC_MACVLAN : SPEC_XDP;
	return 0;
}

int spec_take(struct spec *spec, const char *word, const char *value, char error[SPEC_ERROR])
{
	static int (*const takers[])(struct spec *, const char *, char *) = {
		take_parent,  take_mode, take_mac,    take_netns,      take_address,
		take_gateway, take_mtu,	 take_ifname, take_bcqueuelen, take_kind,
	};

	for (size_t i = 0; spec_words[i]; i++) {
		if (strcmp(word, spec_words[i]) != 0)
			continue;
		if (spec->given & 1U << i & ~(unsigned int)(SPEC_ADDRESS | SPEC_GATEWAY))
			return bad(error, word, value, "there is one already");
		spec->given |= 1U << i;
		return takers[i](spec, value, error);
	}
	snprintf(error, SPEC_ERROR, "unknown word '%.64s'", word);
	return one_line(error);
}

static bool covers(const struct spec_addr *subnet, const struct spec_addr *a)
{
	size_t bytes = subnet->length / 8, bits = subnet->length % 8;
	uint8_t mask = (uint8_t)(0xff00 >> bits);

	return subnet->family == a->family && !memcmp(subnet->addr, a->addr, bytes) &&
	       (!bits || !((subnet->addr[bytes] ^ a->addr[bytes]) & mask));
}

static int check_gateway(const struct spec *spec, const struct spec_addr *gateway,
			 char error[SPEC_ERROR])
{
	bool near = spec_is_link_local(gateway->family, gateway->addr);
	char text[SPEC_ADDR_TEXT];

	spec_addr_text(text, gateway);
	for (size_t i = 0; i < spec->address_count; i++) {
		if (same_ip(&spec->addresses[i], gateway))
			return bad(error, "gateway", text, "it is the endpoint's own address");
		near |= covers(&spec->addresses[i], gateway);
	}
	return near ? 0
		    : bad(error, "gateway", text, "it is in no subnet of an address that is given");
}

static int check_xdp(const struct spec *spec, char error[SPEC_ERROR])
{
	if (spec->mode != MACVLAN_MODE_BRIDGE && spec->mode != MACVLAN_MODE_PRIVATE)
		return bad(error, "mode", spec_mode_text(spec->mode),
			   "with kind xdp it takes bridge or private");
	return spec->given & SPEC_BCQUEUELEN
		       ? say(error, "bcqueuelen is of kind macvlan: kind xdp has no such queue")
		       : 0;
}

int spec_check(const struct spec *spec, char error[SPEC_ERROR])
{
	int err = spec->kind == SPEC_XDP ? check_xdp(spec, error) : 0;

	for (size_t i = 0; !err && i < spec->gateway_count; i++)
		err = check_gateway(spec, &spec->gateways[i], error);
	for (size_t i = 0; !err && spec->given & SPEC_MTU && i < spec->address_count; i++) {
		if (spec->addresses[i].family == AF_INET6 && spec->mtu < MTU_MIN_V6)
			err = say(error, "an IPv6 address needs an MTU of 1280 at least");
	}
	return err;
}

static int default_ifname(struct spec *spec, char error[SPEC_ERROR])
{
	const char *ifname = spec->netns[0] ? "eth0" : spec->name;

	if (spec->given & SPEC_IFNAME)
		return 0;
	if (strlen(ifname) >= sizeof(spec->ifname))
		return say(error,
			   "its name is too long for a device: 15 characters, or give ifname");
	strcpy(spec->ifname, ifname);
	spec->given |= SPEC_IFNAME;
	return 0;
}

int spec_complete(struct spec *spec, char error[SPEC_ERROR])
{
	if (!(spec->given & SPEC_PARENT))
		return say(error, "parent is missing: the device to sit on, as eth0 or eth0.50");
	if (!(spec->given & SPEC_MODE))
		spec->mode = MACVLAN_MODE_BRIDGE;
	spec->given |= SPEC_MODE | SPEC_NETNS | SPEC_KIND;
	return default_ifname(spec, error) ?: spec_check(spec, error);
}

const char *spec_mode_text(uint32_t mode)
{
	for (size_t i = 0; i < MODE_COUNT; i++) {
		if (modes[i].mode == mode)
			return modes[i].name;
	}
	return "unknown";
}
