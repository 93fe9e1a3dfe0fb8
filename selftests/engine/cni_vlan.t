#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What hairpin-cni has beyond the reference plugin: access VLANs without a VLAN device,
# XDP endpoints, addresses from a DHCP server on the wire.
#
#   a1 50  a2 50  b1 60  x1 50 (xdp)  p1 -  d1 (dhcp)
#      |
#      eth0 .133 ------ eth0 .2, wire
#   host

. "$(dirname "$0")/../net/lib.sh"
. "$(dirname "$0")/cni.sh"

lab_cni a1 a2 b1 x1 x2 p1 d1
cat >"$WORK/conf" <<-'END'
	uplink "eth0" {
	    reflect = true
	    xdp = native
	}
	endpoint "02:42:00:00:00:0b" {
	    vlan = 60
	}
END
agent_start -c "$WORK/conf"
pool=$(host_local ipam)
with() { echo "\"master\":\"eth0\",${1:+$1,}$pool"; }
address_of() { at "$1" ip -o -4 addr show dev eth0 | awk '{ sub("/.*", "", $4); print $4 }'; }
vlan_of() { map_rows eth0 endpoints value.netns value.vlan value.kind | awk -v ns="$PREFIX-$1" '$1 == ns { print $2, $3 }'; }
in_fdb() {
	# shellcheck disable=SC2046 # a word per byte
	in_map eth0 fdb $(fdb_key "$(mac "$1")" "$2")
}

# ---- VLANs

for ns in a1 a2; do ok "ADD $ns, vlan 50" add $ns "$(with '"vlan":50')"; done
ok "... in the fdb of VLAN 50 when ADD returns" in_fdb a2 50
ok "ADD b1, vlan 60, mode vepa" add b1 "$(with '"vlan":60,"mode":"vepa"')"
ok "ADD x1, vlan 50, kind xdp" add x1 "$(with '"vlan":50,"kind":"xdp"')"
ok "... in the fdb of VLAN 50 when ADD returns" in_fdb x1 50
ok "ADD p1, without a VLAN" add p1 "$(with '')"
ok "ADD x2, kind xdp, without a VLAN" add x2 "$(with '"kind":"xdp"')"
is "$(for ns in a1 a2 b1 x1 p1 x2; do vlan_of $ns; done)" "50 HP_KIND_MACVLAN
50 HP_KIND_MACVLAN
60 HP_KIND_MACVLAN
50 HP_KIND_XDP
0 HP_KIND_MACVLAN
0 HP_KIND_XDP" "VLANs and kinds in the maps"
fails "no VLAN device is there" at host ip link show type vlan dev eth0.50

reach() { # FROM TO...: who is reached
	local from=$1 to reached=
	shift
	for to; do if pings "$from" "$(address_of "$to")" >/dev/null 2>&1; then reached+="$to "; fi; done
	echo "$reached"
}
isolated() {
	is "$(reach a1 a2 b1 x1 p1 x2)" "a2 x1 " "$1: a1 reaches its VLAN, and nobody else"
	is "$(reach b1 a1 a2 x1 p1 x2)" "" "... b1 is alone in its own"
	is "$(reach x1 a1 a2 b1 p1 x2)" "a1 a2 " "... x1 reaches its VLAN"
	is "$(reach host a1 a2 b1 x1 p1 x2)" "p1 x2 " "... the host those without a VLAN"
	is "$(reach p1 a1 a2 b1 x1 x2)" "x2 " "... and so does p1"
	ok "... p1 reaches the host" pings p1 $HOST
	fails "... a1 does not" pings a1 $HOST
}
isolated "two VLANs"

tags() { heard wire | awk -v from="$(mac "$1")" '$3 == from { print $4 }' | sort -u | xargs; }
SETTLE_NS=p1
listen wire wire frames eth0 all
for ns in a1 b1 x1 p1; do at $ns ping -n -c 1 -W 1 192.168.14.250 >/dev/null || true; done
gather
is "$(for ns in a1 b1 x1 p1; do tags $ns; done)" "0806@8100:50
0806@8100:60
0806@8100:50
0806" "their frames on the wire have the tags of their VLANs"

del a2 "$(with '"vlan":50')"
add a2 "$(with '"vlan":50')" >/dev/null
ok "CHECK of one with a VLAN" check a2 "$(prev "$(with '"vlan":50')")"
is "$(answer check a2 "$(prev "$(with '"vlan":60')")")" \
	"1 102 vlan: the configuration has 60, the mark on the device 50" "... with another VLAN in the configuration"

