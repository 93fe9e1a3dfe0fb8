# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# For tests beside container engines; all of selftests/net/lib.sh is there as well.
#
# The test runs in PID and mount namespaces of its own, with a /run, /var/lib, /etc, /opt and bpffs
# that nobody else sees. So an engine finds its usual paths, free and empty; it meets no other
# engine of this machine, and when the test ends, in whatever way, the kernel ends all that the
# engine started, its mounts and its network namespaces. Only cgroups are the machine's: they are
# made under $CGROUP, which is removed from outside.
#
#	lab_lan				host eth0 192.168.14.133 fd14::133, wire eth0 192.168.14.2 fd14::2
#	IMAGE				a tar of busybox: /bin and no more
#	at_host COMMAND...		in the host's netns; a daemon: its pid is the command's
#	containerd_start		as Debian's containerd.service
#	docker_start [OPTION]...	containerd, if it does not run, and dockerd, beside each other
#	engine_end NAME SIGNAL		of containerd, dockerd or podman alone, and waits
#	docker_kill, docker_stop	the same: containers stay, if it runs with --live-restore
#	docker				the client of Debian, also where another one comes first
#	run NAME OPTION... -- [COMMAND]	docker run -itd of busybox
#	inside NAME COMMAND...		docker exec
#	podman_start BACK-END		netavark or cni: podman() is one with that, and the image
#	podman				in the host's netns
#	podman_here			what `podman run` has to be told, where it has few rights
#	podman_service			its API, on the usual socket
#	podman_end NAME...		removes them, who are the last ones, and the service
#
# What a test looks at
#	first NS ADDRESS		one echo request, answered within a second, once hairpind sleeps
#	both NAME ADDRESS WHAT		two tests: the host and the container, either way; ping -c 1
#	apart NAME ADDRESS WHAT		the same, neither way
#	turned UPLINK NAME-IN-MAPS ADDRESS WHAT [MAC]	two tests: what the host and the endpoint send each
#					other is counted as the host's, and not seen on the wire
#	row UPLINK ADDRESS FIELD...	of the endpoint that owns the address; nothing: there is none
#	listed UPLINK			the endpoints, fdb and neigh entries that are not the host's own
#	nothing_but ROWS		whether eth0 has what was listed then, else what differs

engine_cgroups() { find /sys/fs/cgroup -depth -type d -path "*/$1*"; }
# shellcheck disable=SC2317 # called by the trap
engine_cgroups_gone() { engine_cgroups "$1" | xargs -r rmdir 2>/dev/null; [ -z "$(engine_cgroups "$1")" ]; }

# Waits for what is dying: a cgroup can be removed when the last process in it has gone.
# shellcheck disable=SC2317 # called by the trap
engine_outside_end() {
	local i
	trap '' INT TERM
	kill -9 "$engine_inside" 2>/dev/null || true # and with it, by --kill-child, all that is in there
	wait "$engine_inside" 2>/dev/null || true
	rm -rf "$TMPDIR"
	for ((i = 0; i < 1000; i++)); do
		engine_cgroups_gone "$CGROUP" && return
		sleep 0.01
	done
	echo "# left behind: $(engine_cgroups "$CGROUP" | head -n 1)" >&2
	exit 1
}

engine_outside() {
	export CGROUP=hairpin-$$-test TMPDIR
	TMPDIR=$(mktemp -d /tmp/hairpin-test.XXXXXX)
	unshare --mount --pid --fork --kill-child --mount-proc "$0" &
	engine_inside=$!
	trap engine_outside_end EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	wait "$engine_inside"
	exit
}

# An empty file system would take /etc/ssl and the like from the engines: changes alone are private.
engine_own_etc() {
	mkdir /run/etc /run/etc/upper /run/etc/work
	mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work /etc
	rm -rf /etc/cni /etc/containers/networks /etc/docker /etc/containerd
}

