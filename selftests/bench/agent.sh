#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# hairpind itself, with one endpoint and with $ENDPOINTS of them, each in a network
# namespace of its own, as containers are; then changes, one every 10 ms.
#
#   b1   b2 (comes and goes)   m1 ... m999   ch: 250 that change
#    |    |                     |             |
#   host:eth0 ------ wire

# $ is awk's; the side of a sample is how many endpoints there are.
# shellcheck source-path=SCRIPTDIR disable=SC2016
. "$(dirname "$0")/lib.sh"

B1=192.168.14.11
B2=192.168.14.12
B2_HEX=(c0 a8 0e 0c)
STARTS=5
PINGS=9
CHANGERS=250 # four changes each
PACE_US=10000

READY="start to ready"
RSS="memory (RSS)"
OWN="memory, its own part (anonymous)"
NEW_ADDRESS="an address is added, until the host's first answered ping"
NEW_DEVICE="a device is set up, until the host's first answered ping"
RATE_MADE="changes made"
FOLLOWED="changes followed, of $((CHANGERS * 4))"
LAST="the last change, until it is followed"
CHANGE_CPU="CPU time of hairpind for a change"

detach() {
	[ -z "$AGENT_PID" ] || agent_stop
	within 20 host "$BUILD/hairpind" --pins "$PINS" --run "$RUN" --detach >"$WORK/detach.log" 2>&1 ||
		die "$(cat "$WORK/detach.log")"
}

# ---- start and memory

# Looked at every millisecond, by this shell alone.
agent_start_timed() { # sets READY_MS
	local lines=() start
	: >"$WORK/agent.log"
	start=${EPOCHREALTIME/[.,]/}
	nsenter --net="/run/netns/$PREFIX-host" \
		"$BUILD/hairpind" --pins "$PINS" --run "$RUN" >"$WORK/agent.log" 2>&1 &
	AGENT_PID=$!
	until [[ ${lines[*]-} = *"ready: "* ]]; do
		[ $((${EPOCHREALTIME/[.,]/} - start)) -lt 60000000 ] || die "hairpind is not ready in time"
		pause 0.001
		mapfile -t lines <"$WORK/agent.log"
	done
	READY_MS=$(((${EPOCHREALTIME/[.,]/} - start) / 1000))
}

starts() { # maps and programs are made anew each time
	for ((ROUND = 1; ROUND <= STARTS; ROUND++)); do
		detach
		agent_start_timed
		grep -q "ready: 1 uplinks, $SIDE endpoints" "$WORK/agent.log" ||
			die "not $SIDE endpoints: $(grep ready: "$WORK/agent.log")"
		sample "$READY" "$READY_MS"
	done
}

# Not VmRSS, which the kernel counts roughly.
memory() { awk -v field="$1:" '$1 == field { print $2 / 1024 }' "/proc/$AGENT_PID/smaps_rollup"; } # FIELD

# ---- from a change to an answer

lacks() { ! in_map eth0 "$@"; } # MAP HEX...

first_reply() { # NAME ADDRESS
	wait_for 10 lacks neigh 00 00 02 00 "${B2_HEX[@]}" 00 00 00 00 00 00 00 00 00 00 00 00
	at host ip neigh flush all
	sample "$1" "$(within 15 host "$HELPERS/first_reply" "/run/netns/$PREFIX-b2" eth0 "$2")"
	wait_served b2
}

# A new address of a known device needs little of hairpind: as long as that does not know
# it, the host's ARP request goes to all. A device that was down cannot do without.
first_replies() {
	local key
	endpoint_docker b2 eth0 bridge $B2/24
	read -r -a key <<<"$(fdb_key "$(mac_of $B2)")"
	wait_served b2
	for ((ROUND = 1; ROUND <= PINGS; ROUND++)); do
		at b2 ip addr flush dev eth0
		first_reply "$NEW_ADDRESS" $B2/24
		at b2 ip link set eth0 down
		wait_for 10 lacks fdb "${key[@]}"
		first_reply "$NEW_DEVICE" $B2
	done
	at b2 ip link del eth0
}

# ---- changes

# Number N has 10.15.* at first, and 10.16.* in the end.
four() { echo "10.$2.$(($1 >> 8)).$(($1 & 255))"; } # N 15|16

make_changers() {
	local i
	netns ch
	at ch sysctl -qw net.ipv6.conf.default.disable_ipv6=1 # one address of each: what is counted is clear
	for ((i = 1; i <= CHANGERS; i++)); do
		echo "link add link eth0 name c$i netns $PREFIX-ch address $(mac_of "$(four $i 15)") type macvlan mode bridge"
	done | at host ip -batch -
	for ((i = 1; i <= CHANGERS; i++)); do
		echo "addr add $(four $i 15)/16 dev c$i"
	done | at ch ip -batch -
}

