# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# What the parts of the bench share. They are run by `bench`, each in mount and process
# namespaces of its own. Topologies, agent and maps: ../net/lib.sh.
#
# A part compares sides: hairpin, its peers, floors. Each side has a lab of its own, so that
# nothing is switched over between two measurements. What it prints:
#
#	section TITLE [NOTE [table]]
#	figure NAME UNIT higher|lower		higher: more is better
#	goal NAME SIDE at-least|at-most RATIO PEER...	SIDE / the best of the peers
#	limit NAME SIDE at-least|at-most VALUE
#	sample NAME VALUE			of this side in this round
#
# Sides
#	side NAME			from here on, lib.sh's functions mean the lab of that side
#	compare "SIDE..." WORK...	each work on each side, $ROUNDS times; A B C, then C B A
#	macvlan_lab MODE [NS ADDRESS]...	host, wire and endpoints
#	hairpin [SETTING]		starts hairpind there, with a setting for eth0
#	bare PROGRAM			an XDP program of live.bpf.c on the uplink
#
# Frame work
#	live MS FRAME [OFFSET COUNT]	sends from the wire; sets RECEIVED (frames), COST (ns a frame above
#					what the generator takes) and RATE (millions of frames a second
#					of CPU time, with the generator); all CPUs together
#	took BEFORE AFTER WHAT		all that was received went that way, by two counts

# $ is awk's or perl's; some variables are for the parts, or come from `bench`.
# shellcheck source-path=SCRIPTDIR disable=SC2016,SC2034,SC2153

. "$(dirname "${BASH_SOURCE[0]}")/../net/lib.sh"

HELPERS=$BUILD/selftests/bench
LAB=$PREFIX
SIDE=
ROUND=
# Left to the scheduler, both ends share a CPU in one run and not in the next, which is
# a factor of three in latency.
CLIENT_CPU=0
SERVER_CPU=$(($(nproc) - 1))

# ---- what is told

tell() {
	local IFS=$'\t'
	echo "$*" >>"$SAMPLES"
}

section() { tell section "$@"; }
figure() { tell figure "$@"; }
goal() { tell goal "$@"; }
limit() { tell limit "$@"; }
sample() { tell sample "$1" "$SIDE" "$ROUND" "$2"; }

# ---- sides

side() {
	SIDE=$1
	PREFIX=$LAB-${1//[^a-z0-9]/}
	PINS=/sys/fs/bpf/$PREFIX
	RUN=$WORK/run-$SIDE
	# lib.sh counts in one lab, and would remove it; all go with the last process of this part.
	uplinks=() namespaces=()
}

compare() {
	local forth=() back=() order s work
	read -r -a forth <<<"$1"
	for s in "${forth[@]}"; do back=("$s" "${back[@]}"); done
	for ((ROUND = 1; ROUND <= ROUNDS; ROUND++)); do
		echo "# round $ROUND of $ROUNDS" >&2
		for work in "${@:2}"; do
			if ((ROUND % 2)); then order=("${forth[@]}"); else order=("${back[@]}"); fi
			for s in "${order[@]}"; do
				side "$s"
				"$work"
			done
		done
	done
}

macvlan_lab() { # MODE [NS ADDRESS]...
	local mode=$1 ns=()
	shift
	lab_new
	# Frames that bypass the wire's stack need NAPI here; so has every network card.
	at host ethtool -K eth0 gro on
	address host eth0 $HOST/24
	address wire eth0 $GATEWAY/24
	for ((; $#; )); do
		netns "$1"
		endpoint_direct "$1" eth0 "$mode" "$2/24"
		shift 2
	done
}

hairpin() { # [SETTING]
	echo "uplink \"eth0\" { ${1-} }" >"$WORK/conf-$SIDE"
	agent_start -c "$WORK/conf-$SIDE"
	AGENT_PID= # it goes with this part, like everything else
}

bare() { # PROGRAM
	"$BPFTOOL" prog loadall "$HELPERS/live.bpf.o" "$PINS-bare"
	at host "$BPFTOOL" net attach xdpdrv pinned "$PINS-bare/$1" dev eth0
}

within() { # SECONDS NS COMMAND...
	timeout "$1" nsenter --net="/run/netns/$PREFIX-$2" "${@:3}"
}

device() { # NS DEVICE FIELD-OF-/proc/net/dev: 2 bytes and 3 packets received, 10 and 11 sent
	at "$1" awk -v device="$2:" -v field="$3" '$1 == device { printf "%.0f\n", $field }' /proc/net/dev
}

# ---- frame work

generate() { # send|make MS FRAME [OFFSET COUNT]
	within $(($2 / 1000 + 30)) wire taskset -c $CLIENT_CPU "$HELPERS/live" "$1" eth0 "${@:2}"
}

live() { # MS FRAME [OFFSET COUNT]
	local made sent before
	made=$(generate make 300 "${@:2}")
	before=$(device host eth0 3)
	sent=$(generate send "$@")
	RECEIVED=$(($(device host eth0 3) - before))
	cost "$made" "$sent"
}

# Where the kernel puts off the uplink's work to its thread, a ring may be full for a moment:
# those frames are in no count.
cost() { # MADE SENT
	local sent=${2%% *}
	((RECEIVED >= sent - sent / 10)) || die "$SIDE: sent $sent frames, received only $RECEIVED"
	read -r COST RATE <<<"$(echo "$1 $2 $RECEIVED" |
		awk '{ print ($5 + $6) / $7 - $2 / $1, 1e3 * $7 / ($5 + $6) }')"
}

# Others may have sent a little as well.
took() { # BEFORE AFTER WHAT
	local all=$(($2 - $1))
	((all >= RECEIVED - RECEIVED / 100 && all <= RECEIVED + RECEIVED / 100)) ||
		die "$SIDE: received $RECEIVED frames, but $all were $3"
}
