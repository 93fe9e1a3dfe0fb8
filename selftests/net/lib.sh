# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# For tests in network namespaces. A test looks like this:
#
#	. "$(dirname "$0")/lib.sh"
#	lab_walkthrough
#	fails "the host does not reach b1" pings host 192.168.14.11
#	agent_start
#	ok "now it does" pings host 192.168.14.11
#	done_testing
#
# It has namespaces, pins and a run directory of its own, so that tests can run
# side by side. Names below are without the test's prefix: host, wire, b1. An
# error in a line of the test that is not under ok or fails ends the test. All of it
# is gone when the test ends, however that happens.
#
# Topology
#	lab_new [NS]...				host, wire, NS...; host:eth0 <-> wire:eth0, no addresses
#	lab_walkthrough [MODE [HOW]]		the macvlan walk-through: host, gateway, b1 and b2 (HOW: docker)
#	uplink NAME				one more veth pair host:NAME <-> wire:NAME
#	netns NS...				more namespaces
#	address NS DEVICE ADDRESS/LENGTH...	without IPv6 DAD
#	endpoint_docker NS PARENT MODE ADDRESS/LENGTH...	eth0 in NS, made in the host and moved
#	endpoint_podman NS PARENT MODE ADDRESS/LENGTH...	eth0 in NS, made there: the host has no nsid for NS
#	endpoint_own NAME PARENT MODE ADDRESS/LENGTH...		NAME in the host's own netns
#	up NS DEVICE				sets it up and waits until it can send
#	mac_of ADDRESS				the MAC that endpoint_* gives: 02:42 and the IPv4 address
#	mac NS [DEVICE]				the MAC that a device has
#	link_local NS				the IPv6 link-local address of eth0
#	at NS COMMAND...			runs a command there
#
# Agent
#	agent_start [ARGUMENT]...		starts hairpind, returns when it is ready
#	agent_stop				SIGTERM, and waits for its end
#	agent_kill				SIGKILL
#	agent_pause, agent_continue		in between it stands still, and sees nothing
#	agent_run ARGUMENT...			hairpind with the test's --pins and --run, in the foreground
#	agent_sleeps				whether it waits, with all notifications read
#	agent_log				what it wrote since agent_start
#	AGENT_PID, PINS, RUN			of this test
#	wait_served NS [DEVICE]			until the device's MAC is in the fdb, and all that
#						hairpind was told of is done
#
# Maps (bpftool and `probe`; the tools under test are not involved)
#	map_rows UPLINK MAP FIELD...		a line per entry: map_rows eth0 endpoints value.netns value.mode
#	segment UPLINK VLAN FIELD		of segments, which has all VLANs: segment eth0 0 flags
#	in_map UPLINK MAP HEX...		whether the key is there; hex bytes as bpftool takes them
#	fdb_key MAC [VLAN]			key of fdb as hex bytes
#	reason UPLINK NAME			frames counted under that reason
#	packets UPLINK NS FIELD			of an endpoint: packets eth0 b1 rx.host
#
# Hearing, exactly
#	listen NAME NS PROBE-ARGUMENT...	probe in the background; returns when it hears
#	settle [NS [UPLINK]]			returns when all that was sent is delivered; NS: an endpoint
#						of UPLINK. Default SETTLE_NS, SETTLE_UPLINK; none: flushes backlogs only
#	gather [NAME]...			settle, end these listeners (or all); what they heard is complete
#	heard NAME				their lines; while they run what was printed so far
#	count NAME REGEX			lines that match (grep -E)
# Frames: "$PROBE" arp|ns|na|udp|ip6|word composes them, "$PROBE" inject sends them
#
# Waiting and TAP
#	wait_for SECONDS COMMAND...		polls until it succeeds; fails at the deadline, which comes
#						later by $WAIT_FACTOR on slow machines
#	pause SECONDS				for a bench, or between two looks; no test counts on it
#	background NAME COMMAND...		a process of the test; its output is `heard NAME`
#	finish NAME				waits for its end, returns its status
#	pings NS ADDRESS [ARGUMENT]...		from no neighbour entry, an echo request is answered
#	ok DESCRIPTION COMMAND...		passes if it succeeds
#	fails DESCRIPTION COMMAND...		passes if it fails
#	is GOT WANT DESCRIPTION			passes if the texts are equal
#	skip DESCRIPTION WHY			counted as skipped
#	done_testing				the plan, at the end

set -eEuo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=$(realpath "${BUILD:-$TOP/build}")
PROBE=$BUILD/selftests/net/probe
BPFTOOL=${BPFTOOL:-/usr/sbin/bpftool}

