/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Why a program did with a frame what it did: index of the `reasons` map.
 * Appended to, never renumbered or reused: the numbers are ABI.
 *
 * HP_REASON(identifier, name, help)
 */
#ifndef HAIRPIN_REASONS_H
#define HAIRPIN_REASONS_H

#define HP_REASONS(HP_REASON) \
	HP_REASON(HAIRPIN, "hairpin", "unicast between the host and an endpoint, turned round") \
	HP_REASON(REFLECT, "reflect", \
		  "unicast between endpoints, turned round as VEPA reflection") \
	HP_REASON(TO_WIRE, "to-wire", \
		  "unicast to no local station, or not allowed to turn: left to the wire") \
	HP_REASON(HOST_FLOOD, "host-flood", "group frame of the host, copied to all endpoints") \
	HP_REASON(HOST_STEER, "host-steer", \
		  "ARP request or NS of the host, copied to the owner of the address") \
	HP_REASON(ENDPOINT_FLOOD, "endpoint-flood", \
		  "group frame of an endpoint, copied to the host and to VEPA endpoints; or " \
		  "unicast that a bridge of the host's may be for") \
	HP_REASON(TO_HOST, "to-host", "group frame of an endpoint, copied to the host alone") \
	HP_REASON(RESERVED, "reserved", "link-local group (01-80-C2-00-00-0X): never copied") \
	HP_REASON(COPY_FAILED, "copy-failed", \
		  "a copy was lost: no memory, or the receive backlog was full") \
	HP_REASON(WIRE_IN, "wire-in", "unicast from the wire to a local station") \
	HP_REASON(WIRE_GROUP, "wire-group", \
		  "group frame from the wire, left to the kernel to flood") \
	HP_REASON(SIBLING, "sibling", \
		  "unicast between endpoints that macvlan, or a switch that reflects, passed on") \
	HP_REASON(NOT_LOCAL, "not-local", "unicast from the wire to nobody here") \
	HP_REASON(LOOPBACK, "loopback", "looped-back copy without an Ethernet header: left alone") \
	HP_REASON(SHORT, "short", "shorter than its headers say: left alone") \
	HP_REASON(FOREIGN, "foreign", "unicast from the wire to nobody here: dropped in XDP") \
	HP_REASON(FOREIGN_ARP, "foreign-arp", \
		  "ARP request or NS from the wire for an address that nobody here has: dropped") \
	HP_REASON(STEER, "steer", "ARP request or NS from the wire, given to the owner alone") \
	HP_REASON(STEER_HOST, "steer-host", \
		  "ARP request or NS from the wire that no endpoint would answer, given to the " \
		  "host") \
	HP_REASON(ENDPOINT_STEER, "endpoint-steer", \
		  "ARP request or NS of an endpoint, copied to the owner of the address") \
	HP_REASON(NOT_HERE, "not-here", \
		  "ARP request or NS from here for an address that nobody here has: not copied") \
	HP_REASON(STORM, "storm", "group frame from the wire beyond the limit: dropped") \
	HP_REASON(ENDPOINT_STORM, "endpoint-storm", \
		  "group frame of an endpoint beyond the limit: dropped") \
	HP_REASON(MEMBER, "member", \
		  "group frame copied to one endpoint of its VLAN, where several VLANs share the " \
		  "uplink") \
	HP_REASON(LISTED, "listed", \
		  "group frame from the wire, copied to the members of its VLAN: ends here") \
	HP_REASON(VLAN_MISMATCH, "vlan-mismatch", \
		  "to or from an access port in a VLAN that is not its own: dropped") \
	HP_REASON(PORT, "port", "unicast between endpoints, at least one of which is of kind xdp") \
	HP_REASON(XDP_PORT, "xdp-port", \
		  "unicast from the wire to an endpoint of kind xdp, redirected by XDP") \
	HP_REASON(NO_PORT, "no-port", \
		  "from the host's end of an endpoint of kind xdp that is not served: dropped") \
	HP_REASON(STRANGER, "stranger", \
		  "from an endpoint, with a source that is not its own, where VLANs keep apart: " \
		  "dropped")

enum hp_reason {
#define HP_REASON_ENUM(id, name, help) HP_REASON_##id,
	HP_REASONS(HP_REASON_ENUM)
#undef HP_REASON_ENUM
		HP_REASON_COUNT
};

#endif
