// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "render.h"

#define BOLD "\033[1m"
#define RED "\033[31m"
#define RESET "\033[0m"

struct grid {
	size_t rows; /* without the header */
	size_t columns;
	char **cells; /* row by row */
};

static bool is_repeated(const json_t *leaves, const json_t *value)
{
	size_t count = json_array_size(leaves);

	return count && json_equal(json_array_get(leaves, count - 1), value);
}

/* All values at @path below @value: an array on the way stands for each of its elements. */
static int collect(json_t *leaves, json_t *value, const char *path)
{
	size_t i, length = strcspn(path, ".");
	json_t *element;

	if (!value || json_is_null(value))
		return 0;
	if (json_is_array(value)) {
		json_array_foreach (value, i, element) {
			if (collect(leaves, element, path))
				return -ENOMEM;
		}
		return 0;
	}
	if (*path)
		return collect(leaves, json_object_getn(value, path, length),
			       path + length + (path[length] == '.'));
	return is_repeated(leaves, value) ? 0 : json_array_append(leaves, value);
}

static void put_text(FILE *f, const char *s)
{
	for (; *s; s++) {
		size_t control = format_control(s);

		putc(control ? '?' : *s, f);
		s += control > 1;
	}
}

static void put_value(FILE *f, const json_t *value, enum column_type type)
{
	json_int_t number = json_integer_value(value);

	if (json_is_string(value))
		put_text(f, json_string_value(value));
	else if (json_is_boolean(value))
		fputs(json_is_true(value) ? "yes" : "no", f);
	else if (!number && (type == COLUMN_VLAN || type == COLUMN_VLANS))
		putc('-', f);
	else
		fprintf(f, "%" JSON_INTEGER_FORMAT, number);
}

static void put_leaves(FILE *f, const json_t *leaves, enum column_type type)
{
	json_t *value;
	size_t i;

	json_array_foreach (leaves, i, value) {
		if (i)
			fputs(type == COLUMN_NOTES ? "; " : ",", f);
		put_value(f, value, type);
	}
}

/* The caller frees it; NULL: no memory. */
static char *cell_text(const json_t *row, const struct column *c)
{
	json_t *leaves = json_array();
	char *text = NULL;
	size_t size;
	FILE *f;

	if (!leaves || collect(leaves, (json_t *)row, c->key))
		goto out;
	f = open_memstream(&text, &size);
	if (!f)
		goto out;
	put_leaves(f, leaves, c->type);
	if (!ftell(f))
		putc('-', f);
	if (fclose(f)) {
		free(text);
		text = NULL;
	}
out:
	json_decref(leaves);
	return text;
}

static size_t count_columns(const struct column *columns)
{
	size_t n = 0;

	while (columns[n].title)
		n++;
	return n;
}

static void grid_free(struct grid *g)
{
	for (size_t i = 0; g->cells && i < g->rows * g->columns; i++)
		free(g->cells[i]);
	free(g->cells);
}

static int grid_fill(struct grid *g, const json_t *rows, const struct column *columns)
{
	*g = (struct grid){ .rows = json_array_size(rows), .columns = count_columns(columns) };
	g->cells = calloc(g->rows * g->columns, sizeof(*g->cells));
	if (!g->cells)
		return -ENOMEM;
	for (size_t i = 0; i < g->rows * g->columns; i++) {
		g->cells[i] =
			cell_text(json_array_get(rows, i / g->columns), &columns[i % g->columns]);
		if (!g->cells[i]) {
			grid_free(g);
			return -ENOMEM;
		}
	}
	return 0;
}

/* In characters: UTF-8 continuation bytes take no room. */
static size_t text_width(const char *s)
{
	size_t width = 0;

	for (; *s; s++)
		width += (*s & 0xc0) != 0x80;
	return width;
}

static size_t column_width(const struct grid *g, size_t column, const char *title)
{
	size_t width = text_width(title);

	for (size_t row = 0; row < g->rows; row++) {
		size_t w = text_width(g->cells[row * g->columns + column]);

		if (w > width)
			width = w;
	}
	return width;
}

static void put_blanks(FILE *out, size_t count)
{
	while (count--)
		putc(' ', out);
}

static void put_styled(FILE *out, const char *text, const char *style)
{
	fprintf(out, "%s%s%s", style, text, *style ? RESET : "");
}

static const char *alarm_style(bool colour, const char *text, const struct column *c)
{
	return colour && c->alarm && !strcmp(text, c->alarm) ? RED : "";
}

static void put_cell(FILE *out, const char *text, const char *style, const struct column *c,
		     size_t width)
{
	size_t blanks = width - text_width(text);
	bool right = c->type == COLUMN_NUMBER || c->type == COLUMN_VLAN;

	if (right)
		put_blanks(out, blanks);
	put_styled(out, text, style);
	if (!c[1].title)
		return; /* the last one: no blanks before the end of the line */
	if (!right)
		put_blanks(out, blanks);
	put_blanks(out, 2);
}

static void put_grid(FILE *out, bool colour, const struct grid *g, const struct column *columns)
{
	size_t widths[g->columns];

	for (size_t i = 0; i < g->columns; i++) {
		widths[i] = column_width(g, i, columns[i].title);
		put_cell(out, columns[i].title, colour ? BOLD : "", &columns[i], widths[i]);
	}
	putc('\n', out);
	for (size_t i = 0; i < g->rows * g->columns; i++) {
		const struct column *c = &columns[i % g->columns];

		put_cell(out, g->cells[i], alarm_style(colour, g->cells[i], c), c,
			 widths[i % g->columns]);
		if (!c[1].title)
			putc('\n', out);
	}
}

int render_table(FILE *out, bool colour, const json_t *rows, const struct column *columns)
{
	struct grid g;

	if (!json_array_size(rows) || !columns->title)
		return 0;
	if (grid_fill(&g, rows, columns))
		return -ENOMEM;
	put_grid(out, colour, &g, columns);
	grid_free(&g);
	return 0;
}

int render_pairs(FILE *out, bool colour, const json_t *row, const struct column *columns)
{
	size_t width = 0;

	for (const struct column *c = columns; c->title; c++) {
		if (text_width(c->title) > width)
			width = text_width(c->title);
	}
	for (const struct column *c = columns; c->title; c++) {
		char *text = cell_text(row, c);

		if (!text)
			return -ENOMEM;
		put_styled(out, c->title, colour ? BOLD : "");
		putc(':', out);
		put_blanks(out, width - text_width(c->title) + 1);
		put_styled(out, text, alarm_style(colour, text, c));
		putc('\n', out);
		free(text);
	}
	return 0;
}

int render_json(FILE *out, const json_t *value)
{
	if (json_dumpf(value, out, JSON_INDENT(2)))
		return ferror(out) ? 0 : -ENOMEM; /* a full disk is said when out is closed */
	putc('\n', out);
	return 0;
}
