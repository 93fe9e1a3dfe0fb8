# SPDX-License-Identifier: BSD-2-Clause
# selftests/prog/: the BPF programs, run frame by frame. Needs root.

PROG_TEST := $(BUILD)/selftests/prog/prog_test
PROG_TEST_OBJS := $(patsubst %.c,$(BUILD)/%.o,\
	$(filter-out %.bpf.c,$(wildcard selftests/prog/*.c)))
HARNESS_OBJ := $(BUILD)/selftests/prog/harness.bpf.o
HARNESS_SKEL := $(BUILD)/selftests/prog/harness.skel.h

$(HARNESS_OBJ): selftests/prog/harness.bpf.c
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -MMD -MP -MF $(@:.o=.d) -MT $@ -c $< -o $@
	$(LLVM_STRIP) -g $@

$(HARNESS_SKEL): $(HARNESS_OBJ)
	$(BPFTOOL) gen skeleton $< name harness > $@

$(PROG_TEST_OBJS): ALL_CFLAGS += -I$(BUILD)/selftests/prog
$(PROG_TEST_OBJS): | $(HARNESS_SKEL)

$(PROG_TEST): $(PROG_TEST_OBJS) $(LIBHAIRPIN)
	$(CC) $(ALL_CFLAGS) $^ $(LIBS) $(shell pkg-config --libs cmocka) -o $@

DEPS += $(PROG_TEST_OBJS:.o=.d) $(HARNESS_OBJ:.o=.d)
