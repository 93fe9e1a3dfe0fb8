#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Access VLANs: endpoints on the bare uplink that belong to VLAN 50 or 60, with
# no VLAN device anywhere. Two hosts, each with its hairpind, on a plain bridge.
# All addresses are in one subnet, so that nothing but the VLAN keeps them apart.
#
#   a1 50  a2 50  c1 60  p1 -                          a3 50  c3 60
#      |      |      |     |                              |     |
#      eth0 .133 --+-+-----+------ br0 .2, wire ---------- eth0 .134, peer
#   host

. "$(dirname "$0")/lifecycle.sh"
. "$(dirname "$0")/two_hosts.sh"
. "$(dirname "$0")/matrix.sh"
. "$(dirname "$0")/trunk.sh"

lab_two_hosts a1 a2 c1 p1 v1
netns a3 c3
number=10
for ns in a1 a2 c1; do
	number=$((number + 1))
	endpoint_docker $ns eth0 vepa 192.168.14.$number/24 fd14::$number/64
done
endpoint_docker p1 eth0 bridge 192.168.14.21/24 fd14::21/64
at peer ip link add link eth0 name eth0a netns "$PREFIX-a3" address "$(mac_of 192.168.14.31)" type macvlan mode vepa
at a3 ip link set eth0a name eth0
address a3 eth0 192.168.14.31/24 fd14::31/64
up a3 eth0
at peer ip link add link eth0 name eth0c netns "$PREFIX-c3" address "$(mac_of 192.168.14.32)" type macvlan mode vepa
at c3 ip link set eth0c name eth0
address c3 eth0 192.168.14.32/24 fd14::32/64
up c3 eth0

# macvlan has a queue for group frames on each parent: into which, out of which.
queues=("wire eth0 p1" "wire peer0 a3")
settle() {
	local way
	for way in "${queues[@]}"; do
		read -ra way <<<"$way"
		at wire "$PROBE" barrier "$PREFIX-${way[0]}" "${way[1]}" "$PREFIX-${way[2]}" eth0
	done
}
stations host a1 a2 c1 p1 wire=wire:br0 a3 c3 peer

# lifecycle.sh has a name for this that matrix.sh has, too.
known() { join_endpoints eth0 fdb key.vlan key.mac value.kind value.endpoint | sed 's/HP_KIND_//'; }

# ---- as it is without, and with; each attempt from each into each

everything_without='
	from  host  a1  a2  c1  p1  wire  a3  c3  peer
	host  0     0   0   0   0   1     1   1   1
	a1    0     0   0   0   0   1     1   1   1
	a2    0     0   0   0   0   1     1   1   1
	c1    0     0   0   0   0   1     1   1   1
	p1    0     0   0   0   0   1     1   1   1
	wire  1     1   1   1   1   0     1   1   1
	a3    1     1   1   1   1   1     0   0   0
	c3    1     1   1   1   1   1     0   0   0
	peer  1     1   1   1   1   1     0   0   0'
group_is "broadcast without hairpind: all in one" $BROADCAST <<<"$everything_without"

rules() { # REFLECT [MORE]
	cat >"$WORK/conf" <<-END
		uplink "eth0" { reflect = $1 }
		endpoint "$PREFIX-a1" { vlan = 50 }
		endpoint "$(mac a2)" { vlan = 50 }
		endpoint "$PREFIX-c1" { vlan = 60 }
		endpoint "$PREFIX-a3" { vlan = 50 }
		endpoint "$PREFIX-c3" { vlan = 60 }
		${2-}
	END
}
rules true
queues=("wire eth0 p1") # peer's endpoints have copies of their own now
agent_start -c "$WORK/conf"
peer_start "$WORK/conf"

unicast_is "unicast" <<'END'
	from  host  a1  a2  c1  p1  wire  a3  c3  peer
	host  -     0   0   0   1   1     0   0   1
	a1    0     -   1   0   0   0     1   0   0
	a2    0     1   -   0   0   0     1   0   0
	c1    0     0   0   -   0   0     0   1   0
	p1    1     0   0   0   -   1     0   0   1
	wire  1     0   0   0   1   -     0   0   1
	a3    0     1   1   0   0   0     -   0   0
	c3    0     0   0   1   0   0     0   -   0
	peer  1     0   0   0   1   1     0   0   -
