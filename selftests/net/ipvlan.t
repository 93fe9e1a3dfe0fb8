#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# ipvlan in l2 mode, two subnets on one parent, as in the walk-through: all
# endpoints have the host's MAC, and are told apart by address.
#
#	host eth0 192.168.210.133, .212.133 --- wire eth0 192.168.210.254, .212.254
#	   |-- b1 .210.9    b2 .210.10    b3 .212.9    b4 .212.10
. "$(dirname "$0")/questions.sh"
. "$(dirname "$0")/matrix.sh"
. "$(dirname "$0")/kernel.sh"

needs ipvlan

conf=$WORK/conf
pairs_within=(b1:192.168.210.10 b2:192.168.210.9 b3:192.168.212.10 b1:fd10::10)
with_host=(host:192.168.210.9 host:192.168.210.10 host:192.168.212.9 host:192.168.212.10
	b1:192.168.210.133 b2:192.168.210.133 b3:192.168.212.133 b4:192.168.212.133
	host:fd10::9 b2:fd10::133)
with_wire=(b1:192.168.210.254 b4:192.168.212.254 wire:192.168.210.9 wire:192.168.212.10
	host:192.168.210.254 wire:192.168.210.133)

endpoint_ipvlan() { # NS FLAG ADDRESS/LENGTH...: as Docker does it
	at host ip link add link eth0 name "ipv-$1" type ipvlan mode l2 "$2"
	at host ip link set "ipv-$1" netns "$PREFIX-$1" name eth0
	address "$1" eth0 "${@:3}"
	at "$1" ip link set eth0 up
}

lab() { # FLAG
	lab_new b1 b2 b3 b4
	address host eth0 192.168.210.133/24 192.168.212.133/24 fd10::133/64
	address wire eth0 192.168.210.254/24 192.168.212.254/24 fd10::254/64
	endpoint_ipvlan b1 "$1" 192.168.210.9/24 fd10::9/64
	endpoint_ipvlan b2 "$1" 192.168.210.10/24 fd10::10/64
	endpoint_ipvlan b3 "$1" 192.168.212.9/24
	endpoint_ipvlan b4 "$1" 192.168.212.10/24
}

all() { # ok|fails WORDS FROM:ADDRESS...
	local pair
	for pair in "${@:3}"; do
		"$1" "$2: ${pair%%:*} to ${pair#*:}" pings "${pair%%:*}" "${pair#*:}"
	done
}

# ---- who hears what: datagrams, which are what ipvlan can tell apart

ip4=([host]=192.168.210.133 [b1]=192.168.210.9 [b2]=192.168.210.10 [b3]=192.168.212.9 [b4]=192.168.212.10
	[wire]=192.168.210.254)
ip6=([host]=fd10::133 [b1]=fd10::9 [b2]=fd10::10 [wire]=fd10::254)
FAMILY=4

hear_all() {
	local s type=0800
	[ $FAMILY = 4 ] || type=86dd
	for s in "${station_names[@]}"; do
		listen "hear-$s" "$s" frames eth0 $type
	done
}

# STATION TYPE WORD, of UDP alone: a stack may answer with ICMP, which quotes it.
all_heard() {
	local proto=18 udp=40
	[ $FAMILY = 4 ] || proto=12 udp=80
	perl -lane '
		BEGIN { ($proto, $udp) = splice @ARGV, 0, 2 }
		($station) = $ARGV =~ /hear-(.*)\.out/;
		print "$station $F[0] ", pack "H*", substr $F[5], $udp + 16, 2 * hex(substr $F[5], $udp + 8, 4) - 16
			if @F > 1 && substr($F[5], $proto, 2) eq "11"' $proto $udp "${hear_files[@]}"
}

