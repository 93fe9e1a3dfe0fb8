#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# storm = PPS: group frames from the wire, and of an endpoint, beyond the limit are
# dropped and counted, each one; of both, ARP, ND and DHCP have shares of their own, so
# that they survive a storm of something else. First with xdp = native, then with xdp = off.
#
#   b1 .11   b2 .12
#     |        |
#   host eth0 192.168.14.133 ------- eth0 192.168.14.2 wire

. "$(dirname "$0")/questions.sh"

LIMIT=800
FLOOD=600
ROUTERS=33:33:00:00:00:02
DHCP_SERVERS=33:33:00:01:00:02
LLDP=01:80:c2:00:00:0e

lab_walkthrough
for ns in host wire b1 b2; do
	at $ns sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1 # its MLD reports would be counted, too
done
for ns in b1 b2; do
	at $ns ip maddr add $ROUTERS dev eth0
	at $ns ip maddr add $DHCP_SERVERS dev eth0
done

# ---- frames of each class, FROM

word_frame() { "$PROBE" word "$2" "$(mac "$1")" 88b5 "$3"; }
frame_of() { # CLASS FROM
	case $1 in
	other) word_frame "$2" $BROADCAST storm ;;
	arp) "$PROBE" arp 1 $BROADCAST "$(mac "$2")" 192.168.14.77 $ALL_ZERO 192.168.14.77 ;;
	nd) "$PROBE" ip6 $ROUTERS "$(mac "$2")" fe80::77 ff02::2 58 2 8500000000000000 ;; # RS, RFC 4861 4.1
	dhcp) "$PROBE" udp $BROADCAST "$(mac "$2")" 0.0.0.0 68 255.255.255.255 67 discover ;;
	dhcp6) "$PROBE" udp $DHCP_SERVERS "$(mac "$2")" fe80::77 546 ff02::1:2 547 solicit ;;
	esac
}
# What of it a listener prints, and nobody else sends.
ethertype_of() { case $1 in other) echo 88b5 ;; arp) echo 0806 ;; dhcp) echo 0800 ;; *) echo 86dd ;; esac; }
line_of() {
	case $1 in
	other) echo 'storm$' ;;
	arp) echo 'c0a80e4d000000000000c0a80e4d$' ;;
	nd) echo 'ff020{27}28500' ;;
	dhcp) echo "$(printf %s discover | od -An -v -tx1 | tr -d ' \n')\$" ;;
	dhcp6) echo "$(printf %s solicit | od -An -v -tx1 | tr -d ' \n')\$" ;;
	esac
}
hear() { # NAME CLASS NS...
	local name=$1 class=$2 ns
	shift 2
	for ns in "$@"; do listen "$name-$ns" "$ns" frames eth0 "$(ethertype_of "$class")"; done
}
copies_of() { # NAME CLASS NS...
	local name=$1 class=$2 ns
	shift 2
	for ns in "$@"; do count "$name-$ns" "^(host|broadcast|multicast) .*$(line_of "$class")"; done | paste -sd ' '
}

# ---- limits

# A bucket is the time at which it will be full again, in ns.
are_full() {
	"$BPFTOOL" -j map dump pinned "$PINS/eth0/storm" | perl -MJSON::PP -MTime::HiRes=:DEFAULT,clock_gettime,CLOCK_MONOTONIC -e '
		my $now = clock_gettime(CLOCK_MONOTONIC) * 1e9;
		for (@{decode_json(do { local $/; <STDIN> })}) { exit 1 if $_->{formatted}{value} > $now }'
}

# The barrier is a broadcast frame like any other.
settle() {
	wait_for 5 are_full
	at wire "$PROBE" barrier "$PREFIX-wire" eth0 "$PREFIX-b1" eth0
}

# Of a bucket that was full: a tenth of a second's worth and no less than eight
# frames at once, and then as many as the time allows.
within_limit() { # HEARD RATE MICROSECONDS
	local burst=$(($2 / 10 > 8 ? $2 / 10 : 8))
	[ "$1" -ge "$burst" ] && [ "$1" -le $((burst + $2 * $3 / 1000000 + 1)) ]
}

