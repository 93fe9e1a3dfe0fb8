#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The pinned maps as anybody reads them: bpftool shows fields by name, and the
# netns of an endpoint is a word that a person knows.

. "$(dirname "$0")/lifecycle.sh"
. "$(dirname "$0")/kernel.sh"

# Names of all fields of a map's entries, from BTF: key.vlan, value.rx.host.packets.
fields() { "$BPFTOOL" -j map dump pinned "$PINS/eth0/$1" | "$PROBE" names | LC_ALL=C sort | xargs; }

counters() {
	local path
	for path in rx.host rx.peer rx.wire tx.host tx.peer tx.wire; do
		printf ' value.%s.bytes value.%s.packets' $path $path
	done
}

lab_walkthrough
agent_start
ok "the host reaches b1" pings host 192.168.14.11
is "$(fields fdb)" "key.mac key.vlan value.endpoint value.flags value.kind value.mode value.pad value.port value.vlan" "fdb"
is "$(fields neigh)" "key.addr key.family key.pad key.vlan value.endpoint value.fdb_flags value.flags value.kind value.mac value.mode value.pad" "neigh"
is "$(fields segments)" "key value.flags value.host value.host_mac value.members value.pad" "segments"
is "$(fields endpoints)" "key value.first_seen value.flags value.ifindex value.ifname value.kind value.mac value.marked value.mode \
value.name value.netns value.netns_cookie value.netns_ino value.nsid value.pad value.parent value.vlan" "endpoints"
is "$(map_rows eth0 endpoints value.netns_cookie | grep -c '^[1-9]')" 2 "... a cookie of each netns that is not the host's"
is "$(fields stats)" "key$(counters)" "stats"
is "$(fields reasons)" "key value.bytes value.packets" "reasons"
hook=HP_HOOK_TCX
kernel_has tcx || hook=HP_HOOK_CLSACT
ok "meta" has "$hook 0" map_rows eth0 meta value.hook value.settings.reflect
# A bit for each key that programs look for, and none for what is gone.
filter_bits() { "$BPFTOOL" -j map lookup pinned "$PINS/eth0/filter" key 0 0 0 0 | "$PROBE" bits; }
keys() { { map_rows eth0 fdb key.mac && map_rows eth0 neigh key.addr; } | wc -l; }
exact() { [ "$(filter_bits)" = "$(keys)" ]; }
ok "filter" exact
netns gone
endpoint_direct gone eth0 bridge 192.168.14.19/24
wait_for 5 has "$(mac gone)" map_rows eth0 fdb key.mac
ok "... with one more endpoint" wait_for 5 exact
at gone ip link del eth0
wait_for 5 lacks "$(mac_of 192.168.14.19)" map_rows eth0 fdb key.mac
ok "... with one less" wait_for 5 exact
# For people, without -j.
"$BPFTOOL" map dump pinned "$PINS/eth0/fdb" >"$WORK/fdb"
ok "as text: kinds are words" grep -q '"kind": "HP_KIND_MACVLAN"' "$WORK/fdb"
ok "... modes as well" grep -q '"mode": "HP_MODE_BRIDGE"' "$WORK/fdb"

inode() { at "$1" stat -Lc %i /proc/self/ns/net; }
is "$(map_rows eth0 meta value.netns_ino value.ifindex)" \
	"$(inode host) $(at host ip -o link show eth0 | cut -d: -f1)" "meta has the host's netns and the uplink's index"
ok "the record has the inode of b1's netns" has "$PREFIX-b1 $(inode b1)" map_rows eth0 endpoints value.netns value.netns_ino
# Nobody asks whether a neighbour is still there, which would be counted as well.
at host ip neigh replace 192.168.14.11 lladdr "$(mac b1)" dev eth0 nud permanent
at b1 ip neigh replace $HOST lladdr "$(mac host)" dev eth0 nud permanent
before=$(packets eth0 b1 rx.host)
at host ping -n -q -c 5 -i 0.01 192.168.14.11 >/dev/null
is "$(($(packets eth0 b1 rx.host) - before))" 5 "stats count"
ok "reasons count" [ "$(reason eth0 hairpin)" -ge 10 ]

# ---- namespaces in words

