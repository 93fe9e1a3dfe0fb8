/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who changes devices, hairpind and commands alike, takes turns. Two at a time
 * would each find that a name is free, and one could take away the VLAN device
 * that the other has just put something on. What the former one did is seen by
 * looking after the turn was taken.
 */
#ifndef HAIRPIN_TURN_H
#define HAIRPIN_TURN_H

#include <stdbool.h>

/*
 * A descriptor, whose closing ends the turn, or -errno. -EWOULDBLOCK: it is
 * somebody else's, and @wait is false.
 */
int turn_take(bool wait);

#endif
