#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Docker, unchanged. Nothing here waits for hairpind to look again: what is to work, works at the
# first ping when it has done what it was told of until `docker run` returned.
#
#   b0, b1, ... containers
#        |
#   host eth0 192.168.14.133 fd14::133 ------ eth0 192.168.14.2 fd14::2  wire
#        eth1 192.168.216.133, 192.168.218.133, fd21::133: two subnets
#        eth2 192.168.16.133: the modes

. "$(dirname "$0")/engine.sh"

gone() { [ ! -e "$1" ]; }
empty() { [ -z "$(listed "$1")" ]; }

SETTLE_NS=
lab_lan
docker_start --live-restore
docker_image
docker network create -d macvlan --subnet=192.168.14.0/24 --gateway=192.168.14.2 -o parent=eth0 mac_net1 >/dev/null

run b0 --ip=192.168.14.10 --network mac_net1 --
apart b0 192.168.14.10 "without hairpind"
agent_start
both b0 192.168.14.10 "hairpind came after the container"

run b1 --ip=192.168.14.11 --network mac_net1 --
both b1 192.168.14.11 "the container came after hairpind"
ok "... and b0 and b1 each other" first b1 192.168.14.10
ok "... and b1 the wire" first b1 $GATEWAY
is "$(row eth0 192.168.14.11 value.netns value.ifname value.mode)" "$(id_of b1) eth0 HP_MODE_BRIDGE" \
	"... it is there by its id"
turned eth0 "$(id_of b1)" 192.168.14.11 "b1"
ok "the first thing that a container does is to ping the host" \
	docker run --rm --ip=192.168.14.12 --network mac_net1 busybox ping -c 1 -W 2 $HOST

# What `hairpin endpoint` shows of containers stands in names.t.

# ---- on a running container, and again

docker restart -t 0 b1 >/dev/null
both b1 192.168.14.11 "docker restart"
is "$(row eth0 192.168.14.11 value.netns)" "$(id_of b1)" "... it is there again"

uplink eth1
address host eth1 192.168.216.133/24 192.168.218.133/24 fd21::133/64
docker network create -d macvlan --ipv6 --subnet=192.168.216.0/24 --gateway=192.168.216.1 \
	--subnet=192.168.218.0/24 --gateway=192.168.218.1 --subnet=fd21::/64 --gateway=fd21::1 \
	--aux-address=taken=192.168.216.2 -o parent=eth1 macvlan216 >/dev/null
docker network connect --ip=192.168.216.40 --ip6=fd21::40 macvlan216 b1
both b1 192.168.216.40 "docker network connect"
both b1 fd21::40 "... IPv6"
both b1 192.168.14.11 "... the first network"
docker network disconnect macvlan216 b1
ok "docker network disconnect: nothing is left of it" wait_for 30 empty eth1
fails "... the host does not reach it any more" first host 192.168.216.40
both b1 192.168.14.11 "... the first network"

# ---- two subnets, IPv6, an address that is taken, a MAC

run c1 --ip=192.168.216.10 --ip6=fd21::10 --network macvlan216 --
run c2 --network macvlan216 --
run c3 --ip=192.168.218.10 --ip6=fd21::12 --mac-address=02:00:5e:00:53:03 --network macvlan216 --
both c1 192.168.216.10 "two subnets"
both c1 fd21::10 "... IPv6"
# From either subnet, as it pleases: the first that is neither the gateway's nor taken.
chosen=$(docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' c2)
ok "... Docker's own choice is past --gateway and --aux-address" grep -xE '192\.168\.(216\.3|218\.2)' <<<"$chosen"
both c2 "$chosen" "... it"
both c3 192.168.218.10 "... the second subnet"
both c3 fd21::12 "... IPv6"
is "$(row eth1 192.168.218.10 value.mac)" 02:00:5e:00:53:03 "--mac-address"
docker rm -f c1 c2 c3 >/dev/null
docker network rm macvlan216 >/dev/null
ok "docker rm: nothing is left of them" wait_for 30 empty eth1

# ---- modes

uplink eth2
address host eth2 192.168.16.133/24
address wire eth2 192.168.16.1/24

mode_up() { # MODE
	docker network create -d macvlan --subnet=192.168.16.0/24 --gateway=192.168.16.1 -o parent=eth2 \
		-o macvlan_mode="$1" modes >/dev/null
	run m1 --ip=192.168.16.11 --network modes --
}

mode_down() {
	docker rm -f m1 m2 >/dev/null 2>&1
	docker network rm modes >/dev/null
}

for mode in bridge vepa private; do
	mode_up $mode
	run m2 --ip=192.168.16.12 --network modes --
	both m1 192.168.16.11 "macvlan_mode=$mode"
	both m2 192.168.16.12 "... the second"
	ok "... m1 to the wire" first m1 192.168.16.1
	"$([ $mode = bridge ] && echo ok || echo fails)" "... m1 to m2, as without hairpind" first m1 192.168.16.12
	is "$(row eth2 192.168.16.11 value.mode)" "HP_MODE_${mode^^}" "... the maps say so"
	mode_down
done

mode_up passthru
ok "macvlan_mode=passthru: m1 to the wire" first m1 192.168.16.1
apart m1 192.168.16.11 "... the parent is m1's"
mode_down
ok "... and the host's again" first host 192.168.16.1

# ---- the engine dies, comes back, ends

docker_kill
ok "kill -9 of dockerd: host to b0" first host 192.168.14.10
ok "... host to b1" first host 192.168.14.11
is "$(row eth0 192.168.14.10 value.ifname)" eth0 "... it is listed"
docker_start --live-restore
both b1 192.168.14.11 "live-restore: dockerd again"
run b2 --ip=192.168.14.12 --network mac_net1 --
both b2 192.168.14.12 "... a new container"
docker_stop
ok "dockerd ends: host to b2" first host 192.168.14.12
docker_start --live-restore
both b2 192.168.14.12 "... and is back"

# ---- twenty containers, five times

mapfile -t twenty < <(seq -f n%g 101 120)
# `docker start` prints a name when that container is up.
reached() {
	local name
	while read -r name; do
		! first host "192.168.14.${name#n}" >/dev/null || echo "$name"
	done
}

before=$(listed eth0)
for name in "${twenty[@]}"; do
	docker create -it --name "$name" --ip="192.168.14.${name#n}" --network mac_net1 busybox >/dev/null
done
for round in 1 2 3 4 5; do
	is "$(docker start "${twenty[@]}" | reached | xargs)" "${twenty[*]}" \
		"churn, round $round: each is reached when it is up"
	docker kill "${twenty[@]}" >/dev/null
	ok "... and nothing is left of them" wait_for 30 nothing_but "$before"
done
docker rm "${twenty[@]}" >/dev/null
both b0 192.168.14.10 "... and b0"

docker rm -f b0 b1 b2 >/dev/null
ok "the last one goes: all is taken away" wait_for 30 gone "$PINS/eth0"

done_testing
