#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# containerd without Docker: `ctr run --cni` and the reference plugins, with a network configuration
# as an administrator would write it.
#
#   c0, c1, ... containers
#        |
#   host eth0 192.168.14.133 fd14::133 ------ eth0 192.168.14.2 fd14::2  wire

. "$(dirname "$0")/engine.sh"

gone() { [ ! -e "$1" ]; }
has() { "${@:2}" | grep -xF -- "$1" >/dev/null; }

# The plugins are run by ctr, in its netns.
ctr() { at host /usr/bin/ctr "$@"; }
run() { # NAME [OPTION]...
	ctr run -d --cni --rootfs --cgroup "/$CGROUP/$1" "${@:2}" "$WORK/image" "$1" /bin/sleep 1000
}
stop() {
	ctr task kill -s KILL "$1"
	wait_for 10 is_stopped "$1"
	ctr task rm "$1" >"$WORK/stop.out" 2>&1 || true # its status is that of the task
	ctr container rm "$1"
}
is_stopped() { ctr task ls | grep "^$1 .*STOPPED" >/dev/null; }
pid_of() { ctr task ls | awk -v name="$1" '$1 == name { print $2 }'; }
inside() { ctr task exec --exec-id "exec$((execs += 1))" "$1" "/bin/$2" "${@:3}"; }
execs=0
address_of() { # NAME 4|6
	nsenter --net="/proc/$(pid_of "$1")/ns/net" ip "-$2" -o addr show dev eth0 scope global | awk '{ sub("/.*", "", $4); print $4 }'
}

reference_plugins() {
	mkdir -p /etc/cni/net.d /opt/cni
	ln -sfn /usr/lib/cni /opt/cni/bin
	cat >/etc/cni/net.d/10-lan.conflist <<-END
		{
		  "cniVersion": "1.0.0",
		  "name": "lan",
		  "plugins": [ {
		    "type": "macvlan", "master": "eth0", "mode": "$1",
		    "ipam": { "type": "host-local", "ranges": [
		      [ { "subnet": "192.168.14.0/24", "rangeStart": "192.168.14.30", "gateway": "$GATEWAY" } ],
		      [ { "subnet": "fd14::/64", "rangeStart": "fd14::30" } ] ] }
		  } ]
		}
	END
}

SETTLE_NS=
lab_lan
reference_plugins bridge
containerd_start

run c0
apart c0 192.168.14.30 "without hairpind"
agent_start
both c0 192.168.14.30 "hairpind came after the container"

run c1
both c1 "$(address_of c1 4)" "the container came after hairpind"
both c1 "$(address_of c1 6)" "... IPv6"
ok "... and c0 and c1 each other" first c1 192.168.14.30
ok "... and c1 the wire" first c1 $GATEWAY
is "$(row eth0 "$(address_of c1 4)" value.ifname value.mode)" "eth0 HP_MODE_BRIDGE" "... it is there"
before=$(listed eth0)
ok "the first thing that a container does is to ping the host" \
	ctr run --rm --cni --rootfs --cgroup "/$CGROUP/c2" "$WORK/image" c2 /bin/ping -c 1 -W 2 $HOST

# As Kubernetes has it: an id of 64 digits, which is in the name of the cgroup.
id=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
run $id
ok "an id of 64 digits: it is there by that" wait_for 30 has ${id:0:12} \
	row eth0 "$(address_of $id 4)" value.netns
turned eth0 ${id:0:12} "$(address_of $id 4)" "... and reached" \
	"$(row eth0 "$(address_of $id 4)" value.mac)"
stop $id
ok "nothing is left of either" wait_for 30 nothing_but "$before"

# `ctr` tells no plugin of a container's end: names are not used twice, as host-local keeps them.
for round in 1 2 3; do
	run n$round
	both n$round "$(address_of n$round 4)" "again and again, $round"
	stop n$round
	ok "... nothing is left of it" wait_for 30 nothing_but "$before"
done

engine_end containerd KILL
ok "kill -9 of containerd: host to c0" first host 192.168.14.30
containerd_start
both c0 192.168.14.30 "... containerd again"
stop c0
stop c1
ok "the last one goes: all is taken away" wait_for 30 gone "$PINS/eth0"

reference_plugins private
run p0
both p0 "$(address_of p0 4)" "private"
stop p0

done_testing
