#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The systemd unit: systemd takes it, `make install` puts it where it belongs,
# and hairpind does all its work under its hardening: that of a systemd which is
# started for it in namespaces of its own, and as far as it can be had without
# (hardened.pl), to see that none of the capabilities can be spared.
#
#   handle   named netns, with a declared endpoint
#   user     netns of another user's process, without a name
#   store    netns kept in another user's directory, without a process
#   late     a netns mounted after the start
#
#   host eth0 192.168.14.133 ------ eth0 192.168.14.2  wire

# A host's mounts are shared, which systemd sees to; those of a container need not be.
[ "${HAIRPIN_SHARED-}" ] || HAIRPIN_SHARED=1 exec unshare --mount --propagation shared "$0"

. "$(dirname "$0")/lifecycle.sh"
. "$(dirname "$0")/endpoint.sh"

UNIT=$TOP/tools/systemd/hairpind.service
NOBODY=65534

# ---- the file

install_units() { # [DESTDIR]
	make -s -C "$TOP" BUILD="$BUILD" "$1" DESTDIR="${2-}" PREFIX="$WORK/usr" \
		SYSCONFDIR="$WORK/etc" UNITDIR="$WORK/units"
}
install_units install
is "$(find "$WORK/units" -type f -printf '%m %f\n')" "644 hairpind.service" "make install: the unit is there"
is "$(grep ^ExecStart= "$WORK/units/hairpind.service")" "ExecStart=$WORK/usr/sbin/hairpind" "... and starts what was installed"
is "$(systemd-analyze verify --man=no "$WORK/units/hairpind.service" 2>&1)" "" "systemd-analyze verify has nothing to say"
exposure=$(systemd-analyze security --offline=true --no-pager "$WORK/units/hairpind.service" 2>/dev/null |
	sed -n 's/.*Overall exposure level for hairpind.service: \([0-9.]*\).*/\1/p')
ok "systemd-analyze security: exposure $exposure, below 4" [ "${exposure%.*}" -lt 4 ]
install_units uninstall
ok "make uninstall takes it away" [ ! -e "$WORK/units/hairpind.service" ]
install_units install "$WORK/root"
ok "DESTDIR: all is below it" [ -e "$WORK/root$WORK/units/hairpind.service" ]

lab_new handle
mkdir -p "$RUN" /run/hairpin
address host eth0 $HOST/24
address wire eth0 $GATEWAY/24
cat >"$WORK/conf" <<-END
	uplink "eth0" { xdp = native storm = 100000 gso-max-size = 131072 }
	endpoint "own" {
		parent = "eth0"
		netns = "$PREFIX-handle"
		mac = "$(mac_of 192.168.14.11)"
		address = "192.168.14.11/24"
	}
END

# ---- under systemd

# Its first process: only units of ours, no setting of the machine's within reach, a bpffs
# of its own, and the host's namespaces in a /run of its own.
cat >"$WORK/init" <<-END
	set -e
	mount --make-rshared /
	mount -t proc proc /proc
	mount --bind /proc/sys /proc/sys
	mount -o remount,bind,ro /proc/sys
	mount -t bpf bpf /sys/fs/bpf
	umount -R /sys/fs/cgroup
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
	mkdir "$WORK/netns"
	mount --rbind /run/netns "$WORK/netns"
	mount -t tmpfs tmpfs /run
	mkdir /run/netns
	mount --rbind "$WORK/netns" /run/netns
	export container=test SYSTEMD_PROC_CMDLINE=systemd.unified_cgroup_hierarchy=1 SYSTEMD_LOG_TARGET=console
	export SYSTEMD_UNIT_PATH="$WORK/units" SYSTEMD_LOG_LEVEL=warning
	exec /lib/systemd/systemd --system --unit=basic.target --show-status=0
END

cgroup=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)
why=
[ -x /lib/systemd/systemd ] || why="there is no systemd"
[ "$cgroup" ] || why="there is no cgroup2"
[ "$why" ] || mkdir "$cgroup/$PREFIX" || why="no cgroup can be made"

complaints() { grep -i 'error\|warning\|permitted\|cannot' "$WORK/agent.log" || true; }
init_pid() { pgrep -P "${processes[systemd]}"; }
inside() { nsenter -t "$(init_pid)" --mount --pid --uts --ipc --cgroup "$@"; }
property() { inside systemctl show hairpind -P "$1"; }
has_property() { [ "$(property "$1")" = "$2" ]; }
is_up() { inside systemctl is-active basic.target; }

