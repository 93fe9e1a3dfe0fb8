#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Who answers for an address that is not on its device on this network: a VIP on lo,
# AnyIP, a proxy, a container that is a gateway. It hears the question, as without us.
#
#   b1 .11, lo: VIP   b2 .12   b3 .13, made late
#     |                 |        |
#   host eth0 192.168.14.133 ------------- eth0 192.168.14.2 wire

. "$(dirname "$0")/questions.sh"

VIP=192.168.14.77

lab_new b1 b2
address host eth0 $HOST/24 fd14::133/64
address wire eth0 $GATEWAY/24 fd14::2/64
at host ip link set lo up
endpoint_docker b1 eth0 bridge 192.168.14.11/24 fd14::11/64
endpoint_podman b2 eth0 bridge 192.168.14.12/24 fd14::12/64
for ns in b1 b2; do
	at $ns ip link set eth0 allmulticast on # see steer.t
	at $ns ip link set lo up
done
at wire ip route add 192.168.15.0/24 dev eth0
at wire ip -6 route add fd15::/64 dev eth0
ip4=([host]=$HOST [wire]=$GATEWAY [b1]=192.168.14.11 [b2]=192.168.14.12 [vip]=$VIP
	[nobody]=192.168.15.9)
ip6=([host]=fd14::133 [wire]=fd14::2 [b1]=fd14::11 [b2]=fd14::12 [vip]=fd14::77 [nobody]=fd15::9)
asks_by host wire b1 b2

flag() { # FLAG: of HP_SEGMENT_*, as abi.h numbers them: is it set?
	local bit
	bit=$(sed -n "s/^#define HP_SEGMENT_$1 //p" "$TOP/include/hairpin/abi.h")
	[ $(($(segment eth0 0 flags) & bit)) != 0 ]
}
no_flag() { ! flag "$1"; }

# Flags in abi.h: HP_NEIGH_SHARED 2, HP_NEIGH_ELSEWHERE 4.
neigh_flags() { map_rows eth0 neigh key.ip key.vlan value.flags | awk -v "ip=$1" '$1 == ip && !$2 { print $3 }'; }
becomes() { [ "$(neigh_flags "$1")" = "$2" ]; }

nobody() { # DESCRIPTION
	asked_are "$1: what nobody has is dropped" <<'END'
		from kind name   host wire b1 b2 why
		wire arp  vip    0    0    0  0  foreign-arp
		wire arp  nobody 0    0    0  0  foreign-arp
		wire ns   vip    0    0    0  0  foreign-arp
		wire ns   nobody 0    0    0  0  foreign-arp
		b1   arp  nobody 0    1    0  1  not-here
END
}

# ---- on another device of an endpoint's netns

vip() {
	address b1 lo $VIP/32 fd14::77/128
	wait_for 5 becomes $VIP 4
	asked_are "a VIP on an endpoint's lo: it hears who asks for it; of IPv6 Linux does not answer" <<'END'
		from kind name   host wire b1 b2 why
		wire arp  vip    0    0    1  0  steer
		wire probe vip   0    0    1  0  steer
		host arp  vip    0    1    1  0  host-steer
		b2   arp  vip    0    1    1  0  not-here
		wire arp  nobody 0    0    0  0  foreign-arp
		wire ns   vip    0    0    0  0  foreign-arp
END
	is "$(heard arp-wire | grep -Fx "$(garp_line "${mac_at[b1]}" $VIP)" || true)" "" "... hairpind does not announce it: a server of LVS has one"
	ok "... the wire reaches it" pings wire $VIP
	address b2 lo $VIP/32
	wait_for 5 becomes $VIP 6
	asked_are "two have it on lo: both hear it" <<'END'
		from kind name   host wire b1 b2 why
		wire arp  vip    1    0    1  1  -
END
	at b2 ip addr del $VIP/32 dev lo
	wait_for 5 becomes $VIP 4
	at host ip addr add $VIP/32 dev lo
	wait_for 5 becomes $VIP 6
	asked_are "the host has it on lo, too: both hear it" <<'END'
		from kind name   host wire b1 b2 why
		wire arp  vip    1    0    1  1  -
END
	at host ip addr del $VIP/32 dev lo
	wait_for 5 becomes $VIP 4
	at host ip link add link eth0 name tap0 type macvtap mode bridge
	at host ip link set tap0 up
	wait_for 5 becomes $VIP 6
	asked_are "one of whom the addresses are not known: all hear it" <<'END'
		from kind name   host wire b1 b2 why
		wire arp  vip    1    0    1  1  -
END
	at host ip link del tap0
	wait_for 5 becomes $VIP 4
	at b1 ip addr del $VIP/32 dev lo
	at b1 ip addr del fd14::77/128 dev lo
	wait_for 5 becomes $VIP ""
	nobody "the VIP goes"
}

