#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Duplicate address detection between host and endpoints. Enhanced DAD (RFC
# 7527) would forgive an echo of the host's own probe, so it is off.
#
#   b1 bridge fd14::11   v1 vepa fd14::21   p1 private fd14::31
#        |                    |                  |
#   host +--------------------+------------------+
#        |
#   eth0 fd14::133 ------------------------- eth0 fd14::2  wire

. "$(dirname "$0")/lib.sh"

with_dad() {
	at "$1" sysctl -qw net.ipv6.conf.eth0.accept_dad=1 net.ipv6.conf.eth0.dad_transmits=1 \
		net.ipv6.conf.all.enhanced_dad=0 net.ipv6.conf.eth0.enhanced_dad=0 \
		net.ipv6.conf.eth0.router_solicitation_delay=0 net.ipv6.neigh.eth0.retrans_time_ms=500
}

address_flags() { at "$1" ip -6 addr show dev eth0 | awk -v a="$2/64" '$2 == a'; }
decided() { [[ $(address_flags "$1" "$2") != *tentative* ]] || is_duplicate "$1" "$2"; }
is_duplicate() { [[ $(address_flags "$1" "$2") = *dadfailed* ]]; }

# NS ADDRESS... : all of them are probed at once, then: ADDRESS:unique|duplicate...
dad() {
	local ns=$1 a
	shift
	for a in "$@"; do at "$ns" ip addr add "$a/64" dev eth0; done
	for a in "$@"; do wait_for 10 decided "$ns" "$a"; done
	for a in "$@"; do
		if is_duplicate "$ns" "$a"; then echo "$a:duplicate"; else echo "$a:unique"; fi
		at "$ns" ip addr del "$a/64" dev eth0
	done | xargs
}

# How many answers an ARP probe (sender 0.0.0.0) gets: FROM ADDRESS
arp_probe() {
	listen arp "$1" frames eth0 0806
	at "$1" "$PROBE" inject eth0 \
		"$("$PROBE" arp 1 $BROADCAST "$(mac "$1")" 0.0.0.0 00:00:00:00:00:00 "$2")"
	gather arp
	count arp "^host $(mac "$1") .* 00010800060400..0*2" # replies, RFC 826
}

lab_new b1 v1 p1
address host eth0 $HOST/24 fd14::133/64
address wire eth0 $GATEWAY/24 fd14::2/64
endpoint_docker b1 eth0 bridge 192.168.14.11/24 fd14::11/64
endpoint_docker v1 eth0 vepa 192.168.14.21/24 fd14::21/64
endpoint_docker p1 eth0 private 192.168.14.31/24 fd14::31/64
for ns in host b1 v1 p1; do with_dad $ns; done

is "$(dad host fd14::aa fd14::2 fd14::11)" "fd14::aa:unique fd14::2:duplicate fd14::11:unique" \
	"without hairpind: the host finds the wire's duplicate and misses b1's"
is "$(dad b1 fd14::ab fd14::2 fd14::133)" "fd14::ab:unique fd14::2:duplicate fd14::133:unique" \
	"without hairpind: b1 finds the wire's and misses the host's"
is "$(arp_probe host 192.168.14.11)" 0 "without hairpind: the host's ARP probe for b1's address"
is "$(arp_probe b1 $HOST)" 0 "without hairpind: b1's ARP probe for the host's address"
is "$(arp_probe wire 192.168.14.11)" 1 "without hairpind: the wire's ARP probe for b1's address"

agent_start
number=0
is "$(dad host fd14::aa fd14::2 fd14::11 fd14::21 fd14::31)" \
	"fd14::aa:unique fd14::2:duplicate fd14::11:duplicate fd14::21:duplicate fd14::31:duplicate" \
	"the host finds the duplicates, and its own address is not one"
for ns in b1 v1 p1; do
	# Each has one of its own to itself: of that hairpind tells the others, in its time.
	own=fd14::b$((++number))
	is "$(dad $ns $own fd14::2 fd14::133)" "$own:unique fd14::2:duplicate fd14::133:duplicate" \
		"$ns finds the wire's and the host's, and its own address is not one"
done
is "$(arp_probe host 192.168.14.11)" 1 "the host's ARP probe for b1's address is answered once"
is "$(arp_probe host 192.168.14.21)" 1 "... for v1's"
is "$(arp_probe host 192.168.14.31)" 1 "... for p1's"
is "$(arp_probe host 192.168.14.99)" 0 "... for nobody's it is not answered"
is "$(arp_probe b1 $HOST)" 1 "b1's ARP probe for the host's address is answered once"
is "$(arp_probe v1 $HOST)" 1 "... v1's"
is "$(arp_probe p1 $HOST)" 1 "... p1's"
is "$(arp_probe wire 192.168.14.11)" 1 "the wire's ARP probe for b1's address is answered as before"

done_testing
