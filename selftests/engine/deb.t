#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The Debian packages on a Debian of their own: installed, upgraded under traffic, removed, purged.
#
#	host eth0 192.168.14.133 --- wire eth0 192.168.14.2
#	   |-- b1 .11, b2 .12 (macvlan, bridge)
. "$(dirname "$0")/machine.sh"

version=$(sed -n 's/^VERSION := //p' "$TOP/Makefile")
arch=$(dpkg --print-architecture)
hairpin_deb=$BUILD/deb/hairpin_${version}_$arch.deb
cni_deb=$BUILD/deb/hairpin-cni_${version}_$arch.deb
conf=/etc/hairpin/hairpin.conf

# ---- the tarball

tarball=$BUILD/hairpin-$version.tar.gz
zcat "$tarball" >"$WORK/tarball" # not through a pipe: git reads the head of it only
commit=$(git get-tar-commit-id <"$WORK/tarball")
(umask 077 && env -u MAKEFLAGS make -s -C "$TOP" BUILD="$WORK/again" DIST_COMMIT="$commit" dist)
ok "the tarball of a commit is the same, byte by byte, when it is made again" \
	cmp "$tarball" "$WORK/again/hairpin-$version.tar.gz"
is "$(tar -tzf "$tarball" | cut -d/ -f1 | sort -u)" "hairpin-$version" "... all of it is in one directory"

# ---- what is in the packages

contents() { # DEB: mode and path of all but directories
	dpkg-deb --fsys-tarfile "$1" | tar -tv --numeric-owner | grep -v '^d' |
		awk '{ print $1, $2, substr($6, 2) }' | LC_ALL=C sort -k3
}

is "$(contents "$hairpin_deb")" "$(
	cat <<-EOF
		-rw-r--r-- 0/0 /etc/hairpin/hairpin.conf
		-rw-r--r-- 0/0 /lib/systemd/system/hairpind.service
		-rwxr-xr-x 0/0 /usr/bin/hairpin
		-rwxr-xr-x 0/0 /usr/sbin/hairpind
		-rw-r--r-- 0/0 /usr/share/bash-completion/completions/hairpin
		-rw-r--r-- 0/0 /usr/share/doc/hairpin/changelog.gz
		-rw-r--r-- 0/0 /usr/share/doc/hairpin/copyright
		-rw-r--r-- 0/0 /usr/share/man/man5/hairpin.conf.5.gz
		-rw-r--r-- 0/0 /usr/share/man/man8/hairpin.8.gz
		-rw-r--r-- 0/0 /usr/share/man/man8/hairpind.8.gz
	EOF
)" "hairpin: its files"
is "$(contents "$cni_deb")" "$(
	cat <<-EOF
		-rwxr-xr-x 0/0 /opt/cni/bin/hairpin-cni
		lrwxrwxrwx 0/0 /usr/lib/cni/hairpin-cni
		-rw-r--r-- 0/0 /usr/share/doc/hairpin-cni/changelog.gz
		-rw-r--r-- 0/0 /usr/share/doc/hairpin-cni/copyright
		-rw-r--r-- 0/0 /usr/share/lintian/overrides/hairpin-cni
		-rw-r--r-- 0/0 /usr/share/man/man8/hairpin-cni.8.gz
	EOF
)" "hairpin-cni: its files"
is "$(dpkg-deb -I "$hairpin_deb" conffiles)" "$conf" "hairpin.conf is the conffile"
is "$(lintian --allow-root --tag-display-limit 0 "$hairpin_deb" "$cni_deb" 2>&1)" "" \
	"lintian has neither errors nor warnings"

# ---- install

