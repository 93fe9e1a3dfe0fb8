# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# hairpin-cni, and the plugins of Debian's containernetworking-plugins beside it. Source it
# after lib.sh.
#
#	lab_cni NS...		host, wire, NS...; the wire is the host's default route
#	conf VERSION [MEMBERS]	a network configuration; MEMBERS as JSON, without braces
#	host_local DIR [MEMBERS]	an "ipam" member: addresses from .20 and fd14::20 on, leases in $WORK/DIR
#	plug COMMAND PLUGIN NS [VARIABLE=VALUE]...	starts a plugin; the configuration is on stdin
#	add, del, check NS MEMBERS	ours, version 1.0.0; NS is container id-NS
#	prev MEMBERS		the same members and $WORK/added as prevResult, which add writes
#	normal NS		a result on stdin in one form: MAC and sandbox as words, if they are NS's
#	get PATH		of JSON on stdin, as Perl has it: get '{ips}[0]{address}'
#	answer COMMAND...	runs it: "STATUS CODE MSG" of what it says; "0" if that is nothing
#	leases DIR		what host-local has given away
#	leaves_nothing DESCRIPTION CODE MESSAGE COMMAND...	a test: the answer, MESSAGE a regex, and
#				that nothing has changed of what state prints
#	state			devices, addresses, MACs, leases, of all of the test

CNI=$BUILD/hairpin-cni
REFERENCE=/usr/lib/cni/macvlan
CNI_PLUGINS=/usr/lib/cni

[ -x $REFERENCE ] || die "$REFERENCE is not there: apt-get install containernetworking-plugins"

containers=()
lab_cni() {
	lab_new "$@"
	containers=("$@")
	address host eth0 "$HOST/24" fd14::133/64
	address wire eth0 "$GATEWAY/24" fd14::2/64
	at host ip route add default via "$GATEWAY"
}

conf() {
	printf '{"cniVersion":"%s","name":"lan","type":"hairpin-cni","pins":"%s","run":"%s"%s}' \
		"$1" "$PINS" "$RUN" "${2:+,$2}"
}

host_local() {
	printf '"ipam":{"type":"host-local","dataDir":"%s","ranges":[%s,%s],"routes":[%s]%s}' "$WORK/$1" \
		'[{"subnet":"192.168.14.0/24","rangeStart":"192.168.14.20","gateway":"192.168.14.2"}]' \
		'[{"subnet":"fd14::/64","rangeStart":"fd14::20","gateway":"fd14::2"}]' \
		'{"dst":"0.0.0.0/0"},{"dst":"10.9.0.0/16","gw":"192.168.14.9"},{"dst":"::/0"}' "${2:+,$2}"
}

plug() {
	local command=$1 plugin=$2 ns=$3
	shift 3
	at host env CNI_COMMAND="$command" CNI_CONTAINERID="id-$ns" CNI_NETNS="/run/netns/$PREFIX-$ns" \
		CNI_IFNAME=eth0 CNI_PATH="$CNI_PLUGINS" "$@" "$plugin"
}

add() { conf 1.0.0 "$2" | plug ADD "$CNI" "$1" | tee "$WORK/added"; }
del() { conf 1.0.0 "$2" | plug DEL "$CNI" "$1"; }
check() { conf 1.0.0 "$2" | plug CHECK "$CNI" "$1"; }
prev() { echo "${1:+$1,}\"prevResult\":$(cat "$WORK/added")"; }

get() {
	perl -MJSON::PP -0777 -e 'my $v = decode_json(<STDIN>); print eval("\$v->$ARGV[0]") // "", "\n"' "$1"
}

normal() {
	perl -MJSON::PP -0777 -e '
		my ($mac, $netns) = @ARGV;
		my $result = decode_json(<STDIN>);
		for (@{$result->{interfaces}}) {
			$_->{mac} = "MAC" if $_->{mac} eq $mac;
			$_->{sandbox} = "NETNS" if $_->{sandbox} eq $netns;
		}
		print JSON::PP->new->canonical->pretty->encode($result)' "$(mac "$1")" "/run/netns/$PREFIX-$1"
}

answer() {
	local status=0 said
	said=$("$@" 2>"$WORK/answer.err") || status=$?
	if [ -z "$said" ]; then
		echo $status
	else
		echo "$status $(get '{code}' <<<"$said") $(get '{msg}' <<<"$said")"
	fi
}

leases() { find "$WORK/$1" -type f -name '*[.:]*' ! -name 'last_*' -printf '%f\n' 2>/dev/null | sort; }

# Without what moves by itself: numbers of devices; link-local addresses, which the kernel gives
# and tries out when it likes, and the groups that it hears.
state() {
	local ns
	for ns in host "${containers[@]}"; do
		# Of the id of a netns that has just gone, ip says that it is invalid.
		at "$ns" ip -d -o link 2>/dev/null | sed -E 's/^[0-9]+: //; s/@if[0-9]+//; s/link-netnsid [0-9]+//; s/link-netns [^ ]+//'
		at "$ns" ip -o addr | sed -E 's/^[0-9]+: //; / fe80:/d'
		at "$ns" ip route
		at "$ns" ip -6 route | sed '/^fe80:/d'
	done
	at host bridge fdb show | grep -v '^33:33\|^01:00' || true
	find "$WORK" -path "*/ipam*" -type f ! -name 'last_*' ! -name lock | sort
}

leaves_nothing() {
	local description=$1 code=$2 message=$3 before said
	shift 3
	before=$(state)
	said=$(answer "$@")
	ok "$description: $code $message" grep -E "^1 $code .*$message" <<<"$said"
	is "$(state)" "$before" "... and leaves nothing"
}
