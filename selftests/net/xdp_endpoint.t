#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Endpoints of kind xdp, beside others: who reaches whom, with which bytes, and what
# a container's own XDP gets. Two hosts, each with its hairpind, on a plain bridge.
# All addresses are in one subnet, so that nothing but the VLAN keeps them apart.
#
#   m1 macvlan bridge   p1 macvlan private   x1 x2 xdp   q1 xdp private
#   y1 y2 xdp, VLAN 50  z1 xdp, VLAN 60                                    x3 xdp  y3 xdp, VLAN 50
#      |                                                                      |
#      eth0 .133 ------------------ br0 .2, wire --------------------- eth0 .134, peer
#   host

. "$(dirname "$0")/questions.sh"
. "$(dirname "$0")/two_hosts.sh"
. "$(dirname "$0")/matrix.sh"

lab_two_hosts m1 p1 x1 x2 q1 y1 y2 z1
netns x3 y3
endpoint_docker m1 eth0 bridge 192.168.14.11/24 fd14::11/64
endpoint_docker p1 eth0 private 192.168.14.12/24 fd14::12/64

configure 'uplink "eth0" { xdp = off }'
agent_start -c "$CONF"
peer_start "$CONF"
add() { # HOST NS NUMBER WORD...
	local on=$1 ns=$2 number=$3 pins=$PINS run=$RUN
	[ "$on" = host ] || pins=$PINS-peer run=$RUN-peer
	shift 3
	at "$on" "$BUILD/hairpin" --pins "$pins" --run "$run" endpoint add "$ns" --kind xdp --netns "$PREFIX-$ns" \
		--mac "$(mac_of "192.168.14.$number")" --address "192.168.14.$number/24" --address "fd14::$number/64" "$@"
}
add host x1 21 --parent eth0
add host x2 22 --parent eth0
add host q1 23 --parent eth0 --mode private
add host y1 31 --parent eth0.50
add host y2 32 --parent eth0.50
add host z1 41 --parent eth0.60
add peer x3 51 --parent eth0
add peer y3 52 --parent eth0.50
# lifecycle.sh has a name for this that matrix.sh has, too.
known() { join_endpoints eth0 fdb key.vlan key.mac value.kind value.endpoint | sed 's/HP_KIND_//'; }
wait_for 5 has "60 $(mac z1) XDP z1" known
peer_knows() { map_rows eth0 fdb key.mac | grep -c . | grep -qx 3; }
PINS=$PINS-peer wait_for 5 peer_knows
SETTLE_NS=m1
stations host m1 p1 x1 x2 q1 y1 y2 z1 wire=wire:br0 peer x3 y3

# ---- who hears whom

everybody() { # HOW
	unicast_is "$1: unicast" <<-'END'
		from  host  m1  p1  x1  x2  q1  y1  y2  z1  wire  peer  x3  y3
		host  -     1   1   1   1   1   0   0   0   1     1     1   0
		m1    1     -   0   1   1   0   0   0   0   1     1     1   0
		p1    1     0   -   0   0   0   0   0   0   1     1     1   0
		x1    1     1   0   -   1   0   0   0   0   1     1     1   0
		x2    1     1   0   1   -   0   0   0   0   1     1     1   0
		q1    1     0   0   0   0   -   0   0   0   1     1     1   0
		y1    0     0   0   0   0   0   -   1   0   0     0     0   1
		y2    0     0   0   0   0   0   1   -   0   0     0     0   1
		z1    0     0   0   0   0   0   0   0   -   0     0     0   0
		wire  1     1   1   1   1   1   0   0   0   -     1     1   0
		peer  1     1   1   1   1   1   0   0   0   1     -     1   0
		x3    1     1   1   1   1   1   0   0   0   1     1     -   0
		y3    0     0   0   0   0   0   1   1   0   0     0     0   -
	END
	group_is "$1: broadcast" $BROADCAST <<<"$groups"
	group_is "$1: IPv6 multicast" 33:33:00:00:00:01 <<<"$groups"
}
# p1 hears x1 and x2: macvlan takes them for stations on the wire.
groups='
	from  host  m1  p1  x1  x2  q1  y1  y2  z1  wire  peer  x3  y3
	host  0     1   1   1   1   1   0   0   0   1     1     1   0
	m1    1     0   0   1   1   0   0   0   0   1     1     1   0
	p1    1     0   0   0   0   0   0   0   0   1     1     1   0
	x1    1     1   1   0   1   0   0   0   0   1     1     1   0
	x2    1     1   1   1   0   0   0   0   0   1     1     1   0
	q1    1     0   0   0   0   0   0   0   0   1     1     1   0
	y1    0     0   0   0   0   0   0   1   0   0     0     0   1
	y2    0     0   0   0   0   0   1   0   0   0     0     0   1
	z1    0     0   0   0   0   0   0   0   0   0     0     0   0
	wire  1     1   1   1   1   1   0   0   0   0     1     1   0
	peer  1     1   1   1   1   1   0   0   0   1     0     1   0
	x3    1     1   1   1   1   1   0   0   0   1     1     0   0
	y3    0     0   0   0   0   0   1   1   0   0     0     0   0'
