#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Parents of every kind: bond (active-backup and 802.3ad), a VLAN on a bond, bridge,
# dummy; and one in a netns that is not hairpind's.
#
#   b1 .11  b2 .12
#      |       |
#   PARENT 192.168.14.133 -- eth0, eth1 ------ eth0, eth1 -- 192.168.14.2    wire
#   host

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/matrix.sh"
. "$(dirname "$0")/kernel.sh"

lab_new b1 b2 elsewhere
uplink eth1
settle() { at wire "$PROBE" barrier "$PREFIX-wire" "$FAR" "$PREFIX-b1" eth0; }

join_to() { # NS DEVICE PORT...
	local ns=$1 device=$2 port
	shift 2
	for port in "$@"; do
		at "$ns" ip link set "$port" down
		at "$ns" ip link set "$port" master "$device"
		at "$ns" ip link set "$port" up
	done
}
leave() { # NS DEVICE
	at "$1" ip link del "$2"
}

place() { # PARENT: addresses and endpoints on it
	address host "$1" $HOST/24 fd14::133/64
	endpoint_docker b1 "$1" bridge 192.168.14.11/24 fd14::11/64
	endpoint_docker b2 "$1" bridge 192.168.14.12/24 fd14::12/64
}

before_and_after() { # PARENT UPLINK VLAN
	ok "$1: b1 to b2" pings b1 192.168.14.12
	ok "$1: b1 to the wire" pings b1 $GATEWAY
	fails "$1: host to b1, without hairpind" pings host 192.168.14.11
	fails "$1: b2 to the host, without hairpind" pings b2 $HOST
	agent_start
	is "$(map_rows "$2" endpoints value.netns value.parent value.vlan | sed "s/$PREFIX-//")" \
		"host $1 $3
b1 $1 $3
b2 $1 $3" "$1: listed"
	reach_all "$1"
	stations host="host:$1" wire="wire:$FAR" b1 b2
	unicast_is "$1: unicast" <<'END'
		from  host  wire  b1  b2
		host  -     1     1   1
		wire  1     -     1   1
		b1    1     1     -   1
		b2    1     1     1   -
END
	group_is "$1: broadcast" $BROADCAST <<'END'
		from  host  wire  b1  b2
		host  0     1     1   1
		wire  1     0     1   1
		b1    1     1     0   1
		b2    1     1     1   0
END
}
reach_all() { # DESCRIPTION
	ok "$1: host to b1" pings host 192.168.14.11
	ok "$1: host to b2, IPv6" pings host fd14::12
	ok "$1: b2 to the host" pings b2 $HOST
	ok "$1: b1 to the host, IPv6" pings b1 fd14::133
	ok "$1: b1 to the wire" pings b1 $GATEWAY
	ok "$1: wire to b2" pings wire 192.168.14.12
}

without() { # PARENT: with the parent go its endpoints
	fails "$1: no errors" grep error: "$WORK/agent.log"
	agent_stop
	agent_run --detach 2>/dev/null
	leave host "$1"
}

# ---- bridge

description="bridge"
if kernel_has bridge; then
	at host ip link add br0 type bridge mcast_snooping 0
	join_to host br0 eth0
	up host br0
	FAR=eth0
	address wire eth0 $GATEWAY/24
	place br0
	before_and_after br0 br0 0
	without br0
	at wire ip addr flush dev eth0
else
	skip "$description" "no bridge in this kernel"
fi

# ---- bond; on the wire a bridge of both links, or another bond

bond() { # NS MODE...
	local ns=$1
	shift
	at "$ns" ip link add bond0 type bond mode "$@"
	join_to "$ns" bond0 eth0 eth1
	at "$ns" ip link set bond0 up
}
active() { at host cat /proc/net/bonding/bond0 | sed -n 's/^Currently Active Slave: //p'; }
active_is() { [ "$(active)" = "$1" ]; }

description="bond, active-backup"
if kernel_has bond && kernel_has bridge; then
	at wire ip link add br0 type bridge mcast_snooping 0
	join_to wire br0 eth0 eth1
	up wire br0
	FAR=br0
	address wire br0 $GATEWAY/24
	bond host active-backup miimon 10 primary eth0
	up host bond0
	place bond0
	before_and_after bond0 bond0 0
	at host ip link set eth0 down
	ok "$description: the other link takes over" wait_for 5 active_is eth1
	reach_all "$description, on eth1"
	at host ip link set eth0 up
	ok "$description: ... and back" wait_for 5 active_is eth0
	reach_all "$description, on eth0"
	without bond0
	leave wire br0
