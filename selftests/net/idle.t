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
			awk "$others" /proc/self/mountinfo | xargs -r umount -l
			exec "$@"' alone '$4 ~ /^net:/ && $5 !~ "/'"$PREFIX"'-" { print $5 }' \
		"$BUILD/hairpind" --pins "$PINS" --run "$RUN"
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

before=$(switches)
address b1 eth0 192.168.14.21/24
wait_for 5 has "0 192.168.14.21 $(mac b1) b1" neighs eth0
ok "an address wakes it" [ "$(switches)" -gt "$before" ]
ok "... and it waits again" wait_for 5 agent_sleeps
quiet_for 1 "... without wakeups"
done_testing
