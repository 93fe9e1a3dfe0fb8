#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The port of an XDP endpoint is a wire, and at no time an interface of the host: what x1
# sends to everybody there does not enter the host's stack, whether it is served or not.
#
#   x1 xdp   b1 macvlan
#      |        |
#      eth0 .133 ----------- eth0 .2, wire
#   host

. "$(dirname "$0")/questions.sh"
. "$(dirname "$0")/endpoint.sh"

MAC=02:42:c0:a8:0e:15
# shellcheck disable=SC2016 # awk's own
packets_in() { at host awk '$1 == "Ip:" && $4 ~ /^[0-9]/ { print $4 }' /proc/net/snmp; }
port_of() { at host ip -o link | sed -n 's/.*: \(hairpin[0-9a-f]*\)@.*/\1/p'; }
plug_is() { [ "$(at host tc filter show dev "$(port_of)" ingress | grep -o 'hairpin_[a-z]*' | sort -u)" = "$1" ]; }

# As a station of the segment, x1 reaches the host by the uplink: then there is one.
enters() { # WANT DESCRIPTION
	local before
	before=$(packets_in)
	at x1 "$PROBE" inject eth0 "$("$PROBE" udp $BROADCAST "$(mac x1)" 192.168.14.21 9 $HOST 9 word)"
	settle ""
	is $(($(packets_in) - before)) "$1" "$2"
}
SETTLE_NS=

lab_new x1 b1
address host eth0 $HOST/24
address wire eth0 $GATEWAY/24
endpoint_docker b1 eth0 bridge 192.168.14.11/24
configure 'uplink "eth0" { xdp = native }'
agent_start -c "$CONF"

agent_pause
add x1 --kind xdp --parent eth0 --netns "$PREFIX-x1" --mac $MAC --address 192.168.14.21/24
ok "made, while hairpind sleeps: its port is up" wait_for 5 can_send host "$(port_of)"
ok "... and plugged" plug_is hairpin_plug
enters 0 "... what x1 sends is lost"
agent_continue
ok "hairpind wakes: its program is there" wait_for 5 plug_is hairpin_port
enters 1 "... the host hears x1, as anybody's"
ok "... and reaches it" pings host 192.168.14.21

at x1 ip link set eth0 down
ok "x1 sets its end down: plugged" wait_for 5 plug_is hairpin_plug
up x1 eth0
ok "... up: its program is there" wait_for 5 plug_is hairpin_port

agent_stop
agent_run --detach 2>/dev/null
ok "--detach: plugged" plug_is hairpin_plug
enters 0 "... what x1 sends is lost"
agent_start -c "$CONF"
ok "the next start: its program is there" plug_is hairpin_port
ok "... the host reaches x1" pings host 192.168.14.21

at host ip link set "$(port_of)" down
ok "an administrator sets the port down: plugged" wait_for 5 plug_is hairpin_plug
agent_kill
agent_start -c "$CONF"
fails "... a start does not set it up" can_send host "$(port_of)"
at host ip link set "$(port_of)" up
ok "... up again: served" wait_for 5 plug_is hairpin_port
ok "... the host reaches x1" wait_for 5 pings host 192.168.14.21
done_testing
