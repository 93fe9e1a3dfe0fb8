#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The walk-through's 802.1Q trunk. v2 and w2 have the same MAC, and so have the
# host's two VLAN devices.
#
#   v1 .14.11  v2 .14.12     w1 .15.11  w2 .15.12
#        |          |             |          |
#   eth0.50 192.168.14.133   eth0.60 192.168.15.133    host
#             \                /
#              eth0 ---------------- the switch of trunk.sh, with trk and acc

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/matrix.sh"
. "$(dirname "$0")/trunk.sh"

lab_trunk v1 v2 w1 w2
address host eth0.50 192.168.14.133/24 fd14::133/64
address host eth0.60 192.168.15.133/24 fd15::133/64
endpoint_docker v1 eth0.50 bridge 192.168.14.11/24 fd14::11/64
endpoint_docker v2 eth0.50 bridge 192.168.14.12/24 fd14::12/64
endpoint_docker w1 eth0.60 bridge 192.168.15.11/24 fd15::11/64
endpoint_docker w2 eth0.60 bridge 192.168.15.12/24 fd15::12/64
at w2 ip link set eth0 address "$(mac v2)"
# macvlan has a queue for group frames on each parent.
settle() {
	at trk "$PROBE" barrier "$PREFIX-trk" eth0.50 "$PREFIX-v1" eth0
	at trk "$PROBE" barrier "$PREFIX-trk" eth0.60 "$PREFIX-w1" eth0
}
stations host=host:eth0.50 v1 v2 wire=trk:eth0.50 acc host60=host:eth0.60 w1 w2 wire60=trk:eth0.60

worked_before() { # WITH|WITHOUT
	local pair
	for pair in v1:192.168.14.12 v2:fd14::11 w1:192.168.15.12 w2:fd15::11 \
		v1:192.168.14.2 v2:192.168.14.3 w1:192.168.15.2 trk:fd14::12 acc:192.168.14.11 trk:fd15::12 \
		host:192.168.14.2 host:192.168.14.3 host:fd15::2 acc:fd14::133 trk:192.168.15.133; do
		ok "$1 hairpind: ${pair%%:*} to ${pair#*:}" pings "${pair%%:*}" "${pair#*:}"
	done
}

host_and_endpoints() { # ok|fails
	local pair
	for pair in host:192.168.14.11 host:fd14::12 host:192.168.15.12 host:fd15::11 \
		v1:192.168.14.133 v2:fd14::133 w2:192.168.15.133 w1:fd15::133; do
		"$1" "${pair%%:*} to ${pair#*:}" pings "${pair%%:*}" "${pair#*:}"
	done
}

# With a route and a neighbour entry that lead into the other VLAN by force.
across() { # FROM DEVICE ADDRESS MAC
	at "$1" ip route replace "$3/32" dev "$2"
	at "$1" ip neigh replace "$3" lladdr "$4" nud permanent dev "$2"
	fails "$1 on $2 does not reach $3" at "$1" ping -n -c 1 -W 1 "$3"
	at "$1" ip route del "$3/32" dev "$2"
	at "$1" ip neigh del "$3" dev "$2"
}

apart() {
	across v1 eth0 192.168.15.11 "$(mac w1)"
	across w1 eth0 192.168.14.11 "$(mac v1)"
	across host eth0.60 192.168.14.11 "$(mac v1)"
}

# A frame to the host's MAC in the other VLAN is for the host's MAC in this one,
# hence +1; the same with v2 and w2. The switch has heard everybody by then, and floods nothing that it knows: a
# frame for a station that is behind the host's port ends there.
groups_without='
	from    host  v1  v2  wire  acc  host60  w1  w2  wire60
	host    0     0   0   1     1    0       0   0   0
	v1      0     0   1   1     1    0       0   0   0
	v2      0     1   0   1     1    0       0   0   0
	wire    1     1   1   0     1    0       0   0   0
	acc     1     1   1   1     0    0       0   0   0
	host60  0     0   0   0     0    0       0   0   1
	w1      0     0   0   0     0    0       0   1   1
	w2      0     0   0   0     0    0       1   0   1
	wire60  0     0   0   0     0    1       1   1   0'
