#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# All modes on one segment: who reaches whom, with unicast and with group
# frames, without hairpind and with it, reflect off and on.
#
#   b1 b2 bridge   v1 v2 vepa   p1 p2 private   s1 source (allows host, wire)
#        |              |            |               |
#   host +--------------+------------+---------------+
#        |
#   eth0 ------------------------------------------- eth0  wire
#
# s1 hears all frames of an allowed source, so also what the wire sends to the
# host: that is the +1 below, and macvlan's doing.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/matrix.sh"

GROUP=01:00:5e:00:00:fb

lab_new b1 b2 v1 v2 p1 p2 s1
address host eth0 $HOST/24 fd14::133/64
endpoint_docker b1 eth0 bridge 192.168.14.11/24 fd14::11/64
endpoint_docker b2 eth0 bridge 192.168.14.12/24 fd14::12/64
endpoint_docker v1 eth0 vepa 192.168.14.21/24 fd14::21/64
endpoint_docker v2 eth0 vepa 192.168.14.22/24 fd14::22/64
endpoint_docker p1 eth0 private 192.168.14.31/24 fd14::31/64
endpoint_docker p2 eth0 private 192.168.14.32/24 fd14::32/64
endpoint_docker s1 eth0 source 192.168.14.41/24 fd14::41/64
at s1 ip link set eth0 type macvlan macaddr set "$(mac host)" "$(mac wire)"
stations host wire b1 b2 v1 v2 p1 p2 s1
for ns in b1 b2 v1 v2 p1 p2 s1; do at $ns ip maddr add $GROUP dev eth0; done

unicast_is "unicast without hairpind" <<'END'
	from  host  wire  b1  b2  v1  v2  p1  p2  s1
	host  -     1     0w  0w  0w  0w  0w  0w  0w
	wire  1+1   -     1   1   1   1   1   1   1
	b1    0w    1     -   1   0w  0w  0w  0w  0w
	b2    0w    1     1   -   0w  0w  0w  0w  0w
	v1    0w    1     0w  0w  -   0w  0w  0w  0w
	v2    0w    1     0w  0w  0w  -   0w  0w  0w
	p1    0w    1     0w  0w  0w  0w  -   0w  0w
	p2    0w    1     0w  0w  0w  0w  0w  -   0w
	s1    0w    1     0w  0w  0w  0w  0w  0w  -
END
groups_without='
	from  host  wire  b1  b2  v1  v2  p1  p2  s1
	host  0     1     0   0   0   0   0   0   0
	wire  1     0     1   1   1   1   1   1   1
	b1    0     1     0   1   0   0   0   0   0
	b2    0     1     1   0   0   0   0   0   0
	v1    0     1     0   0   0   0   0   0   0
	v2    0     1     0   0   0   0   0   0   0
	p1    0     1     0   0   0   0   0   0   0
	p2    0     1     0   0   0   0   0   0   0
	s1    0     1     0   0   0   0   0   0   0'
group_is "broadcast without hairpind" $BROADCAST <<<"$groups_without"
group_is "multicast without hairpind" $GROUP <<<"$groups_without"
fails "p1 to the host" pings p1 $HOST
fails "host to v1" pings host 192.168.14.21

agent_start
unicast_is "unicast, reflect off" <<'END'
	from  host  wire  b1  b2  v1  v2  p1  p2  s1
	host  -     1     1   1   1   1   1   1   1
	wire  1+1   -     1   1   1   1   1   1   1
	b1    1     1     -   1   0w  0w  0w  0w  0w
	b2    1     1     1   -   0w  0w  0w  0w  0w
	v1    1     1     0w  0w  -   0w  0w  0w  0w
	v2    1     1     0w  0w  0w  -   0w  0w  0w
	p1    1     1     0w  0w  0w  0w  -   0w  0w
	p2    1     1     0w  0w  0w  0w  0w  -   0w
	s1    1     1     0w  0w  0w  0w  0w  0w  -
END
# s1 gets the host's group frames as other hosts' (macvlan keeps the packet type
# in source mode), so it does not hear them. What is steered to it, it hears.
groups_off='
	from  host  wire  b1  b2  v1  v2  p1  p2  s1
	host  0     1     1   1   1   1   1   1   0
	wire  1     0     1   1   1   1   1   1   1
	b1    1     1     0   1   0   0   0   0   0
	b2    1     1     1   0   0   0   0   0   0
	v1    1     1     0   0   0   0   0   0   0
	v2    1     1     0   0   0   0   0   0   0
	p1    1     1     0   0   0   0   0   0   0
	p2    1     1     0   0   0   0   0   0   0
	s1    1     1     0   0   0   0   0   0   0'
group_is "broadcast, reflect off" $BROADCAST <<<"$groups_off"
group_is "multicast, reflect off" $GROUP <<<"$groups_off"

both_ways() { # DESCRIPTION NS IPV4 IPV6
	ok "host to $1" pings host "$3"
	ok "$1 to the host" pings "$2" $HOST
	ok "host to $1, IPv6" pings host "$4"
	ok "$1 to the host, IPv6" pings "$2" fd14::133
}
both_ways vepa v1 192.168.14.21 fd14::21
both_ways private p1 192.168.14.31 fd14::31
both_ways source s1 192.168.14.41 fd14::41
fails "v1 to v2" pings v1 192.168.14.22
agent_stop

echo 'uplink "eth0" { reflect = true }' >"$WORK/reflect.conf"
agent_start -c "$WORK/reflect.conf"
unicast_is "unicast, reflect on" <<'END'
	from  host  wire  b1  b2  v1  v2  p1  p2  s1
	host  -     1     1   1   1   1   1   1   1
	wire  1+1   -     1   1   1   1   1   1   1
	b1    1     1     -   1   1   1   0w  0w  0w
	b2    1     1     1   -   1   1   0w  0w  0w
	v1    1     1     1   1   -   1   0w  0w  0w
	v2    1     1     1   1   1   -   0w  0w  0w
	p1    1     1     0w  0w  0w  0w  -   0w  0w
	p2    1     1     0w  0w  0w  0w  0w  -   0w
	s1    1     1     0w  0w  0w  0w  0w  0w  -
END
groups_on='
	from  host  wire  b1  b2  v1  v2  p1  p2  s1
	host  0     1     1   1   1   1   1   1   0
	wire  1     0     1   1   1   1   1   1   1
	b1    1     1     0   1   1   1   0   0   0
	b2    1     1     1   0   1   1   0   0   0
	v1    1     1     1   1   0   1   0   0   0
	v2    1     1     1   1   1   0   0   0   0
	p1    1     1     0   0   0   0   0   0   0
	p2    1     1     0   0   0   0   0   0   0
	s1    1     1     0   0   0   0   0   0   0'
group_is "broadcast, reflect on" $BROADCAST <<<"$groups_on"
group_is "multicast, reflect on" $GROUP <<<"$groups_on"
ok "v1 to v2" pings v1 192.168.14.22
ok "v1 to v2, IPv6" pings v1 fd14::22
ok "v1 to b1" pings v1 192.168.14.11
ok "b1 to v1, IPv6" pings b1 fd14::21
fails "p1 to p2" pings p1 192.168.14.32

is "$(map_rows eth0 endpoints value.netns value.mode | sed "s/^$PREFIX-//")" "host HP_MODE_NONE
b1 HP_MODE_BRIDGE
b2 HP_MODE_BRIDGE
p1 HP_MODE_PRIVATE
p2 HP_MODE_PRIVATE
s1 HP_MODE_SOURCE
v1 HP_MODE_VEPA
v2 HP_MODE_VEPA" "the modes are listed"

done_testing
