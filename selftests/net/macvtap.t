#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A virtual machine on a macvtap: it has an address that the host's kernel does
# not know. Questions for it are flooded, and it answers.
#
#   VM 192.168.14.61      b1 192.168.14.11
#        |                     |
#   host +---------------------+
#        |
#   eth0 192.168.14.133 -------- eth0 192.168.14.2  wire

. "$(dirname "$0")/lifecycle.sh"
. "$(dirname "$0")/trunk.sh"

VM=192.168.14.61
VM_MAC=$(mac_of $VM)

# sysfs shows the devices of the netns that it was mounted from; devtmpfs names
# a node by ifindex alone, which other namespaces have too.
macvtap() { # MODE [PARENT]
	local number
	at host ip link add link "${2:-eth0}" name tap0 address "$VM_MAC" type macvtap mode "$1"
	at host ip link set tap0 up
	number=$(ip netns exec "$PREFIX-host" sh -c 'cat /sys/class/net/tap0/macvtap/tap*/dev')
	rm -f "$WORK/tap0"
	mknod "$WORK/tap0" c "${number%:*}" "${number#*:}"
	background vm perl "$TOP/selftests/net/guest.pl" "$WORK/tap0" "$VM_MAC" $VM
	wait_for 5 hears vm
}

vm_stop() {
	kill "${processes[vm]}"
	{ wait "${processes[vm]}" || true; } 2>/dev/null
	unset "processes[vm]"
	at host ip link del tap0
}

lab_new b1
address host eth0 $HOST/24
address wire eth0 $GATEWAY/24
endpoint_docker b1 eth0 bridge 192.168.14.11/24
macvtap bridge

ok "without hairpind: wire to the VM" pings wire $VM
ok "without hairpind: b1 to the VM" pings b1 $VM
fails "without hairpind: host to the VM" pings host $VM

agent_start
ok "it is a station" has "0 $VM_MAC MACVTAP host" stations eth0
addresses() { neighs eth0 | awk -v mac="$VM_MAC" '$3 == mac' | grep -F 192.; }
fails "... without an address" addresses
before=$(reason eth0 host-flood)
ok "host to the VM" pings host $VM
ok "... it was asked by flooding" [ "$(reason eth0 host-flood)" -gt "$before" ]
is "$(heard vm | tail -n 2)" "$BROADCAST arp
$VM_MAC echo" "... and heard each frame once, the question as broadcast"
ok "b1 to the VM" pings b1 $VM
ok "wire to the VM" pings wire $VM
steered=$(reason eth0 host-steer)
ok "host to b1" pings host 192.168.14.11
ok "... is steered, past the VM" [ "$(reason eth0 host-steer)" -gt "$steered" ]
vm_stop
ok "gone with its device" wait_for 5 lacks "0 $VM_MAC MACVTAP host" stations eth0

for mode in vepa private; do
	macvtap $mode
	ok "a VM in mode $mode" wait_for 5 has "0 $VM_MAC MACVTAP host" stations eth0
	ok "... host to the VM" pings host $VM
	ok "... wire to the VM" pings wire $VM
	vm_stop
done

description="a VM on eth0.50"
if kernel_has vlan; then
	vlan host 50
	vlan wire 50
	address host eth0.50 192.168.50.133/24
	address wire eth0.50 192.168.50.2/24
	VM=192.168.50.61
	VM_MAC=$(mac_of $VM)
	macvtap bridge eth0.50
	ok "$description" wait_for 5 has "50 $VM_MAC MACVTAP host" stations eth0
	ok "... host to the VM" pings host $VM
	ok "... wire to the VM" pings wire $VM
	vm_stop
else
	skip "$description" "no vlan in this kernel"
fi
done_testing
