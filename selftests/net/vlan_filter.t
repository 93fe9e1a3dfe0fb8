#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A NIC that receives only VLANs that have a VLAN device: hairpind turns that off
# while an endpoint is in another one, and on again when that is over. A bond has
# the feature as a NIC has it; that it keeps frames back is its links' affair.
#
#   b1 02:42:c0:a8:0e:0b
#    |
#   host bond0 192.168.14.133 = eth0 ------ eth0 wire
. "$(dirname "$0")/questions.sh"
. "$(dirname "$0")/kernel.sh"

needs bond vlan

lab_new b1
at host ip link set eth0 down
at host ip link add bond0 type bond mode active-backup miimon 10
at host ip link set eth0 master bond0
at host ip link set bond0 up
up host bond0
address host bond0 $HOST/24
endpoint_docker b1 bond0 vepa 192.168.14.11/24

filter() { at host ethtool -k bond0 | sed -n 's/^rx-vlan-filter: //p'; }
filter_is() { [ "$(filter)" = "$1" ]; }
notes() { shown notes bond0 | tr ';' '\n' | sed -n 's/^ *\(.*rx-vlan-filter.*\)/\1/p'; }
RULE="endpoint \"$PREFIX-b1\" { vlan = 50 }"

is "$(filter)" on "the device has the feature"
configure ""
agent_start -c "$CONF"
is "$(filter): $(notes)" "on: " "without a VLAN, it is let alone"
reload "$RULE"
is "$(filter): $(notes)" "off: rx-vlan-filter turned off" "an access VLAN: off, and told"
reload ""
is "$(filter): $(notes)" "on: " "no more: on again"

reload "$RULE"
at host ip link add link bond0 name bond0.50 type vlan id 50
ok "a VLAN device of that VLAN: on again" wait_for 5 filter_is on
wait_for 5 agent_sleeps
is "$(notes)" "" "... nothing to tell"
at host ip link del bond0.50
ok "... gone: off again" wait_for 5 filter_is off

agent_kill
agent_start -c "$CONF"
is "$(filter): $(notes)" "off: rx-vlan-filter turned off" "after kill -9 it is still known whose doing it is"
agent_kill
agent_run --detach 2>/dev/null
is "$(filter)" on "--detach after kill -9: on again"

at host ethtool -K bond0 rx-vlan-filter off
agent_start -c "$CONF"
is "$(filter): $(notes)" "off: " "who turned it off before us ..."
agent_stop
agent_run --detach 2>/dev/null
is "$(filter)" off "... keeps it off"
done_testing
