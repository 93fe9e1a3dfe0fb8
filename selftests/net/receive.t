#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What an endpoint must and must not receive, on the model of the kernel's
# net/forwarding/local_termination.sh: with a plain device, a VLAN device and a
# bridge as its parent; by default, promiscuous, and with all multicast. What comes
# from the wire and from a sibling is the same with hairpind as without; what comes
# from the host is what hairpind adds.
#
#   b1 (listens)  b2
#        |         |
#   PARENT, host --+---------- wire

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/trunk.sh"

NOBODY=02:00:00:00:ff:ff
JOINED=01:00:5e:01:02:03
JOINED6=33:33:00:01:02:03
UNJOINED=01:00:5e:7f:7f:7f
UNJOINED6=33:33:7f:7f:7f:7f
STATES='default promisc allmulti host-promisc'

lab_new
settle() { at wire "$PROBE" barrier "$PREFIX-wire" "$FAR" "$PREFIX-b1" eth0; }

state() { # on|off STATE
	case $2 in
	promisc | allmulticast) at b1 ip link set eth0 "$2" "$1" ;;
	allmulti) at b1 ip link set eth0 allmulticast "$1" ;;
	host-promisc) at host ip link set "$PARENT" promisc "$1" ;;
	esac
}

# A frame of each kind; its word is the kind.
send_kinds() { # NS DEVICE
	local src words=() kind
	src=$(mac "$1" "$2")
	for kind in b1=$B1 b2=$B2 host=$HOST_MAC nobody=$NOBODY all=$BROADCAST joined=$JOINED joined6=$JOINED6 \
		unjoined=$UNJOINED unjoined6=$UNJOINED6; do
		[ "${kind#*=}" = "$src" ] || words+=("${kind#*=}" "$src" "$1-${kind%%=*}")
	done
	at "$1" "$PROBE" send "$2" "${words[@]}"
}

# TYPE WORD of each frame, in no order: the groups have a queue of their own.
kinds() { heard "$1" | awk '{ print $1, $6 }' | LC_ALL=C sort; }

# Fills seen[STATE-LISTENER]: taps of both endpoints, and what the host's stack is given.
declare -A seen before
receive() { # SENDER:DEVICE...
	local s sender
	for s in $STATES; do
		state on "$s"
		listen b1 b1 frames eth0
		listen tap b1 frames eth0 all
		listen b2 b2 frames eth0
		listen host host frames "$PARENT"
		for sender in "$@"; do send_kinds "${sender%%:*}" "${sender#*:}"; done
		gather
		for sender in b1 b2 host; do seen[$s-$sender]=$(kinds $sender); done
		seen[$s-tap]=$(heard tap | grep ' 88b5[ @]' | cut -d ' ' -f 1-5 | LC_ALL=C sort)
		state off "$s"
	done
}

words() { # STATE LISTENER SENDER: kinds that its stack would take, without the ones of nobody's choice
	echo "${seen[$1-$2]}" | awk -v sender="$3-" '$1 != "other" && index($2, sender) == 1 {
		print substr($2, length(sender) + 1) }' | xargs
}
# Where nothing is joined, macvlan filters by a hash: a stranger may slip through.
by_default() { # LISTENER SENDER
	local strangers=unjoined
	[ "$1" = b1 ] || strangers='(un)?joined'
	words default "$@" | sed -E "s/ ?\b${strangers}6?\b//g"
}

each() { # DESCRIPTION: PARENT and FAR are there
	local what=$1 s l
	netns b1 b2
	endpoint_docker b1 "$PARENT" bridge 192.168.14.11/24
	endpoint_docker b2 "$PARENT" bridge 192.168.14.12/24
	at b1 ip maddr add $JOINED dev eth0
	at b1 ip maddr add $JOINED6 dev eth0
	B1=$(mac b1) B2=$(mac b2) HOST_MAC=$(mac host "$PARENT")

	receive "wire:$FAR" b2:eth0
	is "$(by_default b1 wire)" "all b1 joined joined6" "$what: b1 receives from the wire what is for it"
	is "$(by_default b1 b2)" "all b1 joined joined6" "$what: ... and from its sibling"
	for s in promisc allmulti; do
		is "$(words $s b1 wire)" "all b1 joined joined6 unjoined unjoined6" "$what: $s: b1 receives all groups as well"
	done
	is "$(words default host b2)" "" "$what: the host receives nothing of b2's"
	for s in "${!seen[@]}"; do before[$s]=${seen[$s]}; done

	echo "uplink \"${PARENT%.*}\" { foreign = off }" >"$WORK/conf" # or what is for nobody would be dropped
	agent_start -c "$WORK/conf"
	receive "wire:$FAR" b2:eth0
	for s in $STATES; do
		for l in b1 tap b2; do
			is "${seen[$s-$l]}" "${before[$s-$l]}" "$what: $s: the same at $l"
		done
		is "$(echo "${seen[$s-host]}" | grep -v b2-)" "$(echo "${before[$s-host]}" | grep -v b2-)" \
			"$what: $s: the same at the host, of the wire's"
		is "$(words "$s" host b2)" "$HOST_HEARS" "$what: $s: what the host receives of b2's"
	done

	receive "host:$PARENT"
	is "$(by_default b1 host)" "all b1 joined joined6" "$what: b1 receives from the host what is for it"
	is "$(by_default b2 host)" "all b2" "$what: so does b2, which joined nothing"
	for s in promisc allmulti; do
		is "$(words $s b1 host)" "all b1 joined joined6 unjoined unjoined6" "$what: $s: b1 receives the host's groups"
	done
	is "$(words default host host)" "" "$what: the host receives nothing of its own"
	agent_stop
	agent_run --detach 2>/dev/null
	for l in b1 b2; do at $l ip link del eth0; ip netns del "$PREFIX-$l"; done
	namespaces=(host wire)
}
HOST_HEARS="all host joined joined6 unjoined unjoined6"

PARENT=eth0 FAR=eth0
each "plain"

if kernel_has vlan; then
	vlan host 50
	vlan wire 50
	PARENT=eth0.50 FAR=eth0.50
	each "VLAN"
	at host ip link del eth0.50
	at wire ip link del eth0.50
else
	skip "VLAN" "no vlan in this kernel"
fi

if kernel_has bridge; then
	at host ip link add br0 type bridge mcast_snooping 0
	at host ip link set eth0 master br0
	up host br0
	PARENT=br0 FAR=eth0
	each "bridge"
else
	skip "bridge" "no bridge in this kernel"
fi
done_testing
