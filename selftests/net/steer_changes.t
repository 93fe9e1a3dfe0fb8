#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Steering follows what changes: addresses that come, go and move, stations of
# which the addresses are not known, a host that is a proxy, hairpind's end.
# First with xdp = native, then with xdp = off.
#
#   b1 .11   b2 .12   u1, without an address at times
#     |        |        |
#   host eth0 192.168.14.133 ------------- eth0 192.168.14.2 wire

. "$(dirname "$0")/questions.sh"

NOBODY=02:00:00:00:ff:ff
NEW=192.168.14.44

lab_new b1 b2 u1
address host eth0 $HOST/24 fd14::133/64
address wire eth0 $GATEWAY/24 fd14::2/64
endpoint_docker b1 eth0 bridge 192.168.14.11/24 fd14::11/64
endpoint_podman b2 eth0 bridge 192.168.14.12/24 fd14::12/64
endpoint_docker u1 eth0 bridge 192.168.14.51/24
# macvlan filters groups by a hash, through which a stranger may slip: all hear all groups.
for ns in b1 b2 u1; do at $ns ip link set eth0 allmulticast on; done
ip4=([host]=$HOST [wire]=$GATEWAY [b1]=192.168.14.11 [b2]=192.168.14.12 [u1]=192.168.14.51 [nobody]=192.168.14.99
	[new]=$NEW [b3]=192.168.14.13)
ip6=([host]=fd14::133 [wire]=fd14::2 [b1]=fd14::11 [b2]=fd14::12 [nobody]=fd14::99 [new]=fd14::44)
asks_by host wire b1 b2 u1

# Of HP_SEGMENT_*, as abi.h numbers them.
flag() { # FLAG: is it set?
	local bit
	bit=$(sed -n "s/^#define HP_SEGMENT_$1 //p" "$TOP/include/hairpin/abi.h")
	[ $(($(segment eth0 0 flags) & bit)) != 0 ]
}
no_flag() { ! flag "$1"; }

as_ever() { # DESCRIPTION
	asked_are "$1" <<'END'
		from kind name    host wire b1 b2 u1 why
		wire arp  b1      0    0    1  0  0  steer
		wire arp  host    1    0    0  0  0  steer
		wire arp  nobody  0    0    0  0  0  foreign-arp
		wire ns   nobody  0    0    0  0  0  foreign-arp
		host arp  b1      0    1    1  0  0  host-steer
		host arp  nobody  0    1    0  0  0  not-here
END
}

# ---- what is not known

unknown() {
	at u1 ip addr del 192.168.14.51/24 dev eth0
	ok "an endpoint without an IPv4 address: not all are known" wait_for 5 no_flag KNOWN_IPV4
	asked_are "... who asks for one that is not known is heard by all" <<'END'
		from kind name    host wire b1 b2 u1 why
		wire arp  b1      0    0    1  0  0  steer
		wire arp  host    1    0    0  0  0  steer
		wire arp  nobody  1    0    1  1  1  -
		wire ns   nobody  0    0    0  0  0  foreign-arp
		host arp  nobody  0    1    1  1  1  -
		b1   arp  nobody  1    1    0  1  1  -
END
	address u1 eth0 192.168.14.51/24
	wait_for 5 flag KNOWN_IPV4
	as_ever "... with one, it is as before"

	at host ip link add link eth0 name tap0 type macvtap mode bridge
	at host ip link set tap0 up
	ok "a macvtap: of either family, not all are known" wait_for 5 no_flag KNOWN_IPV6
	asked_are "... who asks for one that is not known is heard by all" <<'END'
		from kind name    host wire b1 b2 u1 why
		wire arp  b2      0    0    0  1  0  steer
		wire arp  nobody  1    0    1  1  1  -
		wire probe nobody 1    0    1  1  1  -
		wire ns   nobody  1    0    1  1  1  -
END
	at host ip link del tap0
	wait_for 5 flag KNOWN_IPV6
	as_ever "... without it, it is as before"
}

proxy() {
	local setting
	for setting in eth0 all; do
		at host sysctl -qw net.ipv4.conf.$setting.proxy_arp=1
		ok "the host answers for others: conf.$setting.proxy_arp" wait_for 5 flag PROXY_IPV4
		asked_are "... and is asked" <<'END'
			from kind name    host wire b1 b2 u1 why
			wire arp  nobody  1    0    0  0  0  steer-host
			wire arp  b1      0    0    1  0  0  steer
			b1   arp  nobody  1    1    0  1  1  -
			wire ns   nobody  0    0    0  0  0  foreign-arp
END
		at host sysctl -qw net.ipv4.conf.$setting.proxy_arp=0
		wait_for 5 no_flag PROXY_IPV4
	done
	at host sysctl -qw net.ipv6.conf.eth0.proxy_ndp=1
	wait_for 5 flag PROXY_IPV6
	asked_are "conf.eth0.proxy_ndp likewise" <<'END'
		from kind name    host wire b1 b2 u1 why
		wire ns   nobody  1    0    0  0  0  steer-host
		wire arp  nobody  0    0    0  0  0  foreign-arp
END
	at host sysctl -qw net.ipv6.conf.eth0.proxy_ndp=0
	wait_for 5 no_flag PROXY_IPV6
	as_ever "... without, it is as before"
}

