#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# An ARP storm from the wire, as fast as one CPU sends, for addresses that nobody has.
# Meanwhile, a host on the wire asks for the address of each endpoint, once.
#
#   e1 ... e64 (macvlan)
#    |       |
#   host:eth0 <------ wire:eth0, BPF_PROG_RUN live frames; probe asks, and hears the answers
#
#   hairpin      xdp = native
#   hairpin-tc   xdp = off
#   macvlan      without hairpin: each frame is put off to a kernel thread, for all endpoints
#   bare-drop    an XDP program that drops all, the requests as well

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

STORMS="hairpin macvlan hairpin-tc bare-drop"
N=64
COST_NAME="CPU time for a frame of the storm, above the generator's, all CPUs"
ANSWERED="answered, of $N requests"
NONE=00:00:00:00:00:00

request() { "$PROBE" arp 1 $BROADCAST "$(mac wire)" $GATEWAY $NONE "$1"; }

ask() {
	local f
	for f in "${requests[@]}"; do at wire "$PROBE" inject eth0 "$f"; done
}

# From different addresses: a request is not asked twice.
answers() { heard "hear-$SIDE" | sed -n 's/^host .* 0806 [0-9]* 0001080006040002.\{12\}\(.\{8\}\).*/\1/p' | sort -u | wc -l; }
all_answered() { [ "$(answers)" = $N ]; }

dropped() {
	case $SIDE in
	hairpin*) reason eth0 foreign-arp ;;
	*) device host eth0 3 ;; # received: nobody says what becomes of it
	esac
}

storm() {
	local before asking
	before=$(dropped)
	listen "hear-$SIDE" wire frames eth0 0806
	ask &
	asking=$!
	live $((SECONDS_EACH * 1000)) "$frame" 38 16
	wait $asking
	took "$before" "$(dropped)" "dropped where they should be"
	# The last answer may be on its way; where some are lost there is nothing to wait for.
	wait_for 1 all_answered 2>/dev/null || true
	kill "${processes[hear-$SIDE]}"
	finish "hear-$SIDE"
	listeners=()
	sample "$COST_NAME" "$COST"
	[ "$SIDE" = bare-drop ] || sample "$ANSWERED" "$(answers)"
}

for s in $STORMS; do
	side "$s"
	endpoints=()
	for ((i = 1; i <= N; i++)); do endpoints+=("e$i" "192.168.14.$((i + 10))"); done
	macvlan_lab bridge "${endpoints[@]}"
	case $s in
	hairpin) hairpin "xdp = native" ;;
	hairpin-tc) hairpin "xdp = off" ;;
	bare-drop) bare live_drop ;;
	esac
done
frame=$(request 192.168.14.200)
requests=()
for ((i = 1; i <= N; i++)); do requests+=("$(request "192.168.14.$((i + 10))")"); done

section "ARP storm from the wire, $N endpoints" \
	"as fast as one CPU sends, for addresses that nobody has; meanwhile each endpoint's is asked for once"
figure "$COST_NAME" ns lower
goal "$COST_NAME" hairpin at-most 0.05 macvlan
figure "$ANSWERED" requests higher
limit "$ANSWERED" hairpin at-least $N
limit "$ANSWERED" hairpin-tc at-least $N
compare "$STORMS" storm
