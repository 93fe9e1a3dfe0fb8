#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# hairpin-cni: what fails leaves nothing behind; DEL, CHECK, GC and STATUS, with all that
# may be gone or changed when they come.
#
#   c1  c2  c3  c4 (netns)
#      |
#      eth0 .133 ------ eth0 .2, wire
#   host

. "$(dirname "$0")/../net/lib.sh"
. "$(dirname "$0")/cni.sh"

lab_cni c1 c2 c3 c4
pool=$(host_local ipam)
members="\"master\":\"eth0\",$pool"

# ---- without hairpind

status() { conf 1.1.0 "$1" | plug STATUS "$CNI" c1; }
leaves_nothing "ADD without hairpind" 11 'hairpind does not run .*: start it$' add c1 "$members"
leaves_nothing "STATUS without hairpind" 50 'hairpind does not run .*: start it$' status '"master":"eth0"'
agent_start
is "$(answer status '"master":"eth0"')" 0 "STATUS with it"

# ---- rolled back

with_path() { CNI_PLUGINS=$1 "${@:2}"; }
static() { echo "\"master\":\"eth0\",\"ipam\":{\"type\":\"static\",\"addresses\":[$1]${2:+,\"routes\":[$2]}}"; }
leaves_nothing "no such IPAM plugin" 7 "ipam.type: there is no plugin 'nosuch' in CNI_PATH" \
	add c1 '"master":"eth0","ipam":{"type":"nosuch"}'
leaves_nothing "an IPAM plugin that fails" 999 "IPAM plugin 'host-local': " \
	add c1 "\"master\":\"eth0\",\"ipam\":{\"type\":\"host-local\",\"dataDir\":\"$WORK/ipam\",\"ranges\":[[{\"subnet\":\"nonsense\"}]]}"
mkdir "$WORK/bin"
plugin() { cat >"$WORK/bin/$1" && chmod +x "$WORK/bin/$1"; }
plugin silent <<'END'
#!/bin/sh
exit 3
END
# These lease, as host-local does, and then say something else.
plugin babble <<'END'
#!/bin/sh
[ "$CNI_COMMAND" = ADD ] || exec /usr/lib/cni/host-local
/usr/lib/cni/host-local >/dev/null && echo '[1, 2'
END
plugin host-local <<'END'
#!/bin/sh
[ "$CNI_COMMAND" = ADD ] || exec /usr/lib/cni/host-local
/usr/lib/cni/host-local >/dev/null && echo '{"ips":[{"address":"nonsense"}]}'
END
leaves_nothing "one that does not say why" 101 "IPAM plugin 'silent' failed, and does not say why: exit status 3" \
	with_path "$WORK/bin" add c1 '"master":"eth0","ipam":{"type":"silent"}'
leaves_nothing "one that gives no JSON" 101 "IPAM plugin 'babble' gives no result in JSON" \
	with_path "$WORK/bin" add c1 "\"master\":\"eth0\",${pool/host-local/babble}"
leaves_nothing "one that gives no address, after a lease" 101 "address 'nonsense' is no address with a length" \
	with_path "$WORK/bin" add c1 "$members"
leaves_nothing "a route that cannot be" 100 'route to 10.9.0.0/16 via 172.16.0.1 is refused: Network is unreachable' \
	add c1 "$(host_local ipam | sed 's/"gw":"192.168.14.9"/"gw":"172.16.0.1"/; s/^/"master":"eth0",/')"
at c1 sysctl -qw net.ipv6.conf.default.accept_dad=1
leaves_nothing "an address that another station has" 100 'fd14::2/64 is refused: another station has it' \
	add c1 "$(static '{"address":"fd14::2/64"}')"
at c1 sysctl -qw net.ipv6.conf.default.accept_dad=0
at c2 ip link add eth0 type veth peer name eth1
leaves_nothing "a device of that name" 100 "has a device 'eth0' already" add c2 "$members"
is "$(answer del c2 "$members")" 0 "... DEL of what was not added"
ok "... leaves that device alone" at c2 ip link show eth0
at c2 ip link del eth0

ok "ADD" add c1 "$members,\"mac\":\"02:42:00:00:00:01\""
leaves_nothing "a MAC that another has" 100 'MAC 02:42:00:00:00:01 is in use' \
	add c2 "$members,\"mac\":\"02:42:00:00:00:01\""
leaves_nothing "ADD twice" 100 'is there already' add c1 "$members"
leaves_nothing "passthru beside another" 100 'passthru needs parent' add c2 "$members,\"mode\":\"passthru\""
leaves_nothing "no such netns" 3 'CNI_NETNS: netns .* there is no such file' add nosuch "$members"

pending() { at c2 ip addr show dev eth0 | grep -F 192.168.14 >/dev/null; }
agent_pause
before=$(state)
background late add c2 "$members"
wait_for 10 pending
agent_kill
fails "hairpind dies before ADD returns: it fails" finish late
is "$(get '{code}' <"$WORK/late.out")" 11 "... to be tried again"
is "$(state)" "$before" "... and leaves nothing"
agent_start

