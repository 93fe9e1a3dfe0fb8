#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The DaemonSet as a node would run it: podman gets the image, and of the manifest each mount, each capability and each word.
# There is no API server to ask in Debian: kubectl's own types tell whether there is such a word, and no more.
#
#	host eth0 192.168.14.133 --- wire eth0 192.168.14.2
#	   |-- b1    .11  netns with a name in /run/netns, and without a process
#	   |-- user  .12  netns of another user's process, without a name
#	   |-- late  .13  as b1, made when the agent runs
set -euo pipefail

# A node's /run, /opt, /var/lib and bpffs: hostPaths are as the manifest has them.
if [ -z "${KUBERNETES_NODE-}" ]; then
	KUBERNETES_NODE=1 exec unshare --mount --propagation slave "$0"
fi
for dir in /run /opt /var/lib; do
	mount -t tmpfs tmpfs $dir
done
mount --make-rshared /run
mkdir /run/netns /run/lock
mount -t bpf -o mode=0700 bpf /sys/fs/bpf

. "$(dirname "$0")/../net/lifecycle.sh"

manifests=$TOP/tools/deploy/kubernetes
image=hairpin:$(sed -n 's/^VERSION := //p' "$TOP/Makefile")
PINS=/sys/fs/bpf/hairpin
NOBODY=65534

# ---- what kubectl makes of them

