/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <net/if.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/pkt_cls.h>

#include "attach.h"
#include "log.h"
#include "nl.h"

/* Linux 6.6; not yet in the headers that we build with. include/uapi/linux/bpf.h */
#define TCX_INGRESS 46
#define TCX_EGRESS 47
#define TCX_BEFORE (1U << 3) /* BPF_F_BEFORE without a relative: in front of all */

/*
 * Our place among clsact filters: early, since a filter that accepts a frame
 * ends the walk, and a number that nobody picks by accident.
 */
#define FILTER_PRIORITY 7
#define FILTER_HANDLE 0x6870

static const int tcx_types[ATTACH_SIDES] = { TCX_EGRESS, TCX_INGRESS };
static const enum bpf_tc_attach_point tc_points[ATTACH_SIDES] = { BPF_TC_EGRESS, BPF_TC_INGRESS };

void attach_init(struct attach *a, __u32 ifindex)
{
	*a = (struct attach){ .ifindex = ifindex, .links = { -1, -1 } };
}

__u32 attach_program_id(int fd)
{
	struct bpf_prog_info info = {};
	__u32 length = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &length) ? 0 : info.id;
}

/* By its name, since the program may be another build's. */
static bool is_ours(__u32 id)
{
	struct bpf_prog_info info = {};
	__u32 length = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id);
	bool ours;

	if (fd < 0)
		return false;
	ours = !bpf_obj_get_info_by_fd(fd, &info, &length) &&
	       !strncmp(info.name, "hairpin_", strlen("hairpin_"));
	close(fd);
	return ours;
}

/* The device that a tcx link is on; 0 once it has been detached or the device is gone. */
static __u32 link_ifindex(int fd, __u32 *prog_id)
{
	struct bpf_link_info info = {};
	__u32 length = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &length))
		return 0;
	*prog_id = info.prog_id;
	return info.xdp.ifindex; /* the tcx member begins with the same field */
}

static void close_links(struct attach *a)
{
	for (int side = 0; side < ATTACH_SIDES; side++) {
		if (a->links[side] >= 0)
			close(a->links[side]);
		a->links[side] = -1;
	}
}

static void remove_tcx(struct attach *a)
{
	for (int side = 0; side < ATTACH_SIDES; side++) {
		if (a->links[side] >= 0)
			bpf_link_detach(a->links[side]);
	}
	close_links(a);
}

static int put_tcx_side(struct attach *a, int side, int prog)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = TCX_BEFORE);
	__u32 id;

	if (a->links[side] >= 0) {
		if (link_ifindex(a->links[side], &id) == a->ifindex)
			return bpf_link_update(a->links[side], prog, NULL) ? -errno : 0;
		close(a->links[side]);
	}
	a->links[side] = bpf_link_create(prog, a->ifindex, tcx_types[side], &opts);
	return a->links[side] < 0 ? -errno : 0;
}

/* A kernel without tcx knows no such attach type: -EINVAL, and says so before anything else. */
static int put_tcx(struct attach *a, const int progs[ATTACH_SIDES])
{
	bool fresh = a->links[ATTACH_EGRESS] < 0 && a->links[ATTACH_INGRESS] < 0;

	for (int side = 0; side < ATTACH_SIDES; side++) {
		int err = put_tcx_side(a, side, progs[side]);

		if (err && fresh)
			remove_tcx(a);
		if (err)
			return err == -EINVAL ? -EOPNOTSUPP : err;
	}
	return 0;
}

/* The id of the program at our place, 0: none. */
static __u32 filter_id(const struct attach *a, int side)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = a->ifindex, .attach_point = tc_points[side]);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = FILTER_HANDLE, .priority = FILTER_PRIORITY);

	return bpf_tc_query(&hook, &opts) ? 0 : opts.prog_id;
}

/* The kernel's word for a priority that another protocol or kind of filter has is -EINVAL. */
static int put_filter(const struct attach *a, int side, int prog)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = a->ifindex, .attach_point = tc_points[side]);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = FILTER_HANDLE, .priority = FILTER_PRIORITY,
		    .prog_fd = prog, .flags = BPF_TC_F_REPLACE);
	int err = bpf_tc_attach(&hook, &opts);

	if (!err && filter_id(a, side) != attach_program_id(prog))
		err = -EBUSY;
	return err == -EINVAL ? -EBUSY : err;
}

static void remove_filter(const struct attach *a, int side)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = a->ifindex, .attach_point = tc_points[side]);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = FILTER_HANDLE, .priority = FILTER_PRIORITY);
	__u32 present = filter_id(a, side);

	if (present && is_ours(present))
		bpf_tc_detach(&hook, &opts);
}

static void remove_filters(const struct attach *a)
{
	for (int side = 0; side < ATTACH_SIDES; side++)
		remove_filter(a, side);
}

static void remove_clsact(struct attach *a)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = a->ifindex,
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);

	remove_filters(a);
	if (a->own_clsact && nl_count_clsact_filters(a->ifindex) == 0)
		bpf_tc_hook_destroy(&hook);
	a->own_clsact = false;
}

