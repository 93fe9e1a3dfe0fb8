/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Endpoints that hairpin makes: each request is done whole or not at all.
 * Which ones there are, the kernel knows: they are marked (spec.h).
 *
 * All return 0 or -errno, with one line in @error that does not name the
 * endpoint. The model must be up to date, and is not touched.
 */
#ifndef HAIRPIN_MANAGE_H
#define HAIRPIN_MANAGE_H

#include "model.h"
#include "nl.h"
#include "place.h"
#include "spec.h"

struct manage {
	const struct model *model;
	struct nl *nl; /* a socket in our own netns */
	bool patient;  /* waits for IPv6 DAD, and undoes what failed it */
	/* Gets one line about what a request that was done has left. */
	void (*tell)(const char *name, const char *line);
};

/* The device that we made under this name, or NULL. Pure. */
const struct rtnl_link *manage_find(const struct model *m, const char *name);
/* Whether the configuration asked for it when it was made. Pure. */
bool manage_is_declared(const struct rtnl_link *link);

/* @spec: complete. */
int manage_add(const struct manage *g, struct spec *spec, char error[SPEC_ERROR]);
/* With the VLAN device that we made for it, if it was the last on it. -ENOENT: there is none. */
int manage_remove(const struct manage *g, const char *name, char error[SPEC_ERROR]);
/* The same of the device @link of the model, whoever else says that he is @name. */
int manage_remove_link(const struct manage *g, const char *name, const struct rtnl_link *link,
		       char error[SPEC_ERROR]);
/* What the kernel has, all words given. -ENOENT: there is none. */
int manage_inspect(const struct manage *g, const char *name, struct spec *have,
		   char error[SPEC_ERROR]);
/* What it has, and which of the words that @want gives differ. */
int manage_compare(const struct manage *g, const struct spec *want, struct spec *have,
		   unsigned int *words, char error[SPEC_ERROR]);
/*
 * Gives it what @changes gives. What cannot change while the device is there
 * is -EBUSY and nothing changes, unless @anew: then it is deleted and made
 * anew. -ENOENT: there is none. 1: something changed.
 */
int manage_set(const struct manage *g, const struct spec *changes, bool anew,
	       char error[SPEC_ERROR]);

/* ---- for site.c and change.c */

/* What is being changed: the device, where it is and what it has. */
struct target {
	const struct rtnl_link *link;
	struct place place;
	struct spec have;
};

/* -ENOENT: there is none. @t's place is to be closed after success. */
int manage_look(const struct manage *g, const char *name, struct target *t, char error[SPEC_ERROR]);
/* Looks up what @spec names, netns and parent, so that they can be compared. */
int manage_resolve(const struct manage *g, struct spec *spec, char error[SPEC_ERROR]);

/* "netns/ifname", as `hairpin endpoint show` takes it. Returns @out. */
#define MANAGE_WHERE 96
const char *manage_where(char out[MANAGE_WHERE], const struct model *m,
			 const struct rtnl_link *link);
/* The parent that @link was the last on goes if we made it. 0 or -errno. */
int manage_release(const struct manage *g, const char *name, const struct rtnl_link *parent,
		   const struct rtnl_link *link, char error[SPEC_ERROR]);
/* Puts the line into @error and returns @err. */
int manage_say(char error[SPEC_ERROR], int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
