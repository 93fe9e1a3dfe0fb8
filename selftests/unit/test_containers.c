// SPDX-License-Identifier: BSD-2-Clause
/* What engines say of containers, whatever they say, and whose endpoint is whose. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "../../tools/containers.h"

#define ID_A "aaaaaaaaaaaa0000000000000000000000000000000000000000000000000000"
#define ID_B "bbbbbbbbbbbb0000000000000000000000000000000000000000000000000000"
#define HEAD_A "[{\"Id\":\"" ID_A "\","

/* Of Docker 20.10, but for what nobody looks at. */
static const char docker[] =
	"[{\"Id\":\"" ID_A "\",\"Names\":[\"/other/alias\",\"/b1\"],\"Image\":\"busybox\","
	"\"ImageID\":\"sha256:a0\",\"Created\":1795859259,\"Labels\":{},\"State\":\"running\","
	"\"NetworkSettings\":{\"Networks\":{\"mac_net1\":{\"IPAMConfig\":{},\"Links\":null,"
	"\"IPAddress\":\"192.168.14.11\",\"GlobalIPv6Address\":\"\",\"GlobalIPv6PrefixLen\":0,"
	"\"MacAddress\":\"02:42:c0:a8:0e:0b\",\"DriverOpts\":null},"
	"\"v6\":{\"IPAddress\":\"\",\"GlobalIPv6Address\":\"fd14::11\",\"MacAddress\":\"\"}}}}]";

/* Of Podman 4.3. */
static const char storage[] =
	"[{\"id\":\"" ID_B "\",\"names\":[\"p1\"],\"image\":\"e9\",\"layer\":\"73\",\"metadata\":"
	"\"{\\\"image-name\\\":\\\"localhost/busybox:latest\\\",\\\"name\\\":\\\"p1\\\"}\"},"
	"{\"id\":\"" ID_A "\",\"names\":[\"k8s_x\"],\"metadata\":\"{\\\"pod-id\\\":\\\"x\\\"}\"}]";

static bool answer(json_t *known, const char *text)
{
	/* A copy without an end: a read beyond it is seen. */
	size_t length = strlen(text);
	char *copy = malloc(length ? length : 1);
	bool taken;

	mempcpy(copy, text, length);
	taken = containers_take_answer(known, "docker", copy, length);
	free(copy);
	return taken;
}

static void assert_json(const json_t *value, const char *expected)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

	assert_string_equal(text, expected);
	free(text);
}

static void an_answer_of_docker(void **state)
{
	json_t *known = json_array();

	(void)state;
	assert_true(answer(known, docker));
	assert_json(known, "[{\"engine\":\"docker\",\"id\":\"" ID_A
			   "\",\"name\":\"b1\",\"image\":\"busybox\","
			   "\"networks\":[{\"name\":\"mac_net1\",\"mac\":\"02:42:c0:a8:0e:0b\","
			   "\"addresses\":[\"192.168.14.11\",null]},"
			   "{\"name\":\"v6\",\"mac\":null,\"addresses\":[null,\"fd14::11\"]}]}]");
	json_decref(known);
}

static void the_storage_of_podman(void **state)
{
	json_t *known = json_array();

	(void)state;
	assert_true(containers_take_storage(known, "podman", storage, strlen(storage)));
	assert_json(known, "[{\"engine\":\"podman\",\"id\":\"" ID_B "\",\"name\":\"p1\","
			   "\"image\":\"localhost/busybox:latest\",\"networks\":[]}]");
	json_decref(known);
}

/* However it is cut: no answer, and nothing read beyond its end. */
static void truncated_answers(void **state)
{
	json_t *known = json_array();

	(void)state;
	for (size_t n = 0; n < strlen(docker); n++) {
		char *cut = strndup(docker, n);

		assert_false(answer(known, cut));
		free(cut);
	}
	for (size_t n = 0; n < strlen(storage); n++)
		assert_false(containers_take_storage(known, "podman", storage, n));
	assert_int_equal(json_array_size(known), 0);
	json_decref(known);
}

