# SPDX-License-Identifier: BSD-2-Clause
# tools/deploy/: what takes hairpin to other machines: a tarball, packages, an image.
#
#   make dist                        of the last commit; DIST_COMMIT=TREE of another
#   make deb, make rpm               from that tarball
#   make image                       from what was built here

DIST_COMMIT ?= HEAD
DIST_NAME := hairpin-$(VERSION)
DIST := $(BUILD)/$(DIST_NAME).tar.gz
DEB_DIR := $(BUILD)/deb
DEBIAN := tools/deploy/debian
# What is built from the tarball is built as on any machine: nothing of how we were called gets in.
DIST_ENV := env -u BUILD -u DESTDIR -u PREFIX -u SYSCONFDIR -u MAKEFLAGS -u MAKEOVERRIDES -u MFLAGS -u MAKELEVEL

.PHONY: dist deb rpm FORCE

dist: $(DIST) ## a release tarball of the last commit

# A tarball that did not change stays: nothing that is made from it is made again.
$(DIST): FORCE
	@mkdir -p $(@D)
	@git rev-parse -q --verify '$(DIST_COMMIT)^{tree}' >/dev/null || \
		{ echo 'dist: no commit $(DIST_COMMIT) here: this works in a git clone only' >&2; exit 1; }
	@git diff --quiet HEAD || echo 'dist: of $(DIST_COMMIT): what is not committed is left out' >&2
	@git -c tar.umask=0022 archive --format=tar --prefix=$(DIST_NAME)/ -o $@.tar '$(DIST_COMMIT)'
	@gzip -9n < $@.tar > $@.new && rm $@.tar
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

deb: $(DEB_DIR)/packages ## Debian packages, to build/deb/

# The top level of the repository has no room for debian/: it goes there in the unpacked tarball.
$(DEB_DIR)/packages: $(DIST)
	rm -rf $(DEB_DIR)
	mkdir -p $(DEB_DIR)
	tar -xzf $(DIST) -C $(DEB_DIR)
	cp -a $(DEB_DIR)/$(DIST_NAME)/$(DEBIAN) $(DEB_DIR)/$(DIST_NAME)/debian
	cd $(DEB_DIR)/$(DIST_NAME) && \
		{ [ "$$(dpkg-parsechangelog -S Version)" = $(VERSION) ] || \
		{ echo '$(DEBIAN)/changelog: has no entry for $(VERSION), the VERSION of Makefile: add it' >&2; exit 1; }; }
	cd $(DEB_DIR)/$(DIST_NAME) && $(DIST_ENV) DEB_BUILD_OPTIONS="noautodbgsym parallel=$$(nproc)" \
		dpkg-buildpackage -b -uc -us > ../build.log 2>&1 || \
		{ tail -n 30 ../build.log >&2; exit 1; }
	rm -rf $(DEB_DIR)/$(DIST_NAME)
	ls $(DEB_DIR)/*.deb > $@

# ---- RPM packages

RPM_DIR := $(BUILD)/rpm
RPM_SPEC := tools/deploy/rpm/hairpin.spec
# On Debian, rpm knows nothing of what is installed.
RPMBUILD_FLAGS ?= $(if $(wildcard /etc/debian_version),--nodeps)

rpm: $(RPM_DIR)/packages ## RPM packages, to build/rpm/

$(RPM_DIR)/packages: $(DIST) $(RPM_SPEC)
	rm -rf $(RPM_DIR)
	mkdir -p $(RPM_DIR)
	[ "$$(rpmspec -q --srpm --qf '%{version}' $(RPM_SPEC))" = $(VERSION) ] || \
		{ echo '$(RPM_SPEC): is not of $(VERSION), the VERSION of Makefile: change it' >&2; exit 1; }
	$(DIST_ENV) rpmbuild -bb $(RPMBUILD_FLAGS) -D '_topdir $(abspath $(RPM_DIR))' \
		-D '_sourcedir $(abspath $(BUILD))' -D '_rpmdir $(abspath $(RPM_DIR))' \
		-D '_rpmfilename %%{NAME}-%%{VERSION}.%%{ARCH}.rpm' $(RPM_SPEC) \
		> $(RPM_DIR)/build.log 2>&1 || { tail -n 30 $(RPM_DIR)/build.log >&2; exit 1; }
	rm -rf $(RPM_DIR)/BUILD $(RPM_DIR)/BUILDROOT
	ls $(RPM_DIR)/*.rpm > $@

# ---- the container image

IMAGE_DIR := $(BUILD)/image
IMAGE_LIB := /opt/cni/hairpin/lib
IMAGE_NAME ?= hairpin:$(VERSION)
PODMAN ?= podman
# The loader by its full path, and the libraries also of the libraries: nothing of the node's is taken.
IMAGE_LDFLAGS = -Wl,--dynamic-linker=$(IMAGE_LIB)/$$(readelf -p .interp $(HAIRPIND) | grep -o 'ld-[^ ]*') \
	-Wl,-rpath,$(IMAGE_LIB) -Wl,--disable-new-dtags

.PHONY: image image-root

image: image-root ## a container image, by podman; no registry is asked
	$(PODMAN) build -q -t $(IMAGE_NAME) -f tools/deploy/Containerfile $(IMAGE_DIR)

image-root: all
	rm -rf $(IMAGE_DIR)
	mkdir -p $(IMAGE_DIR)/linked
	$(MAKE) install DESTDIR=$(abspath $(IMAGE_DIR))/root PREFIX=/usr SYSCONFDIR=/etc LDFLAGS="$(IMAGE_LDFLAGS)" \
		$(foreach program,HAIRPIND HAIRPIN HAIRPIN_CNI,$(program)=$(IMAGE_DIR)/linked/$(notdir $($(program))))
	tools/deploy/image $(IMAGE_DIR)/root