engine_inside() {
	local dir program
	export PATH=/usr/sbin:/usr/bin:/sbin:/bin
	unset DOCKER_HOST CONTAINER_HOST
	for program in "${ENGINE_PROGRAMS[@]}"; do
		command -v "$program" >/dev/null && continue
		echo "# $program is not here: tools/bootstrap check installs what tests need" >&2
		exit 1
	done
	for dir in /run /var/lib /opt; do
		mount -t tmpfs tmpfs $dir
	done
	mkdir /run/netns /run/lock
	mount -t bpf bpf /sys/fs/bpf
	engine_own_etc
}

ENGINE_PROGRAMS=(dockerd docker containerd ctr runc podman jq lxc-start libvirtd dnsmasq)

[ -n "${CGROUP-}" ] || engine_outside
engine_inside

# shellcheck source=selftests/net/lib.sh
. "$(dirname "$0")/../net/lib.sh"

lab_lan() {
	lab_new
	address host eth0 $HOST/24 fd14::133/64
	address wire eth0 $GATEWAY/24 fd14::2/64
}

IMAGE=$WORK/busybox.tar
engine_image() {
	local applet
	mkdir -p "$WORK/image/bin"
	cp /bin/busybox "$WORK/image/bin/busybox"
	for applet in sh ip ping ping6 sleep cat true; do
		ln -s busybox "$WORK/image/bin/$applet"
	done
	tar -C "$WORK/image" -cf "$IMAGE" .
}
engine_image

# Not through at(), which stands between: the pid must be the command's.
at_host() { exec nsenter --net="/run/netns/$PREFIX-host" "$@"; }

containerd_answers() { ctr version; }
containerd_start() {
	background containerd at_host containerd
	wait_for 30 containerd_answers || die "$(tail -n 5 "$WORK/containerd.err")"
}

docker() { /usr/bin/docker "$@"; }

# dockerd with a proxy process, a bridge or rules for netfilter has nothing to do with macvlan.
docker_answers() { docker version; }
docker_start() {
	[ -n "${processes[containerd]-}" ] || containerd_start
	rm -f /run/docker.pid # of one that was killed; the next one's pid might be the same
	background dockerd at_host dockerd --containerd=/run/containerd/containerd.sock --cgroup-parent="/$CGROUP" \
		--iptables=false --ip6tables=false --ip-masq=false --bridge=none "$@"
	wait_for 30 docker_answers || die "$(tail -n 5 "$WORK/dockerd.err")"
}

# bash tells of killed children.
engine_end() { # NAME SIGNAL
	local pid=${processes[$1]}
	unset "processes[$1]"
	{ kill -s "$2" "$pid" && wait "$pid"; } 2>/dev/null || true
}
docker_kill() { engine_end dockerd KILL; }
docker_stop() { engine_end dockerd TERM; }

docker_image() { docker import --change 'CMD ["sh"]' "$IMAGE" busybox >"$WORK/import.out" 2>&1; }

run() {
	local name=$1 options=()
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	docker run -itd --name "$name" "${options[@]}" busybox "$@" >"$WORK/run.out" 2>&1 || die "$(cat "$WORK/run.out")"
}
inside() { docker exec "$@"; }
pid_of() { docker inspect -f '{{.State.Pid}}' "$1"; }
id_of() { docker inspect -f '{{.Id}}' "$1" | cut -c -12; }

# What Debian's Podman cannot do here: crun wants one cgroup hierarchy, systemd is not there,
# and limits can only be lowered. Nobody's configuration is needed for macvlan.
PODMAN=()
podman() { at host /usr/bin/podman "${PODMAN[@]}" "$@"; }
# shellcheck disable=SC2034 # for the tests
podman_here=(--cgroup-parent="/$CGROUP" --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --cap-add NET_RAW)
podman_start() {
	PODMAN=(--runtime runc --cgroup-manager cgroupfs --events-backend file --network-backend "$1")
	! mountpoint -q /var/lib/containers/storage/overlay || umount /var/lib/containers/storage/overlay
	rm -rf /var/lib/containers /run/containers /run/libpod /etc/cni /etc/containers/networks
	podman import --change 'CMD ["sh"]' "$IMAGE" busybox >"$WORK/import.out" 2>&1 || die "$(cat "$WORK/import.out")"
}

