// SPDX-License-Identifier: BSD-2-Clause
/* What a namespace is called: mounts of handles, and the cgroups of processes. */
#include "unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "netns.h"

static void handles_in_mountinfo(void **state)
{
	static const struct {
		const char *line;
		uint64_t ino;
		const char *name, *path;
		bool named; /* a better word than what an engine made up */
	} rows[] = {
		{ "251 24 0:4 net:[4026532281] /run/netns/b1 rw shared:5 - nsfs nsfs rw\n",
		  4026532281, "b1", "/run/netns/b1", true },
		{ "251 24 0:4 net:[4026532281] /var/run/netns/b1 rw - nsfs nsfs rw\n", 4026532281,
		  "b1", "/var/run/netns/b1", true },
		{ "1000 1 0:4 net:[1] /run/docker/netns/8f1c2d3e4b5a rw - nsfs nsfs rw\n", 1,
		  "8f1c2d3e4b5a", "/run/docker/netns/8f1c2d3e4b5a", false },
		{ "77 30 0:4 net:[4026532999] "
		  "/run/netns/netns-0a1b2c3d-1111-2222-3333-444455556666 rw - nsfs nsfs rw\n",
		  4026532999, "netns-0a1b2c3d-1111-2222-3333-444455556666",
		  "/run/netns/netns-0a1b2c3d-1111-2222-3333-444455556666", false },
		{ "77 30 0:4 net:[4026532999] /run/netns/cni-0a1b2c3d-1111 rw - nsfs nsfs rw\n",
		  4026532999, "cni-0a1b2c3d-1111", "/run/netns/cni-0a1b2c3d-1111", false },
		{ "9 8 0:4 net:[18446744073709551615] /a rw - nsfs nsfs rw", UINT64_MAX, "a", "/a",
		  false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct netns_found found, plain;

		netns_parse_mount("1 1 0:4 net:[1] /x rw - nsfs nsfs rw", &plain);
		assert_row(rows[i].line, netns_parse_mount(rows[i].line, &found) == 0);
		assert_row(rows[i].line, found.ino == rows[i].ino);
		assert_string_equal(found.name, rows[i].name);
		assert_string_equal(found.path, rows[i].path);
		assert_row(rows[i].line, (found.rank > plain.rank) == rows[i].named);
	}
}

static void mounts_that_are_none(void **state)
{
	static const char *const lines[] = {
		"24 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n",
		"26 24 0:5 / /proc rw - proc proc rw\n",
		"251 24 0:4 pid:[4026532281] /run/pid/x rw - nsfs nsfs rw\n",
		"251 24 0:4 mnt:[4026532281] /run/snapd/ns/lxd.mnt rw - nsfs nsfs rw\n",
		"251 24 0:4 net:[] /run/netns/b1 rw - nsfs nsfs rw\n",
		"251 24 0:4 net:[12] relative rw - nsfs nsfs rw\n",
		"251 24 0:4 net:[12]\n",
		"251 24\n",
		"\n",
		"",
	};
	struct netns_found found;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_row(lines[i], netns_parse_mount(lines[i], &found) == -ENOENT);
}

/* proc(5): blanks, tabs, newlines and backslashes stand there in octal. */
static void paths_are_decoded(void **state)
{
	struct netns_found found;

	(void)state;
	assert_int_equal(netns_parse_mount("251 24 0:4 net:[12] /run/netns/a\\040b\\011\\134\\012c "
					   "rw - nsfs nsfs rw\n",
					   &found),
			 0);
	assert_string_equal(found.path, "/run/netns/a b\t\\\nc");
}

static void names_and_paths_that_are_too_long(void **state)
{
	struct netns_found found;
	char line[1024], name[401];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	for (size_t length = 60; length < sizeof(name); length++) {
		int err;

		snprintf(line, sizeof(line), "1 1 0:4 net:[5] /run/netns/%.*s rw - nsfs nsfs rw",
			 (int)length, name);
		err = netns_parse_mount(line, &found);
		/* A path that does not fit could not be opened. */
		assert_int_equal(err,
				 length + strlen("/run/netns/") < sizeof(found.path) ? 0 : -ENOENT);
		assert_true(strlen(found.name) < sizeof(found.name));
	}
}

#define ID "0123456789ab456789abcdef0123456789abcdef0123456789abcdef01234567"
#define INNER "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static void container_ids_in_cgroups(void **state)
{
	static const struct {
		const char *row, *text;
		bool found;
	} rows[] = {
		{ "docker, v1",
		  "12:pids:/docker/" ID "\n11:memory:/docker/" ID "\n1:name=systemd:/docker/" ID
		  "\n0::/system.slice/containerd.service\n",
		  true },
		{ "docker, v2", "0::/system.slice/docker-" ID ".scope\n", true },
		{ "docker, v2 cgroupfs", "0::/docker/" ID "\n", true },
		{ "podman", "0::/machine.slice/libpod-" ID ".scope/container\n", true },
		{ "podman, rootless",
		  "0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID
		  ".scope/container\n",
		  true },
		{ "podman, cgroupfs v1", "4:memory:/libpod_parent/libpod-" ID "\n", true },
		{ "containerd, cri",
		  "0::/kubepods.slice/kubepods-burstable.slice/"
		  "kubepods-burstable-pod0a1b2c3d_1111_2222_3333_444455556666.slice/"
		  "cri-containerd-" ID ".scope\n",
		  true },
		{ "containerd, cri v1",
		  "5:cpu:/kubepods/besteffort/pod0a1b2c3d-1111-2222-3333-444455556666/" ID "\n",
		  true },
		{ "cri-o", "0::/kubepods.slice/kubepods-pod1.slice/crio-" ID ".scope\n", true },
		/* Below its own cgroup a container can make others, of whatever name. */
		{ "docker in docker", "0::/docker/" ID "/docker/" INNER "\n", true },
		{ "docker in docker, v1",
		  "2:pids:/docker/" ID "/" INNER "\n1:name=systemd:/docker/" ID "\n", true },
		{ "no newline at the end", "0::/docker/" ID, true },
		{ "a login", "0::/user.slice/user-0.slice/session-1.scope\n", false },
		{ "lxc", "0::/lxc.payload.web\n", false },
		{ "the root", "0::/\n", false },
		{ "nothing", "", false },
		{ "63 digits",
		  "0::/docker/123456789ab456789abcdef0123456789abcdef0123456789abcdef01234567\n",
		  false },
		{ "65 digits", "0::/docker/a" ID "\n", false },
		{ "capitals are no id",
		  "0::/docker/ABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCD\n",
		  false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char id[13] = "untouched";
		int err = netns_parse_cgroup(rows[i].text, id);

		assert_row(rows[i].row, err == (rows[i].found ? 0 : -ENOENT));
		assert_string_equal(id, rows[i].found ? "0123456789ab" : "untouched");
	}
}

static void a_look_around_needs_no_rights(void **state)
{
	struct table found;

	(void)state;
	assert_true(netns_own_ino() > 0);
	assert_int_equal(netns_scan(&found), 0);
	table_free(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handles_in_mountinfo),
		cmocka_unit_test(mounts_that_are_none),
		cmocka_unit_test(paths_are_decoded),
		cmocka_unit_test(names_and_paths_that_are_too_long),
		cmocka_unit_test(container_ids_in_cgroups),
		cmocka_unit_test(a_look_around_needs_no_rights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
