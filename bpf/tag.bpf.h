/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the egress program tells the ingress program about a frame that it has
 * turned round. skb->tc_index survives the way through the receive backlog
 * (skb_scrub_packet() leaves it alone), is zero on frames from a driver, and
 * unlike skb->mark has no other users on these hooks.
 */
#ifndef HAIRPIN_TAG_BPF_H
#define HAIRPIN_TAG_BPF_H

#define HP_TAG_TURNED 0x6870 /* counted already, deliver as it is */
#define HP_TAG_ECHO 0x6871   /* the host sent it to a group: not for the host */

#endif
