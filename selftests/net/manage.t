#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# `hairpin endpoint add, set, del`: macvlan devices made, changed and removed,
# each whole or not at all; and what is said about every wrong argument.
#
#   b1 b2 (netns)   h1 (host)
#         |          |
#       host eth0, eth1 ------ wire

. "$(dirname "$0")/lifecycle.sh"
. "$(dirname "$0")/endpoint.sh"

# Everything that a request could leave behind, without what the kernel finds out a moment later.
state() {
	local ns
	for ns in host wire b1 b2; do
		echo "== $ns"
		# stderr tells of namespaces that are gone
		at "$ns" ip -d -batch - 2>/dev/null <<<$'addr\nroute show table all'
	done | sed -E "/ table local /d; s/ state [A-Z]+ / /; s/ tentative / /"
}

no_carrier() { at "$1" ip link show "$2" | grep NO-CARRIER; }
in_netns() { [ "$(readlink "/proc/$2/ns/net")" = "$(at "$1" readlink /proc/self/ns/net)" ]; }
routes() { { at "$1" ip route show default && at "$1" ip -6 route show default; } | awk '{ print $3 }'; }

lab_new b1 b2
uplink eth1
address host eth0 $HOST/24 fd14::133/64
address wire eth0 $GATEWAY/24 fd14::2/64

# ---- add

ok "add, with everything" add b1 --parent eth0 --mode bridge --netns "$PREFIX-b1" --mac 02:42:c0:a8:0e:0b \
	--address 192.168.14.11/24 --address fd14::11/64 --gateway $GATEWAY --gateway fd14::2 --mtu 1400 \
	--ifname mv0 --bcqueuelen 500
is "$(mac b1 mv0)" 02:42:c0:a8:0e:0b "... its MAC"
is "$(field b1 mv0 mtu) $(field b1 mv0 mode) $(field b1 mv0 bcqueuelen)" "1400 bridge 500" "... MTU, mode, queue"
is "$(addresses b1 mv0)" "192.168.14.11/24
fd14::11/64" "... its addresses"
is "$(at b1 ip -o -4 addr show dev mv0 | sed -n 's/.* brd \([^ ]*\).*/\1/p')" 192.168.14.255 "... broadcast"
is "$(routes b1)" "$GATEWAY
fd14::2" "... default routes"
is "$(alias_of b1 mv0)" hairpin:b1 "... the kernel remembers who made it"
ok "... it is up, and on the wire" pings b1 $GATEWAY
ok "... over IPv6 too" pings b1 fd14::2

ok "add, with as little as possible" add h1 --parent eth0
is "$(field host h1 mode) $(field host h1 mtu)" "bridge 1500" "... in the host, NAME for an ifname"
is "$(alias_of host h1)" hairpin:h1 "... marked"
background sleeper nsenter --net="/run/netns/$PREFIX-b2" sleep 1000
wait_for 5 in_netns b2 "${processes[sleeper]}"
ok "a netns by pid" add b2 --parent eth0 --mode vepa --netns "${processes[sleeper]}"
is "$(field b2 eth0 mode)" vepa "... eth0 for an ifname"
del b2
ok "a netns by path" add b2 --parent eth0 --mode private --netns "/run/netns/$PREFIX-b2"
is "$(field b2 eth0 mode)" private "... it is there"
add h2 --parent eth1
refuses "passthru on a parent in use" 1 "endpoint x: passthru needs parent 'eth1' for itself: host/h2 sits on it" \
	add x --parent eth1 --mode passthru
del h2
ok "passthru, on an uplink of its own" add pt --parent eth1 --mode passthru --netns "$PREFIX-b2" --ifname pt
is "$(field b2 pt mode)" passthru "... it is there"

# ---- two at a time

