// SPDX-License-Identifier: BSD-2-Clause
/*
 * The programs of frame work: a generator, and what it is compared with.
 *
 *   live_send   sends a frame; run by BPF_PROG_RUN with live frames (live.c)
 *   live_make   makes the same frame and throws it away: what the generator costs
 *   live_drop   XDP on the uplink that drops all: the floor
 *   live_pass   XDP on the uplink that passes all
 */
#include <stdbool.h>

#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "live.h"

const volatile struct live_frame frame = {};

/* A page comes back as the receiver left it, so all of the frame is written each time. */
static __always_inline bool fill(struct xdp_md *ctx)
{
	static __u32 next;
	__u8 *data = (void *)(long)ctx->data;
	__u32 at = frame.vary_at & LIVE_VARY_MAX;
	__u32 *vary = (void *)(data + at);

	if ((void *)(data + LIVE_HEADER) > (void *)(long)ctx->data_end)
		return false;
	for (int i = 0; i < LIVE_HEADER / 8; i++)
		((__u64 *)data)[i] = frame.header[i];
	if (!frame.vary)
		return true;
	if ((void *)(vary + 1) > (void *)(long)ctx->data_end)
		return false;
	*vary = bpf_htonl(bpf_ntohl(*vary) + next++ % frame.vary);
	return true;
}

SEC("xdp")
int live_send(struct xdp_md *ctx)
{
	return fill(ctx) ? XDP_TX : XDP_ABORTED;
}

SEC("xdp")
int live_make(struct xdp_md *ctx)
{
	return fill(ctx) ? XDP_DROP : XDP_ABORTED;
}

SEC("xdp")
int live_drop(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_DROP;
}

SEC("xdp")
int live_pass(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