# Of a device that is neither here nor there; and of an endpoint that comes when it is all there.
before_it() {
	agent_pause # it gives an id to every netns that it finds
	netns b3
	at b3 ip link set lo up
	at b3 ip link add dum0 type veth peer name dum1
	at b3 ip addr add 192.168.14.78/32 dev dum0
	at b3 ip addr add $VIP/32 dev lo
	endpoint_podman b3 eth0 bridge 192.168.14.13/24 fd14::13/64
	agent_continue
	wait_for 5 becomes $VIP 4
	ok "an endpoint where there is a VIP already: the wire reaches it" pings wire $VIP
	wait_for 5 becomes 192.168.14.78 4
	ok "... and what is on a device that is down" pings wire 192.168.14.78
	at b3 ip link del dum0
	ok "... it goes with its device" wait_for 5 becomes 192.168.14.78 ""
	at b3 ip link del eth0
	ok "the endpoint goes, and so does the VIP" wait_for 5 becomes $VIP ""
	netns_del b3
}

# ---- the host

anyip() {
	at host ip route add local 192.168.15.0/24 dev lo
	wait_for 5 flag PROXY_IPV4
	at host ip -6 route add local fd15::/64 dev lo
	asked_are "the host has a prefix for its own: it hears who asks for it; of IPv6 Linux does not answer" <<'END'
		from kind name   host wire b1 b2 why
		wire arp  nobody 1    0    0  0  steer-host
		wire ns   nobody 0    0    0  0  foreign-arp
		wire arp  b1     0    0    1  0  steer
END
	ok "... the wire reaches it" pings wire 192.168.15.9
	at host ip route add local 192.168.15.0/24 dev lo metric 5
	at host ip route del local 192.168.15.0/24 dev lo metric 5
	ok "one more route, and one less: the first counts" pings wire 192.168.15.9
	at host ip route del local 192.168.15.0/24 dev lo
	at host ip -6 route del local fd15::/64 dev lo
	wait_for 5 no_flag PROXY_IPV4
	nobody "the route goes"
	at host ip addr add 192.168.15.1/24 dev lo
	wait_for 5 flag PROXY_IPV4
	ok "an address on lo with a prefix, which is the host's as a whole" pings wire 192.168.15.9
	at host ip addr del 192.168.15.1/24 dev lo
	wait_for 5 no_flag PROXY_IPV4
}

# Without a notification: with the next change, or by a signal.
neighbour() {
	at host ip neigh add proxy 192.168.15.9 dev eth0
	agent_signal HUP
	wait_for 5 flag PROXY_IPV4
	asked_are "ip neigh add proxy, and SIGHUP: the host is asked" <<'END'
		from kind name   host wire b1 b2 why
		wire arp  nobody 1    0    0  0  steer-host
END
	at host ip neigh del proxy 192.168.15.9 dev eth0
	address b1 eth0 192.168.14.21/24
	ok "... it goes, and something else changes" wait_for 5 no_flag PROXY_IPV4
	at b1 ip addr del 192.168.14.21/24 dev eth0
	nobody "without it"
}

# ---- endpoints that answer for others

