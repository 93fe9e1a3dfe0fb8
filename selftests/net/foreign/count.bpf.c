// SPDX-License-Identifier: GPL-2.0-only
/* Somebody else's program on the same hook: counts ICMP echo requests, lets everything go on. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* <linux/icmp.h> drags in libc. */
#define ECHO_REQUEST 8

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} requests SEC(".maps");

SEC("tc")
int foreign(struct __sk_buff *skb)
{
	struct {
		struct ethhdr eth;
		struct iphdr ip;
		__u8 icmp_type;
	} __attribute__((packed)) h;
	__u32 zero = 0;
	__u64 *count = bpf_map_lookup_elem(&requests, &zero);

	if (!count || bpf_skb_load_bytes(skb, 0, &h, sizeof(h)))
		return TC_ACT_UNSPEC;
	if (h.eth.h_proto == bpf_htons(ETH_P_IP) && h.ip.protocol == IPPROTO_ICMP &&
	    h.icmp_type == ECHO_REQUEST)
		__sync_fetch_and_add(count, 1);
	return TC_ACT_UNSPEC;
}

char _license[] SEC("license") = "GPL";
