#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# x1's root gives its XDP endpoint the MACs of others. macvlan, which knows nothing of
# XDP endpoints, would not notice: who had the MAC first keeps it, and x1 is cut off.
#
#   x1 xdp   m1 macvlan   y1 xdp, VLAN 50, with m1's MAC
#      |        |            |
#      eth0 .133 ------------------- eth0 .2, wire
#   host

. "$(dirname "$0")/questions.sh"
. "$(dirname "$0")/endpoint.sh"

receives() { at host bridge fdb show dev eth0 | grep "$1 self permanent" >/dev/null; }
known() { stations eth0; }
SETTLE_NS=m1
VICTIM=02:42:c0:a8:0e:0b

# x1's namespace gets the lower number.
lab_new x1
address host eth0 $HOST/24 fd14::133/64
address wire eth0 $GATEWAY/24 fd14::2/64
configure 'uplink "eth0" { xdp = native }'
agent_start -c "$CONF"
at x1 sysctl -qw net.ipv6.conf.default.disable_ipv6=1 # what it says of its own would count
add x1 --kind xdp --parent eth0 --netns "$PREFIX-x1" --address 192.168.14.21/24
wait_served x1
own=$(mac x1)
netns m1 y1
endpoint_docker m1 eth0 bridge 192.168.14.11/24
wait_for 5 has "0 $VICTIM MACVLAN m1" known

m1_is_reached() { # HOW
	listen stolen x1 frames eth0 all
	ok "$1: the wire reaches m1" pings wire 192.168.14.11
	ok "... the host, too" pings host 192.168.14.11
	gather
	is "$(count stolen "^[a-z]+ $VICTIM ")" 0 "... and x1 hears nothing of it"
	ok "... eth0 receives frames for it" receives $VICTIM
}

at x1 ip link set eth0 address $VICTIM
ok "x1 takes m1's MAC, which the log tells" wait_for 5 logged \
	"$PREFIX-x1/eth0: is not served: another station has its MAC, $VICTIM: give it another one"
ok "... m1 keeps it" has "0 $VICTIM MACVLAN m1" known
m1_is_reached "x1 has m1's MAC"
before=$(reason eth0 no-port)
at x1 "$PROBE" inject eth0 "$(hex_mac $BROADCAST)$(hex_mac $VICTIM)88b5$(printf '%092d' 0)"
settle
is $(($(reason eth0 no-port) - before)) 1 "... what x1 sends is dropped"
agent_kill
agent_start -c "$CONF"
ok "hairpind starts anew: m1 keeps it" has "0 $VICTIM MACVLAN m1" known

at x1 ip link set eth0 address "$(mac host)"
ok "x1 takes the host's MAC" wait_for 5 logged "another station has its MAC, $(mac host)"
ok "... the wire reaches the host" pings wire $HOST

at x1 ip link set eth0 address "$own"
ok "x1 takes its own back" wait_for 5 has "0 $own XDP x1" known
ok "... the wire reaches x1" pings wire 192.168.14.21
m1_is_reached "x1 has its own MAC"

add y1 --kind xdp --parent eth0.50 --netns "$PREFIX-y1" --mac $VICTIM
ok "y1 has m1's MAC on VLAN 50" wait_for 5 has "50 $VICTIM XDP y1" known
ok "... m1 has it where it was" has "0 $VICTIM MACVLAN m1" known
del y1
ok "y1 goes" wait_for 5 lacks "50 $VICTIM XDP y1" known
m1_is_reached "without y1"
done_testing