hold
background first nsenter --net="/run/netns/$PREFIX-host" "$BUILD/hairpin" endpoint add two --parent eth0 --netns "$PREFIX-b1" --ifname two
background second nsenter --net="/run/netns/$PREFIX-host" "$BUILD/hairpin" endpoint add two --parent eth0 --netns "$PREFIX-b2" --ifname two
queue() { for name in first second; do grep -- "-> FLOCK.* ${processes[$name]} " /proc/locks; done; }
ok "two that add one name wait for whoever changes something" wait_for 5 queue
background third nsenter --net="/run/netns/$PREFIX-host" "$BUILD/hairpin" endpoint add third --parent eth0 --address 192.168.14.3/24
third_waits() { grep -- "-> FLOCK.* ${processes[third]} " /proc/locks; }
wait_for 5 third_waits
kill "${processes[third]}"
ok "... look meanwhile" grep -c "in none" <<<"$(hairpin endpoint check b1 || true)"
release
statuses=()
for name in first second; do
	status=0
	wait "${processes[$name]}" || status=$?
	unset "processes[$name]"
	statuses+=("$status")
done
is "$(printf '%s\n' "${statuses[@]}" | sort | xargs)" "0 1" "... one of them makes it"
status=0
wait "${processes[third]}" || status=$?
unset "processes[third]"
is "$status $(addresses host third)" "143 192.168.14.3/24" "one that is to end makes it whole before"
del third
fails "... what stood for their turn is gone" test -e "$(turn_of host)"
is "$(for ns in b1 b2; do at $ns ip -br link show type macvlan; done | grep -c '^two')" 1 "... once"
del two
background nobody nsenter --net="/run/netns/$PREFIX-host" setpriv --reuid 65534 --regid 65534 --clear-groups \
	bash -c 'exec 9</proc/self/ns/net; flock 9; echo ready; exec sleep 1000'
wait_for 5 hears nobody
ok "nobody waits for who has no rights, whatever he locks" \
	at host timeout $((20 * ${WAIT_FACTOR:-1})) "$BUILD/hairpin" --pins "$PINS" --run "$RUN" endpoint add two --parent eth0
{ kill "${processes[nobody]}" && wait "${processes[nobody]}"; } 2>/dev/null || true
unset "processes[nobody]"
del two

# ---- wrong arguments

refuses "a bad MAC" 2 "endpoint x: '02:42' is no value for 'mac': six bytes in hex, as in 02:42:c0:a8:0e:0b" \
	add x --parent eth0 --mac 02:42
refuses "a multicast MAC" 2 "endpoint x: '01:00:5e:00:00:01' is no value for 'mac': it is a multicast address: make \
the first byte even" add x --parent eth0 --mac 01:00:5e:00:00:01
refuses "a MAC of zeros" 2 "endpoint x: '00:00:00:00:00:00' is no value for 'mac': no device can have it: leave it \
out for a random one" add x --parent eth0 --mac 00:00:00:00:00:00
refuses "an address without length" 2 "endpoint x: '192.168.14.9' is no value for 'address': its length is missing, \
as in 192.168.14.9/24" add x --parent eth0 --address 192.168.14.9
refuses "an unknown mode" 2 "endpoint x: 'vpea' is no value for 'mode': it takes bridge, vepa, private or passthru" \
	add x --parent eth0 --mode vpea
refuses "a name that is too long" 2 "endpoint abcdefghijklmnopqrstuvwxyz012345: 'abcdefghijklmnopqrstuvwxyz012345' is \
no name for an endpoint: 1 to 31 letters, digits, '.', '_' and '-', the first a letter or digit" \
	add abcdefghijklmnopqrstuvwxyz012345 --parent eth0
refuses "a name that is too long for a device" 2 "endpoint abcdefghijklmnop: its name is too long for a device: 15 \
characters, or give ifname" add abcdefghijklmnop --parent eth0
refuses "an ifname that is too long" 2 "endpoint x: 'abcdefghijklmnop' is no value for 'ifname': a device name has 1 \
to 15 characters, without '/', ':', '%' and blanks" add x --parent eth0 --ifname abcdefghijklmnop
refuses "an MTU that is no number" 2 "endpoint x: '1k' is no value for 'mtu': a number from 68 to 65535" \
	add x --parent eth0 --mtu 1k
