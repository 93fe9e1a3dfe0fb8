#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Many endpoints: growth while traffic flows, and 1,000 that are there before
# hairpind is. Figures are told, not judged.

. "$(dirname "$0")/lifecycle.sh"

lab_new b1 b2 m0 m1 m2 m3
address host eth0 $HOST/24
at host ip addr add 10.1.0.1/16 dev eth0
endpoint_direct b1 eth0 bridge 192.168.14.11/24
endpoint_direct b2 eth0 bridge 192.168.14.12/24
for ns in m0 m1 m2 m3; do
	# No IPv6: an address for each would not be the point here.
	at $ns sysctl -qw net.ipv6.conf.default.disable_ipv6=1
done

# Number N is mvN in m<N % 4>, with the address 10.1.<N / 250>.<N % 250 + 2>.
address_of() { echo "10.1.$(($1 / 250)).$(($1 % 250 + 2))"; }
make_endpoints() { # FROM TO
	local i ns
	for ((i = $1; i < $2; i++)); do
		echo "link add link eth0 name mv$i netns $PREFIX-m$((i % 4)) address $(mac_of "$(address_of $i)") type macvlan mode bridge"
	done >"$WORK/batch"
	at host ip -batch "$WORK/batch"
	for ns in 0 1 2 3; do
		for ((i = $1; i < $2; i++)); do
			[ $((i % 4)) = $ns ] || continue
			echo "addr add $(address_of $i)/16 dev mv$i"
			echo "link set mv$i up"
		done >"$WORK/batch"
		at m$ns ip -batch "$WORK/batch"
	done
}
known() { [ "$(map_rows eth0 "$1" key.vlan | wc -l)" = "$2" ]; }
ms_since() { echo $(((${EPOCHREALTIME/[.,]/} - $1) / 1000)); }
tell() { echo "# $*"; }
slots() { "$BPFTOOL" -j map show pinned "$PINS/eth0/stats" | "$PROBE" field max_entries; }

# ---- growth: more ids than the counters have slots

make_endpoints 0 240
agent_start
ok "242 endpoints are stations" known fdb 243
is "$(slots)" 256 "... with 256 slots of counters"
# Nobody asks whether a neighbour is still there, which would be counted as well.
at host ip neigh replace 192.168.14.11 lladdr "$(mac b1)" dev eth0 nud permanent
at b1 ip neigh replace $HOST lladdr "$(mac host)" dev eth0 nud permanent
at host ping -n -q -c 50 -i 0.002 192.168.14.11 >/dev/null
counted=$(packets eth0 b1 rx.host)
ids=$(map_rows eth0 endpoints key value.ifname value.first_seen)
flow to-b2 host 192.168.14.12
listen wire-arp wire frames eth0 0806
make_endpoints 240 264
ok "24 more are stations" wait_for 5 known fdb 267
wait_for 5 agent_sleeps
is "$(slots)" 512 "... with 512 slots"
is "$(packets eth0 b1 rx.host)" "$counted" "... counters go on"
is "$(map_rows eth0 endpoints key value.ifname value.first_seen | grep -cFxf <(echo "$ids"))" 243 "... ids as well"
is "$(flow_end to-b2)" "lost 0, doubled 0" "... traffic did not notice"
at host ping -n -q -c 7 -i 0.002 192.168.14.11 >/dev/null
is "$(packets eth0 b1 rx.host)" $((counted + 7)) "... and what counts is what is pinned"
ok "... the newest one is reached" pings host "$(address_of 263)"
gather
# Sender and target are the same address: announcements.
is "$(heard wire-arp | perl -ne 'print "$1\n" if /^broadcast .* 0806 \d+ .{28}(.{8}).{12}\1/' | sort -u | wc -l)" 24 \
	"... only the new ones are announced"

# ---- from an address to the first answer

probe_answers() { at host ping -n -q -c 1 -W 0.01 "$1" >/dev/null; }
netns late
at host ip link add link eth0 name eth0 netns "$PREFIX-late" address "$(mac_of 192.168.14.99)" type macvlan mode bridge
up late eth0
wait_served late
times=()
for i in 1 2 3 4 5 6 7 8 9; do
	at late ip addr add 192.168.14.10$i/24 dev eth0
	begin=${EPOCHREALTIME/[.,]/}
	wait_for 5 probe_answers 192.168.14.10$i
	times+=("$(((${EPOCHREALTIME/[.,]/} - begin) / 100))")
done
ok "nine new addresses were reached" [ ${#times[@]} = 9 ]
tell "from a new address to the first answered ping, processes' starts included:" \
	"median $(printf '%s\n' "${times[@]}" | sort -n | sed -n 5p | sed 's/.$/.&/;s/^\./0./') ms of 9"
agent_stop
agent_run --detach 2>/dev/null

# ---- 1,000 at a start

make_endpoints 264 997 # and b1, b2, late
begin=${EPOCHREALTIME/[.,]/}
agent_start
tell "1,000 endpoints: ready $(ms_since "$begin") ms after the start"
ok "1,000 endpoints at a start" logged "ready: 1 uplinks, 1000 endpoints"
ok "... all are stations" known fdb 1001
is "$(map_rows eth0 neigh key.vlan key.family | grep -c '^0 2$')" $((997 + 2 + 2 + 9)) "... with all their addresses"
for i in 0 500 996; do
	ok "... number $i is reached" pings host "$(address_of $i)"
done
tell "memory: $(awk '/VmRSS/ { print $2 }' "/proc/$AGENT_PID/status") KB resident"
agent_stop
begin=${EPOCHREALTIME/[.,]/}
agent_start
tell "... and again, with nothing to do: $(ms_since "$begin") ms"
done_testing
