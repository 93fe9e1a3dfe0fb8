/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands of `hairpin endpoint` for devices that hairpin makes. */
#ifndef HAIRPIN_DEVICES_H
#define HAIRPIN_DEVICES_H

#include "cli.h"

/* All: @argv is NAME and what may follow it. */
int endpoint_add(const struct options *o, int argc, char **argv);
int endpoint_del(const struct options *o, int argc, char **argv);
int endpoint_set(const struct options *o, int argc, char **argv);
int endpoint_check(const struct options *o, int argc, char **argv);

#endif
