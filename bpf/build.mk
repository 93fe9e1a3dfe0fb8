# SPDX-License-Identifier: BSD-2-Clause
# bpf/: one object and one skeleton per hook.

BPF_PROGS := egress ingress xdp port
BPF_OBJS := $(BPF_PROGS:%=$(BUILD)/bpf/%.bpf.o)
BPF_SKELS := $(BPF_PROGS:%=$(BUILD)/bpf/%.skel.h)
# Debian's clang does not look for asm/ headers when the target is bpf.
BPF_CFLAGS := -g -O2 -target bpf -mcpu=v3 -Wall -Wextra -Werror -Iinclude \
	-I/usr/include/$(shell $(CC) -dumpmachine)

$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -MMD -MP -MF $(@:.o=.d) -MT $@ -c $< -o $@
	$(LLVM_STRIP) -g $@

$(BUILD)/bpf/%.skel.h: $(BUILD)/bpf/%.bpf.o
	$(BPFTOOL) gen skeleton $< name $(if $(filter xdp port,$*),hp_$*_obj,hp_$*) > $@

DEPS += $(BPF_OBJS:.o=.d)
