// SPDX-License-Identifier: GPL-2.0-only
/*
 * tc ingress on the uplink: what comes from the wire, what the egress program
 * turned round, and what macvlan passes between bridge siblings.
 *
 *   1. turned round: the tag goes, and a group frame of the host becomes
 *      PACKET_OTHERHOST: macvlan still floods it to the endpoints, and the
 *      host's stack does not hear its own frame.
 *   2. unicast is counted and goes on; for an XDP endpoint, out of its port.
 *   3. a group frame from the wire, where XDP has not seen it before: the rules
 *      of wire.bpf.h. They may drop it, or give it to one station alone.
 */
#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>

#include "copy.bpf.h"
#include "wire.bpf.h"

const volatile struct hp_settings settings = {};
const volatile bool behind_xdp = false; /* which has applied the rules of the wire */

/* macvlan delivers by the MAC alone: whether it may, where that is an access port. */
static __always_inline bool hp_may_enter(const struct hp_frame *f, const struct hp_fdb *dst)
{
	struct hp_fdb_key key = {};

	if (!(settings.device & HP_DEVICE_ACCESS))
		return true;
	if (!dst) {
		__builtin_memcpy(key.mac, f->dst.mac, ETH_ALEN);
		dst = hp_fdb(&key);
	}
	return !dst || !(dst->flags & HP_FDB_ACCESS);
}

/* A frame whose source is an endpoint came from macvlan's own short cut. */
static __always_inline int hp_unicast_in(struct __sk_buff *skb, struct hp_frame *f)
{
	struct hp_fdb dst_room, src_room;
	const struct hp_fdb *dst = hp_station(skb, f, HP_DESTINATION, &dst_room);
	const struct hp_fdb *src;

	if (!hp_may_enter(f, dst)) {
		hp_count_reason(HP_REASON_VLAN_MISMATCH, skb);
		return TC_ACT_SHOT;
	}
	if (!dst) {
		hp_count_reason(HP_REASON_NOT_LOCAL, skb);
		return TC_ACT_UNSPEC;
	}
	src = hp_station(skb, f, HP_SOURCE, &src_room);
	hp_count_tx(src, dst, skb);
	hp_count_rx(dst, src, skb);
	hp_count_reason(src ? HP_REASON_SIBLING : HP_REASON_WIRE_IN, skb);
	if (dst->flags & HP_FDB_UNTAGGED && !hp_form(skb, f, false))
		return TC_ACT_SHOT;
	return hp_is_port(dst) ? bpf_redirect(dst->port, 0) : TC_ACT_UNSPEC;
}

/* Everybody else gets it from the kernel. */
static __always_inline int hp_ports_in(struct __sk_buff *skb, struct hp_frame *f)
{
	const struct hp_segment *seg = hp_segment(f->dst.vlan);

	return !seg || hp_list(skb, f, seg, NULL, false) ? TC_ACT_UNSPEC : TC_ACT_SHOT;
}

struct hp_trunks {
	struct __sk_buff *skb;
	const struct hp_frame *f;
	bool taps; /* these alone */
};

/* On the bare uplink, no access port, and not known in the frame's VLAN. */
static long hp_trunk_one(__u32 index, struct hp_trunks *trunks)
{
	struct hp_member_key at = { .index = index };
	const struct hp_member *member = bpf_map_lookup_elem(&members, &at);
	struct hp_fdb_key key = { .vlan = trunks->f->dst.vlan };
	const struct hp_fdb *dst;

	if (!member || hp_same_mac(member->mac, trunks->f->src.mac))
		return 0;
	__builtin_memcpy(key.mac, member->mac, ETH_ALEN);
	if (hp_fdb(&key))
		return 0;
	key.vlan = 0;
	dst = hp_fdb(&key);
	if (dst && !hp_is_port(dst) && !(dst->flags & HP_FDB_ACCESS) &&
	    (!trunks->taps || dst->kind == HP_KIND_MACVTAP))
		hp_copy_to(trunks->skb, trunks->f, member->mac, HP_REASON_MEMBER);
	return 0;
}

/*
 * What comes with a tag that no VLAN device takes: whoever is on the bare uplink may use
 * that VLAN, and nothing tells. In one that has endpoints, who uses it shows by a VLAN
 * device, but not of the reader of a tap. False: nobody is there.
 */
static __always_inline bool hp_trunks_in(struct __sk_buff *skb, struct hp_frame *f, bool taps)
{
	struct hp_trunks trunks = { .skb = skb, .f = f, .taps = taps };
	const struct hp_segment *bare = hp_segment(0);

	if (!f->dst.vlan || !bare || !bare->members)
		return false;
	bpf_loop(bare->members, hp_trunk_one, &trunks, 0);
	return true;
}

