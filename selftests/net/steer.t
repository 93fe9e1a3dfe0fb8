#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Who hears a question for an address, exactly: from the wire, of an endpoint, of
# the host; what is news is for everybody. The same rules in XDP and at tc. They
# follow what changes, and hold only while hairpind lives.
#
#   b1 .11   b2 .12   v1 .21 (vepa)   p1 .31 (private)
#     |        |        |               |
#   host eth0 192.168.14.133, lo 10.9.9.9 ------- eth0 192.168.14.2 wire

. "$(dirname "$0")/questions.sh"

lab_new b1 b2 v1 p1
address host eth0 $HOST/24 fd14::133/64
address host lo 10.9.9.9/32 fd99::9/128
address wire eth0 $GATEWAY/24 fd14::2/64
endpoint_docker b1 eth0 bridge 192.168.14.11/24 fd14::11/64
endpoint_podman b2 eth0 bridge 192.168.14.12/24 fd14::12/64
endpoint_docker v1 eth0 vepa 192.168.14.21/24 fd14::21/64
endpoint_docker p1 eth0 private 192.168.14.31/24 fd14::31/64
# macvlan filters groups by a hash, through which a stranger may slip: all hear all groups.
for ns in b1 b2 v1 p1; do at $ns ip link set eth0 allmulticast on; done
ip4=([host]=$HOST [wire]=$GATEWAY [b1]=192.168.14.11 [b2]=192.168.14.12 [v1]=192.168.14.21 [p1]=192.168.14.31
	[other]=10.9.9.9 [nobody]=192.168.14.99 [moves]=192.168.14.44)
ip6=([host]=fd14::133 [wire]=fd14::2 [b1]=fd14::11 [b2]=fd14::12 [v1]=fd14::21 [p1]=fd14::31
	[other]=fd99::9 [nobody]=fd14::99 [moves]=fd14::44 [router]=fd14::)
at b1 sysctl -qw net.ipv6.conf.all.forwarding=1
asks_by host wire b1 b2 v1 p1

# ---- from the wire

# Linux answers for an IPv4 address of another device, and not for one of IPv6.
# The subnet-router anycast address is any router's: b1 is one, the others have not joined its group.
from_wire() { # DESCRIPTION
	asked_are "$1: questions from the wire" <<'END'
		from kind  name    host wire b1 b2 v1 p1 why
		wire arp   b1      0    0    1  0  0  0  steer
		wire arp   p1      0    0    0  0  0  1  steer
		wire arp   host    1    0    0  0  0  0  steer
		wire arp   other   1    0    0  0  0  0  steer-host
		wire arp   nobody  0    0    0  0  0  0  foreign-arp
		wire probe v1      0    0    0  0  1  0  steer
		wire probe host    1    0    0  0  0  0  steer
		wire probe nobody  0    0    0  0  0  0  foreign-arp
		wire ns    b2      0    0    0  1  0  0  steer
		wire ns    p1      0    0    0  0  0  1  steer
		wire ns    host    1    0    0  0  0  0  steer
		wire ns    other   0    0    0  0  0  0  foreign-arp
		wire ns    nobody  0    0    0  0  0  0  foreign-arp
		wire ns    router  1    0    1  1  1  1  -
		wire dad   b1      0    0    1  0  0  0  steer
		wire dad   host    1    0    0  0  0  0  steer
		wire dad   nobody  0    0    0  0  0  0  foreign-arp
END
}

news_from_wire() {
	asked_are "$1: news from the wire" <<'END'
		from kind  name    host wire b1 b2 v1 p1 why
		wire garp  wire    1    0    1  1  1  1  -
		wire reply wire    1    0    1  1  1  1  -
		wire garp  b1      1    0    1  1  1  1  -
		wire na    wire    1    0    1  1  1  1  -
		wire na    b1      1    0    1  1  1  1  -
END
}

configure ''
agent_start -c "$CONF"
for xdp in native off; do
	reload "uplink eth0 { xdp = $xdp }"
	is "$(shown xdp)" "${xdp/off/none}" "xdp = $xdp"
	from_wire "xdp = $xdp"
	news_from_wire "xdp = $xdp"
done


# ---- of endpoints and of the host

# The wire hears each, and a bridge endpoint's siblings do by the kernel. Of its
# own address a station asks all: somebody else may have it.
from_here() { # DESCRIPTION REFLECTED: 1 with reflect, else 0
	asked_are "$1: questions from here" <<END
		from kind  name    host wire b1 b2 v1 p1 why
		b1   arp   host    1    1    0  1  0  0  endpoint-steer
		b1   arp   b2      0    1    0  1  0  0  not-here
		b1   arp   v1      0    1    0  1  $2 0  $3
		b1   arp   p1      0    1    0  1  0  0  not-here
		b1   arp   other   1    1    0  1  0  0  -
		b1   arp   wire    0    1    0  1  0  0  not-here
		b1   arp   nobody  0    1    0  1  0  0  not-here
		b1   probe b1      1    1    0  1  $2 0  -
		b1   ns    host    1    1    0  1  0  0  endpoint-steer
		b1   ns    nobody  0    1    0  1  0  0  not-here
		v1   arp   host    1    1    0  0  0  0  endpoint-steer
		v1   arp   b1      0    1    $2 0  0  0  $3
		v1   arp   nobody  0    1    0  0  0  0  not-here
		v1   probe v1      1    1    $2 $2 0  0  -
		v1   dad   v1      1    1    $2 $2 0  0  -
		p1   arp   host    1    1    0  0  0  0  endpoint-steer
		p1   arp   b1      0    1    0  0  0  0  not-here
		p1   dad   p1      1    1    0  0  0  0  -
		host arp   p1      0    1    0  0  0  1  host-steer
		host ns    v1      0    1    0  0  1  0  host-steer
		host arp   wire    0    1    0  0  0  0  not-here
		host ns    nobody  0    1    0  0  0  0  not-here
		host probe host    0    1    1  1  1  1  -
END
}

reload 'uplink eth0 { xdp = native reflect = true }'
from_here "reflect" 1 endpoint-steer
# What a switch reflects has the source of a station here.
for ns in v1 b1; do
	mac_at[wire]=${mac_at[$ns]}
	asked_are "$ns asks for its own address, the wire reflects it: $ns does not hear it" <<-END
		from kind  name host wire b1 b2 v1 p1 why
		wire probe $ns  1 0 $([ $ns = b1 ] && echo "0 0" || echo "1 1") $([ $ns = b1 ] && echo 1 || echo 0) 0 -
		wire dad   $ns  1 0 $([ $ns = b1 ] && echo "0 0" || echo "1 1") $([ $ns = b1 ] && echo 1 || echo 0) 0 -
	END
done
mac_at[wire]=$(mac wire)
reload 'uplink eth0 { xdp = off }'
from_here "no reflect" 0 not-here

reload 'uplink eth0 { xdp = generic }'
is "$(shown xdp)" generic "xdp = generic: sees what is turned round as well"
from_wire "xdp = generic"
asked_are "xdp = generic: questions from here" <<'END'
	from kind  name    host wire b1 b2 v1 p1 why
	b1   arp   host    1    1    0  1  0  0  endpoint-steer
	v1   arp   nobody  0    1    0  0  0  0  not-here
	host ns    p1      0    1    0  0  0  1  host-steer
	host probe host    0    1    1  1  1  1  -
END
done_testing
