#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Endpoints of kind xdp: made, changed, declared, removed, dead; through the life of
# hairpind and of the uplink. In the end nothing of them is left.
#
#   x1 x2 (netns)   own (host)
#      |             |
#      eth0 .133 ------ eth0 .2, wire
#   host

. "$(dirname "$0")/questions.sh"
. "$(dirname "$0")/endpoint.sh"

# All that an endpoint leads to in the host: devices and their programs, MACs that the uplink receives.
state() {
	[ -z "$AGENT_PID" ] || wait_for 5 agent_sleeps
	at host ip -d -o link | sed -E "s/^[0-9]+: //; s/ state [A-Z]+ / /"
	at host bridge fdb show | grep -v '^33:33\|^01:00' || true
	at host ip -d addr show
	for ns in x1 x2; do at $ns ip -d addr show; done
} 2>/dev/null
port_of() { at host ip -d -o link | awk -v mark="hairpin:$1" 'index($0, "alias " mark " ") { sub("@.*", "", $2); print $2 }'; }
no_port() { [ -z "$(port_of "$1")" ]; }
receives() { at host bridge fdb show dev eth0 | grep "$1 self permanent" >/dev/null; }
ignores() { ! receives "$1"; }
gone_link() { ! at "$1" ip link show "$2"; }
filters_of() { at host tc filter show dev "$1" ingress | grep -o 'hairpin_[a-z]*' | sort -u || true; }
filters_are() { [ "$(filters_of "$1")" = "$2" ]; }
knows() { has "$@" stations eth0; }
knows_not() { lacks "$@" stations eth0; }
checks() { hairpin endpoint check "$1"; }
reach() {
	ok "... host to x1" pings host 192.168.14.21
	ok "... x1 to the wire" pings x1 $GATEWAY
}
MAC=02:42:c0:a8:0e:15
all="--kind xdp --parent eth0 --netns $PREFIX-x1 --mac $MAC --address 192.168.14.21/24 --address fd14::21/64"

lab_new x1 x2
address host eth0 $HOST/24 fd14::133/64
address wire eth0 $GATEWAY/24 fd14::2/64
nothing=$(state)

refuses "without hairpind" 1 "endpoint x1: kind xdp is served by hairpind alone, which does not run: start it" \
	add x1 --kind xdp --parent eth0 --netns "$PREFIX-x1"
configure 'uplink "eth0" { xdp = native }'
agent_start -c "$CONF"

# ---- made

# shellcheck disable=SC2086 # words
ok "add" add x1 $all --gateway $GATEWAY
port=$(port_of x1)
is "$(alias_of host "$port")" "hairpin:x1 xdp eth0 bridge" "its port says whose it is"
is "$(field x1 eth0 mtu) $(field host "$port" mtu)" "1500 1500" "... both have the MTU of the parent"
is "$(addresses x1 eth0)" "192.168.14.21/24
fd14::21/64" "... its addresses"
is "$(at x1 ip route show default | awk '{ print $3 }')" $GATEWAY "... the default route"
ok "... a station" wait_for 5 knows "0 $MAC XDP x1"
ok "... whose frames the uplink receives" wait_for 5 receives $MAC
ok "... the program at its port" wait_for 5 filters_are "$port" hairpin_port
is "$(at host ip -br addr show dev "$port" | awk '{ print $3 }')" "" "... which has no address"
is "$(at host ip link show "$port" | grep -o NOARP)" NOARP "... and answers nobody"
ok "check finds nothing" wait_for 5 checks x1
is "$(hairpin endpoint | awk '$1 == "x1" { print $2, $3, $5, $6, $7, $9 }')" "eth0 $MAC xdp bridge up eth0" "list shows it"
reach

ok "--kind xdp in a VLAN, no eth0.50 anywhere" add x2 --kind xdp --parent eth0.50 --mode private \
	--netns "$PREFIX-x2" --ifname lan0 --mtu 1400
x2=$(mac x2 lan0)
ok "... a station of it" wait_for 5 knows "50 $x2 XDP x2"
ok "... there is no device" gone_link host eth0.50
is "$(alias_of host "$(port_of x2)") $(field x2 lan0 mtu)" "hairpin:x2 xdp eth0.50 private 1400" "... as it was asked for"
ok "in the host's own netns" add own --kind xdp --parent eth0 --address 192.168.14.29/24
ok "... a station, too" wait_for 5 knows "0 $(mac host own) XDP host"
ok "... the wire reaches it" pings wire 192.168.14.29
del own

