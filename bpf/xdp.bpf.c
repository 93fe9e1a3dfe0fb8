// SPDX-License-Identifier: GPL-2.0-only
/*
 * XDP on the uplink: what comes from the wire, before there is an skb.
 *
 *   1. unicast to a station of its segment: passes. tc ingress counts it. To an
 *      XDP endpoint: redirected to its port, without the tag of its segment.
 *   2. unicast to nobody, on a segment of which all stations are known, while
 *      hairpind lives: dropped.
 *   3. group frames: the rules of wire.bpf.h, and what they let pass tc ingress
 *      does not judge again.
 *
 * What the programs turn round enters the receive path behind the driver, and
 * is not seen here in native mode; in generic mode it comes along, and has to
 * pass: unicast goes to a station, and for group frames see hp_is_from_here()
 * and hp_is_looped().
 *
 * Of the programs one is used. A driver that takes VLAN tags out of the frame
 * tells them to a program of which it knows that it runs on its device. Generic
 * XDP of several buffers ("frags") copies a frame and forgets skb->mac_len
 * (skb_pp_cow_data(), Linux 6.9 and later), so that tc begins behind the
 * Ethernet header; for a program that takes one buffer it does not.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>

#include "count.bpf.h"
#include "frame.bpf.h"
#include "l3.bpf.h"
#include "maps.bpf.h"
#include "partial.bpf.h"
#include "station.bpf.h"
#include "wire.bpf.h"

const volatile struct hp_settings settings = {};
const volatile bool generic = false;

#define HP_XDP_WHOLE 1024 /* bytes, see hp_xdp_length() */

/* Linux 6.8, net/core/xdp.c */
int bpf_xdp_metadata_rx_vlan_tag(const struct xdp_md *ctx, __be16 *proto, __u16 *tci) __ksym __weak;

/* @vlan: of a tag that the driver has taken out; < 0: none. False: it ends too early. */
static __always_inline bool hp_xdp_parse(struct xdp_md *ctx, int vlan, struct hp_frame *f)
{
	const struct ethhdr *eth = (void *)(long)ctx->data;
	const void *end = (void *)(long)ctx->data_end;
	const struct hp_vlan_tag *tag = (void *)(eth + 1);

	if ((const void *)(eth + 1) > end)
		return false;
	hp_frame_ethernet(f, eth);
	if (vlan < 0 && hp_is_tag(f->proto)) {
		if ((const void *)(tag + 1) > end)
			return false;
		vlan = bpf_ntohs(tag->tci);
		f->proto = tag->proto;
		f->l3 += sizeof(*tag);
	}
	hp_frame_tag(f, vlan < 0 ? 0 : vlan);
	return true;
}

/*
 * In place wherever the first buffer has it: the helper takes a quarter of the time. What
 * follows an Ethernet header, with or without a tag, is aligned to four bytes.
 */
static __always_inline bool hp_xdp_load(struct xdp_md *ctx, __u32 at, void *to, __u32 size)
{
	const void *from;

	asm volatile("" : "+r"(at)); /* or the verifier does not see its bound */
	from = (void *)(long)ctx->data + (at & HP_L3_MASK);
	if (from + size > (const void *)(long)ctx->data_end)
		return !bpf_xdp_load_bytes(ctx, at, to, size);
	__builtin_memcpy(to, __builtin_assume_aligned(from, 4), size);
	return true;
}

static __always_inline bool hp_xdp_l3(struct xdp_md *ctx, const struct hp_frame *f,
				      struct hp_l3 *l3)
{
	switch (bpf_ntohs(f->proto)) {
	case ETH_P_ARP:
		return hp_xdp_load(ctx, f->l3, &l3->arp, sizeof(l3->arp));
	case ETH_P_IP:
		return hp_xdp_load(ctx, f->l3, &l3->ip4, sizeof(l3->ip4));
	case ETH_P_IPV6:
		return hp_xdp_load(ctx, f->l3, &l3->ns, sizeof(l3->ns)) ||
		       hp_xdp_load(ctx, f->l3, &l3->ip6, sizeof(l3->ip6));
	}
	return false;
}

/* A driver fills a buffer before it begins another: a short one is the whole frame. */
static __always_inline __u64 hp_xdp_length(struct xdp_md *ctx)
{
	__u32 first = ctx->data_end - ctx->data;

	return first < HP_XDP_WHOLE ? first : bpf_xdp_get_buff_len(ctx);
}

/* Takes the segment's tag out of the frame. */
static __always_inline bool hp_xdp_pop(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	struct ethhdr eth;
	__be16 proto;

	if (data + sizeof(eth) + sizeof(struct hp_vlan_tag) > (void *)(long)ctx->data_end)
		return false;
	__builtin_memcpy(&eth, data, sizeof(eth));
	proto = ((struct hp_vlan_tag *)(data + sizeof(eth)))->proto;
	if (bpf_xdp_adjust_head(ctx, sizeof(struct hp_vlan_tag)))
		return false;
	data = (void *)(long)ctx->data;
	if (data + sizeof(eth) > (void *)(long)ctx->data_end)
		return false;
	eth.h_proto = proto;
	__builtin_memcpy(data, &eth, sizeof(eth));
	return true;
}

/*
 * To the port of an XDP endpoint. tc ingress does it where XDP cannot: the port
 * takes no redirected frames, the tag that the endpoint is to have is beside
 * the frame, where it would be lost, or its checksum is still to be done. In generic
 * mode nothing is gained, and what is larger than the MTU (GSO) would be dropped.
 */
