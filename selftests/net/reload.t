#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# SIGHUP: new settings are new programs in the same place, between two frames. A
# file with an error changes nothing.
#
#   b1 bridge   v1 v2 vepa
#        |          |
#   host eth0 192.168.14.133 ------ wire

. "$(dirname "$0")/lifecycle.sh"
. "$(dirname "$0")/kernel.sh"

programs() {
	local side
	for side in egress ingress; do
		"$BPFTOOL" -j prog show pinned "$PINS/eth0/$side" | "$PROBE" field id
	done
}

reload() { # TEXT: the configuration
	local times
	times=$(logged_times "configuration was read again")
	echo "$1" >"$WORK/conf"
	agent_signal HUP
	wait_for 5 logged_more "configuration was read again" "$times"
	wait_for 5 agent_sleeps
}
logged_more() { [ "$(logged_times "$1")" -gt "$2" ]; }

lab_new b1 v1 v2
address host eth0 $HOST/24
endpoint_direct b1 eth0 bridge 192.168.14.11/24
endpoint_direct v1 eth0 vepa 192.168.14.21/24
endpoint_direct v2 eth0 vepa 192.168.14.22/24
: >"$WORK/conf"
agent_start -c "$WORK/conf"
fails "reflect off: v1 does not reach v2" pings v1 192.168.14.22

flow to-b1 host 192.168.14.11
flow from-v1 v1 $HOST
ids=$(map_rows eth0 endpoints key value.netns value.first_seen)
reload 'uplink eth0 { reflect = true }'
is "$(map_rows eth0 meta value.settings.reflect)" 1 "reflect on: the map says so"
ok "... v1 reaches v2" pings v1 192.168.14.22
for reflect in false true false true false; do
	reload "uplink eth0 { reflect = $reflect }"
	flow_runs to-b1
done
is "$(map_rows eth0 meta value.settings.reflect)" 0 "off again"
fails "... v1 does not reach v2" pings v1 192.168.14.22
before=$(programs)
reload '# nothing that matters'
is "$(programs)" "$before" "nothing new: the same programs"
is "$(flow_end to-b1)" "lost 0, doubled 0" "the host's traffic did not notice any of it"
is "$(flow_end from-v1)" "lost 0, doubled 0" "v1's neither"
is "$(map_rows eth0 endpoints key value.netns value.first_seen)" "$ids" "ids stay"

# ---- serve

reload 'uplink eth0 { serve = false }'
ok "serve = false: programs and pins go" gone "$PINS/eth0"
fails "... the host does not reach b1" pings host 192.168.14.11
reload 'uplink eth0 { serve = true }'
ok "serve = true: they are back" wait_served b1
ok "... the host reaches b1" pings host 192.168.14.11

# ---- another hook

reload 'uplink eth0 { attach = clsact }'
is "$(map_rows eth0 meta value.hook)" HP_HOOK_CLSACT "attach = clsact"
ok "... the host reaches b1" pings host 192.168.14.11
if kernel_has tcx; then
	reload 'uplink eth0 { attach = tcx }'
	is "$(map_rows eth0 meta value.hook)" HP_HOOK_TCX "attach = tcx"
	is "$(at host tc qdisc show dev eth0 clsact)" "" "... takes clsact along"
else
	reload 'uplink eth0 { attach = tcx reflect = true }'
	ok "attach = tcx, which this kernel has not: said" logged "eth0: attach programs: Operation not supported: the kernel has no tcx"
	is "$(map_rows eth0 meta value.hook)" HP_HOOK_CLSACT "... clsact stays"
	fails "... the programs as well" logged "somebody removed"
fi
ok "... the host reaches b1" pings host 192.168.14.11

# ---- files with errors

reload 'uplink eth0 { reflect = true }'
before=$(programs)
flow to-b1 host 192.168.14.11
refused() { # TEXT MESSAGE: what the log says behind the file's name
	local lines
	lines=$(wc -l <"$WORK/agent.log")
	echo "$1" >"$WORK/conf"
	agent_signal HUP
	wait_for 5 logged "$2: the former configuration stays in force"
	wait_for 5 agent_sleeps
	is "$(tail -n +$((lines + 1)) "$WORK/agent.log")" \
		"hairpind: error: $WORK/conf$2: the former configuration stays in force" "refused, in one line: $2"
}
refused 'uplink eth0 { reflect = maybe }' ":1: 'maybe' is no value for 'reflect': it takes true or false"
refused 'uplink eth0 { reflecd = true }' ":1: unknown word 'reflecd': allowed here are serve, reflect, attach, xdp, steer, foreign, storm, gso-max-size"
refused $'\nuplink eth0 { serve = false }\nuplink eth0 {}' ":3: found duplicate title 'eth0'"
rm "$WORK/conf"
agent_signal HUP
ok "no file at all is refused" wait_for 5 logged "$WORK/conf: No such file or directory: the former configuration stays in force"
address b1 eth0 192.168.14.31/24 # a change that is followed, with the settings in force
wait_for 5 has "0 192.168.14.31 $(mac b1) b1" neighs eth0
is "$(programs)" "$before" "the same programs run"
is "$(map_rows eth0 meta value.settings.reflect)" 1 "... with the settings that they had"
ok "... v1 reaches v2" pings v1 192.168.14.22
is "$(flow_end to-b1)" "lost 0, doubled 0" "... and the traffic did not notice"
done_testing