refuses "no parent" 2 "endpoint x: parent is missing: the device to sit on, as eth0 or eth0.50" add x
refuses "two parents" 2 "endpoint x: 'eth1' is no value for 'parent': there is one already" \
	add x --parent eth0 --parent eth1
refuses "a gateway out of reach" 2 "endpoint x: '10.0.0.1' is no value for 'gateway': it is in no subnet of an \
address that is given" add x --parent eth0 --address 192.168.14.9/24 --gateway 10.0.0.1
refuses "no name" 2 "endpoint add: NAME is missing: of an endpoint that hairpin made or is to make" add
refuses "two names" 2 'endpoint add: unexpected word "y"; one NAME is allowed' add x y --parent eth0
refuses "an option of another command" 2 "endpoint del: option --mtu is not for this command; see hairpin endpoint \
--help" del b1 --mtu 1400
refuses "... one of set" 2 "endpoint add: option --recreate is not for this command; see hairpin endpoint --help" \
	add x --parent eth0 --recreate
refuses "... for all that look" 2 "endpoint show: option --mac is not for this command; see hairpin endpoint --help" \
	show b1 --mac 02:42:c0:a8:0e:0b
for command in add set del; do
	refuses "... for all that print, not for $command" 2 "endpoint $command: option --json is not for this command; see \
hairpin endpoint --help" $command b1 --json
done

# ---- what the kernel has is in the way

refuses "a MAC in use" 1 "endpoint x: MAC 02:42:c0:a8:0e:0b is in use on 'eth0': $PREFIX-b1/mv0 has it" \
	add x --parent eth0 --mac 02:42:c0:a8:0e:0b
refuses "the uplink's MAC" 1 "endpoint x: MAC 02:00:00:00:00:85 is in use: 'eth0' itself has it" \
	add x --parent eth0 --mac 02:00:00:00:00:85
refuses "a parent that is a macvlan" 1 "endpoint x: parent 'h1' is itself a macvlan: name the device below it, 'eth0'" \
	add x --parent h1
refuses "a parent that is not there" 1 "endpoint x: parent 'eth9' does not exist: see ip link" add x --parent eth9
refuses "nor what it would be made on" 1 "endpoint x: parent 'eth9.50' does not exist, nor does 'eth9' to make it on" \
	add x --parent eth9.50
refuses "a parent without Ethernet" 1 "endpoint x: parent 'lo' is no Ethernet device" add x --parent lo
refuses "an MTU over the parent's" 1 "endpoint x: MTU 9000 is over that of its parent 'eth0', 1500" \
	add x --parent eth0 --mtu 9000
refuses "no such netns" 1 "endpoint x: netns '$PREFIX-none' does not exist: ip netns add $PREFIX-none" \
	add x --parent eth0 --netns "$PREFIX-none"
refuses "no such process" 1 "endpoint x: netns '4194305': no process has this pid" add x --parent eth0 --netns 4194305
refuses "no such path" 1 "endpoint x: netns '/run/netns/$PREFIX-none': there is no such file" \
	add x --parent eth0 --netns "/run/netns/$PREFIX-none"
refuses "a path to something else" 1 "endpoint x: netns '/etc/passwd' is no network namespace" \
	add x --parent eth0 --netns /etc/passwd
mkfifo "$WORK/fifo"
refuses "... that would keep us waiting" 1 "endpoint x: netns '$WORK/fifo' is no network namespace" \
	add x --parent eth0 --netns "$WORK/fifo"
refuses "a name in use" 1 "endpoint b1: is there already, as $PREFIX-b1/mv0" add b1 --parent eth0
refuses "an ifname in use" 1 "endpoint x: netns '$PREFIX-b1' has a device 'mv0' already: give another ifname" \
	add x --parent eth0 --netns "$PREFIX-b1" --ifname mv0
