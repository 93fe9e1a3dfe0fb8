/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netns.h"
#include "place.h"

#define OWN_PATH "/proc/self/ns/net"
#define WORD 256

static bool is_pid(const char *word)
{
	return word[0] && !word[strspn(word, "0123456789")];
}

/* As ip(8) has it: a name may be a number, too. */
static void path_of(const char *word, char path[WORD + 32])
{
	snprintf(path, WORD + 32, "/run/netns/%s", word);
	if (!word[0])
		strcpy(path, OWN_PATH);
	else if (strchr(word, '/'))
		snprintf(path, WORD + 32, "%s", word);
	else if (is_pid(word) && access(path, F_OK))
		snprintf(path, WORD + 32, "/proc/%s/ns/net", word);
}

static int fail_to_open(const char *word, int err, char error[SPEC_ERROR])
{
	if (err == -ENOENT && strchr(word, '/'))
		snprintf(error, SPEC_ERROR, "netns '%s': there is no such file", word);
	else if (err == -ENOENT && is_pid(word))
		snprintf(error, SPEC_ERROR, "netns '%s': no process has this pid", word);
	else if (err == -ENOENT)
		snprintf(error, SPEC_ERROR, "netns '%s' does not exist: ip netns add %s", word,
			 word);
	else if (err == -EINVAL) /* setns() */
		snprintf(error, SPEC_ERROR, "netns '%s' is no network namespace", word);
	else
		snprintf(error, SPEC_ERROR, "netns '%s' cannot be entered: %s%s", word,
			 strerror(-err), err == -EPERM || err == -EACCES ? ": needs root" : "");
	return err == -EINVAL ? -ENXIO : err;
}

int place_open(struct place *place, const char *word, char error[SPEC_ERROR])
{
	char path[WORD + 32];
	struct stat st = {};
	int err;

	*place = (struct place){};
	path_of(word, path);
	place->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* it may be a FIFO */
	if (place->fd >= 0 && !fstat(place->fd, &st))
		place->nl = nl_open_at(place->fd);
	if (place->nl) {
		place->ino = st.st_ino;
		return 0;
	}
	err = -errno;
	place_close(place);
	return fail_to_open(word, err, error);
}

uint64_t place_ino(const char *word)
{
	char path[WORD + 32];
	struct stat st;

	path_of(word, path);
	return stat(path, &st) ? 0 : st.st_ino;
}

/* A handle, or a process that is in it. */
static int find_word(uint64_t ino, char *word)
{
	const struct netns_found *netns;
	struct table found;
	int err = netns_scan(&found);

	if (err)
		return err;
	netns = table_find(&found, &ino);
	if (netns && netns->path[0])
		snprintf(word, WORD, "%s", netns->path);
	else if (netns && netns->pid)
		snprintf(word, WORD, "%d", netns->pid);
	else
		err = -ENOENT;
	table_free(&found);
	return err;
}

int place_of(struct place *place, const struct model *m, const struct rtnl_link *link, char *word,
	     char error[SPEC_ERROR])
{
	const struct model_netns *netns = model_netns(m, link->nsid);
	int err = 0;

	word[0] = '\0';
	if (link->nsid != RTNL_OWN_NETNS)
		err = netns ? find_word(netns->ino, word) : -ENOENT;
	if (!err)
		return place_open(place, word, error);
	*place = (struct place){ .fd = -1 };
	snprintf(error, SPEC_ERROR,
		 "its netns cannot be entered: it has neither a name nor a process");
	return err;
}

void place_close(struct place *place)
{
	nl_close(place->nl);
	if (place->fd >= 0)
		close(place->fd);
	*place = (struct place){ .fd = -1 };
}
