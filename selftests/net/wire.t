#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The wire's traffic is the same with hairpind as without: every byte, every
# copy and every packet type, of all that an endpoint and the wire exchange,
# and of unicast to nobody.
#
#   b1 bridge   b2 bridge   v1 vepa   p1 private
#        |          |          |          |
#   host +----------+----------+----------+
#        |
#   eth0 -------------------------------- eth0  wire

. "$(dirname "$0")/lib.sh"

NOBODY=02:00:00:00:ff:ff
JOINED=01:00:5e:01:02:03
UNJOINED=01:00:5e:7f:7f:7f
SLOW=01:80:c2:00:00:02
endpoints=(b1 b2 v1 p1)

lab_new "${endpoints[@]}"
address host eth0 $HOST/24 fd14::133/64
address wire eth0 $GATEWAY/24 fd14::2/64
endpoint_docker b1 eth0 bridge 192.168.14.11/24 fd14::11/64
endpoint_docker b2 eth0 bridge 192.168.14.12/24 fd14::12/64
endpoint_docker v1 eth0 vepa 192.168.14.21/24 fd14::21/64
endpoint_docker p1 eth0 private 192.168.14.31/24 fd14::31/64
for ns in "${endpoints[@]}"; do at "$ns" ip maddr add $JOINED dev eth0; done

big=$(printf 'x%.0s' {1..1480})

# NS DST SRC: a short frame, one of full size, two tagged ones, a runt and an LLC frame
send_kinds() {
	local dst=${2//:/} kind words=() frames
	for kind in 8100000788b5 810000008100000788b5 88a8000788b5 88b5 0026424203; do
		words+=("$2" "$3" "$kind" "$1-$dst-$kind")
	done
	frames=$("$PROBE" word "${words[@]}")
	at "$1" "$PROBE" send eth0 "$2" "$3" "$1-$dst" "$2" "$3" "$1-$dst-$big"
	# shellcheck disable=SC2086 # a word per frame
	at "$1" "$PROBE" inject eth0 $frames
}

exchange() {
	local ns dst
	for ns in host wire "${endpoints[@]}"; do listen "tap-$ns" "$ns" frames eth0 all; done
	listen tap-stack host frames eth0 # behind the tc hook
	for dst in "$(mac host)" $NOBODY $BROADCAST $JOINED $UNJOINED $SLOW; do
		send_kinds wire "$dst" "$(mac wire)"
	done
	for ns in "${endpoints[@]}"; do
		send_kinds wire "$(mac "$ns")" "$(mac wire)"
		send_kinds "$ns" "$(mac wire)" "$(mac "$ns")"
		send_kinds "$ns" $NOBODY "$(mac "$ns")"
	done
	send_kinds host "$(mac wire)" "$(mac host)"
	send_kinds host $NOBODY "$(mac host)"
	gather
}

# Group frames of endpoints: as the wire and bridge endpoints hear them.
exchange_groups() {
	local ns dst
	for ns in wire "${endpoints[@]}"; do listen "tap-$ns" "$ns" frames eth0 all; done
	for ns in host "${endpoints[@]}"; do
		for dst in $BROADCAST $JOINED $UNJOINED $SLOW; do
			send_kinds "$ns" "$dst" "$(mac "$ns")"
		done
	done
	gather
}

# Only what was sent here: the stacks also speak ARP and MLD when they please. Order
# is not part of it where frames come over several queues.
seen() { heard "tap-$1" | grep -E "(88b5|0026|8100)[ @]" | LC_ALL=C sort; }

conversation() {
	local ns a
	for a in 192.168.14.11 192.168.14.21 192.168.14.31 fd14::12 fd14::21 fd14::31; do
		ok "wire to $a $1 hairpind" pings wire $a
	done
	for ns in "${endpoints[@]}"; do
		ok "$ns to the wire $1 hairpind" pings "$ns" $GATEWAY
		ok "$ns to the wire $1 hairpind, IPv6" pings "$ns" fd14::2
	done
}

declare -A before groups_before
exchange
for ns in stack host wire "${endpoints[@]}"; do before[$ns]=$(seen "$ns"); done
exchange_groups
for ns in wire "${endpoints[@]}"; do groups_before[$ns]=$(seen "$ns"); done
is "$(seen wire | wc -l)" "$((5 * 4 * 7))" "the wire hears 7 kinds to 4 groups of 5 senders"
conversation without

echo 'uplink "eth0" { foreign = off }' >"$WORK/conf" # or what is for nobody would be dropped
agent_start -c "$WORK/conf"
exchange
for ns in stack host wire "${endpoints[@]}"; do
	is "$(seen "$ns")" "${before[$ns]}" "$ns: unicast, and all of the wire's, unchanged"
done
exchange_groups
is "$(seen wire)" "${groups_before[wire]}" "wire: group frames of endpoints and host, unchanged"
for ns in "${endpoints[@]}"; do
	is "$(seen "$ns" | grep -v "$(mac host)")" "${groups_before[$ns]}" "$ns: group frames of endpoints, unchanged"
done
conversation with

done_testing