END
apart='
	from  host  a1  a2  c1  p1  wire  a3  c3  peer
	host  0     0   0   0   1   1     0   0   1
	a1    0     0   1   0   0   0     1   0   0
	a2    0     1   0   0   0   0     1   0   0
	c1    0     0   0   0   0   0     0   1   0
	p1    1     0   0   0   0   1     0   0   1
	wire  1     0   0   0   1   0     0   0   1
	a3    0     1   1   0   0   0     0   0   0
	c3    0     0   0   1   0   0     0   0   0
	peer  1     0   0   0   1   1     0   0   0'
group_is "broadcast" $BROADCAST <<<"$apart"
group_is "multicast" 01:00:5e:7f:7f:7f <<<"$apart"
group_is "IPv6 multicast" 33:33:00:00:00:01 <<<"$apart"

reach() { # ok|fails PAIR...
	local how=$1 pair to
	shift
	for pair in "$@"; do
		to=${pair#*:}
		"$how" "${pair%:*} ${how/ok/to} $to" pings "${pair%:*}" "192.168.14.$(last "$to")"
		"$how" "... IPv6" pings "${pair%:*}" "fd14::$(last "$to")"
	done
}
last() {
	case $1 in
	host) echo 133 ;;
	peer) echo 134 ;;
	*) at "$1" ip -4 -br addr show dev eth0 | sed 's/.*192.168.14.\([0-9]*\)\/.*/\1/' ;;
	esac
}
reach ok a1:a2 a1:a3 a3:a2 c3:c1 p1:host host:p1 p1:peer
reach fails a1:c1 a1:host host:a1 a1:c3 p1:a1 a3:c1 peer:a3

# ---- on the wire, and from it

listen wire wire frames eth0 all
at a1 ping -n -c 1 -W 1 -M "do" -s 1472 192.168.14.31 >"$WORK/out"
at a1 ping -n -c 1 -W 1 192.168.14.12 >"$WORK/out"
at p1 ping -n -c 1 -W 1 192.168.14.134 >"$WORK/out"
gather
is "$(tags a1 a3)" "0800@8100:50 1514" "a1's frames have VLAN 50 on the wire, and all of the MTU"
is "$(tags a1 a2)" "" "... those to a2 are not there"
is "$(tags p1 peer)" "0800 98" "p1's have no tag"

is "$(arrives a1 "$(mac a1)" 50)" "host 88b5" "a frame of VLAN 50 comes to a1 without its tag"
is "$(arrives a1 "$(mac a1)" $((5 << 13 | 50)))" "host 88b5" "... also with a priority"
is "$(arrives a1 $BROADCAST 50)" "host 88b5" "... a broadcast as well"
mismatches=$(reason eth0 vlan-mismatch)
is "$(arrives a1 "$(mac a1)" 60)" "" "one of VLAN 60 does not"
is "$(arrives a1 "$(mac a1)" 0)" "" "... one of none neither"
is "$(arrives a1 "$(mac a1)" 70)" "" "... one of a VLAN that nobody has neither"
is "$(($(reason eth0 vlan-mismatch) - mismatches))" 3 "... which is counted"
is "$(arrives a1 $BROADCAST 60)" "" "... no broadcast of VLAN 60"
is "$(arrives a1 $BROADCAST 70)" "" "... nor of VLAN 70"
is "$(arrives p1 $BROADCAST 50)" "" "p1 hears none of VLAN 50"
is "$(arrives p1 $BROADCAST 70)" "host 88b5@8100:70" "... but one that nobody has, since it may use that"

is "$(leaves a1 60)" "" "a1 cannot send into VLAN 60"
is "$(leaves a1 50)" "" "... nor tagged into its own"
is "$(leaves a1 $((5 << 13)))" "8100:$((5 << 13 | 50))" "... but a priority is kept"