# Fields that its types do not have are dropped: a word that was mistyped is not in what comes out.
words_of() { perl -MJSON::PP -MYAML::XS=LoadFile -e '
	sub walk {
		my ($path, $v) = @_;
		if (ref $v eq "HASH") { walk("$path.$_", $v->{$_}) for keys %$v }
		elsif (ref $v eq "ARRAY") { walk("$path\[$_]", $v->[$_]) for 0 .. $#$v }
		else { print "$path=$v\n" }
	}
	walk("", LoadFile($ARGV[0]))' "$1" | sed 's/=true$/=1/; s/=false$/=/' | LC_ALL=C sort; }

kubectl kustomize "$manifests" >"$WORK/all.yaml"
is "$(grep '^kind: ' "$WORK/all.yaml" | sort | paste -sd' ')" "kind: ConfigMap kind: DaemonSet kind: Namespace" \
	"kustomize: a namespace, a ConfigMap, a DaemonSet, and nothing of RBAC"
kubectl set image --local -f "$manifests/daemonset.yaml" -o yaml hairpind=another >"$WORK/daemonset.yaml"
is "$(LC_ALL=C comm -23 <(words_of "$manifests/daemonset.yaml") <(words_of "$WORK/daemonset.yaml"))" \
	".spec.template.spec.containers[0].image=$image" "kubectl's types have each word of daemonset.yaml"
is "$(grep -o 'image: .*' "$manifests/daemonset.yaml" | sort -u)" "image: $image" "its image is of this version"

# ---- the image

podman() { # the machine's own state of podman is left alone
	nsenter --net="/run/netns/$PREFIX-host" podman --root "$WORK/podman" --runroot "$WORK/podman-run" \
		--tmpdir "$WORK/podman-tmp" --storage-driver overlay --cgroup-manager cgroupfs --events-backend file \
		--runtime runc "$@"
}
podman_end() { podman rm -f -a -t 0 >/dev/null && podman rmi -f -a >/dev/null; }
# Where podman would use /libpod_parent, which stays.
CGROUP=hairpin-$$-kubernetes
cgroups() { find /sys/fs/cgroup -depth -type d -path "*/$CGROUP*" 2>/dev/null; }
cgroups_gone() { cgroups | xargs -r rmdir && [ -z "$(cgroups)" ]; }

lab_new
address host eth0 "$HOST/24"
address wire eth0 "$GATEWAY/24"
at_end wait_for 10 cgroups_gone
at_end podman_end
ok "the image is built, and no registry is asked" \
	podman build -q -t "$image" -f "$TOP/tools/deploy/Containerfile" "$BUILD/image"

words() { # CONTAINER: of `podman run`
	perl "$TOP/selftests/engine/pod.pl" "$1" "$WORK" <"$WORK/all.yaml"
}
here=(--cgroup-parent="/$CGROUP" --ulimit nofile=1024:1024 --ulimit nproc=1024:1024) # raising them is not permitted everywhere

# ---- the CNI plugin

mapfile -t installer < <(words install-cni)
ok "the init container installs the plugin" podman run --rm "${here[@]}" "${installer[@]}"
ok "... again, over what is there" podman run --rm "${here[@]}" "${installer[@]}"
mkdir -p "$WORK/bare/opt/cni"
at_end umount "$WORK/bare/opt/cni"
mount --bind /opt/cni "$WORK/bare/opt/cni"
is "$(CNI_COMMAND=VERSION chroot "$WORK/bare" /opt/cni/bin/hairpin-cni </dev/null | grep -o '"supportedVersions"')" \
	'"supportedVersions"' "... which runs where there is nothing else, not even a C library"
is "$(find /opt/cni -name '*.new')" "" "... nothing half copied is left"

# ---- the agent

is_nobody() { [ "$(stat -c %u "/proc/${processes[user]}")" = $NOBODY ]; }
endpoint_of_user() {
	background user unshare --net setpriv --reuid $NOBODY --regid $NOBODY --clear-groups --inh-caps=-all sleep infinity
	wait_for 5 is_nobody
	at host ip link add link eth0 name dm0 netns "${processes[user]}" address "$(mac_of 192.168.14.12)" \
		type macvlan mode bridge
	nsenter --net="/proc/${processes[user]}/ns/net" ip link set dm0 up
}
# A netns goes when the kernel comes to it, and the MAC is taken until then.
endpoint_end() { # NS
	at "$1" ip link del eth0
	netns_del "$1"
}
endpoint_of_user_end() {
	nsenter --net="/proc/${processes[user]}/ns/net" ip link del dm0
	kill "${processes[user]}"
	{ wait "${processes[user]}" || true; } 2>/dev/null
	unset "processes[user]"
}

agent_start_pod() { # [REGEX]: without words that match
	local run
	mapfile -t run < <(words hairpind | grep -vE -- "${1:-^$}")
	: >"$WORK/agent.log"
	podman run --rm --name hairpind "${here[@]}" "${run[@]}" >"$WORK/agent.log" 2>&1 &
	AGENT_PID=$!
	wait_for 30 agent_is_decided
}
agent_stop_pod() {
	podman stop -t 10 hairpind >/dev/null
	local pid=$AGENT_PID
	AGENT_PID=
	wait "$pid"
}

serves_mac() {
	# shellcheck disable=SC2046 # a word per byte
	in_map eth0 fdb $(fdb_key "$(mac_of "$1")") >"$WORK/out" 2>&1
}

announced() { [ "$(count wire "^$1\$")" != 0 ]; } # it comes when the maps are right
walk_late() {
	local line
	line=$(garp_line "$(mac_of 192.168.14.13)" 192.168.14.13)
	listen wire wire frames eth0 0806
	netns late
	endpoint_direct late eth0 bridge 192.168.14.13/24
	wait_for 3 serves_mac 192.168.14.13 2>"$WORK/out" || echo late
	wait_for 3 announced "$line" 2>"$WORK/out" || echo announcement
	SETTLE_NS=late gather wire
	count wire "^$line\$" | sed '/^[01]$/d'
	endpoint_end late
}

walk_traffic() {
	pings host 192.168.14.11 >"$WORK/out" 2>&1 || echo ping
	pings b1 "$HOST" >"$WORK/out" 2>&1 || echo back
	walk_late
}

# What of its work is not done, a word each.
walk() { # [REGEX]: without words of the manifest that match
	netns b1
	endpoint_direct b1 eth0 bridge 192.168.14.11/24
	endpoint_of_user
	agent_start_pod "$@"
	if agent_is_ready; then
		serves_mac 192.168.14.11 || echo name
		serves_mac 192.168.14.12 || echo user
		# A command that runs in a netns is a process there, by which it may be found.
		[ "${1-}" = /run/netns ] || walk_traffic
		[ $# = 1 ] || walk_ready
		agent_stop_pod || echo stop
	else
		AGENT_PID=
		echo start
	fi
	endpoint_of_user_end
	endpoint_end b1
	rm -rf "$PINS"
}
walk_ready() { # the manifest's probe, and what stands in the pod
	podman exec hairpind /usr/bin/hairpin status >"$WORK/status" 2>&1 || echo probe
	podman exec hairpind /bin/busybox touch /x 2>"$WORK/out" && echo writable
	return 0
}

walk >"$WORK/walk"
is "$(cat "$WORK/walk")" "" "the pod does all its work"
is "$(grep -i 'error\|warning\|permitted\|cannot' "$WORK/agent.log" || true)" "" "... and complains of nothing"
is "$(grep -o 'eth0' "$WORK/status" | head -n 1)" eth0 "... the readiness probe sees what is served"

missing=(
	"--cap-add=NET_ADMIN name user ping back late announcement"
	"--cap-add=NET_BROADCAST start"
	"--cap-add=NET_RAW announcement"
	"--cap-add=SYS_ADMIN start"
	"--cap-add=SYS_PTRACE user"
	"--pid=host user"
	"/run/netns name"
)
is "$(printf '%s\n' "${missing[@]%% *}" | grep cap-add | sort)" "$(words hairpind | grep cap-add | sort)" \
	"its capabilities are these"
for line in "${missing[@]}"; do
	walk "${line%% *}" >"$WORK/walk"
	is "$(paste -sd' ' "$WORK/walk")" "${line#* }" "without ${line%% *}: not ${line#* }"
done

# ---- the networks

network() { # NAME: its configuration
	perl -MYAML::XS=LoadFile -e 'for (LoadFile($ARGV[0])) { print $_->{spec}{config} if $_->{metadata}{name} eq $ARGV[1] }' \
		"$manifests/networks.yaml" "$1"
}
plugin() { # COMMAND NETWORK, to the namespace pod
	network "$2" | CNI_COMMAND=$1 CNI_CONTAINERID=pod CNI_NETNS=/run/netns/$PREFIX-pod CNI_IFNAME=net1 \
		CNI_PATH=/opt/cni/bin:/usr/lib/cni at host /opt/cni/bin/hairpin-cni
}
endpoints_in_map() { # those of the pod: VLAN, kind, mode
	map_rows eth0 endpoints value.ifname value.vlan value.kind value.mode | sed -n 's/^net1 //p'
}
none_in_map() { [ -z "$(endpoints_in_map)" ]; }
agent_start_pod
netns pod
declare -A want=([lan]="0 HP_KIND_MACVLAN HP_MODE_BRIDGE" [lan50]="50 HP_KIND_MACVLAN HP_MODE_VEPA"
	[lan-xdp]="0 HP_KIND_XDP HP_MODE_BRIDGE")
is "$(sed -n 's/^  name: //p' "$manifests/networks.yaml" | sort | paste -sd' ')" "lan lan-xdp lan50" "the networks are these"
for network in lan lan50 lan-xdp; do
	ok "network $network: a pod gets it" plugin ADD "$network"
	is "$(endpoints_in_map)" "${want[$network]}" "... as it says"
	[ "$network" = lan50 ] || ok "... the host reaches the pod" \
		pings host "$(at pod ip -4 -br addr show dev net1 | awk '{ sub("/.*", "", $3); print $3 }')"
	ok "... and gives it back" plugin DEL "$network"
	wait_for 5 none_in_map
done
plugin ADD lan >"$WORK/out" # programs are where endpoints are
ok "the pod ends as it should" agent_stop_pod

# ---- gone, as README has it

served() { [ ! -d "$PINS" ] || ls "$PINS"; }
is "$(served)" eth0 "the programs stay"
ok "... until the image takes them off" podman run --rm "${here[@]}" --privileged --network host --pid host \
	-v /sys/fs/bpf:/sys/fs/bpf -v /run/hairpin:/run/hairpin "$image" --detach
is "$(served)" "" "... all of them"
plugin DEL lan
done_testing
