#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# XDP on the uplink: in which form, why not, beside somebody else's, and through all
# that happens to hairpind and to the device.
#
#   b1 .11   b2 .12     the walk-through

. "$(dirname "$0")/questions.sh"

FOREIGN=$PINS-xdp

lab_walkthrough
ip4=([host]=$HOST [wire]=$GATEWAY [b1]=192.168.14.11 [nobody]=192.168.14.99)
mac_at[wire]=$(mac wire)

# What is on the device, as ip shows it: xdp (in the driver) or xdpgeneric, and whose.
attached() {
	at host ip -d link show "${1:-eth0}" | awk '
		/ mtu / { for (i = 1; i <= NF; i++) if ($i ~ /^xdp/) how = $i }
		/prog\/xdp/ { for (i = 1; i <= NF; i++) if ($i == "name") whose = $(i + 1) }
		END { print how == "" ? "none" : how " " whose }'
}
attached_is() { attached | grep -xE "$1" >/dev/null; }
id_of_pin() { # link|prog PIN [UPLINK]
	"$BPFTOOL" -j "$1" show pinned "$PINS/${3:-eth0}/$2" | "$PROBE" field id
}
no_program() { ! "$BPFTOOL" prog show id "$1"; }
shows_native() { [ "$(shown xdp)" = native ]; }
NATIVE='xdp hairpin_xdp.*'

# The rules of the wire are in force, be it in XDP or at tc.
steers() {
	is "$(counted send_question wire "$(question arp wire b1)")" "steer 1" "... questions from the wire are steered"
	is "$(counted send_question wire "$(question arp wire nobody)")" "foreign-arp 1" "... for nobody: dropped"
}
reach() {
	ok "... wire to b1" pings wire 192.168.14.11
	ok "... host to b1" pings host 192.168.14.11
	ok "... wire to the host, IPv6" pings wire fd14::133
}
works() { reach && steers; }

# ---- what is asked for, and what there is

# What a driver can do, the netdev family tells: Linux 6.3 and later.
auto_note="no XDP: a veth is faster without it, unless xdp = native"
few_queues="no XDP: the driver reports no XDP"
if [ -z "$(genl ctrl get name netdev 2>/dev/null)" ]; then
	auto_note="no XDP: the driver reports no XDP"
	few_queues="no XDP: the kernel refused it: No space left on device"
fi
# To see the tags, a program asks the driver: Linux 6.8 and later. Or else the driver leaves them in.
native_note=
grep -qw bpf_xdp_metadata_rx_vlan_tag /proc/kallsyms || native_note="rx-vlan-offload turned off"

configure ''
agent_start -c "$CONF"
is "$(shown xdp_wanted) $(shown xdp): $(shown notes)" "auto none: $auto_note" "auto on a veth: none, and why"
ok "... in the table, too" grep -F "$auto_note" <(cli uplink)
is "$(attached)" none "... on the device there is none"
fails "... nor is there a pin" test -e "$PINS/eth0/xdp"
works

changes_to() { # WANTED SHOWN ATTACHED [NOTES]
	local before
	flow wire-b1 wire 192.168.14.11
	flow wire-host wire $HOST
	reload "uplink eth0 { xdp = $1 }"
	flow_runs wire-b1
	is "$(flow_end wire-b1), $(flow_end wire-host)" "lost 0, doubled 0, lost 0, doubled 0" \
		"to xdp = $1: no packet of the wire's is lost"
	is "$(shown xdp_wanted) $(shown xdp): $(shown notes)" "$1 $2: ${4:-}" "... it is shown"
	ok "... and on the device" attached_is "$3"
	works
	before=$(reason eth0 not-local)
	at wire ping -n -q -c 5 -i 0.01 192.168.14.11 >"$WORK/out"
	is "$(reason eth0 not-local)" "$before" "... what the wire sends to b1 is not counted as nobody's"
}
changes_to native native "$NATIVE" "$native_note"
ok "... pinned" test -e "$PINS/eth0/xdp_link" -a -e "$PINS/eth0/xdp"
changes_to off none none
fails "... no pin is left" test -e "$PINS/eth0/xdp_link" -o -e "$PINS/eth0/xdp"
changes_to generic generic 'xdpgeneric hairpin_xdp.*' "rx-vlan-offload turned off"

