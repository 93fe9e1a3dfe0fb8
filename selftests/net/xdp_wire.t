#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# TCP and UDP from the wire to an XDP endpoint. The wire is a veth, too, whose other end
# leaves checksums and segments to be done: XDP cannot keep them so, and leaves such frames to tc.
#
#   x1 xdp   y1 xdp, VLAN 50
#      |        |
#      eth0 .133 ---- eth0 .2, wire
#   host

. "$(dirname "$0")/questions.sh"
. "$(dirname "$0")/endpoint.sh"

known() { stations eth0; }
SETTLE_NS=

lab_new x1
address host eth0 $HOST/24 fd14::133/64
address wire eth0 $GATEWAY/24 fd14::2/64
configure 'uplink "eth0" { xdp = off }'
agent_start -c "$CONF"
add x1 --kind xdp --parent eth0 --netns "$PREFIX-x1" --address 192.168.14.21/24 --address fd14::21/64
at x1 sysctl -qw net.ipv6.conf.eth0.accept_dad=0
wait_for 5 has "0 $(mac x1) XDP x1" known

port=7777
arrives_whole() { # DESCRIPTION ADDRESS
	local sent
	port=$((port + 1)) # one that failed may linger
	background server at x1 "$PROBE" tcp-listen :: $port
	wait_for 5 hears server
	sent=$(at wire timeout $((5 * ${WAIT_FACTOR:-1})) "$PROBE" tcp-send "$2" $port 2000000 || echo "not in time")
	[ "$sent" != "not in time" ] || kill "${processes[server]}" 2>/dev/null || true
	finish server || true
	is "$(heard server)" "$sent" "$1: TCP"
	listen datagrams x1 udp-listen "$2" $port
	sent=$(at wire "$PROBE" udp-send "$2" $port word)
	wait_for 2 heard_one || true
	is "$(heard datagrams | cut -d " " -f 2,3)" "$sent" "... UDP"
	kill "${processes[datagrams]}"
	finish datagrams || true
	listeners=()
}
heard_one() { [ -n "$(heard datagrams)" ]; }

for how in off generic native; do
	reload "uplink \"eth0\" { xdp = $how }"
	arrives_whole "xdp $how" 192.168.14.21
	arrives_whole "... IPv6" fd14::21
done

# In a tunnel, it is the inner checksum that is to be done.
tunnel() { # DESCRIPTION KIND WORD...
	local description=$1 kind=$2
	shift 2
	if ! at wire ip link add tunnel0 type "$kind" local $GATEWAY remote 192.168.14.21 "$@" 2>"$WORK/err"; then
		skip "$description" "$(head -n 1 "$WORK/err")"
		return
	fi
	at x1 ip link add tunnel0 type "$kind" local 192.168.14.21 remote $GATEWAY "$@"
	address wire tunnel0 192.168.99.2/24
	address x1 tunnel0 192.168.99.21/24
	at wire ip link set tunnel0 up
	at x1 ip link set tunnel0 up
	arrives_whole "$description" 192.168.99.21
	at wire ip link del tunnel0
	at x1 ip link del tunnel0
}
tunnel "in IPIP" ipip
tunnel "in GRE" gre
tunnel "in VXLAN" vxlan id 5 dstport 4789 udpcsum
tunnel "in VXLAN on Linux' own port" vxlan id 5 dstport 8472 udpcsum
tunnel "in VXLAN without a checksum" vxlan id 5 dstport 7 noudpcsum

at wire ethtool -K eth0 tx off >"$WORK/out"
before=$(reason eth0 xdp-port)
arrives_whole "checksums are done" 192.168.14.21
arrives_whole "... IPv6" fd14::21
ok "... all of that by XDP" [ $(($(reason eth0 xdp-port) - before)) -gt 2000 ]
done_testing
