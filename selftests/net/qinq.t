#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Two tags: an 802.1ad tag outside, which is the segment, 802.1Q tags inside.
#
#   s1 s2 .14.11 .12    t1 .15.11
#        |                 |
#   eth0.50.10 .14.133   eth0.50.11 .15.133                 host
#             \            /
#         eth0.50, 802.1ad, on eth0 ------ the same, .2     wire

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/trunk.sh"

needs vlan qinq
lab_new s1 s2 t1
for ns in host wire; do
	at $ns ip link add link eth0 name eth0.50 type vlan proto 802.1ad id 50
	up $ns eth0.50
	for inner in 10 11; do
		at $ns ip link add link eth0.50 name eth0.50.$inner type vlan id $inner
		up $ns eth0.50.$inner
	done
done
address host eth0.50.10 192.168.14.133/24 fd14::133/64
address host eth0.50.11 192.168.15.133/24
address wire eth0.50.10 192.168.14.2/24 fd14::2/64
address wire eth0.50.11 192.168.15.2/24
endpoint_docker s1 eth0.50.10 bridge 192.168.14.11/24 fd14::11/64
endpoint_docker s2 eth0.50.10 bridge 192.168.14.12/24 fd14::12/64
endpoint_docker t1 eth0.50.11 bridge 192.168.15.11/24
settle() {
	at wire "$PROBE" barrier "$PREFIX-wire" eth0.50.10 "$PREFIX-s1" eth0
	at wire "$PROBE" barrier "$PREFIX-wire" eth0.50.11 "$PREFIX-t1" eth0
}

worked_before() {
	ok "$1 hairpind: s1 to s2" pings s1 192.168.14.12
	ok "$1 hairpind: s2 to the wire" pings s2 192.168.14.2
	ok "$1 hairpind: s1 to the wire, IPv6" pings s1 fd14::2
	ok "$1 hairpind: wire to t1" pings wire 192.168.15.11
	ok "$1 hairpind: host to the wire" pings host 192.168.14.2
}
with_host() { # ok|fails
	"$1" "host to s1" pings host 192.168.14.11
	"$1" "host to s2, IPv6" pings host fd14::12
	"$1" "host to t1" pings host 192.168.15.11
	"$1" "s1 to the host" pings s1 192.168.14.133
	"$1" "s2 to the host, IPv6" pings s2 fd14::133
	"$1" "t1 to the host" pings t1 192.168.15.133
}

worked_before without
with_host fails
agent_start
worked_before with
with_host ok
is "$(map_rows eth0 fdb key.vlan key.mac)" "50 02:00:00:00:00:85
50 $(mac s1)
50 $(mac s2)
50 $(mac t1)" "the outer tag is the segment"

# ---- both tags, and no frame in the other inner VLAN

hearers=(host10=host:eth0.50.10 host11=host:eth0.50.11 s1=s1:eth0 s2=s2:eth0 t1=t1:eth0 wire10=wire:eth0.50.10 wire11=wire:eth0.50.11)
who_hears() { # NS DEVICE DST: the stations that hear a frame of it, "NAME:COPIES"
	local h at
	for h in "${hearers[@]}"; do
		at=${h#*=}
		listen "${h%%=*}" "${at%%:*}" frames "${at#*:}"
	done
	at "$1" "$PROBE" send "$2" "$3" "$(mac "$1" "$2")" word
	gather
	for h in "${hearers[@]}"; do
		echo "${h%%=*}:$(heard "${h%%=*}" | grep -cv '^other' || true)"
	done | grep -v ':0$' | xargs
}
is "$(who_hears host eth0.50.10 $BROADCAST)" "s1:1 s2:1 wire10:1" "the host's broadcast in VLAN 10"
is "$(who_hears host eth0.50.11 $BROADCAST)" "t1:1 wire11:1" "... in VLAN 11"
is "$(who_hears s1 eth0 $BROADCAST)" "host10:1 s2:1 wire10:1" "s1's broadcast"
is "$(who_hears t1 eth0 $BROADCAST)" "host11:1 wire11:1" "t1's"
is "$(who_hears host eth0.50.10 "$(mac s2)")" "s2:1" "the host to s2"
is "$(who_hears t1 eth0 "$(mac host)")" "host11:1" "t1 to the host"

listen tap wire frames eth0 all
listen turned host frames eth0 all
at s1 "$PROBE" send eth0 "$(mac wire)" "$(mac s1)" out
at host "$PROBE" send eth0.50.10 "$(mac s1)" "$(mac host)" in
gather tap turned
word() { printf %s "$1" | od -An -v -tx1 | tr -d ' \n'; }
is "$(heard tap | grep -E "$(mac wire) $(mac s1)" | cut -d ' ' -f 4 | xargs)" "8100@88a8:50" "both tags on the wire"
is "$(count tap " 000a88b5$(word out)")" 1 "... the inner one in the frame"
is "$(count tap " 000a88b5$(word in)")" 0 "what is turned round is not on the wire"
is "$(heard turned | grep "^other $(mac s1).* 000a88b5$(word in)" | cut -d ' ' -f 4)" "8100@88a8:50" "... and has both tags"

done_testing
