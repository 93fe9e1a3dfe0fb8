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

link_of() { at "$1" ip -d -o link show "$2"; }
field() { link_of "$1" "$2" | sed -n "s/.* $3 \([^ ]*\).*/\1/p"; }
alias_of() { at "$1" ip -d link show "$2" | sed -n 's/^ *alias //p'; }
addresses() { at "$1" ip -o addr show dev "$2" scope global | awk '{ print $4 }' | sort; }
