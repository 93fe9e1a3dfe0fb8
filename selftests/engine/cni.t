#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# hairpin-cni beside the reference macvlan plugin: the same configurations, the same
# results, field by field, and the same devices; then what only ours has.
#
#   c1  c2  c3 ... (netns)
#      |
#      eth0 .133 ------ eth0 .2, wire
#   host

. "$(dirname "$0")/../net/lib.sh"
. "$(dirname "$0")/cni.sh"

lab_cni c1 c2 c3 c4 p0 p1 p2 p3 p4 p5 p6 p7 p8 p9

# What the kernel has of an interface, as both should make it.
made() {
	at "$1" ip -d -o link show eth0 | grep -o 'mtu [0-9]*\|macvlan mode [a-z]*\|state UP\|[^p]link/ether'
	at "$1" ip -o addr show eth0 scope global | awk '{ print $3, $4, $5, $6 }'
	at "$1" ip route | sed -E 's/ proto [0-9a-z]+//'
	at "$1" ip -6 route | sed -E 's/ proto [0-9a-z]+//; s/ pref medium//' | grep -v '^fe80\|^multicast'
	at "$1" cat /proc/sys/net/ipv6/conf/eth0/disable_ipv6
}

# One after the other in one container, as there is only one with a MAC or in passthru.
take() { # PLUGIN NAME VERSION MEMBERS [VARIABLE=VALUE]...
	local plugin=$1 name=$2 version=$3 members=$4
	shift 4
	conf "$version" "${members//DIR/$WORK/ipam-$name}" | plug ADD "$plugin" c1 "$@" >"$WORK/$name.said" || true
	# stderr: of an id of a netns that has just changed, ip says that it is invalid.
	{ normal c1 <"$WORK/$name.said" && made c1; } >"$WORK/$name.all" 2>/dev/null || true
	conf "$version" "${members//DIR/$WORK/ipam-$name}" | plug DEL "$plugin" c1 "$@"
	rm -rf "$WORK/ipam-$name"
}

same() { # DESCRIPTION MEMBERS [VARIABLE=VALUE]...
	local description=$1 version
	shift
	for version in 0.3.1 0.4.0 1.0.0; do
		take $REFERENCE theirs $version "$@"
		take "$CNI" ours $version "$@"
		ok "$version, $description: theirs is a result" grep '"interfaces"' "$WORK/theirs.all"
		is "$(cat "$WORK/ours.all")" "$(cat "$WORK/theirs.all")" "... and ours is the same"
	done
}

agent_start
pool=$(host_local ipam-x)
pool=${pool//"$WORK/ipam-x"/DIR}
fixed='"ipam":{"type":"static","addresses":[{"address":"192.168.14.77/24","gateway":"192.168.14.2"},{"address":"fd14::77/64"}],
	"routes":[{"dst":"0.0.0.0/0"},{"dst":"fd99::/64","gw":"fd14::2"}]}'
dns='"dns":{"nameservers":["192.168.14.2"],"domain":"lan","search":["lan","example"],"options":["ndots:1"]}'
same "mode passthru" "\"master\":\"eth0\",\"mode\":\"passthru\",$pool"
endpoint_docker c4 eth0 bridge 192.168.14.4/24 # so that the uplink stays served all the time
same "host-local" "\"master\":\"eth0\",$pool"
same "static, dns" "\"master\":\"eth0\",$dns,$fixed"
same "no addresses" '"master":"eth0"'
same "master by the default route" "$pool"
for mode in bridge vepa private; do
	same "mode $mode" "\"master\":\"eth0\",\"mode\":\"$mode\",$pool"
done
same "mtu" "\"master\":\"eth0\",\"mtu\":1400,$pool"
same "mac" "\"master\":\"eth0\",\"mac\":\"02:42:00:00:00:01\",$pool"
same "CNI_ARGS before mac" "\"master\":\"eth0\",\"mac\":\"02:42:00:00:00:01\",$pool" \
	"CNI_ARGS=IgnoreUnknown=1;MAC=02:42:00:00:00:02;K8S_POD_NAME=web"
is "$(get '{interfaces}[0]{mac}' <"$WORK/ours.said")" "02:42:00:00:00:02" "... CNI_ARGS' is it"
same "runtimeConfig before both" \
	"\"master\":\"eth0\",\"mac\":\"02:42:00:00:00:01\",\"runtimeConfig\":{\"mac\":\"02:42:00:00:00:03\"},$pool" \
	"CNI_ARGS=IgnoreUnknown=true;MAC=02:42:00:00:00:02"
is "$(get '{interfaces}[0]{mac}' <"$WORK/ours.said")" "02:42:00:00:00:03" "... runtimeConfig's is it"
at c1 sysctl -qw net.ipv6.conf.default.disable_ipv6=1 net.ipv6.conf.lo.disable_ipv6=1
same "IPv6 was off" "\"master\":\"eth0\",$fixed"

