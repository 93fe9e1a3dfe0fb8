#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Where an address is now: one gratuitous ARP or unsolicited NA, byte by byte,
# on the wire and to the host, when an endpoint appears or changes. None of what
# did not change, none with announce = false.
#
#   b1 ... b4
#        |
#   host eth0 192.168.14.133 ------ eth0 192.168.14.2  wire

. "$(dirname "$0")/lifecycle.sh"

lab_new b1
address host eth0 $HOST/24
address wire eth0 $GATEWAY/24

# Everybody listens for both; b1 is there to tell when all has been heard.
hear() {
	local ns
	for ns in wire host; do
		listen $ns-arp $ns frames eth0 0806
		listen $ns-na $ns frames eth0 86dd
	done
}

# Announcements alone: requests for the address of the sender, and NAs.
announcements() { # LISTENER
	heard "$1" | perl -ne '
		print if / 0806 \d+ .{28}(.{8}).{12}\1/ || / 86dd \d+ .{12}3a.{66}88/'
}

announced() { # DESCRIPTION LISTENER [LINE]...
	local description=$1 listener=$2
	shift 2
	is "$(announcements "$listener" | LC_ALL=C sort)" "$([ $# = 0 ] || printf '%s\n' "$@" | LC_ALL=C sort)" "$description"
}

link_local_of() { # MAC: its EUI-64, RFC 4291
	perl -MSocket=:all -e 'my @m = map hex, split /:/, shift;
		print inet_ntop(AF_INET6, pack "H16C8", "fe80000000000000", $m[0] ^ 2, @m[1, 2], 0xff, 0xfe, @m[3 .. 5])' "$1"
}

knows() { # NS ADDRESS MAC
	at "$1" ip neigh show "$2" dev eth0 | grep "lladdr $3 " >/dev/null
}

# ---- what was there before is known to the wire; the host alone is told

m1=$(mac_of 192.168.14.11)
endpoint_direct b1 eth0 bridge 192.168.14.11/24 fd14::11/64
host_mac=$(mac host)
at host ip neigh replace 192.168.14.11 lladdr 02:00:00:00:00:01 nud stale dev eth0
hear
agent_start
settle
gather
announced "at a start the wire hears nothing" wire-arp
announced "... in IPv6" wire-na
announced "... the host is told" host-arp "$(garp_line "$m1" 192.168.14.11 "$host_mac")"
announced "... in IPv6" host-na \
	"$(na_line "$m1" fd14::11 "$host_mac")" "$(na_line "$m1" "$(link_local_of "$m1")" "$host_mac")"
ok "... and believes it" knows host 192.168.14.11 "$m1"

# ---- one more

netns b2
m2=$(mac_of 192.168.14.12)
hear
endpoint_docker b2 eth0 bridge 192.168.14.12/24 fd14::12/64
wait_served b2
wait_for 5 agent_sleeps
gather
for listener in wire host; do
	announced "a new endpoint: $listener hears it once" $listener-arp "$(garp_line "$m2" 192.168.14.12)"
	announced "... in IPv6" $listener-na \
		"$(na_line "$m2" fd14::12)" "$(na_line "$m2" "$(link_local_of "$m2")")"
done

# ---- another MAC, which nobody asks for: who had the old one has the new one now

ok "the host and the wire talk to b2" pings host 192.168.14.12
ok "..." pings wire 192.168.14.12
hear
m2=02:00:00:00:0b:02
at b2 ip link set eth0 address $m2
wait_served b2
wait_for 5 agent_sleeps
gather
for listener in wire host; do
	announced "another MAC: $listener hears it once" $listener-arp "$(garp_line $m2 192.168.14.12)"
	is "$(announcements $listener-na | grep -cFx "$(na_line $m2 fd14::12)")" 1 "... in IPv6"
	ok "... and believes it" knows $listener 192.168.14.12 $m2
done
ok "the host goes on" at host ping -n -c 1 -W 1 192.168.14.12
ok "the wire goes on" at wire ping -n -c 1 -W 1 192.168.14.12

# ---- an address more; the others are not announced again

hear
address b2 eth0 192.168.14.22/24 fd14::22/64
wait_for 5 has "0 fd14::22 $m2 b2" neighs eth0
wait_for 5 agent_sleeps
gather
for listener in wire host; do
	announced "an address more: $listener hears it once" $listener-arp "$(garp_line $m2 192.168.14.22)"
	announced "... in IPv6" $listener-na "$(na_line $m2 fd14::22)"
done

# ---- not before it is known to be the only one

# Long enough to look while it lasts.
at b2 sysctl -qw net.ipv6.conf.eth0.accept_dad=1 net.ipv6.neigh.eth0.retrans_time_ms=$((2000 * ${WAIT_FACTOR:-1}))
hear
at b2 ip addr add fd14::32/64 dev eth0
is_tentative() { [ "$(map_rows eth0 neigh key.addr value.flags | awk -v a="fd:14:00:00:00:00:00:00:00:00:00:00:00:00:00:32" '$1 == a { print $2 }')" = 1 ]; }
ok "tentative: in the map as such" wait_for 5 is_tentative
settle
is "$(announcements wire-na)" "" "... and not announced"
settled_down() { wait_for 5 has "0 fd14::32 $m2 b2" neighs eth0 && ! is_tentative; }
ok "detection ends" wait_for 5 settled_down
wait_for 5 agent_sleeps
gather
announced "... and it is announced, once" wire-na "$(na_line $m2 fd14::32)"

# ---- nothing changed that a neighbour should know

hear
at b2 ip link set eth0 mtu 1400
at host ip addr add 192.168.14.201/24 dev eth0
wait_for 5 has "0 192.168.14.201 $host_mac host" neighs eth0
at b2 ip addr del 192.168.14.22/24 dev eth0
wait_for 5 lacks "0 192.168.14.22 $m2 b2" neighs eth0
wait_for 5 agent_sleeps
gather
announced "less, or the host's own: nothing is announced" wire-arp
announced "... in IPv6" wire-na

# ---- the first endpoint of an uplink, complete when hairpind comes to see it

netns b3
uplink eth1
address host eth1 192.168.15.133/24
m3=$(mac_of 192.168.15.13)
listen wire-arp wire frames eth1 0806
listen host-arp host frames eth1 0806
agent_signal STOP
endpoint_direct b3 eth1 bridge 192.168.15.13/24
agent_signal CONT
wait_served b3 eth0 eth1
wait_for 5 agent_sleeps
settle b3 eth1
gather
announced "the first endpoint of an uplink: the wire hears it" wire-arp "$(garp_line "$m3" 192.168.15.13)"
announced "... the host hears it once" host-arp "$(garp_line "$m3" 192.168.15.13)"

# ---- or nothing at all

agent_stop
echo 'announce = false' >"$WORK/silent.conf"
hear
agent_start -c "$WORK/silent.conf"
netns b4
endpoint_docker b4 eth0 bridge 192.168.14.14/24 fd14::14/64
wait_served b4
at b2 ip link set eth0 address 02:00:00:00:0b:03
wait_served b2
wait_for 5 agent_sleeps
gather
for listener in wire-arp wire-na host-arp host-na; do
	announced "announce = false: silence at $listener" $listener
done
done_testing
