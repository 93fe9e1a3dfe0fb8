#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Unicast from the wire to MACs that nobody has, as a switch floods it while it learns.
#
#   b1 (macvlan)
#    |
#   host:eth0 <------ wire:eth0, BPF_PROG_RUN live frames
#
#   hairpin      xdp = native: dropped by the XDP program
#   hairpin tc   xdp = off: passes, and is dropped by the IP stack
#   macvlan      the same, without hairpin
#   bare drop    an XDP program that does nothing else

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

WORKS="hairpin macvlan bare-drop hairpin-tc"
MACS=1000
COST_NAME="CPU time for a frame, above the generator's"

otherhost() { at host ip -j -s -s link show eth0 | perl -MJSON::PP -ne 'print decode_json($_)->[0]{stats64}{rx}{otherhost} // 0, "\n"'; }
xdp_drops() { at host ethtool -S eth0 | awk '/rx_queue_.*_xdp_drops:/ { sum += $2 } END { print sum + 0 }'; }

dropped() { # how many, where this side drops them
	case $SIDE in
	hairpin) reason eth0 foreign ;;
	hairpin-tc) reason eth0 not-local ;;
	macvlan) otherhost ;;
	bare-drop) xdp_drops ;;
	esac
}

foreign() {
	local before
	before=$(dropped)
	live $((SECONDS_EACH * 500)) "$frame" 2 $MACS
	took "$before" "$(dropped)" "dropped where they should be"
	sample "$COST_NAME" "$COST"
}

for s in $WORKS; do
	side "$s"
	macvlan_lab bridge b1 192.168.14.11
	case $s in
	hairpin) hairpin "xdp = native" ;;
	hairpin-tc) hairpin "xdp = off" ;;
	bare-drop) bare live_drop ;;
	esac
done
frame=$("$PROBE" udp 02:00:00:ff:00:00 "$(mac wire)" $GATEWAY 4000 192.168.14.99 9 "")

section "wire to nobody: unicast, 60 bytes, to $MACS MACs that nobody has"
figure "$COST_NAME" ns lower
goal "$COST_NAME" hairpin at-most 0.2 macvlan
goal "$COST_NAME" hairpin at-most 1.15 bare-drop
compare "$WORKS" foreign
