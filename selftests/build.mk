# SPDX-License-Identifier: BSD-2-Clause
# selftests/: everything speaks TAP and runs under prove.
#
#   make check            all of it, as root
#   make check-unit       no root needed
#   make check-net T=vlan      selftests/net/vlan.t alone
#   make check-engine          beside Docker, Podman and CNI: engine/build.mk
#   make check-vm              on other kernels: vm/build.mk
#   make bench PARTS="host wire"    parts of the bench, see selftests/bench/bench

include $(wildcard selftests/*/build.mk)

T ?= *
PROVE ?= prove
PROVE_FLAGS ?= -j2
RUN_PROVE = BUILD=$(abspath $(BUILD)) CMOCKA_MESSAGE_OUTPUT=TAP $(PROVE) $(PROVE_FLAGS)
NET_TESTS = $(wildcard selftests/net/$(T).t)

.PHONY: check-unit check-prog check-net bench

check: all $(UNIT_TESTS) $(PROG_TEST) $(NET_HELPERS) ## all tests; needs root
	$(RUN_PROVE) $(UNIT_TESTS) selftests/prog/prog.t $(NET_TESTS)

check-unit: $(UNIT_TESTS) ## the pure parts, under ASan and UBSan; needs no root
	$(RUN_PROVE) $^

check-prog: $(PROG_TEST) ## the BPF programs, frame by frame
	$(RUN_PROVE) selftests/prog/prog.t

check-net: all $(NET_HELPERS) ## hairpind in network namespaces; T=NAME for one
	$(RUN_PROVE) $(NET_TESTS)

bench: all $(BENCH_HELPERS) $(NET_HELPERS) ## figures, ours and peers', in one run; nothing passes or fails
	BUILD=$(abspath $(BUILD)) $(BENCH) --json $(BUILD)/bench.json $(PARTS)