static __always_inline int hp_xdp_port(struct xdp_md *ctx, const struct hp_frame *f,
				       const struct hp_fdb *dst)
{
	__u32 port = dst->port;
	bool in_frame = f->l3 != sizeof(struct ethhdr);
	bool untagged = dst->flags & HP_FDB_UNTAGGED;

	if (generic || (f->tagged && !in_frame && !untagged))
		return XDP_PASS;
	if (settings.device & HP_DEVICE_VETH && hp_is_partial(ctx, f))
		return XDP_PASS;
	if (!in_frame || !untagged)
		return bpf_redirect_map(&devices, port, XDP_PASS);
	if (!bpf_map_lookup_elem(&devices, &port))
		return XDP_PASS;
	return hp_xdp_pop(ctx) ? bpf_redirect_map(&devices, port, XDP_DROP) : XDP_DROP;
}

static __always_inline int hp_xdp_unicast_port(struct xdp_md *ctx, const struct hp_frame *f,
					       const struct hp_fdb *dst)
{
	struct hp_stats *s = bpf_map_lookup_elem(&stats, &dst->endpoint);
	int action = hp_xdp_port(ctx, f, dst);
	__u64 length = hp_xdp_length(ctx);

	if (action != XDP_REDIRECT) /* tc ingress counts it */
		return action;
	hp_count_bytes(HP_REASON_XDP_PORT, length);
	if (s) {
		s->rx.wire.packets++;
		s->rx.wire.bytes += length;
	}
	return action;
}

static __always_inline int hp_xdp_unicast(struct xdp_md *ctx, const struct hp_frame *f)
{
	const struct hp_fdb *dst = hp_fdb(&f->dst);
	const struct hp_segment *seg;

	if (hp_is_port(dst))
		return hp_xdp_unicast_port(ctx, f, dst);
	if (dst)
		return XDP_PASS;
	seg = hp_segment(f->dst.vlan);
	if (!seg || !(seg->flags & HP_SEGMENT_CLOSED) || !hp_alive())
		return XDP_PASS;
	hp_count_bytes(HP_REASON_FOREIGN, hp_xdp_length(ctx));
	return XDP_DROP;
}

static __always_inline int hp_xdp_give(struct xdp_md *ctx, const struct hp_frame *f,
				       const struct hp_verdict *v)
{
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct hp_fdb_key key = { .vlan = f->dst.vlan };
	const struct hp_fdb *dst;

	if ((void *)(eth + 1) > (void *)(long)ctx->data_end)
		return XDP_PASS;
	__builtin_memcpy(eth->h_dest, v->mac, ETH_ALEN);
	if (!(settings.device & HP_DEVICE_PORTS))
		return XDP_PASS;
	__builtin_memcpy(key.mac, v->mac, ETH_ALEN);
	dst = hp_fdb(&key);
	return hp_is_port(dst) ? hp_xdp_port(ctx, f, dst) : XDP_PASS;
}

static __always_inline bool hp_is_from_here(const struct hp_frame *f)
{
	return generic && hp_fdb(&f->src);
}

static __always_inline int hp_xdp_group(struct xdp_md *ctx, const struct hp_frame *f)
{
	struct hp_verdict v = {};
	struct hp_l3 l3 = {};

	if (hp_is_reserved(f) || hp_is_from_here(f))
		return XDP_PASS;
	hp_xdp_l3(ctx, f, &l3);
	hp_wire_group(f, &l3, settings.steer, settings.storm, &v);
	if (v.action == HP_PASS) /* tc ingress counts it */
		return XDP_PASS;
	hp_count_bytes(v.reason, hp_xdp_length(ctx));
	return v.action == HP_GIVE ? hp_xdp_give(ctx, f, &v) : XDP_DROP;
}

/*
 * What the host sends to a group that it has joined comes back to it without an
 * Ethernet header (dev_loopback_xmit()), and generic XDP gets to see that. The
 * length field of IPv4 or IPv6 then tells how long it is.
 */
static __always_inline bool hp_is_looped(struct xdp_md *ctx)
{
	const __be16 *word = (void *)(long)ctx->data;
	__u32 length;

	if (!generic || (const void *)(word + 3) > (const void *)(long)ctx->data_end)
		return false;
	length = bpf_xdp_get_buff_len(ctx);
	switch (*(const __u8 *)word >> 4) {
	case 4:
		return bpf_ntohs(word[1]) == length;
	case 6:
		return bpf_ntohs(word[2]) + sizeof(struct ipv6hdr) == length;
	}
	return false;
}

static __always_inline int hp_xdp(struct xdp_md *ctx, int vlan)
{
	struct hp_frame f;

	if (hp_is_looped(ctx) || !hp_xdp_parse(ctx, vlan, &f))
		return XDP_PASS;
	return hp_is_group(&f) ? hp_xdp_group(ctx, &f) : hp_xdp_unicast(ctx, &f);
}

SEC("xdp.frags")
int hairpin_xdp(struct xdp_md *ctx)
{
	return hp_xdp(ctx, -1);
}

SEC("xdp")
int hairpin_xdp_generic(struct xdp_md *ctx)
{
	return hp_xdp(ctx, -1);
}

SEC("xdp.frags")
int hairpin_xdp_tag(struct xdp_md *ctx)
{
	__be16 proto;
	__u16 tci;

	return hp_xdp(ctx, bpf_xdp_metadata_rx_vlan_tag(ctx, &proto, &tci) ? -1 : tci);
}

char _license[] SEC("license") = "GPL";