# What is done, and the line of hairpind's log that tells that it followed.
changes() {
	local i
	for ((i = 1; i <= CHANGERS; i++)); do echo "link set c$i up"; done
	for ((i = 1; i <= CHANGERS; i++)); do echo "addr add $(four $i 16)/16 dev c$i"; done
	for ((i = 1; i <= CHANGERS; i++)); do echo "link set c$i address $(mac_of "$(four $i 16)")"; done
	for ((i = 1; i <= CHANGERS; i++)); do echo "addr del $(four $i 15)/16 dev c$i"; done
}

expected() {
	local i
	for ((i = 1; i <= CHANGERS; i++)); do
		echo "set fdb $(mac_of "$(four $i 15)")"
		echo "set neigh $(four $i 16) at $(mac_of "$(four $i 15)")"
		echo "set neigh $(four $i 16) at $(mac_of "$(four $i 16)")"
		echo "delete neigh $(four $i 15)"
	done
}

followed() { sed -n 's/^hairpind: eth0: //p' "$WORK/agent.log" | grep -oFf "$WORK/expected" | sort -u | wc -l; }
last_followed() { grep -q "delete neigh $(four $CHANGERS 15)\$" "$WORK/agent.log"; }
agent_ns() { cut -d ' ' -f 1 "/proc/$AGENT_PID/schedstat"; }

# One process makes them, so that the pace is the shell's.
make_changes() { # sets CHANGES_US
	local line start due left
	exec 8> >(exec nsenter --net="/run/netns/$PREFIX-ch" ip -batch -)
	start=${EPOCHREALTIME/[.,]/} due=0
	while read -r line; do
		echo "$line" >&8
		due=$((due + PACE_US))
		left=$((start + due - ${EPOCHREALTIME/[.,]/}))
		[ $left -lt 1000 ] || pause "$(printf '0.%06d' $left)"
	done < <(changes)
	CHANGES_US=$((${EPOCHREALTIME/[.,]/} - start))
	exec 8>&-
}

changed() {
	local before start
	make_changers
	detach
	agent_start --log-level debug
	expected >"$WORK/expected"
	before=$(agent_ns)
	make_changes
	start=${EPOCHREALTIME/[.,]/}
	wait_for 10 last_followed
	sample "$LAST" $(((${EPOCHREALTIME/[.,]/} - start) / 1000))
	sample "$RATE_MADE" "$(awk -v n=$((CHANGERS * 4)) -v us="$CHANGES_US" 'BEGIN { print n * 1e6 / us }')"
	sample "$FOLLOWED" "$(followed)"
	sample "$CHANGE_CPU" $((($(agent_ns) - before) / (CHANGERS * 4 * 1000)))
	[ "$(map_rows eth0 neigh key.addr | grep -c ^0a:10:)" = $CHANGERS ] || die "not all new addresses are in neigh"
	[ "$(map_rows eth0 neigh key.addr | grep -c ^0a:0f:)" = 0 ] || die "old addresses are in neigh"
	[ "$(map_rows eth0 fdb key.mac | grep -c ^02:42:0a:10:)" = $CHANGERS ] || die "not all new MACs are in fdb"
}

# ---- one, and many

more_endpoints() { # COUNT
	local i four six
	for ((i = 1; i <= $1; i++)); do
		echo "netns add $PREFIX-m$i"
	done | ip -batch -
	for ((i = 1; i <= $1; i++)); do
		echo "link add link eth0 name eth0 netns $PREFIX-m$i address $(mac_of "$(four $i 14)") type macvlan mode bridge"
	done | at host ip -batch -
	for ((i = 1; i <= $1; i++)); do
		four=$(four $i 14) six=$(printf 'fd14::1:%x' "$i")
		at "m$i" ip -batch - <<-END
			link set eth0 addrgenmode none up
			addr add $four/16 dev eth0
			addr add $six/64 dev eth0 nodad
		END
	done
}

with_endpoints() { # COUNT
	SIDE=$1
	echo "# endpoints: $1" >&2
	starts
	ROUND=1
	sample "$RSS" "$(memory Rss)"
	sample "$OWN" "$(memory Anonymous)"
	first_replies
}

section "hairpind, by number of endpoints" "each in a network namespace of its own" table
figure "$READY" ms lower
limit "$READY" "$ENDPOINTS" at-most 1000
figure "$RSS" MiB lower
limit "$RSS" "$ENDPOINTS" at-most 16
figure "$OWN" MiB lower
figure "$NEW_ADDRESS" us lower
figure "$NEW_DEVICE" us lower
figure "$RATE_MADE" /s higher
figure "$FOLLOWED" changes higher
limit "$FOLLOWED" "$ENDPOINTS" at-least $((CHANGERS * 4))
figure "$LAST" ms lower
figure "$CHANGE_CPU" us lower

netns host wire b1 b2
uplink eth0
address host eth0 $HOST/24
endpoint_docker b1 eth0 bridge $B1/24
namespaces=() # they go with the last process of this part
with_endpoints 1
more_endpoints $((ENDPOINTS - 1))
with_endpoints "$ENDPOINTS"
ROUND=1
changed