PREFIX=hp$$
PINS=/sys/fs/bpf/$PREFIX
WORK=$(mktemp -d "${TMPDIR:-/tmp}/$PREFIX.XXXXXX")
RUN=$WORK/run
mkfifo "$WORK/silence"
NAP=0.01
[ "${WAIT_FACTOR:-1}" = 1 ] || NAP=0.05 # who asks all the time takes it from the one that is asked
AGENT_PID=

# shellcheck disable=SC2034 # for the tests
BROADCAST=ff:ff:ff:ff:ff:ff
GATEWAY=192.168.14.2
HOST=192.168.14.133

# ---- TAP

tap_count=0
tap_failed=0

tap_result() { # ok|not_ok DESCRIPTION
	tap_count=$((tap_count + 1))
	if [ "$1" = ok ]; then
		echo "ok $tap_count - $2"
	else
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_count - $2"
	fi
}

# To stderr, where prove shows it.
diag() { sed 's/^/# /' >&2; }

ok() {
	local description=$1 status=0
	shift
	"$@" >"$WORK/ok.out" 2>&1 || status=$?
	if [ $status = 0 ]; then
		tap_result ok "$description"
	else
		tap_result not_ok "$description"
		{ echo "$*: status $status" && cat "$WORK/ok.out"; } | diag
	fi
}

fails() {
	local description=$1
	shift
	if "$@" >"$WORK/ok.out" 2>&1; then
		tap_result not_ok "$description"
		{ echo "$*: succeeded" && cat "$WORK/ok.out"; } | diag
	else
		tap_result ok "$description"
	fi
}

is() {
	if [ "$1" = "$2" ]; then
		tap_result ok "$3"
	else
		tap_result not_ok "$3"
		{ diff -U 1 --label want --label got <(echo "$2") <(echo "$1") || true; } | cut -c -160 | diag
	fi
}

skip() { tap_result ok "$1 # SKIP $2"; }

done_testing() {
	echo "1..$tap_count"
	[ $tap_failed = 0 ] || exit 1
}

die() {
	echo "$*" | diag
	exit 1
}

# Sleeps without a process: nobody writes there.
pause() { read -r -t "$1" <>"$WORK/silence" || true; }

wait_for() {
	local deadline
	deadline=$((${EPOCHREALTIME/[.,]/} + $1 * ${WAIT_FACTOR:-1} * 1000000))
	shift
	until "$@" >"$WORK/wait.out" 2>&1; do
		if [ "${EPOCHREALTIME/[.,]/}" -gt $deadline ]; then
			{ echo "not in time: $*" && cat "$WORK/wait.out"; } | diag
			return 1
		fi
		pause $NAP
	done
}

# ---- cleaning up

declare -A processes=() # name -> pid, of what the test started
namespaces=()

# shellcheck disable=SC2317 # called by the trap
lab_end() {
	local status=$? name pid
	trap '' INT TERM
	trap - EXIT ERR
	set +e
	if [ $status != 0 ] && [ -s "$WORK/agent.log" ]; then
		{ echo "hairpind's log:" && tail -n 30 "$WORK/agent.log"; } | diag
	fi
	for pid in ${AGENT_PID:+"$AGENT_PID"} "${processes[@]}"; do
		{ kill -9 "$pid" && wait "$pid"; } 2>/dev/null # bash tells of killed children
	done
	rm -rf "$PINS"
	for name in "${namespaces[@]}"; do
		rm -f "/run/hairpin/hairpind-$(stat -Lc %i "/run/netns/$PREFIX-$name" 2>/dev/null)" # of one that was killed
		ip netns pids "$PREFIX-$name" | xargs -r kill -9 # what a failing line left behind
		ip netns del "$PREFIX-$name"
	done
	rm -rf "$WORK"
	exit $status
}

trap lab_end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'echo "# ${BASH_SOURCE[0]##*/} line $LINENO: failed: $BASH_COMMAND" >&2' ERR

# ---- topology

at() {
	local ns=$1
	shift
	nsenter --net="/run/netns/$PREFIX-$ns" "$@"
}

# Nothing speaks on its own: no DAD, no router solicitations.
netns() {
	local ns
	for ns in "$@"; do
		ip netns add "$PREFIX-$ns"
		namespaces+=("$ns")
		at "$ns" sysctl -qw net.ipv6.conf.default.accept_dad=0 \
			net.ipv6.conf.default.router_solicitations=0 net.ipv4.icmp_echo_ignore_broadcasts=0
		at "$ns" ip link set lo up
	done
}

# With the link-local address that the kernel gives it by then, and tries out a moment later.
can_send() {
	local shown
	shown=$(at "$1" ip addr show "$2")
	[[ $shown == *'state UP'* && $shown != *tentative* ]]
}

up() {
	at "$1" ip link set "$2" up
	wait_for 5 can_send "$1" "$2"
}