# ---- DEL

del c1 "$members"
add c1 "$members" >/dev/null
is "$(answer del c1 "$members")" 0 "DEL"
gone=$(state)
is "$(answer del c1 "$members")" 0 "DEL twice"
is "$(state)" "$gone" "... changes nothing"
is "$(leases ipam)" "" "... no lease is left"
fails "... nor the device" at c1 ip link show eth0

add c1 "$members" >/dev/null
agent_kill
is "$(answer del c1 "$members")" 0 "DEL without hairpind"
is "$(state)" "$gone" "... nothing is left"
agent_start

add c1 "$members" >/dev/null
ip netns del "$PREFIX-c1"
is "$(answer del c1 "$members")" 0 "DEL when the netns is gone"
is "$(leases ipam)" "" "... gives the lease back"
ip netns add "$PREFIX-c1"
at c1 sysctl -qw net.ipv6.conf.default.accept_dad=0
add c2 "\"kind\":\"xdp\",$members" >/dev/null
without_netns() { conf 1.0.0 "$2" | plug DEL "$CNI" "$1" CNI_NETNS= CNI_PATH=/usr/lib/cni; }
is "$(answer without_netns c2 "$members")" 0 "DEL when the runtime does not know the netns"
fails "... takes the device" at c2 ip link show eth0
is "$(leases ipam)" "" "... gives the lease back"
is "$(at host ip -o link | awk -F '[:@]' '{ print $2 }' | xargs)" "lo eth0" "... nothing is left in the host"

add c1 "$members" >/dev/null
add c2 "$members" >/dev/null
at c2 ip link set eth0 alias "$(at c1 ip -d link show eth0 | sed -n 's/^ *alias //p')"
is "$(answer del c1 "$members")" 0 "DEL while another container says that it is this one"
fails "... takes the right device" at c1 ip link show eth0
ok "... and not the other" at c2 ip link show eth0
at c2 ip link del eth0
del c2 "$members"

add c2 "$members" >/dev/null
rm "$WORK/ipam/lan/"192*
is "$(answer with_path "$WORK/bin" del c2 "\"master\":\"eth0\",\"ipam\":{\"type\":\"silent\"}")" \
	"1 101 IPAM plugin 'silent' failed, and does not say why: exit status 3" "DEL with an IPAM plugin that fails says so"
fails "... and takes the device all the same" at c2 ip link show eth0
rm -rf "$WORK/ipam"

# ---- CHECK

add c1 "$members" >/dev/null
last=$(prev "$members")
again() {
	del c1 "$members"
	add c1 "$members" >/dev/null
	last=$(prev "$members")
	is "$(answer check c1 "$last")" 0 "CHECK, as it was added"
}
differs() { # DESCRIPTION MESSAGE
	ok "CHECK after $1: $2" grep -E "^1 102 $2" <<<"$(answer check c1 "$last")"
}
is "$(answer check c1 "$last")" 0 "CHECK, as it was added"
at c1 ip addr del 192.168.14.20/24 dev eth0
differs "ip addr del" "device 'eth0': address 192.168.14.20/24 of prevResult is not there"
again
at c1 ip route del default
differs "ip route del" "route to 0.0.0.0/0 of prevResult is not there"
again
at c1 ip link set eth0 down
differs "ip link set down" "device 'eth0' is down"
again
at c1 ip link set eth0 address 02:42:00:00:00:09
differs "another MAC" "device 'eth0': prevResult has MAC"
again
at c1 ip link set eth0 type macvlan mode private
differs "another mode" "mode: the configuration has bridge, the kernel private"
again
at c1 ip link set eth0 mtu 1400
is "$(answer check c1 "$last,\"mtu\":1450")" "1 102 mtu: the configuration has 1450, the kernel 1400" "... another MTU"
again
# shellcheck disable=SC2046 # a word per byte
"$BPFTOOL" map delete pinned "$PINS/eth0/fdb" key hex $(fdb_key "$(mac c1)")
differs "an entry of fdb is gone" "hairpind does not serve it: maps: fdb of eth0 has no entry for $(mac c1)"
# It looks for two seconds, with less and less haste.
plugin traced <<END
#!/bin/sh
exec strace -o "$WORK/looks" -e trace=bpf "$CNI"
END
conf 1.0.0 "$last" | plug CHECK "$WORK/bin/traced" c1 >/dev/null || true
looks=$(grep -c 'BPF_OBJ_GET.*/eth0/endpoints' "$WORK/looks")
is "$((looks > 2 && looks < 40))" 1 "... for which it looks a few times only"
fails "... and not entry by entry" grep BPF_MAP_GET_NEXT_KEY "$WORK/looks"
again
at c1 ip link del eth0
differs "ip link del" "there is no device 'eth0' in the container"
again
mv "$WORK/ipam" "$WORK/ipam.away"
is "$(answer check c1 "$last" | sed 's/:.*//')" "1 999 IPAM plugin 'host-local'" "CHECK without the lease"
rm -rf "$WORK/ipam" && mv "$WORK/ipam.away" "$WORK/ipam" # CHECK itself makes the directory
is "$(answer check c1 "$members")" "1 7 prevResult is missing: CHECK takes what ADD returned" "CHECK without prevResult"
is "$(answer check c2 "$last" | sed 's/:.*//')" "1 999 IPAM plugin 'host-local'" "CHECK of another container"
agent_kill
ok "CHECK without hairpind" grep "^1 102 hairpind does not run" <<<"$(answer check c1 "$last")"
agent_start
is "$(answer check c1 "$last")" 0 "CHECK with another one"
del c1 "$members"

