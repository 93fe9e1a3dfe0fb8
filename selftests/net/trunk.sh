# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# An 802.1Q trunk to a VLAN-aware switch. Source it after lib.sh.
#
#	lab_trunk	host, the switch (namespace wire), and the stations behind it
#	vlan NS VID	eth0.VID in NS
#
#   host                        wire                           trk
#   eth0.50 .14.133 ---\        br0                     /--- eth0.50 .14.2
#                      eth0 --- eth0 (50,60)  trk (50,60) --- eth0
#   eth0.60 .15.133 ---/             \ acc (50 untagged)  \--- eth0.60 .15.2
#                                     \----------------------- eth0 .14.3, acc
#
# 192.168.14.0/24 and fd14:: on VLAN 50, 192.168.15.0/24 and fd15:: on VLAN 60.

. "$(dirname "${BASH_SOURCE[0]}")/kernel.sh"

vlan() {
	at "$1" ip link add link eth0 name "eth0.$2" type vlan id "$2"
	up "$1" "eth0.$2"
}

# A port of the switch, and behind it a station in a namespace of the same name.
port() { # NAME BRIDGE-VLAN-ARGUMENT...
	local name=$1
	shift
	netns "$name"
	ip link add "$name" netns "$PREFIX-wire" type veth peer name eth0 netns "$PREFIX-$name"
	at wire ip link set "$name" master br0 up
	at wire bridge vlan add dev "$name" "$@"
	up "$name" eth0
}

switch() {
	at wire ip link add br0 type bridge vlan_filtering 1 vlan_default_pvid 0 mcast_snooping 0
	at wire ip link set br0 up
	at wire ip link set eth0 master br0
	at wire bridge vlan add dev eth0 vid 50
	at wire bridge vlan add dev eth0 vid 60
	port acc vid 50 pvid untagged
	port trk vid 50
	at wire bridge vlan add dev trk vid 60
	at trk ip link set eth0 address 02:00:00:00:00:03
	at acc ip link set eth0 address 02:00:00:00:00:04
}

lab_trunk() {
	needs vlan bridge
	lab_new "$@"
	switch
	vlan host 50
	vlan host 60
	vlan trk 50
	vlan trk 60
	address trk eth0.50 192.168.14.2/24 fd14::2/64
	address trk eth0.60 192.168.15.2/24 fd15::2/64
	address acc eth0 192.168.14.3/24 fd14::3/64
}