everybody "xdp off"

reload 'uplink "eth0" { xdp = native }'
everybody "xdp native"
# With VLANs on a veth, XDP has to ask for the tags: Linux 6.8 and later.
if grep -qw bpf_xdp_metadata_rx_vlan_tag /proc/kallsyms; then
	is "$(shown xdp)" native "XDP on the uplink"
	before=$(reason eth0 xdp-port)
	at wire ping -n -q -c 5 -i 0.01 192.168.14.21 >"$WORK/out"
	ok "... by which goes what the wire sends to x1" [ $(($(reason eth0 xdp-port) - before)) -ge 5 ]
else
	skip "XDP on the uplink" "veth has no word for tags (Linux 6.8 and later)"
fi
before=$(packets eth0 x1 rx.wire)
at wire ping -n -q -c 5 -i 0.01 192.168.14.21 >"$WORK/out"
ok "... it is counted as x1's" [ $(($(packets eth0 x1 rx.wire) - before)) -ge 5 ]

# ---- questions: one frame, to the one; before anybody has neighbours to ask after

asks_by host m1 x1 x2
ip4=([host]=192.168.14.133 [wire]=192.168.14.2 [m1]=192.168.14.11 [x1]=192.168.14.21 [x2]=192.168.14.22)
ip6=([host]=fd14::133 [wire]=fd14::2 [m1]=fd14::11 [x1]=fd14::21 [x2]=fd14::22)
mac_at[wire]=02:00:00:00:00:02
asked() { # HOW
	asked_are "$1: questions" <<-'END'
		from  kind  name  host  m1  x1  x2  why
		host  arp   x1    0     0   1   0     host-steer
		host  ns    x1    0     0   1   0     host-steer
		m1    arp   x1    0     0   1   0     endpoint-steer
		m1    ns    x2    0     0   0   1     endpoint-steer
		x1    arp   host  1     0   0   0     endpoint-steer
		x1    ns    m1    0     1   0   0     endpoint-steer
		x1    arp   x2    0     0   0   1     endpoint-steer
		wire  arp   x1    0     0   1   0     steer
		wire  ns    x1    0     0   1   0     steer
		wire  garp  wire  1     1   1   1     -
	END
}
asked "xdp native"
gather
reload 'uplink "eth0" { xdp = off }'
asks_by host m1 x1 x2
asked "xdp off"
gather
reload 'uplink "eth0" { xdp = native }'

# ---- conversations

