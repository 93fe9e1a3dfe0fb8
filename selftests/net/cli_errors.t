#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# What hairpind says when it cannot do what it is asked: one line, with a cure,
# and an exit status. And what it does once, or only tells.

. "$(dirname "$0")/lifecycle.sh"

# Compares all that is said, and the exit status: 1 failed, 2 wrong usage.
says() { # DESCRIPTION STATUS MESSAGE COMMAND...
	local description=$1 expected=$2 message=$3 status=0 said
	shift 3
	said=$("$@" 2>&1 >/dev/null) || status=$?
	is "$said" "$message" "$description"
	is "$status" "$expected" "... exit status $expected"
}
hairpind() { nsenter --net="/run/netns/$PREFIX-host" "$BUILD/hairpind" "$@"; }

lab_walkthrough

# ---- usage

says "an unknown option" 2 "$BUILD/hairpind: unrecognized option '--bogus'
hairpind: see hairpind --help" agent_run --bogus
says "a word" 2 "hairpind: unknown word 'eth0': hairpind takes options only" agent_run eth0
says "no device name" 2 "hairpind: no device name 'abcdefghijklmnop': it has 1 to 15 characters" agent_run -u abcdefghijklmnop
says "two actions" 2 "hairpind: too many actions '--once, --dry-run, --detach': give one of them" agent_run --once --detach
says "an unknown log level" 2 "hairpind: unknown log level 'loud': it is one of error, warning, info, debug" agent_run --log-level loud
ok "--help" has "Usage: hairpind [OPTION]..." agent_run --help
ok "--version" has "hairpind $(sed -n 's/^VERSION := //p' "$TOP/Makefile")" agent_run --version

# ---- rights and places

at_once() { agent_run --once "$@"; }
unprivileged() { hairpind_of_nobody --pins "$PINS" --run "$RUN"; }
hairpind_of_nobody() {
	local copy status=0
	copy=$(mktemp)
	cp "$BUILD/hairpind" "$copy" # nobody may not be allowed to look into the build directory
	chmod 755 "$copy"
	nsenter --net="/run/netns/$PREFIX-host" setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$copy" "$@" || status=$?
	rm "$copy"
	return $status
}
says "not root" 1 "hairpind: error: must be root, to load programs and to see all namespaces: sudo hairpind" unprivileged
says "no rights for bpf(2)" 1 "hairpind: error: bpf(2) is not permitted (Operation not permitted): run outside of the \
container or the lockdown that forbids it, with CAP_BPF and CAP_NET_ADMIN" \
	at host setpriv --bounding-set=-bpf,-sys_admin --inh-caps=-bpf,-sys_admin \
	"$BUILD/hairpind" --pins "$PINS" --run "$RUN"
says "pins that are not on a bpffs" 1 "hairpind: error: $WORK/pins: is not on a bpffs: name a directory below \
/sys/fs/bpf with --pins, or mount -t bpf bpf there" hairpind --pins "$WORK/pins" --run "$RUN" --once
says "a run directory that cannot be made" 1 "hairpind: error: /proc/x: cannot write there: No such file or \
directory: name another directory with --run" hairpind --pins "$PINS" --run /proc/x --once

# ---- configuration

conf=$WORK/conf
echo 'uplink eth0 { reflecd = true }' >"$conf"
says "a bad file at a start" 1 "hairpind: error: $conf:1: unknown word 'reflecd': allowed here are serve, reflect, attach, xdp, steer, foreign, storm, gso-max-size" at_once -c "$conf"
says "... also when only asked" 1 "hairpind: error: $conf:1: unknown word 'reflecd': allowed here are serve, reflect, attach, xdp, steer, foreign, storm, gso-max-size" agent_run --dry-run -c "$conf"
says "no file where one was named" 1 "hairpind: error: $WORK/none: No such file or directory" at_once -c "$WORK/none"
says "a directory" 1 "hairpind: error: $WORK: Is a directory" at_once -c "$WORK"
ok "nothing has been done by then" gone "$PINS/eth0"

# ---- only telling

agent_run --dry-run >"$WORK/plan" 2>"$WORK/plan.err"
is "$(short <"$WORK/plan" | grep -v fe80)" "eth0: create maps
eth0: set endpoints 1 host/eth0 02:00:00:00:00:85 host on eth0
eth0: set endpoints 2 b1/eth0 02:42:c0:a8:0e:0b macvlan bridge on eth0
eth0: set endpoints 3 b2/eth0 02:42:c0:a8:0e:0c macvlan bridge on eth0
eth0: set fdb 02:00:00:00:00:85 host id 1
eth0: set fdb 02:42:c0:a8:0e:0b macvlan bridge id 2
eth0: set fdb 02:42:c0:a8:0e:0c macvlan bridge id 3
eth0: set neigh 192.168.14.11 at 02:42:c0:a8:0e:0b id 2
eth0: set neigh 192.168.14.12 at 02:42:c0:a8:0e:0c id 3
eth0: set neigh 192.168.14.133 at 02:00:00:00:00:85 id 1
eth0: set neigh fd14::11 at 02:42:c0:a8:0e:0b id 2
eth0: set neigh fd14::12 at 02:42:c0:a8:0e:0c id 3
eth0: set neigh fd14::133 at 02:00:00:00:00:85 id 1
eth0: set neigh 192.168.14.133 on every vlan
eth0: set segments 0 host 02:00:00:00:00:85 id 1 closed known-ipv4 known-ipv6
eth0: load programs, reflect off, steer on, xdp auto
eth0: attach programs" "--dry-run tells what would be done"
is "$(cat "$WORK/plan.err")" "" "... and nothing else"
rm -rf "$RUN" && rmdir "$PINS" 2>/dev/null
agent_run --dry-run >/dev/null
ok "... it makes no pins" gone "$PINS"
ok "... and no lock" gone "$RUN"
fails "... and the host does not reach b1" pings host 192.168.14.11

