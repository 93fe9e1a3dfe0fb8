# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Questions for addresses, news of them, and who hears what. On top of lifecycle.sh:
#
# Stations
#	asks_by NAME...				columns of the tables; the namespaces of that name, and their eth0
#	ip4[NAME] ip6[NAME]			addresses that can be asked for, of stations and of others
#	asked_are DESCRIPTION			a test: sends what the table on stdin says, and compares what became
#						of it. The first line names the columns. A row is
#							FROM KIND NAME COPIES... WHY
#						KIND: see question(); COPIES: how often each station heard it, as its
#						stack would; WHY: the reasons of $REASONS that counted it, or -
#
# Frames as hex, for `probe inject`
#	question KIND FROM NAME			what FROM would send about NAME's address
#	nd_frame TYPE DST SRC SIP DIP TARGET [MAC]	neighbour solicitation (135) or advertisement (136)
#	udp6_frame DST SRC SIP SPORT DIP DPORT WORD
#
# Reasons
#	reasons					NAME FRAMES of all that are not zero
#	counted COMMAND...			runs it; what has been counted meanwhile, as "NAME FRAMES, ..."
#						of $REASONS in alphabetical order
#
# hairpind, and what `hairpin uplink` shows
#	configure TEXT				as the whole configuration file, $CONF
#	reload TEXT				and tells hairpind, and waits until it has taken it in
#	shown FIELD [UPLINK]			from --json
#	cli ARGUMENT...				hairpin with the test's --pins and --run

. "$(dirname "${BASH_SOURCE[0]}")/lifecycle.sh"

CONF=$WORK/conf
REASONS='endpoint-steer foreign foreign-arp host-steer not-here steer steer-host' # the others count MLD as well
ALL_ZERO=00:00:00:00:00:00

cli() { "$BUILD/hairpin" --pins "$PINS" --run "$RUN" "$@"; }

shown() {
	cli --json uplink -u "${2:-eth0}" | perl -MJSON::PP -e '
		my $v = decode_json(do { local $/; <STDIN> })->[0];
		for (split /\./, shift) { $v = ref $v eq "ARRAY" ? $v->[$_] : $v->{$_} }
		print ref $v eq "ARRAY" ? join("; ", @$v) : defined $v ? $v : "null", "\n";' "$1"
}

configure() { echo "$1" >"$CONF"; }

# It reads a second time once it has done what the first time led to.
was_read() { [ "$(logged_times "configuration was read again")" -ge "$1" ]; }
reload() {
	local before
	before=$(logged_times "configuration was read again")
	configure "$1"
	agent_signal HUP
	wait_for 5 was_read $((before + 1))
	agent_signal HUP
	wait_for 5 was_read $((before + 2))
}

# ---- reasons

