/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the commands of hairpin(8) share: options, choosing uplinks, saying
 * what went wrong, handing rows to a writer.
 */
#ifndef HAIRPIN_CLI_H
#define HAIRPIN_CLI_H

#include <stdbool.h>

#include <jansson.h>

#include "render.h"
#include "snapshot.h"

/* Exit status, also what commands return. */
enum {
	CLI_OK = 0,
	CLI_FAILED = 1,
	CLI_USAGE = 2,
};

/* An option and its value. */
struct word {
	const char *name;
	const char *value;
};

struct options {
	const char *pins;
	const char *run;
	const char **uplinks; /* chosen with -u */
	size_t uplink_count;  /* 0: all */
	bool json;
	bool all;
	struct word *words; /* of an endpoint, spec.h */
	size_t word_count;
	bool recreate;
	const char *config; /* NULL: the default */
};

/* @argv: the @argc words behind the command. */
int cmd_status(const struct options *o, int argc, char **argv);
int cmd_endpoint(const struct options *o, int argc, char **argv);
int cmd_uplink(const struct options *o, int argc, char **argv);
int cmd_fdb(const struct options *o, int argc, char **argv);
int cmd_neigh(const struct options *o, int argc, char **argv);
int cmd_stats(const struct options *o, int argc, char **argv);

/* One line on stderr, after "hairpin: ". */
void cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A usage error: @command knows no @word here. Returns CLI_USAGE. */
int cli_extra_word(const char *command, const char *word);
int cli_no_memory(void); /* says so; returns CLI_FAILED */

struct snapshots {
	size_t count;
	struct snapshot *list; /* sorted by uplink */
	json_t *errors;	       /* one text for each uplink that could not be read */
};

/*
 * Reads the maps of the chosen uplinks. What cannot be read is said, and the
 * rest is in @s all the same. CLI_OK or CLI_FAILED.
 */
int cli_load(const struct options *o, unsigned int want, struct snapshots *s);
void cli_unload(struct snapshots *s);

/* 0 or -ENOMEM. The table on stdout is in colour if that is a terminal. */
int cli_write_table(const json_t *rows, const struct column *columns);
int cli_write_pairs(const json_t *row, const struct column *columns);
int cli_write_json(const json_t *value);

/* A command that is nothing but one table. */
struct listing {
	unsigned int want;
	int (*rows)(json_t *rows, const struct snapshot *s);
	const struct column *columns;
};

/* Rows of all snapshots; NULL: no memory. */
json_t *cli_rows(const struct snapshots *s, int (*rows)(json_t *rows, const struct snapshot *s));
int cli_list(const struct options *o, const struct listing *l);

/* What to do about it, as ": needs root" to end a message with, or "". */
const char *cli_cure(int err);
/* Frames that the receive backlog dropped; null, and said, if that cannot be read. */
json_t *cli_backlog_drops(void);
/* One line about it for people; null: nothing. */
void cli_write_backlog(const json_t *drops);

#endif
