#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Endpoints that hairpin.conf declares: made at the start and on SIGHUP, put
# back when somebody deletes them, removed when they are taken out of the file.
# What somebody else made is never touched.
#
#   b1 b2 (netns)
#         |
#       host eth0 ------ wire

. "$(dirname "$0")/lifecycle.sh"
. "$(dirname "$0")/endpoint.sh"

conf=$WORK/conf
run() { agent_run -c "$conf" "$@"; }

reload() { # TEXT: the configuration; returns when it is brought about
	local times
	times=$(logged_times "configuration was read again")
	echo "$1" >"$conf"
	agent_signal HUP
	wait_for 5 logged_more "configuration was read again" "$times"
	wait_for 5 agent_sleeps
}
logged_more() { [ "$(logged_times "$1")" -gt "$2" ]; }

gone_link() { ! link_of "$1" "$2"; }
index_of() { at "$1" ip -o link show "$2" | cut -d: -f1; }
short_log() { agent_log | short | grep "endpoint $1"; }

lab_new b1 b2
address host eth0 $HOST/24
address wire eth0 $GATEWAY/24
b1="endpoint \"b1\" {
	parent = \"eth0\"
	mac = \"02:42:c0:a8:0e:0b\"
	netns = \"$PREFIX-b1\"
	address = {\"192.168.14.11/24\", \"fd14::11/64\"}
	gateway = {\"$GATEWAY\"}
}"
own="endpoint \"own\" { parent = \"eth0\"  mode = vepa }"

# ---- before there is an agent

echo "$b1 $own" >"$conf"
is "$(run --dry-run | short | head -n 2)" "endpoint b1: add macvlan bridge on eth0 in netns b1
endpoint own: add macvlan vepa on eth0 in netns host" "--dry-run tells"
ok "... and makes nothing" gone_link b1 eth0
hold
background once nsenter --net="/run/netns/$PREFIX-host" "$BUILD/hairpind" --pins "$PINS" --run "$RUN" -c "$conf" --once
once_waits() { grep -- "-> FLOCK.* ${processes[once]} " /proc/locks; }
ok "--once waits for a command that changes something" wait_for 5 once_waits
ok "... and makes nothing meanwhile" gone_link b1 eth0
release
ok "... then ends" finish once
is "$(alias_of b1 eth0)" "hairpin:b1 declared" "... makes them"
is "$(run --dry-run | sed -n '/^endpoint/p')" "" "... then there is nothing to do"
index=$(index_of b1 eth0)

# ---- at the start

at host ip link del own
at b1 ip link set eth0 mtu 1300
agent_start -c "$conf"
is "$(short_log own)" "hairpind: endpoint own: add macvlan vepa on eth0 in netns host" "what is missing is made at the start"
is "$(agent_log | sed -n 's/.*ready: //p')" "1 uplinks, 2 endpoints" "... before it says that it is ready"
is "$(index_of b1 eth0)" "$index" "what is there stays"
ok "the host reaches it" pings host 192.168.14.11
ok "... it reaches the wire" pings b1 $GATEWAY

# ---- check

check() { hairpin endpoint check --config "$conf" "$@"; }
says() { # DESCRIPTION STATUS TEXT COMMAND...
	local description=$1 expected=$2 text=$3 status=0 said
	shift 3
	said=$("$@" 2>&1) || status=$?
	is "$status $said" "$expected $text" "$description"
}
wait_for 5 check b1 # the IPv6 addresses take a moment
says "check: nothing differs" 0 "" check b1
says "check without the file" 1 "endpoint b1: kernel: it was declared, and the configuration does not name it" \
	hairpin --pins "$PINS" endpoint check b1 --config /dev/null
at b1 ip link set eth0 mtu 1300
at b1 ip addr del 192.168.14.11/24 dev eth0
wait_for 5 agent_sleeps
says "check: the kernel has something else" 1 "endpoint b1: address: declared 192.168.14.11/24,fd14::11/64, kernel \
fd14::11/64
endpoint b1: gateway: declared $GATEWAY, kernel none" check b1
reload "$b1 $own"
wait_for 5 check b1
says "... a reload puts it right" 0 "" check b1
# shellcheck disable=SC2046 # a word per byte
read -ra entry < <("$BPFTOOL" -j map lookup pinned "$PINS/eth0/fdb" key hex $(fdb_key 02:42:c0:a8:0e:0b) |
	sed 's/.*"value":\[\([^]]*\)\].*/\1/; s/"0x//g; s/",*/ /g')
# kind and mode, hairpin/abi.h: macvtap, vepa
# shellcheck disable=SC2046
"$BPFTOOL" map update pinned "$PINS/eth0/fdb" key hex $(fdb_key 02:42:c0:a8:0e:0b) \
	value hex "${entry[@]:0:4}" 03 02 "${entry[@]:6}"
says "check: the maps have something else" 1 "endpoint b1: maps: fdb: kind macvtap, kernel macvlan
endpoint b1: maps: fdb: mode vepa, kernel bridge" check b1
"$BPFTOOL" map delete pinned "$PINS/eth0/neigh" key hex 00 00 02 00 c0 a8 0e 0b 00 00 00 00 00 00 00 00 00 00 00 00
# shellcheck disable=SC2046 # a word per byte
"$BPFTOOL" map delete pinned "$PINS/eth0/fdb" key hex $(fdb_key 02:42:c0:a8:0e:0b)
says "check: the maps lack something" 1 "endpoint b1: maps: fdb has no entry for 02:42:c0:a8:0e:0b
endpoint b1: maps: neigh has no entry for 192.168.14.11" check b1
says "... as JSON" 1 '[
  "maps: fdb has no entry for 02:42:c0:a8:0e:0b",
  "maps: neigh has no entry for 192.168.14.11"
]' check b1 --json
agent_kill
at host ip link del own
says "check: it is not there" 1 "endpoint own: kernel: it is declared and not there" check own
says "check of nothing" 1 "endpoint nothing: kernel: is not there" check nothing
ok "check of one that is in no map" hairpin endpoint add new --parent eth0
says "... says so" 1 "endpoint new: maps: it is in none: does hairpind run, and serve the uplink?" check new
hairpin endpoint del new
rm -rf "$PINS/eth0"
agent_start -c "$conf"
wait_for 5 check b1
says "check: all is well again" 0 "" check b1

