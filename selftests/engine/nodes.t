#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Three nodes of a cluster on one wire, each with a hairpind of its own that knows of
# no other, and pods that a container runtime has hairpin-cni make: on each node two in
# VLAN 50 and two in VLAN 60, of each kind one. One node is drained and refilled while
# pods of the others talk. All are in one subnet: nothing but the VLAN keeps them apart.
#
#	host, n2, n3: eth0 --- br0, namespace wire
#	p* plain macvlan, for settle(); * is the node
#	m5* macvlan and x5* XDP endpoint of VLAN 50; m6* and x6* of VLAN 60

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../net/lifecycle.sh"
. "$(dirname "$0")/../net/matrix.sh"

CNI=$BUILD/hairpin-cni
CNI_PATH=/usr/lib/cni
[ -x "$CNI_PATH/host-local" ] || die "$CNI_PATH/host-local is not there: apt-get install containernetworking-plugins"

nodes=(host n2 n3)
pods_of() { echo "m5$1 x5$1 m6$1 x6$1"; } # NODE, host counts as n1
number_of() { if [ "$1" = host ]; then echo 1; else echo "${1#n}"; fi; }

# ---- nodes

wire() { # NODE
	ip link add "$1" netns "$PREFIX-wire" type veth peer name eth0 netns "$PREFIX-$1"
	at wire ip link set "$1" master br0 up
	up "$1" eth0
}

node_is_ready() { grep 'ready: ' "$WORK/agent-$1.log" >/dev/null; }
node_start() { # NODE
	nsenter --net="/run/netns/$PREFIX-$1" "$BUILD/hairpind" --pins "$PINS-$1" --run "$RUN-$1" \
		-c "$WORK/conf" >"$WORK/agent-$1.log" 2>&1 &
	processes["agent-$1"]=$!
	at_end "kill -9 $! && rm -rf $PINS-$1" # in this order, or it puts them back
	wait_for 10 node_is_ready "$1"
}

# ---- pods

network() { # NODE VLAN KIND
	local number mode=vepa
	[ "$3" = macvlan ] || mode=bridge
	number=$(number_of "$1")
	cat <<-END
		{ "cniVersion": "1.0.0", "name": "vlan$2", "type": "hairpin-cni", "master": "eth0",
		  "mode": "$mode", "vlan": $2, "kind": "$3", "pins": "$PINS-$1", "run": "$RUN-$1",
		  "ipam": { "type": "host-local", "dataDir": "$WORK/ipam-$1",
		    "ranges": [ [ { "subnet": "10.1.0.0/16", "rangeStart": "10.1.$number.${2}", "rangeEnd": "10.1.$number.$(($2 + 9))" } ] ] } }
	END
}

cni() { # ADD|DEL POD
	local pod=$2 node vlan=50 kind=macvlan
	node=n${pod:2}
	[ "$node" != n1 ] || node=host
	[ "${pod:1:1}" = 5 ] || vlan=60
	[ "${pod:0:1}" = m ] || kind=xdp
	network "$node" $vlan $kind | CNI_COMMAND=$1 CNI_CONTAINERID="$PREFIX-$pod" CNI_IFNAME=eth0 \
		CNI_NETNS="/run/netns/$PREFIX-$pod" CNI_PATH="$CNI_PATH" at "$node" "$CNI"
}

declare -A address_of=()
pod_add() { # POD
	netns "$1"
	cni ADD "$1" >"$WORK/result" || die "ADD $1: $(cat "$WORK/result")"
	address_of[$1]=$(sed -n 's|.*"address": *"\([0-9.]*\)/.*|\1|p' "$WORK/result")
}
pod_del() {
	cni DEL "$1"
	netns_del "$1"
}

# ---- who reaches whom

# Behind all that was sent: by way of the wire to an untagged endpoint of each node.
settle() {
	local n
	at wire "$PROBE" flush
	for n in 1 2 3; do
		at wire "$PROBE" barrier "$PREFIX-wire" br0 "$PREFIX-p$n" eth0
	done
}

vlan_of() { echo "${1:1:1}"; }

plain_alone() { [ "$(map_rows eth0 endpoints value.netns | grep -v host)" = "$PREFIX-p2" ]; }

# By pings from no neighbour entry, so by ARP as well.
all_ping() { # POD...
	local from to
	for from in "$@"; do
		for to in "$@"; do
			[ "$from" = "$to" ] || [ "$(vlan_of "$from")" != "$(vlan_of "$to")" ] ||
				pings "$from" "${address_of[$to]}" || { echo "$from does not reach $to" && return 1; }
		done
	done
}

# By frames to the MAC of each, which is more than a pod could find out by ARP.
want_table() { # FROM-AND-TO...
	local from to row
	echo "from $*"
	for from in "$@"; do
		row=$from
		for to in "$@"; do
			if [ "$from" = "$to" ]; then
				row+=" -"
			elif [ "$(vlan_of "$from")" = "$(vlan_of "$to")" ]; then
				row+=" 1"
			else
				row+=" 0"
			fi
		done
		echo "$row"
	done
}
# A frame that is for nobody on the node goes to the wire.
pairs_are() { # DESCRIPTION POD...
	local description=$1
	shift
	stations "$@" wire=wire:br0
	unicast_table
	is "$(sed '$d; s/ [^ ]*$//; s/0w/0/g' <<<"$table")" "$(want_table "$@")" "$description"
}

# ---- one wire, three nodes

netns wire host n2 n3
at wire ip link add br0 type bridge mcast_snooping 0
at wire ip link set br0 address 02:00:00:00:00:02 up
echo 'uplink "eth0" { reflect = true }' >"$WORK/conf"
pods=()
for node in "${nodes[@]}"; do
	number=$(number_of "$node")
	wire "$node"
	node_start "$node"
	netns "p$number"
	at "$node" ip link add link eth0 name plain netns "$PREFIX-p$number" type macvlan mode bridge
	at "p$number" ip link set plain name eth0
	up "p$number" eth0
	for pod in $(pods_of "$number"); do
		pod_add "$pod"
		pods+=("$pod")
	done
done
ok "every pod reaches those of its VLAN, on its node and across" all_ping "${pods[@]}"
pairs_are "each of 132 pairs, by frames" "${pods[@]}"

# ---- one is drained and refilled

steady=(m51 x51 m61 x61 m53 x53 m63 x63)
flow five m51 "${address_of[x53]}"
flow six x61 "${address_of[m63]}"
for pod in $(pods_of 2); do
	pod_del "$pod"
done
is "$(at n2 ip -br link | awk '{ sub("@.*", "", $1); print $1 }')" "lo
eth0" "drained: no device is left on the node"
is "$(find "$WORK/ipam-n2" -name '10.*')" "" "... no address is taken"
PINS=$PINS-n2
ok "... and no endpoint is in the maps" wait_for 5 plain_alone
PINS=${PINS%-n2}
fails "... nobody answers for a pod that was there" pings m51 "${address_of[m52]}"
ok "... the others reach each other" all_ping "${steady[@]}"
for pod in $(pods_of 2); do
	pod_add "$pod"
done
ok "refilled: every pod reaches those of its VLAN" all_ping "${pods[@]}"
flow_runs five
flow_runs six
is "$(flow_end five)" "lost 0, doubled 0" "VLAN 50 of the other nodes did not notice"
is "$(flow_end six)" "lost 0, doubled 0" "... nor did VLAN 60"
pairs_are "each of 132 pairs again" "${pods[@]}"
done_testing
