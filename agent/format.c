// SPDX-License-Identifier: BSD-2-Clause
#include <arpa/inet.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "format.h"
#include "spec.h"

/* Some terminals obey them as well. */
static bool is_c1(const char *s)
{
	return (unsigned char)s[0] == 0xc2 && (unsigned char)s[1] >= 0x80 &&
	       (unsigned char)s[1] < 0xa0;
}

size_t format_control(const char *text)
{
	return is_c1(text) ? 2 : !!iscntrl((unsigned char)*text);
}

char *format_plain(char *text)
{
	char *to = text;

	for (const char *s = text; *s; s++) {
		size_t control = format_control(s);

		*to++ = control ? '?' : *s;
		s += control > 1;
	}
	*to = '\0';
	return text;
}

const char *format_mac(char out[18], const unsigned char mac[6])
{
	snprintf(out, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		 mac[5]);
	return out;
}

const char *format_ip(char out[46], int family, const void *addr)
{
	if (!inet_ntop(family, addr, out, 46))
		snprintf(out, 46, "?");
	return out;
}

const char *format_station(const struct hp_endpoint *e, size_t *size)
{
	bool given = e->name[0] && strncmp(e->name, SPEC_MADE_UP, strlen(SPEC_MADE_UP)) != 0;

	*size = given ? sizeof(e->name) : sizeof(e->netns);
	return given ? e->name : e->netns;
}

static const char *word(const char *const *words, size_t count, size_t index)
{
	return index < count ? words[index] : "unknown";
}

#define WORD(words, index) word(words, sizeof(words) / sizeof(*(words)), index)

const char *format_kind(enum hp_kind kind)
{
	static const char *const words[] = {
		[HP_KIND_NONE] = "none",       [HP_KIND_HOST] = "host",
		[HP_KIND_MACVLAN] = "macvlan", [HP_KIND_MACVTAP] = "macvtap",
		[HP_KIND_IPVLAN] = "ipvlan",   [HP_KIND_XDP] = "xdp",
	};

	return WORD(words, kind);
}

const char *format_mode(enum hp_mode mode)
{
	static const char *const words[] = {
		[HP_MODE_NONE] = "none",
		[HP_MODE_BRIDGE] = "bridge",
		[HP_MODE_VEPA] = "vepa",
		[HP_MODE_PRIVATE] = "private",
		[HP_MODE_PASSTHRU] = "passthru",
		[HP_MODE_SOURCE] = "source",
		[HP_MODE_L3] = "l3",
		[HP_MODE_L3S] = "l3s",
	};

	return WORD(words, mode);
}

const char *format_hook(enum hp_hook hook)
{
	static const char *const words[] = {
		[HP_HOOK_NONE] = "none",
		[HP_HOOK_TCX] = "tcx",
		[HP_HOOK_CLSACT] = "clsact",
	};

	return WORD(words, hook);
}

const char *format_xdp_want(enum hp_xdp_want want)
{
	static const char *const words[] = {
		[HP_XDP_WANT_AUTO] = "auto",
		[HP_XDP_WANT_OFF] = "off",
		[HP_XDP_WANT_NATIVE] = "native",
		[HP_XDP_WANT_GENERIC] = "generic",
	};

	return WORD(words, want);
}

const char *format_xdp(enum hp_xdp mode)
{
	static const char *const words[] = {
		[HP_XDP_NONE] = "none",
		[HP_XDP_NATIVE] = "native",
		[HP_XDP_GENERIC] = "generic",
	};

	return WORD(words, mode);
}

const char *format_no_xdp(enum hp_no_xdp why)
{
	static const char *const words[] = {
		[HP_NO_XDP_NONE] = "",
		[HP_NO_XDP_OFF] = "turned off",
		[HP_NO_XDP_DRIVER] = "the driver reports no XDP",
		[HP_NO_XDP_TAGS] = "VLAN tags would be hidden from it",
		[HP_NO_XDP_BUSY] = "somebody else's program is there",
		[HP_NO_XDP_REFUSED] = "the kernel refused it",
		[HP_NO_XDP_VETH] = "a veth is faster without it, unless xdp = native",
	};

	return WORD(words, why);
}

const char *format_no_gso(enum hp_no_gso why)
{
	static const char *const words[] = {
		[HP_NO_GSO_NONE] = "",
		[HP_NO_GSO_KERNEL] = "the kernel has none (it needs 5.19)",
		[HP_NO_GSO_DEVICE] = "gso-max-size is more than tso_max_size of the device",
		[HP_NO_GSO_TAP] = "there is a macvtap or ipvtap",
		[HP_NO_GSO_XDP] = "generic XDP would copy each packet",
		[HP_NO_GSO_PORT] = "there is an XDP endpoint",
		[HP_NO_GSO_STACK] = "there are VLAN devices on VLAN devices",
		[HP_NO_GSO_IPV4] = "over IPv6 alone: for IPv4 the kernel needs 6.3",
	};

	return WORD(words, why);
}

static const struct {
	const char *name;
	const char *help;
} reasons[] = {
#define REASON_TEXT(id, name, help) [HP_REASON_##id] = { name, help },
	HP_REASONS(REASON_TEXT)
#undef REASON_TEXT
};

const char *format_reason(enum hp_reason reason)
{
	return reason < HP_REASON_COUNT ? reasons[reason].name : "unknown";
}

const char *format_reason_help(enum hp_reason reason)
{
	return reason < HP_REASON_COUNT ? reasons[reason].help : "unknown";
}

const char *format_segment_flag(__u16 flag)
{
	switch (flag) {
	case HP_SEGMENT_VEPA:
		return "vepa";
	case HP_SEGMENT_HOST:
		return "host";
	case HP_SEGMENT_CLOSED:
		return "closed";
	case HP_SEGMENT_KNOWN_IPV4:
		return "known-ipv4";
	case HP_SEGMENT_KNOWN_IPV6:
		return "known-ipv6";
	case HP_SEGMENT_PROXY_IPV4:
		return "proxy-ipv4";
	case HP_SEGMENT_PROXY_IPV6:
		return "proxy-ipv6";
	case HP_SEGMENT_LISTED:
		return "listed";
	case HP_SEGMENT_BRIDGED:
		return "bridged";
	default:
		return "unknown";
	}
}
