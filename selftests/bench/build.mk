# SPDX-License-Identifier: BSD-2-Clause
# selftests/bench/: figures, never pass or fail.

BENCH_PROG := $(BUILD)/selftests/bench/prog
BENCH_PROG_OBJ := $(BUILD)/selftests/bench/prog.o

$(BENCH_PROG_OBJ): ALL_CFLAGS += -I$(BUILD)/selftests/prog
$(BENCH_PROG_OBJ): | $(BUILD)/selftests/prog/harness.skel.h

$(BENCH_PROG): $(BENCH_PROG_OBJ) $(BUILD)/selftests/prog/frame.o
	$(CC) $(ALL_CFLAGS) $^ $(LIBS) $(shell pkg-config --libs cmocka) -o $@

DEPS += $(BENCH_PROG_OBJ:.o=.d)
