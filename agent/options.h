/* SPDX-License-Identifier: BSD-2-Clause */
/* hairpind's command line, hairpind(8). */
#ifndef HAIRPIN_OPTIONS_H
#define HAIRPIN_OPTIONS_H

#include <stdbool.h>

#define RUN_DEFAULT "/run/hairpin"

enum options_action { ACTION_SERVE, ACTION_ONCE, ACTION_DRY_RUN, ACTION_DETACH };

struct options {
	enum options_action action;
	const char *config; /* NULL: the default file, which need not be there */
	const char *pins;
	const char *run;
	const char **uplinks; /* NULL-terminated; NULL: all */
};

/*
 * 0: go on. Otherwise the process is to end: 1 with success (help was printed),
 * -EINVAL a wrong word (said on stderr), -ENOMEM.
 */
int options_parse(struct options *options, int argc, char **argv);
void options_free(struct options *options);

#endif
