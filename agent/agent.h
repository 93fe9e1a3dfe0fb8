/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hairpind at work: discover, decide, apply. One pass (agent_sync) does all of
 * it, from whatever state to the one that should be; the loop runs a pass when
 * the kernel, the configuration or a failed attempt asks for one.
 */
#ifndef HAIRPIN_AGENT_H
#define HAIRPIN_AGENT_H

#include "config.h"
#include "options.h"

struct agent;

/* Takes over @config. NULL after an error in the log. */
struct agent *agent_open(const struct options *options, struct config *config);
void agent_close(struct agent *agent);

/* First looks, the pins before the kernel. 0 or -errno, said in the log. */
int agent_look_at_pins(struct agent *agent); /* enough for agent_detach() */
int agent_look_at_kernel(struct agent *agent);

int agent_sync(struct agent *agent);	   /* one pass; 0 or -errno, said in the log */
int agent_print_plan(struct agent *agent); /* the operations of a pass, to stdout */
int agent_detach(struct agent *agent);	   /* removes all uplinks, or those that were named */
int agent_run(struct agent *agent);	   /* until SIGTERM or SIGINT */

#endif