# ---- once

says "--once" 0 "hairpind: eth0: create maps
hairpind: eth0: load programs, reflect off, steer on, xdp auto
hairpind: eth0: attach programs
hairpind: eth0: XDP: none, a veth is faster without it, unless xdp = native" at_once
ok "... the host reaches b1" pings host 192.168.14.11
is "$(agent_run --dry-run)" "" "... then there is nothing to do"
says "... a second time" 0 "" at_once
agent_run --detach 2>/dev/null
says "with an uplink that is not there" 0 "hairpind: eth9: no such device yet: it is served once it appears" at_once -u eth9
ok "... the others are not served" gone "$PINS/eth0"
says "less talk" 0 "" at_once -u eth0 --log-level warning
ok "... with -u eth0 it is served" test -e "$PINS/eth0/fdb"
says "--detach of another" 0 "hairpind: eth9: is not served: nothing to detach" agent_run --detach -u eth9
ok "... leaves this one" test -e "$PINS/eth0/fdb"
says "--detach of this one" 0 "hairpind: eth0: detached" agent_run --detach -u eth0
ok "... and it is gone" gone "$PINS/eth0"

# ---- two at once

agent_start
says "a second one" 1 "hairpind: error: $RUN/hairpind.pid: hairpind runs already (pid $AGENT_PID): \
stop it; one for another network namespace needs its own --run and --pins" agent_run
says "... that writes the same pins" 1 "hairpind: error: $PINS: another hairpind writes there: \
stop it; one for another network namespace needs its own --pins" agent_run --run "$WORK/run2"
says "... that only wants to detach" 1 "hairpind: error: $RUN/hairpind.pid: hairpind runs already (pid $AGENT_PID): \
stop it; one for another network namespace needs its own --run and --pins" agent_run --detach
is "$(agent_run --dry-run)" "" "... one that only tells is welcome"
ok "the first one goes on" pings host 192.168.14.11
lock=/run/hairpin/hairpind-$(stat -Lc %i "/run/netns/$PREFIX-host")
ok "... its lock of the netns is there" test -e "$lock"
agent_stop
ok "... and goes with it" gone "$lock"

# ---- whatever somebody without rights holds

# shellcheck disable=SC2016 # perl's
nobody_holds() { # lock|name
	background nobody nsenter --net="/run/netns/$PREFIX-host" setpriv --reuid 65534 --regid 65534 --clear-groups \
		perl -MFcntl=:DEFAULT,:seek -MSocket -e '$| = 1;
		$lock = pack "s s x4 q q i x4", F_RDLCK, SEEK_SET, 0, 0, 0;
		if ($ARGV[0] eq "lock") { open F, "<", $ARGV[1] and fcntl F, F_SETLK, $lock }
		else { socket(S, AF_UNIX, SOCK_DGRAM, 0) && bind(S, pack "S a108", AF_UNIX, "\0hairpind") or die "$!\n" }
		print "ready\n"; sleep 1000' "$1" "$RUN/hairpind.pid"
	wait_for 5 hears nobody
}
nobody_ends() {
	# shellcheck disable=SC2154 # of lib.sh
	{ kill "${processes[nobody]}" && wait "${processes[nobody]}"; } 2>/dev/null || true
	unset "processes[nobody]"
}
chmod 711 "$WORK"
chmod 644 "$RUN/hairpind.pid"
at_once
is "$(stat -c %a "$RUN/hairpind.pid")" 600 "hairpind.pid that everybody could read is root's alone"
nobody_holds lock
says "... nobody else can lock it" 0 "" at_once
nobody_ends
nobody_holds name
says "... a name does not keep it from starting" 0 "" at_once
nobody_ends

# ---- pins of another host on the same machine

at wire ip link add link eth0 name mv0 type macvlan mode bridge
says "pins of a netns that lives" 1 "hairpind: error: $PINS: eth0 there belongs to the network namespace \
$PREFIX-host: give this one its own --pins" at wire "$BUILD/hairpind" --pins "$PINS" --run "$RUN" --once
ok "... are left alone" pings host 192.168.14.11

agent_run --detach 2>/dev/null

# ---- a machine without a mounted bpffs

# shellcheck disable=SC2016 # for the inner shell
says "no bpffs: it is mounted" 0 "hairpind: /sys/fs/bpf: mounted a bpffs
hairpind: eth0: create maps
hairpind: eth0: load programs, reflect off, steer on, xdp auto
hairpind: eth0: attach programs
hairpind: eth0: XDP: none, a veth is faster without it, unless xdp = native
hairpind: eth0: detached" nsenter --net="/run/netns/$PREFIX-host" unshare --mount bash -ec '
	mount --make-rprivate /
	umount /sys/fs/bpf
	hairpind=$1
	shift
	"$hairpind" "$@" --once
	mountpoint -q /sys/fs/bpf
	test -e /sys/fs/bpf/hairpin/eth0/fdb
	"$hairpind" "$@" --detach
	' - "$BUILD/hairpind" --pins /sys/fs/bpf/hairpin --run "$WORK/run3"
done_testing