# ---- GC

# host-local as it will be: Debian's knows 1.0.0, so this one translates; and notes what it is asked.
plugin local-11 <<END
#!/bin/sh
echo "\$CNI_COMMAND" >>"$WORK/asked"
case \$CNI_COMMAND in
GC | STATUS) exit 0 ;;
esac
sed 's/1\.1\.0/1.0.0/; s/local-11/host-local/' | exec /usr/lib/cni/host-local
END
new="\"master\":\"eth0\",${pool/host-local/local-11}"
latest() { conf 1.1.0 "$3" | plug "$1" "$CNI" "$2" CNI_PATH="$WORK/bin"; }
gc() { conf 1.1.0 "$1${1:+,}$new" | plug GC "$CNI" none CNI_CONTAINERID= CNI_IFNAME= CNI_NETNS= CNI_PATH="$WORK/bin"; }
for ns in c1 c2 c3; do latest ADD $ns "$new" >"$WORK/added"; done
is "$(get '{cniVersion}' <"$WORK/added") $(get '{interfaces}[0]{mtu}' <"$WORK/added")" "1.1.0 1500" "a result of 1.1.0 tells the MTU"
# As if the wire were another host on this machine, with a network of that name.
at wire ip link add link eth0 name other0 netns "$PREFIX-c4" type macvlan
at c4 ip link set other0 alias "$(at c3 ip -d link show eth0 | sed -n 's/^ *alias //p')"
conf 1.1.0 "$new" | sed 's/"name":"lan"/"name":"other"/' | plug ADD "$CNI" c4 CNI_PATH="$WORK/bin" >/dev/null
before=$(state)
is "$(answer gc "" | cut -c 1-31)" "1 7 cni.dev/valid-attachments t" "GC without a list"
is "$(answer gc '"cni.dev/valid-attachments":[{"id":"c1"}]' | cut -c 1-29)" "1 7 cni.dev/valid-attachments" "GC with a list that it cannot read"
is "$(state)" "$before" "... nothing changed"
: >"$WORK/asked"
is "$(answer gc '"cni.dev/valid-attachments":[{"containerID":"id-c1","ifname":"eth0"},{"containerID":"id-c2","ifname":"eth1"}]')" 0 "GC"
is "$(for ns in c1 c2 c3 c4; do at $ns ip -o link show eth0 >/dev/null 2>&1 && echo $ns; done | xargs)" "c1 c4" \
	"... what is not in the list is gone, and nothing of another network"
ok "... nor of another host" at c4 ip link show other0
is "$(cat "$WORK/asked")" GC "... the IPAM plugin was asked, too"
: >"$WORK/asked"
is "$(answer latest STATUS c1 "$new") $(cat "$WORK/asked")" "0 STATUS" "STATUS asks the IPAM plugin"
is "$(answer latest STATUS c1 '"master":"eth0","ipam":{"type":"silent"}' | cut -c 1-5)" "1 101" "... and passes on what that says"
is "$(conf 1.0.0 "$new" | answer plug GC "$CNI" c1)" "1 1 GC is not in cniVersion 1.0.0: it takes 1.1.0" "GC before 1.1.0"
is "$(conf 1.0.0 "$new" | answer plug STATUS "$CNI" c1)" "1 1 STATUS is not in cniVersion 1.0.0: it takes 1.1.0" "STATUS before 1.1.0"
is "$(conf 0.3.1 "$new" | answer plug CHECK "$CNI" c1)" "1 1 CHECK is not in cniVersion 0.3.1: it takes 0.4.0" "CHECK before 0.4.0"
latest DEL c1 "$new"
conf 1.1.0 "$new" | sed 's/"name":"lan"/"name":"other"/' | plug DEL "$CNI" c4 CNI_PATH="$WORK/bin"
add_latest() { conf 1.1.0 "$2" | plug ADD "$CNI" "$1"; }
leaves_nothing "an IPAM plugin that does not know 1.1.0" 1 "IPAM plugin 'host-local': incompatible CNI versions" \
	add_latest c1 "$members"

done_testing
