/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What container engines say of their containers, and which endpoint is whose.
 * Pure: engines.h does the asking. An answer is believed in no more than it has
 * to be: what is not of the type, form or length that it should have, is left out.
 *
 * A container, in JSON: engine, id (64 hex digits), name, image, and networks:
 * an array of name, mac, addresses. What is not known is null.
 */
#ifndef HAIRPIN_CONTAINERS_H
#define HAIRPIN_CONTAINERS_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

/*
 * Both append to @known and return whether @text is such an answer at all:
 * of GET /containers/json, which Docker and Podman have alike, or
 * containers.json, which Podman keeps on disk, without the networks.
 */
bool containers_take_answer(json_t *known, const char *engine, const char *text, size_t length);
bool containers_take_storage(json_t *known, const char *engine, const char *text, size_t length);

/*
 * Adds "container" to each of @rows, which endpoint_rows() made: engine, id,
 * name, image and network, or null where it is not clear whose it is. 0 or -ENOMEM.
 */
int containers_match(json_t *rows, const json_t *known);

/*
 * For people: "name" becomes that of the container, unless it is one that
 * `hairpin endpoint add` gave, ids become short, and @rows sorted as before. 0 or -ENOMEM.
 */
int containers_name(json_t *rows);
/* Whether one of @rows has a container. */
bool containers_are_in(const json_t *rows);

/* Whether @name is the name, the id or the short id of the row's container. */
bool container_is(const json_t *row, const char *name);

#endif
