#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Docker, unchanged. Nothing here waits for hairpind: what is to work, works at the first ping
# when `docker run` has returned.
#
#   b0, b1, ... containers
#        |
#   host eth0 192.168.14.133 fd14::133 ------ eth0 192.168.14.2 fd14::2  wire
#        eth1 192.168.216.133, 192.168.218.133, fd21::133: two subnets
#        eth2 192.168.16.133: the modes

. "$(dirname "$0")/engine.sh"

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
	docker run --rm --ip=192.168.14.12 --network mac_net1 busybox ping -c 1 -W 1 $HOST

done_testing
