#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# README.md, as it is written: blocks behind <!-- run: NAME --> are run, line by line, and stop at
# the first that fails; those behind <!-- file: NAME --> are put where the text says.
#
#   containers, machines
#        |
#   host eth0 192.168.14.133, eth0.50, eth0.60, eth0.218 ------ eth0 192.168.14.2  wire
#
# VLAN devices are veths of that name here: not every kernel has 8021q, and Docker takes them.

. "$(dirname "$0")/engine.sh"

README=$TOP/README.md
used=()

# The indented lines behind the mark, without the indent.
block() { # run|file NAME
	local text
	text=$(awk -v mark="<!-- $1: $2 -->" '
		$0 == mark { inside = 1; next }
		inside && /^    / { print substr($0, 5); next }
		inside && /./ { exit }
		inside && /^$/ && lines++ { exit }' "$README")
	[ -n "$text" ] || die "README.md: no block <!-- $1: $2 -->"
	echo "$text"
}

runs() { # NAME
	local text
	text=$(block run "$1")
	used+=("run: $1")
	ok "README: $1" at host timeout 60 bash -euxc "$text"
}

shows() { hairpin endpoint | grep -E -- "$1" >/dev/null; }
is_kind() { [ "$(map_rows "$1" endpoints value.mac value.kind | awk -v mac="$2" '$1 == mac { print $2 }')" = "$3" ]; }
# Line by line, as people type: hairpind is done between two of them, and `check` tells when.
runs_slowly() { # NAME
	local text line
	text=$(block run "$1")
	used+=("run: $1")
	while read -r line; do
		ok "README: $1: $line" wait_for 10 at host bash -euc "$line"
	done <<<"$text"
}

hairpin() { at host "$BUILD/hairpin" "$@"; }
# `hairpind` and `hairpin` are those of this build, at their usual places.
# shellcheck disable=SC2034 # for agent_start
PINS=/sys/fs/bpf/hairpin RUN=/run/hairpin
export PATH=$BUILD:$PATH
SETTLE_NS=

lab_lan
agent_start

# ---- Docker

docker_start
docker_image
runs docker
runs docker-look
ok "... and the table names them" wait_for 30 shows "^b1 .* 192.168.14.11[ ,].* busybox *mac_net1\$"
docker rm -f b1 b2 >/dev/null
docker network rm mac_net1 >/dev/null
runs docker-vepa
run b1 --ip=192.168.14.11 --network mac_net1 --
both b1 192.168.14.11 "... in vepa mode"
docker rm -f b1 >/dev/null
docker network rm mac_net1 >/dev/null
at host ip addr del $HOST/24 dev eth0 # it moves to eth0.50
for vlan in 50 60 218; do
	uplink eth0.$vlan
done
runs docker-trunk
for n in 14.11:b1 14.12:b2 15.11:b3 15.12:b4; do
	both "${n#*:}" "192.168.${n%:*}" "... trunk"
done
docker rm -f b1 b2 b3 b4 >/dev/null
docker network rm macvlan50 macvlan60 >/dev/null
for device in eth0.50 eth0.60; do
	at host ip addr flush dev $device
done
address host eth0 $HOST/24
runs docker-subnets
for n in 216.10:c1 216.11:c2 218.10:c3 218.11:c4; do
	both "${n#*:}" "192.168.${n%:*}" "... two subnets"
done
docker rm -f c1 c2 c3 c4 >/dev/null
runs access
mkdir -p /etc/hairpin
block file access >/etc/hairpin/hairpin.conf
used+=("file: access")
kill -HUP "$AGENT_PID"
in_vlan_50() { map_rows eth0 endpoints value.mac value.vlan | grep -i '^02:42:c0:a8:32:0b 50$' >/dev/null; }
ok "README: access: it is in VLAN 50" wait_for 5 in_vlan_50
docker rm -f web >/dev/null
docker_stop

# ---- devices

runs macvtap
ok "... it is an endpoint" wait_for 5 is_kind eth0 "$(mac host tap0)" HP_KIND_MACVTAP
at host ip link del tap0
runs ip-link
ok "... the agent has seen it" wait_for 5 is_kind eth0 "$(ip -n web -br link show eth0 | awk '{ print $3 }')" HP_KIND_MACVLAN
ok "... the host reaches it" first host 192.168.14.31
ip netns del web
runs_slowly manage
ip netns del web

# ---- Podman

podman_start netavark
mkdir "$WORK/bin"
cat >"$WORK/bin/podman" <<END
#!/bin/bash
[ "\$1" != run ] || set -- run ${podman_here[*]} "\${@:2}"
exec /usr/bin/podman ${PODMAN[*]} "\$@"
END
chmod +x "$WORK/bin/podman"
PATH=$WORK/bin:$PATH runs podman
podman_end p1

# ---- libvirt: a machine whose firmware asks for an address, and for a file that nobody has

# Where libvirt is a package whole, there is a user for machines.
libvirt_start() {
	mkdir -p /var/lib/libvirt/qemu
	echo "libvirt-qemu:x:64055:64055::/:/usr/sbin/nologin" >>/etc/passwd
	printf '%s:x:64055:\n' libvirt-qemu kvm >>/etc/group
	printf '%s\n' 'user = "root"' 'group = "root"' 'security_driver = "none"' 'cgroup_controllers = [ ]' \
		'stdio_handler = "file"' 'namespaces = [ ]' >/etc/libvirt/qemu.conf
	background libvirtd at_host libvirtd
	wait_for 30 virsh list || die "$(tail -n 3 "$WORK/libvirtd.err")"
}
virsh() { at host /usr/bin/virsh -c qemu:///system "$@"; }

libvirt_start
text=$(block file libvirt)
used+=("file: libvirt")
cat >"$WORK/vm.xml" <<END
<domain type='qemu'>
  <name>vm1</name>
  <memory unit='MiB'>64</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type><boot dev='network'/></os>
  <devices>
$text
  </devices>
</domain>
END
background dnsmasq nsenter --net="/run/netns/$PREFIX-wire" dnsmasq -k --conf-file=/dev/null --port=0 --interface=eth0 \
	--dhcp-range=192.168.14.51,192.168.14.51,255.255.255.0 --dhcp-boot=nobody,,$GATEWAY --no-ping \
	--log-facility=- --dhcp-leasefile="$WORK/leases" --pid-file="$WORK/dnsmasq.pid"
ok "README: libvirt" virsh create "$WORK/vm.xml"
machine=$(at host ip -d -br link show type macvtap | awk '{ print $3 }')
ok "... it is an endpoint" wait_for 5 is_kind eth0 "$machine" HP_KIND_MACVTAP
leased() { [ -s "$WORK/leases" ]; }
ok "... its firmware has got an address from the wire" wait_for 120 leased
# How long it takes to use it is the firmware's affair: it asks the TFTP server's MAC first.
ok "... and the host reaches it" wait_for 20 first host 192.168.14.51
virsh destroy vm1 >/dev/null

# ---- LXC

mkdir -p /var/lib/lxc/l1/rootfs/{proc,sys,dev}
tar -C /var/lib/lxc/l1/rootfs -xf "$IMAGE"
text=$(block file lxc)
used+=("file: lxc")
cat >/var/lib/lxc/l1/config <<END
lxc.uts.name = l1
lxc.rootfs.path = dir:/var/lib/lxc/l1/rootfs
lxc.init.cmd = /bin/sleep 1000
lxc.cgroup.dir = $CGROUP/l1
lxc.apparmor.profile = unconfined
$text
END
runs lxc
at host lxc-stop -k -n l1

# ---- CNI: what a runtime makes of the list, for the one plugin in it

text=$(block file cni)
used+=("file: cni")
netns c1
cni() {
	jq '.plugins[0] + { cniVersion, name }' <<<"$text" | CNI_COMMAND=$1 CNI_CONTAINERID=c1 CNI_IFNAME=eth0 \
		CNI_NETNS="/run/netns/$PREFIX-c1" CNI_PATH=/usr/lib/cni at host "$BUILD/hairpin-cni"
}
ok "README: cni: ADD" cni ADD
address=$(at c1 ip -4 -o addr show dev eth0 | sed -n 's/.* inet \([^/]*\).*/\1/p')
ok "... with an address of its range" grep -E '^192\.168\.14\.(6[4-9]|[7-9].|1[01].|12[0-7])$' <<<"$address"
ok "... it reaches the host, at once" at c1 ping -n -c 1 -W 1 $HOST
ok "... and the host it" at host ping -n -c 1 -W 1 "$address"
ok "... DEL" cni DEL

is "$(printf '<!-- %s -->\n' "${used[@]}" | LC_ALL=C sort)" \
	"$(grep -E '^<!-- (run|file): ' "$README" | LC_ALL=C sort)" "all that README.md marks was tried"
done_testing
