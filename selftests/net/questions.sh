# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Questions for addresses, news of them, and who hears what. On top of lifecycle.sh:
#
# Stations
#	asks_by NAME...				columns of the tables; the namespaces of that name, and their eth0
#	ip4[NAME] ip6[NAME]			addresses that can be asked for, of stations and of others
#	asked_are DESCRIPTION			a test: sends what the table on stdin says, and compares what became
#						of it. The first line names the columns. A row is
#							FROM KIND NAME COPIES... WHY
#						KIND: see question(); COPIES: how often each station heard it, as its
#						stack would; WHY: the reasons of $REASONS that counted it, or -
#
# Frames as hex, for `probe inject`
#	question KIND FROM NAME			what FROM would send about NAME's address
#
# Reasons
#	reasons					NAME FRAMES of all that are not zero
#	counted COMMAND...			runs it; what has been counted meanwhile, as "NAME FRAMES, ..."
#						of $REASONS in alphabetical order
#
# hairpind, and what `hairpin uplink` shows
#	configure TEXT				as the whole configuration file, $CONF
#	reload TEXT				and tells hairpind, and waits until it has taken it in
#	shown FIELD [UPLINK]			from --json
#	closed [VLAN]				whether that segment of eth0 has nobody who is not known
#	cli ARGUMENT...				hairpin with the test's --pins and --run

. "$(dirname "${BASH_SOURCE[0]}")/lifecycle.sh"

CONF=$WORK/conf
REASONS='endpoint-steer foreign foreign-arp host-steer not-here steer steer-host' # the others count MLD as well
ALL_ZERO=00:00:00:00:00:00

cli() { "$BUILD/hairpin" --pins "$PINS" --run "$RUN" "$@"; }

shown() {
	cli --json uplink -u "${2:-eth0}" | perl -MJSON::PP -e '
		my $v = decode_json(do { local $/; <STDIN> })->[0];
		for (split /\./, shift) { $v = ref $v eq "ARRAY" ? $v->[$_] : $v->{$_} }
		print ref $v eq "ARRAY" ? join("; ", @$v) : defined $v ? $v : "null", "\n";' "$1"
}

configure() { echo "$1" >"$CONF"; }

# It reads a second time once it has done what the first time led to.
was_read() { [ "$(logged_times "configuration was read again")" -ge "$1" ]; }
reload() {
	local before
	before=$(logged_times "configuration was read again")
	configure "$1"
	agent_signal HUP
	wait_for 5 was_read $((before + 1))
	agent_signal HUP
	wait_for 5 was_read $((before + 2))
}

closed() {
	local bit
	bit=$(sed -n 's/^#define HP_SEGMENT_CLOSED //p' "$TOP/include/hairpin/abi.h")
	[ $(($(segment eth0 "${1:-0}" flags) & bit)) != 0 ]
}

# ---- reasons

reasons() { "$BPFTOOL" -j map dump pinned "$PINS/eth0/reasons" | "$PROBE" reasons; }

reasons_between() { # BEFORE AFTER
	local -A before=()
	local name frames
	while read -r name frames && [ -n "$name" ]; do
		before[$name]=$frames
	done <<<"$1"
	while read -r name frames && [ -n "$name" ]; do
		frames=$((frames - ${before[$name]:-0}))
		[[ $frames = 0 || " $REASONS " != *" $name "* ]] || echo "$name $frames"
	done <<<"$2"
}

counted() {
	local before
	before=$(reasons)
	"$@" >&2
	settle
	reasons_between "$before" "$(reasons)" | paste -sd ,
}

# ---- frames

declare -A ip4=() ip6=() mac_at=()

question() {
	local kind=$1 mac=${mac_at[$2]} t4=${ip4[$3]:-} t6=${ip6[$3]:-} own4=${ip4[$2]:-0.0.0.0} own6=${ip6[$2]:-::}
	case $kind in
	arp) "$PROBE" arp 1 $BROADCAST "$mac" "$own4" $ALL_ZERO "$t4" ;;
	probe) "$PROBE" arp 1 $BROADCAST "$mac" 0.0.0.0 $ALL_ZERO "$t4" ;;                  # RFC 5227 2.1.1
	garp) "$PROBE" arp 1 $BROADCAST "$mac" "$t4" $ALL_ZERO "$t4" ;;                     # RFC 5227 3
	reply) "$PROBE" arp 2 $BROADCAST "$mac" "$t4" $BROADCAST "$t4" ;;                   # the other form of it
	ns) "$PROBE" ns "$mac" "$own6" "$t6" "$mac" ;;                                   # RFC 4861 4.3
	dad) "$PROBE" ns "$mac" :: "$t6" - ;;                                            # RFC 4862 5.4.2
	na) "$PROBE" na 33:33:00:00:00:01 "$mac" "$own6" "$t6" ;;                        # RFC 4861 7.2.6
	*) die "what is $kind?" ;;
	esac
}

# ---- who hears what

askers=()
asks_by() {
	local ns
	askers=("$@")
	for ns in "$@"; do
		mac_at[$ns]=$(mac "$ns")
		listen "arp-$ns" "$ns" frames eth0 0806
		listen "nd-$ns" "$ns" frames eth0 86dd
	done
}

# A mark behind the packet's end, where no stack looks, tells one frame from another.
asked=0
send_question() { # FROM HEX
	asked=$((asked + 1))
	at "$1" "$PROBE" inject eth0 "$2$(printf 'cafe%04x' $asked)"
	settle
}

# STATION NUMBER of each frame heard
questions_heard() {
	local ns
	for ns in "${askers[@]}"; do
		sed -nE "s/^(host|broadcast|multicast) .*cafe(....)\$/$ns \2/p" "$WORK/arp-$ns.out" "$WORK/nd-$ns.out"
	done
}

# NAME, or NAME:FRAMES of several, with commas between; -: none.
listed_reasons() {
	awk '{ text = text (NR > 1 ? "," : "") $1 ($2 > 1 ? ":" $2 : "") } END { print NR ? text : "-" }'
}

# What is in no socket any more was printed before its listener slept again.
all_printed() {
	local name rmem
	for name in "${listeners[@]}"; do
		while read -r _ _ _ _ _ _ rmem _; do
			[[ $rmem != [1-9]* ]] || return 1
		done <"/proc/${processes[$name]}/net/packet"
		[[ $(<"/proc/${processes[$name]}/status") == *'(sleeping)'* ]] || return 1
	done
}

asked_are() {
	local description=$1 want rows=() row from kind name before after
	want=$(sed '/^\s*$/d; s/^\s*//; s/\s\s*/ /g')
	after=$(reasons)
	while read -r row; do
		read -r from kind name _ <<<"$row"
		before=$after
		send_question "$from" "$(question "$kind" "$from" "$name")"
		after=$(reasons)
		rows+=("$(printf '%04x' $asked) $from $kind $name $(reasons_between "$before" "$after" | listed_reasons)")
	done < <(tail -n +2 <<<"$want")
	wait_for 5 all_printed
	is "$(head -n 1 <<<"$want" && { questions_heard && printf '%s\n' "${rows[@]}"; } |
		awk -v names="${askers[*]}" '
			NF == 2 { heard[$1, $2]++ }
			NF > 2 {
				copies = ""
				n = split(names, name, " ")
				for (i = 1; i <= n; i++)
					copies = copies " " heard[name[i], $1] + 0
				print $2, $3, $4 copies, $5
			}')" "$want" "$description"
}
