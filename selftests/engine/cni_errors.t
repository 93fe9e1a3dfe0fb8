#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# hairpin-cni: what it says of everything that can be wrong in what it is given: error JSON
# on stdout, a code of the specification, a message that names the word and the cure. And
# VERSION.
#
#   c1 (netns)
#      |
#      eth0 .133 ------ eth0 .2, wire
#   host

. "$(dirname "$0")/../net/lib.sh"
. "$(dirname "$0")/cni.sh"

lab_cni c1
agent_start
nothing=$(state)

said() { # TEXT COMMAND [VARIABLE=VALUE]...: a configuration as it is
	local text=$1 command=$2
	shift 2
	answer plug "$command" "$CNI" c1 "$@" <<<"$text"
}
wrong() { # DESCRIPTION MEMBERS ANSWER [VARIABLE=VALUE]...: of ADD
	local description=$1 members=$2 want=$3
	shift 3
	is "$(said "$(conf 1.0.0 "$members")" ADD "$@")" "1 $want" "$description"
}
eth0='"master":"eth0"'

# ---- the configuration

for text in '{' '{"name":"a","name":"b"}' ''; do
	ok "'$text' is no JSON" grep '^1 6 the configuration is no JSON: line [12]: ' <<<"$(said "$text" ADD)"
done
is "$(said '[]' ADD)" "1 6 the configuration is no JSON object" "no object"
versions="supported: 0.3.1, 0.4.0, 1.0.0, 1.1.0"
for version in 0.2.0 2.0.0 nonsense ""; do
	is "$(said "$(conf "$version" "$eth0")" ADD)" \
		"1 1 incompatible CNI versions: cniVersion is \"$version\", $versions" "cniVersion '$version'"
done
is "$(said '{"name":"lan","type":"hairpin-cni"}' ADD)" \
	"1 1 incompatible CNI versions: cniVersion is \"\", $versions" "no cniVersion"
name="a network has one, of letters, digits, '_', '.' and '-', the first a letter or digit"
is "$(said '{"cniVersion":"1.0.0","type":"hairpin-cni"}' ADD)" "1 7 name '': $name" "no name"
is "$(said '{"cniVersion":"1.0.0","name":"a/b","type":"hairpin-cni"}' ADD)" "1 7 name 'a/b': $name" "a name with a '/'"
wrong "an unknown field" "$eth0,\"vlna\":50" \
	'2 unsupported field "vlna": 50: see hairpin-cni(8) for those that there are'
is "$(said "$(conf 1.0.0 "\"master\":\"none0\",\"example.org/x\":1")" ADD)" "1 7 master: parent 'none0' does not exist: see ip link" "somebody's own field is none"
wrong "master of another type" '"master":1' "7 master takes the name of a device"
wrong "master is no name" '"master":"a b"' \
	"7 master: 'a b' is no value for 'parent': a device name has 1 to 15 characters, without '/', ':', '%' and blanks"
wrong "no such master" '"master":"none0"' "7 master: parent 'none0' does not exist: see ip link"
wrong "mode" "$eth0,\"mode\":\"bridg\"" \
	"7 mode: 'bridg' is no value for 'mode': it takes bridge, vepa, private or passthru"
wrong "mode of another type" "$eth0,\"mode\":1" "7 mode takes bridge, vepa, private or passthru"
wrong "kind" "$eth0,\"kind\":\"veth\"" "7 kind: 'veth' is no value for 'kind': it takes macvlan or xdp"
wrong "kind xdp and mode" "$eth0,\"kind\":\"xdp\",\"mode\":\"vepa\"" \
	"7 'vepa' is no value for 'mode': with kind xdp it takes bridge or private"
wrong "kind xdp and bcqueuelen" "$eth0,\"kind\":\"xdp\",\"bcqueuelen\":5" \
	"7 bcqueuelen is of kind macvlan: kind xdp has no such queue"
