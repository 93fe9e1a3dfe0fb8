#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# hairpind is killed (SIGKILL) in the middle of a start, each time a step later: what it has
# done by then is found by --detach, and by the next start.
#
#   b1 macvlan   x1 xdp
#      |          |
#      eth0 .133 ------------ eth0 .2, wire
#   host

. "$(dirname "$0")/questions.sh"
. "$(dirname "$0")/endpoint.sh"

if ! command -v strace >/dev/null; then
	skip "killed in the middle of a start" "no strace"
	done_testing
	exit 0
fi

MAC=02:42:c0:a8:0e:15
ONCE=("$BUILD/hairpind" --pins "$PINS" --run "$RUN" -c "$CONF" --once)

port_of() { at host ip -o link | sed -n 's/.*: \(hairpin[0-9a-f]*\)@.*/\1/p'; }
receives() { at host bridge fdb show dev eth0 | grep "$MAC self permanent"; }
ignores() { ! receives; }
programs_of() { at host tc filter show dev "$(port_of)" ingress | grep -o 'hairpin_[a-z]*' | sort -u || true; }
# All that a start does outside of hairpind.
state() {
	receives || true
	programs_of
	at host ip -o link show eth0 | grep -o xdp || true
	at host tc qdisc show dev eth0
	at host ethtool -k eth0 | grep rx-vlan-offload
	ls "$PINS"/* 2>/dev/null || true
}
once() { at host "${ONCE[@]}" 2>/dev/null; }
detach() { agent_run --detach 2>/dev/null; }

# The number of each bpf() that comes after something has been changed, but of only a few pins.
steps() {
	at host strace -o "$WORK/trace" -e trace=bpf,sendto "${ONCE[@]}" 2>/dev/null
	awk '
		/^bpf\(/ { n++ }
		/^bpf\(/ && (done || /BPF_LINK_CREATE/) { print n; done = 0 }
		/BPF_OBJ_PIN/ && (++pins < 5 || pins % 6 == 0) { done = 1 }
		/BPF_LINK_CREATE|RTM_NEWNEIGH|RTM_NEWQDISC|RTM_NEWTFILTER/ { done = 1 }' "$WORK/trace"
}

every() { echo "$steps" | awk -v n="$1" -v first="$2" 'NR % n == first'; }

# A killed process is what bash wants to tell of.
killed_at() {
	! at host strace -o /dev/null -e trace=bpf -e "inject=bpf:signal=SIGKILL:when=$1" "${ONCE[@]}"
} 2>/dev/null

lab_new b1 x1
address host eth0 $HOST/24
address wire eth0 $GATEWAY/24
endpoint_docker b1 eth0 bridge 192.168.14.11/24
configure 'uplink "eth0" { xdp = generic }'
agent_start -c "$CONF"
add x1 --kind xdp --parent eth0 --netns "$PREFIX-x1" --mac $MAC --address 192.168.14.21/24
wait_served x1
agent_stop
detach
nothing=$(state)
is "$(programs_of)" hairpin_plug "after --detach, its port is plugged"

steps=$(steps)
everything=$(state)
detach
is "$(state)" "$nothing" "a whole start, and --detach: nothing is left"
for step in $steps; do
	ok "killed at step $step" killed_at "$step"
	detach
	is "$(state)" "$nothing" "... --detach: nothing is left"
done

for step in $(every 3 0); do
	killed_at "$step"
	once
	is "$(state)" "$everything" "killed at step $step, and started: everything is there"
	detach
	is "$(state)" "$nothing" "... --detach: nothing is left"
done

# The one that it was done for goes before the next start.
for step in $(every 3 1); do
	killed_at "$step"
	at x1 ip link set eth0 down
	once
	ok "killed at step $step, x1 goes, started: its MAC is not received" ignores
	at x1 ip link set eth0 up
	detach
done

# By clsact, of which the qdisc may be there, and no filter yet.
configure 'uplink "eth0" { attach = clsact }'
steps=$(steps)
everything=$(state)
detach
for step in $(echo "$steps" | awk 'NR >= 3 && NR <= 6'); do
	killed_at "$step"
	once
	is "$(state)" "$everything" "clsact, killed at step $step, and started: everything is there"
	detach
	is "$(state)" "$nothing" "... --detach: nothing is left"
done
done_testing
