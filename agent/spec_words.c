/* SPDX-License-Identifier: BSD-2-Clause */
/* The rest of spec.h: comparing, merging, and back into words. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if_link.h>

#include "format.h"
#include "spec.h"

bool spec_has_addr(const struct spec_addr *list, size_t count, const struct spec_addr *addr)
{
	for (size_t i = 0; i < count; i++) {
		if (!memcmp(&list[i], addr, sizeof(*addr)))
			return true;
	}
	return false;
}

static bool same_set(const struct spec_addr *a, size_t a_count, const struct spec_addr *b,
		     size_t b_count)
{
	if (a_count != b_count)
		return false;
	for (size_t i = 0; i < a_count; i++) {
		if (!spec_has_addr(b, b_count, &a[i]))
			return false;
	}
	return true;
}

unsigned int spec_diff(const struct spec *want, const struct spec *have)
{
	unsigned int diff = 0;

	diff |= strcmp(want->parent, have->parent) ? SPEC_PARENT : 0;
	diff |= want->mode != have->mode ? SPEC_MODE : 0;
	diff |= memcmp(want->mac, have->mac, sizeof(want->mac)) ? SPEC_MAC : 0;
	diff |= want->netns_ino != have->netns_ino ? SPEC_NETNS : 0;
	diff |= same_set(want->addresses, want->address_count, have->addresses, have->address_count)
			? 0
			: SPEC_ADDRESS;
	diff |= same_set(want->gateways, want->gateway_count, have->gateways, have->gateway_count)
			? 0
			: SPEC_GATEWAY;
	diff |= want->mtu != have->mtu ? SPEC_MTU : 0;
	diff |= strcmp(want->ifname, have->ifname) ? SPEC_IFNAME : 0;
	diff |= want->bcqueuelen != have->bcqueuelen ? SPEC_BCQUEUELEN : 0;
	diff |= want->kind != have->kind ? SPEC_KIND : 0;
	return diff & want->given;
}

struct spec spec_merge(const struct spec *base, const struct spec *changes)
{
	struct spec merged = *changes;
	unsigned int keep = ~changes->given;

	strcpy(merged.name, base->name);
	merged.declared = base->declared;
	merged.vlan = base->vlan;
	merged.given |= base->given;
	if (keep & SPEC_PARENT)
		strcpy(merged.parent, base->parent);
	if (keep & SPEC_MODE)
		merged.mode = base->mode;
	if (keep & SPEC_MAC)
		memcpy(merged.mac, base->mac, sizeof(merged.mac));
	if (keep & SPEC_NETNS) {
		strcpy(merged.netns, base->netns);
		merged.netns_ino = base->netns_ino;
	}
	if (keep & SPEC_ADDRESS) {
		memcpy(merged.addresses, base->addresses, sizeof(merged.addresses));
		merged.address_count = base->address_count;
	}
	if (keep & SPEC_GATEWAY) {
		memcpy(merged.gateways, base->gateways, sizeof(merged.gateways));
		merged.gateway_count = base->gateway_count;
	}
	if (keep & SPEC_MTU)
		merged.mtu = base->mtu;
	if (keep & SPEC_IFNAME)
		strcpy(merged.ifname, base->ifname);
	if (keep & SPEC_BCQUEUELEN)
		merged.bcqueuelen = base->bcqueuelen;
	if (keep & SPEC_KIND)
		merged.kind = base->kind;
	return merged;
}

const char *spec_addr_text(char out[SPEC_ADDR_TEXT], const struct spec_addr *addr)
{
	char ip[46];

	format_ip(ip, addr->family, addr->addr);
	if (addr->length)
		snprintf(out, SPEC_ADDR_TEXT, "%s/%u", ip, addr->length);
	else
		snprintf(out, SPEC_ADDR_TEXT, "%s", ip);
	return out;
}

static void list_text(char out[SPEC_TEXT], const struct spec_addr *list, size_t count)
{
	char text[SPEC_ADDR_TEXT];
	size_t used = 0;

	snprintf(out, SPEC_TEXT, "none");
	for (size_t i = 0; i < count; i++)
		used += snprintf(out + used, SPEC_TEXT - used, "%s%s", i ? "," : "",
				 spec_addr_text(text, &list[i]));
}

const char *spec_text(char out[SPEC_TEXT], const struct spec *spec, unsigned int word)
{
	char mac[18];

	switch (word) {
	case SPEC_ADDRESS:
		list_text(out, spec->addresses, spec->address_count);
		return out;
	case SPEC_GATEWAY:
		list_text(out, spec->gateways, spec->gateway_count);
		return out;
	case SPEC_MAC:
		format_mac(mac, spec->mac);
		return strcpy(out, mac);
	case SPEC_MTU:
		snprintf(out, SPEC_TEXT, "%u", spec->mtu);
		return out;
	case SPEC_BCQUEUELEN:
		snprintf(out, SPEC_TEXT, "%u", spec->bcqueuelen);
		return out;
	case SPEC_NETNS:
		return strcpy(out, spec->netns[0] ? spec->netns : "host");
	case SPEC_PARENT:
		return strcpy(out, spec->parent);
	case SPEC_IFNAME:
		return strcpy(out, spec->ifname);
	case SPEC_KIND:
		return strcpy(out, spec->kind == SPEC_XDP ? "xdp" : "macvlan");
	default:
		return strcpy(out, spec_mode_text(spec->mode));
	}
}

#define DECLARED " declared"
#define VLAN " vlan "
#define PORT " xdp "

const char *spec_mark(char out[SPEC_MARK], const struct spec *spec)
{
	int n = snprintf(out, SPEC_MARK, "%s%s", spec->name, spec->declared ? DECLARED : "");

	if (spec->vlan)
		n += snprintf(out + n, SPEC_MARK - n, VLAN "%u", spec->vlan);
	if (spec->kind == SPEC_XDP)
		snprintf(out + n, SPEC_MARK - n, PORT "%s %s", spec->parent,
			 spec_mode_text(spec->mode));
	return out;
}

static bool skip(const char **text, const char *word)
{
	bool there = !strncmp(*text, word, strlen(word));

	if (there)
		*text += strlen(word);
	return there;
}

/* What follows the name and "declared": *@vlan, and then a port or nothing. */
static bool skip_vlan(const char **rest, uint16_t *vlan)
{
	char *end;
	long id;

	*vlan = 0;
	if (!skip(rest, VLAN))
		return true;
	id = **rest >= '1' && **rest <= '9' ? strtol(*rest, &end, 10) : 0;
	if (id < 1 || id > 4094 || (*end && *end != ' '))
		return false;
	*rest = end;
	*vlan = (uint16_t)id;
	return true;
}