# ---- addresses

# From the end of the command to the first answer; a figure, not judged.
right_at_once() { # DESCRIPTION NS COMMAND...
	local description=$1 ns=$2 when
	shift 2
	background until nsenter --net="/run/netns/$PREFIX-wire" "$PROBE" until eth0 "$PREFIX-$ns" eth0 \
		"$(question arp wire new)"
	wait_for 5 hears until
	"$@"
	when=${EPOCHREALTIME/[.,]/}
	ok "$description" finish until
	settle
	echo "# after $((($(heard until) - when) / 1000)) ms"
}

nobody_has() { ! neighs eth0 | grep -F " $1 " >/dev/null; }
moves() { ip -n "$PREFIX-b1" addr del $NEW/24 dev eth0 && ip -n "$PREFIX-b2" addr add $NEW/24 dev eth0; }

# Its number in abi.h: HP_NEIGH_SHARED.
is_shared() { has "$(hex_ip $NEW | sed 's/../&:/g')00:00:00:00:00:00:00:00:00:00:00:00 2" map_rows eth0 neigh key.addr value.flags; }

addresses() {
	right_at_once "an address more: it is heard there" b1 ip -n "$PREFIX-b1" addr add $NEW/24 dev eth0
	asked_are "... and nowhere else" <<'END'
		from kind name host wire b1 b2 u1 why
		wire arp  new  0    0    1  0  0  steer
		host arp  new  0    1    1  0  0  host-steer
END
	right_at_once "it moves: it is heard there" b2 moves
	asked_are "... and nowhere else" <<'END'
		from kind name host wire b1 b2 u1 why
		wire arp  new  0    0    0  1  0  steer
		host arp  new  0    1    0  1  0  host-steer
END
	address b1 eth0 $NEW/24
	wait_for 5 is_shared
	asked_are "two have it: all hear it" <<'END'
		from kind name host wire b1 b2 u1 why
		wire arp  new  1    0    1  1  1  -
END
	at b1 ip addr del $NEW/24 dev eth0
	at b2 ip addr del $NEW/24 dev eth0
	ok "it goes" wait_for 5 nobody_has "$NEW"
	asked_are "... and is nobody's" <<'END'
		from kind name host wire b1 b2 u1 why
		wire arp  new  0    0    0  0  0  foreign-arp
END
	at b2 ip link set eth0 address 02:00:00:00:0b:02
	wait_for 5 has "0 192.168.14.12 02:00:00:00:0b:02 b2" neighs eth0
	asked_are "another MAC: it is heard" <<'END'
		from kind name host wire b1 b2 u1 why
		wire arp  b2   0    0    0  1  0  steer
END
	at b2 ip link set eth0 address "$(mac_of 192.168.14.12)"
	wait_for 5 has "0 192.168.14.12 $(mac_of 192.168.14.12) b2" neighs eth0
}

# ---- hairpind's life

passes() { # of unicast to nobody: how often a tap on the host's device hears it
	listen tap host frames eth0
	at wire "$PROBE" send eth0 $NOBODY "$(mac wire)" nobody
	gather tap
	count tap '^other .* nobody$'
}

dead() {
	asked_are "$1: questions of all are heard by all" <<'END'
		from kind name    host wire b1 b2 u1 why
		wire arp  b1      1    0    1  1  1  -
		wire arp  nobody  1    0    1  1  1  -
		wire ns   b1      1    0    1  1  1  -
		host arp  b1      0    1    1  1  1  -
		b1   arp  nobody  1    1    0  1  1  -
END
	is "$(passes)" 1 "... unicast to nobody passes"
	netns b3
	endpoint_podman b3 eth0 bridge 192.168.14.13/24
	ok "... an endpoint that is made now is reached from the wire" pings wire 192.168.14.13
	agent_start -c "$CONF"
	as_ever "... a new hairpind: the rules hold again"
	asked_are "... for the new endpoint, too" <<'END'
		from kind name host wire b1 b2 u1 why
		wire arp  b3   0    0    0  0  0  steer
END
	at b3 ip link del eth0
	netns_del b3
	wait_for 5 lacks "0 192.168.14.13 $(mac_of 192.168.14.13) b3" neighs eth0
}

for xdp in native off; do
	configure "uplink eth0 { xdp = $xdp }"
	agent_start -c "$CONF"
	is "$(shown xdp)" "${xdp/off/none}" "xdp = $xdp"
	as_ever "to begin with"
	[ $xdp = off ] || unknown # what is known stands in the same maps
	[ $xdp = off ] || proxy
	addresses
	agent_kill
	dead "kill -9"
	agent_stop
	dead "SIGTERM"
	reload "uplink eth0 { xdp = $xdp steer = false }"
	asked_are "steer = false: questions of all are heard by all" <<'END'
		from kind name    host wire b1 b2 u1 why
		wire arp  b1      1    0    1  1  1  -
		wire arp  nobody  1    0    1  1  1  -
		wire ns   host    1    0    1  1  1  -
		host arp  b1      0    1    1  1  1  -
		b1   arp  host    1    1    0  1  1  -
END
	agent_stop
done
done_testing