else
	skip "$description" "no bond or no bridge in this kernel"
fi

# Both links, as this side sees itself and the other: active, fast, and all the way to collecting
# and distributing (IEEE 802.1AX, 6.4.2.3). An aggregate with a partner is there two seconds earlier.
distributes() { # NS
	[ "$(at "$1" cat /proc/net/bonding/bond0 | grep -c 'port state: 63$')" = 4 ]
}
link_has_sent() { [ "$(count link '01:80:c2:00:00:02 .* 8809 ')" -ge "$1" ]; }
link_alone() { # DESCRIPTION: what is addressed to the other end of the link
	local before
	listen link host frames eth0 all # the bond takes them before others would hear
	listen endpoint b1 frames eth0 8809
	wait_for 5 link_has_sent 2 # lacp_rate fast: one a second
	gather link endpoint
	is "$(count endpoint .)" 0 "$1: LACPDUs do not come to an endpoint"
	before=$(reason bond0 reserved)
	group_is "$1: the host's own to that group goes to the wire alone" 01:80:c2:00:00:02 host <<'END'
		from  host  wire  b1  b2
		host  0     1     0   0
END
	is "$(($(reason bond0 reserved) - before))" 1 "$1: ... counted as reserved"
}
for description in bond0 bond0.50; do
	if ! kernel_has bond || { [ $description = bond0.50 ] && ! kernel_has vlan; }; then
		skip "$description, 802.3ad" "no bond or no vlan in this kernel"
		continue
	fi
	for ns in host wire; do
		bond $ns 802.3ad miimon 10 lacp_rate fast ad_select bandwidth
	done
	for ns in host wire; do
		up $ns bond0
		[ $description = bond0 ] || at $ns ip link add link bond0 name bond0.50 type vlan id 50
		up $ns $description
	done
	ok "$description, 802.3ad: negotiated" wait_for 20 distributes host
	wait_for 20 distributes wire
	FAR=$description
	address wire $description $GATEWAY/24
	place $description
	before_and_after $description bond0 "$([ $description = bond0 ] && echo 0 || echo 50)"
	link_alone "$description, 802.3ad"
	ok "$description, 802.3ad: still negotiated" distributes host
	without bond0
	leave wire bond0
done

# ---- dummy: there is no wire

description="dummy"
if kernel_has dummy; then
	at host ip link add dummy0 type dummy
	# By default it is without ARP: the host then takes its own MAC for everybody's.
	at host ip link set dummy0 arp on up
	place dummy0
	ok "$description: b1 to b2" pings b1 192.168.14.12
	fails "$description: host to b1, without hairpind" pings host 192.168.14.11
	agent_start
	before=$(reason dummy0 hairpin)
	ok "$description: host to b1" pings host 192.168.14.11
	ok "$description: b2 to the host, IPv6" pings b2 fd14::133
	ok "$description: ... turned round" [ "$(reason dummy0 hairpin)" -gt "$before" ]
	without dummy0
else
	skip "$description" "no dummy in this kernel"
fi

# ---- somebody else's

at elsewhere ip link add eth7 type veth peer name eth8
at elsewhere ip link set eth7 up
at elsewhere ip link set eth8 up
at elsewhere ip link add link eth7 name mv7 type macvlan mode bridge
at elsewhere ip link set mv7 netns "$PREFIX-b1"
at b1 ip link set mv7 up
at host ip link set eth0 up
at wire ip link set eth0 up
endpoint_docker b2 eth0 bridge 192.168.14.12/24
agent_start
is "$(map_rows eth0 endpoints value.netns value.ifname | sed "s/$PREFIX-//")" "host eth0
b2 eth0" "a parent in another netns: its endpoint is not listed"
is "$(ls "$PINS")" eth0 "... nothing is pinned for it"
is "$(at elsewhere tc qdisc show dev eth7 clsact; at elsewhere "$BPFTOOL" net show dev eth7 | grep hairpin || true)" "" \
	"... nothing attached"

done_testing
