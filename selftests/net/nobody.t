#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Unicast from the wire to nobody here: XDP drops it where all stations of its VLAN are
# known, and nobody wants to see it. What has no endpoint is left alone.
#
#   b1 .11   b2 .12     the walk-through; c1 and eth0.60 where the kernel has VLANs

. "$(dirname "$0")/questions.sh"
. "$(dirname "$0")/kernel.sh"

NOBODY=02:00:00:00:ff:ff

lab_walkthrough
configure 'uplink eth0 { xdp = native }'

# "HEARD FOREIGN": copies on the host's DEVICE, that it would not take for its own,
# and what was counted as foreign.
to() { # MAC [DEVICE [FRAME-AS-HEX]]
	local device=${2:-eth0} before
	before=$(reason eth0 foreign)
	listen tap host frames "$device"
	if [ -n "${3:-}" ]; then
		at wire "$PROBE" inject eth0 "$3"
	else
		at wire "$PROBE" send "$device" "$1" "$(mac wire)" to-nobody
	fi
	gather tap
	echo "$(count tap "^other $1 .* to-nobody\$") $(($(reason eth0 foreign) - before))"
}
open() { ! closed "$@"; }
of_use() { # what is for somebody is never foreign
	local before
	before=$(reason eth0 foreign)
	ok "... wire to b1" pings wire 192.168.14.11
	ok "... wire to the host" pings wire $HOST
	ok "... wire to b2, IPv6" pings wire fd14::12
	is "$(reason eth0 foreign)" "$before" "... of that, nothing was"
}

agent_start -c "$CONF"
is "$(to $NOBODY)" "0 1" "foreign = auto: dropped"
of_use

at host ip link set eth0 promisc on
ok "eth0 is promiscuous" wait_for 5 open
is "$(to $NOBODY)" "1 0" "... it passes"
of_use
at host ip link set eth0 promisc off
ok "not any more" wait_for 5 closed
is "$(to $NOBODY)" "0 1" "... dropped"

if kernel_has vrf; then
	at host ip link add vrf0 type vrf table 7
	at host ip link set vrf0 up
	at host ip link set eth0 master vrf0
	ok "eth0 has a master" wait_for 5 open
	is "$(to $NOBODY)" "1 0" "... it passes"
	at host ip link set eth0 nomaster
	at host ip link set eth0 promisc off # VRF turned it on: cycle_netdev() takes the flags of dev->flags
	ok "not any more" wait_for 5 closed
	is "$(to $NOBODY)" "0 1" "... dropped"
	at host ip link del vrf0
	address host eth0 fd14::133/64 # that took it
	wait_for 5 has "0 fd14::133 $(mac host) host" neighs eth0
else
	skip "eth0 has a master" "no vrf in this kernel"
fi

# It takes frames by their source, whatever their destination is.
at host ip link add link eth0 name src0 type macvlan mode source
at host ip link set src0 up
ok "an endpoint in mode source" wait_for 5 open
is "$(to $NOBODY)" "1 0" "... it passes"
at host ip link del src0
ok "not any more" wait_for 5 closed

former=$(mac b1)
at b1 ip link set eth0 address 02:00:00:00:0b:01
wait_for 5 has "0 192.168.14.11 02:00:00:00:0b:01 b1" neighs eth0
wait_for 5 agent_sleeps
is "$(to "$former")" "0 1" "b1 has another MAC: the former is nobody's"
of_use
netns b3
endpoint_direct b3 eth0 bridge 192.168.14.13/24
ok "a new endpoint is reached" wait_for 5 pings wire 192.168.14.13
at b3 ip link del eth0
netns_del b3

reload 'uplink eth0 { xdp = native foreign = off }'
is "$(to $NOBODY)" "1 0" "foreign = off: it passes"
of_use
at host ip link set eth0 promisc on
reload 'uplink eth0 { xdp = native foreign = on }'
is "$(to $NOBODY)" "0 1" "foreign = on: dropped, also if eth0 is promiscuous"
of_use
at host ip link set eth0 promisc off
reload 'uplink eth0 { xdp = off foreign = on }'
is "$(to $NOBODY)" "1 0" "xdp = off: the kernel drops it, as ever"

if ! kernel_has vlan; then
	skip "VLANs" "no vlan in this kernel"
	done_testing
	exit 0
fi

# ---- VLANs: b1 and b2 on the bare uplink, c1 on eth0.50, no endpoint on eth0.60, nothing on 70

vlan() {
	at "$1" ip link add link eth0 name "eth0.$2" type vlan id "$2"
	up "$1" "eth0.$2"
}
for ns in host wire; do
	vlan $ns 50
	vlan $ns 60
done
address host eth0.50 192.168.50.133/24
address wire eth0.50 192.168.50.2/24
address host eth0.60 192.168.60.133/24
address wire eth0.60 192.168.60.2/24
netns c1
endpoint_docker c1 eth0.50 bridge 192.168.50.11/24
wait_for 5 has "50 192.168.50.11 $(mac c1) c1" neighs eth0

tagged() { # VLAN MAC: as it is on a wire, which is not how veth's own VLAN devices send it
	"$PROBE" word "$2" "$(mac wire)" "$(printf '8100%04x88b5' "$1")" to-nobody
}
all_vlans() {
	of_use
	ok "... wire to c1" pings wire 192.168.50.11
	ok "... wire to the host's VLAN without endpoints" pings wire 192.168.60.133
	ok "... host to c1" pings host 192.168.50.11
	ok "... c1 to the wire" pings c1 192.168.50.2
}

reload 'uplink eth0 { xdp = native foreign = auto }'
if [ "$(shown xdp)" = none ]; then
	is "$(shown notes)" "no XDP: VLAN tags would be hidden from it" "VLANs: no XDP on a veth whose driver cannot tell the tag"
	all_vlans
	done_testing
	exit 0
fi
is "$(shown xdp)" native "VLANs: XDP sees them"
all_vlans
is "$(to $NOBODY)" "0 1" "to nobody, untagged: dropped"
for how in device wire; do
	frame() { [ $how = device ] || tagged "$@"; }
	is "$(to $NOBODY eth0.50 "$(frame 50 $NOBODY)")" "0 1" "by the $how: on VLAN 50, dropped"
	is "$(to "$(mac b1)" eth0.50 "$(frame 50 "$(mac b1)")")" "0 1" "... so is what is for b1, which is not there"
	is "$(to $NOBODY eth0.60 "$(frame 60 $NOBODY)")" "1 0" "... on VLAN 60, which has no endpoint, it passes"
done
is "$(to "$(mac c1)")" "0 1" "untagged to c1, which is not there: dropped"
is "$(to $NOBODY eth0 "$(tagged 70 $NOBODY)")" "1 0" "on VLAN 70, of which nothing is known, it passes"

# A question is steered on its own VLAN.
asks() { send_question wire "$("$PROBE" arp 1 $BROADCAST "$(mac wire)" 192.168.50.2 $ALL_ZERO 192.168.50.11 | sed "s/^\(.\{24\}\)/\1$1/")"; }
is "$(counted asks 81000032)" "steer 1" "a question for c1 on VLAN 50: steered"
is "$(counted asks '')" "foreign-arp 1" "... untagged: for nobody"
is "$(counted asks 8100003c)" "" "... on VLAN 60: left alone"

at host ip link set eth0.50 promisc on
ok "eth0.50 is promiscuous" wait_for 5 open 50
is "$(to $NOBODY eth0.50)" "1 0" "... it passes"
is "$(to $NOBODY)" "0 1" "... untagged, dropped"
done_testing
