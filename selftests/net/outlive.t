#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Traffic does not notice hairpind's end, nor its beginning. A new one takes
# over what the old one left, and --detach takes all of it away. Twice: by tcx
# links and by filters on clsact, each time beside somebody else's programs.
#
#   b1 (static)   b2 (goes)   b3 (comes)
#        |            |           |
#   host eth0 192.168.14.133 ------ eth0 192.168.14.2  wire

. "$(dirname "$0")/lifecycle.sh"
. "$(dirname "$0")/kernel.sh"

ids_of_programs() { "$BPFTOOL" -j prog show pinned "$PINS/eth0/$1" | "$PROBE" field id; }
programs() { echo "$(ids_of_programs egress) $(ids_of_programs ingress)"; }
no_program() { ! "$BPFTOOL" prog show id "$1"; }
# What is on the device beside the foreign programs. bpftool and tc of Debian 12 do not know tcx.
clsact() { at host tc qdisc show dev eth0 clsact; }
filters() { { at host tc filter show dev eth0 egress && at host tc filter show dev eth0 ingress; } 2>&1 | grep hairpin || true; }

nothing_is_left() { # PROGRAM...
	local id
	ok "... no pins" gone "$PINS"
	for id in "$@"; do
		ok "... no program" wait_for 5 no_program "$id"
	done
	is "$(filters)" "" "... no filters"
	fails "... as before, the host does not reach b1" pings host 192.168.14.11
	ok "... it reaches the wire" pings host $GATEWAY
}

foreign_works() { # WHEN
	local before_out before_in
	before_out=$(foreign_count egress)
	before_in=$(foreign_count ingress)
	at host ping -n -q -c 3 -i 0.01 $GATEWAY >/dev/null
	at wire ping -n -q -c 3 -i 0.01 $HOST >/dev/null
	is "$(($(foreign_count egress) - before_out)) $(($(foreign_count ingress) - before_in))" "3 3" \
		"somebody else's programs see what they saw: $1"
}

restart_with() { # DESCRIPTION HOW-IT-ENDS...
	local description=$1 before counted counter
	shift
	before=$(map_rows eth0 endpoints key value.netns value.first_seen)
	counted=$(packets eth0 b1 rx.host)
	counter=$(programs)
	flow to-b1 host 192.168.14.11
	flow from-b1 b1 $HOST
	"$@"
	flow_runs to-b1 100
	ok "$description: the maps can be read" has "0 192.168.14.11 $(mac b1) b1" neighs eth0
	agent_start -c "$WORK/conf"
	flow_runs to-b1 100
	flow_runs from-b1
	is "$(flow_end to-b1)" "lost 0, doubled 0" "... the host's traffic did not notice"
	is "$(flow_end from-b1)" "lost 0, doubled 0" "... b1's neither"
	is "$(map_rows eth0 endpoints key value.netns value.first_seen)" "$before" "... ids go on"
	ok "... counters go on" [ "$(packets eth0 b1 rx.host)" -gt $((counted + 200)) ]
	is "$(programs)" "$counter" "... with the same programs"
	fails "... nothing was missing" logged "somebody removed"
}

changes_while_dead() {
	local id
	id=$(id_of eth0 b1)
	agent_kill
	at b2 ip link del eth0
	netns_del b2 # whose id is the smaller one
	endpoint_direct b3 eth0 bridge 192.168.14.13/24
	at b1 ip link set eth0 address 02:00:00:00:0b:01
	at host ip link set eth0 address 02:00:00:00:ff:85
	address b1 eth0 192.168.14.21/24
	agent_start -c "$WORK/conf"
	is "$(neighs eth0 | grep -v ' fe80')" "0 192.168.14.11 02:00:00:00:0b:01 b1
0 192.168.14.13 $(mac b3) b3
0 192.168.14.133 02:00:00:00:ff:85 host
0 192.168.14.21 02:00:00:00:0b:01 b1" "what changed meanwhile is followed"
	is "$(stations eth0)" "0 02:00:00:00:0b:01 MACVLAN b1
0 02:00:00:00:ff:85 HOST host
0 $(mac b3) MACVLAN b3" "... stale entries are gone"
	is "$(id_of eth0 b1)" "$id" "... b1 has its id"
	ok "... host to b1" pings host 192.168.14.11
	ok "... host to b3" pings host 192.168.14.13
	at b1 ip link set eth0 address "$(mac_of 192.168.14.11)"
	at b1 ip addr del 192.168.14.21/24 dev eth0
	at b3 ip link del eth0
	netns b2
	endpoint_direct b2 eth0 bridge 192.168.14.12/24
	wait_served b1
	wait_served b2
}

