#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What the agent asks the kernel about a device, and sets: compared with
# ethtool, bridge and what was written to /proc/sys.
#
#   b1, host's own mv1: macvlans on eth0
#   host  eth0 -------- eth0  wire

. "$(dirname "$0")/lib.sh"

ask() { at host "$PROBE" "$@"; }
rx_vlan() { at host ethtool -k "$1" | sed -n 's/^rx-vlan-offload: //p'; }
conf() { at host sysctl -qw "net.$1=$2"; }

lab_new b1 b2
endpoint_docker b1 eth0 bridge 192.168.14.11/24
endpoint_own mv1 eth0 private 192.168.14.21/24

# ---- VLAN offload

is "$(ask rx-vlan eth0)" on "VLAN offload of a veth is on"
ok "set off" ask rx-vlan eth0 off
is "$(rx_vlan eth0)" off "... which ethtool sees"
is "$(ask rx-vlan eth0)" off "... and we too"
ok "set off once more" ask rx-vlan eth0 off
ok "set on" ask rx-vlan eth0 on
is "$(rx_vlan eth0)" on "... which ethtool sees"
is "$(rx_vlan mv1)" "off [fixed]" "a macvlan has none"
fails "... and refuses it" ask rx-vlan mv1 on
ok "... while off is what it has" ask rx-vlan mv1 off

# ---- XDP

if at host genl ctrl get name netdev >/dev/null 2>&1; then
	read -r xdp rx_metadata <<<"$(ask xdp eth0)"
	is $((xdp & 3)) 3 "a veth has native XDP and XDP_REDIRECT"
	is $((rx_metadata & 1)) 1 "... and tells a program when a frame came"
	is "$(ask xdp mv1)" "0 0" "a macvlan has nothing of it"
else
	fails "a kernel that does not tell of XDP features" ask xdp eth0
fi

# ---- the unicast filter list

is "$(ask unicast eth0 | sort)" "$(printf '%s\n' "$(mac b1)" "$(mac host mv1)" | sort)" \
	"a device receives for the macvlans above it, in other namespaces too"
is "$(ask unicast eth0 | sort)" \
	"$(at host bridge fdb show dev eth0 | awk '/self permanent/ && $1 ~ /^.[02468ace]/ { print $1 }' | sort)" \
	"... as bridge says"
at b1 ip link set eth0 down
is "$(ask unicast eth0)" "$(mac host mv1)" "... while they are up"
at b1 ip link set eth0 up
is "$(ask unicast mv1)" "" "a device with nothing above it"

# ---- proxies

says() { [ "$(heard "$1" | tail -n 1)" = "$2" ]; }
listen follower host proxies eth0
ok "no proxy" says follower "- -"
conf ipv4.conf.eth0.proxy_arp 1
ok "proxy_arp of the device" wait_for 5 says follower "arp -"
conf ipv6.conf.all.proxy_ndp 1
ok "proxy_ndp of all devices" wait_for 5 says follower "arp ndp"
listen late host proxies eth0
ok "... seen by a dump too" says late "arp ndp"
conf ipv4.conf.eth0.proxy_arp 0
ok "proxy_arp off again" wait_for 5 says follower "- ndp"
conf ipv6.conf.all.proxy_ndp 0
ok "proxy_ndp off again" wait_for 5 says follower "- -"
conf ipv6.conf.eth0.proxy_ndp 1
ok "proxy_ndp of the device" wait_for 5 says follower "- ndp"
conf ipv4.conf.all.proxy_arp 1
ok "proxy_arp of all devices" wait_for 5 says follower "arp ndp"
conf ipv6.conf.eth0.proxy_ndp 0
ok "proxy_ndp of the device off" wait_for 5 says follower "arp -"
conf ipv4.conf.all.proxy_arp 0
ok "proxy_arp of all devices off" wait_for 5 says follower "- -"
conf ipv4.conf.mv1.proxy_arp 1
conf ipv4.conf.default.proxy_arp 1
at b1 sysctl -qw net.ipv4.conf.all.proxy_arp=1
conf ipv6.conf.eth0.proxy_ndp 1
ok "what was set before that" wait_for 5 says follower "- ndp"
is "$(heard follower | uniq | paste -sd ,)" \
	"- -,arp -,arp ndp,- ndp,- -,- ndp,arp ndp,arp -,- -,- ndp" \
	"... on another device, for new ones and in another netns, does not count"
done_testing