refuses "an ifname in use in the host" 1 "endpoint x: netns 'host' has a device 'eth1' already: give another ifname" \
	add x --parent eth0 --ifname eth1
refuses "a parent that is owned" 1 "endpoint x: parent 'eth1' belongs to $PREFIX-b2/pt, which is passthru" \
	add x --parent eth1

# ---- what only shows when it is half done

at host ip route add default via $GATEWAY
refuses "a second default route" 1 "endpoint x: gateway 192.168.14.3 is refused: there is a default route already" \
	add x --parent eth0 --address 192.168.14.9/24 --gateway 192.168.14.3
at host ip route del default
at b2 sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
refuses "IPv6 where it is off" 1 "endpoint x: address fd14::9/64 is refused: IPv6 is off there: sysctl \
net.ipv6.conf.all.disable_ipv6" add x --parent eth0 --netns "$PREFIX-b2" --ifname x --address 192.168.14.9/24 \
	--address fd14::9/64
at b2 sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0

# ---- IPv6 with DAD

at b2 sysctl -qw net.ipv6.conf.default.accept_dad=1
dad=(dad --netns "$PREFIX-b2" --ifname dad)
dad_state() { at b2 ip -o -6 addr show dev dad scope global | awk '{ print $4, /dadfailed/ ? "dadfailed" : /tentative/ ? "tentative" : "usable" }'; }
dad_is() { [ "$(dad_state)" = "$1" ]; }
check_tells() { { hairpin endpoint check dad || true; } | grep -F "$1"; }
taken="endpoint dad: address fd14::2/64 is refused: another station has it: it failed IPv6 DAD"
refuses "an address that somebody has" 1 "$taken" \
	add "${dad[@]}" --parent eth0 --address 192.168.14.21/24 --address fd14::2/64
ok "one that nobody has" add "${dad[@]}" --parent eth0 --address fd14::21/64
is "$(dad_state)" "fd14::21/64 usable" "... can be used at once"
refuses "set to one that somebody has" 1 "$taken" set dad --mtu 1400 --address fd14::2/64
is "$(dad_state)" "fd14::21/64 usable" "... the former was not given up for it"
said=$(set_ dad --ifname dad2 --address fd14::2/64 --recreate 2>&1) || true
is "$said" "hairpin: $taken" "... anew"
wait_for 5 dad_is "fd14::21/64 usable"
ok "set to one that nobody has" set_ dad --address fd14::22/64
is "$(dad_state)" "fd14::22/64 usable" "... takes its place, and can be used at once"
del dad
uplink eth2
at wire sysctl -qw net.ipv6.conf.eth2.keep_addr_on_down=1
address wire eth2 fd16::2/64
at wire ip link set eth2 down
wait_for 5 no_carrier host eth2
ok "without a carrier" add "${dad[@]}" --parent eth2 --address fd16::2/64
is "$(dad_state)" "fd16::2/64 tentative" "... nothing is waited for"
fails "... check has nothing to tell" check_tells DAD
at wire ip link set eth2 up
wait_for 5 dad_is "fd16::2/64 dadfailed"
ok "... with one, check tells" check_tells "endpoint dad: address: another station has fd16::2: it failed IPv6 DAD"
del dad
at b2 sysctl -qw net.ipv6.conf.default.accept_dad=0

# ---- set

index=$(at b1 cat /proc/net/dev_snmp6/mv0 | awk '$1 == "ifIndex" { print $2 }')
ok "set changes what can change, live" set_ b1 --mode private --mac 02:42:c0:a8:0e:0d --mtu 1450 --bcqueuelen 600 \
	--address 192.168.14.13/24 --address fd14::13/64
is "$(mac b1 mv0) $(field b1 mv0 mtu) $(field b1 mv0 mode) $(field b1 mv0 bcqueuelen)" \
	"02:42:c0:a8:0e:0d 1450 private 600" "... MAC, MTU, mode, queue"
