#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What a service manager hears of hairpind, word by word: sd_notify(3).
#
#   b1                b2
#        |                 |
#   host eth0 192.168.14.133 ------ wire

. "$(dirname "$0")/lifecycle.sh"

PERIOD_USEC=200000 # of the watchdog: a word comes twice as often

# The pid in the environment must be hairpind's own, or that of somebody else.
manage() { # SOCKET PID [ARGUMENT]...; PID: self or a number
	local socket=$1 pid=$2
	shift 2
	: >"$WORK/agent.log"
	# shellcheck disable=SC2016 # the inner shell's
	at_host_exec sh -c 'pid=$1; shift; [ "$pid" != self ] || pid=$$
		NOTIFY_SOCKET=$1 WATCHDOG_PID=$pid WATCHDOG_USEC=$2; shift 2
		export NOTIFY_SOCKET WATCHDOG_PID WATCHDOG_USEC; exec "$@"' - "$pid" "$socket" $PERIOD_USEC \
		"$BUILD/hairpind" --pins "$PINS" --run "$RUN" "$@" >"$WORK/agent.log" 2>&1 &
	AGENT_PID=$!
	wait_for 10 agent_is_ready
}
at_host_exec() { exec nsenter --net="/run/netns/$PREFIX-host" "$@"; }

hear_manager() { # NAME SOCKET
	background "$1" nsenter --net="/run/netns/$PREFIX-host" \
		perl "$TOP/selftests/net/notified.pl" "$2" "$PINS/eth0/egress"
	wait_for 5 hears "$1"
}
deaf() { # NAME
	kill "${processes[$1]}"
	{ wait "${processes[$1]}" || true; } 2>/dev/null
	unset "processes[$1]"
}

words() { heard "$1" | sed '/^WATCHDOG=1$/d; s/MONOTONIC_USEC=[0-9]*/MONOTONIC_USEC=N/'; }
has_words() { [ "$(words "$1" | wc -l)" -ge "$2" ]; }
beats() { count "$1" '^WATCHDOG=1$'; }
has_beats() { [ "$(beats "$1")" -ge "$2" ]; }
uptime_usec() { perl -MTime::HiRes=clock_gettime,CLOCK_MONOTONIC -e 'printf "%d\n", 1e6 * clock_gettime(CLOCK_MONOTONIC)'; }

lab_new b1 b2
address host eth0 $HOST/24
endpoint_direct b1 eth0 bridge 192.168.14.11/24
: >"$WORK/conf"

# ---- a socket in the file system

hear_manager path "$WORK/notify"
manage "$WORK/notify" self -c "$WORK/conf"
ok "a word comes when the first pass is done" wait_for 5 has_words path 1
is "$(words path)" "READY=1|STATUS=1 uplinks, 1 endpoints" "... by then all is served"

endpoint_direct b2 eth0 bridge 192.168.14.12/24
wait_served b2
ok "an endpoint comes" wait_for 5 has_words path 2
is "$(words path | tail -n +2)" "STATUS=1 uplinks, 2 endpoints" "... one word, the new status"

before=$(uptime_usec)
agent_signal HUP
ok "a reload has a beginning and an end" wait_for 5 has_words path 4
after=$(uptime_usec)
is "$(words path | tail -n +3)" \
	"RELOADING=1|MONOTONIC_USEC=N
READY=1|STATUS=1 uplinks, 2 endpoints" "... in this order"
at=$(heard path | sed -n 's/.*MONOTONIC_USEC=//p')
ok "... its time is that of this reload" [ $((before <= at && at <= after)) = 1 ]

echo 'stear = true' >"$WORK/conf"
agent_signal HUP
ok "a file with an error" wait_for 5 has_words path 6
is "$(words path | tail -n +5)" \
	"RELOADING=1|MONOTONIC_USEC=N
READY=1|STATUS=1 uplinks, 2 endpoints; the last reload failed, see the log" "... ends the reload, too"

# ---- the watchdog

ok "the loop tells that it lives" wait_for 10 has_beats path $(($(beats path) + 5))
agent_pause
hearer_sleeps() { [[ $(<"/proc/${processes[path]}/status") == *'(sleeping)'* ]]; }
wait_for 5 hearer_sleeps # with all read
beats=$(beats path)
sleep 1 # ten times as long as between two words
is "$(beats path)" "$beats" "it stands still: no word in ten periods"
agent_continue
ok "... and they come again" wait_for 10 has_beats path $((beats + 5))

agent_stop
ok "the end is told" wait_for 5 has_words path 7
is "$(words path | tail -n +7)" "STOPPING=1|STATUS=ends; the programs stay in place" "... as the last word"
deaf path

# ---- an abstract socket, and a watchdog of somebody else

hear_manager abstract "@$PREFIX-notify"
manage "@$PREFIX-notify" 1
ok "an abstract socket hears as well" wait_for 5 has_words abstract 1
sleep 1
agent_stop
ok "... up to the end" wait_for 5 has_words abstract 2
is "$(heard abstract)" "READY=1|STATUS=1 uplinks, 2 endpoints
STOPPING=1|STATUS=ends; the programs stay in place" "WATCHDOG_PID is another process: no watchdog's word"
deaf abstract

# ---- nobody there

manage "$WORK/nowhere" self
ok "nobody listens: it works all the same" pings host 192.168.14.11
ok "... and says so" wait_for 5 logged "NOTIFY_SOCKET: not told READY=1: No such file or directory"
agent_stop
manage relative self
ok "an address that is none: it works all the same" pings host 192.168.14.11
ok "... and says so" logged "NOTIFY_SOCKET 'relative': nobody is told: it has to be a path or @NAME"
agent_stop

# ---- the journal

: >"$WORK/agent.log"
JOURNAL_STREAM=$(stat -c %d:%i "$WORK/agent.log") agent_start
agent_stop
is "$(sed 's/>.*/>/' "$WORK/agent.log" | sort -u)" "<6>" "for the journal, each line has its priority"
done_testing
