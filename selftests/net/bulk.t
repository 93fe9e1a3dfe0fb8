#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Large things: TCP with GSO, UDP datagrams in fragments, and the errors that
# tell a sender about a smaller MTU further on.
#
#   r1 10.1.0.2 fd01::2                       r2 10.2.0.2 fd02::2
#        | MTU 1300                                | MTU 1300
#   b1 10.1.0.1 fd01::1, forwards             host 10.2.0.1 fd02::1, forwards
#   eth0 192.168.14.11                             |
#        |                                         |
#   host +-----------------------------------------+
#        |
#   eth0 192.168.14.133 ------ eth0 192.168.14.2  wire

. "$(dirname "$0")/lib.sh"

MTU=1300
BYTES=20000000
ETHERNET=1514 # header and 1500

stub() { # ROUTER STUB SUBNET-NUMBER
	ip link add "$2" netns "$PREFIX-$1" mtu $MTU type veth peer name eth0 netns "$PREFIX-$2" mtu $MTU
	at "$1" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	address "$1" "$2" "10.$3.0.1/24" "fd0$3::1/64"
	address "$2" eth0 "10.$3.0.2/24" "fd0$3::2/64"
	at "$1" ip link set "$2" up
	up "$2" eth0
	up "$1" "$2"
	at "$2" ip route add default via "10.$3.0.1"
	at "$2" ip route add default via "fd0$3::1"
}

stream() { # DESCRIPTION FROM TO ADDRESS
	local sent
	background server at "$3" "$PROBE" tcp-listen :: 7777
	wait_for 5 hears server
	sent=$(at "$2" timeout 20 "$PROBE" tcp-send "$4" 7777 $BYTES)
	finish server
	is "$(heard server)" "$sent" "$1: every byte arrived"
}

bulk() { # DESCRIPTION FROM TO ADDRESS
	listen tap "$3" frames eth0 all
	stream "$@"
	gather tap
	largest=$(heard tap | awk '$1 == "host" { print $5 }' | sort -n | tail -n 1)
	ok "$1: frames are not cut up ($largest bytes)" test "$largest" -gt $ETHERNET
}

FRAGMENT4='0800 [0-9]* 4.{17}11' FRAGMENT6='86dd [0-9]* 6.{11}2c'

datagram() { # DESCRIPTION FROM TO ADDRESS FRAGMENTS
	local sent fragment=$FRAGMENT4
	[[ $4 != *:* ]] || fragment=$FRAGMENT6
	listen tap "$3" frames eth0 all
	listen udp "$3" udp-listen :: 7778
	sent=$(at "$2" "$PROBE" udp-send "$4" 7778 large 60000)
	gather
	is "$(heard udp | awk '{ print $2, $3, $4 }')" "$sent large" "$1: arrived whole, once"
	is "$(count tap "^host .* $fragment")" "$5" "$1: in $5 fragments"
}

learned_mtu() { at "$1" ip route get "$2" | grep -q " mtu $MTU"; }

too_big() { # DESCRIPTION FROM ADDRESS
	fails "$1: a ping that is too big is not answered" pings "$2" "$3" -M 'do' -s 1400
	ok "$1: the error arrived" learned_mtu "$2" "$3"
	ok "$1: one that fits is answered" pings "$2" "$3" -M 'do' -s 1200
}

lab_walkthrough
netns r1 r2
stub b1 r1 1
stub host r2 2
at host ip route add 10.1.0.0/24 via 192.168.14.11
at host ip route add fd01::/64 via fd14::11
at b1 ip route add 10.2.0.0/24 via $HOST
at b1 ip route add fd02::/64 via fd14::133

fails "without hairpind: no connection" timeout 1 nsenter --net="/run/netns/$PREFIX-host" \
	"$PROBE" tcp-send 192.168.14.11 7777 1
fails "without hairpind: host to r1" pings host 10.1.0.2
fails "without hairpind: b1 to r2" pings b1 10.2.0.2
at host ip neigh flush all
at b1 ip neigh flush all

agent_start
bulk "TCP, host to b1" host b1 192.168.14.11
bulk "TCP, b1 to the host" b1 host $HOST
bulk "TCP over IPv6, host to b1" host b1 fd14::11
bulk "TCP over IPv6, b1 to the host" b1 host fd14::133
bulk "TCP, b2 to b1 as before" b2 b1 192.168.14.11
bulk "TCP, b1 to the wire as before" b1 wire $GATEWAY

datagram "UDP, host to b1" host b1 192.168.14.11 41
datagram "UDP, b1 to the host" b1 host $HOST 41
datagram "UDP over IPv6, host to b1" host b1 fd14::11 42
datagram "UDP over IPv6, b1 to the host" b1 host fd14::133 42

too_big "host to r1" host 10.1.0.2
too_big "host to r1, IPv6" host fd01::2
too_big "b1 to r2" b1 10.2.0.2
too_big "b1 to r2, IPv6" b1 fd02::2
at host ip route flush cache
at b1 ip route flush cache
stream "TCP finds the path MTU, host to r1" host r1 10.1.0.2
stream "TCP finds the path MTU, IPv6, b1 to r2" b1 r2 fd02::2

done_testing
