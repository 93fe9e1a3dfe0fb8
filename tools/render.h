/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two writers: the same JSON values as text for people or for programs.
 * A command builds its rows once and does not know which writer they meet.
 */
#ifndef HAIRPIN_RENDER_H
#define HAIRPIN_RENDER_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

enum column_type {
	COLUMN_TEXT,   /* also booleans, as yes and no */
	COLUMN_NUMBER, /* to the right */
	COLUMN_VLAN,   /* a number, 0 is untagged */
	COLUMN_VLANS,  /* several of them */
	COLUMN_NOTES,  /* sentences, with semicolons between */
};

/*
 * What is not there, null or empty is shown as `-`, so that a table keeps its
 * number of fields. An array is shown as its elements with commas between, but for notes.
 */
struct column {
	const char *title; /* NULL ends a list of columns */
	const char *key;   /* member of the row; "a.b": member of a member, or of each element */
	enum column_type type;
	const char *alarm; /* this value is shown in red */
};

/* An aligned table with a header; no rows, no output. 0 or -ENOMEM. */
int render_table(FILE *out, bool colour, const json_t *rows, const struct column *columns);
/* One `title: value` per line. 0 or -ENOMEM. */
int render_pairs(FILE *out, bool colour, const json_t *row, const struct column *columns);
/* 0 or -ENOMEM. */
int render_json(FILE *out, const json_t *value);

#endif
