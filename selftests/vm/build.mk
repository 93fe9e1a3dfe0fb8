# SPDX-License-Identifier: BSD-2-Clause
# selftests/vm/: the tests of selftests/net and prog on other kernels, in QEMU.
#
#   make check-vm                all of them on every kernel
#   make check-vm T=vlan K=6.1   one of them on one kernel
#   make vm-shell K=6.1          a shell there, with this machine's files

K ?= 6.1 6.12
VM_DIR = $(BUILD)/vm
VM_KERNELS = $(K:%=$(VM_DIR)/%/initrd)
# Not there, unless asked for by name: what knows nothing of the kernel (cli_errors, notify, access_alias,
# xdp_mac), what measures (idle: wake-ups; scale: a thousand endpoints, which emulated take minutes to
# make), what needs a fast sender (arpstorm, storm), what prog does as well, byte by byte (steer,
# steer_changes), what takes long and is mostly commands (xdp_endpoint_life; xdp_endpoint is there), strace
# (killed) or a perl for each question (metrics), and a systemd of its own.
VM_LEFT_OUT = $(if $(filter *,$(T)),cli_errors notify access_alias xdp_mac idle scale arpstorm storm \
	steer steer_changes xdp_endpoint_life killed metrics systemd)
VM_TESTS = $(filter-out $(VM_LEFT_OUT:%=selftests/net/%.t),$(NET_TESTS)) \
	$(if $(filter prog *,$(T)),selftests/prog/prog.t)
VM_NSENTER = $(BUILD)/selftests/vm/nsenter

.PHONY: check-vm vm-shell

# A kernel takes half a gigabyte of $(BUILD), and is fetched once.
$(VM_DIR)/%/initrd: selftests/vm/fetch selftests/vm/init
	selftests/vm/fetch $* $(@D)

$(VM_NSENTER): $(BUILD)/selftests/vm/nsenter.o
	$(CC) $(ALL_CFLAGS) -static $< -o $@

DEPS += $(BUILD)/selftests/vm/nsenter.d

# prove takes a file for a test: `test` finds in its own name on which kernel. A failure has its
# reasons in comments: what a guest says comes through one port.
check-vm: all $(NET_HELPERS) $(PROG_TEST) $(VM_NSENTER) $(VM_KERNELS) ## the same in QEMU, on kernels K (6.1 6.12); T=NAME for one
	@for kernel in $(K); do ln -sf $(abspath selftests/vm/test) $(VM_DIR)/$$kernel.t; done
	VM_TESTS="$(strip $(VM_TESTS))" $(RUN_PROVE) --comments --failures $(K:%=$(VM_DIR)/%.t)

vm-shell: all $(VM_NSENTER) $(VM_KERNELS) ## a shell on the kernel K=6.1
	BUILD=$(abspath $(BUILD)) VM_SHELL=1 selftests/vm/boot $(VM_DIR)/$(firstword $(K))