reasons() { # by hand: JSON::PP takes five times as long, and this runs often
	"$BPFTOOL" -j map dump pinned "$PINS/eth0/reasons" | perl -0777 -ne '
		BEGIN {
			local $/ = "\n";
			open my $header, "<", shift or die;
			@names = map { /HP_REASON\([A-Z_]+, "([a-z-]+)"/ ? $1 : () } <$header>;
		}
		while (/"formatted":\{"key":(\d+),"values":\[(.*?)\]/g) {
			my ($slot, $values, $frames) = ($1, $2, 0);
			$frames += $1 while $values =~ /"packets":(\d+)/g;
			print "$names[$slot] $frames\n" if $frames;
		}' "$TOP/include/hairpin/reasons.h" | LC_ALL=C sort
}

reasons_between() { # BEFORE AFTER
	LC_ALL=C join -a 2 -e 0 -o '0,1.2,2.2' <(echo "$1") <(echo "$2") |
		awk -v wanted=" $REASONS " '$3 > $2 && index(wanted, " " $1 " ") { print $1, $3 - $2 }'
}

counted() {
	local before
	before=$(reasons)
	"$@" >&2
	settle
	reasons_between "$before" "$(reasons)" | paste -sd ,
}

# ---- frames

# The checksum is over the pseudo header of RFC 8200 8.1 as well.
ip6_frame() { # DST SRC SIP DIP NEXT-HEADER CHECKSUM-AT PAYLOAD
	perl -MSocket=:all -e '
		my ($dst, $src, $sip, $dip, $next, $at, $payload) = @ARGV;
		my $bytes = pack "H*", $payload;
		my $ips = inet_pton(AF_INET6, $sip) . inet_pton(AF_INET6, $dip);
		my $sum = 0;
		my $over = $ips . pack("NN", length $bytes, $next) . $bytes;
		$sum += $_ for unpack "n*", length($over) % 2 ? "$over\0" : $over;
		$sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
		substr $bytes, $at, 2, pack "n", ~$sum & 0xffff;
		tr/://d for $dst, $src;
		print $dst, $src, unpack("H*", pack("nNnCC", 0x86dd, 0x60000000, length $bytes, $next, 255)
			. $ips . $bytes), "\n";' "$@"
}

nd_frame() {
	local type=$1 flags=00000000 option=
	[ "$type" = 135 ] || flags=20000000
	[ -z "${7:-}" ] || option=0$((type - 134))01$(hex_mac "$7")
	ip6_frame "$2" "$3" "$4" "$5" 58 2 "$(printf %02x "$type")000000$flags$(hex_ip6 "$6")$option"
}

udp6_frame() {
	local word
	word=$(printf %s "$7" | od -An -v -tx1 | tr -d ' \n')
	ip6_frame "$1" "$2" "$3" "$5" 17 6 "$(printf '%04x%04x%04x0000' "$4" "$6" $((8 + ${#7})))$word"
}

# Of a solicited-node group, RFC 4291 2.7.1, address or MAC.
snm_ip() {
	local hex
	hex=$(hex_ip6 "$1")
	echo "ff02::1:ff${hex:26:2}:${hex:28:4}"
}
snm_mac() {
	local hex
	hex=$(hex_ip6 "$1")
	echo "33:33:ff:${hex:26:2}:${hex:28:2}:${hex:30:2}"
}

declare -A ip4=() ip6=() mac_at=()

question() {
	local kind=$1 mac=${mac_at[$2]} t4=${ip4[$3]:-} t6=${ip6[$3]:-} own4=${ip4[$2]:-0.0.0.0} own6=${ip6[$2]:-::}
	case $kind in
	arp) arp_frame 1 $BROADCAST "$mac" "$own4" $ALL_ZERO "$t4" ;;
	probe) arp_frame 1 $BROADCAST "$mac" 0.0.0.0 $ALL_ZERO "$t4" ;;                   # RFC 5227 2.1.1
	garp) arp_frame 1 $BROADCAST "$mac" "$t4" $ALL_ZERO "$t4" ;;                      # RFC 5227 3
	reply) arp_frame 2 $BROADCAST "$mac" "$t4" $BROADCAST "$t4" ;;                    # the other form of it
	ns) nd_frame 135 "$(snm_mac "$t6")" "$mac" "$own6" "$(snm_ip "$t6")" "$t6" "$mac" ;; # RFC 4861 4.3
	dad) nd_frame 135 "$(snm_mac "$t6")" "$mac" :: "$(snm_ip "$t6")" "$t6" ;;            # RFC 4862 5.4.2
	na) nd_frame 136 33:33:00:00:00:01 "$mac" "$own6" ff02::1 "$t6" "$mac" ;;            # RFC 4861 7.2.6
	*) die "what is $kind?" ;;
	esac
}

# ---- who hears what

askers=()
asks_by() {
	local ns
	askers=("$@")
	for ns in "$@"; do
		mac_at[$ns]=$(mac "$ns")
		listen "arp-$ns" "$ns" frames eth0 0806
		listen "nd-$ns" "$ns" frames eth0 86dd
	done
}

# A mark behind the packet's end, where no stack looks, tells one frame from another.
asked=0
send_question() { # FROM HEX
	asked=$((asked + 1))
	at "$1" "$PROBE" inject eth0 "$2$(printf 'cafe%04x' $asked)"
	settle
}

# STATION NUMBER of each frame heard
questions_heard() {
	local ns
	for ns in "${askers[@]}"; do
		cat "$WORK/arp-$ns.out" "$WORK/nd-$ns.out" |
			sed -nE "s/^(host|broadcast|multicast) .*cafe(....)\$/$ns \2/p"
	done
}

asked_are() {
	local description=$1 want rows=() row from kind name before after
	want=$(sed '/^\s*$/d; s/^\s*//; s/\s\s*/ /g')
	after=$(reasons)
	while read -r row; do
		read -r from kind name _ <<<"$row"
		before=$after
		send_question "$from" "$(question "$kind" "$from" "$name")"
		after=$(reasons)
		rows+=("$(printf '%04x' $asked) $from $kind $name $(reasons_between "$before" "$after" |
			sed 's/ 1$//; s/ /:/' | paste -sd , | sed 's/^$/-/')")
	done < <(tail -n +2 <<<"$want")
	is "$(head -n 1 <<<"$want" && { questions_heard && printf '%s\n' "${rows[@]}"; } |
		awk -v names="${askers[*]}" '
			NF == 2 { heard[$1, $2]++ }
			NF > 2 {
				copies = ""
				n = split(names, name, " ")
				for (i = 1; i <= n; i++)
					copies = copies " " heard[name[i], $1] + 0
				print $2, $3, $4 copies, $5
			}')" "$want" "$description"
}