group_is "broadcast without hairpind" $BROADCAST <<<"$groups_without"
unicast_is "unicast without hairpind" <<'END'
	from    host  v1  v2   wire  acc  host60  w1  w2   wire60
	host    -     0   0    1     1    0       0w  0    0w+1
	v1      0     -   1    1     1    0       0w  0+1  0w+1
	v2      0     1   -    1     1    0       0w  0+1  0w+1
	wire    1     1   1    -     1    0+1     0   0+1  0
	acc     1     1   1    1     -    0+1     0w  0+1  0w+1
	host60  0     0   0    0+1   0    -       0   0    1
	w1      0     0   0+1  0+1   0    0       -   1    1
	w2      0     0   0+1  0+1   0    0       1   -    1
	wire60  0+1   0   0+1  0     0    1       1   1    -
END
worked_before without
host_and_endpoints fails

agent_start
worked_before with
host_and_endpoints ok
apart

group_is "broadcast with hairpind" $BROADCAST <<'END'
	from    host  v1  v2  wire  acc  host60  w1  w2  wire60
	host    0     1   1   1     1    0       0   0   0
	v1      1     0   1   1     1    0       0   0   0
	v2      1     1   0   1     1    0       0   0   0
	wire    1     1   1   0     1    0       0   0   0
	acc     1     1   1   1     0    0       0   0   0
	host60  0     0   0   0     0    0       1   1   1
	w1      0     0   0   0     0    1       0   1   1
	w2      0     0   0   0     0    1       1   0   1
	wire60  0     0   0   0     0    1       1   1   0
END
unicast_is "unicast with hairpind" <<'END'
	from    host  v1  v2   wire  acc  host60  w1  w2   wire60
	host    -     1   1    1     1    0       0w  0+1  0w+1
	v1      1     -   1    1     1    0+1     0w  0+1  0w+1
	v2      1     1   -    1     1    0+1     0w  0+1  0w+1
	wire    1     1   1    -     1    0+1     0   0+1  0
	acc     1     1   1    1     -    0+1     0w  0+1  0w+1
	host60  0     0   0+1  0+1   0    -       1   1    1
	w1      0+1   0   0+1  0+1   0    1       -   1    1
	w2      0+1   0   0+1  0+1   0    1       1   -    1
	wire60  0+1   0   0+1  0     0    1       1   1    -
END

# ---- tags, as they are on the trunk and in what is turned round

at host ip link set eth0.50 type vlan egress-qos-map 6:5
at host ip link set eth0.60 type vlan egress-qos-map 6:2
at v1 ip neigh flush all
at host ip neigh flush all
pings v1 192.168.14.2 >"$WORK/out"
pings w1 192.168.15.2 >"$WORK/out"
pings host 192.168.14.11 >"$WORK/out"
pings host 192.168.15.2 >"$WORK/out"

# SRC DST TAG of echo requests, TAG is TPID:VID/priority. TOS 0x10 is skb priority 6.
requests() {
	heard "$1" | awk -v from="$2" '$1 == from && substr($6, 41, 2) == "08" {
		split($4, tag, /[@:]/)
		printf "%s %s %s:%d/%d\n", $3, $2, tag[2], tag[3] % 4096, int(tag[3] / 8192)
	}'
}
on_trunk() { # NS ADDRESS TOS
	listen wire wire frames eth0 all
	listen host host frames eth0 all
	at "$1" ping -n -c 1 -W 1 -Q "$3" "$2" >"$WORK/out"
	gather
}
on_trunk v1 192.168.14.2 0
is "$(requests wire other)" "$(mac v1) $(mac trk) 8100:50/0" "v1's frames have VLAN 50 on the trunk"
on_trunk v1 192.168.14.2 0x10
is "$(requests wire other)" "$(mac v1) $(mac trk) 8100:50/5" "... and the priority that eth0.50 maps to"
on_trunk w1 192.168.15.2 0x10
is "$(requests wire other)" "$(mac w1) $(mac trk) 8100:60/2" "w1's have VLAN 60 and its priority"
on_trunk host 192.168.15.2 0x10
is "$(requests wire other)" "$(mac host) $(mac trk) 8100:60/2" "the host's on eth0.60 do as well"
on_trunk host 192.168.14.11 0x10
is "$(requests wire other)" "" "what is turned round is not on the trunk"
is "$(requests host other)" "$(mac host) $(mac v1) 8100:50/5" "... it comes in with VLAN and priority"

done_testing