# ---- wrong arguments

refuses "a mode that is macvlan's" 2 "endpoint x: 'vepa' is no value for 'mode': with kind xdp it takes bridge or private" \
	add x --kind xdp --parent eth0 --mode vepa
refuses "a queue that is macvlan's" 2 "endpoint x: bcqueuelen is of kind macvlan: kind xdp has no such queue" \
	add x --kind xdp --parent eth0 --bcqueuelen 5
refuses "an unknown kind" 2 "endpoint x: 'veth' is no value for 'kind': it takes macvlan or xdp" \
	add x --kind veth --parent eth0
refuses "no such parent" 1 "endpoint x: parent 'eth7.50' does not exist: see ip link" add x --kind xdp --parent eth7.50
refuses "a MAC in use" 1 "endpoint x: MAC $MAC is in use on 'eth0': $PREFIX-x1/eth0 has it" \
	add x --kind xdp --parent eth0 --mac $MAC
refuses "... by a macvlan to be" 1 "endpoint x: MAC $MAC is in use on 'eth0': $PREFIX-x1/eth0 has it" \
	add x --parent eth0 --mac $MAC
refuses "an MTU over the parent's" 1 "endpoint x: MTU 9000 is over that of its parent 'eth0', 1500" \
	add x --kind xdp --parent eth0 --mtu 9000
refuses "a name in use" 1 "endpoint x1: is there already, as $PREFIX-x1/eth0" add x1 --kind xdp --parent eth0
refuses "an ifname in use" 1 "endpoint x: netns '$PREFIX-x1' has a device 'eth0' already: give another ifname" \
	add x --kind xdp --parent eth0 --netns "$PREFIX-x1"
at x2 sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
refuses "what only shows when it is half done" 1 "endpoint x: address fd14::9/64 is refused: IPv6 is off there: sysctl \
net.ipv6.conf.all.disable_ipv6" add x --kind xdp --parent eth0 --netns "$PREFIX-x2" --address fd14::9/64
at x2 sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0
refuses "another kind" 1 "endpoint x1: kind cannot change while it is there: --recreate deletes it and makes it anew" \
	set x1 --kind macvlan

# ---- changed

ok "set" set_ x1 --mtu 1300 --mac 02:42:c0:a8:0e:16 --mode private --address 192.168.14.22/24 --gateway $GATEWAY
is "$(field x1 eth0 mtu) $(field host "$port" mtu) $(mac x1) $(alias_of host "$port")" \
	"1300 1300 02:42:c0:a8:0e:16 hairpin:x1 xdp eth0 private" "... both ends"
ok "... the maps follow" wait_for 5 knows "0 02:42:c0:a8:0e:16 XDP x1"
ok "... and the uplink" wait_for 5 receives 02:42:c0:a8:0e:16
ok "... which receives the former no more" wait_for 5 ignores $MAC
ok "... check finds nothing" wait_for 5 checks x1
ok "... the host reaches it there" pings host 192.168.14.22
at x1 ip link set eth0 address $MAC
ok "its root changes the MAC" wait_for 5 receives $MAC
ok "... the maps follow" wait_for 5 knows "0 $MAC XDP x1"
ok "to another kind" set_ x1 --kind macvlan --mac $MAC --mode bridge --recreate
ok "... a macvlan" wait_for 5 knows "0 $MAC MACVLAN x1"
ok "... its port is gone" gone_link host "$port"
ok "... and back" set_ x1 --kind xdp --mac $MAC --mtu 1500 --address 192.168.14.21/24 --gateway $GATEWAY --recreate
ok "... an XDP endpoint" wait_for 5 knows "0 $MAC XDP x1"
ok "... check finds nothing" wait_for 5 checks x1
port=$(port_of x1)
reach

# ---- a VLAN by rule

