# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# Who hears what: every station sends, all listen, and the copies are counted.
# Source it after lib.sh.
#
#	stations NAME=NS:DEVICE... (NAME alone: NAME:eth0)	who takes part; wire is one of them
#	unicast_table				fills $table: a frame from each to each other; see below
#	group_table MAC [SENDER]...		fills $table: a frame from each (or these) to a group
#	unicast_is DESCRIPTION			a test: unicast_table gives the table on stdin
#	group_is DESCRIPTION MAC [SENDER]...	a test: group_table gives the table on stdin
#
# A station hears what its stack would take: pkt_type host, broadcast or
# multicast. In the unicast table, a row is a sender, a column the station that
# the frame is for:
#
#	1	it was heard there, once
#	0w	it was not, and it was on the wire
#	1+2	it was heard there, and twice elsewhere
#
# In the group table, a column is the number of copies that a station heard.

declare -A station_at=() station_mac=()
station_names=()
hear_files=()
table=

stations() {
	local s
	station_names=()
	hear_files=()
	for s in "$@"; do
		case $s in
		*=*) station_at[${s%%=*}]=${s#*=} ;;
		*) station_at[$s]=$s:eth0 ;;
		esac
		s=${s%%=*}
		station_mac[$s]=$(mac "${station_at[$s]%%:*}" "${station_at[$s]#*:}")
		station_names+=("$s")
		hear_files+=("$WORK/hear-$s.out")
	done
}

hear_all() {
	local s
	for s in "${station_names[@]}"; do
		listen "hear-$s" "${station_at[$s]%%:*}" frames "${station_at[$s]#*:}"
	done
}

# STATION TYPE WORD for each frame heard
all_heard() {
	awk '
		FNR == 1 { station = FILENAME; gsub(/.*hear-|\.out$/, "", station) }
		$1 != "ready" { print station, $1, $6 }' "${hear_files[@]}"
}

send_words() { # FROM (MAC SOURCE-MAC WORD)...
	local at=${station_at[$1]}
	shift
	at "${at%%:*}" "$PROBE" send "${at#*:}" "$@"
}

unicast_table() {
	local from to words
	hear_all
	for from in "${station_names[@]}"; do
		words=()
		for to in "${station_names[@]}"; do
			[ "$from" = "$to" ] ||
				words+=("${station_mac[$to]}" "${station_mac[$from]}" "$from>$to")
		done
		send_words "$from" "${words[@]}"
	done
	gather "${station_names[@]/#/hear-}"
	table=$(all_heard | awk -v names="${station_names[*]}" '
		$1 == "wire" { wire[$3]++ }
		$2 != "other" { heard[$1, $3]++; all[$3]++ }
		function cell(from, to, word,    here, text) {
			word = from ">" to
			here = heard[to, word] + 0
			text = here
			if (wire[word] && to != "wire")
				text = text "w"
			if (all[word] > here)
				text = text "+" (all[word] - here)
			return from == to ? "-" : text
		}
		END {
			n = split(names, name, " ")
			printf "from"
			for (to = 1; to <= n; to++)
				printf " %s", name[to]
			for (from = 1; from <= n; from++) {
				printf "\n%s", name[from]
				for (to = 1; to <= n; to++)
					printf " %s", cell(name[from], name[to])
			}
			print ""
		}')
}

group_table() {
	local mac=$1 from
	shift
	[ $# -gt 0 ] || set -- "${station_names[@]}"
	hear_all
	for from in "$@"; do
		send_words "$from" "$mac" "${station_mac[$from]}" "$from"
	done
	gather "${station_names[@]/#/hear-}"
	table=$(all_heard | awk -v names="${station_names[*]}" -v senders="$*" '
		$2 != "other" { heard[$1, $3]++ }
		END {
			n = split(names, name, " ")
			m = split(senders, sender, " ")
			printf "from"
			for (to = 1; to <= n; to++)
				printf " %s", name[to]
			for (from = 1; from <= m; from++) {
				printf "\n%s", sender[from]
				for (to = 1; to <= n; to++)
					printf " %d", heard[name[to], sender[from]]
			}
			print ""
		}')
}

# Columns are aligned in the tests, for people.
is_table() { is "$table" "$(sed "/^$/d" | sed "s/^\s*//" | tr -s " \t" " ")" "$1"; }

unicast_is() {
	unicast_table
	is_table "$1"
}

group_is() {
	local description=$1
	shift
	group_table "$@"
	is_table "$description"
}
