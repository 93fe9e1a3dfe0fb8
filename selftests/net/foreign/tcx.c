// SPDX-License-Identifier: BSD-2-Clause
/*
 * tcx PROG LINK DEVICE egress|ingress: attaches a pinned program behind those
 * that are there, and pins the link.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>

#define TCX_INGRESS 46 /* include/uapi/linux/bpf.h of Linux 6.6 */
#define TCX_EGRESS 47

static int fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	return 1;
}

int main(int argc, char **argv)
{
	int prog, link;

	if (argc != 5)
		return 2;
	prog = bpf_obj_get(argv[1]);
	if (prog < 0)
		return fail(argv[1]);
	link = bpf_link_create(prog, (int)if_nametoindex(argv[3]),
			       strcmp(argv[4], "egress") ? TCX_INGRESS : TCX_EGRESS, NULL);
	if (link < 0)
		return fail(argv[3]);
	return bpf_obj_pin(link, argv[2]) ? fail(argv[2]) : 0;
}