is_called() { # IFNAME NETNS
	has "$2 $1" map_rows eth0 endpoints value.netns value.ifname
}

ok "a name of ip netns" is_called eth0 "$PREFIX-b1"
endpoint_own own0 eth0 bridge 192.168.14.61/24
ok "the host's own" wait_for 5 is_called own0 host

number=70
endpoint_in_process() { # PID NAME: a macvlan under that name
	number=$((number + 1))
	at host ip link add link eth0 name "$2" address "$(mac_of 192.168.14.$number)" type macvlan mode bridge
	at host ip link set "$2" netns "$1"
	nsenter --net="/proc/$1/ns/net" ip link set "$2" up
}

sleeps() { [ "$(cat "/proc/$1/comm")" = sleep ]; }
process_in_own_netns() { # NAME [COMMAND...]: the command that starts it
	local name=$1
	shift
	background "$name" "$@" unshare --net sleep 100
	wait_for 5 sleeps "${processes[$name]}"
}

process_in_own_netns plain
endpoint_in_process "${processes[plain]}" plain0
ok "a process: pid and comm" wait_for 5 is_called plain0 "${processes[plain]}/sleep"

# ---- containers: what matters is the path of the processes' cgroup

cgroups=()
# shellcheck disable=SC2317 # called at the end
remove_cgroups() {
	local name
	for name in "${!processes[@]}"; do
		{ kill -9 "${processes[$name]}" && wait "${processes[$name]}"; } 2>/dev/null
	done
	[ ${#cgroups[@]} = 0 ] || find "${cgroups[@]}" -depth -type d -exec rmdir {} +
}
at_end remove_cgroups

cgroup_mount() { # cgroup|cgroup2
	findmnt -n -t "$1" -o TARGET | grep -E 'pids|unified|^/sys/fs/cgroup$' | head -n 1
}

make_cgroup() { # MOUNT PATH: below a directory of this test
	[ -d "$1/$PREFIX" ] || cgroups+=("$1/$PREFIX")
	mkdir -p "$1/$PREFIX/$2"
}

container_id() { printf 'abcdef%06x%052x\n' "$1" "$1"; } # 64 hex digits; 12 of them are shown

n=0
while read -r engine type path; do
	n=$((n + 1))
	description="a container, $engine: its id"
	if ! mount=$(cgroup_mount "$type"); then
		skip "$description" "no $type here"
		continue
	fi
	path=${path//%/$(container_id $n)}
	make_cgroup "$mount" "$path"
	# In it before it has its netns, as with engines.
	# shellcheck disable=SC2016 # for the inner shell
	process_in_own_netns "c$n" bash -c 'echo $$ >"$1" && shift && exec "$@"' - "$mount/$PREFIX/$path/cgroup.procs"
	endpoint_in_process "${processes[c$n]}" "ct$n"
	ok "$description" wait_for 5 is_called "ct$n" "$(container_id $n | cut -c 1-12)"
done <<'END'
docker,v1 cgroup docker/%
docker,v2 cgroup2 system.slice/docker-%.scope
podman cgroup2 machine.slice/libpod-%.scope/container
containerd cgroup2 kubepods.slice/kubepods-pod0a1b.slice/cri-containerd-%.scope
END

# Podman and CNI keep the handle among the names of ip netns, under one that says nothing.
generated=netns-$PREFIX-1111-2222-3333-444455556666
ip netns add "$generated"
at_end "ip netns del $generated"
at host ip link add link eth0 name gen0 netns "$generated" type macvlan mode bridge
ok "a handle without a process: its own name" wait_for 5 is_called gen0 "$generated"
agent_stop
description="... with a container's process: the container's id"
if mount=$(cgroup_mount cgroup2 || cgroup_mount cgroup); then
	make_cgroup "$mount" "libpod-$(container_id 99)"
	background gen nsenter --net="/run/netns/$generated" sleep 100
	wait_for 5 sleeps "${processes[gen]}"
	echo "${processes[gen]}" >"$mount/$PREFIX/libpod-$(container_id 99)/cgroup.procs"
	agent_start
	ok "$description" is_called gen0 "$(container_id 99 | cut -c 1-12)"
else
	skip "$description" "no cgroups here"
fi
done_testing
