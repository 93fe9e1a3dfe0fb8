# SPDX-License-Identifier: BSD-2-Clause
# selftests/net/: scenarios in network namespaces. Needs root.

NET_PROBE := $(BUILD)/selftests/net/probe
NET_PROBE_OBJS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard selftests/net/*.c))

$(NET_PROBE): $(NET_PROBE_OBJS) $(LIBHAIRPIN)
	$(CC) $(ALL_CFLAGS) $^ $(LIBS) -o $@

DEPS += $(NET_PROBE_OBJS:.o=.d)
