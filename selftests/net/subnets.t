#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Two subnets on one parent, endpoint pairs in each.
#
#   b1 192.168.216.10   b2 192.168.216.11   b3 192.168.218.10   b4 192.168.218.11
#        |                   |                   |                   |
#   host +-------------------+-------------------+-------------------+
#        |
#   eth0 192.168.216.133, 192.168.218.133 ------ eth0 192.168.216.1, 192.168.218.1  wire

. "$(dirname "$0")/lib.sh"

lab_new b1 b2 b3 b4
address host eth0 192.168.216.133/24 192.168.218.133/24
address wire eth0 192.168.216.1/24 192.168.218.1/24
endpoint_docker b1 eth0 bridge 192.168.216.10/24
endpoint_docker b2 eth0 bridge 192.168.216.11/24
endpoint_docker b3 eth0 bridge 192.168.218.10/24
endpoint_docker b4 eth0 bridge 192.168.218.11/24

worked_before() {
	ok "b1 to b2" pings b1 192.168.216.11
	ok "b2 to its gateway" pings b2 192.168.216.1
	ok "b4 to b3" pings b4 192.168.218.10
	ok "b3 to its gateway" pings b3 192.168.218.1
}

# Two subnets are one segment all the same.
both_subnets() { # ok|fails
	"$1" "host to b1" pings host 192.168.216.10
	"$1" "host to b4" pings host 192.168.218.11
	"$1" "b2 to the host" pings b2 192.168.216.133
	"$1" "b3 to the host" pings b3 192.168.218.133
}

worked_before
both_subnets fails
agent_start
worked_before
both_subnets ok

is "$(map_rows eth0 neigh value.kind | uniq -c | awk '{ print $2, $1 }' | grep MACVLAN)" \
	"HP_KIND_MACVLAN $((4 + 4))" "each endpoint's address and link-local address is in neigh"

done_testing
