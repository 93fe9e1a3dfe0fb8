#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The BPF programs by themselves: see programs.c.

set -euo pipefail
"$BUILD/selftests/bench/programs" $((ROUNDS * 3)) >>"$SAMPLES"
