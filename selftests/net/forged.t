#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# b1's root gives its own macvlan the alias of web, which hairpin made in b2.
# Neither of the two is touched as long as both say that they are web.
#
#   z1 in b1   eth0 in b2
#       |          |
#   eth0 host

. "$(dirname "$0")/lifecycle.sh"

lab_new b1 b2
address host eth0 $HOST/24
at host ip link add link eth0 name z1 netns "$PREFIX-b1" type macvlan mode bridge
up b1 z1 # of a device that is down, a new alias is no news

hairpin() { at host "$BUILD/hairpin" --pins "$PINS" --run "$RUN" "$@"; }

hairpin endpoint add web --parent eth0 --netns "$PREFIX-b2" --address 192.168.14.11/24
at b1 ip link set z1 alias hairpin:web
# But for what comes by itself a little later: the operational state, link-local addresses.
state() {
	{ at b1 ip -o link show z1 && at b2 ip -o link show eth0; } | sed 's/ state [A-Z]*//; s/,LOWER_UP//'
	at b2 ip -o addr show eth0 scope global
}
before=$(state)

# The one that comes first is the one whose netns got its id first.
either() { sed "s,\($PREFIX-b1/z1\) and of \($PREFIX-b2/eth0\),ONE and of OTHER,; s,\($PREFIX-b2/eth0\) and of \($PREFIX-b1/z1\),ONE and of OTHER,"; }
refuses() { # ARGUMENT...: of hairpin endpoint
	local said status=0
	said=$(hairpin endpoint "$@" 2>&1) || status=$?
	is "$status $(either <<<"$said")" "1 hairpin: endpoint web: is the alias of ONE and of OTHER: \
take it off the wrong one (ip link set DEVICE alias '')" "$1: is refused"
	is "$(state)" "$before" "... nothing changed"
}
refuses del web
refuses set web --mtu 1400
printf 'endpoint web { parent = eth0\nnetns = "%s"\nmtu = 1300 }\n' "$PREFIX-b2" >"$WORK/conf"
agent_start -c "$WORK/conf"
ok "declared: said in the log" logged "error: endpoint web: is the alias of "
is "$(state)" "$before" "... nothing changed"
at b1 ip link set z1 alias ""
agent_signal HUP
mtu() { at "$1" ip -o link show "$2" | sed 's/.* mtu \([0-9]*\) .*/\1/'; }
ok "taken off: it is web's turn" wait_for 5 has 1300 mtu b2 eth0
is "$(mtu b1 z1)" 1500 "... b1's keeps its own"
done_testing
