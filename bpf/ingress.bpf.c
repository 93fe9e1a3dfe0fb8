// SPDX-License-Identifier: GPL-2.0-only
/*
 * tc ingress on the uplink: what comes from the wire, what the egress program
 * turned round, and what macvlan passes between bridge siblings.
 *
 *   1. turned round: the tag goes, and a group frame of the host becomes
 *      PACKET_OTHERHOST: macvlan still floods it to the endpoints, and the
 *      host's stack does not hear its own frame.
 *   2. everything else is counted and goes on.
 *
 * Nothing is dropped here, and nothing but the packet type is changed.
 */
#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>

#include "count.bpf.h"
#include "frame.bpf.h"
#include "maps.bpf.h"
#include "station.bpf.h"
#include "tag.bpf.h"

/* A frame whose source is an endpoint came from macvlan's own short cut. */
static __always_inline void hp_count_in(struct __sk_buff *skb, const struct hp_frame *f)
{
	struct hp_fdb dst_room, src_room;
	const struct hp_fdb *dst = hp_station(skb, f, HP_DESTINATION, &dst_room);
	const struct hp_fdb *src;

	if (!dst) {
		hp_count_reason(HP_REASON_NOT_LOCAL, skb);
		return;
	}
	src = hp_station(skb, f, HP_SOURCE, &src_room);
	hp_count_tx(src, dst, skb);
	hp_count_rx(dst, src, skb);
	hp_count_reason(src ? HP_REASON_SIBLING : HP_REASON_WIRE_IN, skb);
}

SEC("tc")
int hairpin_ingress(struct __sk_buff *skb)
{
	__u32 tag = skb->tc_index;
	struct hp_frame f;

	if (tag == HP_TAG_TURNED || tag == HP_TAG_ECHO) {
		skb->tc_index = 0;
		if (tag == HP_TAG_ECHO)
			bpf_skb_change_type(skb, PACKET_OTHERHOST);
		return TC_ACT_UNSPEC;
	}
	/* dev_loopback_xmit(): what stands at the MAC header is no Ethernet header. */
	if (skb->pkt_type == PACKET_LOOPBACK) {
		hp_count_reason(HP_REASON_LOOPBACK, skb);
		return TC_ACT_UNSPEC;
	}
	if (!hp_frame_parse(skb, &f))
		hp_count_reason(HP_REASON_SHORT, skb);
	else if (hp_is_group(&f))
		hp_count_reason(HP_REASON_WIRE_GROUP, skb);
	else
		hp_count_in(skb, &f);
	return TC_ACT_UNSPEC;
}

char _license[] SEC("license") = "GPL";