agent_pause
if [ -e "$PINS/eth0/egress_link" ]; then
	"$BPFTOOL" link detach pinned "$PINS/eth0/egress_link"
else
	at host tc filter del dev eth0 egress
fi
says "check: a program that was taken off" 1 "endpoint b1: programs: they are not attached to eth0: does hairpind run?" check b1
agent_continue
reload "uplink eth0 { xdp = generic } $b1 $own"
wait_for 5 check b1
says "check: it is back, and there is one for XDP" 0 "" check b1
agent_pause
"$BPFTOOL" link detach pinned "$PINS/eth0/xdp_link"
says "check: that one was taken off" 1 "endpoint b1: programs: the XDP program is not attached to eth0: does hairpind run?" check b1
agent_continue
reload "$b1 $own"

# ---- while a command changes something

queue_is() { [ "$(field b1 eth0 bcqueuelen)" = "$1" ]; }
hold
at host ip link del own
reload "${b1/address = /bcqueuelen = 77  address = } $own"
at host ip link add link eth0 name seen type macvlan mode bridge
up host seen
ok "while a command changes something, endpoints are served" wait_served host seen
ok "... what is deleted does not come back" gone_link host own
ok "... what changed in the file does not change" queue_is 1000
sleep 2.5 # what has happened so far makes it look again after RESCAN_SECONDS; later, nothing does
release
ok "... it does when that is done" wait_for 5 link_of host own
ok "... both" wait_for 5 queue_is 77
at host ip link del seen
reload "$b1 $own"

# ---- a parent that comes later

reload "$b1 $own
endpoint \"late\" { parent = eth7 }"
ok "one whose parent is not there waits" logged "hairpind: endpoint late: waits: parent 'eth7' does not exist: see ip link"
sleep 3.3 # behind the second try, and long before the third
begin=${EPOCHREALTIME/[.,]/}
at host ip link add eth7 type veth peer name eth8
ok "... until it is" wait_for 10 link_of host late
ok "... which it notices, and does not wait for the next try" \
	test $((${EPOCHREALTIME/[.,]/} - begin)) -lt $((2500000 * ${WAIT_FACTOR:-1}))
