// SPDX-License-Identifier: BSD-2-Clause
/*
 * BPF_PROG_RUN lets a test choose neither skb->tc_index nor a tag in the skb's
 * metadata (convert___skb_to_skb() in net/bpf/test_run.c), shows neither
 * afterwards, and takes no frame with half an IP header. So programs around the
 * one under test do all that:
 *
 *   harness_call   sets what is given, then tail-calls the program: for BPF_PROG_RUN
 *   harness_set    sets what is given, then goes on: first in a chain on a device
 *   harness_*_{begin,end}   write down what passes
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "harness.h"

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 32);
	__type(key, __u32);
	__type(value, __u32);
} targets SEC(".maps");

volatile struct harness_given given;
struct harness_log seen[HARNESS_POINTS];

static __always_inline void set(struct __sk_buff *skb)
{
	if (given.vlan_tpid && !skb->vlan_present)
		bpf_skb_vlan_push(skb, bpf_htons(given.vlan_tpid), given.vlan_tci);
	if (given.len)
		bpf_skb_change_tail(skb, given.len, 0);
	skb->tc_index = given.tc_index;
	skb->mark = given.mark;
}

/* All of what is shorter. */
static __always_inline void record_head(struct __sk_buff *skb, __u8 *head)
{
	__u32 last = skb->len < HARNESS_HEAD ? skb->len - 1 : HARNESS_HEAD - 1;

	asm volatile("" : "+r"(last)); /* or the verifier of 6.1 does not see its bounds */
	if (last < HARNESS_HEAD)
		bpf_skb_load_bytes(skb, 0, head, (last & (HARNESS_HEAD - 1)) + 1);
}

static __always_inline int record(struct __sk_buff *skb, struct harness_log *log)
{
	__u32 i = log->count;

	if (skb->protocol == bpf_htons(HARNESS_SENTINEL))
		return TC_ACT_UNSPEC;
	log->count++;
	if (i >= HARNESS_SEEN_MAX)
		return TC_ACT_UNSPEC;
	log->frames[i] = (struct harness_seen){
		.len = skb->len,
		.pkt_type = skb->pkt_type,
		.tc_index = skb->tc_index,
		.vlan_present = skb->vlan_present,
		.vlan_proto = skb->vlan_proto,
		.vlan_tci = skb->vlan_tci,
		.mark = skb->mark,
	};
	record_head(skb, log->frames[i].head);
	return TC_ACT_UNSPEC;
}

SEC("tc")
int harness_call(struct __sk_buff *skb)
{
	set(skb);
	bpf_tail_call(skb, &targets, given.target);
	return TC_ACT_SHOT; /* no such target: no test expects this verdict */
}

SEC("tc")
int harness_set(struct __sk_buff *skb)
{
	if (skb->protocol != bpf_htons(HARNESS_SENTINEL))
		set(skb);
	return TC_ACT_UNSPEC;
}

SEC("tc")
int harness_egress_end(struct __sk_buff *skb)
{
	return record(skb, &seen[HARNESS_EGRESS_END]);
}

SEC("tc")
int harness_ingress_begin(struct __sk_buff *skb)
{
	return record(skb, &seen[HARNESS_INGRESS_BEGIN]);
}

SEC("tc")
int harness_ingress_end(struct __sk_buff *skb)
{
	return record(skb, &seen[HARNESS_INGRESS_END]);
}

char _license[] SEC("license") = "Dual BSD/GPL";