end() {
	kill "${processes[$1]}"
	{ wait "${processes[$1]}" || true; } 2>/dev/null
	unset "processes[$1]"
}

systemd_end() {
	if [ "${processes[systemd]-}" ]; then
		kill -9 "${processes[systemd]}"
		{ wait "${processes[systemd]}" || true; } 2>/dev/null
		unset "processes[systemd]"
	fi
	[ ! -d "$cgroup/$PREFIX" ] || wait_for 10 remove_cgroup
}
remove_cgroup() { find "$cgroup/$PREFIX" -depth -type d -exec rmdir {} +; } # with those that systemd made in it

under_systemd() {
	local unit turn
	turn=$(turn_of host)
	for unit in basic sysinit shutdown network-pre; do
		printf '[Unit]\nDefaultDependencies=no\n' >"$WORK/units/$unit.target"
	done
	mkdir "$WORK/units/hairpind.service.d"
	printf '[Service]\nStandardError=append:%s\nWatchdogSec=2s\nExecStart=\nExecStart=%s -c %s\n' "$WORK/agent.log" \
		"$WORK/usr/sbin/hairpind" "$WORK/conf" >"$WORK/units/hairpind.service.d/test.conf"
	: >"$WORK/agent.log"
	# shellcheck disable=SC2016 # the inner shell's
	background systemd sh -c 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"' - "$cgroup/$PREFIX" \
		nsenter --net="/run/netns/$PREFIX-host" \
		unshare --cgroup --uts --ipc --mount --propagation slave --pid --fork --kill-child sh "$WORK/init"
	wait_for 20 is_up || die "$(cat "$WORK/systemd.out" "$WORK/systemd.err")"
	ok "systemd starts it, and waits until it is ready" inside systemctl start hairpind
	is "$(property StatusText)" "1 uplinks, 1 endpoints" "... its status"
	is "$(complaints)" "" "... it complains of nothing"
	ok "... the host reaches a declared endpoint" pings host 192.168.14.11
	netns late
	endpoint_direct late eth0 bridge 192.168.14.14/24
	ok "an endpoint comes in a netns mounted since: it is told" wait_for 5 has_property StatusText "1 uplinks, 2 endpoints"
	ok "... the host reaches it" pings host 192.168.14.14
	at late ip link del eth0
	netns_del late
	ok "a reload" inside systemctl reload hairpind
	ok "... ends" wait_for 5 has_property ActiveState active
	ok "... was done" grep "configuration was read again" "$WORK/agent.log"
	inside systemctl kill --signal=STOP hairpind
	ok "it stands still: the watchdog has it started anew" wait_for 20 has_property NRestarts 1
	ok "... and it is ready again" wait_for 10 has_property ActiveState active
	ok "... the host reaches the endpoint" pings host 192.168.14.11
	background turn nsenter -t "$(init_pid)" --mount sh -c "exec 9>$turn; flock 9; echo ready; exec sleep 1000"
	wait_for 5 hears turn
	inside systemctl stop hairpind
	ok "who has the turn to change devices keeps it" inside test -e "$turn"
	end turn
	is "$(property Result) $(property ActiveState)" "success inactive" "it is stopped"
	ok "... the programs go on" pings host 192.168.14.11
}

if [ "$why" ]; then
	skip "hairpind under systemd" "$why"
else
	at_end systemd_end
	install_units install
	under_systemd
	systemd_end
fi

# ---- at work

if [ "$(uname -m)" != x86_64 ]; then
	skip "hairpind under the unit's hardening" "hardened.pl knows the system calls of x86-64 only"
	done_testing
	exit
fi

# Its pid is hairpind's in the end.
hardened() { # [--without CAPABILITY]... -- ARGUMENT...
	local without=()
	while [ "$1" != -- ]; do
		without+=("$1")
		shift
	done
	shift
	exec nsenter --net="/run/netns/$PREFIX-host" perl "$TOP/selftests/net/hardened.pl" "$UNIT" --writable "$RUN" --writable /run/hairpin \
		"${without[@]}" "$BUILD/hairpind" --pins "$PINS" --run "$RUN" "$@"
}

serves_mac() {
	# shellcheck disable=SC2046 # a word per byte
	in_map eth0 fdb $(fdb_key "$1")
}

