// SPDX-License-Identifier: BSD-2-Clause
/*
 * BPF_PROG_RUN gives a program the same frame each time, as the program left it. These
 * make it new, for one station or for many in turn, and tail-call the program.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_helpers.h>

#include "vary.h"

#define ARP_TARGET 38 /* offset of ar$tpa in an untagged frame, RFC 826 */
#define ARP_LENGTH 42

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VARY_STATIONS);
	__type(key, __u32);
	__type(value, struct vary_station);
} stations SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} tc_targets SEC(".maps"), xdp_targets SEC(".maps");

volatile struct vary_given given;

static __always_inline void vary(__u8 *frame, const __u8 *end)
{
	static __u32 next;
	__u32 i = next++ % given.stations;
	const struct vary_station *s = bpf_map_lookup_elem(&stations, &i);

	if (!s || frame + ARP_LENGTH > end)
		return;
	if (given.what == VARY_MAC) {
		__builtin_memcpy(frame, s->mac, ETH_ALEN);
	} else {
		__builtin_memset(frame, 0xff, ETH_ALEN);
		__builtin_memcpy(frame + ARP_TARGET, s->ip, sizeof(s->ip));
	}
}

SEC("tc")
int vary_tc(struct __sk_buff *skb)
{
	vary((void *)(long)skb->data, (void *)(long)skb->data_end);
	bpf_tail_call(skb, &tc_targets, given.target);
	return TC_ACT_STOLEN; /* no such target: nobody expects this verdict */
}

SEC("xdp.frags")
int vary_xdp(struct xdp_md *ctx)
{
	vary((void *)(long)ctx->data, (void *)(long)ctx->data_end);
	bpf_tail_call(ctx, &xdp_targets, given.target);
	return XDP_ABORTED;
}

SEC("tc")
int vary_nothing_tc(struct __sk_buff *skb)
{
	(void)skb;
	return TC_ACT_UNSPEC;
}

SEC("xdp.frags")
int vary_nothing_xdp(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
