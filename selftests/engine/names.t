#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# `hairpin endpoint` beside an engine that answers, hangs, is dead, is not there: it lists the
# same endpoints, and with an answer their containers.
#
#   b1 192.168.14.11   side (in b1's netns)   web 192.168.14.31 (a netns of people)
#        |                                       |
#   host eth0 192.168.14.133 ------------------------ eth0  wire

. "$(dirname "$0")/engine.sh"
. "$TOP/selftests/net/endpoint.sh"

lab_lan
netns web
docker_start
docker_image
docker network create -d macvlan --subnet=192.168.14.0/24 --gateway=192.168.14.2 -o parent=eth0 mac_net1 >/dev/null
agent_start
run b1 --ip=192.168.14.11 --network mac_net1 --
docker run -d --name side --network container:b1 busybox sleep 1000 >/dev/null
endpoint_docker web eth0 bridge 192.168.14.31/24
wait_served web
id=$(docker inspect -f '{{.Id}}' b1)
short=${id:0:12}
mac=02:42:c0:a8:0e:0b


# Name, MAC and what is said of the container.
table() { hairpin endpoint "$@" | awk '{ print $1, $3, $11, $12, $13 }'; }
json() { hairpin --json endpoint "$@" | jq -c '.[] | [.mac, .name, .container.name, .container.id, .container.network]'; }
has() { "${@:2}" | grep -xF -- "$1" >/dev/null; }
b1_without="[\"$mac\",\"$short\",null,null,null]"
b1_with="[\"$mac\",\"$short\",\"b1\",\"$id\",\"mac_net1\"]"

# An engine that is slow, on a slow machine, is not waited for: so the test waits.
ok "the list has names" wait_for 30 has "b1 $mac $short busybox mac_net1" table
ok "... of what is no container, as ever" wait_for 30 has "$PREFIX-web $(mac web) - - -" table
ok "... for programs beside the former keys" wait_for 30 has "$b1_with" json
for name in b1 "$short" "$id" 192.168.14.11; do
	ok "show $name" wait_for 30 has "$b1_with" json show "$name"
done
ok "show for people" wait_for 30 has "container:    b1" hairpin endpoint show b1
ok "... the network" wait_for 30 has "network:      mac_net1" hairpin endpoint show b1
fails "show of what shares its netns: the network is b1's" hairpin endpoint show side

# shellcheck disable=SC2016 # for the inner shell
completions() {
	bash -c '. "$1"
		COMP_WORDS=("$2" --pins "$3" endpoint show "b"); COMP_CWORD=5
		_hairpin
		echo "${COMPREPLY[*]}"' - "$TOP/tools/completions/hairpin" "$BUILD/hairpin" "$PINS"
}
ok "completion of show" wait_for 30 has b1 completions

# ---- no answer

as_before() { # WHAT
	local begin=${EPOCHREALTIME/[.,]/} status=0 list end
	list=$(hairpin endpoint) || status=$?
	end=${EPOCHREALTIME/[.,]/}
	is "$status $(awk '{ print $1, $3, $11 }' <<<"$list" | LC_ALL=C sort | xargs)" \
		"0 $(printf '%s\n' "NAME MAC" "$short $mac" "$PREFIX-web $(mac web)" | LC_ALL=C sort | xargs)" \
		"$1: the list is as ever"
	ok "... in time" [ $((end - begin)) -lt $((5000000 * ${WAIT_FACTOR:-1})) ]
	ok "... for programs" has "$b1_without" json
}
stands() { grep '^State:.*stopped' "/proc/${processes[dockerd]}/status" >/dev/null; }
kill -STOP "${processes[dockerd]}"
wait_for 5 stands
as_before "dockerd hangs"
fails "... b1 is not known by its name" hairpin endpoint show b1
ok "... but by its id" hairpin endpoint show "$short"
kill -CONT "${processes[dockerd]}"
ok "... and goes on" wait_for 30 has "$b1_with" json

docker_kill
as_before "dockerd is dead, its socket is there"
rm -f /run/docker.sock
as_before "no socket"
export DOCKER_HOST=tcp://192.0.2.1:2375
as_before "an engine elsewhere"

# ---- nonsense

# One that answers each connection with the text.
# shellcheck disable=SC2016 # for perl
nonsense() {
	rm -f "$WORK/nonsense.sock"
	background nonsense perl -MIO::Socket::UNIX -e '
		my $l = IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 5) or die;
		while (my $s = $l->accept) { sysread $s, my $request, 4096; syswrite $s, $ARGV[1]; close $s }' \
		"$WORK/nonsense.sock" "$1"
	wait_for 5 [ -S "$WORK/nonsense.sock" ]
}
export DOCKER_HOST=unix://$WORK/nonsense.sock

nonsense "$(printf 'HTTP/1.0 200 OK\r\n\r\n[{"Id": "%s", "Names": ["/b1' "$id")"
as_before "an answer that is cut"
engine_end nonsense TERM
nonsense "$(printf 'HTTP/1.0 200 OK\r\n\r\n[{"Id": "%s", "Names": 17, "Image": {}, "NetworkSettings": []}, 5]' "${id//[0-9]/A}")"
as_before "an answer of other types"
engine_end nonsense TERM

escape=$(printf '\\u001b[31m\\u009b31m')
nonsense "$(printf 'HTTP/1.0 200 OK\r\n\r\n[{"Id": "%s", "Names": ["/%s"], "Image": "%s"}]' "$id" "$escape" "$escape")"
ok "control characters in a name" wait_for 30 has "?[31m?31m $mac $short ?[31m?31m -" table
is "$(hairpin endpoint | LC_ALL=C tr -d '\n -~' | wc -c)" 0 "... none reaches the terminal"

done_testing
