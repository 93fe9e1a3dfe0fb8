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

#define TURN_SECONDS 60
#define TURN_CURE \
	"somebody has held the lock of the network namespace for a minute: lslocks tells who"

/*
 * A descriptor, whose closing ends the turn, or -errno. -EWOULDBLOCK: it is
 * somebody else's, and @wait is false. -ETIMEDOUT: it has been, for TURN_SECONDS.
 */
int turn_take(bool wait);

#endif