is "$(addresses b1 mv0)" "192.168.14.13/24
fd14::13/64" "... addresses"
is "$(routes b1)" "$GATEWAY
fd14::2" "... the default routes are still there"
is "$(at b1 cat /proc/net/dev_snmp6/mv0 | awk '$1 == "ifIndex" { print $2 }')" "$index" "... it is the same device"
ok "... it is on the wire" pings b1 $GATEWAY
before=$(state)
ok "the same again" set_ b1 --mode private --address fd14::13/64 --address 192.168.14.13/24
is "$(state)" "$before" "... changes nothing"
address b1 mv0 192.168.14.99/24
ok "an address of somebody else's" set_ b1 --address 192.168.14.13/24 --address fd14::13/64
is "$(addresses b1 mv0)" "192.168.14.13/24
192.168.14.99/24
fd14::13/64" "... stays"
at b1 ip addr del 192.168.14.99/24 dev mv0
ok "another gateway" set_ b1 --gateway 192.168.14.3
is "$(routes b1)" 192.168.14.3 "... takes the place of both"

refuses "set without anything" 2 "endpoint b1: nothing is given that is to change; see hairpin endpoint --help" set b1
refuses "set of what is not there" 1 "endpoint x: is not there" set x --mtu 1400
refuses "another parent" 1 "endpoint b1: parent cannot change while it is there: --recreate deletes it and makes it \
anew" set b1 --parent eth1
refuses "another netns" 1 "endpoint b1: netns cannot change while it is there: --recreate deletes it and makes it \
anew" set b1 --netns "$PREFIX-b2"
refuses "another ifname" 1 "endpoint b1: ifname cannot change while it is there: --recreate deletes it and makes it \
anew" set b1 --ifname eth0
refuses "passthru" 1 "endpoint b1: mode from or to passthru cannot change while it is there: --recreate deletes it and \
makes it anew" set b1 --mode passthru
refuses "no more passthru" 1 "endpoint pt: mode from or to passthru cannot change while it is there: --recreate \
deletes it and makes it anew" set pt --mode bridge
refuses "one that can, with one that cannot" 1 "endpoint b1: ifname cannot change while it is there: --recreate \
deletes it and makes it anew" set b1 --mtu 1300 --ifname eth0
refuses "an MTU over the parent's" 1 "endpoint b1: MTU 1501 is over that of its parent 'eth0', 1500" set b1 --mtu 1501
refuses "a MAC in use" 1 "endpoint b1: MAC 02:00:00:00:00:85 is in use: 'eth0' itself has it" \
	set b1 --mac 02:00:00:00:00:85
refuses "a gateway out of reach" 1 "endpoint b1: '10.0.0.1' is no value for 'gateway': it is in no subnet of an \
address that is given" set b1 --gateway 10.0.0.1
refuses "no such netns" 1 "endpoint b1: netns '$PREFIX-none' does not exist: ip netns add $PREFIX-none" \
	set b1 --netns "$PREFIX-none"
at host ip route add default via $GATEWAY
refuses "what fails at the end" 1 "endpoint h1: gateway 192.168.14.3 is refused: there is a default route already" \
	set h1 --mtu 1300 --mac 02:00:00:00:00:99 --mode vepa --bcqueuelen 7 --address 192.168.14.8/24 --gateway 192.168.14.3
at host ip route del default

ok "--recreate from passthru" set_ pt --mode bridge --recreate
is "$(field b2 pt mode)" bridge "... it has another mode"
ok "... and back" set_ pt --mode passthru --recreate
ok "--recreate" set_ b1 --ifname mv1 --netns "$PREFIX-b2" --recreate
fails "... the old one is gone" link_of b1 mv0
is "$(mac b2 mv1) $(field b2 mv1 mtu) $(field b2 mv1 mode) $(field b2 mv1 bcqueuelen) $(addresses b2 mv1 | tr '\n' ' ')" \
	"02:42:c0:a8:0e:0d 1450 private 600 192.168.14.13/24 fd14::13/64 " "... the new one has what it had"
