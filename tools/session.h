/* SPDX-License-Identifier: BSD-2-Clause */
/* What a command needs that asks the kernel, and not the maps. */
#ifndef HAIRPIN_SESSION_H
#define HAIRPIN_SESSION_H

#include "cli.h"
#include "view.h"

/* Reads the kernel. CLI_OK, or CLI_FAILED and said. To be closed in any case. */
int session_open(struct view *s);
/* The same, to change something: waits until nobody else does. Signals wait for session_close(). */
int session_open_alone(struct view *s);
void session_close(struct view *s);

/* Which options `hairpin endpoint COMMAND NAME` takes. */
#define SESSION_WORDS 1 /* those of an endpoint: --parent and so on */
#define SESSION_RECREATE 2
#define SESSION_CONFIG 4
#define SESSION_UPLINK 8
#define SESSION_JSON 16

/* Whether no option is given that is not for @command. */
int session_options(const struct options *o, const char *command, unsigned int takes);
/* And whether there is one NAME. */
int session_usage(const struct options *o, const char *command, unsigned int takes, int argc,
		  char **argv);

#endif
