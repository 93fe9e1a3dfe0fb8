# SPDX-License-Identifier: BSD-2-Clause
# selftests/net/: scenarios in network namespaces. Needs root.

NET_PROBE := $(BUILD)/selftests/net/probe
NET_PROBE_OBJS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard selftests/net/*.c))
# Somebody else's programs. Built here: a compiler takes long where the tests are emulated.
NET_FOREIGN := $(patsubst %.bpf.c,$(BUILD)/%.bpf.o,$(wildcard selftests/net/foreign/*.bpf.c)) \
	$(BUILD)/selftests/net/foreign/tcx
NET_HELPERS := $(NET_PROBE) $(NET_FOREIGN)

$(NET_PROBE): $(NET_PROBE_OBJS) $(LIBHAIRPIN)
	$(CC) $(ALL_CFLAGS) $^ $(LIBS) -o $@

$(BUILD)/selftests/net/foreign/%.bpf.o: selftests/net/foreign/%.bpf.c
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -MMD -MP -MF $(@:.o=.d) -MT $@ -c $< -o $@

$(BUILD)/selftests/net/foreign/tcx: $(BUILD)/selftests/net/foreign/tcx.o
	$(CC) $(ALL_CFLAGS) $< $(shell pkg-config --libs libbpf) -o $@

DEPS += $(NET_PROBE_OBJS:.o=.d) $(patsubst %.o,%.d,$(filter %.o,$(NET_FOREIGN))) \
	$(BUILD)/selftests/net/foreign/tcx.d
