# SPDX-License-Identifier: BSD-2-Clause
# selftests/bench/: figures, never pass or fail.
#
#   $(BENCH_PROG)       the programs, by BPF_PROG_RUN
#   $(BENCH_SOCKETS)    sockets against a shim, and the agent; needs hairpind and $(BENCH_HELPERS)

BENCH_PROG := $(BUILD)/selftests/bench/prog
BENCH_PROG_OBJ := $(BUILD)/selftests/bench/prog.o
BENCH_SOCKETS := selftests/bench/sockets
BENCH_HELPERS := $(BUILD)/selftests/bench/first_reply

$(BENCH_PROG_OBJ): ALL_CFLAGS += -I$(BUILD)/selftests/prog
$(BENCH_PROG_OBJ): | $(BUILD)/selftests/prog/harness.skel.h

$(BENCH_PROG): $(BENCH_PROG_OBJ) $(BUILD)/selftests/prog/frame.o
	$(CC) $(ALL_CFLAGS) $^ $(LIBS) $(shell pkg-config --libs cmocka) -o $@

$(BENCH_HELPERS): $(BENCH_HELPERS).o
	$(CC) $(ALL_CFLAGS) $^ $(shell pkg-config --libs libmnl) -o $@

DEPS += $(BENCH_PROG_OBJ:.o=.d) $(BENCH_HELPERS).d
