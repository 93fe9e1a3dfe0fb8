/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What bpftool -j says, on standard input, as words and lines. In C, since an
 * interpreter that reads JSON takes most of a test's time where it is emulated.
 *
 * A PATH is names with dots between them. Arrays of bytes are printed as hex with
 * colons; the name `ip` stands for the text of the `family` and `addr` beside it.
 */
#include <arpa/inet.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "hairpin/reasons.h"
#include "probe.h"

static _Noreturn void bad_json(const char *what, const char *why)
{
	fprintf(stderr, "probe: %s: %s\n", what, why);
	exit(1);
}

/* The identifier of a build is larger than what jansson takes for an integer; nobody asks for it.
 */
static json_t *read_json(void)
{
	json_error_t error;
	json_t *root = json_loadf(stdin, JSON_DECODE_INT_AS_REAL, &error);

	if (!root)
		bad_json("standard input", error.text);
	return root;
}

static void bytes_of(const json_t *array, uint8_t *bytes, size_t size)
{
	if (json_array_size(array) != size)
		bad_json("addr", "is of another length");
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)json_number_value(json_array_get(array, i));
}

static json_t *ip_text(const json_t *record)
{
	uint8_t bytes[16] = {};
	char text[INET6_ADDRSTRLEN] = "";

	bytes_of(json_object_get(record, "addr"), bytes, sizeof(bytes));
	inet_ntop((int)json_number_value(json_object_get(record, "family")), bytes, text,
		  sizeof(text));
	return json_string(text);
}

/* A new reference. */
static json_t *follow(json_t *value, const char *path)
{
	const char *step = path;
	size_t length;

	for (; *step; step += length + (step[length] == '.')) {
		json_t *next;

		length = strcspn(step, ".");
		next = json_object_getn(value, step, length);
		if (!next && !strcmp(step, "ip"))
			return ip_text(value);
		if (!next)
			bad_json(path, "is not there");
		value = next;
	}
	return json_incref(value);
}

static void print_value(const json_t *value)
{
	const json_t *byte;
	size_t i;

	if (json_is_string(value))
		fputs(json_string_value(value), stdout);
	else if (json_is_boolean(value))
		putchar(json_is_true(value) ? '1' : '0');
	else if (json_is_number(value))
		printf("%.0f", json_number_value(value));
	json_array_foreach (value, i, byte)
		printf("%s%02x", i ? ":" : "", (unsigned int)json_number_value(byte));
}

static void print_path(json_t *record, const char *path, char end)
{
	json_t *value = follow(record, path);

	print_value(value);
	putchar(end);
	json_decref(value);
}

/* A line for each entry of a dumped map. */
int rows_main(int argc, char **argv)
{
	json_t *root = read_json(), *entry;
	size_t i;

	json_array_foreach (root, i, entry) {
		for (int field = 1; field < argc; field++)
			print_path(json_object_get(entry, "formatted"), argv[field],
				   field < argc - 1 ? ' ' : '\n');
	}
	json_decref(root);
	return 0;
}

/* A slot of a dumped per-CPU array, all CPUs together. */
static double sum_of(const json_t *slot, const char *path)
{
	json_t *values = follow(json_object_get(slot, "formatted"), "values"), *cpu;
	double sum = 0;
	size_t i;

	json_array_foreach (values, i, cpu) {
		json_t *value = follow(json_object_get(cpu, "value"), path);

		sum += json_number_value(value);
		json_decref(value);
	}
	json_decref(values);
	return sum;
}

int sum_main(int argc, char **argv)
{
	json_t *root = read_json();

	(void)argc;
	printf("%.0f\n", sum_of(json_array_get(root, probe_number(argv[1])), argv[2]));
	json_decref(root);
	return 0;
}

struct reason {
	const char *name;
	size_t slot;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct reason *)a)->name, ((const struct reason *)b)->name);
}

int reasons_main(int argc, char **argv)
{
#define NAME_AND_SLOT(identifier, text, help) { text, HP_REASON_##identifier },
	struct reason reasons[] = { HP_REASONS(NAME_AND_SLOT) };
#undef NAME_AND_SLOT
	const size_t count = sizeof(reasons) / sizeof(reasons[0]);
	json_t *root = read_json();
	bool found = argc == 1;

	qsort(reasons, count, sizeof(reasons[0]), by_name);
	for (size_t i = 0; i < count; i++) {
		double frames = sum_of(json_array_get(root, reasons[i].slot), "packets");

		if (argc == 1 && frames)
			printf("%s %.0f\n", reasons[i].name, frames);
		if (argc == 1 || strcmp(reasons[i].name, argv[1]) != 0)
			continue;
		printf("%.0f\n", frames);
		found = true;
	}
	if (!found)
		bad_json(argv[1], "is no reason");
	json_decref(root);
	return 0;
}

/* Of what is shown of one object. */
int field_main(int argc, char **argv)
{
	json_t *root = read_json();

	(void)argc;
	print_path(root, argv[1], '\n');
	json_decref(root);
	return 0;
}

/* By the bytes, which stand there as "0x..": words of 64 bits would not fit into a double. */
int bits_main(int argc, char **argv)
{
	json_t *root = read_json(), *bytes = follow(root, "value"), *byte;
	int bits = 0;
	size_t i;

	(void)argc;
	(void)argv;
	json_array_foreach (bytes, i, byte)
		bits += __builtin_popcountl(strtoul(json_string_value(byte), NULL, 16));
	printf("%d\n", bits);
	json_decref(bytes);
	json_decref(root);
	return 0;
}

/* Names of what @value, itself called @name, ends in. */
static void print_names(const char *name, json_t *value)
{
	char longer[128];
	const char *key;
	json_t *field;

	if (!json_is_object(value))
		puts(name);
	json_object_foreach(value, key, field)
	{
		snprintf(longer, sizeof(longer), "%s.%s", name, key);
		print_names(longer, field);
	}
}

/* Of the first entry; where each CPU has its own values, of the first CPU's. */
int names_main(int argc, char **argv)
{
	json_t *root = read_json();
	json_t *entry = json_object_get(json_array_get(root, 0), "formatted");
	json_t *values = json_object_get(entry, "values");

	(void)argc;
	(void)argv;
	print_names("key", json_object_get(entry, "key"));
	print_names("value", values ? json_object_get(json_array_get(values, 0), "value")
				    : json_object_get(entry, "value"));
	json_decref(root);
	return 0;
}