static void what_is_no_array_is_no_answer(void **state)
{
	static const char *const texts[] = {
		"{\"message\":\"client version 1.24 is too old\"}",
		"null",
		"17",
		"\"text\"",
		"]",
		"[] []",
		"[1,]",
		"[\"\xff\"]",
		"[\"\\u0000\"]",
	};
	json_t *known = json_array();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_row(texts[i], !answer(known, texts[i]));
	assert_int_equal(json_array_size(known), 0);
	json_decref(known);
}

static void elements_without_an_id_are_left_out(void **state)
{
	static const char *const ids[] = {
		"17",
		"null",
		"[]",
		"{}",
		"true",
		"\"\"",
		"\"aaaaaaaaaaaa\"",
		("\"" ID_A "0\""),
		"\"Aaaaaaaaaaaa0000000000000000000000000000000000000000000000000000\"",
		"\"..//////////0000000000000000000000000000000000000000000000000000\"",
	};
	json_t *known = json_array();
	char text[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		snprintf(text, sizeof(text), "[{\"Id\":%s,\"Names\":[\"/b1\"]}]", ids[i]);
		assert_row(ids[i], answer(known, text));
		snprintf(text, sizeof(text), "[{\"id\":%s,\"names\":[\"b1\"]}]", ids[i]);
		assert_row(ids[i], containers_take_storage(known, "podman", text, strlen(text)));
	}
	assert_true(answer(known, "[1,null,\"x\",[],{},{\"Names\":[\"/b1\"]}]"));
	assert_int_equal(json_array_size(known), 0);
	json_decref(known);
}