# Generic XDP sees what the host loops back to itself, without an Ethernet header.
looped() { # GROUP: copies that the host's own socket hears
	listen loop host udp-listen :: 5353 "$1%eth0"
	at host "$PROBE" udp-send "$1" 5353 query 0 eth0 1 >"$WORK/sent"
	gather loop
	count loop 'query$'
}
is "$(looped 224.0.0.251) $(looped ff02::fb)" "1 1" "... the host hears its own group frames"
changes_to native native "$NATIVE" "$native_note"

# ---- hairpind's life

link=$(id_of_pin link xdp_link)
prog=$(id_of_pin prog xdp)
flow wire-b1 wire 192.168.14.11
agent_kill
flow_runs wire-b1 50
ok "kill -9: it stays" attached_is "$NATIVE"
reach
agent_start -c "$CONF"
is "$(id_of_pin link xdp_link) $(id_of_pin prog xdp)" "$link $prog" "the next one adopts link and program"
is "$(flow_end wire-b1)" "lost 0, doubled 0" "... no packet was lost"
works

rm "$PINS/eth0/xdp_link" "$PINS/eth0/xdp"
address b1 eth0 192.168.14.21/24
ok "pins that somebody removed are put back" wait_for 5 test -e "$PINS/eth0/xdp_link" -a -e "$PINS/eth0/xdp"
is "$(id_of_pin link xdp_link)" "$link" "... of the same link"
works

# ip link set xdp off and bpftool net detach cannot do this; nothing tells of it.
fails "a link cannot be taken off the device" at host ip link set dev eth0 xdp off
"$BPFTOOL" link detach pinned "$PINS/eth0/xdp_link"
is "$(attached)" none "but it can be detached"
reach
at b1 ip addr del 192.168.14.21/24 dev eth0
ok "... with the next news it is back" wait_for 5 attached_is "$NATIVE"
works

# ---- the device's life

at host ip link set eth0 down
up host eth0
address host eth0 fd14::133/64 # going down took it
wait_for 5 has "0 fd14::133 $(mac host) host" neighs eth0
ok "down and up: it stays" attached_is "$NATIVE"
works

for ns in host wire b1; do at $ns ip link set eth0 mtu 9000; done
jumbo() { # DESCRIPTION
	ok "$1: it stays" attached_is "$NATIVE"
	ok "... jumbo frames from the wire to b1" pings wire 192.168.14.11 -M "do" -s 8972
	ok "... to the host" pings wire $HOST -M "do" -s 8972
	ok "... from the host to b1" pings host 192.168.14.11 -M "do" -s 8972
	steers
}
jumbo "MTU 9000"
agent_stop
agent_run --detach 2>/dev/null
agent_start -c "$CONF"
jumbo "MTU 9000 from the beginning"
for ns in b1 host wire; do at $ns ip link set eth0 mtu 1500; done

reload 'uplink eth0 { xdp = native } uplink lan0 { xdp = native }'
link=$(id_of_pin link xdp_link)
at host ip link set eth0 down # before Linux 6.2 a device that is up keeps its name
at host ip link set eth0 name lan0
at host ip link set lan0 up
ok "another name: the pins follow" wait_for 5 test -e "$PINS/lan0/xdp_link"
ok "... and nothing stays behind" wait_for 5 gone "$PINS/eth0"
is "$(id_of_pin link xdp_link lan0)" "$link" "... of the same link"
at host ip link set lan0 down
at host ip link set lan0 name eth0
up host eth0
address host eth0 fd14::133/64
wait_for 5 test -e "$PINS/eth0/xdp_link"
wait_for 5 gone "$PINS/lan0"
wait_for 5 has "0 fd14::133 $(mac host) host" neighs eth0
works

