# SPDX-License-Identifier: BSD-2-Clause
# agent/: hairpind; everything but main.c is a library.

AGENT_SRCS := $(filter-out agent/main.c,$(wildcard agent/*.c))
AGENT_OBJS := $(AGENT_SRCS:%.c=$(BUILD)/%.o)
LIBHAIRPIN := $(BUILD)/libhairpin.a
HAIRPIND := $(BUILD)/hairpind

all: $(HAIRPIND)

$(BUILD)/%.o: %.c | $(BPF_SKELS)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

# The same library for the unit tests, under ASan and UBSan.
$(BUILD)/asan/%.o: %.c | $(BPF_SKELS)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(SANITIZE) -MMD -MP -c $< -o $@

$(LIBHAIRPIN): $(AGENT_OBJS)
	rm -f $@
	$(AR) rcs $@ $^

$(HAIRPIND): $(BUILD)/agent/main.o $(LIBHAIRPIN)
	$(CC) $(ALL_CFLAGS) $^ $(LIBS) -o $@

DEPS += $(AGENT_OBJS:.o=.d) $(BUILD)/agent/main.d $(AGENT_SRCS:%.c=$(BUILD)/asan/%.d)