agent_kill
agent_start -c "$WORK/conf"
isolated "another hairpind"
hairpin_set() { at host "$BUILD/hairpin" --pins "$PINS" --run "$RUN" endpoint set "$@"; }
name=$(at a1 ip -d link show eth0 | sed -n 's/^ *alias hairpin:\([^ ]*\).*/\1/p')
ok "hairpin endpoint set" hairpin_set "$name" --mtu 1400
is "$(at a1 ip -d link show eth0 | sed -n 's/^ *alias //p')" "hairpin:$name vlan 50" "... keeps the VLAN"

# The mark of a macvlan is where the container's root can write it.
b1_mark=$(at b1 ip -d link show eth0 | sed -n 's/^ *alias //p')
at a1 ip link set eth0 alias "hairpin:$name vlan 60"
at b1 ip link set eth0 alias ""
settle
moved() { [ "$(vlan_of a1)" != "50 HP_KIND_MACVLAN" ] || [ "$(vlan_of b1)" != "60 HP_KIND_MACVLAN" ]; }
named() { [ -z "$(map_rows eth0 endpoints value.netns value.name | awk -v ns="$PREFIX-b1" '$1 == ns { print $2 }')" ]; }
wait_for 5 named
fails "a container that changes the mark stays in its VLAN" moved
at a1 ip link set eth0 alias "hairpin:$name vlan 50"
at b1 ip link set eth0 alias "$b1_mark"

# hairpin.conf has a rule for the MAC, which is before the network's VLAN.
del a2 "$(with '"vlan":50')"
ruled=$(with '"vlan":50,"mac":"02:42:00:00:00:0b"')
ok "ADD with vlan 50 where hairpin.conf says 60" add a2 "$ruled"
is "$(vlan_of a2)" "60 HP_KIND_MACVLAN" "... it is in VLAN 60"
is "$(answer check a2 "$(prev "$ruled")")" 0 "... CHECK"

for ns in a1 a2 b1; do del $ns "$(with '')"; done
for ns in x1 x2 p1; do del $ns "$(with '')"; done
is "$(leases ipam)" "" "DEL gives the leases back"
is "$(at host ip -o link | awk -F '[:@]' '{ print $2 }' | xargs)" "lo eth0" "... and takes the ports of XDP endpoints away"

# ---- DHCP

if [ ! -x /usr/lib/cni/dhcp ] || ! command -v dnsmasq >/dev/null; then
	die "dhcp and dnsmasq are not there: apt-get install containernetworking-plugins dnsmasq-base"
fi
dhcp="\"master\":\"eth0\",\"ipam\":{\"type\":\"dhcp\",\"daemonSocketPath\":\"$WORK/dhcp.sock\"}"
background dnsmasq nsenter --net="/run/netns/$PREFIX-wire" dnsmasq --keep-in-foreground --no-ping --port=0 \
	--conf-file=/dev/null --interface=eth0 --bind-interfaces --user=root --log-facility=- --log-dhcp \
	--dhcp-range=192.168.14.100,192.168.14.101,1h --dhcp-leasefile="$WORK/dnsmasq.leases" --pid-file="$WORK/dnsmasq.pid"
background dhcp nsenter --net="/run/netns/$PREFIX-host" /usr/lib/cni/dhcp daemon -socketpath "$WORK/dhcp.sock" \
	-pidfile "$WORK/dhcp.pid"
wait_for 5 test -S "$WORK/dhcp.sock"
wait_for 5 test -f "$WORK/dnsmasq.pid"
ok "ADD, addresses by DHCP" add d1 "$dhcp"
is "$(get '{ips}[0]{address}' <"$WORK/added")" "$(address_of d1)/24" "... the result has the address"
ok "... which is of the server's" grep '^192.168.14.10[01]$' <<<"$(address_of d1)"
ok "... the host reaches it" pings host "$(address_of d1)"
ok "... CHECK" check d1 "$(prev "$dhcp")"
ok "... DEL" del d1 "$dhcp"
released() { grep DHCPRELEASE "$WORK/dnsmasq.err" "$WORK/dnsmasq.out" >/dev/null; }
ok "... the server hears of it" wait_for 5 released

done_testing
