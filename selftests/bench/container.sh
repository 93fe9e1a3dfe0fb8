#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# From the wire to a container whose own XDP program takes all frames (and drops them).
#
#   b1:eth0, with a program
#        |
#   host:eth0 <------ wire:eth0, BPF_PROG_RUN live frames
#
#   hairpin      an endpoint of kind xdp, xdp = native: from driver to driver
#   hairpin-tc   the same, xdp = off
#   macvlan      without hairpin, and without XDP: a UDP socket, which sink reads on the other CPU
#   generic      the same with XDP, of which a macvlan has the generic mode only
#   bare-drop    the program on the uplink itself

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

WORKS="hairpin hairpin-tc macvlan generic bare-drop"
B1=192.168.14.11
RATE_NAME="frames, by CPU time of sending and receiving"
COST_NAME="CPU time for a frame, above the generator's"

xdp_drops() { at "$1" ethtool -S eth0 | awk '/rx_queue_.*_xdp_drops:/ { sum += $2 } END { print sum + 0 }'; }
taken() {
	case $SIDE in
	hairpin*) xdp_drops b1 ;;
	macvlan | generic) device b1 eth0 3 ;;
	bare-drop) xdp_drops host ;;
	esac
}

container() {
	local before
	before=$(taken)
	live $((SECONDS_EACH * 500)) "$frame"
	took "$before" "$(taken)" "taken by the program"
	sample "$RATE_NAME" "$RATE"
	sample "$COST_NAME" "$COST"
}

has_port() { map_rows eth0 ports key | grep -q .; }
endpoint_xdp() {
	at host "$BUILD/hairpin" --pins "$PINS" --run "$RUN" endpoint add b1 --kind xdp --parent eth0 \
		--netns "$PREFIX-b1" --address $B1/24 --mac "$(mac_of $B1)"
	wait_for 5 has_port
}
takes_all() { # xdpdrv|xdpgeneric
	"$BPFTOOL" prog loadall "$HELPERS/live.bpf.o" "$PINS-bare"
	at b1 "$BPFTOOL" net attach "$1" pinned "$PINS-bare/live_drop" dev eth0
}

for s in $WORKS; do
	side "$s"
	case $s in
	hairpin*)
		macvlan_lab bridge
		netns b1
		hairpin "xdp = $([ "$s" = hairpin ] && echo native || echo off)"
		endpoint_xdp
		takes_all xdpdrv
		;;
	macvlan)
		macvlan_lab bridge b1 $B1
		background sink nsenter --net="/run/netns/$PREFIX-b1" taskset -c "$SERVER_CPU" "$HELPERS/sink" 9
		;;
	generic)
		macvlan_lab bridge b1 $B1
		takes_all xdpgeneric
		;;
	bare-drop)
		macvlan_lab bridge
		bare live_drop
		;;
	esac
done
frame=$("$PROBE" udp "$(mac_of $B1)" "$(side macvlan && mac wire)" $GATEWAY 4000 $B1 9 "")

section "wire to a container that runs XDP" "hairpin: kind xdp, xdp = native; hairpin-tc: xdp = off"
figure "$RATE_NAME" M/s higher
goal "$RATE_NAME" hairpin at-least 3 macvlan
figure "$COST_NAME" ns lower
compare "$WORKS" container