/* A group frame on an uplink with access ports: nothing is left to macvlan to flood. */
static __always_inline int hp_list_in(struct __sk_buff *skb, struct hp_frame *f)
{
	const struct hp_segment *seg = hp_segment(f->dst.vlan);
	bool host = seg && seg->flags & HP_SEGMENT_HOST;
	bool trunks = !host && hp_trunks_in(skb, f, seg);

	if (!seg) {
		hp_count_reason(trunks ? HP_REASON_LISTED : HP_REASON_VLAN_MISMATCH, skb);
		return TC_ACT_SHOT;
	}
	if (!hp_list(skb, f, seg, NULL, false) || !host) {
		hp_count_reason(HP_REASON_LISTED, skb);
		return TC_ACT_SHOT;
	}
	if (!f->dst.vlan) /* with a VLAN device on it, the uplink does not flood */
		bpf_skb_store_bytes(skb, offsetof(struct ethhdr, h_dest), seg->host_mac, ETH_ALEN,
				    0);
	return TC_ACT_UNSPEC;
}

/* The owner of an address may be an access port or an XDP endpoint. */
static __always_inline const struct hp_fdb *hp_given(const struct hp_frame *f,
						     const struct hp_verdict *v)
{
	struct hp_fdb_key key = { .vlan = f->dst.vlan };

	if (!(settings.device & (HP_DEVICE_ACCESS | HP_DEVICE_PORTS)))
		return NULL;
	__builtin_memcpy(key.mac, v->mac, ETH_ALEN);
	return hp_fdb(&key);
}

/*
 * What the driver would have said of a frame with that destination. A VLAN
 * device makes it its own where the MAC is its own.
 */
static __always_inline int hp_give(struct __sk_buff *skb, struct hp_frame *f,
				   const struct hp_verdict *v)
{
	const struct hp_fdb *dst = hp_given(f, v);

	if (dst && dst->flags & HP_FDB_UNTAGGED && !hp_form(skb, f, false))
		return TC_ACT_SHOT;
	bpf_skb_store_bytes(skb, offsetof(struct ethhdr, h_dest), v->mac, ETH_ALEN, 0);
	if (hp_is_port(dst))
		return bpf_redirect(dst->port, 0);
	bpf_skb_change_type(skb, v->to_host ? PACKET_HOST : PACKET_OTHERHOST);
	return TC_ACT_UNSPEC;
}

static __always_inline int hp_group_in(struct __sk_buff *skb, struct hp_frame *f)
{
	struct hp_verdict v = { .reason = HP_REASON_WIRE_GROUP };
	bool reserved = hp_is_reserved(f);
	struct hp_l3 l3 = {};

	if (!behind_xdp && !reserved) {
		hp_l3_load(skb, f, &l3);
		hp_wire_group(f, &l3, settings.steer, settings.storm, &v);
	}
	hp_count_reason(v.reason, skb);
	if (v.action == HP_GIVE)
		return hp_give(skb, f, &v);
	if (v.action == HP_DROP)
		return TC_ACT_SHOT;
	if (settings.device & HP_DEVICE_ACCESS && !reserved)
		return hp_list_in(skb, f);
	if (settings.device & HP_DEVICE_PORTS && !reserved)
		return hp_ports_in(skb, f);
	return TC_ACT_UNSPEC;
}

/*
 * Behind somebody's generic XDP that takes several buffers, data stands at the
 * IP header: skb_pp_cow_data() leaves mac_len behind (Linux 6.9 and later).
 * What eth_type_trans() took from the real header tells; a length
 * field there, it has replaced by a number as low.
 */
static __always_inline bool hp_is_displaced(const struct __sk_buff *skb)
{
	const struct ethhdr *eth = (void *)(long)skb->data;

	if ((const void *)(eth + 1) > (void *)(long)skb->data_end || eth->h_proto == skb->protocol)
		return false;
	return bpf_ntohs(eth->h_proto) >= ETH_P_802_3_MIN ||
	       bpf_ntohs(skb->protocol) >= ETH_P_802_3_MIN;
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
	if (hp_is_displaced(skb) || !hp_frame_parse(skb, &f)) {
		hp_count_reason(HP_REASON_SHORT, skb);
		return TC_ACT_UNSPEC;
	}
	if (hp_is_group(&f))
		return hp_group_in(skb, &f);
	return hp_unicast_in(skb, &f);
}

char _license[] SEC("license") = "GPL";
