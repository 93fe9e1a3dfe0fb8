#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# From the wire to an endpoint: small UDP messages, as fast as one CPU makes and receives
# them, and a TCP stream.
#
#   b1:eth0 192.168.14.11 (macvlan); sink reads, on the other CPU
#        |
#   host:eth0 <------ wire:eth0, BPF_PROG_RUN live frames; iperf3
#
#   hairpin      xdp = native
#   hairpin-tc   xdp = off
#   macvlan      without hairpin
#   bare-pass    an XDP program that passes all: what native XDP on a veth costs by itself
#
# TCP not with native XDP: on a veth that takes segmentation offload from the other end, which
# is why xdp = auto leaves veth alone. A network card's other end is not on this machine.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sockets.sh"

US=hairpin-tc
UDP_SIDES="hairpin macvlan hairpin-tc bare-pass"
TCP_SIDES="hairpin-tc macvlan"
B1=192.168.14.11
PORT=9
UDP_RATE="UDP messages, by CPU time of sending and receiving"
UDP_COST="CPU time for a UDP message, above the generator's"
UDP_READ="UDP messages that the program read"
client=wire server=b1 to=$B1

way() {
	case $SIDE in
	hairpin-tc) hairpin_bytes b1 wire ;;
	macvlan) device_bytes wire eth0 ;;
	esac
}

arrived() {
	case $SIDE in
	hairpin*) reason eth0 wire-in ;;
	*) device b1 eth0 3 ;;
	esac
}

udp() {
	local before read
	before=$(arrived)
	read=$(udp_read b1)
	live $((SECONDS_EACH * 500)) "$frame"
	took "$before" "$(arrived)" "seen on their way to b1"
	sample "$UDP_RATE" "$RATE"
	sample "$UDP_COST" "$COST"
	sample "$UDP_READ" $((100 * ($(udp_read b1) - read) / RECEIVED))
}

for s in $UDP_SIDES; do
	side "$s"
	macvlan_lab bridge b1 $B1
	case $s in
	hairpin) hairpin "xdp = native" ;;
	hairpin-tc) hairpin "xdp = off" ;;
	bare-pass) bare live_pass ;;
	esac
	servers
	background "$s-sink" nsenter --net="/run/netns/$PREFIX-b1" taskset -c "$SERVER_CPU" "$HELPERS/sink" $PORT
done
frame=$("$PROBE" udp "$(mac_of $B1)" "$(mac wire)" $GATEWAY 4000 $B1 $PORT "")

section "wire to endpoint" "hairpin: xdp = native; hairpin-tc: xdp = off"
figure "$UDP_RATE" M/s higher
goal "$UDP_RATE" hairpin at-least 0.95 macvlan
goal "$UDP_RATE" hairpin-tc at-least 0.98 macvlan
figure "$UDP_COST" ns lower
figure "$UDP_READ" % higher
compare "$UDP_SIDES" udp
figure "$STREAM" Gb/s higher
goal "$STREAM" hairpin-tc at-least 0.98 macvlan
compare "$TCP_SIDES" stream