endpoint_of_pid() { # PID ADDRESS: without an id of that netns on the host
	at host ip link add link eth0 name dm0 netns "$1" address "$(mac_of "$2")" type macvlan mode bridge
	nsenter --net="/proc/$1/ns/net" ip link set dm0 up
}

is_nobody() { [ "$(stat -c %u "/proc/${processes[user]}")" = $NOBODY ]; }
make_user() {
	background user unshare --net setpriv --reuid $NOBODY --regid $NOBODY --clear-groups --inh-caps=-all sleep infinity
	wait_for 5 is_nobody
	endpoint_of_pid "${processes[user]}" 192.168.14.12
}

is_inside() { [ "$(stat -Lc %i "/proc/${processes[visitor]}/ns/net")" = "$(stat -c %i "$WORK/store/netns")" ]; }
make_store() {
	unshare --net="$WORK/store/netns" true
	background visitor nsenter --net="$WORK/store/netns" sleep infinity
	wait_for 5 is_inside
	endpoint_of_pid "${processes[visitor]}" 192.168.14.13
	end visitor
}

# What of hairpind's work is not done: a word each. Namespaces that hairpind has not met yet.
walk() { # [--without CAPABILITY]
	make_user
	make_store
	walk_through "$@"
	# A netns goes with its devices some time after its last user: their MACs are wanted again.
	nsenter --net="/proc/${processes[user]}/ns/net" ip link del dm0
	nsenter --net="$WORK/store/netns" ip link del dm0
	end user
	umount "$WORK/store/netns"
}

walk_through() {
	: >"$WORK/agent.log"
	hardened "$@" -- -c "$WORK/conf" >"$WORK/agent.log" 2>&1 &
	AGENT_PID=$!
	wait_for 20 agent_is_decided
	if ! agent_is_ready; then
		AGENT_PID=
		echo start
		return
	fi
	# As soon as it is ready, all that is there is served.
	serves_mac "$(mac_of 192.168.14.11)" >"$WORK/out" 2>&1 || echo handle
	serves_mac "$(mac_of 192.168.14.12)" >"$WORK/out" 2>&1 || echo user
	serves_mac "$(mac_of 192.168.14.13)" >"$WORK/out" 2>&1 || echo store
	pings host 192.168.14.11 >"$WORK/out" 2>&1 || echo ping
	walk_late
	agent_stop
	(hardened "$@" -- --detach) >"$WORK/out" 2>&1 || echo detach
}

announced() { [ "$(count wire "^$1\$")" != 0 ]; } # it comes when the maps are right
walk_late() {
	local line
	line=$(garp_line "$(mac_of 192.168.14.14)" 192.168.14.14)
	listen wire wire frames eth0 0806
	netns late
	endpoint_direct late eth0 bridge 192.168.14.14/24
	wait_served late >"$WORK/out" 2>&1 || echo late
	wait_for 3 announced "$line" 2>"$WORK/out" || echo announcement
	SETTLE_NS=late gather wire
	count wire "^$line\$" | sed '/^[01]$/d'
	at late ip link del eth0
	netns_del late
}

mkdir -m 700 "$WORK/store"
touch "$WORK/store/netns"
chown $NOBODY "$WORK/store"
forget_store() { umount "$WORK/store/netns" 2>/dev/null; }
at_end forget_store

walk >"$WORK/walk"
is "$(cat "$WORK/walk")" "" "with the unit's hardening hairpind does all its work"
is "$(complaints)" "" "... and complains of nothing"

missing=(
	"CAP_NET_ADMIN handle user store ping late announcement"
	"CAP_NET_BROADCAST start"
	"CAP_NET_RAW announcement"
	"CAP_SYS_ADMIN start"
	"CAP_SYS_PTRACE user"
	"CAP_DAC_READ_SEARCH store"
)
is "$(printf '%s\n' "${missing[@]%% *}" | sort)" "$(sed -n 's/^CapabilityBoundingSet=//p' "$UNIT" | tr ' ' '\n' | sort)" \
	"the unit's capabilities are these"
for line in "${missing[@]}"; do
	walk --without "${line%% *}" >"$WORK/walk"
	is "$(tr '\n' ' ' <"$WORK/walk")" "${line#* } " "without ${line%% *}: not ${line#* }"
done
done_testing
