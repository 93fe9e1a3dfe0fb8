// SPDX-License-Identifier: GPL-2.0-only
/*
 * tc ingress on the port of an XDP endpoint, which is the end on the host of a
 * veth: what the endpoint sends.
 *
 * It is given the tag of the endpoint's segment and sent out of the uplink,
 * where the egress program treats it as what any other endpoint sends. Checksums
 * and segmentation that are still to be done stay that way. The source has to be
 * the endpoint's: in the egress program, that says who sends it.
 *
 * Nothing goes on to the host's own stack: the port is a wire, and no interface
 * of the host. So what cannot be sent is dropped here.
 *
 * What an XDP program of the endpoint sends (XDP_TX) arrives only where the port
 * has one as well: veth_xdp_flush() looks for it, and not for NAPI, which GRO
 * would have, too. The price is that what the endpoint's own stack sends is cut
 * into single frames before.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include "copy.bpf.h"

const volatile __u32 uplink = 0; /* ifindex */

/* A tag of the endpoint's own becomes the inner one, as over a VLAN device. */
static __always_inline bool hp_port_tag(struct __sk_buff *skb, struct hp_frame *f, __u16 vlan)
{
	if (!vlan)
		return true;
	if (f->tagged)
		return !bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), vlan);
	f->tci = (f->tci & ~HP_VLAN_VID_MASK) | vlan;
	f->dst.vlan = f->src.vlan = vlan;
	return hp_form(skb, f, true);
}

/* The endpoint itself, or a device of its own above it. */
static __always_inline bool hp_port_source(const struct hp_frame *f, const struct hp_port *port)
{
	const struct hp_fdb *src;

	if (hp_same_mac(f->src.mac, port->mac))
		return true;
	src = hp_fdb(&f->src);
	return src && src->endpoint == port->endpoint;
}

SEC("tc")
int hairpin_port(struct __sk_buff *skb)
{
	__u32 ifindex = skb->ifindex;
	const struct hp_port *port = bpf_map_lookup_elem(&ports, &ifindex);
	struct hp_frame f;

	if (!port || port->flags & HP_PORT_SHUT || !hp_frame_parse(skb, &f) ||
	    !hp_port_tag(skb, &f, port->vlan)) {
		hp_count_reason(HP_REASON_NO_PORT, skb);
		return TC_ACT_SHOT;
	}
	if (!hp_port_source(&f, port)) {
		hp_count_reason(HP_REASON_STRANGER, skb);
		return TC_ACT_SHOT;
	}
	return bpf_redirect(uplink, 0);
}

SEC("xdp.frags")
int hairpin_port_xdp(struct xdp_md *ctx __attribute__((unused)))
{
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
