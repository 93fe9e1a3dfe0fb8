# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# What this kernel has. Not every kernel has every kind of device; a test that
# needs one is skipped there, with its reason, and counted.
#
#	needs THING...		the rest of the test; one skip ends it where the kernel lacks one of them
#	kernel_has THING	for a part of a test
#
# THING: vlan, qinq, bridge (VLAN-aware), bond, dummy, vrf, ipvlan, fq, htb, netem, tcx.
# Asked by making one, in a namespace for that: a name or a version tells less. tcx has
# no device to make: its code is there, or it is not.

kernel_try() {
	case $1 in
	vlan) at kernel ip link add link k0 name k2 type vlan id 2 ;;
	qinq) at kernel ip link add link k0 name k2 type vlan proto 802.1ad id 2 ;;
	bridge) at kernel ip link add k2 type bridge vlan_filtering 1 ;;
	vrf) at kernel ip link add k2 type vrf table 2 ;;
	ipvlan) at kernel ip link add link k0 name k2 type ipvlan ;;
	bond | dummy) at kernel ip link add k2 type "$1" ;;
	fq | htb | netem) at kernel tc qdisc add dev k0 root "$1" ;;
	tcx) grep -qw tcx_link_attach /proc/kallsyms ;;
	*) die "kernel_has $1?" ;;
	esac 2>"$WORK/kernel.err"
}

kernel_has() {
	local status=0
	netns kernel
	at kernel ip link add k0 type veth peer name k1
	kernel_try "$1" || status=1
	ip netns del "$PREFIX-kernel"
	unset "namespaces[-1]"
	return $status
}

needs() {
	local thing
	for thing in "$@"; do
		kernel_has "$thing" && continue
		skip "${0##*/}" "no $thing in this kernel ($(uname -r)): $(head -n 1 "$WORK/kernel.err")"
		done_testing
		exit 0
	done
}
