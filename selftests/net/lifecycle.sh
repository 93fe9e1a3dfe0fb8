# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# For tests of what hairpind does in the course of time. On top of lib.sh:
#
# Maps, in words
#	neighs UPLINK				VLAN ADDRESS MAC NETNS, of everybody's addresses
#	stations UPLINK				VLAN MAC KIND NETNS, of the fdb
#	endpoints UPLINK			NETNS/IFNAME up|down MODE
#	id_of UPLINK NS				endpoint id
#	entries_of UPLINK NS			how many MACs and addresses it has
#	has LINE COMMAND...			whether the command prints that line
#	lacks LINE COMMAND...			whether it does not
#
# Traffic that must not notice
#	flow NAME NS ADDRESS			an echo request every 2 ms
#	flow_runs NAME [COUNT]			returns when COUNT (20) more were answered
#	flow_end NAME				"lost N, doubled N"; of those before the last 20 answers,
#						beside which nothing older is on its way
#
# Somebody else on the same hook
#	foreign_attach tcx|clsact DEVICE	a program on each side
#	foreign_count egress|ingress		echo requests that it saw
#
# Agent
#	agent_signal SIGNAL [PID]
#	logged TEXT				whether the log has it
#	logged_times TEXT			how often
#	switches				context switches of hairpind so far
#
# Announcements, as lines that listen prints
#	garp_line MAC ADDRESS [TO]		TO: a MAC in place of everybody's
#	na_line MAC ADDRESS [TO]
#
# Namespaces
#	endpoint_direct NS PARENT MODE ADDRESS/LENGTH...	as endpoint_podman, whether NS has an id here or not
#	netns_del NS				now, with whatever is in it
#
#	at_end COMMAND...			when the test ends, the last one first

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# ---- cleaning up

endings=()
at_end() { endings+=("$*"); }

# shellcheck disable=SC2317 # called by the trap
lifecycle_end() {
	local status=$? i
	trap - ERR
	set +e
	for ((i = ${#endings[@]} - 1; i >= 0; i--)); do
		eval "${endings[i]}"
	done
	(exit $status)
	lab_end
}
trap lifecycle_end EXIT

# ---- maps

# The netns as the test names it.
short() { sed "s/\b$PREFIX-//"; }

join_endpoints() { # UPLINK MAP FIELD...: the last field is an endpoint id; its netns takes its place
	local uplink=$1
	join -o "$(seq -f '1.%g' -s, $(($# - 3))),2.2" -1 $(($# - 2)) -2 1 \
		<(map_rows "$@" | LC_ALL=C sort -k$(($# - 2)),$(($# - 2))) \
		<(map_rows "$uplink" endpoints key value.netns | LC_ALL=C sort -k1,1) | short | LC_ALL=C sort
}

# But for the host's addresses, which stand under every VLAN.
neighs() { join_endpoints "$1" neigh key.vlan key.ip value.mac value.endpoint | sed '/^65535 /d'; }

stations() { join_endpoints "$1" fdb key.vlan key.mac value.kind value.endpoint | sed 's/HP_KIND_//'; }

endpoints() {
	map_rows "$1" endpoints value.netns value.ifname value.flags value.mode value.kind | short |
		awk '$5 != "HP_KIND_HOST" { sub("HP_MODE_", "", $4); print $1 "/" $2, $3 % 2 ? "up" : "down", $4 }'
}

id_of() { map_rows "$1" endpoints value.netns key | short | awk -v ns="$2" '$1 == ns { print $2 }'; }
entries_of() { { neighs "$1" && stations "$1"; } | awk -v ns="$2" '$4 == ns' | wc -l; }

# grep -q would end the pipe too early for pipefail.
has() {
	local line=$1
	shift
	"$@" | grep -Fx -- "$line" >/dev/null
}
lacks() { ! has "$@"; }

gone() { [ ! -e "$1" ]; }

# ---- traffic

flow() { # its pid must be ping's
	background "$1" nsenter --net="/run/netns/$PREFIX-$2" ping -n -i 0.002 "$3"
	flow_runs "$1"
}

flow_count() { grep -c 'icmp_seq=' "$WORK/$1.out" || true; }
flow_reached() { [ "$(flow_count "$1")" -ge "$2" ]; }

flow_runs() { wait_for 5 flow_reached "$1" $(($(flow_count "$1") + ${2:-20})); }

flow_answers() { sed -n 's/.*icmp_seq=\([0-9]*\).*/\1/p' "$WORK/$1.out"; }
flow_end() {
	local last
	flow_runs "$1" || echo "no answers any more"
	last=$(flow_answers "$1" | sort -n | tail -n 1)
	flow_runs "$1" || echo "no answers any more"
	kill "${processes[$1]}"
	{ wait "${processes[$1]}" || true; } 2>/dev/null
	unset "processes[$1]"
	flow_answers "$1" | awk -v last="$last" '
		{ seen[$1]++ }
		END {
			for (i = 1; i <= last; i++) {
				lost += !seen[i]
				doubled += seen[i] > 1
			}
			print "lost " lost + 0 ", doubled " doubled + 0
		}'
}

# ---- agent

agent_signal() { kill "-$1" "${2:-$AGENT_PID}"; }
logged() { [[ $(<"$WORK/agent.log") == *"$1"* ]]; }
logged_times() {
	local log rest
	log=$(<"$WORK/agent.log")
	rest=${log//"$1"/}
	echo $(((${#log} - ${#rest}) / ${#1}))
}

switches() { awk '/ctxt_switches/ { n += $2 } END { print n }' "/proc/$AGENT_PID/status"; }


# ---- announcements

garp_line() {
	local type=broadcast to=${3:-$BROADCAST} frame
	[ $# -lt 3 ] || type=host
	frame=$("$PROBE" arp 1 "$to" "$1" "$2" 00:00:00:00:00:00 "$2")
	echo "$type $to $1 0806 42 ${frame:28}"
}

na_line() {
	local type=multicast to=${3:-33:33:00:00:00:01} frame
	[ $# -lt 3 ] || type=host
	frame=$("$PROBE" na "$to" "$1" "$2" "$2")
	echo "$type $to $1 86dd 86 ${frame:28}"
}

# ---- namespaces

netns_del() {
	local kept=() ns
	for ns in "${namespaces[@]}"; do
		[ "$ns" = "$1" ] || kept+=("$ns")
	done
	namespaces=("${kept[@]}")
	ip netns del "$PREFIX-$1"
}

# ---- somebody else's programs

FOREIGN=$BUILD/selftests/net/foreign

# One for each side of DEVICE; $PINS-foreign holds what is pinned of it.
foreign_attach() { # tcx|clsact DEVICE
	local side
	mkdir "$PINS-foreign"
	at_end rm -rf "$PINS-foreign"
	for side in egress ingress; do
		"$BPFTOOL" prog load "$FOREIGN/count.bpf.o" "$PINS-foreign/$side" type tc \
			pinmaps "$PINS-foreign/${side}_maps"
		if [ "$1" = tcx ]; then
			at host "$FOREIGN/tcx" "$PINS-foreign/$side" "$PINS-foreign/${side}_link" "$2" $side
		else
			at host tc qdisc add dev "$2" clsact 2>/dev/null || true
			at host tc filter add dev "$2" $side pref 50 bpf da pinned "$PINS-foreign/$side"
		fi
	done
}

foreign_count() { # egress|ingress
	"$BPFTOOL" -j map dump pinned "$PINS-foreign/${1}_maps/requests" | "$PROBE" rows value
}
