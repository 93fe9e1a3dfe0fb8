/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses and enumerations as the words that people and logs use. */
#ifndef HAIRPIN_FORMAT_H
#define HAIRPIN_FORMAT_H

#include <stddef.h>

#include "hairpin/abi.h"
#include "hairpin/reasons.h"

/* Both return @out. @addr is in network order; an unknown @family gives "?". */
const char *format_mac(char out[18], const unsigned char mac[6]);
const char *format_ip(char out[46], int family, const void *addr);

/*
 * Names come from other namespaces: they must not steer a terminal. The bytes of the
 * control character at the beginning of @text, which may be one of U+0080 to U+009F in
 * UTF-8; 0: there is none.
 */
size_t format_control(const char *text);
/* Returns @text, with a '?' in place of each of them. */
char *format_plain(char *text);

/*
 * What an endpoint is called: the name that somebody gave it (not one that hairpin-cni
 * made up), else its netns or container id. Within @e, not always ended by a zero:
 * *size bytes at most.
 */
const char *format_station(const struct hp_endpoint *e, size_t *size);

/* Never NULL; "unknown" for what is not in hairpin/abi.h. */
const char *format_kind(enum hp_kind kind);
const char *format_mode(enum hp_mode mode);
const char *format_hook(enum hp_hook hook);
const char *format_xdp_want(enum hp_xdp_want want); /* the word of hairpin.conf */
const char *format_xdp(enum hp_xdp mode);
const char *format_no_xdp(enum hp_no_xdp why); /* a few words, for the administrator */
const char *format_no_gso(enum hp_no_gso why); /* the same */
const char *format_reason(enum hp_reason reason);
const char *format_reason_help(enum hp_reason reason); /* a few words */
const char *format_segment_flag(__u16 flag);	       /* one of HP_SEGMENT_* */

#endif
