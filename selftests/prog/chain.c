/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cmocka.h>
#include <linux/if_link.h>

#include "chain.h"
#include "rig.h"

#include "harness.skel.h"
#include "xdp.skel.h"

/* From Linux 6.6 on; the libbpf and headers of Debian 12 do not name them. */
#define TCX_INGRESS 46
#define TCX_EGRESS 47

#define CHAIN_MAX 3
#define CHAIN_PORTS 8

static int links[2 * CHAIN_MAX];
static int link_count;
static bool clsact, wire_clsact;
static int ports[CHAIN_PORTS];
static int port_count;
static struct hp_xdp_obj *bound;

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

static int attach_xdp(int fd, __u32 mode)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = mode);
	int link = bpf_link_create(fd, rig.lab.uplink.ifindex, BPF_XDP, &opts);

	if (link < 0)
		return -errno;
	links[link_count++] = link;
	return 0;
}

static int attach_any_xdp(enum attached attached, enum rig_prog prog)
{
	if (attached == XDP_IN_DRIVER)
		return attach_xdp(rig_prog_fd(prog), XDP_FLAGS_DRV_MODE);
	if (attached == XDP_IN_KERNEL)
		return attach_xdp(rig_prog_fd(prog), XDP_FLAGS_SKB_MODE);
	bound = rig_load_xdp_tag(prog);
	if (!bound)
		return -EOPNOTSUPP;
	return attach_xdp(bpf_program__fd(bound->progs.hairpin_xdp_tag), XDP_FLAGS_DRV_MODE);
}

int chain_attach(enum attached attached)
{
	bool xdp = attached >= XDP_IN_DRIVER;
	const struct chain_progs shipped = {
		.egress = RIG_EGRESS,
		.ingress = xdp ? RIG_INGRESS_BEHIND : RIG_INGRESS,
		.xdp = attached == XDP_IN_KERNEL ? RIG_XDP_GENERIC : RIG_XDP,
	};

	return chain_attach_progs(attached, &shipped);
}

int chain_attach_progs(enum attached attached, const struct chain_progs *progs)
{
	int begin = bpf_program__fd(rig.harness->progs.harness_ingress_begin);
	int set = bpf_program__fd(rig.harness->progs.harness_set);
	int ingress_end = bpf_program__fd(rig.harness->progs.harness_ingress_end);
	int egress_end = bpf_program__fd(rig.harness->progs.harness_egress_end);
	const int probe[CHAIN_MAX] = { begin, -1 };
	bool xdp = attached >= XDP_IN_DRIVER;
	const int ingress[CHAIN_MAX] = { begin, rig_prog_fd(progs->ingress), ingress_end };
	const int egress[CHAIN_MAX] = { set, rig_prog_fd(progs->egress), egress_end };
	int err;

	if (attached == PROBE)
		return attach(attached, false, probe);
	err = xdp ? attach_any_xdp(attached, progs->xdp) : 0;
	if (err)
		return err;
	err = attach(attached, false, ingress);
	return err ? err : attach(attached, true, egress);
}

static struct bpf_tc_hook port_hook(int ifindex)
{
	return (struct bpf_tc_hook){ .sz = sizeof(struct bpf_tc_hook),
				     .ifindex = ifindex,
				     .attach_point = BPF_TC_INGRESS };
}

void chain_attach_port(int ifindex)
{
	struct bpf_tc_hook hook = port_hook(ifindex);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1, .priority = 1,
		    .prog_fd = rig_prog_fd(RIG_PORT));

	assert_true(port_count < CHAIN_PORTS);
	assert_int_equal(bpf_tc_hook_create(&hook), 0);
	ports[port_count++] = ifindex;
	assert_int_equal(bpf_tc_attach(&hook, &opts), 0);
}

static void detach_ports(void)
{
	while (port_count) {
		struct bpf_tc_hook hook = port_hook(ports[--port_count]);

		hook.attach_point |= BPF_TC_EGRESS; /* or the qdisc stays */
		bpf_tc_hook_destroy(&hook);
	}
}

static struct bpf_tc_hook wire_hook(enum bpf_tc_attach_point point)
{
	return (struct bpf_tc_hook){ .sz = sizeof(struct bpf_tc_hook),
				     .ifindex = rig.lab.wire.ifindex,
				     .attach_point = point };
}

void chain_set_at_wire(void)
{
	struct bpf_tc_hook hook = wire_hook(BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 1, .priority = 1,
		    .prog_fd = bpf_program__fd(rig.harness->progs.harness_set));

	assert_int_equal(bpf_tc_hook_create(&hook), 0);
	wire_clsact = true;
	assert_int_equal(bpf_tc_attach(&hook, &opts), 0);
}

void chain_detach(void)
{
	struct bpf_tc_hook wire = wire_hook(BPF_TC_INGRESS | BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = rig.lab.uplink.ifindex,
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);

	while (link_count)
		close(links[--link_count]);
	if (clsact)
		bpf_tc_hook_destroy(&hook);
	detach_ports();
	if (wire_clsact)
		bpf_tc_hook_destroy(&wire);
	clsact = wire_clsact = false;
	hp_xdp_obj__destroy(bound);
	bound = NULL;
}
