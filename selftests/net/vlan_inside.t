#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Containers that have a VLAN device of their own over their macvlan, which is
# on the bare uplink: they are stations of that VLAN as well.
#
#   t1 bridge   t2 vepa   t3 vepa    eth0.70 in each: .70.11, .70.12, .70.13
#        \        |        /
#         eth0, no VLAN device ------ eth0.70 .70.2   wire

. "$(dirname "$0")/lifecycle.sh"
. "$(dirname "$0")/trunk.sh"

needs vlan
lab_new t1 t2 t3
vlan wire 70
address wire eth0.70 192.168.70.2/24 fd70::2/64
endpoint_docker t1 eth0 bridge 192.168.14.11/24
endpoint_direct t2 eth0 vepa 192.168.14.12/24
endpoint_docker t3 eth0 vepa 192.168.14.13/24
for n in 1 2 3; do
	vlan t$n 70
	address t$n eth0.70 192.168.70.1$n/24 fd70::1$n/64
done
printf 'uplink "eth0" { reflect = true }\n' >"$WORK/conf"

fails "without hairpind: t2 to t3" pings t2 192.168.70.13
ok "... t1 to the wire" pings t1 192.168.70.2
agent_start -c "$WORK/conf"

is "$(stations eth0 | grep '^70 ')" "70 $(mac t1) MACVLAN t1
70 $(mac t2) MACVLAN t2
70 $(mac t3) MACVLAN t3" "fdb: each MAC in VLAN 70, too"
is "$(neighs eth0 | grep '^70 192\.168\.70\.')" "70 192.168.70.11 $(mac t1) t1
70 192.168.70.12 $(mac t2) t2
70 192.168.70.13 $(mac t3) t3" "neigh: the addresses in VLAN 70"
for pair in t2:192.168.70.13 t3:fd70::12 t1:192.168.70.12 t3:fd70::11 t1:192.168.70.2 t2:fd70::2 wire:192.168.70.13; do
	ok "${pair%%:*} to ${pair#*:}" pings "${pair%%:*}" "${pair#*:}"
done

# t3 hears t2 once, tagged, and nobody else does: not as untagged either.
listen t3 t3 frames eth0 all
listen wire wire frames eth0 all
at t2 ping -n -c 1 -W 5 192.168.70.13 >"$WORK/out"
SETTLE_NS=t3 gather
is "$(heard t3 | awk -v from="$(mac t2)" '$3 == from && substr($6, 41, 2) == "08" { print $2, $4 }')" \
	"$(mac t3) 0800@8100:70" "what is reflected has its tag"
is "$(count wire "$(mac t3) $(mac t2)")" 0 "... and is not on the wire"

# ---- they change

t1_is() { # has|lacks
	ok "$1" wait_for 5 "$2" "70 $(mac t1) MACVLAN t1" stations eth0
}
at t1 ip link set eth0.70 down
t1_is "down" lacks
up t1 eth0.70
t1_is "up" has
at t1 ip link del eth0.70
t1_is "deleted" lacks
vlan t1 70
t1_is "made again" has
vlan host 70 # the kernel gives the host's device every frame of its VLAN
t1_is "the host has the VLAN itself" lacks
at host ip link del eth0.70
t1_is "... and has it no more" has
ok "... t1 to t2 on the bare uplink" pings t1 192.168.14.12
fails "no errors in the log" logged "error:"
done_testing