outlives() { # tcx|clsact
	local hook=$1 ids
	echo "uplink eth0 { attach = $hook }" >"$WORK/conf"
	foreign_works "before"
	agent_start -c "$WORK/conf"
	is "$(map_rows eth0 meta value.hook)" "HP_HOOK_${hook^^}" "by $hook"
	foreign_works "beside ours"
	ok "the host reaches b1" pings host 192.168.14.11

	restart_with "kill -9" agent_kill
	restart_with "SIGTERM" agent_stop
	changes_while_dead

	read -ra ids <<<"$(programs)"
	agent_stop
	ok "--detach" agent_run --detach
	nothing_is_left "${ids[@]}"
	foreign_works "after"

	agent_start -c "$WORK/conf"
	read -ra ids <<<"$(programs)"
	agent_kill
	ok "--detach after a kill" agent_run --detach
	nothing_is_left "${ids[@]}"
	foreign_works "after that"
	ok "--detach of nothing is no error" agent_run --detach
}

lab_new b2 b1 b3
address host eth0 $HOST/24
address wire eth0 $GATEWAY/24
endpoint_direct b1 eth0 bridge 192.168.14.11/24
endpoint_direct b2 eth0 bridge 192.168.14.12/24

if kernel_has tcx; then
	foreign_attach tcx eth0
	outlives tcx
	is "$(clsact)" "" "no clsact was made for tcx"
	rm -rf "$PINS-foreign"
else
	skip "all of it by tcx" "no tcx in this kernel ($(uname -r))"
fi

foreign_attach clsact eth0
before=$(clsact)
outlives clsact
is "$(clsact)" "$before" "a clsact that was there stays"
# Filters of somebody else, links of ours.
if kernel_has tcx; then
	echo "uplink eth0 { attach = tcx }" >"$WORK/conf"
	agent_start -c "$WORK/conf"
	foreign_works "filters beside links"
	agent_stop
	agent_run --detach 2>/dev/null
	is "$(clsact)" "$before" "... clsact stays"
	foreign_works "after that"
else
	skip "filters beside links" "no tcx in this kernel ($(uname -r))"
fi
rm -rf "$PINS-foreign"
at host tc qdisc del dev eth0 clsact

echo "uplink eth0 { attach = clsact }" >"$WORK/conf"
agent_start -c "$WORK/conf"
ok "one that was not there is made" [ -n "$(clsact)" ]
agent_kill
agent_run --detach 2>/dev/null
is "$(clsact)" "" "... and goes with us"

agent_start -c "$WORK/conf"
at host tc filter add dev eth0 ingress pref 90 protocol ip u32 match u32 0 0 flowid 1:1
agent_stop
agent_run --detach 2>/dev/null
ok "... not if somebody uses it meanwhile" [ -n "$(clsact)" ]
ok "... whose filter stays" has "filter protocol ip pref 90 u32 chain 0 " at host tc filter show dev eth0 ingress
agent_run --detach 2>/dev/null
at host tc qdisc del dev eth0 clsact

# ---- what a start may find

netns b4
uplink eth1
endpoint_direct b4 eth1 bridge 192.168.15.14/24
agent_start
first=$(map_rows eth0 endpoints key value.netns value.first_seen)
second=$(map_rows eth1 endpoints key value.netns value.first_seen)
agent_kill
for device in eth0 eth1; do at host ip link set $device down; done
at host ip link set eth0 name swap
at host ip link set eth1 name eth0
at host ip link set swap name eth1
up host eth0
up host eth1
agent_start
is "$(map_rows eth1 endpoints key value.netns value.first_seen)" "$first" "two uplinks exchanged names: the pins follow"
is "$(map_rows eth0 endpoints key value.netns value.first_seen)" "$second" "... both"
ok "... the host reaches b1" pings host 192.168.14.11
is "$(find "$PINS" -mindepth 1 -maxdepth 1 -printf '%f ' | xargs -n1 | LC_ALL=C sort | xargs)" "eth0 eth1" "... and nothing else is left"
agent_stop
agent_run --detach 2>/dev/null

# Another version's, whose maps mean something else: one for an uplink that is there, one for none.
for device in eth1 gone0; do
	mkdir -p "$PINS/$device"
	"$BPFTOOL" map create "$PINS/$device/meta" type array key 4 value 8 entries 1 name meta
	"$BPFTOOL" map create "$PINS/$device/fdb" type hash key 8 value 16 entries 8 name fdb
	"$BPFTOOL" map create "$PINS/$device/extra" type hash key 4 value 4 entries 8 name extra
done
agent_start
ok "pins of an unknown layout: replaced" has "0 192.168.14.11 $(mac b1) b1" neighs eth1
ok "... nothing of theirs is left" gone "$PINS/eth1/extra"
ok "... and removed where no uplink is" gone "$PINS/gone0"
ok "... the host reaches b1" pings host 192.168.14.11
agent_stop

netns dead
at dead ip link add dead0 type veth peer name dead1
at dead ip link add link dead0 name mv0 type macvlan mode bridge
agent_run --detach 2>/dev/null
at dead "$BUILD/hairpind" --pins "$PINS" --run "$RUN" --once 2>/dev/null
ok "another netns leaves its pins" test -e "$PINS/dead0/fdb"
netns_del dead
agent_start
ok "... and dies: they are removed" gone "$PINS/dead0"
done_testing
