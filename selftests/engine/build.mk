# SPDX-License-Identifier: BSD-2-Clause
# selftests/engine/: what makes macvlan devices for people, run for real: Docker, Podman,
# containerd, CNI. Needs root and Debian's packages of them, and no registry. And what takes
# hairpin to other machines: packages, the image, the manifests.

ENGINE_TESTS = $(wildcard selftests/engine/$(T).t)
# What only these tests need: packages, and a Debian to install them in, which is fetched once.
ENGINE_NEEDS = $(if $(filter %/deb.t,$(ENGINE_TESTS)),engine-chroot) \
	$(if $(filter %/rpm.t,$(ENGINE_TESTS)),rpm) \
	$(if $(filter %/kubernetes.t,$(ENGINE_TESTS)),image-root)

.PHONY: check-engine engine-chroot

engine-chroot: deb
	@mkdir -p $(BUILD)/engine
	selftests/engine/chroot $(BUILD)/engine/debian $(DEB_DIR)/*.deb

# One after the other: each starts dozens of containers, which are pinged with a second's patience.
check-engine: PROVE_FLAGS = -j1

# T is not set yet.
.SECONDEXPANSION:
check-engine: all $(NET_HELPERS) $$(ENGINE_NEEDS) ## hairpind beside real container engines; T=NAME for one
	$(RUN_PROVE) $(ENGINE_TESTS)
