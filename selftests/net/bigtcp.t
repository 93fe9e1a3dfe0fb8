#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# gso-max-size: TCP packets over 64 KB between host and endpoints, and what becomes
# of them where they may not go. Whatever was raised is put back.
#
#   r1 10.1.0.2 fd01::2
#        | a veth that nobody raises
#   b1 192.168.14.11   b2 .12: somebody set its gso_max_size     host small: takes 64 KB at most
#        |              |
#   eth0 192.168.14.133, host ------ eth0 192.168.14.2  wire

. "$(dirname "$0")/lifecycle.sh"
. "$(dirname "$0")/kernel.sh"

BIG=196608
DEFAULT=65536
BYTES=4000000
LEGACY=$((DEFAULT + 14))
OURS=$PREFIX-b1

gso() { # of IPv6 and IPv4
	local line six four
	line=$(at "$1" "$PROBE" gso "${2:-eth0}") || return
	read -r six four _ <<<"$line"
	[ "$four" != 0 ] || four=$six
	echo "$six $four"
}
sized() { [ "$(gso "$2" "${3:-eth0}")" = "$1 $1" ]; }			      # SIZE NS [DEVICE]
sized_ipv6() { [ "$(gso "$1" | cut -d" " -f1)" = $BIG ]; }
map_names() { map_rows eth0 endpoints value.netns value.ifname | tr " " /; }
becomes() { wait_for 5 sized "$@"; }
all_are() { # SIZE DESCRIPTION
	ok "$2: the host has $1" becomes "$1" host
	ok "... b1 too" becomes "$1" b1
	is "$(gso b2)" "100000 $B2_IPV4" "... b2 has what somebody set"
	ok "... the wire what it had" sized $DEFAULT wire
}

configure() { echo "uplink \"eth0\" { $1 }" >"$WORK/conf"; }
logged_more() { [ "$(logged_times "$1")" -gt "$2" ]; }
reload() { # SETTING
	local times
	times=$(logged_times "configuration was read again")
	configure "$1"
	agent_signal HUP
	wait_for 5 logged_more "configuration was read again" "$times"
	wait_for 5 agent_sleeps
}
hairpin() { at host "$BUILD/hairpin" --pins "$PINS" --run "$RUN" "$@"; }
uplink_says() { hairpin --json uplink | tr -d "\n" | grep -F -- "$1"; }
detach() { agent_run --detach 2>"$WORK/detach"; }

# TCP puts half its window into a packet at most, and all of that only where round trips are short.
# On a busy machine they are not: it takes that for a queue or a loss, stops widening the window, and
# remembers that for the next connection. Where there is no loss this has it widen all the time.
PATIENT=(net.ipv4.tcp_tso_rtt_log=20 net.ipv4.tcp_congestion_control=reno net.ipv4.tcp_early_retrans=0
	net.ipv4.tcp_rto_min_us=2000000 net.ipv4.tcp_no_metrics_save=1) # the RTO's is new in 6.11
# What FROM has on its DEVICE on the way there, and what arrives.
stream() { # DESCRIPTION FROM TO ADDRESS [WAY-NS [WAY-DEVICE]]
	local sent
	at "$2" sysctl -eqw "${PATIENT[@]}"
	listen way "${5:-$2}" frames "${6:-eth0}" all
	listen tap "$3" frames eth0 all
	background server at "$3" "$PROBE" tcp-listen :: 7777
	wait_for 5 hears server
	sent=$(at "$2" timeout $((60 * ${WAIT_FACTOR:-1})) "$PROBE" tcp-send "$4" 7777 $BYTES)
	finish server
	gather way tap
	is "$(heard server)" "$sent" "$1: every byte arrived"
	largest=$(heard tap | awk '$1 == "host" { print $5 }' | sort -n | tail -n 1)
	largest_sent=$(heard way | awk '{ print $5 }' | sort -n | tail -n 1)
}
big() { # DESCRIPTION FROM TO ADDRESS
	stream "$@"
	ok "... in packets over 64 KB ($largest bytes)" [ "$largest" -gt $LEGACY ]
	ok "... and within the limit" [ "$largest" -le $BIG ]
}
up_to() { # SIZE DESCRIPTION FROM TO ADDRESS
	stream "${@:2}"
	ok "... in packets of at most $1 bytes ($largest)" [ "$largest" -le "$1" ]
}
cut_up() { # DESCRIPTION FROM TO ADDRESS [WAY-NS [WAY-DEVICE]]
	stream "$@"
	ok "... sent in packets over 64 KB ($largest_sent)" [ "$largest_sent" -gt $LEGACY ]
	ok "... which arrived in smaller ones ($largest)" [ "$largest" -le $LEGACY ]
}
big4() { if [ "$IPV4" = 1 ]; then big "$@"; else up_to $LEGACY "$@"; fi; }

lab_walkthrough
netns r1
ip link add r1 netns "$PREFIX-b1" type veth peer name eth0 netns "$PREFIX-r1"
at b1 sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
address b1 r1 10.1.0.1/24 fd01::1/64
address r1 eth0 10.1.0.2/24 fd01::2/64
at b1 ip link set r1 up
up r1 eth0
at r1 ip route add default via fd01::1
at host ip route add fd01::/64 via fd14::11
at wire ip route add fd01::/64 via fd14::11