reload "$b1 $own"
at host ip link del eth7

# ---- somebody deletes

at b1 ip link del eth0
ok "one that is deleted comes back" wait_for 5 link_of b1 eth0
ok "... and is served" wait_served b1
ok "... the host reaches it" pings host 192.168.14.11
at host ip link del own
ok "... in the host's netns too" wait_for 5 link_of host own
wait_for 5 agent_sleeps

netns_del b1
wait_for 5 logged "endpoint b1: waits: netns '$PREFIX-b1' does not exist: ip netns add $PREFIX-b1"
wait_for 5 agent_sleeps
is "$(agent_log | grep -c 'endpoint b1: waits: .* does not exist')" 1 "one whose netns is gone waits, and says so once"
namespaces+=(b1)
touch "/run/netns/$PREFIX-b1"
ok "... for what is mounted on its handle, too" wait_for 10 logged "endpoint b1: waits: netns '$PREFIX-b1' is no network namespace"
no_mac() { ! at host bridge fdb show dev eth0 | grep -F "$1 " >/dev/null; }
wait_for 10 no_mac 02:42:c0:a8:0e:0b # of the one that went with its netns
begin=${EPOCHREALTIME/[.,]/}
unshare --net="/run/netns/$PREFIX-b1" ip link set lo up
ok "... until the netns is there" wait_for 10 link_of b1 eth0
ok "... which it notices, and does not wait for the next try" \
	test $((${EPOCHREALTIME/[.,]/} - begin)) -lt $((1500000 * ${WAIT_FACTOR:-1}))
ok "... and is served" wait_served b1

# ---- reload

index=$(index_of b1 eth0)
changed=${b1/address = /mtu = 1400  mode = private  address = }
changed=${changed/14.11/14.12}
reload "$changed $own"
is "$(field b1 eth0 mtu) $(field b1 eth0 mode) $(addresses b1 eth0 | head -n 1)" "1400 private 192.168.14.12/24" \
	"what changed in the file changes live"
is "$(index_of b1 eth0)" "$index" "... it is the same device"
is "$(short_log b1 | tail -n 1)" \
	"hairpind: endpoint b1: set mode private address 192.168.14.12/24,fd14::11/64 mtu 1400" "... and is logged"
reload "${changed/netns = \"$PREFIX-b1\"/netns = \"$PREFIX-b2\"} $own"
ok "what cannot is made anew" link_of b2 eth0
ok "... the old one is gone" gone_link b1 eth0
reload "$own"
ok "what is taken out of the file is removed" gone_link b2 eth0
ok "... the other one stays" link_of host own

# A device can have several names.
at host ip link property add dev eth0 altname lan0
reload "endpoint own { parent = lan0  mode = vepa }"
index=$(index_of host own)
reload "endpoint own { parent = lan0  mode = vepa }"
is "$(index_of host own)" "$index" "another name of the parent is no change"
says "check: ... nor a difference" 0 "" check own
at host ip link property del dev eth0 altname lan0
reload "$own"

# ---- an address that somebody has

address wire eth0 fd14::2/64
at b2 sysctl -qw net.ipv6.conf.default.accept_dad=1
dup="endpoint dup { parent = eth0  netns = $PREFIX-b2  address = {\"fd14::2/64\"} }"
reload "$own $dup"
failed="error: endpoint dup: another station has address fd14::2: it failed IPv6 DAD"
ok "one that fails DAD is told" wait_for 5 logged "$failed"
reload "$own $dup"
at host ip link del own
ok "... the others do not wait" wait_for 5 link_of host own
wait_for 5 agent_sleeps
is "$(logged_times "$failed")" 1 "... once"
at b2 sysctl -qw net.ipv6.conf.default.accept_dad=0
reload "$own"

# ---- a VLAN that was made

if at host ip link add link eth0 name eth0.9 type vlan id 9 2>/dev/null; then
	reload "$own endpoint v { parent = eth0.50 }"
	address host eth0.50 192.168.50.133/24
	wait_for 5 agent_sleeps
	reload "$own"
	ok "a VLAN with an address of the host stays" logged "hairpind: endpoint v: its parent 'eth0.50' stays: the host has \
address 192.168.50.133 on it"
	ok "... it does" link_of host eth0.50
	ok "... the endpoint is gone" gone_link host v
	at host ip link del eth0.9
	at host ip link del eth0.50
