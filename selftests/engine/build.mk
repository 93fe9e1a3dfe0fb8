# SPDX-License-Identifier: BSD-2-Clause
# selftests/engine/: what makes macvlan devices for people, run for real: Docker, Podman,
# containerd, CNI. Needs root and Debian's packages of them, and no registry.

ENGINE_TESTS = $(wildcard selftests/engine/$(T).t)

.PHONY: check-engine

check-engine: all $(NET_HELPERS) ## hairpind beside real container engines; T=NAME for one
	$(RUN_PROVE) $(ENGINE_TESTS)