# Not in Debian's, and as the specification has it.
add c1 "\"master\":\"eth0\",${fixed%\}},$dns}" >/dev/null
is "$(get '{dns}{domain}' <"$WORK/added")" lan "dns of the IPAM plugin, where the configuration has none"
del c1 "\"master\":\"eth0\",$fixed"
members="\"master\":\"eth0\",\"bcqueuelen\":77,$(host_local ipam)"
add c1 "$members" >/dev/null
ok "bcqueuelen" grep 'bcqueuelen 77 ' <<<"$(at c1 ip -d link show eth0)"
del c1 "$members"
ip link add own0 netns "$PREFIX-c1" type veth peer name own1 netns "$PREFIX-c2"
at c1 ip link set own0 up
inside='"master":"own0","linkInContainer":true'
ok "linkInContainer" add c1 "$inside"
is "$(normal c1 <"$WORK/added" | get '{interfaces}[0]{mac}')" MAC "... its MAC is in the result"
is "$(at c1 ip -o link show eth0 | grep -o 'eth0@own0')" eth0@own0 "... on the container's device"
ok "... CHECK" check c1 "$(prev "$inside")"
del c1 "$inside"
fails "... gone with DEL" at c1 ip link show eth0
at c1 ip link del own0
rm -rf "$WORK/ipam"

# ---- bytes, and when ADD returns

members="\"master\":\"eth0\",$(host_local ipam)"
add c1 "$members" >/dev/null
# shellcheck disable=SC2046 # a word per byte
ok "in the fdb when ADD returns" in_map eth0 fdb $(fdb_key "$(mac c1)")
ok "the host reaches it" pings host 192.168.14.20
ok "it reaches the host" pings c1 $HOST
ok "IPv6: the host reaches it" pings host fd14::20
ok "IPv6: it reaches the host" pings c1 fd14::133
ok "it reaches the wire" pings c1 $GATEWAY
ok "CHECK" check c1 "$(prev "$members")"

has_address() { at "$1" ip addr show dev eth0 | grep -F "$2/" >/dev/null; }
agent_pause
background late add c2 "$members"
wait_for 10 has_address c2 fd14::21
fails "while hairpind stands still, ADD does not return" grep interfaces "$WORK/late.out"
agent_continue
ok "... but then" finish late
ok "... the host reaches it" pings host 192.168.14.21
del c1 "$members"
del c2 "$members"
fails "the device is gone after DEL" at c1 ip link show eth0
is "$(leases ipam)" "" "... and the leases"

# ---- ten at a time

one_of_ten() { conf 1.0.0 "$members" | plug ADD "$CNI" "$1"; }
for n in 0 1 2 3 4 5 6 7 8 9; do background "p$n" one_of_ten "p$n"; done
for n in 0 1 2 3 4 5 6 7 8 9; do ok "ADD p$n, beside nine others" finish "p$n"; done
for n in 0 1 2 3 4 5 6 7 8 9; do
	ok "... the host reaches it" pings host "$(get '{ips}[0]{address}' <"$WORK/p$n.out" | cut -d/ -f1)"
done
is "$(leases ipam | grep -c '^192')" 10 "... ten leases"
for n in 0 1 2 3 4 5 6 7 8 9; do del "p$n" "$members"; done
is "$(leases ipam)" "" "... and none in the end"

rm -rf "$WORK/ipam" # it goes on behind the last address that it gave

# ---- behind the reference plugin

theirs=$(conf 1.0.0 "\"master\":\"eth0\",$(host_local ipam)")
plug ADD $REFERENCE c1 <<<"$theirs" >"$WORK/added"
normal c1 <"$WORK/added" >"$WORK/before"
add c1 "$(prev "")" >/dev/null
is "$(normal c1 <"$WORK/added")" "$(cat "$WORK/before")" "chained: prevResult is passed on"
plug ADD $REFERENCE c2 <<<"$theirs" >"$WORK/added"
agent_pause
before=$(prev "")
background late add c2 "$before"
wait_for 10 has_address c2 fd14::21
del c2 "$before"
agent_continue
ok "... ADD returns" finish late
ok "... DEL left the other's device alone" at c2 ip link show eth0
plug ADD $REFERENCE c3 <<<"$theirs" >"$WORK/added"
add c3 "$(prev "")" >/dev/null
ok "... the host reaches it" pings host 192.168.14.22
ok "... CHECK" check c3 "$(prev "")"
for ns in c1 c2 c3; do plug DEL $REFERENCE $ns <<<"$theirs"; done
fails "... the reference plugin's DEL takes it away" at c3 ip link show eth0

# As a plugin for virtual machines says it: the addresses are those of whoever reads the tap.
at host ip link add link eth0 name tap0 netns "$PREFIX-c1" type macvtap mode bridge
at c1 ip link set tap0 name eth0
address c1 eth0 192.168.14.78/24
up c1 eth0
cat >"$WORK/added" <<END
{"cniVersion":"1.0.0","interfaces":[{"name":"eth0","mac":"$(mac c1)","sandbox":"/run/netns/$PREFIX-c1"}],
	"ips":[{"address":"192.168.14.78/24","interface":0}]}
END
before=$(prev "")
ok "chained behind a macvtap with addresses: ADD" add c1 "$before"
# shellcheck disable=SC2046 # a word per byte
ok "... in the fdb when it returns" in_map eth0 fdb $(fdb_key "$(mac c1)")
is "$(answer check c1 "$before")" 0 "... CHECK"

done_testing