else
	skip "a VLAN with an address of the host stays" "this kernel has no 802.1Q"
fi

# ---- a wrong file

links() { at host ip -o link | sed 's/ state [A-Z]*//; s/,LOWER_UP//'; } # but for what comes a little later
before=$(links)
echo 'endpoint own { parent = eth0  mac = 01:00:00:00:00:00 }' >"$conf"
agent_signal HUP
ok "a wrong word is refused" wait_for 5 logged "$conf:1: '01:00:00:00:00:00' is no value for 'mac': it is a multicast \
address: make the first byte even: the former configuration stays in force"
wait_for 5 agent_sleeps
is "$(links)" "$before" "... and changes nothing"

# ---- what is not ours

at b1 ip link add eth0 type veth peer name peer
at host ip link add link eth0 name mine type macvlan mode bridge
reload "$b1 $own"
ok "a device in the way is an error" logged "error: endpoint b1: netns '$PREFIX-b1' has a device 'eth0' already: give \
another ifname"
ok "... and stays" link_of b1 peer
ok "... the other one, too" link_of host own
index=$(index_of host mine)
at b1 ip link del eth0
ok "once it is gone ours is made" wait_for 15 field b1 eth0 macvlan
wait_for 5 agent_sleeps
is "$(agent_log | grep -c "has a device 'eth0' already")" 1 "... the error was said once"
reload ""
is "$(index_of host mine)" "$index" "an empty file leaves those of others"
ok "... and removes ours" gone_link host own

# ---- by the command line

ok "one that the command line made" hairpin endpoint add cli --parent eth0
reload "# nothing"
ok "... is not the file's to remove" link_of host cli
index=$(index_of host cli)
reload "endpoint cli { parent = eth0  mode = vepa }"
is "$(alias_of host cli) $(field host cli mode) $(index_of host cli)" "hairpin:cli declared vepa $index" \
	"... it becomes the file's when it stands there"
said=$(hairpin endpoint del cli 2>&1) || true
is "$said" "hairpin: endpoint cli: the configuration declares it: change it there, and reload hairpind" \
	"... the command line does not delete it any more"
said=$(hairpin endpoint set cli --mtu 1300 2>&1) || true
is "$said" "hairpin: endpoint cli: the configuration declares it: change it there, and reload hairpind" "... nor change it"
ok "... it stays" link_of host cli

# ---- two with one MAC: the kernel says so

reload "endpoint m1 { parent = eth0  mac = 02:00:00:00:00:77 }
endpoint m2 { parent = eth0  mac = 02:00:00:00:00:77 }"
ok "the second one with a MAC is an error" logged "error: endpoint m2: MAC 02:00:00:00:00:77 is in use on 'eth0': \
host/m1 has it"
ok "... the first one is there" link_of host m1
ok "... the second is not" gone_link host m2

# ---- one that fails when it is half made: not again at each of its own notifications

at host ip route add default via $GATEWAY
reload "endpoint late { parent = eth0  address = {\"192.168.14.8/24\"}  gateway = {\"192.168.14.3\"} }"
ok "one that fails late" logged "error: endpoint late: gateway 192.168.14.3 is refused: there is a default route already"
ok "... leaves nothing" gone_link host late
hairpin endpoint add t1 --parent eth0
at host ping -c 1 -W 0.3 192.168.14.250 >/dev/null || true # nobody: it takes its time
hairpin endpoint add t2 --parent eth0
ok "... is not tried all the time" test $(($(index_of host t2) - $(index_of host t1))) -le 3
hairpin endpoint del t1
hairpin endpoint del t2
at host ip route del default
ok "... and is there when its time comes" wait_for 15 link_of host late
reload "endpoint m1 { parent = eth0 }"

# ---- no agent, no change

agent_kill
at host ip link del m1
ok "without an agent nothing comes back" gone_link host m1
echo >"$conf"
ok "with an empty file" run --once
agent_start -c "$conf"
is "$(at host ip -br link show type macvlan | awk '{ print $1 }')" "mine@eth0" "only that of somebody else is left"
done_testing