bool spec_unmark(const char *mark, char name[SPEC_NAME], bool *declared)
{
	size_t length = strcspn(mark, " ");
	const char *rest = mark + length;
	uint16_t vlan;

	if (!length || length >= SPEC_NAME)
		return false;
	*declared = skip(&rest, DECLARED);
	if (!skip_vlan(&rest, &vlan) || (rest[0] && !skip(&rest, PORT)))
		return false;
	memcpy(name, mark, length);
	name[length] = '\0';
	return true;
}

uint16_t spec_unmark_vlan(const char *mark)
{
	const char *rest = mark + strcspn(mark, " ");
	char name[SPEC_NAME];
	bool declared;
	uint16_t vlan;

	if (!spec_unmark(mark, name, &declared))
		return 0;
	skip(&rest, DECLARED);
	return skip_vlan(&rest, &vlan) ? vlan : 0;
}

bool spec_unmark_port(const char *mark, struct spec_port *port)
{
	const char *rest = mark + strcspn(mark, " ");
	uint16_t vlan;
	size_t length;

	skip(&rest, DECLARED);
	if (rest == mark || !skip_vlan(&rest, &vlan) || !skip(&rest, PORT))
		return false;
	length = strcspn(rest, " ");
	if (!length || length >= sizeof(port->parent) || !rest[length])
		return false;
	memcpy(port->parent, rest, length);
	port->parent[length] = '\0';
	port->mode = strcmp(rest + length + 1, spec_mode_text(MACVLAN_MODE_PRIVATE))
			     ? MACVLAN_MODE_BRIDGE
			     : MACVLAN_MODE_PRIVATE;
	return true;
}
