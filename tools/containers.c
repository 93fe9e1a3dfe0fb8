// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "containers.h"

#define ID 64	    /* hex digits */
#define SHORT_ID 12 /* as engines print it, and as hairpind names a netns */
#define TEXT_MAX 255

/*
 * Below, what memory runs out for is left out like what makes no sense: the
 * endpoints are listed all the same. NULL is "no memory" for jansson as well,
 * which takes it as a value, and fails.
 */

/* A new reference: @value from @skip on, or null if that is no text of a sane length. */
static json_t *text_or_null(const json_t *value, size_t skip)
{
	size_t length = json_string_length(value);

	if (!json_is_string(value) || length <= skip || length > TEXT_MAX)
		return json_null();
	return json_string(json_string_value(value) + skip);
}

static bool is_id(const json_t *value)
{
	const char *id = json_string_value(value);

	return id && strlen(id) == ID && strspn(id, "0123456789abcdef") == ID;
}

/* "/b1"; the names that links give it, "/other/alias", may be there as well. */
static json_t *name_of(const json_t *names)
{
	json_t *name;
	size_t i;

	json_array_foreach (names, i, name) {
		const char *text = json_string_value(name);

		if (text && text[0] == '/' && !strchr(text + 1, '/'))
			return text_or_null(name, 1);
	}
	return json_null();
}

static json_t *network_of(const char *name, const json_t *value)
{
	return json_pack("{s:s, s:o, s:[o, o]}", "name", name, "mac",
			 text_or_null(json_object_get(value, "MacAddress"), 0), "addresses",
			 text_or_null(json_object_get(value, "IPAddress"), 0),
			 text_or_null(json_object_get(value, "GlobalIPv6Address"), 0));
}

static json_t *networks_of(json_t *settings)
{
	json_t *networks = json_array(), *value;
	const char *name;

	json_object_foreach(json_object_get(settings, "Networks"), name, value)
	{
		if (*name && strlen(name) <= TEXT_MAX)
			json_array_append_new(networks, network_of(name, value));
	}
	return networks;
}

/* Steals @name, @image and @networks. */
static void add(json_t *known, const char *engine, json_t *id, json_t *name, json_t *image,
		json_t *networks)
{
	json_array_append_new(known,
			      json_pack("{s:s, s:O, s:o, s:o, s:o}", "engine", engine, "id", id,
					"name", name, "image", image, "networks", networks));
}

bool containers_take_answer(json_t *known, const char *engine, const char *text, size_t length)
{
	json_t *answer = json_loadb(text, length, 0, NULL), *one;
	bool taken = json_is_array(answer);
	size_t i;

	json_array_foreach (answer, i, one) {
		json_t *id = json_object_get(one, "Id");

		if (is_id(id))
			add(known, engine, id, name_of(json_object_get(one, "Names")),
			    text_or_null(json_object_get(one, "Image"), 0),
			    networks_of(json_object_get(one, "NetworkSettings")));
	}
	json_decref(answer);
	return taken;
}

/* CRI-O has its containers in the same storage. */
static bool is_podmans(const json_t *metadata)
{
	return !json_object_get(metadata, "pod-id");
}

static void take_stored(json_t *known, const char *engine, const json_t *one)
{
	const json_t *text = json_object_get(one, "metadata"); /* JSON in a text */
	json_t *metadata =
		json_is_string(text) ? json_loads(json_string_value(text), 0, NULL) : NULL;
	json_t *id = json_object_get(one, "id");

	if (is_id(id) && is_podmans(metadata))
		add(known, engine, id,
		    text_or_null(json_array_get(json_object_get(one, "names"), 0), 0),
		    text_or_null(json_object_get(metadata, "image-name"), 0), json_array());
	json_decref(metadata);
}

bool containers_take_storage(json_t *known, const char *engine, const char *text, size_t length)
{
	json_t *stored = json_loadb(text, length, 0, NULL), *one;
	bool taken = json_is_array(stored);
	size_t i;

	json_array_foreach (stored, i, one)
		take_stored(known, engine, one);
	json_decref(stored);
	return taken;
}

static bool is_text(const json_t *value, const char *text)
{
	return json_is_string(value) && !strcmp(json_string_value(value), text);
}

static bool are_equal_texts(const json_t *a, const json_t *b)
{
	return json_is_string(a) && json_equal(a, b);
}

/* Whether they share one: an array of texts, or of texts and nulls. */
static bool have_in_common(const json_t *a, const json_t *b)
{
	json_t *one, *other;
	size_t i, k;

	json_array_foreach (a, i, one) {
		json_array_foreach (b, k, other) {
			if (are_equal_texts(one, other))
				return true;
		}
	}
	return false;
}

static bool has_short_id(const json_t *container, const json_t *text)
{
	const char *id = json_string_value(json_object_get(container, "id"));

	return json_string_length(text) == SHORT_ID &&
	       !strncmp(json_string_value(text), id, SHORT_ID);
}