listen wire wire frames eth0 all
address a1 eth0 192.168.14.41/24 fd14::41/64
wait_for 5 has "50 fd14::41 $(mac a1) a1" neighs eth0
wait_for 5 agent_sleeps
gather
for line in "$(garp_line "$(mac a1)" 192.168.14.41)" "$(na_line "$(mac a1)" fd14::41)"; do
	line=$(sed -E 's/ (0806|86dd) / \1@8100:50 /' <<<"$line")
	is "$(heard wire | grep -Fx -- "$line" || true)" "$line" "an address more of a1: the wire hears it once, with the tag"
done
at a1 ip addr del 192.168.14.41/24 dev eth0
at a1 ip addr del fd14::41/64 dev eth0

# ---- with a VLAN device on the host, and an endpoint on that

if kernel_has vlan; then
	vlan host 50
	at host ip link set eth0.50 address 02:00:00:00:50:85
	address host eth0.50 10.50.0.133/24
	endpoint_docker v1 eth0.50 bridge 10.50.0.12/24
	address a1 eth0 10.50.0.11/24
	address a3 eth0 10.50.0.31/24
	ok "eth0.50 is a station" wait_for 5 has "50 02:00:00:00:50:85 HOST host" known
	wait_for 5 has "50 $(mac v1) MACVLAN v1" known
	wait_for 5 has "50 10.50.0.11 $(mac a1) a1" neighs eth0
	PINS=$PINS-peer wait_for 5 has "50 10.50.0.31 $(mac a3) a3" neighs eth0
	queues+=("host eth0.50 v1")
	for pair in host:10.50.0.11 host:10.50.0.31 host:10.50.0.12 a1:10.50.0.133 a3:10.50.0.133 v1:10.50.0.133 \
		v1:10.50.0.11 v1:10.50.0.31 a1:10.50.0.12 a3:10.50.0.12 a1:10.50.0.31; do
		ok "${pair%:*} to ${pair#*:}" pings "${pair%:*}" "${pair#*:}"
	done
	stations host a1 a2 c1 p1 wire=wire:br0 a3 host50=host:eth0.50 v1
	group_is "broadcast" $BROADCAST host a1 c1 p1 a3 host50 v1 <<-'END'
		from    host  a1  a2  c1  p1  wire  a3  host50  v1
		host    0     0   0   0   1   1     0   0       0
		a1      0     0   1   0   0   0     1   1       1
		c1      0     0   0   0   0   0     0   0       0
		p1      1     0   0   0   0   1     0   0       0
		a3      0     1   1   0   0   0     0   1       1
		host50  0     1   1   0   0   0     1   0       1
		v1      0     1   1   0   0   0     1   1       0
	END
	queues=("wire eth0 p1")
	at host ip link del eth0.50
	wait_for 5 lacks "50 02:00:00:00:50:85 HOST host" known
	at a1 ip addr del 10.50.0.11/24 dev eth0
else
	skip "with a VLAN device on the host" "no vlan in this kernel"
fi

# ---- changes

rules false
agent_signal HUP
wait_for 5 logged "load programs, reflect off"
wait_for 5 agent_sleeps
reach fails a1:a2
reach ok a1:a3
agent_kill
reach ok a1:a3
reach fails a1:host a1:p1
rules true "endpoint \"$PREFIX-p1\" { vlan = 50 }"
agent_start -c "$WORK/conf"
ok "a bridge endpoint is refused" logged "$PREFIX-p1/eth0: cannot be put into its VLAN: it has to be a macvlan in vepa mode on eth0 itself"
reach ok p1:host a1:a2
echo 'uplink "eth0" { reflect = true }' >"$WORK/conf"
agent_signal HUP
wait_for 5 lacks "50 $(mac a1) MACVLAN a1" known
wait_for 5 agent_sleeps
reach ok a1:c1 a1:host
fails "no errors in the log" logged "error:"

printf 'endpoint "x" { parent = eth0\nvlan = 50 }\n' >"$WORK/conf"
fails "so is a declared one" agent_run -c "$WORK/conf" --dry-run
is "$(agent_run -c "$WORK/conf" --dry-run 2>&1 | grep ^hairpind || true)" \
	"hairpind: error: $WORK/conf:2: endpoint 'x': vlan = 50 needs mode = vepa, not bridge" "... and says why"
done_testing
