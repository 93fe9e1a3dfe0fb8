# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Socket work: the parts that have it source this after lib.sh, and say
#
#	client, server		network namespaces of the lab
#	to			the server's address
#	way			counts the bytes that went between them the way they should
#
#	servers			starts what listens there; each side once
#	stream, ping_pong, messages	works, for compare
#	socket_figures		tells what they measure

# $ is awk's or perl's; the part sets the variables.
# shellcheck disable=SC2016,SC2154

MESSAGE=64 # bytes
STREAM="TCP stream"
PING_PONG="TCP ping-pong, one way, average"
PING_PONG_MEDIAN="TCP ping-pong, one way, median"
ARRIVED="UDP messages of $MESSAGE bytes, arrived"
SENDING="UDP messages of $MESSAGE bytes, sent"

socket_figures() {
	figure "$STREAM" Gb/s higher
	figure "$PING_PONG_MEDIAN" us lower
	figure "$PING_PONG" us lower
	figure "$ARRIVED" k/s higher
	figure "$SENDING" k/s higher
}

socket_goal() { # RATIO PEER...: for speed; a time may be longer by as much
	local most
	most=$(awk -v r="$1" 'BEGIN { printf "%.3f", 1 / r }')
	goal "$STREAM" "$US" at-least "$@"
	goal "$PING_PONG_MEDIAN" "$US" at-most "$most" "${@:2}"
	goal "$ARRIVED" "$US" at-least "$@"
}

server_device() { echo eth0; }

serve() { # PORT COMMAND...
	background "$SIDE-$1" nsenter --net="/run/netns/$PREFIX-$server" taskset -c "$SERVER_CPU" "${@:2}"
	wait_for 5 listens "$1"
}
listens() { at "$server" ss -Hltn | grep -q ":$1 "; }

servers() {
	serve 5201 iperf3 --server --port 5201
	serve 11111 sockperf server --tcp -i 0.0.0.0 -p 11111
	wait_for 5 within 2 "$client" ping -n -c 1 -W 1 "$to"
}

device_bytes() { echo $(($(device "$@" 2) + $(device "$@" 10))); } # NS DEVICE

# By the programs' count: what this endpoint exchanged with host, wire or peer.
hairpin_bytes() { # NS PATH
	at host "$BUILD/hairpin" --pins "$PINS" --run "$RUN" --json stats | perl -MJSON::PP -e '
		my ($netns, $path, $sum) = (@ARGV, 0);
		for my $row (@{decode_json(do { local $/; <STDIN> })->{stations}}) {
			next unless ($row->{netns} // "") eq $netns && $row->{path} eq $path;
			$sum += $row->{rx_bytes} + $row->{tx_bytes};
		}
		print "$sum\n";' "$PREFIX-$1" "$2"
}

# ARP and the like may go another way; messages may be lost in the backlog behind it.
on_its_way() { # COMMAND...: a work
	local all mine
	all=$(device_bytes "$server" "$(server_device)") mine=$(way)
	"$@"
	all=$(($(device_bytes "$server" "$(server_device)") - all)) mine=$(($(way) - mine))
	((all >= 2000)) || die "$SIDE, $1: only $all bytes at the server"
	((mine >= all - all / 100 - 1000)) ||
		die "$SIDE, $1: went another way: $all bytes at the server, $mine the way they should"
}

run_client() { # COMMAND...: its output in $WORK/client.out
	within $((SECONDS_EACH + 15)) "$client" taskset -c "$CLIENT_CPU" "$@" >"$WORK/client.out" 2>&1 ||
		die "$* failed: $(cat "$WORK/client.out")"
}

# From the client's JSON.
result() { # PATH
	perl -MJSON::PP -e '
		my $text = do { local $/; <STDIN> };
		my $v = decode_json($text);
		$v = $v->{$_} // die "no $ARGV[0]: $text\n" for split /\./, $ARGV[0];
		print "$v\n";' "$1" <"$WORK/client.out"
}

run_stream() {
	run_client iperf3 --client "$to" --time "$SECONDS_EACH" --json
	sample "$STREAM" "$(result end.sum_received.bits_per_second | awk '{ print $1 / 1e9 }')"
}

run_ping_pong() {
	run_client sockperf ping-pong --tcp -i "$to" -t "$SECONDS_EACH" -m $MESSAGE
	sample "$PING_PONG" "$(sed -n 's/.*Summary: Latency is \([0-9.]*\) usec.*/\1/p' "$WORK/client.out")"
	sample "$PING_PONG_MEDIAN" "$(sed -n 's/.*percentile 50.000 = *\([0-9.]*\).*/\1/p' "$WORK/client.out")"
}

# What programs there have read.
udp_read() { at "$1" awk '$1 == "Udp:" && $2 ~ /^[0-9]+$/ { print $2 }' /proc/net/snmp; } # NS
per_ms() { awk -v n="$1" -v s="$2" 'BEGIN { print n / s / 1000 }'; }			# COUNT SECONDS

run_messages() {
	local before after time
	before=$(udp_read "$server")
	run_client iperf3 --client "$to" --udp --bitrate 0 --length $MESSAGE --time "$SECONDS_EACH" --json
	after=$(udp_read "$server")
	time=$(result end.sum.seconds)
	sample "$ARRIVED" "$(per_ms $((after - before)) "$time")"
	sample "$SENDING" "$(per_ms "$(result end.sum.packets)" "$time")"
}

stream() { on_its_way run_stream; }
ping_pong() { on_its_way run_ping_pong; }
messages() { on_its_way run_messages; }
