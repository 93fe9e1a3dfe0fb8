/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules for group frames from the wire, in XDP or at tc ingress:
 *
 *   1. a question for an address that nobody here can have, while hairpind lives
 *      (steer.bpf.h): dropped.
 *   2. beyond the limit of its class: dropped (storm.bpf.h).
 *   3. any other question, while hairpind lives: given to the station that owns
 *      the address; if no endpoint has it, to the host.
 *   4. everything else is the kernel's to flood.
 *
 * So a storm of questions for addresses that are not here takes no token from
 * those that are to be answered.
 */
#ifndef HAIRPIN_WIRE_BPF_H
#define HAIRPIN_WIRE_BPF_H

#include "steer.bpf.h"
#include "storm.bpf.h"

enum hp_action { HP_PASS, HP_DROP, HP_GIVE };

struct hp_verdict {
	enum hp_action action;
	enum hp_reason reason;
	__u8 mac[ETH_ALEN]; /* HP_GIVE: the destination in place of the group */
	bool to_host;	    /* HP_GIVE: the host's */
};

static __always_inline void hp_wire_question(const struct hp_frame *f, const struct hp_l3 *l3,
					     const struct hp_segment *seg, struct hp_verdict *v)
{
	const struct hp_neigh *owner = NULL;

	switch (hp_steer(f, l3, seg, &owner)) {
	case HP_OWNER:
		if (!owner)
			return;
		v->action = HP_GIVE;
		v->reason = HP_REASON_STEER;
		v->to_host = owner->kind == HP_KIND_HOST;
		__builtin_memcpy(v->mac, owner->mac, ETH_ALEN);
		return;
	case HP_HOST:
		v->action = HP_GIVE;
		v->reason = HP_REASON_STEER_HOST;
		v->to_host = true;
		__builtin_memcpy(v->mac, seg->host_mac, ETH_ALEN);
		return;
	case HP_NOBODY:
		v->action = HP_DROP;
		v->reason = HP_REASON_FOREIGN_ARP;
		return;
	case HP_ALL:
		return;
	}
}

static __always_inline void hp_wire_group(const struct hp_frame *f, const struct hp_l3 *l3,
					  bool steer, __u32 limit, struct hp_verdict *v)
{
	const struct hp_segment *seg;

	v->action = HP_PASS;
	v->reason = HP_REASON_WIRE_GROUP;
	if (steer && hp_alive()) {
		seg = hp_segment(f->dst.vlan);
		if (seg)
			hp_wire_question(f, l3, seg, v);
	}
	if (v->action != HP_DROP && limit && !hp_storm_allows(f, l3, HP_STORM_WIRE, limit)) {
		v->action = HP_DROP;
		v->reason = HP_REASON_STORM;
	}
}

#endif
