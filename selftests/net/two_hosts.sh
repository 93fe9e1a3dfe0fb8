# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Two hosts, each with its hairpind, on a plain bridge; all addresses are in one subnet, so
# that nothing but the VLAN keeps them apart. Source it after lifecycle.sh.
#
#	host eth0 .133 --- br0 .2, namespace wire --- eth0 .134 peer
#
#	lab_two_hosts NS...		those of host; wire and peer come along
#	peer_start CONF			the hairpind of peer, which ends with the test
#	tags FROM TO			of the echo requests that `listen wire` heard, eth0 of both
#	vlan_frame TO FROM TCI PAYLOAD	as hex, for `probe inject`
#	arrives NS TO TCI		what NS hears of a frame with that tag from the wire
#	leaves NS TCI			what is on the wire of a broadcast to which NS gave that tag

lab_two_hosts() {
	lab_new "$@"
	netns peer
	at wire ip link add br0 type bridge mcast_snooping 0
	at wire ip link set br0 address 02:00:00:00:00:02 up
	at wire ip link set eth0 master br0
	ip link add peer0 netns "$PREFIX-wire" type veth peer name eth0 netns "$PREFIX-peer"
	at wire ip link set peer0 master br0 up
	up peer eth0
	address host eth0 192.168.14.133/24 fd14::133/64
	address peer eth0 192.168.14.134/24 fd14::134/64
	address wire br0 192.168.14.2/24 fd14::2/64
	at_end rm -rf "$PINS-peer" "$RUN-peer"
}

peer_is_ready() { grep -q 'ready: ' "$WORK/peer.log"; }
peer_start() {
	: >"$WORK/peer.log"
	nsenter --net="/run/netns/$PREFIX-peer" "$BUILD/hairpind" --pins "$PINS-peer" --run "$RUN-peer" \
		-c "$1" >"$WORK/peer.log" 2>&1 &
	# shellcheck disable=SC2034,SC2154 # of lib.sh
	processes[peer]=$!
	wait_for 10 peer_is_ready
}

tags() {
	heard wire | awk -v from="$(mac "$1")" -v to="$(mac "$2")" '$2 == to && $3 == from && substr($6, 41, 2) == "08" { print $4, $5 }'
}

vlan_frame() { echo "$(hex_mac "$1")$(hex_mac "$2")8100$(printf %04x "$3")$4"; }
SEEN=88b5$(printf %s seen | od -An -tx1 | tr -d ' \n')$(printf "%068d" 0)
arrives() {
	listen "$1" "$1" frames eth0 all
	at wire "$PROBE" inject eth0 "$(vlan_frame "$2" 02:00:00:00:00:02 "$3" "$SEEN")"
	gather
	heard "$1" | awk '/seen|7365656e/ { print $1, $4 }'
}
leaves() {
	listen wire wire frames eth0 all
	at "$1" "$PROBE" inject eth0 "$(vlan_frame "$BROADCAST" "$(mac "$1")" "$2" "$SEEN")"
	gather
	# On 6.1, a priority tag in the payload stays there, behind the new one.
	heard wire | awk '/seen|7365656e/ { sub(/.*@/, "", $4); print $4 }'
}
