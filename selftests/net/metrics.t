#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# GET /metrics: what it says is what the maps hold; where it is served follows
# the configuration; and whoever asks, in whatever way, holds up nothing.
#
#   b1                b2
#   192.168.14.11     192.168.14.12
#        |                 |
#   host eth0 192.168.14.133 ------ eth0 192.168.14.2  wire

. "$(dirname "$0")/lifecycle.sh"

PAGE='GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'
TCP=127.0.0.1:9469

http() { at host perl "$TOP/selftests/net/http.pl" "$@"; }
status_of() { http "$@" | sed -n '1s/\r$//p'; }
page() { http "${1:-$RUN/metrics.sock}" "$PAGE" | sed '1,/^\r$/d'; }
answers() { [ "$(status_of "$1" "$PAGE")" = "HTTP/1.1 200 OK" ]; }

# The values of the series that match, in the order of the page.
values() { page | sed -n "s/^$1 //p"; }
series_of() { page | grep -c "^hairpin_endpoint_packets_total{.*endpoint=\"$1\"" || true; }
has_series() { [ "$(series_of "$1")" = "$2" ]; }

# NAME rx|tx PATH PACKETS BYTES, as $WORK/page has it, and as bpftool does.
counters_told() {
	perl -ne '
		next if !/^hairpin_endpoint_(packets|bytes)_total\{uplink="eth0",vlan="0",endpoint="([^"]*)",.*direction="(..)",path="(\w+)"\} (\d+)/;
		$value{"$2 $3 $4"}{$1} = $5;
		END { print "$_ $value{$_}{packets} $value{$_}{bytes}\n" for keys %value }' "$WORK/page" | short | LC_ALL=C sort
}
counters_counted() {
	local name id direction path
	map_rows eth0 endpoints value.netns key | short | while read -r name id; do
		for direction in rx tx; do
			for path in host wire peer; do
				echo "$name $direction $path" "$(counter eth0 stats "$id" "$direction.$path.packets")" \
					"$(counter eth0 stats "$id" "$direction.$path.bytes")"
			done
		done
	done | LC_ALL=C sort
}
reasons_told() { sed -n 's/^hairpin_frames_total{uplink="eth0",reason="\(.*\)"}/\1/p' "$WORK/page"; }
reasons_counted() {
	local name
	sed -n 's/.*HP_REASON([A-Z_]*, "\([a-z-]*\)".*/\1/p' "$TOP/include/hairpin/reasons.h" | while read -r name; do
		echo "$name $(reason eth0 "$name")"
	done
}

reload() { # TEXT: the configuration; whether it is taken
	local times
	times=$(values 'hairpin_config_reloads_total{.*}' | awk '{ n += $1 } END { print n + 0 }')
	echo "$1" >"$WORK/conf"
	agent_signal HUP
	wait_for 5 reloaded "$times"
	[ "$(values hairpin_config_last_reload_successful)" = 1 ]
}
reloaded() { [ "$(values 'hairpin_config_reloads_total{.*}' | awk '{ n += $1 } END { print n + 0 }')" -gt "$1" ]; }

lab_walkthrough
for ns in host wire b1 b2; do # nobody asks again, five seconds later, whether the other is there
	at $ns sysctl -qw net.ipv4.neigh.eth0.delay_first_probe_time=1000
done
: >"$WORK/conf"
agent_start -c "$WORK/conf"

# ---- what it says

pings host 192.168.14.11 >"$WORK/out"
pings b1 192.168.14.12 >"$WORK/out"
pings b2 $GATEWAY >"$WORK/out"
settle
# Stacks report their groups (MLD) when they please: what counts is a page while nothing was counted.
is_quiet() {
	counted=$(counters_counted && reasons_counted)
	told=$(page >"$WORK/page" && counters_told && reasons_told)
	[ "$(counters_counted && reasons_counted)" = "$counted" ]
}
wait_for 10 is_quiet
is "$told" "$counted" "packets and bytes of all stations, and the reasons, are those of the maps"
ok "... some of them are not zero" grep -E '^b1 rx host [1-9]' <<<"$told"
is "$(values 'hairpin_map_entries{uplink="eth0",map="fdb"}') of $(values 'hairpin_map_max_entries{uplink="eth0",map="fdb"}')" \
	"$(map_rows eth0 fdb key.mac | wc -l) of 65536" "the fill of a map"
is "$(values 'hairpin_endpoints{uplink="eth0",kind="macvlan",mode="bridge",state="up"}')" 2 "endpoints by kind and mode"
is "$(page | grep '^hairpin_uplink_info')" \
	"hairpin_uplink_info{uplink=\"eth0\",hook=\"$(map_rows eth0 meta value.hook | sed 's/HP_HOOK_//' | tr '[:upper:]' '[:lower:]')\",xdp=\"none\",xdp_wanted=\"auto\"} 1" \
	"how the programs sit on the uplink"
