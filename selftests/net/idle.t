#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# With nothing to follow hairpind does not run at all, whatever the traffic. It
# follows every netns that it can see, so here it sees those of this test only.

. "$(dirname "$0")/lifecycle.sh"

# A mount namespace without the others' handles, and a PID namespace without their processes.
# shellcheck disable=SC2016 # for the inner shell and awk
agent_start_alone() {
	background alone nsenter --net="/run/netns/$PREFIX-host" unshare --mount --pid --fork --kill-child \
		bash -euc '
			others=$1
			shift
			mount --make-rprivate /
			mount -t proc proc /proc
			# One that is removed meanwhile has gone here, too.
			until [ -z "$(awk "$others" /proc/self/mountinfo)" ]; do
				awk "$others" /proc/self/mountinfo | xargs -r umount -l 2>/dev/null || :
			done
			exec "$@"' alone '$4 ~ /^net:/ && $5 !~ "/'"$PREFIX"'-" { print $5 }' \
		"$BUILD/hairpind" --pins "$PINS" --run "$RUN" --log-level debug
	ln -s alone.err "$WORK/agent.log"
	wait_for 10 logged "ready: 1 uplinks, 2 endpoints"
	AGENT_PID=$(ps -o pid= --ppid "${processes[alone]}" | tr -d ' ')
	[ "$(cat "/proc/$AGENT_PID/comm")" = hairpind ]
}

quiet_for() { # SECONDS DESCRIPTION: an interval that is measured, in which nothing may happen
	local before
	before=$(switches)
	sleep "$1"
	is "$(($(switches) - before))" 0 "$2"
}

lab_walkthrough
agent_start_alone
ok "hairpind waits" wait_for 5 agent_sleeps
quiet_for 2 "no wakeup in 2 s without traffic"

flow ping host 192.168.14.11
quiet_for 1 "no wakeup in a second of traffic"
is "$(flow_end ping)" "lost 0, doubled 0" "... which flowed"

# As a routing daemon has them.
before=$(switches)
for i in 1 2 3; do
	at host ip route add 10.9.$i.0/24 via $GATEWAY
	at host ip route add blackhole 10.8.$i.0/24
	at host ip route del 10.9.$i.0/24
done
sleep 1 # measured, as above
is "$(($(switches) - before))" 0 "routes that come and go do not wake it"

# As a container on a bridge of its own has them: nobody can make a macvlan there.
scans() { agent_log | grep -c 'looked for namespaces'; }
rests() {
	local before
	before=$(switches)
	sleep 2.5 # what is looked for again is after 2 s
	[ "$(switches)" = "$before" ]
}
heard_of() { # ADDRESS: what was told of before that is known, too
	address b1 eth0 "$1/24"
	wait_for 5 has "0 $1 $(mac b1) b1" neighs eth0
}
is_up() { at host ip -o link show "$1" | grep " state UP " >/dev/null; }
at host ip link add docker0 address 02:42:00:00:00:01 type bridge
for name in veth0 veth1; do
	at host ip link add $name type veth peer name $name netns "$PREFIX-b1"
	at b1 ip link set $name up
done
at host ip link set docker0 up
at host ip link set veth0 master docker0 up
ok "with a bridge, hairpind waits again" wait_for 10 rests
before=$(scans)
at host ip link set veth1 master docker0
at host ip link set veth1 up
wait_for 5 is_up veth1
at host ip link del veth1
heard_of 192.168.14.31
is "$(scans)" "$before" "a veth in a bridge comes and goes: nobody looks through /proc"
at host ip link set eth0 txqueuelen 999
heard_of 192.168.14.32
ok "... unlike for the uplink, on which there may be a macvlan more" [ "$(scans)" -gt "$before" ]
at host ip link del docker0
at host ip link del veth0
wait_for 10 rests

before=$(switches)
address b1 eth0 192.168.14.21/24
wait_for 5 has "0 192.168.14.21 $(mac b1) b1" neighs eth0
ok "an address wakes it" [ "$(switches)" -gt "$before" ]
ok "... and it waits again" wait_for 5 agent_sleeps
quiet_for 1 "... without wakeups"
done_testing
