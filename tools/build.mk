# SPDX-License-Identifier: BSD-2-Clause
# tools/: hairpin, hairpin-cni, man pages, completion, and where all of it is installed.

TOOLS_SRCS := $(filter-out tools/hairpin.c,$(wildcard tools/*.c))
TOOLS_OBJS := $(TOOLS_SRCS:%.c=$(BUILD)/%.o)
HAIRPIN := $(BUILD)/hairpin
CNI_SRCS := $(filter-out tools/cni/main.c,$(wildcard tools/cni/*.c))
# Of the tools, what reads the maps' files and hairpind's lock.
CNI_OBJS := $(CNI_SRCS:%.c=$(BUILD)/%.o) $(BUILD)/tools/liveness.o
HAIRPIN_CNI := $(BUILD)/hairpin-cni
MAN_PAGES := $(patsubst tools/man/%.scd,%,$(wildcard tools/man/*.scd))
SCDOC ?= scdoc
INSTALL ?= install

all: $(HAIRPIN) $(HAIRPIN_CNI) $(MAN_PAGES:%=$(BUILD)/man/%)

$(HAIRPIN): $(BUILD)/tools/hairpin.o $(TOOLS_OBJS) $(LIBHAIRPIN)
	$(CC) $(ALL_CFLAGS) $^ $(LIBS) -o $@

$(HAIRPIN_CNI): $(BUILD)/tools/cni/main.o $(CNI_OBJS) $(LIBHAIRPIN)
	$(CC) $(ALL_CFLAGS) $^ $(LIBS) -o $@

$(BUILD)/man/%: tools/man/%.scd
	@mkdir -p $(@D)
	$(SCDOC) < $< > $@

DEPS += $(TOOLS_OBJS:.o=.d) $(BUILD)/tools/hairpin.d $(TOOLS_SRCS:%.c=$(BUILD)/asan/%.d) \
	$(CNI_SRCS:%.c=$(BUILD)/%.d) $(CNI_SRCS:%.c=$(BUILD)/asan/%.d) $(BUILD)/tools/cni/main.d

BINDIR := $(DESTDIR)$(PREFIX)/bin
SBINDIR := $(DESTDIR)$(PREFIX)/sbin
MANDIR := $(DESTDIR)$(PREFIX)/share/man
COMPLETIONDIR := $(DESTDIR)$(PREFIX)/share/bash-completion/completions
# Where container runtimes look for CNI plugins, whatever PREFIX is.
CNIBINDIR ?= /opt/cni/bin
CONFDIR := $(DESTDIR)$(SYSCONFDIR)/hairpin
UNITDIR ?= $(PREFIX)/lib/systemd/system

# The section of a page is the end of its name.
man_path = $(MANDIR)/man$(patsubst .%,%,$(suffix $(1)))/$(1)

install: all ## install to $(DESTDIR)$(PREFIX); an existing hairpin.conf stays
	$(INSTALL) -D -m 755 $(HAIRPIND) $(SBINDIR)/hairpind
	$(INSTALL) -D -m 755 $(HAIRPIN) $(BINDIR)/hairpin
	$(INSTALL) -D -m 755 $(HAIRPIN_CNI) $(DESTDIR)$(CNIBINDIR)/hairpin-cni
	$(foreach page,$(MAN_PAGES),$(INSTALL) -D -m 644 $(BUILD)/man/$(page) $(call man_path,$(page)) &&) :
	$(INSTALL) -D -m 644 tools/completions/hairpin $(COMPLETIONDIR)/hairpin
	$(INSTALL) -D -m 644 tools/systemd/hairpind.service $(DESTDIR)$(UNITDIR)/hairpind.service
	sed -i 's|^ExecStart=/usr/sbin/|ExecStart=$(PREFIX)/sbin/|' $(DESTDIR)$(UNITDIR)/hairpind.service
	test -e $(CONFDIR)/hairpin.conf || \
		$(INSTALL) -D -m 644 tools/hairpin.conf $(CONFDIR)/hairpin.conf

uninstall: ## remove what install put there; a changed hairpin.conf stays
	rm -f $(SBINDIR)/hairpind $(BINDIR)/hairpin $(COMPLETIONDIR)/hairpin \
		$(DESTDIR)$(CNIBINDIR)/hairpin-cni
	rm -f $(DESTDIR)$(UNITDIR)/hairpind.service
	rm -f $(foreach page,$(MAN_PAGES),$(call man_path,$(page)))
	if cmp -s tools/hairpin.conf $(CONFDIR)/hairpin.conf; then \
		rm $(CONFDIR)/hairpin.conf && rmdir --ignore-fail-on-non-empty $(CONFDIR); fi