send_words() { # FROM (MAC SOURCE-MAC WORD)...: WORD is FROM>TO, or FROM
	local from=$1 words=() frames to
	shift
	while [ $# -gt 0 ]; do
		to=${3#*>}
		if [ $FAMILY = 6 ]; then
			words+=("$1" "$2" "${ip6[$from]}" 9 "${ip6[$to]}" 9 "$3")
		elif [ "$to" = "$3" ]; then
			words+=("$1" "$2" "${ip4[$from]}" 9 255.255.255.255 9 "$3")
		else
			words+=("$1" "$2" "${ip4[$from]}" 9 "${ip4[$to]}" 9 "$3")
		fi
		shift 3
	done
	frames=$("$PROBE" udp "${words[@]}")
	# shellcheck disable=SC2086 # a word per frame
	at "$from" "$PROBE" inject eth0 $frames
}

inet() { FAMILY=4 && stations host b1 b2 b3 b4 wire; }
inet6() { FAMILY=6 && stations host b1 b2 wire; }

# Of group frames, the flags make no difference: ipvlan hands them to siblings in every mode.
groups_without='
	from  host  b1  b2  b3  b4  wire
	host  0     0   0   0   0   1
	b1    0     0   1   1   1   1
	b2    0     1   0   1   1   1
	b3    0     1   1   0   1   1
	b4    0     1   1   1   0   1
	wire  1     1   1   1   1   0'
groups_with='
	from  host  b1  b2  b3  b4  wire
	host  0     1   1   1   1   1
	b1    1     0   1   1   1   1
	b2    1     1   0   1   1   1
	b3    1     1   1   0   1   1
	b4    1     1   1   1   0   1
	wire  1     1   1   1   1   0'
unicast_all='
	from  host  b1  b2  b3  b4  wire
	host  -     1   1   1   1   1
	b1    1     -   1   1   1   1
	b2    1     1   -   1   1   1
	b3    1     1   1   -   1   1
	b4    1     1   1   1   -   1
	wire  1     1   1   1   1   -'
unicast_all6='
	from  host  b1  b2  wire
	host  -     1   1   1
	b1    1     -   1   1
	b2    1     1   -   1
	wire  1     1   1   -'

lab bridge
all ok without "${pairs_within[@]}" "${with_wire[@]}"
all fails without "${with_host[@]}"

inet
group_is "broadcast without hairpind" $BROADCAST <<<"$groups_without"
unicast_is "unicast without hairpind" <<'END' # what endpoints lack is the host's MAC, by ARP
	from  host  b1  b2  b3  b4  wire
	host  -     0w  0w  0w  0w  1
	b1    1     -   1   1   1   1
	b2    1     1   -   1   1   1
	b3    1     1   1   -   1   1
	b4    1     1   1   1   -   1
	wire  1     1   1   1   1   -
END
inet6
unicast_is "... over IPv6" <<'END'
	from  host  b1  b2  wire
	host  -     0w  0w  1
	b1    1     -   1   1
	b2    1     1   -   1
	wire  1     1   1   -
END

agent_start
is "$(map_rows eth0 endpoints value.kind value.mode | sort | uniq -c | tr -s ' ')" \
	" 1 HP_KIND_HOST HP_MODE_NONE
 4 HP_KIND_IPVLAN HP_MODE_BRIDGE" "four endpoints and the host"
is "$(map_rows eth0 fdb value.kind value.flags)" "HP_KIND_HOST 2" "... of which the fdb has one MAC, as shared"
all ok with "${pairs_within[@]}" "${with_wire[@]}" "${with_host[@]}"

inet
group_is "broadcast with hairpind" $BROADCAST <<<"$groups_with"
unicast_is "unicast with hairpind" <<<"$unicast_all"
inet6
unicast_is "... over IPv6" <<<"$unicast_all6"

# Not steered, as all have one MAC. ipvlan filters groups by a hash, through which a stranger may slip:
# all hear all groups.
for ns in b1 b2 b3 b4; do at $ns ip link set eth0 allmulticast on; done
asks_by host b1 b2 b3 b4 wire
asked_are "questions for addresses" <<'END'
	from kind name  host b1 b2 b3 b4 wire  why
	host arp  b1    0    1  1  1  1  1     -
	host arp  b3    0    1  1  1  1  1     -
	host arp  wire  0    0  0  0  0  1     not-here
	b1   arp  host  1    0  1  1  1  1     -
	b1   arp  b2    1    0  1  1  1  1     -
	b1   arp  wire  0    0  1  1  1  1     not-here
	wire arp  host  1    0  0  0  0  0     steer
	wire arp  b1    1    1  1  1  1  0     -
	wire arp  b3    1    1  1  1  1  0     -
	host ns   b1    0    1  1  1  1  1     -
	host ns   wire  0    0  0  0  0  1     not-here
	b1   ns   host  1    0  1  1  1  1     -
	b1   ns   b2    1    0  1  1  1  1     -
	wire ns   host  1    0  0  0  0  0     steer
	wire ns   b1    1    1  1  1  1  0     -
END
for ns in b1 b2 b3 b4; do at $ns ip link set eth0 allmulticast off; done

# Counted as theirs, although the MAC is the host's.
before=$(packets eth0 b1 rx.host)
at host ping -q -c 3 -i 0.2 192.168.210.9 >"$WORK/ping"
is "$(($(packets eth0 b1 rx.host) - before >= 3))" 1 "what the host sends to b1 is counted at b1"

at b1 ip addr del 192.168.210.9/24 dev eth0
address b1 eth0 192.168.210.11/24
ok "another address" wait_for 5 in_map eth0 neigh 00 00 02 00 c0 a8 d2 0b 00 00 00 00 00 00 00 00 00 00 00 00
all ok "... is reached" host:192.168.210.11 b1:192.168.210.133

at host ip link set eth0 down
at host ip link set eth0 address 02:00:00:00:aa:85
at host ip link set eth0 up
address host eth0 fd10::133/64 2>/dev/null || true
wait_for 5 in_map eth0 fdb 00 00 02 00 00 00 aa 85
all ok "another MAC of the host, and so of all" host:192.168.210.11 b2:192.168.210.133 b2:192.168.210.11
agent_stop
agent_run --detach 2>/dev/null

# ---- the vepa flag: siblings are apart unless we reflect

for ns in b1 b2 b3 b4; do
	at "$ns" ip link set eth0 type ipvlan mode l2 vepa
done
echo 'uplink eth0 { reflect = true }' >"$conf"
all fails "vepa, without" b1:192.168.210.10 b1:192.168.210.133
ip4[b1]=192.168.210.11
inet
unicast_is "unicast, vepa, without hairpind" <<'END'
	from  host  b1  b2  b3  b4  wire
	host  -     0w  0w  0w  0w  1
	b1    0w    -   0w  0w  0w  1
	b2    0w    0w  -   0w  0w  1
	b3    0w    0w  0w  -   0w  1
	b4    0w    0w  0w  0w  -   1
	wire  1     1   1   1   1   -
END
agent_start
all ok "vepa, with" host:192.168.210.10 b2:192.168.210.133
all fails "vepa, reflect off" b1:192.168.210.10
group_is "broadcast, vepa" $BROADCAST <<<"$groups_with"
unicast_is "unicast, vepa, reflect off" <<'END'
	from  host  b1  b2  b3  b4  wire
	host  -     1   1   1   1   1
	b1    1     -   0w  0w  0w  1
	b2    1     0w  -   0w  0w  1
	b3    1     0w  0w  -   0w  1
	b4    1     0w  0w  0w  -   1
	wire  1     1   1   1   1   -
END
agent_stop
agent_start -c "$conf"
all ok "vepa, reflect on" b1:192.168.210.10 b2:192.168.210.11 host:192.168.210.10
group_is "broadcast, vepa, reflect on" $BROADCAST <<<"$groups_with"
unicast_is "unicast, vepa, reflect on" <<<"$unicast_all"
inet6
unicast_is "... over IPv6" <<<"$unicast_all6"
agent_stop
agent_run --detach 2>/dev/null

# ---- private: apart from each other, with the host

for ns in b1 b2 b3 b4; do
	at "$ns" ip link set eth0 type ipvlan mode l2 private
done
all fails "private, without" b1:192.168.210.10 b1:fd10::10 host:192.168.210.10
agent_start -c "$conf"
is "$(map_rows eth0 endpoints value.mode | sort | uniq -c | tr -s ' ')" " 1 HP_MODE_NONE
 4 HP_MODE_PRIVATE" "private: listed"
all ok "private, with" host:192.168.210.10 b2:192.168.210.133 host:fd10::10 b2:fd10::133 wire:192.168.210.10
all fails "private, reflect on" b1:192.168.210.10 b1:fd10::10
inet
group_is "broadcast, private" $BROADCAST <<<"$groups_with"
unicast_is "unicast, private" <<'END'
	from  host  b1  b2  b3  b4  wire
	host  -     1   1   1   1   1
	b1    1     -   0   0   0   1
	b2    1     0   -   0   0   1
	b3    1     0   0   -   0   1
	b4    1     0   0   0   -   1
	wire  1     1   1   1   1   -
END
inet6
unicast_is "... over IPv6" <<'END'
	from  host  b1  b2  wire
	host  -     1   1   1
	b1    1     -   0   1
	b2    1     0   -   1
	wire  1     1   1   -
END
agent_stop
agent_run --detach 2>/dev/null

# ---- l3, l3s: the host routes, and we keep out of it

states() { at host "$BUILD/hairpin" --pins "$PINS" endpoint | awk 'NR > 1 { print $5, $6, $7 }' | sort -u; }
for mode in l3 l3s; do
	for ns in b1 b2 b3 b4; do
		at "$ns" ip link set eth0 type ipvlan mode $mode
	done
	agent_start
	is "$(states)" "ipvlan $mode left-alone" "$mode: listed, and that it is left alone"
	is "$(map_rows eth0 fdb value.kind)" "" "... and it is"
	agent_stop
	agent_run --detach 2>/dev/null
done
done_testing
