/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations in words: for --dry-run, for the log, and for errors. Pure. */
#ifndef HAIRPIN_PLAN_H
#define HAIRPIN_PLAN_H

#include "reconcile.h"

/* One line, without a newline: "eth0: set fdb 02:42:c0:a8:0e:0b macvlan bridge id 3". */
void plan_describe(const struct op *op, char *text, size_t size);

/* Why @op failed with @err (negative errno) and what the user can do. */
const char *plan_cure(const struct op *op, int err);

#endif