prog=$(id_of_pin prog xdp)
at host ip link del eth0 # with it the endpoints
ok "deleted: its pins go" wait_for 5 gone "$PINS/eth0"
ok "... and the program" wait_for 5 no_program "$prog"
uplinks=()
uplink eth0
address host eth0 $HOST/24 fd14::133/64
address wire eth0 $GATEWAY/24 fd14::2/64
endpoint_direct b1 eth0 bridge 192.168.14.11/24 fd14::11/64
endpoint_docker b2 eth0 bridge 192.168.14.12/24 fd14::12/64
wait_for 5 has "0 192.168.14.11 $(mac b1) b1" neighs eth0
wait_for 5 has "0 fd14::133 $(mac host) host" neighs eth0
wait_for 5 closed
ok "made again: it is back" wait_for 5 attached_is "$NATIVE"
works

# ---- somebody else

at_end rm -rf "$FOREIGN"
mkdir "$FOREIGN"
"$BPFTOOL" prog loadall "$BUILD/selftests/net/foreign/xdp.bpf.o" "$FOREIGN" type xdp

foreign() { at host "$BPFTOOL" net "$1" "$2" ${3:+pinned "$FOREIGN/$3"} dev eth0 "${@:4}"; }
fails "another program cannot take its place" foreign attach xdpdrv count
fails "... not by force either" foreign attach xdpdrv count overwrite
fails "... nor in generic mode beside it" foreign attach xdpgeneric count
ok "... it stays" attached_is "$NATIVE"

prog=$(id_of_pin prog xdp)
agent_stop
agent_run --detach 2>/dev/null
is "$(attached)" none "--detach: nothing is on the device"
ok "... no pins" gone "$PINS"
ok "... no program" wait_for 5 no_program "$prog"

for how in xdpdrv xdpgeneric; do
	foreign attach $how count
	configure 'uplink eth0 { xdp = native }'
	agent_start -c "$CONF"
	is "$(shown xdp): $(shown notes)" "none: no XDP: somebody else's program is there" "$how: somebody was there first"
	ok "... who stays" attached_is "xdp.* count"
	works
	flow wire-b1 wire 192.168.14.11
	foreign detach $how
	ok "... leaves: ours takes the place" wait_for 5 attached_is "$NATIVE"
	ok "... it is shown" wait_for 5 shows_native
	is "$(flow_end wire-b1)" "lost 0, doubled 0" "... no packet is lost"
	works
	agent_stop
	agent_run --detach 2>/dev/null
done

# One that takes several buffers, in generic mode: Linux 6.9 and later move tc off
# the Ethernet header, and an IPv4 packet is no group frame for that.
foreign attach xdpgeneric count_frags
configure 'uplink eth0 { storm = 8 }'
agent_start -c "$CONF"
is "$(at wire ping -n -q -c 50 -i 0.002 $HOST | grep -o '[0-9]* received')" "50 received" \
	"somebody's generic XDP: unicast is not limited"
agent_stop
agent_run --detach 2>/dev/null
foreign detach xdpgeneric

# ---- two uplinks, one of which cannot have it

netns c1
# As many receive queues as the other end has to send are needed.
ip link add eth1 netns "$PREFIX-host" numrxqueues 1 numtxqueues 1 type veth \
	peer name eth1 numtxqueues 2 numrxqueues 2 netns "$PREFIX-wire"
at host ip link set eth1 address 02:00:00:00:01:85
at wire ip link set eth1 up
up host eth1
address host eth1 192.168.15.133/24
address wire eth1 192.168.15.2/24
endpoint_docker c1 eth1 bridge 192.168.15.11/24
configure 'uplink eth0 { xdp = native } uplink eth1 { xdp = native }'
agent_start -c "$CONF"
is "$(shown xdp): $(shown notes)" "native: $native_note" "two uplinks: XDP on the one"
is "$(shown xdp eth1): $(shown notes eth1)" "none: $few_queues" \
	"... on the other, whose receive queues are too few, none"
is "$(attached eth1)" none "... there is none"
ok "... wire to c1" pings wire 192.168.15.11
ok "... host to c1" pings host 192.168.15.11
works
done_testing
