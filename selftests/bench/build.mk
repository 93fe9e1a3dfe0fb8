# SPDX-License-Identifier: BSD-2-Clause
# selftests/bench/: figures, never pass or fail. See selftests/bench/bench.

BENCH := selftests/bench/bench
BENCH_DIR := $(BUILD)/selftests/bench
BENCH_OBJS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out %.bpf.c,$(wildcard selftests/bench/*.c)))
BENCH_HELPERS := $(BENCH_OBJS:.o=)
BENCH_BPF_OBJS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard selftests/bench/*.bpf.c))
BENCH_SKELS := $(BENCH_BPF_OBJS:.bpf.o=.skel.h)

$(BENCH_BPF_OBJS): $(BUILD)/%.bpf.o: %.bpf.c
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -MMD -MP -MF $(@:.o=.d) -MT $@ -c $< -o $@
	$(LLVM_STRIP) -g $@

$(BENCH_SKELS): %.skel.h: %.bpf.o
	$(BPFTOOL) gen skeleton $< name $(*F) > $@

$(BENCH_OBJS): ALL_CFLAGS += -I$(BENCH_DIR) -I$(BUILD)/selftests/prog
$(BENCH_OBJS): | $(BENCH_SKELS) $(BUILD)/selftests/prog/harness.skel.h

$(BENCH_HELPERS): %: %.o $(BUILD)/selftests/prog/frame.o $(LIBHAIRPIN)
	$(CC) $(ALL_CFLAGS) $^ $(LIBS) $(shell pkg-config --libs cmocka) -o $@

DEPS += $(BENCH_OBJS:.o=.d) $(BENCH_BPF_OBJS:.o=.d)
