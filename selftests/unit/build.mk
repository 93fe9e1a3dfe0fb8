# SPDX-License-Identifier: BSD-2-Clause
# selftests/unit/: what needs no root and no kernel, under ASan and UBSan. One
# program per test_*.c; everything else here is linked to those that want it.

UNIT_SRCS := $(wildcard selftests/unit/*.c)
UNIT_TESTS := $(patsubst %.c,$(BUILD)/%,$(filter selftests/unit/test_%,$(UNIT_SRCS)))
UNIT_LIB := $(BUILD)/asan/libunit.a
UNIT_LIB_OBJS := $(patsubst %.c,$(BUILD)/asan/%.o,$(AGENT_SRCS) $(TOOLS_SRCS) \
	$(CNI_SRCS) \
	$(filter-out selftests/unit/test_%,$(UNIT_SRCS)))
UNIT_LIBS := $(LIBS) $(shell pkg-config --libs cmocka)

$(UNIT_LIB): $(UNIT_LIB_OBJS)
	rm -f $@
	$(AR) rcs $@ $^

$(UNIT_TESTS): $(BUILD)/%: $(BUILD)/asan/%.o $(UNIT_LIB)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(SANITIZE) $^ $(UNIT_LIBS) -o $@

DEPS += $(UNIT_SRCS:%.c=$(BUILD)/asan/%.d)