/* Of what has an id: the name, where there is one, and nothing else. */
static void wrong_types_are_not_known(void **state)
{
	static const struct {
		const char *rest;
		const char *name;
	} rows[] = {
		{ "\"Names\":null,\"Image\":1,\"NetworkSettings\":[]}]", NULL },
		{ "\"Names\":{},\"Image\":[\"x\"],\"NetworkSettings\":{\"Networks\":[1]}}]", NULL },
		{ "\"Names\":[[]],\"Image\":{},\"NetworkSettings\":null}]", NULL },
		{ "\"Names\":[1],\"NetworkSettings\":{\"Networks\":null}}]", NULL },
		{ "\"Names\":\"/b1\",\"Image\":\"\",\"NetworkSettings\":{\"Networks\":\"x\"}}]",
		  NULL },
		{ "\"Names\":[\"b1\",\"/\",\"/b1\"],\"Image\":null}]", NULL },
		{ "\"Names\":[\"/a/b\",\"\"]}]", NULL },
		{ "\"Names\":[2,\"/a\"],\"NetworkSettings\":{\"Networks\":{\"\":{}}}}]", "a" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		json_t *known = json_array(), *one, *name;
		char text[256];

		snprintf(text, sizeof(text), HEAD_A "%s", rows[i].rest);
		assert_row(rows[i].rest, answer(known, text));
		one = json_array_get(known, 0);
		name = json_object_get(one, "name");
		assert_row(rows[i].rest, json_array_size(known) == 1);
		assert_row(rows[i].rest, rows[i].name
						 ? !strcmp(json_string_value(name), rows[i].name)
						 : json_is_null(name));
		assert_row(rows[i].rest, json_is_null(json_object_get(one, "image")));
		assert_row(rows[i].rest, !json_array_size(json_object_get(one, "networks")));
		json_decref(known);
	}
}

static void what_is_too_long_is_not_known(void **state)
{
	json_t *known = json_array(), *one;
	char word[300], text[1200];

	(void)state;
	memset(word, 'x', sizeof(word));
	word[256] = '\0';
	snprintf(text, sizeof(text),
		 HEAD_A "\"Names\":[\"/%s\"],\"Image\":\"%s\",\"NetworkSettings\":{\"Networks\":"
			"{\"%s\":{}}}}]",
		 word, word, word);
	assert_true(answer(known, text));
	one = json_array_get(known, 0);
	assert_true(json_is_null(json_object_get(one, "name")));
	assert_true(json_is_null(json_object_get(one, "image")));
	assert_int_equal(json_array_size(json_object_get(one, "networks")), 0);
	json_decref(known);
}

/* As deep as jansson goes, and deeper. */
static void deep_answers(void **state)
{
	enum { DEPTH = 100000 };
	char *text = malloc(DEPTH + 1);
	json_t *known = json_array();

	(void)state;
	memset(text, '[', DEPTH);
	text[DEPTH] = '\0';
	assert_false(answer(known, text));
	memset(text + 1000, ']', 1000);
	text[2000] = '\0';
	assert_true(answer(known, text));
	assert_int_equal(json_array_size(known), 0);
	json_decref(known);
	free(text);
}

/* Bytes of the answer, one at a time, as something else: nothing but that it lives. */
static void spoilt_answers(void **state)
{
	static const char spoilers[] = "\"{}[],:\\0\x80\x1b";

	(void)state;
	for (size_t n = 0; n < strlen(docker); n++) {
		for (size_t k = 0; k < strlen(spoilers); k++) {
			json_t *known = json_array(),
			       *rows = json_pack("[{s:s, s:s, s:[s]}]", "netns", "aaaaaaaaaaaa",
						 "mac", "02:42:c0:a8:0e:0b", "addresses",
						 "192.168.14.11");
			char *text = strdup(docker);

			text[n] = spoilers[k];
			answer(known, text);
			assert_int_equal(containers_match(rows, known), 0);
			free(text);
			json_decref(rows);
			json_decref(known);
		}
	}
}

/* What containers_match() adds to one endpoint, beside two containers of Docker and one of Podman.
 */
static json_t *match(const char *netns, const char *mac, const char *address)
{
	json_t *known = json_loads(
		       "[{\"engine\":\"docker\",\"id\":\"" ID_A "\",\"name\":\"a\",\"image\":\"i\","
		       "\"networks\":[{\"name\":\"n1\",\"mac\":\"02:00:00:00:00:01\",\"addresses\":"
		       "[\"10.0.0.1\",null]},{\"name\":\"n2\",\"mac\":\"02:00:00:00:00:02\","
		       "\"addresses\":[\"10.0.2.1\",\"fd00::1\"]},{\"name\":\"ipvlan\",\"mac\":"
		       "null,"
		       "\"addresses\":[\"10.0.3.1\",null]}]},"
		       "{\"engine\":\"docker\",\"id\":\"" ID_B "\",\"name\":\"b\",\"image\":null,"
		       "\"networks\":[{\"name\":\"n1\",\"mac\":\"02:00:00:00:00:09\",\"addresses\":"
		       "[null,null]},{\"name\":\"n4\",\"mac\":\"02:00:00:00:00:02\",\"addresses\":"
		       "[\"10.0.4.1\",null]}]}]",
		       0, NULL),
	       *rows = json_pack("[{s:s?, s:s, s:[s]}]", "netns", netns, "mac", mac, "addresses",
				 address),
	       *row = json_incref(json_array_get(rows, 0));

	assert_non_null(known);
	assert_int_equal(containers_match(rows, known), 0);
	json_decref(known);
	json_decref(rows);
	return row;
}

static void whose_endpoint_is_whose(void **state)
{
	static const struct {
		const char *what, *netns, *mac, *address, *name, *network;
	} rows[] = {
		{ "by id and MAC", "aaaaaaaaaaaa", "02:00:00:00:00:01", "10.0.0.1", "a", "n1" },
		{ "... one of two that have it", "bbbbbbbbbbbb", "02:00:00:00:00:02", "10.0.4.1",
		  "b", "n4" },
		{ "by MAC: people named the netns", "web", "02:00:00:00:00:01", "10.9.9.9", "a",
		  "n1" },
		{ "by MAC: a sidecar's id", "bbbbbbbbbbbb", "02:00:00:00:00:01", "10.0.0.1", "a",
		  "n1" },
		{ "by MAC: in the host's netns", NULL, "02:00:00:00:00:01", "10.0.0.1", "a", "n1" },
		{ "two have the MAC", "web", "02:00:00:00:00:02", "10.0.4.1", NULL, NULL },
		{ "by id: ipvlan", "aaaaaaaaaaaa", "02:00:00:00:00:77", "10.0.3.1", "a", "ipvlan" },
		{ "by id: made in there by hand", "aaaaaaaaaaaa", "02:00:00:00:00:77", "10.9.9.9",
		  "a", NULL },
		{ "nobody's", "web", "02:00:00:00:00:77", "10.0.0.1", NULL, NULL },
		{ "not the whole id", "aaaaaaaaaaa", "02:00:00:00:00:77", "10.0.0.1", NULL, NULL },
		{ "nor more of it", "aaaaaaaaaaaa0", "02:00:00:00:00:77", "10.0.0.1", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		json_t *row = match(rows[i].netns, rows[i].mac, rows[i].address),
		       *found = json_object_get(row, "container");
		const char *name = json_string_value(json_object_get(found, "name")),
			   *network = json_string_value(json_object_get(found, "network"));

		assert_row(rows[i].what, rows[i].name ? name && !strcmp(name, rows[i].name)
						      : json_is_null(found));
		assert_row(rows[i].what, rows[i].network
						 ? network && !strcmp(network, rows[i].network)
						 : !network);
		json_decref(row);
	}
}

static void a_row_with_its_container(void **state)
{
	json_t *row = match("aaaaaaaaaaaa", "02:00:00:00:00:02", "fd00::1");

	(void)state;
	assert_json(json_object_get(row, "container"),
		    "{\"engine\":\"docker\",\"id\":\"" ID_A "\",\"name\":\"a\",\"image\":\"i\","
		    "\"network\":\"n2\"}");
	assert_true(container_is(row, "a"));
	assert_true(container_is(row, ID_A));
	assert_true(container_is(row, "aaaaaaaaaaaa"));
	assert_false(container_is(row, "aaaaaaaaaaa"));
	assert_false(container_is(row, "i"));
	assert_false(container_is(row, ""));
	json_decref(row);
	row = match("web", "02:00:00:00:00:77", "10.0.0.1");
	assert_false(container_is(row, ""));
	assert_false(container_is(row, "a"));
	json_decref(row);
}

/* Names of containers in place of ids, but for what has a name; in the order of names. */
static void names_for_people(void **state)
{
	json_t *rows = json_loads(
		"[{\"uplink\":\"eth0\",\"vlan\":0,\"name\":\"1\",\"netns\":\"1\",\"container\":"
		"{\"id\":\"" ID_A "\",\"name\":\"z\"}},"
		"{\"uplink\":\"eth0\",\"vlan\":0,\"name\":\"2\",\"netns\":\"2\",\"container\":"
		"{\"id\":\"" ID_B "\",\"name\":null}},"
		"{\"uplink\":\"eth0\",\"vlan\":7,\"name\":\"a\",\"netns\":null,\"container\":null},"
		"{\"uplink\":\"eth0\",\"vlan\":0,\"name\":\"web\",\"netns\":\"3\",\"container\":"
		"{\"id\":\"" ID_B "\",\"name\":\"b\"}}]",
		0, NULL);
	json_t *row;
	char names[64] = "";
	size_t i;

	(void)state;
	assert_true(containers_are_in(rows));
	assert_int_equal(containers_name(rows), 0);
	json_array_foreach (rows, i, row) {
		json_t *container = json_object_get(row, "container");

		strcat(names, json_string_value(json_object_get(row, "name")));
		strcat(names, " ");
		if (json_is_object(container))
			assert_int_equal(json_string_length(json_object_get(container, "id")), 12);
	}
	assert_string_equal(names, "2 web z a ");
	json_decref(rows);
	rows = json_array();
	assert_int_equal(containers_name(rows), 0);
	assert_false(containers_are_in(rows));
	json_decref(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_of_docker),
		cmocka_unit_test(the_storage_of_podman),
		cmocka_unit_test(truncated_answers),
		cmocka_unit_test(what_is_no_array_is_no_answer),
		cmocka_unit_test(elements_without_an_id_are_left_out),
		cmocka_unit_test(wrong_types_are_not_known),
		cmocka_unit_test(what_is_too_long_is_not_known),
		cmocka_unit_test(deep_answers),
		cmocka_unit_test(spoilt_answers),
		cmocka_unit_test(whose_endpoint_is_whose),
		cmocka_unit_test(a_row_with_its_container),
		cmocka_unit_test(names_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
