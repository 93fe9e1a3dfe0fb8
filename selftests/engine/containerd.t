#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# containerd alone, as Kubernetes has it beneath: `ctr run --cni` and the reference plugins, by a
# network configuration that an administrator would write.
#
#   c0, c1, ... containers
#        |
#   host eth0 192.168.14.133 fd14::133 ------ eth0 192.168.14.2 fd14::2  wire

. "$(dirname "$0")/engine.sh"

gone() { [ ! -e "$1" ]; }
has() { "${@:2}" | grep -xF -- "$1" >/dev/null; }

# ctr has no exit code for a command that does not succeed: what it prints tells.
inside() { # NAME COMMAND...
	local name=$1
	shift
	at_ctr task exec --exec-id "e$((++execs))" "$name" "$@"
}
execs=0

SETTLE_NS=
done_testing