wrong "mtu" "$eth0,\"mtu\":20" "7 mtu: '20' is no value for 'mtu': a number from 68 to 65535"
wrong "mtu below 0" "$eth0,\"mtu\":-1" "7 mtu: '-1' is no value for 'mtu': a number from 68 to 65535"
wrong "mtu of another type" "$eth0,\"mtu\":\"1500\"" "7 mtu takes a number"
wrong "mtu over the master's" "$eth0,\"mtu\":1501" "7 MTU 1501 is over that of its parent 'eth0', 1500"
wrong "bcqueuelen" "$eth0,\"bcqueuelen\":-1" \
	"7 bcqueuelen: '-1' is no value for 'bcqueuelen': a number from 0 to 4294967295"
mac="six bytes in hex, as in 02:42:c0:a8:0e:0b"
wrong "mac" "$eth0,\"mac\":\"02:42\"" "7 mac: '02:42' is no value for 'mac': $mac"
wrong "runtimeConfig.mac" "$eth0,\"runtimeConfig\":{\"mac\":\"02:42\"}" \
	"7 runtimeConfig.mac: '02:42' is no value for 'mac': $mac"
wrong "runtimeConfig.mac of another type" "$eth0,\"runtimeConfig\":{\"mac\":5}" "7 runtimeConfig.mac takes six bytes in hex"
for vlan in 0 4095 -1; do
	wrong "vlan $vlan" "$eth0,\"vlan\":$vlan" "7 vlan: $vlan is none: it takes a number from 1 to 4094"
done
wrong "vlan of another type" "$eth0,\"vlan\":\"50\"" "7 vlan takes a number from 1 to 4094"
wrong "vlan and mode" "$eth0,\"vlan\":50,\"mode\":\"bridge\"" \
	"7 mode: with vlan it takes vepa, not bridge: leave it out, or give kind xdp"
wrong "vlan on a VLAN" '"master":"eth0.60","vlan":50' \
	"7 vlan: master 'eth0.60' is of a VLAN already, or no device to be on: name the device below it, or leave vlan out"
wrong "linkInContainer of another type" "$eth0,\"linkInContainer\":1" "7 linkInContainer takes true or false"
wrong "linkInContainer and vlan" "$eth0,\"linkInContainer\":true,\"vlan\":50" \
	"7 linkInContainer goes with neither vlan nor kind xdp: hairpind serves devices of the host alone"
wrong "linkInContainer, no such master" '"master":"none0","linkInContainer":true' \
	"7 master: parent 'none0' does not exist: see ip link"
wrong "ipam" "$eth0,\"ipam\":[]" "7 ipam takes an object with the type of an IPAM plugin"
for type in 5 '"../evil"'; do
	wrong "ipam.type $type" "$eth0,\"ipam\":{\"type\":$type}" \
		"7 ipam.type takes the name of an IPAM plugin, as in \"host-local\""
done
at host ip route del default
wrong "no master, and no default route" '' \
	"7 master: it is not given, and there is no default route whose device it could be: give it"
at host ip route add default via $GATEWAY

# ---- behind another plugin

prev="\"prevResult\":{\"cniVersion\":\"1.0.0\",\"interfaces\":[{\"name\":\"eth0\",\"sandbox\":\"/run/netns/$PREFIX-c1\"}]}"
wrong "chained, with words of a device" "$prev,\"vlan\":50" \
	"7 vlan is of a device that hairpin-cni makes: behind another plugin, which made it, leave it out"
wrong "chained, no device" "$prev" "100 there is no device 'eth0' in the container: No such device"
at c1 ip link add eth0 type veth peer name eth1
wrong "chained behind another kind of device" "$prev" \
	"7 device 'eth0' is no macvlan, macvtap or ipvlan on a device of the host: put hairpin-cni behind the plugin that makes one"
at c1 ip link del eth0

# ---- the environment

good=$(conf 1.0.0 "$eth0")
is "$(said "$good" "")" "1 4 CNI_COMMAND is missing: container runtimes start this program, see hairpin-cni(8)" "no CNI_COMMAND"
is "$(said "$good" add)" "1 4 CNI_COMMAND 'add': it takes ADD, DEL, CHECK, GC, STATUS and VERSION" "an unknown one"
for command in ADD DEL CHECK; do
	for variable in CNI_CONTAINERID CNI_IFNAME; do
		is "$(said "$good" $command $variable=)" "1 4 $variable is missing: the runtime has to set it" "$command without $variable"
	done