number_of() { at "$1" ip -4 -br addr show | sed -n 's/.*192.168.14.\([0-9]*\)\/.*/\1/p'; }
reach() { # ok|fails PAIR...
	local how=$1 pair to
	shift
	for pair in "$@"; do
		to=${pair#*:}
		"$how" "${pair%:*} ${how/ok/to} $to" pings "${pair%:*}" "192.168.14.$(number_of "$to")"
		"$how" "... IPv6" pings "${pair%:*}" "fd14::$(number_of "$to")"
	done
}
reach ok host:x1 x1:host x1:m1 m1:x1 x1:x2 q1:host wire:x1 x1:wire x1:peer x1:x3 y1:y2 y1:y3 y3:y1
reach fails y1:host x1:q1

# ---- bytes

listen wire wire frames eth0 all
at y1 ping -n -c 1 -W 1 -M "do" -s 1472 192.168.14.52 >"$WORK/out"
at y1 ping -n -c 1 -W 1 192.168.14.32 >"$WORK/out"
at x1 ping -n -c 1 -W 1 192.168.14.134 >"$WORK/out"
at x1 ping -n -c 1 -W 1 192.168.14.133 >"$WORK/out"
gather
is "$(tags y1 y3)" "0800@8100:50 1514" "y1's frames have VLAN 50 on the wire, and all of the MTU"
is "$(tags y1 y2)" "" "... those to y2 are not there"
is "$(tags x1 peer)" "0800 98" "x1's have no tag"
is "$(tags x1 host)" "" "... those to the host are not there"

for how in native off; do
	reload "uplink \"eth0\" { xdp = $how }"
	is "$(arrives y1 "$(mac y1)" 50)" "host 88b5" "xdp $how: a frame of VLAN 50 comes to y1 without its tag"
	is "$(arrives y1 "$(mac y1)" $((5 << 13 | 50)))" "host 88b5" "... also with a priority"
	is "$(arrives y1 $BROADCAST 50)" "broadcast 88b5" "... a broadcast as well"
	is "$(arrives y1 "$(mac y1)" 60)" "" "... one of VLAN 60 does not"
	is "$(arrives y1 "$(mac y1)" 0)" "" "... nor one of none"
	is "$(arrives y1 $BROADCAST 60)" "" "... no broadcast of VLAN 60"
	is "$(arrives x1 $BROADCAST 50)" "" "x1 hears none of VLAN 50"
done
is "$(leaves y1 $((5 << 13)))" "8100:$((5 << 13 | 50))" "a priority that y1 gives is kept"
is "$(leaves x1 70)" "8100:70" "a tag of x1's own leaves as it is"

# ---- large things

stream() { # DESCRIPTION FROM TO ADDRESS: and the largest frame that TO's device got
	local sent
	listen tap "$3" frames eth0 all
	background server at "$3" "$PROBE" tcp-listen :: 7777
	wait_for 5 hears server
	sent=$(at "$2" timeout $((20 * ${WAIT_FACTOR:-1})) "$PROBE" tcp-send "$4" 7777 5000000)
	finish server
	gather tap
	is "$(heard server)" "$sent" "$1: every byte arrived"
	largest=$(heard tap | awk '$1 == "host" { print $5 }' | sort -n | tail -n 1)
	ok "... frames are not cut up ($largest bytes)" test "$largest" -gt 1514
}
stream "TCP, host to x1" host x1 192.168.14.21
stream "TCP, x1 to the host" x1 host 192.168.14.133
stream "TCP, x1 to m1" x1 m1 192.168.14.11
stream "TCP, m1 to x1" m1 x1 192.168.14.21
stream "TCP, x1 to x2, IPv6" x1 x2 fd14::22
stream "TCP, y1 to y2" y1 y2 192.168.14.32

# ---- a container's own XDP

mkdir "$PINS-echo"
at_end rm -rf "$PINS-echo"
"$BPFTOOL" prog load "$BUILD/selftests/net/foreign/echo.bpf.o" "$PINS-echo/echo" type xdp
echoes() { # FROM: frames that came back
	listen back "$1" frames "$2" 88b5
	at "$1" "$PROBE" send "$2" "$(mac "$3")" "$(mac "$1" "$2")" ping
	settle
	gather
	count back 'ping$'
}
at x1 "$BPFTOOL" net attach xdpdrv pinned "$PINS-echo/echo" dev eth0
for how in native off; do
	reload "uplink \"eth0\" { xdp = $how }"
	is "$(echoes wire br0 x1)" 1 "xdp $how: x1 answers in XDP, the wire"
	is "$(echoes host eth0 x1)" 1 "... the host"
	is "$(echoes m1 eth0 x1)" 1 "... m1"
	is "$(echoes x2 eth0 x1)" 1 "... x2"
	reach ok wire:x1 host:x1
done
at x1 "$BPFTOOL" net detach xdpdrv dev eth0

# A devmap has no BTF.
devices() { "$BPFTOOL" map dump pinned "$PINS/eth0/devices" | grep -c "^key" || true; }
reload 'uplink "eth0" { xdp = native }'
is "$(devices)" 6 "XDP can redirect to all"
# What a device takes, the netdev family tells: Linux 6.3 and later.
if [ -n "$(genl ctrl get name netdev 2>/dev/null)" ]; then
	at x1 ethtool -K eth0 gro off
	has_devices() { [ "$(devices)" = "$1" ]; }
	ok "not to one whose container turned GRO off" wait_for 5 has_devices 5
	reach ok wire:x1 host:x1 x1:wire
	at x1 ethtool -K eth0 gro on
	ok "... until it turns it on" wait_for 5 has_devices 6
	reach ok wire:x1
else
	skip "a container that turns GRO off" "no netdev family"
fi

fails "no errors in the log" logged "error:"
done_testing
