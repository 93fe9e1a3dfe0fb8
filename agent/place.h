/* SPDX-License-Identifier: BSD-2-Clause */
/* The netns that an endpoint is in, or will be. */
#ifndef HAIRPIN_PLACE_H
#define HAIRPIN_PLACE_H

#include "model.h"
#include "nl.h"
#include "spec.h"

struct place {
	int fd;
	uint64_t ino;
	struct nl *nl; /* a socket there */
};

/*
 * @word: a name of `ip netns`, a path or a pid; "": our own netns. 0 or -errno
 * and what is wrong in @error; -ENOENT: there is no such netns, now; -ENXIO: it is none, now.
 */
int place_open(struct place *place, const char *word, char error[SPEC_ERROR]);
/* The one that @link of @m is in; @word (256 bytes) comes out as a word for place_open(). */
int place_of(struct place *place, const struct model *m, const struct rtnl_link *link, char *word,
	     char error[SPEC_ERROR]);
/* Its inode; 0: there is no such netns, now. */
uint64_t place_ino(const char *word);
void place_close(struct place *place);

#endif
