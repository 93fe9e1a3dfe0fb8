# SPDX-License-Identifier: BSD-2-Clause
# hairpin: `make help` lists the targets. Each directory's build.mk adds its
# own rules; everything that is generated goes to $(BUILD).

BUILD ?= build
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR ?=

CC = gcc
CLANG ?= clang
LLVM_STRIP ?= llvm-strip
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
CLANG_FORMAT ?= clang-format
CLANG_TIDY ?= clang-tidy

VERSION := 0.1.0
PACKAGES := libbpf libelf zlib libmnl libevent_core jansson libconfuse

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wformat=2
CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -DHAIRPIN_VERSION='"$(VERSION)"' $(WARNINGS) -Iinclude \
	-Iagent -Itools -I$(BUILD)/bpf $(shell pkg-config --cflags $(PACKAGES)) $(CPPFLAGS) $(CFLAGS)
LIBS = $(LDFLAGS) $(shell pkg-config --libs $(PACKAGES))
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -O1

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all check demo lint format install uninstall clean help

# Compiled with gcc for the host; BPF sources have rules of their own.
C_FILES = $(wildcard agent/*.c tools/*.c tools/cni/*.c selftests/*/*.c)
HOST_SOURCES = $(filter-out %.bpf.c,$(C_FILES))
ALL_SOURCES = $(wildcard include/hairpin/*.h bpf/*.[ch] agent/*.[ch] tools/*.[ch] tools/cni/*.[ch] selftests/*/*.[ch] \
	selftests/*/*/*.[ch])
SHELL_SCRIPTS = .ci/run tools/bootstrap tools/demo tools/completions/hairpin \
	selftests/bench/bench selftests/engine/chroot selftests/vm/boot selftests/vm/fetch \
	selftests/vm/guest selftests/vm/test tools/deploy/image tools/deploy/kubernetes/install \
	$(wildcard selftests/*/*.sh selftests/*/*.t tools/deploy/debian/*.p*)

all: ## build hairpind, hairpin and the BPF objects

include bpf/build.mk agent/build.mk tools/build.mk tools/deploy/build.mk selftests/build.mk

# Generated headers count as system headers here: their warnings are not ours to mend.
TIDY_FLAGS = $(patsubst -I$(BUILD)/%,-isystem $(BUILD)/%,$(filter-out $(CFLAGS),$(ALL_CFLAGS))) \
	-isystem $(BUILD)/selftests/prog -isystem $(BUILD)/selftests/bench -Wno-format-nonliteral

lint: $(BPF_SKELS) $(HARNESS_SKEL) $(BENCH_SKELS) ## clang-format, clang-tidy, shellcheck
	$(CLANG_FORMAT) --dry-run -Werror $(ALL_SOURCES)
	@printf '%s\n' $(HOST_SOURCES) | \
		xargs -P 2 -I FILE $(CLANG_TIDY) --quiet FILE -- $(TIDY_FLAGS)
	shellcheck -x $(SHELL_SCRIPTS)

format: ## lay out all C files
	$(CLANG_FORMAT) -i $(ALL_SOURCES)

demo: all ## the walk-through in namespaces: failing without hairpin, working with it
	BUILD=$(abspath $(BUILD)) tools/demo

clean: ## remove everything that was generated
	rm -rf $(BUILD)

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | sort | expand -t 16

-include $(DEPS)
