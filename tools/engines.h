/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asks the container engines of this machine for their containers, read only:
 * one GET on each one's socket, at the same time, and @ms for all of it.
 * An engine that is not there, hangs, dies or talks nonsense has no containers.
 */
#ifndef HAIRPIN_ENGINES_H
#define HAIRPIN_ENGINES_H

#include <stddef.h>

#include <jansson.h>

#define ENGINES_MS 500
#define ENGINES_BYTES (8 << 20) /* of one answer: thousands of containers */

/* An array of containers, as in containers.h; NULL: no memory. */
json_t *engines_ask(int ms);

#endif