listen wire wire frames eth0 all
reload "uplink \"eth0\" { xdp = native } endpoint \"x1\" { vlan = 50 }"
ok "by a rule it is on VLAN 50" wait_for 5 knows "50 $MAC XDP x1"
at x1 ping -n -c 1 -W 1 192.168.14.99 >"$WORK/out" || true
sees_tag() { heard wire | grep " $MAC 0806@8100:50 .*$(hex_ip 192.168.14.99)" >/dev/null; }
ok "... what it sends has the tag" wait_for 5 sees_tag
reload 'uplink "eth0" { xdp = native }'
ok "... without the rule it is where it was" wait_for 5 knows "0 $MAC XDP x1"
reach

# ---- hairpind's life

flow host-x1 host 192.168.14.21
flow wire-x1 wire 192.168.14.21
id=$(id_of eth0 x1)
agent_kill
flow_runs host-x1
agent_start -c "$CONF"
is "$(flow_end host-x1), $(flow_end wire-x1)" "lost 0, doubled 0, lost 0, doubled 0" "kill -9 and back: no packet is lost"
is "$(id_of eth0 x1)" "$id" "... it keeps its id"
at host tc qdisc del dev "$port" clsact
ok "somebody takes the program off its port: it is put back" wait_for 5 filters_are "$port" hairpin_port
ok "... with its qdisc" logged "eth0: $PREFIX-x1/eth0, port $port: our program is not there any more: it is put back"
at host tc filter del dev "$port" ingress pref 7
ok "... or alone" wait_for 5 filters_are "$port" hairpin_port
reach
at host ip link set "$port" down
ok "its port is down: no station" wait_for 5 knows_not "0 $MAC XDP x1"
ok "... the uplink receives nothing for it" wait_for 5 ignores $MAC
at host ip link set "$port" up
ok "... up: it is back" wait_for 5 knows "0 $MAC XDP x1"
reach
agent_kill
at x1 ip link set eth0 address 02:42:c0:a8:0e:17
agent_start -c "$CONF"
ok "its MAC changed meanwhile: the uplink follows" wait_for 5 receives 02:42:c0:a8:0e:17
ok "... and forgets" wait_for 5 ignores $MAC
at x1 ip link set eth0 address $MAC
wait_for 5 knows "0 $MAC XDP x1"

agent_stop
agent_run --detach 2>/dev/null
is "$(filters_of "$port")" hairpin_plug "--detach: its port is plugged"
ok "... the uplink receives nothing for it" ignores $MAC
ok "... no pins" gone "$PINS"
ok "... the endpoint itself stays" at x1 ip link show eth0
agent_start -c "$CONF"
ok "... and is served again" knows "0 $MAC XDP x1"
reach

# ---- the end of an endpoint

ok "del" del x1
ok "... its port is gone" gone_link host "$port"
ok "... as is its own end" gone_link x1 eth0
ok "... no station" wait_for 5 knows_not "0 $MAC XDP x1"
ok "... the uplink receives nothing for it" wait_for 5 ignores $MAC
is "$(del x1 2>&1)" "hairpin: endpoint x1: is not there: nothing to do" "... once more does no harm"
del x2
ok "the last one: nothing is left" wait_for 5 gone "$PINS/eth0"
is "$(state)" "$nothing" "... in the host neither"
# shellcheck disable=SC2086 # words
add x1 $all
wait_for 5 knows "0 $MAC XDP x1"
netns_del x1
ok "its container dies: nothing is left" wait_for 5 gone "$PINS/eth0"
wait_for 5 no_port x1
netns x1
is "$(state)" "$nothing" "... in the host neither"

# The MAC that the uplink receives must not be taken for that of one who hides (hiding.t).
add x2 --kind xdp --parent eth0 --netns "$PREFIX-x2" --address 192.168.14.22/24
# shellcheck disable=SC2086 # words
add x1 $all
ok "two of them: all on the segment are known" wait_for 5 closed
agent_stop
netns_del x1
wait_for 5 no_port x1
agent_run -c "$CONF" --once 2>/dev/null # who looks once, and is told nothing any more
ok "the container of one dies" knows_not "0 $MAC XDP x1"
ok "... the uplink receives nothing for it" ignores $MAC
ok "... all on the segment are known" closed
netns x1