all_hear() { # DESCRIPTION
	asked_are "$1" <<'END'
		from kind name   host wire b1 b2 why
		wire arp  nobody 1    0    1  1  -
		wire arp  b1     0    0    1  0  steer
		wire ns   nobody 0    0    0  0  foreign-arp
		host arp  nobody 0    1    1  1  -
END
}

gateway() {
	local setting
	for setting in eth0 all; do
		at b1 sysctl -qw net.ipv4.conf.$setting.proxy_arp=1
		wait_for 5 no_flag KNOWN_IPV4
		all_hear "conf.$setting.proxy_arp in a container: all hear who asks for nobody's"
		at b1 sysctl -qw net.ipv4.conf.$setting.proxy_arp=0
		wait_for 5 flag KNOWN_IPV4
	done
	at b2 sysctl -qw net.ipv6.conf.eth0.proxy_ndp=1
	wait_for 5 no_flag KNOWN_IPV6
	asked_are "conf.eth0.proxy_ndp likewise" <<'END'
		from kind name   host wire b1 b2 why
		wire ns   nobody 1    0    1  1  -
		wire arp  nobody 0    0    0  0  foreign-arp
END
	at b2 sysctl -qw net.ipv6.conf.eth0.proxy_ndp=0
	wait_for 5 flag KNOWN_IPV6
	at b2 ip route add local 192.168.15.0/24 dev lo
	wait_for 5 no_flag KNOWN_IPV4
	all_hear "a container that has a prefix for its own: all hear who asks for nobody's"
	ok "... the wire reaches it" pings wire 192.168.15.9
	at b2 ip route del local 192.168.15.0/24 dev lo
	wait_for 5 flag KNOWN_IPV4
	nobody "without"
}

# What was set when nobody listened: in a netns that has no id yet, and at the start.
gateway_before_it() {
	agent_pause
	netns b3
	at b3 sysctl -qw net.ipv4.conf.all.proxy_arp=1
	endpoint_podman b3 eth0 bridge 192.168.14.13/24 fd14::13/64
	agent_continue
	ok "a proxy before its netns has an id" wait_for 5 no_flag KNOWN_IPV4
	at b3 ip link del eth0
	ok "... it goes" wait_for 5 flag KNOWN_IPV4
	netns_del b3
	agent_stop
	address b1 lo $VIP/32
	at b2 ip route add local 192.168.15.0/24 dev lo
	agent_start -c "$CONF"
	ok "at the start: what an endpoint has for its own" no_flag KNOWN_IPV4
	is "$(neigh_flags $VIP)" 6 "... and a VIP, which somebody else may have"
	at b2 ip route del local 192.168.15.0/24 dev lo
	ok "... it goes" wait_for 5 becomes $VIP 4
	at b1 ip addr del $VIP/32 dev lo
	wait_for 5 becomes $VIP ""
}

# Without hairpind; its neighbour entry would go on asking.
linux() {
	address b1 lo $VIP/32 fd14::77/128
	at host ip route add local 192.168.15.0/24 dev lo
	at host ip -6 route add local fd15::/64 dev lo
	ok "Linux answers for an IPv4 address of lo" pings wire $VIP
	fails "... and not for one of IPv6" pings wire fd14::77
	ok "... for an IPv4 prefix that it has for its own" pings wire 192.168.15.9
	fails "... and not for one of IPv6" pings wire fd15::9
	at wire ip -6 neigh flush dev eth0 nud all
	at b1 ip addr del $VIP/32 dev lo
	at b1 ip addr del fd14::77/128 dev lo
	at host ip route del local 192.168.15.0/24 dev lo
	at host ip -6 route del local fd15::/64 dev lo
}

linux
for xdp in native off; do
	configure "uplink eth0 { xdp = $xdp }"
	agent_start -c "$CONF"
	is "$(shown xdp)" "${xdp/off/none}" "xdp = $xdp"
	nobody "to begin with"
	vip
	anyip
	[ $xdp = off ] || before_it # what is known stands in the same maps
	[ $xdp = off ] || neighbour
	[ $xdp = off ] || gateway
	[ $xdp = off ] || gateway_before_it
	agent_stop
done
done_testing