is "$(at b2 ip route show default | awk '{ print $3, $5 }')" "192.168.14.3 mv1" "... and its default route"
ok "... and is on the wire" pings b2 $GATEWAY
set_ b1 --mtu 1500
refuses "--recreate where the ifname is taken" 1 "endpoint b1: netns '/run/netns/$PREFIX-b2' has a device 'pt' already: \
give another ifname" set b1 --ifname pt --recreate
refuses "--recreate on a parent that is owned" 1 "endpoint b1: parent 'eth1' belongs to $PREFIX-b2/pt, which is passthru" \
	set b1 --parent eth1 --recreate

# What only shows when the old one is gone: it comes back, with another number.
numbered_out() { state | sed -E 's/^[0-9]+: //; s/if[0-9]+//'; }
at host ip route add default via $GATEWAY
before=$(numbered_out)
said=$(set_ b1 --netns /proc/self/ns/net --recreate 2>&1) || true
is "$said" "hairpin: endpoint b1: gateway 192.168.14.3 is refused: there is a default route already" \
	"--recreate that fails late"
is "$(numbered_out)" "$before" "... puts the old one back"

at b2 sysctl -qw net.ipv6.conf.default.disable_ipv6=1
cure="hairpin endpoint add b1 --parent eth0 --mode private --mac 02:42:c0:a8:0e:0d --netns /run/netns/$PREFIX-b2 --mtu 1500 \
--ifname mv1 --bcqueuelen 600 --address 192.168.14.13/24 --address fd14::13/64 --gateway 192.168.14.3"
said=$(set_ b1 --netns /proc/self/ns/net --recreate 2>&1) || true
is "$said" "hairpin: endpoint b1: gateway 192.168.14.3 is refused: there is a default route already; and the former \
device is lost, as it cannot be put back: address fd14::13/64 is refused: IPv6 is off there: sysctl \
net.ipv6.conf.all.disable_ipv6; mend that, then: $cure" "--recreate that fails late, and cannot put the old one back"
at b2 sysctl -qw net.ipv6.conf.default.disable_ipv6=0
# shellcheck disable=SC2086 # words
ok "... the command that it names" $cure
is "$(numbered_out)" "$before" "... makes it anew"
at host ip route del default

# ---- del

ok "del" del b1
fails "... it is gone" link_of b2 mv1
said=$(del b1 2>&1)
is "$? $said" "0 hairpin: endpoint b1: is not there: nothing to do" "del of what is not there"
at host ip link add link eth0 name mine type macvlan mode bridge
said=$(del mine 2>&1)
is "$? $said" "0 hairpin: endpoint mine: is not there: nothing to do" "del of what we did not make"
ok "... leaves it alone" link_of host mine
refuses "add under its name" 1 "endpoint mine: netns 'host' has a device 'mine' already: give another ifname" \
	add mine --parent eth0
at host ip link del mine
for name in b2 h1 pt; do
	ok "del $name" del $name
done
is "$(for ns in host b1 b2; do at $ns ip -br link show type macvlan; done)" "" "nothing is left"

# ---- parents that are made

