/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "chain.h"
#include "rig.h"

#include "harness.skel.h"

/* From Linux 6.6 on; the libbpf and headers of Debian 12 do not name them. */
#define TCX_INGRESS 46
#define TCX_EGRESS 47

#define CHAIN_MAX 3

static int links[2 * CHAIN_MAX];
static int link_count;
static bool clsact;

static int attach_tcx(int fd, bool egress)
{
	int link = bpf_link_create(fd, rig.lab.uplink.ifindex, egress ? TCX_EGRESS : TCX_INGRESS,
				   NULL);

	if (link < 0)
		return -errno;
	links[link_count++] = link;
	return 0;
}

static int attach_filter(int fd, bool egress, int priority)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = rig.lab.uplink.ifindex,
		    .attach_point = egress ? BPF_TC_EGRESS : BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = fd, .handle = 1, .priority = priority);
	int err;

	if (!clsact) {
		err = bpf_tc_hook_create(&hook);
		if (err)
			return err;
		clsact = true;
	}
	return bpf_tc_attach(&hook, &opts);
}

static int attach(enum attached attached, bool egress, const int *fds)
{
	int err = 0;

	for (int i = 0; !err && i < CHAIN_MAX && fds[i] >= 0; i++)
		err = attached == TCX ? attach_tcx(fds[i], egress)
				      : attach_filter(fds[i], egress, i + 1);
	return err;
}

int chain_attach(enum attached attached)
{
	int begin = bpf_program__fd(rig.harness->progs.harness_ingress_begin);
	int set = bpf_program__fd(rig.harness->progs.harness_set);
	int ingress_end = bpf_program__fd(rig.harness->progs.harness_ingress_end);
	int egress_end = bpf_program__fd(rig.harness->progs.harness_egress_end);
	const int probe[CHAIN_MAX] = { begin, -1 };
	const int ingress[CHAIN_MAX] = { begin, rig_prog_fd(RIG_INGRESS), ingress_end };
	const int egress[CHAIN_MAX] = { set, rig_prog_fd(RIG_EGRESS), egress_end };
	int err;

	if (attached == PROBE)
		return attach(attached, false, probe);
	err = attach(attached, false, ingress);
	return err ? err : attach(attached, true, egress);
}

void chain_detach(void)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = rig.lab.uplink.ifindex,
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);

	while (link_count)
		close(links[--link_count]);
	if (clsact)
		bpf_tc_hook_destroy(&hook);
	clsact = false;
}
