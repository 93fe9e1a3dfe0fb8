// SPDX-License-Identifier: GPL-2.0-only
/*
 * tc egress on the uplink: what the host and its endpoints send.
 *
 * The walk of a unicast frame (hp_unicast):
 *
 *   1. who is it for: hp_station(), by VLAN and MAC. Nobody here: to the wire, and
 *      to a bridge of the host's, which may know.
 *   2. may it turn: hp_turns(), by the modes of both ends. No: to the wire.
 *   3. count, tag as HP_TAG_TURNED, redirect into the uplink's receive path.
 *      There the VLAN layer and the macvlan receive handler deliver it, in
 *      whatever network namespace the endpoint is. To an XDP endpoint, out of
 *      its port instead.
 *
 * The walk of a frame to a group (hp_group), which always also goes to the wire:
 *
 *   1. segments by vlan. No endpoint there: nothing to do.
 *   2. an endpoint that sends more of its class than settings.storm allows: dropped.
 *   3. an ARP request or NS for an address that is known to be somebody's here
 *      is copied to that station alone, and one for an address that is known to
 *      be nobody's not at all: hp_hearer().
 *   4. from the host, everything else is copied into the receive path, where
 *      macvlan floods it, tagged as HP_TAG_ECHO; where a bridge is in its place, not.
 *   5. from an endpoint, everything else: see hp_group_endpoint().
 *
 * Fail open: a frame that is not understood goes on as if we were not here.
 * Questions are steered only while hairpind lives, see hp_alive().
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include "copy.bpf.h"
#include "steer.bpf.h"
#include "storm.bpf.h"

const volatile struct hp_settings settings = {};

/*
 * A frame from an access port is of its VLAN, whether it bears a tag yet or not.
 * @bare: who has the source under VLAN 0. False: it bears another's tag, which no
 * access port may send. An XDP endpoint may have the same MAC in another VLAN.
 */
static __always_inline bool hp_access(struct hp_frame *f, const struct hp_fdb *bare)
{
	if (!bare || !(bare->flags & HP_FDB_ACCESS))
		return true;
	if (f->tagged)
		return hp_is_port(hp_fdb(&f->src));
	f->tci = (f->tci & ~HP_VLAN_VID_MASK) | bare->vlan;
	f->dst.vlan = f->src.vlan = bare->vlan;
	return true;
}

/*
 * Elsewhere, who is not known speaks for the host. But where VLANs keep endpoints
 * apart, any of them could give itself a source and a tag that it has not: then that
 * holds only in a VLAN in which the host has a device, and a bridge above it perhaps.
 */
static __always_inline bool hp_is_stranger(const struct hp_frame *f)
{
	const struct hp_segment *seg;

	if (!(settings.device &
	      (f->src.vlan ? HP_DEVICE_ACCESS | HP_DEVICE_PORTS : HP_DEVICE_ACCESS)) ||
	    hp_fdb(&f->src))
		return false;
	seg = f->src.vlan ? hp_segment(f->src.vlan) : NULL;
	return !seg || !(seg->flags & HP_SEGMENT_HOST);
}

static __always_inline int hp_to_wire(struct __sk_buff *skb, struct hp_frame *f)
{
	return hp_form(skb, f, true) ? TC_ACT_UNSPEC : TC_ACT_SHOT;
}

/* The wire gets it, unless nobody here may give a frame that tag. */
static __always_inline int hp_stranger(struct __sk_buff *skb, struct hp_frame *f,
				       const struct hp_fdb *bare)
{
	if (settings.device & HP_DEVICE_ACCESS && f->src.vlan && !bare) {
		hp_count_reason(HP_REASON_STRANGER, skb);
		return TC_ACT_SHOT;
	}
	if (!hp_is_group(f))
		hp_count_reason(HP_REASON_TO_WIRE, skb);
	return hp_to_wire(skb, f);
}

static __always_inline enum hp_reason hp_turn_reason(const struct hp_fdb *src,
						     const struct hp_fdb *dst)
{
	if (hp_is_host(src) || hp_is_host(dst))
		return HP_REASON_HAIRPIN;
	return hp_is_port(src) || hp_is_port(dst) ? HP_REASON_PORT : HP_REASON_REFLECT;
}

/*
 * Who is behind a bridge of the host's, nobody tells: as a switch would do, the frame goes
 * both ways, and the bridge drops what is not for its side.
 */
static __always_inline void hp_unicast_bridge(struct __sk_buff *skb, struct hp_frame *f,
					      const struct hp_fdb *src)
{
	const struct hp_segment *seg;

	if (!(settings.device & (HP_DEVICE_ACCESS | HP_DEVICE_PORTS)) || hp_is_host(src))
		return;
	seg = hp_segment(f->dst.vlan);
	if (seg && seg->flags & HP_SEGMENT_BRIDGED && hp_form(skb, f, true))
		hp_copy(skb, HP_TAG_TURNED, HP_REASON_ENDPOINT_FLOOD);
}