if at host ip link add link eth0 name eth0.9 type vlan id 9 2>/dev/null; then
	ok "on a VLAN that is not there" add v1 --parent eth0.50 --netns "$PREFIX-b1" --mac 02:42:00:00:00:01
	is "$(alias_of host eth0.50) $(field host eth0.50 id)" "hairpin:parent 50" "... it is made"
	ok "a second one" add v2 --parent eth0.50
	ok "... the first goes" del v1
	ok "... the VLAN stays" link_of host eth0.50
	at host ip link add link eth0.50 name mine type macvlan mode bridge
	ok "... the second goes" del v2
	ok "... the VLAN stays for somebody else's" link_of host eth0.50
	at host ip link del mine
	ok "again" add v1 --parent eth0.50 --netns "$PREFIX-b1"
	ok "... with the last one" del v1
	fails "... goes the VLAN" link_of host eth0.50

	add v1 --parent eth0.50 --netns "$PREFIX-b1"
	address host eth0.50 192.168.50.133/24
	said=$(del v1 2>&1)
	is "$? $said" "0 hairpin: endpoint v1: its parent 'eth0.50' stays: the host has address 192.168.50.133 on it" \
		"with an address of the host"
	ok "... the VLAN stays" link_of host eth0.50
	add v1 --parent eth0.50
	said=$(set_ v1 --parent eth1 --recreate 2>&1)
	is "$? $said" "0 hairpin: endpoint v1: its parent 'eth0.50' stays: the host has address 192.168.50.133 on it" \
		"... also when its endpoint moves"
	set_ v1 --parent eth0.50 --recreate
	at host ip addr del 192.168.50.133/24 dev eth0.50
	address host eth0.50 fd50::133/64
	said=$(set_ v1 --parent eth1 --recreate 2>&1)
	is "$? $said" "0 hairpin: endpoint v1: its parent 'eth0.50' stays: the host has address fd50::133 on it" "... of IPv6"
	set_ v1 --parent eth0.50 --recreate
	at host ip addr del fd50::133/64 dev eth0.50
	ok "... the last one goes without it" del v1
	fails "... and the VLAN" link_of host eth0.50
	if at host ip link add vrf9 type vrf table 9 2>/dev/null; then
		add v1 --parent eth0.50
		at host ip link set eth0.50 master vrf9
		said=$(del v1 2>&1)
		is "$? $said" "0 hairpin: endpoint v1: its parent 'eth0.50' stays: it has a master" "with a VRF above"
		at host ip link del vrf9
		add v1 --parent eth0.50
		del v1
	else
		skip "with a VRF above" "this kernel has no VRF"
	fi
	ok "on a VLAN of somebody else's" add v1 --parent eth0.9
	ok "... which goes" del v1
	ok "... the VLAN stays" link_of host eth0.9
	at host ip link add link eth0 name lan51 type vlan id 51
	refuses "a failure takes the VLAN along" 1 "endpoint x: MTU 1501 is over that of its parent 'eth0.60', 1500" \
		add x --parent eth0.60 --mtu 1501
	refuses "... also a late one" 1 "endpoint x: netns '$PREFIX-b1' has a device 'lo' already: give another ifname" \
		add x --parent eth0.60 --netns "$PREFIX-b1" --ifname lo
	refuses "a VLAN that has a device of another name" 1 "endpoint x: parent 'eth0.51' cannot be made: its VLAN has a \
device of another name: see ip -d link show type vlan" add x --parent eth0.51
	at host ip link del lan51
	ok "moving to another VLAN" add v1 --parent eth0.50
	ok "... anew" set_ v1 --parent eth0.60 --recreate
	fails "... the former VLAN goes" link_of host eth0.50
	ok "... the new one is there" link_of host eth0.60
	del v1
	at host ip link set eth1 down
	wait_for 5 no_carrier wire eth1
	refuses "a VLAN on what is down" 1 "endpoint x: parent 'eth1.50' cannot be set up: 'eth1' is down" \
		add x --parent eth1.50
else
	refuses "a VLAN where the kernel has none" 1 "endpoint x: parent 'eth0.50' cannot be made: the device below \
takes no VLANs, or this kernel has no 802.1Q: modprobe 8021q" add x --parent eth0.50
	skip "VLAN parents that are made and removed" "this kernel has no 802.1Q"
fi

if at host ip link add link eth0 name i1 type ipvlan mode l2 2>/dev/null; then
	refuses "a parent that is an ipvlan" 1 "endpoint x: parent 'i1' is itself an ipvlan: name the device below it, 'eth0'" \
		add x --parent i1
	refuses "a parent below an ipvlan" 1 "endpoint x: parent 'eth0' is in use by a bridge, a bond or ipvlan: name that \
device" add x --parent eth0
	at host ip link del i1
else
	skip "an ipvlan for a parent" "this kernel has no ipvlan"
fi
done_testing