is "$(http "$RUN/metrics.sock" "$PAGE" | sed -n '2s/\r$//p')" "Content-Type: text/plain; version=0.0.4; charset=utf-8" \
	"its type is that of the text format"

odd="q\"\\"
odd_label="$PREFIX-q\\\\\"\\\\\\\\" # for grep: q, a backslash, a quote, two backslashes
netns "$odd"
endpoint_direct "$odd" eth0 bridge 192.168.14.13/24
wait_served "$odd"
is "$(series_of "$odd_label")" 6 "an endpoint comes, with a name that needs care: its series are there"
promtool=${PROMTOOL:-$(command -v promtool || true)}
if [ "$promtool" ]; then
	page >"$WORK/page"
	is "$("$promtool" check metrics <"$WORK/page" 2>&1)" "" "promtool has nothing to say"
else
	skip "promtool has nothing to say" "there is no promtool: Debian has it in prometheus"
fi
is "$(page | grep -cvE '^(# (HELP|TYPE) hairpin_[a-z_]+ .*|hairpin_[a-z_]+(\{[a-z_]+="([^"\]|\\.)*"(,[a-z_]+="([^"\]|\\.)*")*\})? [0-9.]+)$' || true)" 0 \
	"each line has the form of the format"
is "$(page | sed 's/ [^ ]*$//' | grep -v '^#' | sort | uniq -d)" "" "... and no series is there twice"
is "$(comm -23 <(page | sed -n 's/^# TYPE \(hairpin_[a-z_]*\) .*/\1/p' | LC_ALL=C sort) \
	<(grep -o 'hairpin_[a-z_]*' "$TOP/tools/man/hairpind.8.scd" | LC_ALL=C sort -u))" "" "the manual has all of them"
netns_del "$odd"
ok "the endpoint goes: so do its series" wait_for 5 has_series "$odd_label" 0

# ---- the dashboard asks for what there is

asked() {
	perl -MJSON::PP -0777 -ne '
		sub walk {
			my ($at) = @_;
			if (ref $at eq "HASH") {
				for my $key (keys %$at) {
					$names{$_} = 1 for !ref $at->{$key} && $key =~ /^(expr|query|definition)$/ ? $at->{$key} =~ /\b(hairpin_\w+)/g : ();
					walk($at->{$key});
				}
			} elsif (ref $at eq "ARRAY") {
				walk($_) for @$at;
			}
		}
		walk(decode_json($_));
		END { print "$_\n" for sort keys %names }' "$TOP/tools/deploy/grafana/hairpin.json"
}
is "$(comm -23 <(asked | LC_ALL=C sort) <(page | sed -n 's/^\(hairpin_[a-z_]*\).*/\1/p' | LC_ALL=C sort -u))" "" \
	"Grafana's dashboard: each metric that it asks for is there"
ok "... and they are many" [ "$(asked | wc -l)" -ge 10 ]

# ---- what else may be asked

is "$(status_of "$RUN/metrics.sock" 'GET / HTTP/1.1\r\n\r\n')" "HTTP/1.1 404 Not Found" "another path: 404"
is "$(status_of "$RUN/metrics.sock" 'GET /metricsx HTTP/1.1\r\n\r\n')" "HTTP/1.1 404 Not Found" "... also one that begins alike"
is "$(status_of "$RUN/metrics.sock" 'GET /metrics?a=b HTTP/1.0\r\n\r\n')" "HTTP/1.1 200 OK" "a query, and HTTP/1.0: as without"
is "$(status_of "$RUN/metrics.sock" 'POST /metrics HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc')" \
	"HTTP/1.1 405 Method Not Allowed" "another method: 405"
is "$(status_of "$RUN/metrics.sock" 'nonsense\r\n\r\n')" "HTTP/1.1 400 Bad Request" "no request: 400"
is "$(status_of "$RUN/metrics.sock" 'GET /metrics' ' HTTP/1.1\r' '\n\r' '\n')" "HTTP/1.1 200 OK" "a request in pieces"
is "$(status_of "$RUN/metrics.sock" "GET /metrics HTTP/1.1\r\nX: $(head -c 9000 /dev/zero | tr '\0' x)")" \
	"HTTP/1.1 431 Request Header Fields Too Large" "endless headers: 431"

# ---- where it is served

is "$(stat -c '%a %F' "$RUN/metrics.sock")" "660 socket" "the socket is there without a word in the configuration"
fails "... no address" answers $TCP
ok "metrics = \"$TCP\"" reload "metrics = \"$TCP\""
ok "... is served" answers $TCP
ok "another address" reload 'metrics = "[::1]:9470"'
ok "... is served" answers '[::1]:9470'
fails "... and the former is not" answers $TCP
ok "an address that the host has not yet" reload 'metrics = "192.168.14.134:9469"'
address host eth0 192.168.14.134/24
ok "... is served when it comes" answers 192.168.14.134:9469

# shellcheck disable=SC2016 # perl's
background other at host perl -MIO::Socket::IP -e '$| = 1;
	$s = IO::Socket::IP->new(LocalAddr => "127.0.0.1:9471", Listen => 1) // die "$@\n"; print "ready\n"; sleep 1000'
wait_for 5 hears other
taken='metrics = "127.0.0.1:9471": Address already in use: somebody else listens there: choose another port'
lines=$(agent_log | wc -l)
fails "an address that somebody else has" reload $'metrics = "127.0.0.1:9471"\nannounce = false'
is "$(agent_log | tail -n +$((lines + 1)))" \
	"hairpind: error: $WORK/conf: $taken: the former configuration stays in force" "... is one line in the log"
ok "... the former is served" answers 192.168.14.134:9469
ok "all addresses, where one was" reload 'metrics = "0.0.0.0:9469"'
ok "... are served" answers $TCP
ok "... and all of IPv6" reload 'metrics = "[::]:9469"'
ok "... are served" answers '[::1]:9469'
ok "one, where all were" reload 'metrics = "192.168.14.134:9469"'
fails "... the others are not" answers $TCP
ok "on a port that somebody else has on another address" reload 'metrics = "192.168.14.134:9471"'
fails "... all of them are not to be had" reload 'metrics = "0.0.0.0:9471"'
ok "... the former is served" answers 192.168.14.134:9471
ok "back to where it was" reload 'metrics = "192.168.14.134:9469"'
ok "... is served" answers 192.168.14.134:9469
ok "off" reload 'metrics = off'
fails "... is not served" answers 192.168.14.134:9469
ok "... the socket is" answers "$RUN/metrics.sock"

# ---- who asks holds up nothing

descriptors() { find "/proc/$AGENT_PID/fd" -type l | wc -l; }
has_descriptors() { [ "$(descriptors)" -le "$1" ]; }
comes_and_goes() { # ADDRESS: an endpoint, followed as ever
	endpoint_direct b3 eth0 bridge "$1"
	wait_served b3
	at b3 ip link del eth0
}
netns b3
ok "on again" reload "metrics = \"$TCP\""
wait_for 5 agent_sleeps
before=$(descriptors)
background halves at host perl "$TOP/selftests/net/http.pl" $TCP --hold 200
wait_for 10 hears halves
ok "200 halves of requests: an endpoint is followed as ever" comes_and_goes 192.168.14.15/24
ok "... who asks properly gets an answer" answers $TCP
ok "... they have no more than their share of descriptors" has_descriptors $((before + 16))
ok "... and lose it, though they say nothing" wait_for 15 has_descriptors "$before"
kill "${processes[halves]}"

# shellcheck disable=SC2016 # the inner shell's
background askers at host sh -c 'while :; do perl "$0" "$1" "$2" >/dev/null; done' "$TOP/selftests/net/http.pl" $TCP "$PAGE"
ok "one request after the other: an endpoint is followed as ever" comes_and_goes 192.168.14.16/24
kill "${processes[askers]}"
background slow at host perl "$TOP/selftests/net/http.pl" $TCP --unread
wait_for 5 hears slow
ok "answers that nobody reads: an endpoint is followed as ever" comes_and_goes 192.168.14.17/24
ok "... and they do not stay" wait_for 15 has_descriptors "$before"

agent_pause
http "$RUN/metrics.sock" --leave
agent_continue
ok "who has asked is gone when the answer is made: the next one gets one" answers "$RUN/metrics.sock"

# ---- at the start

agent_stop
ok "the socket goes with hairpind" gone "$RUN/metrics.sock"
echo 'metrics = "127.0.0.1:9471"' >"$WORK/conf"
status=0
agent_run -c "$WORK/conf" >"$WORK/agent.log" 2>&1 || status=$?
is "$status $(agent_log)" "1 hairpind: error: $WORK/conf: $taken" "somebody else has the address: status 1, and one line"
: >"$WORK/conf"
agent_start -c "$WORK/conf"
agent_kill
agent_start -c "$WORK/conf"
ok "the socket of a hairpind that was killed is no obstacle" answers "$RUN/metrics.sock"
done_testing
