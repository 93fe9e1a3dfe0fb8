#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# web is declared for VLAN 60, in b2. b1's root gives its own macvlan the same alias, and
# then the name of b3, and is in VLAN 60 by neither; web is.
#
#   eth0 in b1   eth0 in b2, web, VLAN 60   eth0 in b3, VLAN 60
#       |            |                         |
#       eth0 host ---+-------------------------+

. "$(dirname "$0")/questions.sh"

known() { stations eth0; }

lab_new b1 b2 b3
endpoint_docker b1 eth0 vepa 192.168.14.11/24
endpoint_docker b3 eth0 vepa 192.168.14.13/24
configure "uplink \"eth0\" { reflect = true }
endpoint \"$PREFIX-b3\" { vlan = 60 }
endpoint \"web\" {
	parent = \"eth0\"
	mode = vepa
	netns = \"$PREFIX-b2\"
	address = {\"192.168.14.12/24\"}
	vlan = 60
}"
agent_start -c "$CONF"
ok "web is in its VLAN" wait_for 5 has "60 $(mac b2) MACVLAN b2" known
ok "... and reaches b3" pings b2 192.168.14.13

forges() { # ALIAS MAC AS: the MAC tells when it has been read
	at b1 ip link set eth0 alias "$1"
	at b1 ip link set eth0 address "$2"
	wait_for 5 has "0 $2 MACVLAN b1" known
	ok "b1 as $3: is where it was" lacks "60 $2 MACVLAN b1" known
	fails "... and does not reach b3" pings b1 192.168.14.13
}
forges hairpin:web 02:42:c0:a8:0e:21 web
forges "hairpin:web declared" 02:42:c0:a8:0e:22 "web, declared"
forges "hairpin:$PREFIX-b3" 02:42:c0:a8:0e:23 "b3's netns"
ok "web is still there" has "60 $(mac b2) MACVLAN b2" known
done_testing