# As a package of the next version would be. COMMAND...: changes in it, where it is unpacked.
next_version() { # DEB VERSION [COMMAND...]: prints the new one
	local tree=$WORK/tree deb=$WORK/${1##*/}
	rm -rf "$tree"
	dpkg-deb -R "$1" "$tree"
	sed -i "s/^Version: .*/Version: $2/; s/hairpin (= [^)]*)/hairpin (= $2)/" "$tree/DEBIAN/control"
	deb=${deb/_$version/_$2}
	shift 2
	[ $# = 0 ] || (cd "$tree" && "$@")
	dpkg-deb --root-owner-group -Znone -b "$tree" "$deb" >/dev/null
	echo "$deb"
}

# Nobody answers a question: stdin is empty.
install_debs() { # [OPTION]... DEB...
	local arguments=() a
	for a; do
		case $a in
		*.deb)
			cp "$a" "$MACHINE_ROOT/root/"
			arguments+=("/root/${a##*/}")
			;;
		*) arguments+=("$a") ;;
		esac
	done
	inside dpkg --force-unsafe-io -i "${arguments[@]}"
	rm "$MACHINE_ROOT"/root/*.deb
}

# shellcheck disable=SC2016 # for dpkg-query
state_of() { inside dpkg-query -W -f '${db:Status-Status} ${Version}' "$1"; }
id_of_pin() { # map|prog PIN
	"$BPFTOOL" -j "$1" show pinned "$PINS/eth0/$2" | "$PROBE" field id
}
both_ways() {
	ok "$1: host to b1" pings host 192.168.14.11
	ok "$1: b1 to host" pings b1 "$HOST"
}

lab_walkthrough
machine_start
machine_files >"$WORK/before"
ok "both are installed by dpkg alone" install_debs "$hairpin_deb" "$cni_deb"
is "$(state_of hairpin), $(state_of hairpin-cni)" "installed $version, installed $version" "... and configured"
is "$(inside readlink /etc/systemd/system/multi-user.target.wants/hairpind.service)" \
	/lib/systemd/system/hairpind.service "... hairpind starts at boot"
is "$(inside hairpind --version)" "hairpind $version" "... hairpind runs"
ok "... so does hairpin" inside hairpin --version
fails "the host does not reach b1 yet" pings host 192.168.14.11
agent_start_inside
both_ways "hairpind started"

# ---- upgrade

ids() { # what an agent that took its predecessor's pins over leaves as it was
	local pin
	for pin in fdb neigh endpoints stats; do
		id_of_pin map "$pin"
	done
	id_of_pin prog egress
	id_of_pin prog ingress
}

wait_served b1
before=$(ids)
pid=$AGENT_PID
echo "announce = false" >>"$MACHINE_ROOT$conf"
flow ping host 192.168.14.11
flow_runs ping
ok "an upgrade with hairpin.conf changed here, and the package's as it was: no question" install_debs \
	"$(next_version "$hairpin_deb" "$version+1")" "$(next_version "$cni_deb" "$version+1")"
is "$(state_of hairpin), $(state_of hairpin-cni)" "installed $version+1, installed $version+1" "... both are there"
is "$(tail -n 1 "$MACHINE_ROOT$conf")" "announce = false" "... the change is still there"
ok "... the agent runs on" kill -0 "$pid"
flow_runs ping
agent_stop
agent_start_inside
flow_runs ping
is "$(flow_end ping)" "lost 0, doubled 0" "... from before the upgrade to behind the new agent's start, no frame was lost"
is "$(ids)" "$before" "... which took over maps and programs"

# shellcheck disable=SC2016 # for the shell that edits it
newer=$(next_version "$hairpin_deb" "$version+2" sh -c 'echo "# more words" >> etc/hairpin/hairpin.conf')
newer_cni=$(next_version "$cni_deb" "$version+2")
ok "an upgrade that changes the package's hairpin.conf as well, told to keep ours" \
	install_debs --force-confdef --force-confold "$newer" "$newer_cni"
is "$(tail -n 1 "$MACHINE_ROOT$conf")" "announce = false" "... keeps it"
is "$(tail -n 1 "$MACHINE_ROOT$conf.dpkg-dist")" "# more words" "... the new one is beside it"
both_ways "... and the data plane"

# ---- remove

is_unloaded() { ! "$BPFTOOL" prog show id "$1"; }
nothing_attached() { # TEXT EGRESS INGRESS: programs by id
	ok "$1: the egress program is unloaded" wait_for 5 is_unloaded "$2"
	ok "... the ingress program, too" wait_for 5 is_unloaded "$3"
	is "$(at host tc qdisc show dev eth0 clsact)" "" "... no clsact"
	fails "... no pin is left" test -e "$PINS"
	fails "... the host does not reach b1" pings host 192.168.14.11
}

ok "hairpin-cni is removed" inside dpkg --remove hairpin-cni
fails "... it is gone" test -e "$MACHINE_ROOT/opt/cni/bin/hairpin-cni"
both_ways "... the agent does not mind"
programs=("$(id_of_pin prog egress)" "$(id_of_pin prog ingress)")
ok "hairpin is removed while hairpind runs" inside dpkg --remove hairpin
ok "... it ends" wait_for 5 agent_is_dead
AGENT_PID=
nothing_attached "removed" "${programs[@]}"
is "$(state_of hairpin)" "config-files $version+2" "... hairpin.conf is all that dpkg keeps"
is "$(tail -n 1 "$MACHINE_ROOT$conf")" "announce = false" "... as it was changed"
fails "... /run/hairpin is gone" test -e "$MACHINE_ROOT/run/hairpin"

ok "installed again" install_debs "$newer"
agent_start_inside
both_ways "... it works"
programs=("$(id_of_pin prog egress)" "$(id_of_pin prog ingress)")
agent_kill
echo "no such word" >>"$MACHINE_ROOT$conf"
ok "purged after a kill -9, with a hairpin.conf that is wrong" inside dpkg --purge hairpin hairpin-cni
nothing_attached "purged" "${programs[@]}"
machine_files >"$WORK/after"
# dpkg takes an empty directory along that no other package has in its list.
is "$(diff <(grep -v '^/opt ' "$WORK/before") <(grep -v '^/opt ' "$WORK/after"))" "" "... no file is left that was not there before"
fails "... dpkg has forgotten it" state_of hairpin
ok "... systemd's helper, too" inside sh -c '! ls /var/lib/systemd/deb-systemd-helper-enabled/hairpind*'
done_testing
