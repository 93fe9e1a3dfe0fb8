# SPDX-License-Identifier: BSD-2-Clause
# selftests/vm/: the tests of selftests/net and prog on other kernels, in QEMU.
#
#   make check-vm                most of them, each on one kernel or on both
#   make check-vm T=vlan K=6.1   one of them on one kernel
#   make vm-shell K=6.1          a shell there, with this machine's files

K ?= 6.1 6.12
VM_DIR = $(BUILD)/vm
VM_KERNELS = $(K:%=$(VM_DIR)/%/initrd)
# A whole run is to take a quarter of an hour. Not there, unless asked for by name:
#   cli_errors notify access_alias xdp_mac     know nothing of the kernel
#   idle scale                                 measure: wake-ups; a thousand endpoints, which take minutes to make
#   arpstorm storm                             need a fast sender
#   steer steer_changes steer_more access      prog has the rules, byte by byte
#   xdp_endpoint_life killed metrics           are mostly commands, strace, perl; xdp_endpoint and outlive are there
#   lostevents bulk reload nobody              are of hairpind's own rules; the kernel's part is in discovery and follow
#   systemd                                    is one of its own
VM_LEFT_OUT = cli_errors notify access_alias xdp_mac idle scale arpstorm storm steer steer_changes steer_more access \
	xdp_endpoint_life killed metrics lostevents bulk reload nobody systemd
# Each of these is left to the other kernel, so that both take as long.
VM_LEFT_OUT_6.1 = announce bigtcp bridged dad declared follow groups manage modes parent_kinds port receive vlan_filter wire
VM_LEFT_OUT_6.12 = forged hiding macvtap nic parents passthru prog subnets xdp xdp_endpoint xdp_wire
VM_ALL_TESTS = $(NET_TESTS) $(if $(filter prog *,$(T)),selftests/prog/prog.t)
# Of one kernel.
vm_tests = $(filter-out $(if $(filter *,$(T)),$(addprefix %/,$(addsuffix .t,$(VM_LEFT_OUT) $(VM_LEFT_OUT_$1)))),$(VM_ALL_TESTS))
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
check-vm: all $(NET_HELPERS) $(PROG_TEST) $(VM_NSENTER) $(VM_KERNELS) ## most of check-net and check-prog in QEMU, on kernels K (6.1 6.12); T=NAME for one
	@$(foreach kernel,$(K),echo $(call vm_tests,$(kernel)) >$(VM_DIR)/$(kernel).tests; \
		ln -sf $(abspath selftests/vm/test) $(VM_DIR)/$(kernel).t;)
	$(RUN_PROVE) --comments --failures $(K:%=$(VM_DIR)/%.t)

vm-shell: all $(VM_NSENTER) $(VM_KERNELS) ## a shell on the kernel K=6.1
	BUILD=$(abspath $(BUILD)) VM_SHELL=1 selftests/vm/boot $(VM_DIR)/$(firstword $(K))
