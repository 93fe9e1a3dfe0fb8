#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Several parents at once. One of them is a device of its own that has the name
# of a VLAN device. a1 and a3 have the same MAC and address on two of them.
#
#   a1 192.168.14.11     a2 192.168.15.11     a3 192.168.14.11
#        |                    |                    |
#   eth0 192.168.14.133  eth1 192.168.15.133  eth0.50 192.168.14.134    host
#        |                    |                    |
#   eth0 192.168.14.2    eth1 192.168.15.2    eth0.50 192.168.14.1      wire

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/matrix.sh"

lab_new a1 a2 a3
SETTLE_NS=a1
uplink eth1
uplink eth0.50
address host eth0 192.168.14.133/24
address host eth1 192.168.15.133/24
address host eth0.50 192.168.14.134/24
address wire eth0 192.168.14.2/24
address wire eth1 192.168.15.2/24
address wire eth0.50 192.168.14.1/24
endpoint_docker a1 eth0 bridge 192.168.14.11/24
endpoint_docker a2 eth1 bridge 192.168.15.11/24
endpoint_docker a3 eth0.50 bridge 192.168.14.11/24

# 192.168.14.0/24 is there twice: what has the second address uses the second device.
second() {
	at "$1" ip rule add from "$2" lookup 50
	at "$1" ip route add 192.168.14.0/24 dev eth0.50 table 50
}
second host 192.168.14.134
second wire 192.168.14.1

each_parent() { # ok|fails
	"$1" "host to a1 on eth0" pings host 192.168.14.11
	"$1" "host to a2 on eth1" pings host 192.168.15.11
	"$1" "host to a3 on eth0.50" pings host 192.168.14.11 -I 192.168.14.134
	"$1" "a1 to the host" pings a1 192.168.14.133
	"$1" "a2 to the host" pings a2 192.168.15.133
	"$1" "a3 to the host" pings a3 192.168.14.134
}

gateways() {
	ok "a1 to its gateway" pings a1 192.168.14.2
	ok "a2 to its gateway" pings a2 192.168.15.2
	ok "a3 to its gateway" pings a3 192.168.14.1
}

gateways
each_parent fails
agent_start
gateways
each_parent ok

# Group frames and unicast stay on their uplink.
settle_all() {
	settle a1 eth0
	settle a2 eth1
	settle a3 eth0.50
}

for ns in a1 a2 a3; do listen $ns $ns frames eth0; done
for device in eth0 eth1 eth0.50; do
	listen "host-$device" host frames $device
	at host "$PROBE" send $device $BROADCAST "$(mac host $device)" "all-$device"
	at host "$PROBE" send $device "$(mac a1)" "$(mac host $device)" "one-$device"
done
at a1 "$PROBE" send eth0 "$(mac host eth0.50)" "$(mac a1)" from-a1 # another uplink's MAC
at a3 "$PROBE" send eth0 $BROADCAST "$(mac a3)" from-a3
settle_all
gather
words() { heard "$1" | awk '$1 != "other" { print $6 }' | LC_ALL=C sort | xargs; }
is "$(words a1)" "all-eth0 one-eth0" "a1 hears its uplink's"
is "$(words a2)" "all-eth1" "a2 hears its uplink's"
is "$(words a3)" "all-eth0.50 one-eth0.50" "a3, with a1's MAC, hears its own uplink's"
is "$(words host-eth0)" "" "the host hears nothing of a3's on eth0"
is "$(words host-eth0.50)" "from-a3" "but hears it on eth0.50, and nothing of a1's there"

is "$(find "$PINS" -mindepth 1 -maxdepth 1 -printf '%f\n' | LC_ALL=C sort | xargs)" "eth0 eth0:50 eth1" "a directory of pins for each uplink"
is "$(map_rows eth0.50 endpoints value.kind value.netns value.parent value.vlan)" \
	"HP_KIND_HOST host eth0.50 0
HP_KIND_MACVLAN $PREFIX-a3 eth0.50 0" "eth0.50 is an uplink by itself, untagged"

done_testing
