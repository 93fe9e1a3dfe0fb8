#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# ipvlan in l2 mode, two subnets on one parent, as in the walk-through: all
# endpoints have the host's MAC, and are told apart by address.
#
#	host eth0 192.168.210.133, .212.133 --- wire eth0 192.168.210.254, .212.254
#	   |-- b1 .210.9    b2 .210.10    b3 .212.9    b4 .212.10
. "$(dirname "$0")/lifecycle.sh"
. "$(dirname "$0")/kernel.sh"

needs ipvlan

conf=$WORK/conf
pairs_within=(b1:192.168.210.10 b2:192.168.210.9 b3:192.168.212.10 b1:fd10::10)
with_host=(host:192.168.210.9 host:192.168.210.10 host:192.168.212.9 host:192.168.212.10
	b1:192.168.210.133 b2:192.168.210.133 b3:192.168.212.133 b4:192.168.212.133
	host:fd10::9 b2:fd10::133)
with_wire=(b1:192.168.210.254 b4:192.168.212.254 wire:192.168.210.9 wire:192.168.212.10
	host:192.168.210.254 wire:192.168.210.133)

endpoint_ipvlan() { # NS FLAG ADDRESS/LENGTH...: as Docker does it
	at host ip link add link eth0 name "ipv-$1" type ipvlan mode l2 "$2"
	at host ip link set "ipv-$1" netns "$PREFIX-$1" name eth0
	address "$1" eth0 "${@:3}"
	at "$1" ip link set eth0 up
}

lab() { # FLAG
	lab_new b1 b2 b3 b4
	address host eth0 192.168.210.133/24 192.168.212.133/24 fd10::133/64
	address wire eth0 192.168.210.254/24 192.168.212.254/24 fd10::254/64
	endpoint_ipvlan b1 "$1" 192.168.210.9/24 fd10::9/64
	endpoint_ipvlan b2 "$1" 192.168.210.10/24 fd10::10/64
	endpoint_ipvlan b3 "$1" 192.168.212.9/24
	endpoint_ipvlan b4 "$1" 192.168.212.10/24
}

all() { # ok|fails WORDS FROM:ADDRESS...
	local pair
	for pair in "${@:3}"; do
		"$1" "$2: ${pair%%:*} to ${pair#*:}" pings "${pair%%:*}" "${pair#*:}"
	done
}

lab bridge
all ok without "${pairs_within[@]}" "${with_wire[@]}"
all fails without "${with_host[@]}"

agent_start
is "$(map_rows eth0 endpoints value.kind value.mode | sort | uniq -c | tr -s ' ')" \
	" 1 HP_KIND_HOST HP_MODE_NONE
 4 HP_KIND_IPVLAN HP_MODE_BRIDGE" "four endpoints and the host"
is "$(map_rows eth0 fdb value.kind value.flags)" "HP_KIND_HOST 2" "... of which the fdb has one MAC, as shared"
all ok with "${pairs_within[@]}" "${with_wire[@]}" "${with_host[@]}"

# Counted as theirs, although the MAC is the host's.
before=$(packets eth0 b1 rx.host)
at host ping -q -c 3 -i 0.2 192.168.210.9 >"$WORK/ping"
is "$(($(packets eth0 b1 rx.host) - before >= 3))" 1 "what the host sends to b1 is counted at b1"

at b1 ip addr del 192.168.210.9/24 dev eth0
address b1 eth0 192.168.210.11/24
ok "another address" wait_for 5 in_map eth0 neigh 00 00 02 00 c0 a8 d2 0b 00 00 00 00 00 00 00 00 00 00 00 00
all ok "... is reached" host:192.168.210.11 b1:192.168.210.133

at host ip link set eth0 down
at host ip link set eth0 address 02:00:00:00:aa:85
at host ip link set eth0 up
address host eth0 fd10::133/64 2>/dev/null || true
wait_for 5 in_map eth0 fdb 00 00 02 00 00 00 aa 85
all ok "another MAC of the host, and so of all" host:192.168.210.11 b2:192.168.210.133 b2:192.168.210.11
agent_stop
agent_run --detach 2>/dev/null

# ---- the vepa flag: siblings are apart unless we reflect

for ns in b1 b2 b3 b4; do
	at "$ns" ip link set eth0 type ipvlan mode l2 vepa
done
echo 'uplink eth0 { reflect = true }' >"$conf"
all fails "vepa, without" b1:192.168.210.10 b1:192.168.210.133
agent_start
all ok "vepa, with" host:192.168.210.10 b2:192.168.210.133
all fails "vepa, reflect off" b1:192.168.210.10
agent_stop
agent_start -c "$conf"
all ok "vepa, reflect on" b1:192.168.210.10 b2:192.168.210.11 host:192.168.210.10
agent_stop
agent_run --detach 2>/dev/null

# ---- private: apart from each other, with the host

for ns in b1 b2 b3 b4; do
	at "$ns" ip link set eth0 type ipvlan mode l2 private
done
all fails "private, without" b1:192.168.210.10 b1:fd10::10 host:192.168.210.10
agent_start -c "$conf"
is "$(map_rows eth0 endpoints value.mode | sort | uniq -c | tr -s ' ')" " 1 HP_MODE_NONE
 4 HP_MODE_PRIVATE" "private: listed"
all ok "private, with" host:192.168.210.10 b2:192.168.210.133 host:fd10::10 b2:fd10::133 wire:192.168.210.10
all fails "private, reflect on" b1:192.168.210.10 b1:fd10::10
agent_stop
agent_run --detach 2>/dev/null

# ---- l3, l3s: the host routes, and we keep out of it

states() { at host "$BUILD/hairpin" --pins "$PINS" endpoint | awk 'NR > 1 { print $5, $6, $7 }' | sort -u; }
for mode in l3 l3s; do
	for ns in b1 b2 b3 b4; do
		at "$ns" ip link set eth0 type ipvlan mode $mode
	done
	agent_start
	is "$(states)" "ipvlan $mode left-alone" "$mode: listed, and that it is left alone"
	is "$(map_rows eth0 fdb value.kind)" "" "... and it is"
	agent_stop
	agent_run --detach 2>/dev/null
done
done_testing
