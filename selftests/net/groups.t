#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What lives on broadcast and multicast: DHCP, mDNS, directed broadcast and
# all-nodes pings. Every copy that a socket or a stack hears is counted.
#
#   b1 192.168.14.11   b2 192.168.14.12
#        |                  |
#   host +------------------+
#        |
#   eth0 192.168.14.133 ------ eth0 192.168.14.2  wire

. "$(dirname "$0")/lib.sh"

everyone="host wire b1 b2"
MDNS=224.0.0.251

# WHO:COPIES... in the order of $everyone
copies() { # LISTENER-PREFIX REGEX
	local ns
	for ns in $everyone; do echo "$ns:$(count "$1-$ns" "$2")"; done | xargs
}

# The client has no address yet: this is a frame from a packet socket, as DHCP clients send it.
discover() { # FROM
	local ns
	for ns in $everyone; do listen "dhcp-$ns" "$ns" udp-listen 0.0.0.0 67; done
	at "$1" "$PROBE" inject eth0 \
		"$("$PROBE" udp $BROADCAST "$(mac "$1")" 0.0.0.0 68 255.255.255.255 67 discover)"
	gather
	copies dhcp '^0\.0\.0\.0 8 .* discover$'
}

# The same from a socket, which the sender's own stack hears as well, once.
broadcast() { # FROM ADDRESS
	local ns
	for ns in $everyone; do listen "udp-$ns" "$ns" udp-listen 0.0.0.0 6767; done
	at "$1" "$PROBE" udp-send "$2" 6767 hello 0 eth0 >"$WORK/sent"
	gather
	copies udp 'hello$'
}

mdns() { # FROM GROUP LOOP
	local ns
	for ns in $everyone; do listen "mdns-$ns" "$ns" udp-listen :: 5353 "$2%eth0"; done
	at "$1" "$PROBE" udp-send "$2" 5353 query 0 eth0 "$3" >"$WORK/sent"
	gather
	copies mdns 'query$'
}

# Echo requests that each stack heard, then the replies that the sender heard.
# Its neighbour table is filled first: replies are not held up by ARP then.
group_ping() { # FROM ETHERTYPE REQUEST REPLY PING-ARGUMENT...
	local from=$1 ethertype=$2 request=$3 reply=$4 ns
	shift 4
	for ns in $everyone; do listen "ping-$ns" "$ns" frames eth0 "$ethertype"; done
	at "$from" ping -n -c 1 -W 1 "$@" >"$WORK/ping.out" 2>&1 || true
	gather
	echo "$(copies ping "^(host|broadcast|multicast) .* $request")," \
		"$(count "ping-$from" "^host .* $reply") replies"
}

ICMP_REQUEST='4.{39}08' ICMP_REPLY='4.{39}00'
ICMP6_REQUEST='6.{79}80' ICMP6_REPLY='6.{79}81'
ping4() { group_ping "$1" 0800 "$ICMP_REQUEST" "$ICMP_REPLY" -b 192.168.14.255; }
ping6() { group_ping "$1" 86dd "$ICMP6_REQUEST" "$ICMP6_REPLY" ff02::1%eth0; }

fill_neighbours() {
	local a b
	for a in $everyone; do
		for b in $everyone; do
			[ "$a" = "$b" ] || at "$a" ip neigh replace "${ip4[$b]}" lladdr "$(mac "$b")" dev eth0
			[ "$a" = "$b" ] || at "$a" ip neigh replace "$(link_local "$b")" lladdr "$(mac "$b")" dev eth0
		done
	done
}
declare -A ip4=([host]=$HOST [wire]=$GATEWAY [b1]=192.168.14.11 [b2]=192.168.14.12)

lab_walkthrough
fill_neighbours

is "$(discover host)" "host:0 wire:1 b1:0 b2:0" "without hairpind: DHCP discover of the host"
is "$(discover b1)" "host:0 wire:1 b1:0 b2:1" "without hairpind: DHCP discover of b1"
is "$(mdns host $MDNS 1)" "host:1 wire:1 b1:0 b2:0" "without hairpind: mDNS of the host"
is "$(mdns b1 $MDNS 1)" "host:0 wire:1 b1:1 b2:1" "without hairpind: mDNS of b1"
is "$(ping4 host)" "host:0 wire:1 b1:0 b2:0, 1 replies" "without hairpind: directed broadcast ping of the host"
is "$(ping6 b1)" "host:0 wire:1 b1:0 b2:1, 2 replies" "without hairpind: all-nodes ping of b1"

