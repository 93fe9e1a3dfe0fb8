/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include "attach.h"
#include "nic.h"
#include "xdp.h"

void xdp_init(struct xdp *x, __u32 ifindex)
{
	*x = (struct xdp){ .ifindex = ifindex, .link = -1 };
}

static void choose(struct xdp *x, enum hp_xdp mode, enum hp_no_xdp no)
{
	x->mode = mode;
	x->no = no;
	x->error = 0;
}

/* The device that the link is on; 0 once it has been detached or the device is gone. */
static __u32 link_ifindex(const struct xdp *x, __u32 *prog_id)
{
	struct bpf_link_info info = {};
	__u32 length = sizeof(info);

	if (x->link < 0 || bpf_obj_get_info_by_fd(x->link, &info, &length))
		return 0;
	*prog_id = info.prog_id;
	return info.xdp.ifindex;
}

/* The program on the device is somebody else's. */
static bool is_taken(const struct xdp *x)
{
	__u32 present = 0, ours = 0;

	if (bpf_xdp_query_id(x->ifindex, 0, &present) || !present)
		return false;
	return link_ifindex(x, &ours) != x->ifindex || ours != present;
}

/* A tag that the driver takes out of the frame cannot be seen, unless it has a word for it. */
static bool sees_tags(const struct xdp *x, __u8 device)
{
	int offload;

	if (x->tags)
		return true;
	offload = device & HP_DEVICE_VIRTUAL ? NIC_FIXED_ON : nic_feature(x->ifindex, NIC_RX_VLAN);
	return offload >= 0 && offload != NIC_FIXED_ON;
}

/* What speaks against native XDP on the device, whoever is there. */
static enum hp_no_xdp unfit(const struct hp_settings *settings, int err, __u64 features)
{
	bool asked_for = settings->xdp == HP_XDP_WANT_NATIVE;

	if (err ? !asked_for : !(features & NIC_XDP_BASIC))
		return HP_NO_XDP_DRIVER;
	if (settings->device & HP_DEVICE_VETH && !asked_for)
		return HP_NO_XDP_VETH;
	return HP_NO_XDP_NONE;
}

void xdp_choose(struct xdp *x, const struct hp_settings *settings)
{
	bool generic = settings->xdp == HP_XDP_WANT_GENERIC;
	__u64 features = 0, metadata = 0;
	enum hp_no_xdp no = HP_NO_XDP_OFF;
	int err;

	x->tags = false;
	if (settings->xdp != HP_XDP_WANT_OFF) {
		err = nic_xdp_features(x->ifindex, &features, &metadata);
		no = generic ? HP_NO_XDP_NONE : unfit(settings, err, features);
		x->tags = !generic && metadata & NIC_RX_METADATA_VLAN;
	}
	if (!no && is_taken(x))
		no = HP_NO_XDP_BUSY;
	/* What is turned round comes along in generic mode, with its tag beside it. */
	if (!no && settings->device & HP_DEVICE_VLANS &&
	    (generic || !sees_tags(x, settings->device)))
		no = HP_NO_XDP_TAGS;
	if (no)
		choose(x, HP_XDP_NONE, no);
	else
		choose(x, generic ? HP_XDP_GENERIC : HP_XDP_NATIVE, no);
}

static void close_link(struct xdp *x, bool detach)
{
	if (x->link >= 0 && detach)
		bpf_link_detach(x->link);
	if (x->link >= 0)
		close(x->link);
	x->link = -1;
	x->id = 0;
}

/* 0 or -errno. A link keeps its mode, so another mode needs another link. */
static int put(struct xdp *x, int prog)
{
	bool generic = x->mode == HP_XDP_GENERIC;
	LIBBPF_OPTS(bpf_link_create_opts, opts,
		    .flags = generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE);
	__u32 id;

	if (x->placed == x->mode && link_ifindex(x, &id) == x->ifindex &&
	    !bpf_link_update(x->link, prog, NULL))
		return 0;
	close_link(x, true);
	x->link = bpf_link_create(prog, x->ifindex, BPF_XDP, &opts);
	x->placed = x->mode;
	return x->link < 0 ? -errno : 0;
}

void xdp_put(struct xdp *x, int prog)
{
	int err;

	if (x->mode == HP_XDP_NONE) {
		xdp_remove(x);
		return;
	}
	err = put(x, prog);
	if (!err) {
		x->id = attach_program_id(prog);
		return;
	}
	xdp_remove(x);
	choose(x, HP_XDP_NONE,
	       err == -EBUSY || err == -EEXIST ? HP_NO_XDP_BUSY : HP_NO_XDP_REFUSED);
	x->error = -err;
}

bool xdp_intact(const struct xdp *x)
{
	__u32 id = 0;

	if (x->mode == HP_XDP_NONE)
		return x->no != HP_NO_XDP_BUSY || is_taken(x);
	return link_ifindex(x, &id) == x->ifindex && id == x->id;
}

void xdp_remove(struct xdp *x)
{
	close_link(x, true);
}

int xdp_put_port(__u32 ifindex, int prog)
{
	__u32 present = 0;
	int err = bpf_xdp_query_id(ifindex, XDP_FLAGS_DRV_MODE, &present);

	if (err || (prog < 0 && !present))
		return err;
	return bpf_xdp_attach(ifindex, prog, XDP_FLAGS_DRV_MODE, NULL);
}