uplinks=()
uplink() {
	local n=${#uplinks[@]}
	uplinks+=("$1")
	ip link add "$1" netns "$PREFIX-host" type veth peer name "$1" netns "$PREFIX-wire"
	at host ip link set "$1" address "$(printf '02:00:00:00:%02x:85' "$n")" up
	at wire ip link set "$1" address "$(printf '02:00:00:00:%02x:02' "$n")" up
	up host "$1"
	up wire "$1"
}

lab_new() {
	[ -x "$PROBE" ] || die "$PROBE is not there: make $PROBE"
	netns host wire "$@"
	uplink eth0
}

address() {
	local ns=$1 device=$2 a
	shift 2
	for a in "$@"; do
		case $a in
		*:*) at "$ns" ip addr add "$a" dev "$device" nodad ;;
		*) at "$ns" ip addr add "$a" brd + dev "$device" ;;
		esac
	done
}

mac_of() {
	local a b c d
	IFS=./ read -r a b c d _ <<<"$1"
	printf '02:42:%02x:%02x:%02x:%02x\n' "$a" "$b" "$c" "$d"
}

mac() {
	local line mac
	line=$(at "$1" ip -br link show "${2:-eth0}") || return
	read -r _ _ mac _ <<<"$line"
	echo "$mac"
}

link_local() { at "$1" ip -6 -br addr show dev eth0 scope link | awk '{ sub("/.*", "", $3); print $3 }'; }

endpoint_docker() {
	local ns=$1 parent=$2 mode=$3
	shift 3
	at host ip link add link "$parent" name "dm-$ns" type macvlan mode "$mode"
	at host ip link set "dm-$ns" netns "$PREFIX-$ns"
	at "$ns" ip link set "dm-$ns" name eth0 address "$(mac_of "$1")"
	address "$ns" eth0 "$@"
	up "$ns" eth0
}

endpoint_podman() {
	local ns=$1 parent=$2 mode=$3
	shift 3
	# Names of other tests' namespaces vanish while they are looked up: that is all that stderr tells.
	if at host ip netns list-id 2>/dev/null | grep -q "$PREFIX-$ns)"; then
		die "the host has an nsid for $ns"
	fi
	endpoint_direct "$ns" "$parent" "$mode" "$@"
}

# Under a passing name, as CNI does: before Linux 6.14 a name has to be free in both namespaces.
endpoint_direct() {
	local ns=$1 parent=$2 mode=$3
	shift 3
	at host ip link add link "$parent" name "dm-$ns" netns "$PREFIX-$ns" \
		address "$(mac_of "$1")" type macvlan mode "$mode"
	at "$ns" ip link set "dm-$ns" name eth0
	address "$ns" eth0 "$@"
	up "$ns" eth0
}

endpoint_own() {
	local name=$1 parent=$2 mode=$3
	shift 3
	at host ip link add link "$parent" name "$name" address "$(mac_of "$1")" type macvlan mode "$mode"
	address host "$name" "$@"
	up host "$name"
}

lab_walkthrough() {
	lab_new b1 b2
	address host eth0 $HOST/24 fd14::133/64
	address wire eth0 $GATEWAY/24 fd14::2/64
	"endpoint_${2:-docker}" b1 eth0 "${1:-bridge}" 192.168.14.11/24 fd14::11/64
	"endpoint_${2:-docker}" b2 eth0 "${1:-bridge}" 192.168.14.12/24 fd14::12/64
}

# ---- agent

agent_run() { at host "$BUILD/hairpind" --pins "$PINS" --run "$RUN" "$@"; }

agent_is_ready() { [[ $(<"$WORK/agent.log") == *'ready: '* ]]; }
agent_is_dead() { ! kill -0 "$AGENT_PID" 2>/dev/null; }
agent_is_decided() { agent_is_ready || agent_is_dead; }

agent_start() {
	: >"$WORK/agent.log"
	nsenter --net="/run/netns/$PREFIX-host" \
		"$BUILD/hairpind" --pins "$PINS" --run "$RUN" "$@" >"$WORK/agent.log" 2>&1 &
	AGENT_PID=$!
	wait_for 10 agent_is_decided
	agent_is_ready || die "hairpind ended: $(cat "$WORK/agent.log")"
}

agent_stop() {
	local pid=$AGENT_PID
	kill "$pid"
	AGENT_PID=
	wait "$pid"
}

# bash reports a killed child on stderr.
agent_kill() {
	{ kill -9 "$AGENT_PID" && wait "$AGENT_PID"; } 2>/dev/null || true
	AGENT_PID=
}

agent_stands() { grep '^State:.*stopped' "/proc/$AGENT_PID/status" >/dev/null; }
agent_pause() {
	kill -STOP "$AGENT_PID"
	wait_for 5 agent_stands
}
agent_continue() { kill -CONT "$AGENT_PID"; }

