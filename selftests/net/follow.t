#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Endpoints and uplinks come, change and go while hairpind runs: the maps tell
# the truth again at once, and the traffic follows.
#
#   b1 (Docker's way)   b2 (Podman's way)   b3, a process
#        |                   |                 |
#   host +-------------------+-----------------+
#        |
#   eth0 192.168.14.133 --------------------------- eth0 192.168.14.2  wire

. "$(dirname "$0")/lifecycle.sh"

lab_new b1 b3
address host eth0 $HOST/24 fd14::133/64
address wire eth0 $GATEWAY/24
agent_start
ok "nothing to serve yet" logged 'ready: 0 uplinks, 0 endpoints'

# Within the deadline of any wait below; the first answer must come.
reaches() { # NS ADDRESS [ADDRESS6]
	ok "... the host reaches it" pings host "$2"
	ok "... it reaches the host" pings "$1" $HOST
	[ $# -lt 3 ] || ok "... over IPv6" pings host "$3"
	ok "... and the wire" pings "$1" $GATEWAY
}
becomes() { # DESCRIPTION LINE COMMAND...
	local description=$1
	shift
	ok "$description" wait_for 5 has "$@"
	wait_for 5 agent_sleeps
}
vanishes() { # DESCRIPTION LINE COMMAND...
	local description=$1
	shift
	ok "$description" wait_for 5 lacks "$@"
	wait_for 5 agent_sleeps
}
# Its name would go with its netns: what counts is that nothing else is left than before.
listed_are() { [ "$(endpoints eth0 | xargs)" = "$*" ]; }
left_are() { # DESCRIPTION ENDPOINT...
	local description=$1
	shift
	ok "$description" wait_for 5 listed_are "${@/%/ up BRIDGE}"
	is "$(stations eth0 | wc -l)" $(($# + 1)) "... and no MAC more"
	is "$(map_rows eth0 neigh key.family value.kind | grep -c '^2 HP_KIND_MACVLAN')" $# "... nor address"
}

# ---- endpoints

endpoint_docker b1 eth0 bridge 192.168.14.11/24 fd14::11/64
becomes "made in the host and moved: it is a station" "0 02:42:c0:a8:0e:0b MACVLAN b1" stations eth0
becomes "... listed" "b1/eth0 up BRIDGE" endpoints eth0
becomes "... with its address" "0 192.168.14.11 02:42:c0:a8:0e:0b b1" neighs eth0
becomes "... and IPv6" "0 fd14::11 02:42:c0:a8:0e:0b b1" neighs eth0
reaches b1 192.168.14.11 fd14::11

agent_pause # it gives an id to every netns that it finds
netns b2
endpoint_podman b2 eth0 bridge 192.168.14.12/24 fd14::12/64
agent_continue
becomes "made in a netns without an id: it is a station" "0 02:42:c0:a8:0e:0c MACVLAN b2" stations eth0
becomes "... with its address" "0 192.168.14.12 02:42:c0:a8:0e:0c b2" neighs eth0
becomes "... and IPv6" "0 fd14::12 02:42:c0:a8:0e:0c b2" neighs eth0
reaches b2 192.168.14.12 fd14::12
id=$(id_of eth0 b2)

at b2 ip link set eth0 address 02:00:00:00:0b:02
becomes "another MAC: it is the station" "0 02:00:00:00:0b:02 MACVLAN b2" stations eth0
vanishes "... and the former is none" "0 02:42:c0:a8:0e:0c MACVLAN b2" stations eth0
becomes "... its address goes along" "0 192.168.14.12 02:00:00:00:0b:02 b2" neighs eth0
is "$(id_of eth0 b2)" "$id" "... the id stays"
reaches b2 192.168.14.12 fd14::12

address b2 eth0 192.168.14.22/24 fd14::22/64
becomes "an address more" "0 192.168.14.22 02:00:00:00:0b:02 b2" neighs eth0
becomes "... and one of IPv6" "0 fd14::22 02:00:00:00:0b:02 b2" neighs eth0
reaches b2 192.168.14.22 fd14::22
at b2 ip addr del 192.168.14.12/24 dev eth0 # takes .22 with it, which is secondary
vanishes "an address less" "0 192.168.14.12 02:00:00:00:0b:02 b2" neighs eth0
vanishes "... and the one that hung on it" "0 192.168.14.22 02:00:00:00:0b:02 b2" neighs eth0
address b2 eth0 192.168.14.32/24
becomes "another in its place" "0 192.168.14.32 02:00:00:00:0b:02 b2" neighs eth0
reaches b2 192.168.14.32

at b2 ip link set eth0 down
becomes "down: it stays listed" "b2/eth0 down BRIDGE" endpoints eth0
is "$(entries_of eth0 b2)" 0 "... without MAC and addresses"
ok "... b1 is not affected" pings host 192.168.14.11
at b2 ip link set eth0 up
becomes "up again" "0 192.168.14.32 02:00:00:00:0b:02 b2" neighs eth0
is "$(id_of eth0 b2)" "$id" "... with its id"
reaches b2 192.168.14.32

at b2 ip link set eth0 type macvlan mode private
becomes "another mode" "b2/eth0 up PRIVATE" endpoints eth0
at b2 ip link set eth0 type macvlan mode bridge
becomes "and back" "b2/eth0 up BRIDGE" endpoints eth0

at b2 ip link set eth0 netns "$PREFIX-b3"
address b3 eth0 192.168.14.13/24
up b3 eth0
becomes "moved to another netns" "b3/eth0 up BRIDGE" endpoints eth0
vanishes "... and gone from its own" "b2/eth0 up BRIDGE" endpoints eth0
becomes "... a station there" "0 02:00:00:00:0b:02 MACVLAN b3" stations eth0
reaches b3 192.168.14.13

at b3 ip link del eth0
left_are "deleted: b1 is left" b1/eth0
endpoint_direct b3 eth0 bridge 192.168.14.13/24
becomes "made again where one was deleted" "0 192.168.14.13 $(mac_of 192.168.14.13) b3" neighs eth0
reaches b3 192.168.14.13
netns_del b3
left_are "its netns is deleted: b1 is left" b1/eth0

netns b2a
endpoint_direct b2a eth0 bridge 192.168.14.42/24
becomes "a netns more" "0 192.168.14.42 $(mac_of 192.168.14.42) b2a" neighs eth0
netns_del b2a # its nsid is free, and the next one gets it
netns b2b
endpoint_direct b2b eth0 bridge 192.168.14.43/24
becomes "the next one, at once" "0 192.168.14.43 $(mac_of 192.168.14.43) b2b" neighs eth0
left_are "... in place of the former" b1/eth0 b2b/eth0
reaches b2b 192.168.14.43
netns_del b2b

# ---- a netns that only a process holds

background process nsenter --net="/run/netns/$PREFIX-host" unshare --net sleep 100
process=${processes[process]}
in_own_netns() { [ "$(cat "/proc/$process/comm")" = sleep ]; }
wait_for 5 in_own_netns
inside() { nsenter --net="/proc/$process/ns/net" "$@"; }
at host ip link add link eth0 name mv9 address "$(mac_of 192.168.14.19)" type macvlan mode bridge
at host ip link set mv9 netns "$process"
inside ip link set mv9 up
inside ip addr add 192.168.14.19/24 dev mv9
becomes "in a process's netns" "$process/sleep/mv9 up BRIDGE" endpoints eth0
becomes "... with its address" "0 192.168.14.19 $(mac_of 192.168.14.19) $process/sleep" neighs eth0
ok "... the host reaches it" pings host 192.168.14.19
kill "$process"
finish process 2>/dev/null || true
left_are "... and gone with the process" b1/eth0

# ---- the uplink

at host ip link set eth0 address 02:00:00:00:ff:85
becomes "the uplink's MAC" "0 02:00:00:00:ff:85 HOST host" stations eth0
becomes "... its address goes along" "0 192.168.14.133 02:00:00:00:ff:85 host" neighs eth0
vanishes "... and the former is none" "0 02:00:00:00:00:85 HOST host" stations eth0
is "$(segment eth0 0 host_mac)" "02:00:00:00:ff:85" "... on the segment as well"
reaches b1 192.168.14.11 fd14::11

address host eth0 192.168.14.134/24
becomes "an address more on the host" "0 192.168.14.134 02:00:00:00:ff:85 host" neighs eth0
at host ip addr del 192.168.14.134/24 dev eth0
vanishes "... and less" "0 192.168.14.134 02:00:00:00:ff:85 host" neighs eth0

at host ip link set eth0 mtu 9000
at b1 ip link set eth0 mtu 9000
ok "jumbo frames once the MTU is up" pings host 192.168.14.11 -M "do" -s 8972
at host ip link set eth0 mtu 1500
fails "... not any more when it is down" pings host 192.168.14.11 -M "do" -s 8972
ok "... what fits passes" pings host 192.168.14.11 -M "do" -s 1472

at host ip link set eth0 down
up host eth0
address host eth0 fd14::133/64 # going down takes it
becomes "down and up" "0 fd14::133 02:00:00:00:ff:85 host" neighs eth0
reaches b1 192.168.14.11 fd14::11

# Before Linux 6.2 a device must be down for that, which takes its IPv6 address.
rename() { # DEVICE NAME
	at host ip link set "$1" name "$2" 2>"$WORK/rename" && return
	at host ip link set "$1" down
	at host ip link set "$1" name "$2"
	up host "$2"
	address host "$2" fd14::133/64
}

id=$(id_of eth0 b1)
rename eth0 lan0
ok "another name: the pins follow" wait_for 5 test -e "$PINS/lan0/fdb"
wait_for 5 agent_sleeps
ok "... and nothing stays behind" gone "$PINS/eth0"
becomes "... the host is where it is" "0 192.168.14.133 02:00:00:00:ff:85 host" neighs lan0
is "$(map_rows lan0 endpoints value.parent | sort -u)" lan0 "... everybody's parent has the new name"
is "$(id_of lan0 b1)" "$id" "... ids stay"
reaches b1 192.168.14.11 fd14::11
rename lan0 eth0
ok "... and back" wait_for 5 test -e "$PINS/eth0/fdb"

at host ip link del eth0 # with it b1's device
ok "deleted: its pins go" wait_for 5 gone "$PINS/eth0"
fails "... which is no error" logged "error:"
uplink eth0
address host eth0 $HOST/24
address wire eth0 $GATEWAY/24
endpoint_direct b1 eth0 bridge 192.168.14.11/24
becomes "back under the same name: served again" "0 192.168.14.11 02:42:c0:a8:0e:0b b1" neighs eth0
reaches b1 192.168.14.11

at b1 ip link del eth0
ok "the last endpoint goes: so do programs and pins" wait_for 5 gone "$PINS/eth0"
fails "no errors in the log" logged "error:"
done_testing