done
for command in ADD CHECK; do
	is "$(said "$good" $command CNI_NETNS=)" "1 4 CNI_NETNS is missing: the runtime has to set it" "$command without CNI_NETNS"
done
wrong "CNI_CONTAINERID" "$eth0" "4 CNI_CONTAINERID '-a': it takes letters, digits, '_', '.' and '-', the first a letter or digit" \
	CNI_CONTAINERID=-a
for ifname in "a b" a/b . .. 0123456789abcdef; do
	wrong "CNI_IFNAME '$ifname'" "$eth0" \
		"4 CNI_IFNAME '$ifname': a device name has 1 to 15 characters, without '/', ':', '%' and blanks" "CNI_IFNAME=$ifname"
done
wrong "CNI_NETNS is no path" "$eth0" "4 CNI_NETNS 'web': it is the path of a network namespace, up to 255 characters" CNI_NETNS=web
wrong "CNI_NETNS is no netns" "$eth0" "4 CNI_NETNS: netns '/etc/passwd' is no network namespace" CNI_NETNS=/etc/passwd
wrong "CNI_NETNS is not there" "$eth0" "3 CNI_NETNS: netns '/run/netns/$PREFIX-x': there is no such file" "CNI_NETNS=/run/netns/$PREFIX-x"
wrong "CNI_NETNS is the host's" "$eth0" "4 CNI_NETNS: '/proc/self/ns/net' is the netns of the host itself" CNI_NETNS=/proc/self/ns/net
wrong "CNI_ARGS" "$eth0" "4 CNI_ARGS: 'MAC' is no pair: they are KEY=VALUE, with ';' between them" CNI_ARGS=MAC
wrong "an unknown one" "$eth0" "4 CNI_ARGS: 'A' is unknown: it takes MAC; IgnoreUnknown=1 lets others pass" "CNI_ARGS=A=b"
wrong "MAC in CNI_ARGS" "$eth0" "4 CNI_ARGS: MAC: 'x' is no value for 'mac': $mac" "CNI_ARGS=A=b;IgnoreUnknown=1;MAC=x"
wrong "no CNI_PATH" "$eth0,\"ipam\":{\"type\":\"host-local\"}" \
	"4 CNI_PATH is missing: it is where the IPAM plugin 'host-local' is" CNI_PATH=

is "$(state)" "$nothing" "nothing of all this has left anything"
# A runtime deletes what it could not add, and must come to an end.
for members in "$eth0,\"mode\":\"bridg\"" "$eth0,\"vlna\":50" '"master":1'; do
	is "$(said "$(conf 1.0.0 "$members")" DEL)" 0 "DEL with $members"
done
is "$(said "$good" DEL CNI_ARGS=x)" 0 "DEL with wrong CNI_ARGS"
fails "stdout is full" sh -c "echo '$good' | CNI_COMMAND=VERSION $CNI >/dev/full"

# ---- an error as JSON, and VERSION

keys() { perl -MJSON::PP -0777 -e 'my $v = decode_json(<STDIN>); print join(",", map { "$_=" . (ref $v->{$_} ? join("+", @{$v->{$_}}) : $v->{$_}) } sort keys %$v), "\n"'; }
is "$( (conf 0.4.0 "$eth0" | plug ADD "$CNI" c1 CNI_IFNAME= || true) | keys)" \
	"cniVersion=1.1.0,code=4,msg=CNI_IFNAME is missing: the runtime has to set it" "an error before the configuration is read"
is "$( (conf 0.4.0 "$eth0,\"mtu\":1" | plug ADD "$CNI" c1 || true) | keys)" \
	"cniVersion=0.4.0,code=7,msg=mtu: '1' is no value for 'mtu': a number from 68 to 65535" "one after"
all="supportedVersions=0.3.1+0.4.0+1.0.0+1.1.0"
version() { at host env CNI_COMMAND=VERSION "$CNI" <<<"$1" | keys; }
is "$(version '{"cniVersion":"0.4.0"}')" "cniVersion=0.4.0,$all" "VERSION"
is "$(version '{"cniVersion":"9.0.0"}')" "cniVersion=1.1.0,$all" "... asked in one that is not known"
is "$(version '')" "cniVersion=1.1.0,$all" "... asked with nothing"

done_testing
