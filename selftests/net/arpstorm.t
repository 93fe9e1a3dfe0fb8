#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A storm of ARP requests from the wire for addresses that are not here, as fast as
# one process sends: none of it reaches an endpoint, and of the requests of others
# none is lost. macvlan alone puts every broadcast frame into a queue of 1,000,
# once for each endpoint, and drops what does not fit.
#
#   mv0 to mv63 10.1.0.2 to .65, in m0 to m3
#      |
#   host eth0 10.1.255.1 ------- eth0 10.1.255.2 wire

. "$(dirname "$0")/questions.sh"

ENDPOINTS=64
SETTLE_NS=

lab_new m0 m1 m2 m3
address host eth0 10.1.255.1/16
address wire eth0 10.1.255.2/16
at wire sysctl -qw net.ipv4.neigh.eth0.mcast_solicit=1 # a question that is lost is not asked again

address_of() { echo "10.1.0.$(($1 + 2))"; }
make_endpoints() {
	local i ns
	for ((i = 0; i < ENDPOINTS; i++)); do
		echo "link add link eth0 name mv$i netns $PREFIX-m$((i % 4)) address $(mac_of "$(address_of $i)") type macvlan mode bridge"
	done >"$WORK/batch"
	at host ip -batch "$WORK/batch"
	for ns in 0 1 2 3; do
		# Several devices in one network: each answers for its own address.
		at m$ns sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv6.conf.default.disable_ipv6=1 \
			net.ipv6.conf.all.disable_ipv6=1
		for ((i = ns; i < ENDPOINTS; i += 4)); do
			echo "addr add $(address_of $i)/16 dev mv$i"
			echo "link set mv$i up"
		done >"$WORK/batch"
		at m$ns ip -batch "$WORK/batch"
	done
}

# 200 questions in turn, for 10.1.9.1 to .200.
storm() {
	local i frames=()
	for ((i = 1; i <= 200; i++)); do
		frames+=("$("$PROBE" arp 1 $BROADCAST "$(mac wire)" 10.1.255.2 $ALL_ZERO 10.1.9.$i)")
	done
	background storm nsenter --net="/run/netns/$PREFIX-wire" "$PROBE" flood eth0 100000000 "${frames[@]}"
}
# A veth with XDP drops what comes faster than its ring is worked off, which no program sees.
not_taken() { at wire ip -s link show eth0 | awk '/TX:/ { getline; print $4 }'; }
rages() { [ "$(reason eth0 foreign-arp)" -gt 0 ]; }

# Where the storm comes from: a veth's ring, which one CPU works off, holds what one CPU sends.
FIRST_CPU=$(taskset -cp $$ | sed 's/.*: \([0-9]*\).*/\1/')
resolve_all() { # prints how many answered, and how many of the right MAC are known
	local i
	at wire ip neigh flush dev eth0
	# shellcheck disable=SC2016 # for the inner shell
	at wire taskset -c "$FIRST_CPU" bash -c 'for i in $(seq 2 $(($1 + 1))); do ping -n -q -c 1 -W 1 10.1.0.$i; done' - $ENDPOINTS \
		>"$WORK/pings" || true
	at wire ip neigh show dev eth0 >"$WORK/neighbours"
	for ((i = 0; i < ENDPOINTS; i++)); do
		grep "^$(address_of $i) lladdr $(mac_of "$(address_of $i)") " "$WORK/neighbours" || true
	done >"$WORK/right"
	echo "$(grep -c ' 1 received' "$WORK/pings") answered, $(wc -l <"$WORK/right") resolved"
}

broadcasts() { at m0 ip -s link show mv0 | awk '/RX:/ { getline; print $6 }'; }
known() { [ "$(map_rows eth0 neigh key.addr | grep -c '^0a:01:00:')" = $ENDPOINTS ]; }

make_endpoints
# With a limit, the storm takes no token from the questions of others, which are within it.
for settings in 'xdp = native' 'xdp = off' 'xdp = native storm = 8000'; do
	configure "uplink eth0 { $settings }"
	agent_start -c "$CONF"
	ok "$settings: all $ENDPOINTS are known" wait_for 5 known
	before=$(not_taken)
	storm
	ok "the storm rages" wait_for 5 rages
	received=$(broadcasts)
	is "$(resolve_all)" "$ENDPOINTS answered, $ENDPOINTS resolved" "... of $ENDPOINTS questions none is lost"
	kill "${processes[storm]}"
	ok "... it raged until now" finish storm
	settle
	read -r sent took < <(heard storm)
	is "$(reason eth0 foreign-arp)" "$((sent - $(not_taken) + before))" "... each frame of it was counted"
	echo "# $sent frames, $((sent * 1000 / (took / 1000))) a second"
	is "$(reason eth0 steer)" $ENDPOINTS "... and each question given to the owner of the address"
	is "$(broadcasts)" "$received" "... no endpoint heard any broadcast"
	agent_stop
	agent_run --detach 2>/dev/null
done
done_testing