from_wire() { # DESCRIPTION CLASS RATE
	local class=$2 rate=$3 before sent took copies first
	wait_for 5 are_full
	hear flood "$class" host b1 b2
	before=$(reason eth0 storm)
	read -r sent took < <(at wire "$PROBE" flood eth0 $FLOOD "$(frame_of "$class" wire)")
	gather
	copies=$(copies_of flood "$class" host b1 b2)
	first=${copies%% *}
	ok "$1: limited" within_limit "$first" "$rate" "$took"
	is "$copies" "$first $first $first" "... for all alike"
	is $(($(reason eth0 storm) - before)) $((sent - first)) "... what did not arrive was counted"
}

# Class by class, while another one rages.
others_survive() { # DESCRIPTION OF FROM RAGING HEARERS...
	local description=$1 of=$2 raging=$4 from=$3 class before sent
	shift 4
	wait_for 5 are_full
	before=$(reason eth0 "$of")
	hear raging other "$@"
	background storm nsenter --net="/run/netns/$PREFIX-$raging" "$PROBE" flood eth0 100000000 "$(frame_of other "$raging")"
	wait_for 5 dropped_since "$of" "$before"
	for class in arp nd dhcp dhcp6; do
		hear "others-$class" "$class" "$@"
		at "$from" "$PROBE" flood eth0 4 "$(frame_of $class "$from")" >"$WORK/out"
	done
	kill "${processes[storm]}"
	finish storm
	gather
	for class in arp nd dhcp dhcp6; do
		is "$(copies_of "others-$class" $class "$@")" "4 4" "$description: $class survives"
	done
	sent=$(heard storm)
	is $(($(reason eth0 "$of") - before)) $((${sent% *} - $(copies_of raging other "$1"))) "... all that was dropped was the other's"
}
dropped_since() { [ "$(reason eth0 "$1")" -gt "$2" ]; }

unlimited() { # DESCRIPTION FROM FRAME COPIES NS...
	local description=$1 from=$2 frame=$3 copies=$4 before
	shift 4
	hear flood other "$@"
	before=$(reason eth0 storm),$(reason eth0 endpoint-storm)
	at "$from" "$PROBE" flood eth0 500 "$frame" >"$WORK/out"
	gather
	is "$(copies_of flood other "$@")" "$copies" "$description"
	is "$(reason eth0 storm),$(reason eth0 endpoint-storm)" "$before" "... nothing was dropped"
}

from_endpoint() {
	local before sent took copies
	wait_for 5 are_full
	hear flood other wire host b2
	before=$(reason eth0 endpoint-storm)
	read -r sent took < <(at b1 "$PROBE" flood eth0 $FLOOD "$(frame_of other b1)")
	gather
	copies=$(copies_of flood other wire host)
	ok "of an endpoint: limited" within_limit "${copies% *}" $((LIMIT / 2)) "$took"
	is "$copies" "${copies% *} ${copies% *}" "... for the wire and the host alike"
	is $(($(reason eth0 endpoint-storm) - before)) $((sent - ${copies% *})) "... what did not arrive was counted"
	is "$(copies_of flood other b2)" $FLOOD "... a sibling in bridge mode hears all: macvlan has passed it on before"
}

configure ''
agent_start -c "$CONF"
is "$(shown storm)" null "no limit by default"
unlimited "... from the wire" wire "$(frame_of other wire)" "500 500 500" host b1 b2
unlimited "... of an endpoint" b1 "$(frame_of other b1)" "500 500 500" wire host b2

for xdp in native off; do
	# Questions would be steered, or dropped as foreign; here they are a class.
	reload "uplink eth0 { xdp = $xdp storm = $LIMIT }"
	is "$(shown xdp) $(shown storm)" "${xdp/off/none} $LIMIT" "xdp = $xdp"
	from_wire "anything" other $((LIMIT / 2))
	from_wire "ARP" arp $((LIMIT / 4))
	from_wire "ND" nd $((LIMIT / 8))
	from_wire "DHCP" dhcp $((LIMIT / 8))
	from_wire "DHCPv6" dhcp6 $((LIMIT / 8))
	others_survive "a storm from the wire" storm wire wire host b1
	unlimited "unicast is not limited" wire "$(word_frame wire "$(mac b1)" storm)" 500 b1
	unlimited "nor what is for the next port only" wire "$(word_frame wire $LLDP storm)" 500 host
	from_endpoint
	others_survive "a storm of an endpoint" endpoint-storm b1 b1 wire host
	others_survive "a storm of another endpoint" endpoint-storm b2 b1 wire host
	unlimited "the host is not limited" host "$(frame_of other host)" "500 500 500" wire b1 b2
done

reload 'uplink eth0 { storm = 8 }'
from_wire "the least limit" other 4
done_testing
