#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The RPM packages, as far as Debian's rpm goes: built from the tarball, looked into, and not installed.
. "$(dirname "$0")/../net/lib.sh"

version=$(sed -n 's/^VERSION := //p' "$TOP/Makefile")
arch=$(rpm --eval '%{_arch}')
spec=$TOP/tools/deploy/rpm

hairpin=$BUILD/rpm/hairpin-$version.$arch.rpm
cni=$BUILD/rpm/hairpin-cni-$version.$arch.rpm

of() { # PACKAGE FORMAT
	rpm --dbpath "$WORK/db" -qp --qf "$2" "$1"
}
# Debian's rpm cannot compress man pages. rpm itself adds links for debuggers.
files() { of "$1" '[%{FILEMODES:perms} %{FILEUSERNAME} %{FILENAMES}\n]' | sed '/\.build-id/d; s/\.gz$//'; }

is "$(rpmlint -r "$spec/hairpin.rpmlintrc" "$spec/hairpin.spec" | tail -n 1 | grep -o '[0-9]* errors, [0-9]* warnings')" \
	"0 errors, 0 warnings" "rpmlint has nothing against the spec"
is "$(files "$hairpin")" "$(
	cat <<-EOF
		drwxr-xr-x root /etc/hairpin
		-rw-r--r-- root /etc/hairpin/hairpin.conf
		-rwxr-xr-x root /usr/bin/hairpin
		-rw-r--r-- root /usr/lib/systemd/system/hairpind.service
		-rwxr-xr-x root /usr/sbin/hairpind
		-rw-r--r-- root /usr/share/bash-completion/completions/hairpin
		-rw-r--r-- root /usr/share/man/man5/hairpin.conf.5
		-rw-r--r-- root /usr/share/man/man8/hairpin.8
		-rw-r--r-- root /usr/share/man/man8/hairpind.8
	EOF
)" "hairpin: its files"
is "$(files "$cni")" "$(
	cat <<-EOF
		drwxr-xr-x root /opt/cni
		drwxr-xr-x root /opt/cni/bin
		-rwxr-xr-x root /opt/cni/bin/hairpin-cni
		-rw-r--r-- root /usr/share/man/man8/hairpin-cni.8
	EOF
)" "hairpin-cni: its files"
is "$(of "$hairpin" '[%{FILEFLAGS:fflags} %{FILENAMES}\n]' | grep '^c')" "cn /etc/hairpin/hairpin.conf" \
	"hairpin.conf stays as it was changed"
ok "the agent is linked with the libraries that it asks for" \
	sh -c "rpm --dbpath '$WORK/db' -qp --requires '$hairpin' | grep '^libbpf.so.1'"
is "$(of "$cni" '[%{REQUIRENAME} %{REQUIREFLAGS:depflags} %{REQUIREVERSION}\n]' | grep '^hairpin')" \
	"hairpin($(rpm --eval '%{_isa}' | tr -d '()')) = $version-1" "hairpin-cni is of the same version"
done_testing
