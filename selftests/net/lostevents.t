#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# More happens than hairpind can be told of: its socket overflows while it
# stands still. It says so, reads everything again, and the maps are right: also
# where the notifications that did arrive are older than what was read.

. "$(dirname "$0")/lifecycle.sh"

lab_walkthrough
netns b3
agent_start
wait_for 5 agent_sleeps

# Every line is a notification of about 1.5 KB.
for ((i = 0; i < 2000; i++)); do
	printf 'link set eth0 mtu %d\n' $((1400 + i % 2))
done >"$WORK/flood"
# shellcheck disable=SC2016 # awk's own: Pid, Drops
drops() { at host awk -v pid="$AGENT_PID" '$3 == pid { n += $9 } END { print n + 0 }' /proc/net/netlink; }
flood_until_it_overflows() {
	local i
	for ((i = 0; i < 50; i++)); do
		[ "$(drops)" = 0 ] || return 0
		at b2 ip -batch "$WORK/flood"
	done
	return 1
}

agent_signal STOP
address b1 eth0 192.168.14.21/24 # is told, but will be gone
at b1 ip link set eth0 address 02:00:00:00:0b:01
at host ip link set eth0 address 02:00:00:00:ff:01
ok "its socket overflows" flood_until_it_overflows
# Of this nothing is told.
at b1 ip addr del 192.168.14.21/24 dev eth0
address b1 eth0 192.168.14.31/24
at b1 ip link set eth0 address 02:00:00:00:0b:11
at host ip link set eth0 address 02:00:00:00:ff:11
at b2 ip link del eth0
endpoint_docker b3 eth0 bridge 192.168.14.13/24 fd14::13/64
agent_signal CONT

ok "it says that notifications were lost" wait_for 5 logged "notifications were lost"
ok "a new address is there" wait_for 5 has "0 192.168.14.31 02:00:00:00:0b:11 b1" neighs eth0
ok "all is read" wait_for 5 agent_sleeps
is "$(neighs eth0 | grep -v fe80)" "0 192.168.14.11 02:00:00:00:0b:11 b1
0 192.168.14.13 02:42:c0:a8:0e:0d b3
0 192.168.14.133 02:00:00:00:ff:11 host
0 192.168.14.31 02:00:00:00:0b:11 b1
0 fd14::11 02:00:00:00:0b:11 b1
0 fd14::13 02:42:c0:a8:0e:0d b3
0 fd14::133 02:00:00:00:ff:11 host" "addresses are what they are, and not what they were"
is "$(stations eth0)" "0 02:00:00:00:0b:11 MACVLAN b1
0 02:00:00:00:ff:11 HOST host
0 02:42:c0:a8:0e:0d MACVLAN b3" "MACs as well"
is "$(endpoints eth0)" "b1/eth0 up BRIDGE
b3/eth0 up BRIDGE" "who went is gone, who came is there"
ok "host to b1" pings host 192.168.14.31
ok "host to b3" pings host 192.168.14.13
ok "b3 to the host" pings b3 $HOST

# What happens while it catches up is not lost either.
agent_signal STOP
netns b4
endpoint_docker b4 eth0 bridge 192.168.14.14/24
at b4 ip -batch "$WORK/flood"
lost=$(drops)
until [ "$(drops)" -gt "$lost" ]; do
	at b4 ip -batch "$WORK/flood"
done
agent_signal CONT
for ((i = 0; i < 300; i++)); do
	at b1 ip addr add 10.0.0.1/24 dev eth0
	at b1 ip addr del 10.0.0.1/24 dev eth0
done
address b1 eth0 192.168.14.41/24
ok "changes during the second reading: the last one holds" wait_for 5 has "0 192.168.14.41 02:00:00:00:0b:11 b1" neighs eth0
ok "... the others do not" wait_for 5 lacks "0 10.0.0.1 02:00:00:00:0b:11 b1" neighs eth0
agent_stop

# A netns that never rests: no reading of it is consistent, which is nobody else's trouble.
netns busy
seq 0 7999 | awk '{ print "addr add 10.9." int($1 / 250) "." $1 % 250 + 1 "/32 dev lo" }' >"$WORK/many"
at busy ip -batch "$WORK/many"
endpoint_direct busy eth0 bridge 192.168.14.15/24
seq 100000 | awk '{ print "addr add 10.8.0.1/32 dev lo"; print "addr del 10.8.0.1/32 dev lo" }' >"$WORK/restless"
background restless nsenter --net="/run/netns/$PREFIX-busy" ip -batch "$WORK/restless"
agent_start --log-level debug
is "$(agent_log | sed '/ready:/q' | grep -c "looked for namespaces")" 1 "beside a netns that never rests: it starts at once"
ok "... the host reaches b1" pings host 192.168.14.31
ok "... and one in it" pings host 192.168.14.15
address b1 eth0 192.168.14.51/24
ok "... changes are followed" wait_for 5 has "0 192.168.14.51 02:00:00:00:0b:11 b1" neighs eth0
sleep 2.5 # what has happened so far makes it look again after RESCAN_SECONDS; later, nothing does
ok "... it goes on all the time" kill "${processes[restless]}"
{ wait "${processes[restless]}" || true; } 2>/dev/null
unset "processes[restless]"
# Whatever was torn was read once more, and was not torn then.
is_whole() { agent_log | awk '/changes while it is read/ { torn = 1 } /is read once more/ { torn = 0 } END { exit torn }'; }
ok "it rests: it is read as a whole" wait_for 10 is_whole
done_testing
