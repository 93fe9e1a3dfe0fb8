#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What must not break what works: an `ingress` qdisc, pins that are missing or
# do not belong together, other people's pins, a second agent, a shared address.
#
#	host eth0 192.168.14.133 --- wire eth0 192.168.14.2
#	   |-- b1 .11, b2 .12 (macvlan, bridge)
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lifecycle.sh"
. "$(dirname "$0")/kernel.sh"

lab_walkthrough
conf=$WORK/conf

reloads=0
was_read() { [ "$(logged_times "configuration was read again")" = "$reloads" ]; }

reload() { # LINE: as the whole configuration, and waits until it has been read
	reloads=$((reloads + 1))
	echo "$1" >"$conf"
	agent_signal HUP
	wait_for 5 was_read
}

filters() { # SIDE: of anybody, on eth0
	at host tc filter show dev eth0 "$1" 2>/dev/null
}

has_filters() { [ -n "$(filters egress)" ] && [ -n "$(filters ingress)" ]; }
no_clsact() { [ -z "$(at host tc qdisc show dev eth0 clsact)" ]; }

both_ways() {
	ok "$1: host to b1" pings host 192.168.14.11
	ok "$1: b1 to host" pings b1 $HOST
}

# On an `ingress` qdisc, the kernel would run an egress filter on ingress.
: >"$conf"
agent_start -c "$conf"
link=ingress
if kernel_has tcx; then
	link=ingress_link
	at host tc qdisc add dev eth0 ingress
	reload 'uplink eth0 { attach = clsact }'
	ok "clsact where an ingress qdisc is: refused" wait_for 5 logged "an 'ingress' qdisc stands in the way"
	both_ways "... and the programs stay where they were"
	is "$(filters ingress)" "" "... no filter of ours is on it"
	at host tc qdisc del dev eth0 ingress
	reload 'uplink eth0 { attach = clsact }'
	ok "without it: clsact" wait_for 5 has_filters
	both_ways "... works"
	reload 'uplink eth0 { attach = tcx }'
	ok "and back to tcx" wait_for 5 test -e "$PINS/eth0/egress_link"
	ok "... our clsact is gone" wait_for 5 no_clsact
	both_ways "... works"
else
	skip "clsact where an ingress qdisc is, and back to tcx" "no tcx in this kernel"
fi

# Pins that go while we run come back with the next event.
rm "$PINS/eth0/$link" "$PINS/eth0/fdb" "$PINS/eth0/meta"
address b1 eth0 192.168.14.21/24
ok "pins that somebody removed are put back" wait_for 5 test -e "$PINS/eth0/$link"
ok "... all of them" test -e "$PINS/eth0/meta" -a -e "$PINS/eth0/fdb"
agent_kill
both_ways "... and hold what they should"

# What a kill in the middle of a replacement leaves.
for pin in egress ingress meta endpoints; do
	rm "$PINS/eth0/$pin"
	agent_start -c "$conf"
	both_ways "restart without the pin of $pin"
	ok "... it is back" test -e "$PINS/eth0/$pin"
	agent_kill
done
rm "$PINS/eth0/fdb"
"$BPFTOOL" map create "$PINS/eth0/fdb" type hash key 8 value 8 entries 65536 name fdb flags 1
agent_start -c "$conf"
both_ways "restart with an fdb that the programs do not read"
netns b3
endpoint_docker b3 eth0 bridge 192.168.14.13/24
wait_served b3
ok "... a new endpoint is reached" pings host 192.168.14.13

# Directories beside ours are other people's.
mkdir "$PINS/theirs"
"$BPFTOOL" map create "$PINS/theirs/map" type array key 4 value 4 entries 1 name theirs
agent_stop
agent_start -c "$conf"
agent_stop
agent_run --detach 2>/dev/null
ok "somebody else's directory of pins stays" test -e "$PINS/theirs/map"
rm -r "$PINS/theirs"

# Two agents in one namespace would double every broadcast.
agent_start -c "$conf"
second=$(at host "$BUILD/hairpind" --once --pins "$PINS-2" --run "$RUN-2" 2>&1 || true)
is "$second" "hairpind: error: this network namespace has a hairpind already: stop it first" \
	"a second agent with pins of its own"
rmdir "$PINS-2"

# Two endpoints with one address: which of them answers is their affair.
at b1 sysctl -qw net.ipv4.conf.all.arp_ignore=8
address b1 eth0 192.168.14.99/24
address b2 eth0 192.168.14.99/24
# The number of HP_NEIGH_SHARED in abi.h.
wait_for 5 has "c0:a8:0e:63:00:00:00:00:00:00:00:00:00:00:00:00 2" map_rows eth0 neigh key.addr value.flags
ok "an address of two: the one that answers is reached" pings host 192.168.14.99
done_testing