podman_service() {
	mkdir -p /run/podman
	background podman at_host /usr/bin/podman "${PODMAN[@]}" system service -t 0 unix:///run/podman/podman.sock
	wait_for 30 [ -S /run/podman/podman.sock ]
}

podman_end() {
	[ -z "${processes[podman]-}" ] || engine_end podman TERM
	rm -f /run/podman/podman.sock
	podman rm -f -t 0 "$@" >/dev/null
	wait_for 30 podman_is_done
}
# A container's conmon starts one more podman behind it, which mounts the storage again.
podman_is_done() { ! pgrep -x 'podman|conmon' >/dev/null; }

# hairpind has done what it was told of by then, on however busy a machine: it does not look again.
first() {
	local ns=$1 to=$2
	[ -z "$AGENT_PID" ] || wait_for 5 agent_sleeps
	case $ns in
	host | wire) at "$ns" ping -n -c 1 -W "${WAIT_FACTOR:-1}" "$to" ;;
	*) inside "$ns" ping -c 1 -W "${WAIT_FACTOR:-1}" "$to" ;;
	esac || {
		map_rows eth0 neigh key.ip value.endpoint && agent_log | tail -n 20
		return 1
	} 2>&1
}

# The host's address in the subnet of an address of one of its containers.
host_for() {
	local family=-4
	[[ $1 != *:* ]] || family=-6
	at host ip $family -o route get "$1" | sed -n 's/.* src \([^ ]*\).*/\1/p'
}

both() {
	ok "$3: host to $1, the first ping" first host "$2"
	ok "... $1 to host" first "$1" "$(host_for "$2")"
}
apart() {
	fails "$3: host and $1 do not reach each other" first host "$2"
	fails "... nor $1 the host" first "$1" "$(host_for "$2")"
	# Else both go on asking, once a second, and the next ping waits for that.
	at host ip neigh flush to "$2"
	nsenter --net="/proc/$(pid_of "$1")/ns/net" ip neigh flush dev eth0
}

row() {
	local uplink=$1 owner
	owner=$(map_rows "$uplink" neigh key.ip value.endpoint | awk -v ip="$2" '$1 == ip { print $2 }')
	shift 2
	[ -z "$owner" ] || map_rows "$uplink" endpoints key "$@" | sed -n "s/^$owner //p"
}

# At least: neighbours may be asked for meanwhile.
turned() {
	local uplink=$1 name=$2 to=$3 before after
	before=$(packets "$uplink" "$name" rx.host):$(packets "$uplink" "$name" tx.host)
	listen wire-icmp wire frames "$uplink" 0800
	at host ping -n -q -c 5 -i 0.01 "$to" >/dev/null
	gather wire-icmp
	after=$(packets "$uplink" "$name" rx.host):$(packets "$uplink" "$name" tx.host)
	ok "$4: 5 requests and 5 replies are counted as the host's" \
		[ $((${after%:*} - ${before%:*} >= 5 && ${after#*:} - ${before#*:} >= 5)) = 1 ]
	is "$(count wire-icmp "${5:-$(mac_of "$to")}")" 0 "... the wire has seen none of them"
}

# Not by the endpoints' names, for which better ones come, nor by IPv6 addresses, which come after
# DAD: of those, whose they are.
listed() {
	[ -e "$PINS/$1" ] || return 0
	{
		map_rows "$1" endpoints value.kind key value.mac
		map_rows "$1" fdb value.kind key.mac
		map_rows "$1" neigh value.kind value.endpoint key.ip | awk '{ print $1, $2 } $3 !~ /:/'
	} | grep -v ^HP_KIND_HOST | LC_ALL=C sort -u
}
nothing_but() { # ROWS
	listed eth0 >"$WORK/listed"
	diff <(echo "$1") "$WORK/listed"
}
