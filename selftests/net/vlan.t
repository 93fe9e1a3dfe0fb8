#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# VLAN devices as parents, in the course of time: what the maps and the CLI say
# of them, and that the traffic follows.
#
#   a1 .13.11   b1 .14.11   c1 .216.10, c2 .218.10   d1 .70.11
#      |           |               |                    |
#   eth0 .13.133  eth0.50 .14.133  eth0.218 .216.133    eth0.70, no address   host
#      |                                    .218.133
#      +--------------------------------------------- the same, .1 and .2     wire

. "$(dirname "$0")/lifecycle.sh"
. "$(dirname "$0")/trunk.sh"

needs vlan
lab_new a1 b1 c1 c2 d1
for vid in 50 218 70; do
	vlan host $vid
	vlan wire $vid
done
address host eth0 192.168.13.133/24
address host eth0.50 192.168.14.133/24 fd14::133/64
address host eth0.218 192.168.216.133/24 192.168.218.133/24
address wire eth0 192.168.13.2/24
address wire eth0.50 192.168.14.2/24
address wire eth0.218 192.168.216.1/24 192.168.218.1/24
address wire eth0.70 192.168.70.2/24
endpoint_docker a1 eth0 bridge 192.168.13.11/24
endpoint_docker b1 eth0.50 bridge 192.168.14.11/24 fd14::11/64
endpoint_docker c1 eth0.218 bridge 192.168.216.10/24
endpoint_docker c2 eth0.218 bridge 192.168.218.10/24
endpoint_docker d1 eth0.70 bridge 192.168.70.11/24

with_wire() { # WITH|WITHOUT
	local pair
	for pair in a1:192.168.13.2 b1:192.168.14.2 c1:192.168.216.1 c2:192.168.218.1 d1:192.168.70.2; do
		ok "$1 hairpind: ${pair%:*} to the wire" pings "${pair%:*}" "${pair#*:}"
	done
}

with_host() { # ok|fails
	local pair
	for pair in host:192.168.13.11 host:192.168.14.11 host:192.168.216.10 host:192.168.218.10 \
		a1:192.168.13.133 b1:192.168.14.133 c1:192.168.216.133 c2:192.168.218.133; do
		"$1" "${pair%:*} to ${pair#*:}" pings "${pair%:*}" "${pair#*:}"
	done
}

with_wire without
with_host fails
agent_start
with_wire with
with_host ok

# ---- what is said of them

host=02:00:00:00:00:85
is "$(stations eth0)" "0 $host HOST host
0 $(mac a1) MACVLAN a1
218 $host HOST host
218 $(mac c1) MACVLAN c1
218 $(mac c2) MACVLAN c2
50 $host HOST host
50 $(mac b1) MACVLAN b1
70 $host HOST host
70 $(mac d1) MACVLAN d1" "fdb: every MAC under its VLAN"
is "$(neighs eth0 | grep -F 192.)" "0 192.168.13.11 $(mac a1) a1
0 192.168.13.133 $host host
218 192.168.216.10 $(mac c1) c1
218 192.168.216.133 $host host
218 192.168.218.10 $(mac c2) c2
218 192.168.218.133 $host host
50 192.168.14.11 $(mac b1) b1
50 192.168.14.133 $host host
70 192.168.70.11 $(mac d1) d1" "neigh: every address under its VLAN; none of the host's on eth0.70"
cli() { at host "$BUILD/hairpin" --pins "$PINS" --run "$RUN" "$@"; }
shows() { # PATTERN COMMAND...
	local pattern=$1
	shift
	cli "$@" | grep -E -- "$pattern" >/dev/null
}
ok "hairpin fdb: b1's" shows "eth0 +50 +$(mac b1) " fdb
ok "hairpin neigh: c2's" shows "eth0 +218 +192\.168\.218\.10 +$(mac c2) " neigh
fails "... under no other VLAN" shows "eth0 +(0|-|50|70) +192\.168\.218\.10 " neigh

# ---- they change

changes() { # DESCRIPTION LINE COMMAND...
	local description=$1
	shift
	ok "$description" wait_for 5 has "$@"
	wait_for 5 agent_sleeps
	ok "... host to b1" pings host 192.168.14.11
	ok "... b1 to the host" pings b1 192.168.14.133
	ok "... b1 to the host, IPv6" pings b1 fd14::133
	ok "... b1 to the wire" pings b1 192.168.14.2
	ok "... host to a1" pings host 192.168.13.11
}

at host ip link set eth0.50 address 02:00:00:00:50:85
changes "a MAC of its own" "50 02:00:00:00:50:85 HOST host" stations eth0
ok "... eth0 keeps its own" has "0 $host HOST host" stations eth0
ok "... addresses go along" has "50 192.168.14.133 02:00:00:00:50:85 host" neighs eth0

at host ip link set eth0.50 type vlan reorder_hdr off
changes "tags in the frame itself" "50 02:00:00:00:50:85 HOST host" stations eth0
at host ip link set eth0.50 type vlan reorder_hdr on

parent_of() { map_rows eth0 endpoints value.netns value.parent | short; }
# Before Linux 6.2 only a device that is down can be renamed. Going down takes IPv6 addresses.
rename() {
	at host ip link set "$1" down
	at host ip link set "$1" name "$2"
	up host "$2"
	address host "$2" fd14::133/64
}
rename eth0.50 lan50
changes "another name" "b1 lan50" parent_of
rename lan50 eth0.50
wait_for 5 has "b1 eth0.50" parent_of

at host ip link del eth0.50 # and b1's device with it
ok "deleted: b1 is no station" wait_for 5 lacks "50 $(mac_of 192.168.14.11) MACVLAN b1" stations eth0
ok "... nor the host" wait_for 5 lacks "50 02:00:00:00:50:85 HOST host" stations eth0
ok "... host to a1" pings host 192.168.13.11
vlan host 50
address host eth0.50 192.168.14.133/24 fd14::133/64
endpoint_docker b1 eth0.50 bridge 192.168.14.11/24 fd14::11/64
ok "made again: b1 is a station" wait_for 5 has "50 $(mac_of 192.168.14.11) MACVLAN b1" stations eth0
changes "... with its IPv6 address" "50 fd14::11 $(mac_of 192.168.14.11) b1" neighs eth0

address host eth0.70 192.168.70.133/24
ok "an address on the VLAN that had none" wait_for 5 has "70 192.168.70.133 $host host" neighs eth0
ok "... host to d1" pings host 192.168.70.11
ok "... d1 to the host" pings d1 192.168.70.133
at host ip addr flush dev eth0.50
ok "... and none on the one that had" wait_for 5 lacks "50 192.168.14.133 $host host" neighs eth0
ok "... b1 to the wire" pings b1 192.168.14.2
fails "no errors in the log" logged "error:"
done_testing