# The same, when another version takes over.
agent_start -c "$CONF"
# shellcheck disable=SC2086 # words
add x1 $all
wait_for 5 receives $MAC
port=$(port_of x1)
agent_stop
meta=$("$BPFTOOL" map lookup pinned "$PINS/eth0/meta" key 0 0 0 0 -j | perl -0777 -ne '
	print join " ", /"value":\[([^\]]*)\]/ ? $1 =~ /0x(..)/g : die')
# shellcheck disable=SC2086 # a word per byte; the first is of the ABI's number
"$BPFTOOL" map update pinned "$PINS/eth0/meta" key 0 0 0 0 value hex ff ${meta#* }
at x1 ip link set eth0 down
agent_start -c "$CONF"
ok "one of them goes, and another version starts" knows_not "0 $MAC XDP x1"
ok "... it has made a set of its own" logged "eth0: create maps"
ok "... the uplink receives nothing for it" ignores $MAC
is "$(filters_of "$port")" hairpin_plug "... its port is plugged"
ok "... all on the segment are known" closed
del x1
del x2

# ---- a port that takes no program

withholds() { # of use to nobody, the frame is dropped
	local before
	before=$(reason eth0 foreign)
	at wire "$PROBE" send eth0 02:00:00:00:ff:ff "$(mac wire)" nobody
	SETTLE_NS='' settle
	[ "$(reason eth0 foreign)" = $((before + 1)) ]
}
xdp_of() { at host ip -d link show "$1" | sed -n 's/.*prog\/xdp .* name \([^ ]*\).*/\1/p'; }
xdp_is() { [ "$(xdp_of "$1")" = "$2" ]; }
plain_ports() { [ "$(map_rows eth0 ports value.flags | sort -u)" = 0 ]; }
one_port() { [ "$(map_rows eth0 ports value.vlan | wc -l)" = 1 ]; }
mkdir "$PINS-echo"
at_end rm -rf "$PINS-echo"
"$BPFTOOL" prog load "$BUILD/selftests/net/foreign/echo.bpf.o" "$PINS-echo/echo" type xdp

# Where there is a CPU for each, any endpoint can have two.
add x2 --kind xdp --parent eth0 --netns "$PREFIX-x2" --address 192.168.14.22/24
at host ip link add port1 numrxqueues 2 numtxqueues 2 type veth \
	peer name eth0 numrxqueues 2 numtxqueues 2 netns "$PREFIX-x1"
at host ethtool -L port1 rx 1 tx 1
at x1 ethtool -L eth0 rx 2 tx 2
at host ip link set port1 alias "hairpin:x1 xdp eth0 bridge" up
at x1 ip link set eth0 address $MAC
address x1 eth0 192.168.14.21/24
up x1 eth0
ok "a veth with more queues" wait_for 5 knows "0 $MAC XDP x1"
at x1 "$BPFTOOL" net attach xdpdrv pinned "$PINS-echo/echo" dev eth0
no_room="eth0: $PREFIX-x1/eth0, port port1: takes no XDP program, and what the endpoint sends by XDP_TX is lost: No space left on \
device: give it as many rx queues as the endpoint has tx queues (ethtool -L), then take the endpoint's program off and load it anew"
ok "it gets XDP, and its port has no room: said" wait_for 5 logged "$no_room"
ok "... the program at the port is there" filters_are port1 hairpin_port
ok "... the uplink serves on" withholds
reach

reload 'uplink "eth0" { xdp = native reflect = true }'
is "$(shown reflect)" 1 "programs are replaced"
reach
ok "... the others are served" pings wire 192.168.14.22
ok "... the uplink serves on" withholds

at host ethtool -L port1 rx 2
at x1 "$BPFTOOL" net detach xdpdrv dev eth0
wait_for 5 plain_ports
at x1 "$BPFTOOL" net attach xdpdrv pinned "$PINS-echo/echo" dev eth0
ok "the cure: its port has a program" wait_for 5 xdp_is port1 hairpin_port_xd
is "$(logged_times "$no_room")" 2 "... said twice, once for each time that it was tried"
fails "... and nothing that failed" logged "error:"

port=$(port_of x2)
x2=$(mac x2)
taken() { # by somebody else's filter
	at host tc qdisc del dev "$port" clsact
	at host tc qdisc add dev "$port" clsact
	at host tc filter add dev "$port" ingress pref 7 protocol ip u32 match u32 0 0 flowid 1:1
}
cannot=" id $(id_of eth0 x2): Device or resource busy: priority 7 of its clsact qdisc is somebody else's: move that filter"
agent_pause
taken
agent_continue
ok "the port of x2 loses its program: said" wait_for 5 logged "eth0: $PREFIX-x2/eth0, port $port: our program is not there any more"
ok "... it cannot be put back: said" wait_for 5 logged "$cannot"
ok "... the port of x1 has what it had" filters_are port1 hairpin_port
reach
reload 'uplink "eth0" { xdp = native }'
ok "... programs are replaced: said" logged "error: eth0: $PREFIX-x2/eth0, port $port: takes no program, and the endpoint cannot send"
is "$(shown reflect)" 0 "... they are"
reach
is "$(logged_times "our program is not there any more") $(logged_times "error: eth0: set ports ")" "1 1" "... each pass tries again, and says nothing more"
at host tc filter del dev "$port" ingress pref 7
ok "... moved: x2 has its program" wait_for 5 filters_are "$port" hairpin_port
ok "... the uplink withholds again" wait_for 5 withholds

# An entry of which only a part could be done.
at host ip link set "$port" down
wait_for 5 one_port
taken
at host ip link set "$port" up
cannot_twice() { [ "$(logged_times "$cannot")" = 2 ]; }
ok "x2 comes, and its port takes no program" wait_for 5 cannot_twice
ok "... the uplink receives for it" wait_for 5 receives "$x2"
address host eth0 192.168.14.134/24
ok "... another pass" wait_for 5 has "0 192.168.14.134 $(mac host) host" neighs eth0
del x2
ok "x2 goes: the uplink receives nothing for it" wait_for 5 ignores "$x2"
ok "... it is in the map no more" wait_for 5 one_port
ok "... the uplink withholds again" wait_for 5 withholds
at host ip addr del 192.168.14.134/24 dev eth0
at host ip link del port1
ok "they go: nothing is left" wait_for 5 gone "$PINS/eth0"
is "$(state)" "$nothing" "... in the host neither"
agent_stop
agent_start -c "$CONF" # and a new log

# ---- declared

declared="endpoint \"x1\" {
	kind = xdp
	parent = \"eth0\"
	mac = \"$MAC\"
	netns = \"$PREFIX-x1\"
	address = {\"192.168.14.21/24\"}
}"
configure "$declared"
is "$(agent_run -c "$CONF" --dry-run | short)" "endpoint x1: add xdp bridge on eth0 in netns x1" "--dry-run tells"
reload "uplink \"eth0\" { xdp = native } $declared"
ok "declared: it is made" wait_for 5 knows "0 $MAC XDP x1"
is "$(alias_of host "$(port_of x1)")" "hairpin:x1 declared xdp eth0 bridge" "... and marked"
reach
port=$(port_of x1)
has_another_port() { ! no_port x1 && [ "$(port_of x1)" != "$port" ]; }
at x1 ip link del eth0
wait_for 5 has_another_port
wait_for 5 agent_sleeps
ok "deleted by its root: it is restored" knows "0 $MAC XDP x1"
fails "... which is not said to be about our programs" logged "somebody removed our programs"
reach
ok "... check finds nothing" hairpin endpoint check x1 --config "$CONF"
reload 'uplink "eth0" { xdp = native }'
ok "taken out of the file: it goes" wait_for 5 gone "$PINS/eth0"
is "$(state)" "$nothing" "... and leaves nothing"

# ---- who says that it is ours, and is not

at host ip link add fake0 type veth peer name eth0 netns "$PREFIX-x2"
at x2 ip link set eth0 alias "hairpin:x9 xdp eth0 bridge"
at x2 ip link set eth0 up
up host fake0
endpoint_direct x1 eth0 bridge 192.168.14.11/24
wait_for 5 knows "0 $(mac x1) MACVLAN x1"
ok "a container's own mark is none" lacks "0 $(mac x2) XDP x2" stations eth0
at x1 ip link set eth0 alias "hairpin:x1 xdp eth0 bridge"
agent_sleeps || wait_for 5 agent_sleeps
is "$(del x1 2>&1)" "hairpin: endpoint x1: is not there: nothing to do" "... nor does it make ours what is not"

fails "no errors in the log" logged "error:"
done_testing
