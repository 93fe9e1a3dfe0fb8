/* SPDX-License-Identifier: BSD-2-Clause */
/* What tells the programs that hairpind lives: see `alive` in hairpin/abi.h. */
#ifndef HAIRPIN_ALIVE_H
#define HAIRPIN_ALIVE_H

struct hp_alive;

/*
 * Takes hold of a map `alive`, whoever had it before: by this thread, which
 * has to live as long as the process. NULL and errno. However the process
 * ends, the hold ends with it.
 */
struct hp_alive *alive_hold(int map);
/* Lets go; NULL is nothing. */
void alive_release(struct hp_alive *alive);

#endif
