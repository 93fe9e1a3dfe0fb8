#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Endpoints however they were made: by engines, before and after hairpind
# started, in a netns without a name, and in the host's own netns.
#
#   b1 .11 docker   b2 .12 podman   pod .15, no name   b3 .13 docker, b4 .14 podman, later
#      |               |               |                  |
#   host +-------------+---------------+------------------+
#      |      shim .200 bridge   vrrp.51 .201 private   tap0, a macvtap
#      |
#   eth0 192.168.14.133 ------ eth0 192.168.14.2  wire

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/matrix.sh"

VMAC=00:00:5e:00:01:33
VM=02:42:c0:a8:0e:3d

in_own_netns() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }

# A netns that only a process holds.
pod() {
	background pod unshare --net sleep 1000
	POD=${processes[pod]}
	wait_for 5 in_own_netns "$POD"
	at host ip link add link eth0 name dm-pod type macvlan mode bridge
	at host ip link set dm-pod netns "$POD"
	nsenter --net="/proc/$POD/ns/net" ip link set dm-pod address "$(mac_of 192.168.14.15)" name eth0
	nsenter --net="/proc/$POD/ns/net" ip addr add 192.168.14.15/24 dev eth0
	nsenter --net="/proc/$POD/ns/net" ip link set eth0 up
}

# sysfs shows the devices of the netns that it was mounted from; devtmpfs names
# a node by ifindex alone, which other namespaces have too.
macvtap() {
	local number
	at host ip link add link eth0 name tap0 address $VM type macvtap mode bridge
	at host ip link set tap0 up
	number=$(ip netns exec "$PREFIX-host" sh -c 'cat /sys/class/net/tap0/macvtap/tap*/dev')
	mknod "$WORK/tap0" c "${number%:*}" "${number#*:}"
}

lab_walkthrough
at b2 ip link del eth0 # a netns that is deleted gives its MACs back later
ip netns del "$PREFIX-b2" # made again below, the other way
namespaces=(host wire b1)
netns b2 b3
endpoint_podman b2 eth0 bridge 192.168.14.12/24 fd14::12/64
pod
endpoint_own shim eth0 bridge 192.168.14.200/32
at host ip link add link eth0 name vrrp.51 address $VMAC type macvlan mode private
address host vrrp.51 192.168.14.201/32
up host vrrp.51
macvtap

stations host wire b1 b2 shim=host:shim vmac=host:vrrp.51
without='
	from  host  wire  b1  b2  shim  vmac
	host  0     1     0   0   0     0
	wire  1     0     1   1   1     1
	b1    0     1     0   1   1     0
	b2    0     1     1   0   1     0
	shim  0     1     1   1   0     0
	vmac  0     1     0   0   0     0'
group_is "broadcast without hairpind" $BROADCAST <<<"$without"
fails "host to pod" pings host 192.168.14.15

agent_start
endpoints() { map_rows eth0 endpoints "$@" | sed "s/$PREFIX-//" | LC_ALL=C sort; }
is "$(endpoints value.netns value.ifname value.kind value.mode value.mac)" \
	"$POD/sleep eth0 HP_KIND_MACVLAN HP_MODE_BRIDGE $(mac_of 192.168.14.15)
b1 eth0 HP_KIND_MACVLAN HP_MODE_BRIDGE $(mac b1)
b2 eth0 HP_KIND_MACVLAN HP_MODE_BRIDGE $(mac b2)
host eth0 HP_KIND_HOST HP_MODE_NONE $(mac host)
host shim HP_KIND_MACVLAN HP_MODE_BRIDGE $(mac host shim)
host tap0 HP_KIND_MACVTAP HP_MODE_BRIDGE $VM
host vrrp.51 HP_KIND_MACVLAN HP_MODE_PRIVATE $VMAC" "all are listed, in words"

ok "host to b1 (docker)" pings host 192.168.14.11
ok "b1 to the host" pings b1 $HOST
ok "host to b2 (podman)" pings host 192.168.14.12
ok "b2 to the host, IPv6" pings b2 fd14::133
ok "host to pod" pings host 192.168.14.15
ok "pod to the host" nsenter --net="/proc/$POD/ns/net" ping -c 1 -W 1 $HOST

endpoint_docker b3 eth0 bridge 192.168.14.13/24
wait_served b3
agent_pause # as late as Podman makes it: hairpind has not given it an id yet
netns b4
endpoint_podman b4 eth0 bridge 192.168.14.14/24
agent_continue
wait_served b4
ok "host to b3 (docker, later)" pings host 192.168.14.13
ok "b3 to the host" pings b3 $HOST
ok "host to b4 (podman, later)" pings host 192.168.14.14
ok "b4 to the host" pings b4 $HOST
is "$(endpoints value.netns | grep '^b')" "b1
b2
b3
b4" "they are listed too"

# The host hears nothing twice and nothing of its own; shim and vmac are
# stations of their own, and hear the host as any other does.
group_is "broadcast with hairpind" $BROADCAST <<'END'
	from  host  wire  b1  b2  shim  vmac
	host  0     1     1   1   1     1
	wire  1     0     1   1   1     1
	b1    1     1     0   1   1     0
	b2    1     1     1   0   1     0
	shim  0     1     1   1   0     0
	vmac  0     1     0   0   0     0
END
unicast_is "unicast with hairpind" <<'END'
	from  host  wire  b1  b2  shim  vmac
	host  -     1     1   1   1     1
	wire  1     -     1   1   1     1
	b1    1     1     -   1   1     0w
	b2    1     1     1   -   1     0w
	shim  1     1     1   1   -     0w
	vmac  1     1     0w  0w  0w    -
END

# What a virtual machine sends and hears.
word_frame() { "$PROBE" word "$1" "$2" 88b5 "$3"; } # DST SRC WORD
hear_all
listen vm host tap "$WORK/tap0" "$(word_frame $BROADCAST $VM vm-all)00" \
	"$(word_frame "$(mac host)" $VM vm-host)00" "$(word_frame "$(mac b1)" $VM vm-b1)00"
at host "$PROBE" send eth0 $VM "$(mac host)" host-vm $BROADCAST "$(mac host)" host-all
gather
heard_by() { heard "hear-$1" | awk '$1 != "other" && $6 ~ /^vm/ { print $6 }' | LC_ALL=C sort | xargs; }
is "$(heard_by host)" "vm-all vm-host" "the host hears the VM, each frame once"
is "$(heard_by b1)" "vm-all vm-b1" "b1 does"
is "$(heard_by wire)" "vm-all" "the wire hears its broadcast"
is "$(count vm "^$(word_frame $VM "$(mac host)" host-vm)")" 1 "the VM hears the host, once"
is "$(count vm "^$(word_frame $BROADCAST "$(mac host)" host-all)")" 1 "and its broadcast, once"

done_testing