from_wire() { # WITH|WITHOUT
	is "$(discover wire)" "host:1 wire:0 b1:1 b2:1" "$1 hairpind: DHCP discover of the wire"
	is "$(broadcast wire 192.168.14.255)" "host:1 wire:1 b1:1 b2:1" "$1 hairpind: broadcast of the wire"
	is "$(mdns wire $MDNS 1)" "host:1 wire:1 b1:1 b2:1" "$1 hairpind: mDNS of the wire"
	is "$(ping4 wire)" "host:1 wire:0 b1:1 b2:1, 3 replies" "$1 hairpind: directed broadcast ping of the wire"
	is "$(ping6 wire)" "host:1 wire:0 b1:1 b2:1, 3 replies" "$1 hairpind: all-nodes ping of the wire"
}

from_wire without
agent_start
from_wire with

is "$(discover host)" "host:0 wire:1 b1:1 b2:1" "DHCP discover of the host"
is "$(discover b1)" "host:1 wire:1 b1:0 b2:1" "DHCP discover of b1"
is "$(broadcast host 255.255.255.255)" "host:1 wire:1 b1:1 b2:1" "broadcast of the host"
is "$(broadcast host 192.168.14.255)" "host:1 wire:1 b1:1 b2:1" "directed broadcast of the host"
is "$(broadcast b2 192.168.14.255)" "host:1 wire:1 b1:1 b2:1" "directed broadcast of b2"
is "$(mdns host $MDNS 1)" "host:1 wire:1 b1:1 b2:1" "mDNS of the host, looped by its own stack"
is "$(mdns host $MDNS 0)" "host:0 wire:1 b1:1 b2:1" "mDNS of the host, not looped"
is "$(mdns b1 $MDNS 0)" "host:1 wire:1 b1:0 b2:1" "mDNS of b1"
is "$(mdns host ff02::fb 0)" "host:0 wire:1 b1:1 b2:1" "mDNS of the host, IPv6"
is "$(mdns b2 ff02::fb 0)" "host:1 wire:1 b1:1 b2:0" "mDNS of b2, IPv6"
is "$(ping4 host)" "host:0 wire:1 b1:1 b2:1, 3 replies" "directed broadcast ping of the host"
is "$(ping4 b1)" "host:1 wire:1 b1:0 b2:1, 3 replies" "directed broadcast ping of b1"
is "$(ping6 host)" "host:0 wire:1 b1:1 b2:1, 3 replies" "all-nodes ping of the host"
is "$(ping6 b1)" "host:1 wire:1 b1:0 b2:1, 3 replies" "all-nodes ping of b1"

# A question for an address that is known goes to its owner, and to the wire as ever.
# Not a gratuitous one: that is news for all.
asks() { # TARGET
	local ns
	for ns in $everyone; do listen "arp-$ns" "$ns" frames eth0 0806; done
	at host "$PROBE" inject eth0 \
		"$("$PROBE" arp 1 $BROADCAST "$(mac host)" $HOST 00:00:00:00:00:00 "$1")"
	gather
	copies arp "^(host|broadcast) .* 0001080006040001.*$(hex_ip "$1")\$"
}
is "$(asks 192.168.14.12)" "host:0 wire:1 b1:0 b2:1" "the host's ARP request for b2 is heard by b2 alone"
is "$(asks 192.168.14.99)" "host:0 wire:1 b1:0 b2:0" "one for an address that nobody here has by the wire alone"
is "$(asks $HOST)" "host:0 wire:1 b1:1 b2:1" "a gratuitous one by everyone"

# A link-local group is for the next port only, whoever listens to it.
for ns in b1 b2; do at $ns ip maddr add 01:80:c2:00:00:0e dev eth0; done
for ns in $everyone; do listen "lldp-$ns" "$ns" frames eth0; done
at host "$PROBE" send eth0 01:80:c2:00:00:0e "$(mac host)" lldp
gather
is "$(copies lldp '^(host|broadcast|multicast) .* lldp$')" "host:0 wire:1 b1:0 b2:0" \
	"a reserved group address goes to the wire alone"

done_testing
