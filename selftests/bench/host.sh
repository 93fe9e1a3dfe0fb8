#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# From the host to a container with sockets: hairpin, and what people do instead.
#
#   hairpin    host:eth0 192.168.14.133 . . . turned round . . . b1:eth0 192.168.14.11, macvlan
#   big        the same with gso-max-size = 196608, for the stream
#   shim       the same without hairpin, and a macvlan of the host's own:
#              host:shim 192.168.14.200/32, route 192.168.14.11/32   no macvlan's host reaches it otherwise
#   bridge     host:br0 192.168.14.133, ports host:eth0 and host:to-b1 = veth = b1:eth0
#   routed     host:to-b1 = veth = b1:eth0, route 192.168.14.11/32
#   ovs        host:br0 192.168.14.133, of Open vSwitch's userspace datapath, if it is installed;
#              ports as with bridge
#   loopback   the floor: both ends in one namespace, by lo
#
# Everywhere host:eth0 is a veth to the wire. Sender and receiver have a CPU each.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sockets.sh"

US=hairpin
BIG=196608
SIDES="hairpin shim bridge routed ovs loopback"
PEERS="shim bridge routed ovs"
B1=192.168.14.11
SHIM=192.168.14.200
client=host server=b1 to=$B1

way() {
	case $SIDE in
	hairpin | big) hairpin_bytes b1 host ;;
	shim) device_bytes host shim ;;
	bridge | routed | ovs) device_bytes host to-b1 ;;
	loopback) device_bytes host lo ;;
	esac
}

server_device() { if [ "$SIDE" = loopback ]; then echo lo; else echo eth0; fi; }

lab_hairpin() {
	macvlan_lab bridge b1 $B1
	hairpin ""
	wait_served b1
}

lab_big() {
	macvlan_lab bridge b1 $B1
	hairpin "gso-max-size = $BIG"
	wait_served b1
	wait_for 5 is_big host
	wait_for 5 is_big b1
}
# Of IPv4, which is what the works use; before Linux 6.3 there is none.
is_big() { [ "$(at "$1" "$PROBE" gso eth0 | cut -d" " -f2)" = $BIG ]; }

lab_shim() {
	macvlan_lab bridge b1 $B1
	# Or the host answers for the address of one device on the other.
	at host sysctl -qw net.ipv4.conf.all.arp_ignore=1
	at host ip link add link eth0 name shim type macvlan mode bridge
	at host ip addr add $SHIM/32 dev shim
	up host shim
	at host ip route add $B1/32 dev shim src $SHIM
}

veth_lab() {
	lab_new b1
	ip link add to-b1 netns "$PREFIX-host" type veth peer name eth0 netns "$PREFIX-b1"
	address b1 eth0 $B1/24
	at host ip link set to-b1 up
	up b1 eth0
	up host to-b1
}

lab_bridge() {
	veth_lab
	at host ip link add br0 type bridge mcast_snooping 0
	at host ip link set eth0 master br0
	at host ip link set to-b1 master br0
	address host br0 $HOST/24
	up host br0
}

# Its ports take frames from packet sockets, with no checksum left to do for a NIC.
lab_ovs() {
	local dir=$WORK/ovs db=$WORK/ovs/db.sock
	veth_lab
	at b1 ethtool -K eth0 tx off
	mkdir "$dir"
	ovsdb-tool create "$dir/conf.db" /usr/share/openvswitch/vswitch.ovsschema
	OVS_RUNDIR=$dir at host ovsdb-server "$dir/conf.db" --remote="punix:$db" --unixctl="$dir/db.ctl" \
		--pidfile="$dir/db.pid" --log-file="$dir/db.log" -vconsole:off --detach
	ovs-vsctl --db="unix:$db" --no-wait init
	OVS_RUNDIR=$dir at host ovs-vswitchd "unix:$db" --unixctl="$dir/vswitchd.ctl" \
		--pidfile="$dir/vswitchd.pid" --log-file="$dir/vswitchd.log" -vconsole:off --detach
	ovs-vsctl --db="unix:$db" --timeout=10 add-br br0 -- set bridge br0 datapath_type=netdev \
		-- add-port br0 eth0 -- add-port br0 to-b1
	address host br0 $HOST/24
	at host ip link set br0 up
}

lab_routed() {
	veth_lab
	address host eth0 $HOST/24
	at host ip route add $B1/32 dev to-b1
}

lab_loopback() {
	netns host
	touch "/run/netns/$PREFIX-b1"
	mount --bind "/run/netns/$PREFIX-host" "/run/netns/$PREFIX-b1"
	address host lo $B1/32
}

# Not every kernel has bridges.
side kernel
netns host
at host ip link add br0 type bridge || SIDES=${SIDES/ bridge/} PEERS=${PEERS/ bridge/}
has_ovs() { command -v ovs-vswitchd >/dev/null; }
has_ovs || SIDES=${SIDES/ ovs/} PEERS=${PEERS/ ovs/}
STREAMS=${SIDES/hairpin/hairpin big}
read -r _ ipv4 _ <<<"$(at host "$PROBE" gso lo)"
[ "$ipv4" != 0 ] || STREAMS=$SIDES
for s in $STREAMS; do
	side "$s"
	"lab_$s"
	servers
done

section "host to endpoint, with sockets" \
	"hairpin; big: with gso-max-size = $BIG; a shim macvlan on the host; a bridge and veth; veth and routing; Open vSwitch in userspace, if it is there; loopback, the floor"
socket_figures
# shellcheck disable=SC2086 # a word per peer
socket_goal 0.98 $PEERS
# shellcheck disable=SC2086 # the same
[ "$STREAMS" = "$SIDES" ] || goal "$STREAM" big at-least 1.10 $PEERS
compare "$STREAMS" stream
compare "$SIDES" ping_pong messages