if ! at host ip link set eth0 gso_max_size $BIG 2>"$WORK/err"; then
	skip "${0##*/}" "no gso_max_size over 64 KB in this kernel ($(uname -r)): $(cat "$WORK/err")"
	done_testing
	exit 0
fi
at host ip link set eth0 gso_max_size $DEFAULT
at b2 ip link set eth0 gso_max_size 100000
B2_IPV4=$(gso b2)
B2_IPV4=${B2_IPV4#* }
IPV4=1
read -r _ ipv4 _ <<<"$(at host "$PROBE" gso eth0)"
if [ "$ipv4" = 0 ]; then
	IPV4=0
	skip "IPv4 packets over 64 KB" "no gso_ipv4_max_size in this kernel ($(uname -r))"
fi

# ---- as it is without, and what would be done

: >"$WORK/conf"
agent_start -c "$WORK/conf"
all_are $DEFAULT "off by default"
up_to $LEGACY "off: host to b1" host b1 fd14::11
agent_stop
configure "gso-max-size = $BIG"
agent_run -c "$WORK/conf" --dry-run >"$WORK/plan"
ok "--dry-run tells of it" grep -Fx "eth0: raise gso_max_size of eth0 to $BIG" "$WORK/plan"
ok "... and of b1" grep -Fx "eth0: raise gso_max_size of $OURS/eth0 to $BIG" "$WORK/plan"
all_are $DEFAULT "... and does nothing"

# ---- both ways

agent_start -c "$WORK/conf"
all_are $BIG "on"
ok "hairpin uplink shows it" uplink_says "\"gso_max_size\": $BIG"
if [ $IPV4 = 0 ]; then
	ok "... and that IPv4 has none" uplink_says "BIG TCP over IPv6 alone"
fi
big "IPv6, host to b1" host b1 fd14::11
big "IPv6, b1 to the host" b1 host fd14::133
big4 "IPv4, host to b1" host b1 192.168.14.11
big4 "IPv4, b1 to the host" b1 host $HOST
turned=$(reason eth0 hairpin)
big "once more" host b1 fd14::11
ok "... in frames that were turned round" [ $(($(reason eth0 hairpin) - turned)) -gt $((BYTES / 1500)) ]

# ---- where they do not fit

# A device that takes them gets them as they are: the wire is such a veth.
stream "b1 to the wire" b1 wire fd14::2
ok "... in packets within the limit" [ "$largest" -le $BIG ]
# Any other device has them cut up before.
cut_up "host to r1, behind b1, on a device with 64 KB" host r1 fd01::2
at host ip link set eth0 gso_max_size $DEFAULT
cut_up "b1 to the wire, on an uplink that somebody lowered" b1 wire fd14::2
reload ""
reload "gso-max-size = $BIG"
all_are $BIG "off and on again"

# ---- endpoints that come and go

netns b3 b4
endpoint_docker b3 eth0 bridge 192.168.14.13/24 fd14::13/64
ok "one that comes later" becomes $BIG b3
endpoint_direct b4 eth0 bridge 192.168.14.14/24 fd14::14/64
ok "... one that is made in its namespace" becomes $BIG b4
big "b4 to the host" b4 host fd14::133
at b3 ip link set eth0 down
ok "one that goes down" becomes $DEFAULT b3
up b3 eth0
ok "... and up" becomes $BIG b3
agent_pause
at b3 ip link set eth0 netns "$PREFIX-b4" name moved
at b4 ip link set moved up
agent_continue
wait_for 5 has "$PREFIX-b4/moved" map_names
ok "one that moves to another namespace" becomes $BIG b4 moved
at host ip link set eth0 down
ok "the uplink down" becomes $BIG host
up host eth0
address host eth0 fd14::133/64 # went with it

# ---- put back

reload ""
all_are $DEFAULT "reload without the word"
ok "... b4's too" sized $DEFAULT b4
ok "... the one that moved" sized $DEFAULT b4 moved
reload "gso-max-size = $BIG"
all_are $BIG "reload with it"
reload "gso-max-size = 131072"
all_are 131072 "another value"
configure "gso-max-size = 400"
agent_signal HUP
ok "a wrong value" wait_for 5 logged "conf:1: '400' is no value for 'gso-max-size': it takes bytes, 65537 to 524280"
all_are 131072 "... changes nothing"
reload "serve = false"
all_are $DEFAULT "serve = false"
reload "gso-max-size = $BIG"
all_are $BIG "and again"
agent_stop
all_are $BIG "hairpind ends"
detach
all_are $DEFAULT "--detach"

agent_start -c "$WORK/conf"
all_are $BIG "started"
agent_kill
all_are $BIG "kill -9"
detach
all_are $DEFAULT "... and --detach"

agent_start -c "$WORK/conf"
agent_kill
configure ""
agent_start -c "$WORK/conf"
all_are $DEFAULT "kill -9, and a start without the word"
agent_stop
detach

# Somebody wants the same as we: that is not ours to put back.
at host ip link set eth0 gso_max_size $BIG
configure "gso-max-size = $BIG"
agent_start -c "$WORK/conf"
ok "the uplink has it already" sized_ipv6 host
agent_stop
detach
ok "... and keeps it" sized_ipv6 host
ok "... b1 does not" becomes $DEFAULT b1
at host ip link set eth0 gso_max_size $DEFAULT

# ---- a tap: whoever reads it need not be ready

agent_start -c "$WORK/conf"
at host ip link add link eth0 name tap0 type macvtap mode bridge
all_are $DEFAULT "a macvtap comes"
ok "... the log says why" wait_for 5 logged "eth0: no BIG TCP: there is a macvtap or ipvtap"
ok "... hairpin uplink too" wait_for 5 uplink_says "no BIG TCP: there is a macvtap or ipvtap"
at host ip link del tap0
all_are $BIG "it goes"

# ---- an XDP endpoint: its veth would cut them up

netns x1
hairpin endpoint add x1 --kind xdp --parent eth0 --netns "$PREFIX-x1"
all_are $DEFAULT "an XDP endpoint comes"
ok "... hairpin uplink says why" wait_for 5 uplink_says "no BIG TCP: there is an XDP endpoint"
hairpin endpoint del x1
all_are $BIG "it goes"

# ---- what the host forwards

at host sysctl -qw net.ipv6.conf.all.forwarding=1
reload ""
reload "gso-max-size = $BIG"
ok "a host that forwards IPv6 is warned" logged "eth0: BIG TCP: the host forwards IPv6"
at host sysctl -qw net.ipv6.conf.all.forwarding=0

# ---- an uplink that takes less

small_uplink() { at host ip link add small type bridge || at host ip tuntap add small mode tap; } 2>/dev/null
small_uplink
netns s1
at host ip link set small up
at host ip link add link small name dm-s1 netns "$PREFIX-s1" type macvlan mode bridge
at s1 ip link set dm-s1 name eth0 up
read -r _ _ tso <<<"$(at host "$PROBE" gso small)"
ok "a device that takes no more than 64 KB" [ "$tso" -le $DEFAULT ]
echo "uplink \"small\" { gso-max-size = $BIG }" >>"$WORK/conf"
agent_signal HUP
ok "one error, with the cure" wait_for 5 logged \
	"small: no BIG TCP: gso-max-size = $BIG is more than the device takes: set at most its tso_max_size, $tso"
is "$(logged_times "small: no BIG TCP")" 1 "... once"
wait_for 5 agent_sleeps
ok "... it has what it had" sized $DEFAULT host small
ok "... and its endpoint" sized $DEFAULT s1
ok "... hairpin uplink says so" wait_for 5 uplink_says "no BIG TCP: gso-max-size is more than tso_max_size of the device"
all_are $BIG "... eth0 is as it was"
at host ip link del small

# ---- VLAN devices

if kernel_has vlan; then
	netns v1
	for ns in host wire; do at $ns ip link add link eth0 name eth0.50 type vlan id 50; done
	address host eth0.50 192.168.50.133/24 fd50::133/64
	address wire eth0.50 192.168.50.2/24 fd50::2/64
	up host eth0.50
	up wire eth0.50
	endpoint_docker v1 eth0.50 bridge 192.168.50.11/24 fd50::11/64
	ok "an endpoint on a VLAN device" becomes $BIG v1
	ok "... and the VLAN device" becomes $BIG host eth0.50
	big "VLAN, host to v1" host v1 fd50::11
	big "VLAN, v1 to the host" v1 host fd50::133 host eth0.50
	big4 "VLAN, IPv4, host to v1" host v1 192.168.50.11
	at v1 ip link del eth0
	ok "its last endpoint goes: the VLAN device" becomes $DEFAULT host eth0.50
	all_are $BIG "... the others stay"
else
	skip "VLAN devices" "no vlan in this kernel ($(uname -r))"
fi

# ---- the last endpoint goes

at b1 ip link del eth0
at b2 ip link del eth0
at b4 ip link del moved
at b4 ip link del eth0
ok "the last endpoint goes: the uplink" becomes $DEFAULT host
ok "... and its pins are gone" wait_for 5 gone "$PINS/eth0"

# ---- ipvlan: one MAC, told apart by address, behind the option that tells the length

if kernel_has ipvlan; then
	SETTLE_NS= # b1 is gone
	netns i1
	at host ip link add link eth0 name ipv-i1 type ipvlan mode l2
	at host ip link set ipv-i1 netns "$PREFIX-i1" name eth0
	address i1 eth0 192.168.14.31/24 fd14::31/64
	at i1 ip link set eth0 up
	ok "an ipvlan" becomes $BIG i1
	ok "... and its parent" becomes $BIG host
	big "ipvlan, host to i1" host i1 fd14::31
	big "ipvlan, i1 to the host" i1 host fd14::133
	big4 "ipvlan, IPv4, host to i1" host i1 192.168.14.31
	big4 "ipvlan, IPv4, i1 to the host" i1 host $HOST
else
	skip "ipvlan" "no ipvlan in this kernel ($(uname -r))"
fi
done_testing