# Of its netlink sockets, those that hold something: columns are Pid, Rmem, Drops.
# shellcheck disable=SC2016 # awk's own
unread() { at host awk -v pid="$AGENT_PID" '$3 == pid && $5 > 0' /proc/net/netlink; }
agent_sleeps() { [ -z "$(unread)" ] && [[ $(<"/proc/$AGENT_PID/status") == *'(sleeping)'* ]]; }

agent_log() { cat "$WORK/agent.log"; }

# ---- maps

in_map() {
	local uplink=${1//./:} map=$2
	shift 2
	"$BPFTOOL" map lookup pinned "$PINS/$uplink/$map" key hex "$@"
}

# VLAN ids are in host byte order: little endian wherever this runs.
fdb_key() {
	local vlan=${2:-0}
	printf '%02x %02x %s\n' $((vlan & 255)) $((vlan >> 8)) "${1//:/ }"
}

wait_served() {
	local parent=${3:-eth0}
	# shellcheck disable=SC2046 # a word per byte
	wait_for 5 in_map "$parent" fdb $(fdb_key "$(mac "$1" "${2:-eth0}")") || return
	[ -z "$AGENT_PID" ] || wait_for 5 agent_sleeps
}

# Fields of `formatted`; arrays of bytes as colon-separated hex; key.ip an address as text.
map_rows() {
	local uplink=${1//./:} map=$2
	shift 2
	"$BPFTOOL" -j map dump pinned "$PINS/$uplink/$map" | "$PROBE" rows "$@" | LC_ALL=C sort
}

segment() {
	"$BPFTOOL" -j map lookup pinned "$PINS/${1//./:}/segments" key $(($2 & 255)) $(($2 >> 8)) 0 0 |
		"$PROBE" field "formatted.value.$3"
}

# Sums a per-CPU array's slot: counter UPLINK MAP SLOT FIELD
counter() { "$BPFTOOL" -j map dump pinned "$PINS/${1//./:}/$2" | "$PROBE" sum "$3" "$4"; }

reason() { "$BPFTOOL" -j map dump pinned "$PINS/${1//./:}/reasons" | "$PROBE" reasons "$2"; }

packets() {
	local id
	id=$(map_rows "$1" endpoints value.netns key | awk -v ns="$2" -v full="$PREFIX-$2" \
		'$1 == ns || $1 == full { print $2 }')
	counter "$1" stats "$id" "$3.packets"
}

# ---- hearing

background() {
	local name=$1
	shift
	: >"$WORK/$name.out" # here: the child may take its time, and an old "ready" counts for nothing
	"$@" >"$WORK/$name.out" 2>"$WORK/$name.err" &
	processes[$name]=$!
}

finish() {
	local pid=${processes[$1]} status=0
	wait "$pid" || status=$?
	unset "processes[$1]"
	[ $status = 0 ] || diag <"$WORK/$1.err"
	return $status
}

hears() {
	local line
	while read -r line; do
		[ "$line" != ready ] || return 0
	done <"$WORK/$1.out"
	return 1
}

listen() {
	local name=$1 ns=$2
	shift 2
	# Not through at(): the pid must be the probe's.
	background "$name" nsenter --net="/run/netns/$PREFIX-$ns" "$PROBE" "$@"
	listeners+=("$name")
	wait_for 5 hears "$name" || die "$(cat "$WORK/$name.err")"
}
listeners=()

SETTLE_NS=b1
SETTLE_UPLINK=eth0
settle() {
	local ns=${1:-$SETTLE_NS} device=${2:-$SETTLE_UPLINK}
	if [ -n "$ns" ]; then
		at wire "$PROBE" barrier "$PREFIX-wire" "$device" "$PREFIX-$ns" eth0
	else
		at wire "$PROBE" flush
	fi
}

gather() {
	local name
	[ $# -gt 0 ] || set -- "${listeners[@]}"
	settle
	for name in "$@"; do
		kill "${processes[$name]}"
		finish "$name"
	done
	listeners=()
}

heard() { sed '/^ready$/d' "$WORK/$1.out"; }
count() { heard "$1" | grep -cE -- "$2" || true; }

hex_mac() { echo "${1//:/}"; }
hex_ip() {
	local a b c d
	IFS=. read -r a b c d <<<"$1"
	printf '%02x%02x%02x%02x' "$a" "$b" "$c" "$d"
}

pings() {
	local ns=$1 to=$2
	shift 2
	"$PROBE" forget "$PREFIX-$ns" "${to%%%*}"
	at "$ns" ping -n -c 1 -W 1 "$@" "$to" && return
	# What could not be sent would be, once an answer comes.
	"$PROBE" forget "$PREFIX-$ns" "${to%%%*}"
	return 1
}
