// SPDX-License-Identifier: BSD-2-Clause
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "name.h"

#define NETWORK_BITS 40 /* all that fits beside the attachment's 64 */

/* FNV-1a, with the zero at the end, so that "ab", "c" is not "a", "bc". */
static uint64_t hash(uint64_t h, const char *text)
{
	do {
		h = (h ^ (unsigned char)*text) * 0x100000001b3ULL;
	} while (*text++);
	return h;
}

static uint64_t network_hash(const char *network)
{
	return hash(0xcbf29ce484222325ULL, network);
}

static void prefix(char out[SPEC_NAME], const char *network)
{
	snprintf(out, SPEC_NAME, SPEC_MADE_UP "%010" PRIx64 "-",
		 network_hash(network) >> (64 - NETWORK_BITS));
}

const char *cni_name(char out[SPEC_NAME], const char *network, const char *id, const char *ifname)
{
	size_t used;

	prefix(out, network);
	used = strlen(out);
	snprintf(out + used, SPEC_NAME - used, "%016" PRIx64,
		 hash(hash(network_hash(network), id), ifname));
	return out;
}

bool cni_name_is_of(const char *name, const char *network)
{
	char begin[SPEC_NAME];

	prefix(begin, network);
	return !strncmp(name, begin, strlen(begin));
}
