#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Between endpoints with sockets.
#
#   b1:eth0 192.168.14.11   b2:eth0 192.168.14.12   (macvlan)
#
#   hairpin    vepa mode, reflect = true: every frame is turned round by the programs
#   bridge     bridge mode without hairpin: macvlan passes frames on itself

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sockets.sh"

US=hairpin
SIDES="hairpin bridge-mode"
B1=192.168.14.11
client=b2 server=b1 to=$B1

way() {
	case $SIDE in
	hairpin) hairpin_bytes b1 peer ;;
	bridge-mode) device_bytes b2 eth0 ;;
	esac
}

side hairpin
macvlan_lab vepa b1 $B1 b2 192.168.14.12
hairpin "reflect = true"
wait_served b1
wait_served b2
servers

side bridge-mode
macvlan_lab bridge b1 $B1 b2 192.168.14.12
servers

section "endpoint to endpoint, with sockets" \
	"vepa mode, every frame turned round by hairpin; the kernel's bridge mode"
socket_figures
socket_goal 0.95 bridge-mode
compare "$SIDES" stream ping_pong messages
