#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Two uplinks: on eth0 there is no VEPA endpoint, so group frames of bridge
# endpoints keep their destination on the way to the host. On eth1 there is a
# passthru endpoint: listed, and left alone.
#
#   b1 b2 bridge  p1 p2 private        q1 passthru
#        |             |                   |
#   eth0 +-------------+              eth1 +           host
#        |                                 |
#   eth0                              eth1             wire

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/matrix.sh"

lab_new b1 b2 p1 p2 q1
uplink eth1
address host eth0 $HOST/24
endpoint_docker b1 eth0 bridge 192.168.14.11/24
endpoint_docker b2 eth0 bridge 192.168.14.12/24
endpoint_docker p1 eth0 private 192.168.14.31/24
endpoint_docker p2 eth0 private 192.168.14.32/24
address wire eth1 192.168.15.2/24
endpoint_docker q1 eth1 passthru 192.168.15.51/24

passthru() {
	stations wire=wire:eth1 q1
	SETTLE_NS=q1 SETTLE_UPLINK=eth1 unicast_is "passthru: unicast $1 hairpind" <<'END'
		from  wire  q1
		wire  -     1
		q1    1     -
END
	SETTLE_NS=q1 SETTLE_UPLINK=eth1 group_is "passthru: broadcast $1 hairpind" $BROADCAST <<'END'
		from  wire  q1
		wire  0     1
		q1    1     0
END
	ok "passthru: q1 to the wire $1 hairpind" pings q1 192.168.15.2
	ok "passthru: wire to q1 $1 hairpind" pings wire 192.168.15.51
}

passthru without
stations host wire=wire:eth0 b1 b2 p1 p2
group_is "broadcast without hairpind" $BROADCAST <<'END'
	from  host  wire  b1  b2  p1  p2
	host  0     1     0   0   0   0
	wire  1     0     1   1   1   1
	b1    0     1     0   1   0   0
	b2    0     1     1   0   0   0
	p1    0     1     0   0   0   0
	p2    0     1     0   0   0   0
END

agent_start
group_is "broadcast, no VEPA on the segment" $BROADCAST <<'END'
	from  host  wire  b1  b2  p1  p2
	host  0     1     1   1   1   1
	wire  1     0     1   1   1   1
	b1    1     1     0   1   0   0
	b2    1     1     1   0   0   0
	p1    1     1     0   0   0   0
	p2    1     1     0   0   0   0
END
is "$(heard hear-host | awk '$1 != "other" { print $6, $1, $2 }' | LC_ALL=C sort)" \
	"b1 broadcast $BROADCAST
b2 broadcast $BROADCAST
p1 host $(mac host)
p2 host $(mac host)
wire broadcast $BROADCAST" "the host hears a bridge endpoint's as broadcast, a private one's at its own MAC"

passthru with
is "$(map_rows eth1 endpoints value.netns value.mode value.mac)" \
	"$PREFIX-q1 HP_MODE_PASSTHRU $(mac q1)" "q1 is listed"
is "$(map_rows eth1 fdb key.mac)" "" "and nothing of it is in the fdb"

done_testing
