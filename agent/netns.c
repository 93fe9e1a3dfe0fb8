/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netns.h"

/* What says most to a person comes last. */
enum rank {
	RANK_MOUNT,	/* an engine's own name for its handle */
	RANK_PROCESS,	/* pid/comm */
	RANK_CONTAINER, /* container id */
	RANK_NAMED,	/* `ip netns` */
};

#define CONTAINER_ID 64 /* hex digits, of Docker, Podman, containerd, CRI-O alike */
#define SHORT_ID 12	/* as engines print it */

uint64_t netns_own_ino(void)
{
	struct stat st;

	return stat("/proc/self/ns/net", &st) ? 0 : st.st_ino;
}

static int parse_ino(const char *text, uint64_t *ino)
{
	return sscanf(text, "net:[%" SCNu64 "]", ino) == 1 ? 0 : -ENOENT;
}

static bool starts_with(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

/* Podman and CNI keep handles among the `ip netns` names: netns-UUID, cni-UUID. */
static bool is_generated(const char *name)
{
	return starts_with(name, "netns-") || starts_with(name, "cni-");
}

static void name_mount(struct netns_found *found)
{
	const char *name = strrchr(found->path, '/') + 1;
	bool named = starts_with(found->path, "/run/netns/") ||
		     starts_with(found->path, "/var/run/netns/");

	found->rank = named && !is_generated(name) ? RANK_NAMED : RANK_MOUNT;
	snprintf(found->name, sizeof(found->name), "%.*s", (int)sizeof(found->name) - 1, name);
}

static bool is_octal(const char *s)
{
	return s[0] == '\\' && strspn(s + 1, "01234567") >= 3;
}

/* proc(5): blanks, tabs, newlines and backslashes stand there as \ooo. In place. */
static void decode(char *s)
{
	char *to = s;

	while (*s) {
		if (is_octal(s)) {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

/* proc(5): id, parent, major:minor, root, mount point; of nsfs, the root is "net:[inode]". */
int netns_parse_mount(const char *line, struct netns_found *found)
{
	int at = 0, end = 0;
	char root[64];

	*found = (struct netns_found){};
	if (sscanf(line, "%*s %*s %*s %63s %n%*s%n", root, &at, &end) != 1 || line[at] != '/' ||
	    end - at >= (int)sizeof(found->path) || parse_ino(root, &found->ino))
		return -ENOENT;
	memcpy(found->path, line + at, end - at);
	decode(found->path);
	name_mount(found);
	return 0;
}

/*
 * The first run of 64 hex digits: /docker/ID, /libpod-ID, .../cri-containerd-ID.scope.
 * What comes behind it a container may have made, under the id of another one.
 */
int netns_parse_cgroup(const char *text, char id[SHORT_ID + 1])
{
	while (*text) {
		size_t run = strspn(text, "0123456789abcdef");

		if (run == CONTAINER_ID) {
			memcpy(id, text, SHORT_ID);
			id[SHORT_ID] = '\0';
			return 0;
		}
		text += run ? run : 1;
	}
	return -ENOENT;
}

/* What one candidate lacks, another may have; of the names, the better one stays. */
static int add(struct table *found, const struct netns_found *candidate)
{
	struct netns_found *present = table_find(found, &candidate->ino);

	if (!present)
		return table_put(found, candidate) < 0 ? -ENOMEM : 0;
	if (!present->pid)
		present->pid = candidate->pid;
	if (candidate->rank > present->rank) {
		present->rank = candidate->rank;
		memcpy(present->name, candidate->name, sizeof(present->name));
	}
	return 0;
}

static int scan_mounts(struct table *found)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	struct netns_found mount;
	char *line = NULL;
	size_t size = 0;
	int err = 0;

	if (!file)
		return -errno;
	while (!err && getline(&line, &size, file) > 0) {
		if (!netns_parse_mount(line, &mount))
			err = add(found, &mount);
	}
	free(line);
	fclose(file);
	return err;
}

/* A small file of /proc as a string; "" if the process is gone. */
static void read_proc(const char *pid, const char *file, char *text, size_t size)
{
	char path[64];
	size_t n = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%.20s/%s", pid, file);
	in = fopen(path, "re");
	if (in) {
		n = fread(text, 1, size - 1, in);
		fclose(in);
	}
	text[n] = '\0';
}

static void name_process(const char *pid, struct netns_found *found)
{
	char text[4096], id[SHORT_ID + 1];

	found->pid = atoi(pid);
	read_proc(pid, "cgroup", text, sizeof(text));
	if (!netns_parse_cgroup(text, id)) {
		found->rank = RANK_CONTAINER;
		strcpy(found->name, id);
		return;
	}
	read_proc(pid, "comm", text, sizeof(text));
	text[strcspn(text, "\n")] = '\0';
	found->rank = RANK_PROCESS;
	snprintf(found->name, sizeof(found->name), "%.20s/%.40s", pid, text);
}

/* Of many processes in one netns, one that has a better name than it has already is asked. */
static int add_process(struct table *found, const char *pid, uint64_t own)
{
	struct netns_found process = {}, *present;
	char path[64], target[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%.20s/ns/net", pid);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return 0; /* gone, or a kernel thread's */
	target[n] = '\0';
	if (parse_ino(target, &process.ino) || process.ino == own)
		return 0;
	present = table_find(found, &process.ino);
	if (present && present->pid && present->rank >= RANK_PROCESS)
		return 0;
	name_process(pid, &process);
	return add(found, &process);
}

static int scan_processes(struct table *found)
{
	uint64_t own = netns_own_ino();
	struct dirent *entry;
	DIR *proc = opendir("/proc");
	int err = 0;

	if (!proc)
		return -errno;
	while (!err && (entry = readdir(proc))) {
		if (isdigit((unsigned char)entry->d_name[0]))
			err = add_process(found, entry->d_name, own);
	}
	closedir(proc);
	return err;
}

int netns_scan(struct table *found)
{
	int err;

	table_init(found, sizeof(uint64_t), sizeof(struct netns_found));
	err = scan_mounts(found);
	if (!err)
		err = scan_processes(found);
	if (err)
		table_free(found);
	return err;
}

bool netns_is_vague(const struct netns_found *netns)
{
	return netns->rank < RANK_CONTAINER;
}

/* What is at @path now need not be what was there when it was found. */
static int open_exactly(const char *path, uint64_t ino)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) || st.st_ino != ino)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

int netns_open(const struct netns_found *netns)
{
	char path[64];
	int fd = netns->path[0] ? open_exactly(netns->path, netns->ino) : -1;

	if (fd < 0 && netns->pid) {
		snprintf(path, sizeof(path), "/proc/%d/ns/net", netns->pid);
		fd = open_exactly(path, netns->ino);
	}
	return fd < 0 ? -ENOENT : fd;
}
