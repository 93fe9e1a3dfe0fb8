#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The uplink is in a bridge of the host's, with a VM behind it, and has XDP endpoints: of
# those the bridge knows nothing, and of the VM hairpind.
#
#   vm .31   x1 .21, q1 .22 (private)  xdp
#    |          |
#   br0 .133 - eth0 ------------------- eth0 .2, wire
#   host

. "$(dirname "$0")/questions.sh"
. "$(dirname "$0")/endpoint.sh"
. "$(dirname "$0")/matrix.sh"

lab_new vm x1 q1
at host ip link add br0 type bridge mcast_snooping 0
at host ip link set br0 address 02:00:00:00:00:33 up
at host ip link set eth0 master br0
ip link add vm0 netns "$PREFIX-host" type veth peer name eth0 netns "$PREFIX-vm"
at host ip link set vm0 master br0
at host ip link set vm0 up
up vm eth0
address host br0 $HOST/24 fd14::133/64
address wire eth0 $GATEWAY/24 fd14::2/64
address vm eth0 192.168.14.31/24 fd14::31/64

configure 'uplink "eth0" { xdp = off }'
agent_start -c "$CONF"
add x1 --kind xdp --parent eth0 --netns "$PREFIX-x1" --address 192.168.14.21/24 --address fd14::21/64
add q1 --kind xdp --parent eth0 --netns "$PREFIX-q1" --mode private --address 192.168.14.22/24
wait_served x1
wait_served q1
SETTLE_NS=vm
stations host=host:br0 vm x1 q1 wire

learned() { at host bridge fdb show br br0 | sed -n "s/^$(mac "$1") dev \([a-z0-9]*\) .*/\1/p" | sort -u; }
groups='
	from  host  vm  x1  q1  wire
	host  0     1   1   1   1
	vm    1     0   1   1   1
	x1    1     1   0   0   1
	q1    1     1   0   0   1
	wire  1     1   1   1   0'
everybody() { # HOW
	group_is "$1: a broadcast is heard once, by whomever" $BROADCAST <<<"$groups"
	group_is "$1: IPv6 multicast" 33:33:00:00:00:01 <<<"$groups"
	is "$(learned vm)" vm0 "... the bridge has the VM at its port"
	is "$(learned x1)" eth0 "... and x1 at the uplink"
}
for how in off native; do
	reload "uplink \"eth0\" { xdp = $how }"
	everybody "xdp $how"
done

for how in native off; do
	reload "uplink \"eth0\" { xdp = $how }"
	for to in 192.168.14.31 fd14::31 $HOST fd14::133 192.168.14.21 fd14::21; do
		ok "xdp $how: the wire reaches $to" pings wire "$to"
	done
done
for from in x1 q1; do
	ok "$from reaches the VM" pings $from 192.168.14.31
	ok "... the host, by the bridge's MAC" pings $from $HOST
	ok "... the wire" pings $from $GATEWAY
done
ok "the VM reaches x1" pings vm 192.168.14.21
ok "the host reaches x1" pings host 192.168.14.21
unicast_is "unicast" <<-'END'
	from  host  vm  x1  q1  wire
	host  -     1   1   1   1
	vm    1     -   1   1   1
	x1    1w    1w  -   0w  1
	q1    1w    1w  0w  -   1
	wire  1     1   1   1   -
END
ok "the VM reaches the host" pings vm $HOST
ok "... and the wire" pings vm $GATEWAY

fails "no errors in the log" logged "error:"
done_testing
