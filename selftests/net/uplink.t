#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# An uplink on which there is something already: a qdisc of its own, a link that
# is slow, somebody else's XDP program. All of it stays and does its work.
#
#   b1 b2     the walk-through

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/matrix.sh"
. "$(dirname "$0")/kernel.sh"

lab_walkthrough
stations host wire b1 b2

all_reach_all() { # DESCRIPTION
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
	ok "$1: host to b1" pings host 192.168.14.11
	ok "$1: b2 to the host, IPv6" pings b2 fd14::133
}

# ---- qdiscs

root() { at host tc qdisc show dev eth0 root | sed 's/ refcnt [0-9]*//'; }
queued() { at host tc -s qdisc show dev eth0 root | sed -n 's/.*Sent [0-9]* bytes \([0-9]*\) pkt.*/\1/p' | head -n 1; }
round_trip() { at "$1" ping -n -c 1 -W 5 "$2" | sed -n 's/.*time=\([0-9]*\).*/\1/p'; }
learn() { # questions would count, and be late, too
	at host ip neigh replace 192.168.14.11 lladdr "$(mac b1)" dev eth0
	at b1 ip neigh replace $HOST lladdr "$(mac host)" dev eth0
	at b1 ip neigh replace $GATEWAY lladdr "$(mac wire)" dev eth0
	at host ip neigh replace $GATEWAY lladdr "$(mac wire)" dev eth0
	at wire ip neigh replace $HOST lladdr "$(mac host)" dev eth0
	at wire ip neigh replace 192.168.14.11 lladdr "$(mac b1)" dev eth0
}

while read -r kind arguments; do
	if ! kernel_has "$kind"; then
		skip "$kind" "no $kind in this kernel"
		continue
	fi
	# shellcheck disable=SC2086 # words
	at host tc qdisc replace dev eth0 root handle 1: $kind $arguments
	[ "$kind" != htb ] || at host tc class add dev eth0 parent 1: classid 1:10 htb rate 10gbit quantum 1514
	before=$(root)
	agent_start
	if [ "$kind" = netem ]; then
		learn
		ok "$kind: what goes to the wire is late" [ "$(round_trip b1 $GATEWAY)" -ge 1000 ]
		ok "... what is turned round is not" [ "$(round_trip host 192.168.14.11)" -lt 1000 ]
		ok "... nor the way back" [ "$(round_trip b1 $HOST)" -lt 1000 ]
	else
		all_reach_all "$kind"
		learn
		sent=$(queued) # among what it counts are a few questions of IPv6
		at host ping -n -q -c 50 -i 0.005 192.168.14.11 >"$WORK/out"
		ok "$kind: what is turned round does not pass it" [ "$(($(queued) - sent))" -lt 50 ]
		at host ping -n -q -c 50 -i 0.005 $GATEWAY >"$WORK/out"
		ok "... what goes to the wire does" [ "$(($(queued) - sent))" -ge 50 ]
	fi
	is "$(root)" "$before" "$kind: it is as it was"
	agent_stop
	agent_run --detach 2>/dev/null
	is "$(root)" "$before" "... also after --detach"
	at host tc qdisc del dev eth0 root
done <<'END'
fq
htb default 10
netem delay 1000ms
END

# ---- XDP

FOREIGN=$PINS-xdp
trap 'rm -rf "$FOREIGN"; lab_end' EXIT
mkdir "$FOREIGN"
"$BPFTOOL" prog load "$BUILD/selftests/net/foreign/xdp.bpf.o" "$FOREIGN/prog" type xdp pinmaps "$FOREIGN/maps"
frames() { "$BPFTOOL" -j map dump pinned "$FOREIGN/maps/frames" | "$PROBE" rows value; }
attached() { at host ip -d link show eth0 | grep -oE 'xdp[a-z]*/id:[0-9]+|prog/xdp id [0-9]+' | xargs; }

for how in xdpgeneric xdpdrv; do
	at host "$BPFTOOL" net attach "$how" pinned "$FOREIGN/prog" dev eth0
	before=$(attached)
	ok "$how: attached" [ -n "$before" ]
	agent_start
	all_reach_all "$how"
	is "$(attached)" "$before" "$how: it stays"
	at wire ip neigh replace $HOST lladdr "$(mac host)" dev eth0
	seen=$(frames)
	at wire ping -n -q -c 5 -i 0.01 $HOST >"$WORK/out"
	ok "... and sees what comes from the wire" [ $(($(frames) - seen)) -ge 5 ]
	agent_stop
	agent_run --detach 2>/dev/null
	is "$(attached)" "$before" "... also after --detach"
	at host "$BPFTOOL" net detach "$how" dev eth0
done
done_testing
