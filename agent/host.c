/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/magic.h>

#include "host.h"
#include "lock.h"
#include "log.h"
#include "options.h"

#define BPFFS "/sys/fs/bpf"
#define FORWARDS_IPV6 "/proc/sys/net/ipv6/conf/all/forwarding"
#define NETNS_LOCK "hairpind"

int host_check_rights(void)
{
	if (!geteuid())
		return 0;
	log_error("must be root, to load programs and to see all namespaces: sudo hairpind");
	return -EPERM;
}

int host_check_bpf(void)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "hairpin_probe", 4, 4, 1, NULL), err;

	if (fd >= 0) {
		close(fd);
		return 0;
	}
	err = -errno;
	if (err == -ENOSYS)
		log_error("this kernel has no BPF: boot one with CONFIG_BPF_SYSCALL");
	else
		log_error("bpf(2) is not permitted (%s): run outside of the container or the "
			  "lockdown that forbids it, with CAP_BPF and CAP_NET_ADMIN",
			  strerror(-err));
	return err;
}

bool host_forwards_ipv6(void)
{
	FILE *f = fopen(FORWARDS_IPV6, "re");
	bool on = f && fgetc(f) == '1';

	if (f)
		fclose(f);
	return on;
}

static int make_dirs(const char *path, mode_t mode)
{
	char dir[PATH_MAX];

	if (snprintf(dir, sizeof(dir), "%s", path) >= (int)sizeof(dir))
		return -ENAMETOOLONG;
	for (char *slash = strchr(dir + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(dir, 0755) && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return mkdir(dir, mode) && errno != EEXIST ? -errno : 0;
}

static bool is_below_bpffs(const char *path)
{
	const size_t length = strlen(BPFFS);

	return !strncmp(path, BPFFS, length) && (path[length] == '/' || !path[length]);
}

/* Of a path that is not there yet, what it will be on. */
static bool is_on_bpffs(const char *path)
{
	char dir[PATH_MAX];
	struct statfs fs;
	char *slash;

	if (snprintf(dir, sizeof(dir), "%s", path) >= (int)sizeof(dir))
		return false;
	while (statfs(dir, &fs)) {
		slash = strrchr(dir, '/');
		if (errno != ENOENT || !slash || slash == dir)
			return false;
		*slash = '\0';
	}
	return fs.f_type == BPF_FS_MAGIC;
}

static int mount_bpffs(void)
{
	int err;

	if (!mount("bpf", BPFFS, "bpf", 0, "mode=0700")) {
		log_info("%s: mounted a bpffs", BPFFS);
		return 0;
	}
	err = -errno;
	log_error("%s: cannot mount a bpffs: %s: is CONFIG_BPF_SYSCALL set?", BPFFS,
		  strerror(-err));
	return err;
}

int host_make_pins(const char *pins)
{
	int err = 0;

	if (is_below_bpffs(pins) && !is_on_bpffs(BPFFS))
		err = mount_bpffs();
	if (err)
		return err;
	if (!is_on_bpffs(pins)) {
		log_error("%s: is not on a bpffs: name a directory below " BPFFS " with --pins, or "
			  "mount -t bpf bpf there",
			  pins);
		return -EINVAL;
	}
	err = make_dirs(pins, 0700);
	if (err)
		log_error("%s: cannot make it: %s: name a directory below " BPFFS " with --pins",
			  pins, strerror(-err));
	return err;
}

/* A record lock, so that the CLI can ask who holds it. Who can read it could hold one, too. */
static int lock_run(const char *path)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char pid[16];
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), n;

	if (fd < 0 || fchmod(fd, 0600))
		return -errno;
	if (fcntl(fd, F_SETLK, &lock)) {
		lock.l_pid = 0;
		fcntl(fd, F_GETLK, &lock);
		close(fd);
		log_error("%s: hairpind runs already (pid %d): stop it; one for another network "
			  "namespace needs its own --run and --pins",
			  path, lock.l_pid);
		return -EBUSY;
	}
	n = snprintf(pid, sizeof(pid), "%d\n", getpid());
	if (ftruncate(fd, 0) || write(fd, pid, n) != n)
		return -errno;
	return 0; /* the descriptor stays open: it is the lock */
}

static int lock_pins(const char *pins)
{
	int fd = open(pins, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return 0;
	close(fd);
	log_error("%s: another hairpind writes there: stop it; one for another network "
		  "namespace needs its own --pins",
		  pins);
	return -EBUSY;
}

static int netns_lock = -1;

/* Two agents would double every broadcast. */
static int lock_netns(void)
{
	char path[LOCK_PATH];
	int err = lock_path(path, NETNS_LOCK);

	netns_lock = err ? err : lock_take(path, 0);
	if (netns_lock >= 0)
		return 0;
	if (netns_lock == -EWOULDBLOCK)
		log_error("this network namespace has a hairpind already: stop it first");
	else
		log_error(RUN_DEFAULT ": cannot lock this network namespace: %s",
			  strerror(-netns_lock));
	return netns_lock;
}

void host_unlock(void)
{
	char path[LOCK_PATH];

	if (netns_lock >= 0 && !lock_path(path, NETNS_LOCK))
		lock_leave(path, netns_lock);
}

int host_lock(const char *run, const char *pins)
{
	char path[PATH_MAX];
	int err = make_dirs(run, 0755);

	if (!err && snprintf(path, sizeof(path), "%s/hairpind.pid", run) >= (int)sizeof(path))
		err = -ENAMETOOLONG;
	if (!err)
		err = lock_run(path);
	if (err && err != -EBUSY)
		log_error("%s: cannot write there: %s: name another directory with --run", run,
			  strerror(-err));
	if (!err)
		err = lock_pins(pins);
	return err ? err : lock_netns();
}
