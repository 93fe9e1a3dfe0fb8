#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# hairpind sees b1, whose netns has an id, but not the netns of h1: it has no mount and no process
# there. Nothing that comes from the wire may be withheld from h1 for that.
#
#   b1 .14.11   h1 .14.12, hidden
#        |         |
#   eth0 +---------+----------- wire

. "$(dirname "$0")/lifecycle.sh"

lab_new b1 h1
address host eth0 $HOST/24
address wire eth0 $GATEWAY/24
endpoint_docker b1 eth0 bridge 192.168.14.11/24
printf 'uplink "eth0" { xdp = native }\n' >"$WORK/conf"

# A pid namespace shows it its own processes, and a mount namespace its own mounts.
# shellcheck disable=SC2016 # for the inner shell
blind_start() {
	: >"$WORK/agent.log"
	nsenter --net="/run/netns/$PREFIX-host" unshare --mount --pid --fork --kill-child --mount-proc bash -c '
		mount --make-rprivate /
		mount -t tmpfs none /run/netns
		exec "$@"' - "$BUILD/hairpind" --pins "$PINS" --run "$RUN" -c "$WORK/conf" >"$WORK/agent.log" 2>&1 &
	AGENT_PID=$!
	wait_for 10 agent_is_decided
	agent_is_ready || die "hairpind ended: $(cat "$WORK/agent.log")"
}

# CLOSED, KNOWN_IPV4, KNOWN_IPV6
knows_all() { [ $(($(segment eth0 0 flags) & 0x1c)) != 0 ]; }
knows_less() { ! knows_all; }
asks_for_h1() { at wire ip neigh flush dev eth0 && pings wire 192.168.14.12; }
to_nobody() { at wire "$PROBE" send eth0 02:00:00:00:ff:ff "$(mac wire)" nobody && settle; }

blind_start
ok "one that it sees: all is known" knows_all
before=$(reason eth0 foreign)
to_nobody
ok "... and what is for nobody is foreign" [ "$(reason eth0 foreign)" = $((before + 1)) ]

endpoint_direct h1 eth0 bridge 192.168.14.12/24
ok "one that it does not see: not all is known" wait_for 10 knows_less
ok "... the wire reaches it" asks_for_h1
ok "... and the one that it sees" pings wire 192.168.14.11
is "$(stations eth0 | grep -c MACVLAN)" 1 "... which is the only one in fdb"
before=$(reason eth0 foreign)
to_nobody
is "$(reason eth0 foreign)" "$before" "... nothing is foreign"

kill "$(pgrep -P "$AGENT_PID")" # of unshare
wait "$AGENT_PID"
blind_start
ok "there at the start: the same" knows_less
ok "... the wire reaches it" asks_for_h1
at h1 ip link del eth0
endpoint_direct h1 eth0 bridge 192.168.14.12/24
at h1 ip link del eth0
ok "gone: all is known" wait_for 10 knows_all
done_testing
