// SPDX-License-Identifier: GPL-2.0-only
/* Somebody else's XDP program: counts what comes in, and passes it on. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} frames SEC(".maps");

static __always_inline int count_one(void)
{
	__u32 key = 0;
	__u64 *n = bpf_map_lookup_elem(&frames, &key);

	if (n)
		__sync_fetch_and_add(n, 1);
	return XDP_PASS;
}

SEC("xdp")
int count(struct xdp_md *ctx __attribute__((unused)))
{
	return count_one();
}

/* It takes several buffers, which changes what the kernel does with a frame in generic mode. */
SEC("xdp.frags")
int count_frags(struct xdp_md *ctx __attribute__((unused)))
{
	return count_one();
}

char _license[] SEC("license") = "GPL";
