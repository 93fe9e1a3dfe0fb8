/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locks of a netns: flock(2) on files that only root can open, so that nobody else
 * can hold one. The kernel ends them with the process.
 */
#ifndef HAIRPIN_LOCK_H
#define HAIRPIN_LOCK_H

#define LOCK_PATH 64

/*
 * RUN_DEFAULT/NAME-INODE: the same for all that are in this netns, whatever their --run.
 * Makes the directory. 0 or -errno.
 */
int lock_path(char path[LOCK_PATH], const char *name);

/*
 * For lock_leave(), or -errno. -EWOULDBLOCK: it is somebody else's, and @seconds is 0.
 * -ETIMEDOUT: it has been, for that long.
 */
int lock_take(const char *path, unsigned int seconds);
void lock_leave(const char *path, int lock); /* its file goes as well */

#endif
