#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The macvlan walk-through with one network, over IPv4, IPv6 and link-local
# addresses, always from empty neighbour tables.
#
#   b1                b2
#   192.168.14.11     192.168.14.12
#   fd14::11          fd14::12
#   eth0 macvlan      eth0 macvlan
#        |                 |
#   host +-----------------+
#        |
#   eth0 192.168.14.133 fd14::133 ------ eth0 192.168.14.2 fd14::2  wire

. "$(dirname "$0")/lib.sh"

declare -A ip4=([host]=$HOST [wire]=$GATEWAY [b1]=192.168.14.11 [b2]=192.168.14.12)
declare -A ip6=([host]=fd14::133 [wire]=fd14::2 [b1]=fd14::11 [b2]=fd14::12)

reaches() { # FROM TO ADDRESS
	at "$1" ip neigh flush all
	at "$2" ip neigh flush all
	pings "$1" "$3"
}

each_family() { # ok|fails FROM TO
	local from=$2 to=$3
	"$1" "$from to $to" reaches "$from" "$to" "${ip4[$to]}"
	"$1" "$from to $to, IPv6" reaches "$from" "$to" "${ip6[$to]}"
	"$1" "$from to $to, link-local" reaches "$from" "$to" "$(link_local "$to")%eth0"
}

knows() { at "$1" ip neigh show "$2" dev eth0 | grep -q "lladdr $(mac "$3") "; }

worked_before() {
	local pair
	for pair in b2:b1 b1:b2 b2:wire wire:b1 host:wire wire:host; do
		each_family ok "${pair%:*}" "${pair#*:}"
	done
}

lab_walkthrough
worked_before
each_family fails host b1
each_family fails b2 host

agent_start
worked_before
each_family ok host b1
each_family ok host b2
each_family ok b1 host
each_family ok b2 host

at host ip neigh flush all
ok "from b1's request" pings b1 $HOST
ok "... the host learned b1's own MAC" wait_for 5 knows host "${ip4[b1]}" b1
ok "... and b1 the host's" knows b1 $HOST host

done_testing
