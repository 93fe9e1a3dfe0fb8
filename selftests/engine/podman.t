#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Podman, unchanged, with each of its network back ends. Both make the macvlan in the container's
# netns, of which the host hears nothing.
#
#   p0, p1, ... containers
#        |
#   host eth0 192.168.14.133 fd14::133 ------ eth0 192.168.14.2 fd14::2  wire
#        eth1 192.168.216.133 ---------- eth1

. "$(dirname "$0")/engine.sh"
. "$TOP/selftests/net/endpoint.sh"

gone() { [ ! -e "$1" ]; }
empty() { [ -z "$(listed "$1")" ]; }
id_of() { podman inspect -f '{{.Id}}' "$1" | cut -c -12; }
pid_of() { podman inspect -f '{{.State.Pid}}' "$1"; }
inside() { podman exec "$@"; }
run() { # NAME OPTION...
	podman run -itd --name "$1" "${podman_here[@]}" "${@:2}" busybox >"$WORK/run.out" 2>&1 || die "$(cat "$WORK/run.out")"
}
table() { hairpin endpoint | awk '{ print $1, $11, $12, $13 }'; }
has() { "${@:2}" | grep -xF -- "$1" >/dev/null; }
has_no_tentative() { ! nsenter --net="/proc/$(pid_of "$1")/ns/net" ip -6 addr show tentative | grep inet6 >/dev/null; }
mac_in() { inside "$1" cat "/sys/class/net/$2/address" | tr -d '\r'; }

SETTLE_NS=
lab_lan
uplink eth1
address host eth1 192.168.216.133/24

back_end() { # netavark|cni
	podman_start "$1"
	podman network create -d macvlan --subnet=192.168.14.0/24 --gateway=192.168.14.2 \
		--subnet=fd14::/64 -o parent=eth0 lan >/dev/null
	podman network create -d macvlan --subnet=192.168.216.0/24 -o parent=eth1 second >/dev/null
	run p0 --network lan:ip=192.168.14.20
	apart p0 192.168.14.20 "$1: without hairpind"
	agent_start
	both p0 192.168.14.20 "$1: hairpind came after the container"
	run p1 --network lan:ip=192.168.14.21,ip6=fd14::21
	both p1 192.168.14.21 "the container came after hairpind"
	# Netavark and CNI leave DAD on, and go on while the address is tentative.
	ok "... IPv6: its address is its own" wait_for 10 has_no_tentative p1
	both p1 fd14::21 "... IPv6"
	ok "... and p0 and p1 each other" first p1 192.168.14.20
	ok "... and p1 the wire" first p1 $GATEWAY
	# There is no process before the network, so at first it has the name of a mount.
	ok "... it is there by its id" wait_for 10 has "$(id_of p1) eth0 HP_MODE_BRIDGE" \
		row eth0 192.168.14.21 value.netns value.ifname value.mode
	turned eth0 "$(id_of p1)" 192.168.14.21 "p1" "$(mac_in p1 eth0)"
	ok "the first thing that a container does is to ping the host" \
		podman run --rm "${podman_here[@]}" --network lan busybox ping -c 1 -W 2 $HOST
	run p2 --network lan:ip=192.168.14.22,mac=02:00:5e:00:53:22
	both p2 192.168.14.22 "a MAC of its own"
	is "$(row eth0 192.168.14.22 value.mac)" 02:00:5e:00:53:22 "... the maps have it"
}

changes() {
	podman restart -t 0 p1 >/dev/null
	both p1 192.168.14.21 "podman restart"
	podman network connect --ip 192.168.216.21 second p1
	both p1 192.168.216.21 "podman network connect"
	podman network disconnect second p1
	ok "podman network disconnect: nothing is left of it" wait_for 30 empty eth1
	both p1 192.168.14.21 "... the first network"
}

names() {
	ok "without a service: name and image" wait_for 30 has "p1 $(id_of p1) localhost/busybox:latest -" table
	podman_service
	ok "with one: the network as well" wait_for 30 has "p1 $(id_of p1) localhost/busybox:latest lan" table
}

churn() {
	local before round numbers
	mapfile -t numbers < <(seq 101 110)
	before=$(listed eth0)
	for round in 1 2; do
		for n in "${numbers[@]}"; do
			run "n$n" --network "lan:ip=192.168.14.$n"
			first host "192.168.14.$n" >/dev/null && echo "$n"
		done >"$WORK/churn"
		is "$(xargs <"$WORK/churn")" "${numbers[*]}" "churn, round $round: each is reached when it is up"
		podman rm -f -t 0 "${numbers[@]/#/n}" >/dev/null
		ok "... and nothing is left of them" wait_for 30 nothing_but "$before"
	done
}

back_end netavark
changes
names
churn
podman_end p0 p1 p2
ok "the last one goes: all is taken away" wait_for 30 gone "$PINS/eth0"
agent_stop

back_end cni
changes
podman_end p0 p1 p2
ok "the last one goes: all is taken away" wait_for 30 gone "$PINS/eth0"

done_testing