static __always_inline int hp_unicast(struct __sk_buff *skb, struct hp_frame *f)
{
	struct hp_fdb dst_room, src_room;
	const struct hp_fdb *dst = hp_station(skb, f, HP_DESTINATION, &dst_room);
	const struct hp_fdb *src = hp_station(skb, f, HP_SOURCE, &src_room);
	const struct hp_fdb host = { .kind = HP_KIND_HOST };

	if (!dst || dst->flags & HP_FDB_ACCESS || !hp_turns(src, dst, settings.reflect)) {
		hp_count_tx(src, NULL, skb);
		hp_count_reason(HP_REASON_TO_WIRE, skb);
		if (!dst)
			hp_unicast_bridge(skb, f, src);
		return hp_to_wire(skb, f);
	}
	hp_count_tx(src, dst, skb);
	hp_count_rx(dst, src ? src : &host, skb);
	hp_count_reason(hp_turn_reason(src, dst), skb);
	if (!hp_form(skb, f, !(dst->flags & HP_FDB_UNTAGGED)))
		return TC_ACT_SHOT;
	if (hp_is_port(dst))
		return bpf_redirect(dst->port, 0);
	skb->tc_index = HP_TAG_TURNED;
	return bpf_redirect(skb->ifindex, BPF_F_INGRESS);
}

/* What a group frame of this machine is about, as far as it can be told. */
static __always_inline enum hp_hearer hp_hearer(struct __sk_buff *skb, const struct hp_frame *f,
						const struct hp_segment *seg,
						const struct hp_neigh **owner)
{
	struct hp_l3 l3 = {};

	if (!settings.steer || !hp_alive() || !hp_l3_load(skb, f, &l3))
		return HP_ALL;
	return hp_steer(f, &l3, seg, owner);
}

/* To the owner of an address, if what @src sends may turn there, and the kernel has not been. */
static __always_inline void hp_group_owner(struct __sk_buff *skb, struct hp_frame *f,
					   const struct hp_fdb *src, const struct hp_neigh *owner,
					   __u32 reason)
{
	struct hp_fdb_key key = { .vlan = f->dst.vlan };
	const struct hp_fdb *dst;
	bool own = src && src->flags & HP_FDB_HOST_STACK;

	__builtin_memcpy(key.mac, owner->mac, ETH_ALEN);
	dst = hp_fdb(&key);
	if (!dst || !hp_turns(src, dst, settings.reflect) || (own && hp_is_host(dst)))
		hp_count_reason(HP_REASON_NOT_HERE, skb);
	else if (hp_form(skb, f, !(dst->flags & HP_FDB_UNTAGGED)))
		hp_copy_station(skb, f, &key, dst, reason);
}

/*
 * A copy to each XDP endpoint, and where the kernel must not flood among the
 * endpoints on the bare uplink, to each of those. False: there is nobody else,
 * and the kernel must not flood.
 */
static __always_inline bool hp_group_list(struct __sk_buff *skb, struct hp_frame *f,
					  const struct hp_segment *seg, const struct hp_fdb *src)
{
	if (!(settings.device & (HP_DEVICE_ACCESS | HP_DEVICE_PORTS)))
		return true;
	if (!hp_list(skb, f, seg, src, settings.reflect))
		return false;
	if (!(seg->flags & HP_SEGMENT_LISTED))
		return true;
	return hp_form(skb, f, true) && f->dst.vlan && seg->flags & HP_SEGMENT_HOST;
}

/* Of a question for its own address the host makes sure that nobody else has it. */
static __always_inline void hp_group_host(struct __sk_buff *skb, struct hp_frame *f,
					  const struct hp_segment *seg)
{
	const struct hp_neigh *owner = NULL;
	enum hp_hearer hearer = hp_hearer(skb, f, seg, &owner);

	if (hearer == HP_OWNER && owner && owner->kind != HP_KIND_HOST)
		hp_group_owner(skb, f, NULL, owner, HP_REASON_HOST_STEER);
	else if (hearer == HP_HOST || hearer == HP_NOBODY)
		hp_count_reason(HP_REASON_NOT_HERE, skb);
	else if (hp_group_list(skb, f, seg, NULL) && !(seg->flags & HP_SEGMENT_BRIDGED))
		hp_copy(skb, HP_TAG_ECHO, HP_REASON_HOST_FLOOD);
}

static __always_inline void hp_group_to_host(struct __sk_buff *skb, struct hp_frame *f,
					     const struct hp_segment *seg)
{
	if (seg->flags & HP_SEGMENT_HOST && hp_form(skb, f, true))
		hp_copy_to(skb, f, seg->host_mac, HP_REASON_TO_HOST);
}