static bool has_mac(const json_t *container, const json_t *mac)
{
	json_t *network;
	size_t i;

	json_array_foreach (json_object_get(container, "networks"), i, network) {
		if (are_equal_texts(json_object_get(network, "mac"), mac))
			return true;
	}
	return false;
}

/*
 * hairpind calls a netns by the id of a container in it. That need not be the one
 * whose network it is, where several share the netns; and people may have given it
 * a name of their own. So a MAC says more, but ipvlan endpoints have one in common.
 */
static int likeness(const json_t *row, const json_t *container)
{
	return 2 * has_mac(container, json_object_get(row, "mac")) +
	       has_short_id(container, json_object_get(row, "netns"));
}

/* The one that is more like it than all others; NULL: there is none. */
static json_t *container_of(const json_t *row, const json_t *known)
{
	json_t *best = NULL, *container;
	int most = 0;
	size_t i;

	json_array_foreach (known, i, container) {
		int like = likeness(row, container);

		if (like && like >= most)
			best = like > most ? container : NULL;
		if (like > most)
			most = like;
	}
	return best;
}

/* Its name, or NULL. Addresses first: there may be several networks with the MAC of an ipvlan. */
static json_t *network_name(const json_t *row, const json_t *container)
{
	json_t *by_mac = NULL, *network;
	size_t i;

	json_array_foreach (json_object_get(container, "networks"), i, network) {
		if (have_in_common(json_object_get(network, "addresses"),
				   json_object_get(row, "addresses")))
			return json_object_get(network, "name");
		if (are_equal_texts(json_object_get(network, "mac"), json_object_get(row, "mac")))
			by_mac = json_object_get(network, "name");
	}
	return by_mac;
}

static json_t *cell_container(const json_t *row, const json_t *known)
{
	json_t *container = container_of(row, known);

	if (!container)
		return json_null();
	return json_pack(
		"{s:O, s:O, s:O, s:O, s:O?}", "engine", json_object_get(container, "engine"), "id",
		json_object_get(container, "id"), "name", json_object_get(container, "name"),
		"image", json_object_get(container, "image"), "network",
		network_name(row, container));
}

int containers_match(json_t *rows, const json_t *known)
{
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		if (json_object_set_new(row, "container", cell_container(row, known)))
			return -ENOMEM;
	}
	return 0;
}

/* What endpoint_rows() calls an endpoint that others made is the name of its netns. */
static int name_row(json_t *row)
{
	json_t *container = json_object_get(row, "container"),
	       *name = json_object_get(container, "name");
	const char *id = json_string_value(json_object_get(container, "id"));
	int err = 0;

	if (json_is_string(name) &&
	    json_equal(json_object_get(row, "name"), json_object_get(row, "netns")))
		err |= json_object_set(row, "name", name);
	if (id)
		err |= json_object_set_new(container, "id", json_sprintf("%.*s", SHORT_ID, id));
	return err;
}

static int compare_texts(const json_t *a, const json_t *b, const char *key)
{
	const char *l = json_string_value(json_object_get(a, key)),
		   *r = json_string_value(json_object_get(b, key));

	return strcmp(l ? l : "", r ? r : "");
}

struct place {
	json_t *row;
};

static int compare_places(const void *a, const void *b)
{
	const json_t *l = ((const struct place *)a)->row, *r = ((const struct place *)b)->row;
	json_int_t vlans = json_integer_value(json_object_get(l, "vlan")) -
			   json_integer_value(json_object_get(r, "vlan"));
	int order = compare_texts(l, r, "uplink");

	if (!order)
		order = (vlans > 0) - (vlans < 0);
	if (!order)
		order = compare_texts(l, r, "name");
	return order ? order : compare_texts(l, r, "ifname");
}

static int sort(json_t *rows)
{
	size_t count = json_array_size(rows);
	struct place *list = calloc(count + 1, sizeof(*list));

	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		list[i].row = json_incref(json_array_get(rows, i));
	qsort(list, count, sizeof(*list), compare_places);
	for (size_t i = 0; i < count; i++)
		json_array_set_new(rows, i, list[i].row);
	free(list);
	return 0;
}

int containers_name(json_t *rows)
{
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		if (name_row(row))
			return -ENOMEM;
	}
	return sort(rows);
}

bool containers_are_in(const json_t *rows)
{
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		if (json_is_object(json_object_get(row, "container")))
			return true;
	}
	return false;
}

bool container_is(const json_t *row, const char *name)
{
	const json_t *container = json_object_get(row, "container"),
		     *id = json_object_get(container, "id");

	return is_text(json_object_get(container, "name"), name) || is_text(id, name) ||
	       (json_is_string(id) && strlen(name) == SHORT_ID &&
		!strncmp(json_string_value(id), name, SHORT_ID));
}
