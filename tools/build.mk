# SPDX-License-Identifier: BSD-2-Clause
# tools/: hairpin, man pages, completion, and where all of it is installed.

TOOLS_SRCS := $(filter-out tools/hairpin.c,$(wildcard tools/*.c))
TOOLS_OBJS := $(TOOLS_SRCS:%.c=$(BUILD)/%.o)
HAIRPIN := $(BUILD)/hairpin
MAN_PAGES := $(patsubst tools/man/%.scd,%,$(wildcard tools/man/*.scd))
SCDOC ?= scdoc
INSTALL ?= install

all: $(HAIRPIN) $(MAN_PAGES:%=$(BUILD)/man/%)

$(HAIRPIN): $(BUILD)/tools/hairpin.o $(TOOLS_OBJS) $(LIBHAIRPIN)
	$(CC) $(ALL_CFLAGS) $^ $(LIBS) -o $@

$(BUILD)/man/%: tools/man/%.scd
	@mkdir -p $(@D)
	$(SCDOC) < $< > $@

DEPS += $(TOOLS_OBJS:.o=.d) $(BUILD)/tools/hairpin.d $(TOOLS_SRCS:%.c=$(BUILD)/asan/%.d)

BINDIR := $(DESTDIR)$(PREFIX)/bin
SBINDIR := $(DESTDIR)$(PREFIX)/sbin
MANDIR := $(DESTDIR)$(PREFIX)/share/man
COMPLETIONDIR := $(DESTDIR)$(PREFIX)/share/bash-completion/completions
CONFDIR := $(DESTDIR)$(SYSCONFDIR)/hairpin
UNITDIR ?= $(PREFIX)/lib/systemd/system

# The section of a page is the end of its name.
man_path = $(MANDIR)/man$(patsubst .%,%,$(suffix $(1)))/$(1)

install: all ## install to $(DESTDIR)$(PREFIX); an existing hairpin.conf stays
	$(INSTALL) -D -m 755 $(HAIRPIND) $(SBINDIR)/hairpind
	$(INSTALL) -D -m 755 $(HAIRPIN) $(BINDIR)/hairpin
	$(foreach page,$(MAN_PAGES),$(INSTALL) -D -m 644 $(BUILD)/man/$(page) $(call man_path,$(page)) &&) :
	$(INSTALL) -D -m 644 tools/completions/hairpin $(COMPLETIONDIR)/hairpin
	$(INSTALL) -D -m 644 tools/systemd/hairpind.service $(DESTDIR)$(UNITDIR)/hairpind.service
	sed -i 's|^ExecStart=/usr/sbin/|ExecStart=$(PREFIX)/sbin/|' $(DESTDIR)$(UNITDIR)/hairpind.service
	test -e $(CONFDIR)/hairpin.conf || \
		$(INSTALL) -D -m 644 tools/hairpin.conf $(CONFDIR)/hairpin.conf

uninstall: ## remove what install put there; a changed hairpin.conf stays
	rm -f $(SBINDIR)/hairpind $(BINDIR)/hairpin $(COMPLETIONDIR)/hairpin
	rm -f $(DESTDIR)$(UNITDIR)/hairpind.service
	rm -f $(foreach page,$(MAN_PAGES),$(call man_path,$(page)))
	if cmp -s tools/hairpin.conf $(CONFDIR)/hairpin.conf; then \
		rm $(CONFDIR)/hairpin.conf && rmdir --ignore-fail-on-non-empty $(CONFDIR); fi
