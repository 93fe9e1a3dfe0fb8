# SPDX-License-Identifier: BSD-2-Clause
# selftests/vm/: the tests of selftests/net and prog on other kernels, in QEMU.
#
#   make check-vm                all of them on every kernel
#   make check-vm T=vlan K=6.1   one of them on one kernel
#   make vm-shell K=6.1          a shell there, with this machine's files

K ?= 6.1 6.12
VM_DIR = $(BUILD)/vm
VM_KERNELS = $(K:%=$(VM_DIR)/%/initrd)
VM_TEST_NAMES = $(NET_TESTS:selftests/net/%.t=%) $(if $(filter prog *,$(T)),prog)
VM_TESTS = $(foreach kernel,$(K),$(VM_TEST_NAMES:%=$(VM_DIR)/$(kernel)/%.t))

.PHONY: check-vm vm-shell

# A kernel takes half a gigabyte of $(BUILD), and is fetched once.
$(VM_DIR)/%/initrd: selftests/vm/fetch selftests/vm/init
	selftests/vm/fetch $* $(@D)

# prove takes a file for a test: `test` finds in its own name which one, and where.
check-vm: all $(NET_PROBE) $(PROG_TEST) $(VM_KERNELS) ## the same in QEMU, on kernels K (6.1 6.12); T=NAME for one
	@for test in $(VM_TESTS); do ln -sf $(abspath selftests/vm/test) $$test; done
	$(RUN_PROVE) $(VM_TESTS)

vm-shell: all $(VM_KERNELS) ## a shell on the kernel K=6.1
	BUILD=$(abspath $(BUILD)) VM_SHELL=1 selftests/vm/boot $(VM_DIR)/$(firstword $(K))
