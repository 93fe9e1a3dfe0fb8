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
#define TURN_CURE "somebody has been changing devices for a minute: lslocks tells who"

/*
 * For turn_leave(), or -errno. -EWOULDBLOCK: it is somebody else's, and @wait is false.
 * -ETIMEDOUT: it has been, for TURN_SECONDS. The kernel ends it with the process.
 */
int turn_take(bool wait);
void turn_leave(int turn); /* < 0: there is none */

#endif
