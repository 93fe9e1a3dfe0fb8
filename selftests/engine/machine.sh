# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# The namespace host as a machine of its own: a Debian from $BUILD/engine/debian, with a bpffs and /run of
# its own. It vanishes with the test. On top of lifecycle.sh:
#
#	machine_start			after lab_*: what it sees of /run/netns
#	inside COMMAND...		runs a command in it, in the netns host, as at boot: no terminal, C locale
#	machine_files			all its files but those of dpkg itself, with mode and owner
#	agent_start_inside		as agent_start, the hairpind that is installed
#	MACHINE_ROOT			its root directory, as seen from outside

. "$(dirname "${BASH_SOURCE[0]}")/../net/lifecycle.sh"

machine_is_up() { [ -s "$WORK/machine.out" ]; }

# All mounts are in a mount namespace that a process holds: they end with it.
machine_start() {
	local root=$WORK/machine
	mkdir "$root"
	# shellcheck disable=SC2016 # for the shell in there
	background machine unshare --mount --propagation slave bash -euc '
		mount -t tmpfs machine "$2"
		mkdir "$2"/{changes,work,root}
		mount -t overlay -o "lowerdir=$1,upperdir=$2/changes,workdir=$2/work" machine "$2/root"
		cd "$2/root"
		mount -t proc proc proc
		mount --rbind /sys sys
		mount -t bpf -o mode=0700 bpf sys/fs/bpf
		mount -t tmpfs run run
		mkdir run/netns
		mount --rbind /run/netns run/netns
		mount --rbind /dev dev
		echo up
		exec sleep infinity' machine "$BUILD/engine/debian" "$root"
	wait_for 10 machine_is_up || die "$(cat "$WORK/machine.err")"
	MACHINE_ROOT=/proc/${processes[machine]}/root$root/root
	MACHINE=("--mount=/proc/${processes[machine]}/ns/mnt" "--net=/run/netns/$PREFIX-host" env -i
		PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive TERM=dumb
		chroot "$root/root")
	# shellcheck disable=SC2034 # for lib.sh
	PINS=$MACHINE_ROOT/sys/fs/bpf/hairpin
}

inside() { nsenter "${MACHINE[@]}" "$@" </dev/null; }

machine_files() {
	inside find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /var/lib/dpkg -o -path /var/log \) \
		-prune -o -printf '%p %M %u:%g\n' | LC_ALL=C sort
	inside find /run -xdev -mindepth 1 | LC_ALL=C sort
}

agent_start_inside() {
	: >"$WORK/agent.log"
	nsenter "${MACHINE[@]}" /usr/sbin/hairpind "$@" >"$WORK/agent.log" 2>&1 </dev/null &
	AGENT_PID=$!
	wait_for 10 agent_is_decided
	agent_is_ready || die "hairpind ended: $(cat "$WORK/agent.log")"
}
