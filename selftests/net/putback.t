#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Somebody takes our programs away: they are put back, and the log says so.

. "$(dirname "$0")/lifecycle.sh"
. "$(dirname "$0")/kernel.sh"

lab_walkthrough
filter_is_there() { at host tc filter show dev eth0 "$1" | grep hairpin_ >/dev/null; }
put_back_times() { [ "$(logged_times "eth0: somebody removed our programs or pins: they are put back")" = "$1" ]; }

put_back() { # DESCRIPTION TIMES: how often that has been logged by now
	ok "$1: put back, and logged" wait_for 5 put_back_times "$2"
	wait_for 5 agent_sleeps
	ok "... the host reaches b1" pings host 192.168.14.11
	ok "... b2 reaches the host" pings b2 $HOST
}

echo 'uplink eth0 { attach = clsact }' >"$WORK/conf"
agent_start -c "$WORK/conf"
ok "by clsact" filter_is_there egress
at host tc qdisc del dev eth0 clsact
put_back "the qdisc" 1
for side in egress ingress; do
	ok "... and its filter, $side" filter_is_there $side
done

n=1
for side in egress ingress; do
	n=$((n + 1))
	at host tc filter del dev eth0 $side pref 7
	put_back "the filter, $side" $n
	ok "... it is there" filter_is_there $side
done

# A new qdisc at once, with a filter of theirs, which stays.
at host tc qdisc del dev eth0 clsact
foreign_attach clsact eth0
ok "somebody else's in its place: ours is put beside it" wait_for 5 filter_is_there egress
ok "... and on the other side" wait_for 5 filter_is_there ingress
wait_for 5 agent_sleeps
ok "... the host reaches b1" pings host 192.168.14.11
before=$(foreign_count egress)
ok "... theirs works as well" pings host $GATEWAY
is "$(($(foreign_count egress) - before))" 1 "... and counts"

# Filters of others come and go, which is nothing to us.
n=$(logged_times "somebody removed")
at host tc filter add dev eth0 egress pref 90 protocol ip u32 match u32 0 0 flowid 1:1
at host tc filter del dev eth0 egress pref 90
address b1 eth0 192.168.14.21/24
wait_for 5 has "0 192.168.14.21 $(mac b1) b1" neighs eth0
is "$(logged_times "somebody removed")" "$n" "filters of others go unnoticed"
agent_stop
agent_run --detach 2>/dev/null
rm -rf "$PINS-foreign"
at host tc qdisc del dev eth0 clsact

# The qdisc that we made is gone, and the one that is there now is theirs.
echo 'uplink eth0 { attach = clsact }' >"$WORK/conf"
agent_start -c "$WORK/conf"
agent_signal STOP
at host tc qdisc del dev eth0 clsact
at host tc qdisc add dev eth0 clsact
agent_signal CONT
put_back "a qdisc of somebody else in place of ours" 1
agent_stop
agent_run --detach 2>/dev/null
ok "... stays when we go" [ -n "$(at host tc qdisc show dev eth0 clsact)" ]
at host tc qdisc del dev eth0 clsact 2>/dev/null || true

if ! kernel_has tcx; then
	skip "tcx links detached" "no tcx in this kernel ($(uname -r))"
	done_testing
	exit 0
fi
agent_start
is "$(map_rows eth0 meta value.hook)" HP_HOOK_TCX "by tcx"
link_id() { "$BPFTOOL" -j link show pinned "$PINS/eth0/$1" | "$PROBE" field id; }
n=0
for side in egress_link ingress_link; do
	n=$((n + 1))
	"$BPFTOOL" link detach id "$(link_id $side)"
	# A detached link is no event; the next one of any kind will do.
	address b1 eth0 "192.168.14.3$n/24"
	put_back "$side detached" $n
done
"$BPFTOOL" link detach id "$(link_id ingress_link)"
agent_kill
"$BPFTOOL" link detach id "$(link_id egress_link)"
fails "detached before a start: the host does not reach b1" pings host 192.168.14.11
agent_start
put_back "... by the start" 1
is "$(map_rows eth0 meta value.hook)" HP_HOOK_TCX "... by tcx"
done_testing
