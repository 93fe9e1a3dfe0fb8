# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# `hairpin endpoint` and what it makes. Source it after lib.sh.
#
#	hairpin ARGUMENT...		in the host, with the test's --pins and --run
#	add, set_, del ARGUMENT...	of hairpin endpoint
#	refuses DESCRIPTION STATUS MESSAGE ARGUMENT...	a test: what hairpin endpoint says, all of it, its exit
#					status (1 failed, 2 usage), and that nothing of what the test's
#					state() prints has changed
#	hold, release			takes the host's turn to change devices, as a command does, and gives it back
#	turn_of NS			the file that stands for it (agent/turn.c)
#	link_of NS DEVICE		as ip shows it, on one line
#	field NS DEVICE WORD		what follows the word there
#	alias_of NS DEVICE
#	addresses NS DEVICE		but for link-local ones, sorted

hairpin() { at host "$BUILD/hairpin" --pins "$PINS" --run "$RUN" "$@"; }
add() { hairpin endpoint add "$@"; }
set_() { hairpin endpoint set "$@"; }
del() { hairpin endpoint del "$@"; }

refuses() {
	local description=$1 expected=$2 message=$3 status=0 before said
	shift 3
	before=$(state)
	said=$(hairpin endpoint "$@" 2>&1) || status=$?
	is "$status $said" "$expected hairpin: $message" "$description"
	is "$(state)" "$before" "... nothing changed"
}

turn_of() { echo "/run/hairpin/turn-$(stat -Lc %i "/run/netns/$PREFIX-$1")"; }
hold() {
	mkdir -p /run/hairpin
	background holder bash -c "exec 9>'$(turn_of host)'; flock 9; echo ready; exec sleep 1000"
	wait_for 5 hears holder
}
release() {
	# shellcheck disable=SC2154 # of lib.sh
	{ kill "${processes[holder]}" && wait "${processes[holder]}"; } 2>/dev/null || true
	unset "processes[holder]"
}

link_of() { at "$1" ip -d -o link show "$2"; }
field() { link_of "$1" "$2" | sed -n "s/.* $3 \([^ ]*\).*/\1/p"; }
alias_of() { at "$1" ip -d link show "$2" | sed -n 's/^ *alias //p'; }
addresses() { at "$1" ip -o addr show dev "$2" scope global | awk '{ print $4 }' | sort; }