/*
 * In the receive path, macvlan looks at the source of a group frame:
 *
 *   bridge endpoint: VEPA endpoints get it, bridge siblings do not (they had
 *                    it on its way out), the host does
 *   VEPA endpoint:   all others get it, and the host does
 *   other modes:     the sender gets it back, and nobody else
 *
 * ipvlan has passed it to all siblings on its way out, in every mode, and sees
 * by the source address that it need not do so again; the host gets it.
 *
 * An XDP endpoint it does not know, and takes for somebody on the wire: all hear it.
 *
 * So the frame is copied as it is where that is what should happen, and to the
 * host alone otherwise. The host's own devices need no copy for the host.
 *
 * Where a bridge is in macvlan's place, only what is copied as it is reaches all
 * who are behind that.
 */
static __always_inline void hp_group_flood(struct __sk_buff *skb, struct hp_frame *f,
					   const struct hp_segment *seg, const struct hp_fdb *src)
{
	bool own = src->flags & HP_FDB_HOST_STACK;
	bool to_vepa = seg->flags & HP_SEGMENT_VEPA && settings.reflect && !hp_is_isolated(src);
	bool to_all = to_vepa || seg->flags & HP_SEGMENT_BRIDGED;
	bool as_is = to_all || src->kind == HP_KIND_IPVLAN ||
		     (src->mode == HP_MODE_BRIDGE && !(seg->flags & HP_SEGMENT_VEPA));

	if (!hp_group_list(skb, f, seg, src))
		to_all = as_is = false;
	if (own && (to_all || (as_is && hp_is_port(src))))
		hp_copy(skb, HP_TAG_ECHO, HP_REASON_ENDPOINT_FLOOD);
	else if (own)
		return;
	else if (as_is)
		hp_copy(skb, HP_TAG_TURNED, HP_REASON_ENDPOINT_FLOOD);
	else
		hp_group_to_host(skb, f, seg);
}

static __always_inline void hp_group_endpoint(struct __sk_buff *skb, struct hp_frame *f,
					      const struct hp_segment *seg,
					      const struct hp_fdb *src)
{
	const struct hp_neigh *owner = NULL;
	enum hp_hearer hearer = hp_hearer(skb, f, seg, &owner);

	if (hearer == HP_OWNER && owner)
		hp_group_owner(skb, f, src, owner, HP_REASON_ENDPOINT_STEER);
	else if (hearer == HP_NOBODY || (hearer == HP_HOST && src->flags & HP_FDB_HOST_STACK))
		hp_count_reason(HP_REASON_NOT_HERE, skb);
	else if (hearer == HP_HOST)
		hp_group_to_host(skb, f, seg);
	else
		hp_group_flood(skb, f, seg, src);
}

static __always_inline bool hp_is_storm(struct __sk_buff *skb, const struct hp_frame *f,
					__u32 endpoint)
{
	struct hp_l3 l3 = {};

	if (!settings.storm)
		return false;
	hp_l3_load(skb, f, &l3);
	return !hp_storm_allows(f, &l3, endpoint, settings.storm);
}

static __always_inline int hp_group(struct __sk_buff *skb, struct hp_frame *f)
{
	const struct hp_segment *seg = hp_segment(f->dst.vlan);
	const struct hp_fdb *src;
	struct hp_fdb room;

	if (!seg)
		return hp_to_wire(skb, f);
	src = hp_station(skb, f, HP_SOURCE, &room);
	if (!hp_is_host(src) && hp_is_storm(skb, f, src->endpoint)) {
		hp_count_reason(HP_REASON_ENDPOINT_STORM, skb);
		return TC_ACT_SHOT;
	}
	hp_count_tx(src, NULL, skb);
	if (hp_is_reserved(f))
		hp_count_reason(HP_REASON_RESERVED, skb);
	else if (hp_is_host(src))
		hp_group_host(skb, f, seg);
	else
		hp_group_endpoint(skb, f, seg, src);
	return hp_to_wire(skb, f);
}

SEC("tc")
int hairpin_egress(struct __sk_buff *skb)
{
	const struct hp_fdb *bare = NULL;
	struct hp_fdb_key key = {};
	struct hp_frame f;

	if (!hp_frame_parse(skb, &f)) {
		hp_count_reason(HP_REASON_SHORT, skb);
		return TC_ACT_UNSPEC;
	}
	if (settings.device & HP_DEVICE_ACCESS) {
		__builtin_memcpy(key.mac, f.src.mac, ETH_ALEN);
		bare = hp_fdb(&key);
	}
	if (!hp_access(&f, bare)) {
		hp_count_reason(HP_REASON_VLAN_MISMATCH, skb);
		return TC_ACT_SHOT;
	}
	if (hp_is_stranger(&f))
		return hp_stranger(skb, &f, bare);
	return hp_is_group(&f) ? hp_group(skb, &f) : hp_unicast(skb, &f);
}

char _license[] SEC("license") = "GPL";