static int make_clsact(const struct attach *a)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = a->ifindex,
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	int err = bpf_tc_hook_create(&hook);

	return err == -EEXIST ? 0 : err;
}

/* Ingress first: alone, it only counts. */
static int put_clsact(struct attach *a, const int progs[ATTACH_SIDES])
{
	bool fresh = a->hook != HP_HOOK_CLSACT;
	int err = make_clsact(a);

	if (!err)
		err = put_filter(a, ATTACH_INGRESS, progs[ATTACH_INGRESS]);
	if (!err)
		err = put_filter(a, ATTACH_EGRESS, progs[ATTACH_EGRESS]);
	if (err && fresh)
		remove_clsact(a);
	return err;
}

static bool is_taken(const struct attach *a, int side)
{
	__u32 id = filter_id(a, side);

	return id && !is_ours(id);
}

/*
 * An `ingress` qdisc takes filters for the egress side as well, and runs them
 * on ingress, where ours would send frames round for ever.
 */
static int prepare_clsact(struct attach *a)
{
	int qdisc = nl_find_clsact(a->ifindex);

	if (qdisc < 0)
		return qdisc;
	if (qdisc == NL_QDISC_NONE)
		a->own_clsact = true;
	else if (!a->half && !filter_id(a, ATTACH_EGRESS) && !filter_id(a, ATTACH_INGRESS))
		a->own_clsact = false;
	if (qdisc == NL_QDISC_INGRESS)
		return -EEXIST;
	return is_taken(a, ATTACH_EGRESS) || is_taken(a, ATTACH_INGRESS) ? -EBUSY : 0;
}

/* Without maps, so that it keeps nothing of a set. A descriptor or -errno. */
static int load_plug(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = TC_ACT_SHOT },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "hairpin_plug", "Dual BSD/GPL", insns,
			       sizeof(insns) / sizeof(insns[0]), NULL);

	return fd < 0 ? -errno : fd;
}

/* By asking for a link on no device: where there is tcx, that is what is wrong with it. */
static bool lacks_tcx(void)
{
	int plug = load_plug(), link, err;

	if (plug < 0)
		return false;
	link = bpf_link_create(plug, 0, TCX_INGRESS, NULL);
	err = errno;
	close(plug);
	if (link >= 0)
		close(link);
	return link < 0 && err == EINVAL;
}

int attach_prepare(struct attach *a, enum hp_hook *want)
{
	if (*want == HP_HOOK_NONE)
		*want = a->hook;
	if (*want == HP_HOOK_NONE && lacks_tcx())
		*want = HP_HOOK_CLSACT; /* said before the qdisc is made */
	return *want == HP_HOOK_CLSACT ? prepare_clsact(a) : 0;
}

/*
 * Between two kinds of hook there is no atomic step. To clsact there is a gap;
 * to tcx, which may turn out not to be there, both are in place for a moment.
 */
int attach_put(struct attach *a, enum hp_hook want, const int progs[ATTACH_SIDES])
{
	enum hp_hook hook = HP_HOOK_TCX;
	int err = -EOPNOTSUPP;

	if (want != HP_HOOK_CLSACT)
		err = put_tcx(a, progs);
	if (!err) {
		remove_clsact(a);
	} else if (want == HP_HOOK_CLSACT || (want == HP_HOOK_NONE && err == -EOPNOTSUPP)) {
		hook = HP_HOOK_CLSACT;
		err = want == HP_HOOK_CLSACT ? 0 : prepare_clsact(a);
		if (!err && a->hook == HP_HOOK_TCX)
			remove_tcx(a);
		if (!err)
			err = put_clsact(a, progs);
	}
	if (err)
		return err;
	a->hook = hook;
	a->half = false;
	for (int side = 0; side < ATTACH_SIDES; side++)
		a->ids[side] = attach_program_id(progs[side]);
	return 0;
}

static bool side_intact(const struct attach *a, int side)
{
	__u32 id = 0;

	if (a->hook == HP_HOOK_TCX)
		return link_ifindex(a->links[side], &id) == a->ifindex && id == a->ids[side];
	return a->hook == HP_HOOK_CLSACT && filter_id(a, side) == a->ids[side];
}

bool attach_intact(const struct attach *a)
{
	return side_intact(a, ATTACH_EGRESS) && side_intact(a, ATTACH_INGRESS);
}

void attach_remove(struct attach *a)
{
	remove_tcx(a);
	remove_clsact(a);
	a->hook = HP_HOOK_NONE;
}

int attach_put_port(__u32 ifindex, int prog)
{
	const struct attach a = { .ifindex = ifindex };
	int err = make_clsact(&a);

	return err ? err : put_filter(&a, ATTACH_INGRESS, prog);
}

bool attach_port_intact(__u32 ifindex, __u32 id)
{
	const struct attach a = { .ifindex = ifindex };
	char name[IFNAMSIZ];

	return filter_id(&a, ATTACH_INGRESS) == id || !if_indextoname(ifindex, name);
}

int attach_plug_port(__u32 ifindex)
{
	int plug = load_plug(), err;

	if (plug < 0)
		return plug;
	err = attach_put_port(ifindex, plug);
	close(plug);
	return err;
}
