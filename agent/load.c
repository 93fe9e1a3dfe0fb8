/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "load.h" /* first: the skeletons need its types */

#include "egress.skel.h"
#include "ingress.skel.h"
#include "port.skel.h"
#include "xdp.skel.h"

/* Linux 6.3; not yet in the headers that we build with. include/uapi/linux/bpf.h */
#define XDP_DEV_BOUND_ONLY (1U << 6)

const char *const load_names[LOAD_PROGS] = { "egress", "ingress", "xdp", "port", "port_xdp" };

/* A copy that outlives the skeleton, in place of *@kept. */
static int keep(int *kept, int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0)
		return -errno;
	if (*kept >= 0)
		close(*kept);
	*kept = copy;
	return 0;
}

static int keep_maps(int maps[PINS_MAP_COUNT], const struct bpf_object *object)
{
	struct bpf_map *map;
	int err = 0;

	bpf_object__for_each_map (map, object) {
		int i = pins_find_map(bpf_map__name(map));

		if (!err && i >= 0)
			err = keep(&maps[i], bpf_map__fd(map));
	}
	return err;
}

/* The programs are left out, which leaves the maps. */
int load_maps(int maps[PINS_MAP_COUNT], __u32 slots)
{
	struct hp_egress *skel = hp_egress__open();
	int err;

	if (!skel)
		return -errno;
	bpf_program__set_autoload(skel->progs.hairpin_egress, false);
	err = bpf_map__set_max_entries(skel->maps.stats, slots);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.storm, HP_STORM_CLASSES * slots);
	if (!err)
		err = hp_egress__load(skel);
	if (!err)
		err = keep_maps(maps, skel->obj);
	hp_egress__destroy(skel);
	return err;
}

static int use_maps(const int maps[PINS_MAP_COUNT], const struct bpf_object *object)
{
	struct bpf_map *map;
	int err = 0;

	bpf_object__for_each_map (map, object) {
		int i = pins_find_map(bpf_map__name(map));

		if (!err && i >= 0)
			err = bpf_map__reuse_fd(map, maps[i]);
	}
	return err;
}

static int load(const int maps[PINS_MAP_COUNT], struct bpf_object_skeleton *skeleton,
		const struct bpf_program *prog, int *fd)
{
	int err = use_maps(maps, *skeleton->obj);

	if (!err)
		err = bpf_object__load_skeleton(skeleton);
	return err ? err : keep(fd, bpf_program__fd(prog));
}

static int load_egress(const int maps[PINS_MAP_COUNT], const struct hp_settings *settings, int *fd)
{
	struct hp_egress *skel = hp_egress__open();
	int err;

	if (!skel)
		return -errno;
	memcpy((void *)&skel->rodata->settings, settings, sizeof(*settings));
	err = load(maps, skel->skeleton, skel->progs.hairpin_egress, fd);
	hp_egress__destroy(skel);
	return err;
}

static int load_ingress(const int maps[PINS_MAP_COUNT], const struct hp_settings *settings,
			const struct xdp *xdp, int *fd)
{
	struct hp_ingress *skel = hp_ingress__open();
	int err;

	if (!skel)
		return -errno;
	memcpy((void *)&skel->rodata->settings, settings, sizeof(*settings));
	*(bool *)&skel->rodata->behind_xdp = xdp->mode != HP_XDP_NONE;
	err = load(maps, skel->skeleton, skel->progs.hairpin_ingress, fd);
	hp_ingress__destroy(skel);
	return err;
}

static int load_port(const int maps[PINS_MAP_COUNT], __u32 uplink, bool xdp, int *fd)
{
	struct hp_port_obj *skel = hp_port_obj__open();
	struct bpf_program *prog;
	int err;

	if (!skel)
		return -errno;
	*(__u32 *)&skel->rodata->uplink = uplink;
	prog = xdp ? skel->progs.hairpin_port_xdp : skel->progs.hairpin_port;
	bpf_program__set_autoload(xdp ? skel->progs.hairpin_port : skel->progs.hairpin_port_xdp,
				  false);
	err = load(maps, skel->skeleton, prog, fd);
	hp_port_obj__destroy(skel);
	return err;
}

static struct bpf_program *pick_xdp(const struct hp_xdp_obj *skel, const struct xdp *xdp)
{
	if (xdp->mode == HP_XDP_GENERIC)
		return skel->progs.hairpin_xdp_generic;
	return xdp->tags ? skel->progs.hairpin_xdp_tag : skel->progs.hairpin_xdp;
}

/* One of the programs is loaded. The one that asks the driver for tags is bound to its device. */
static struct bpf_program *choose_xdp(const struct hp_xdp_obj *skel, const struct xdp *xdp)
{
	struct bpf_program *chosen = pick_xdp(skel, xdp), *prog;

	bpf_object__for_each_program(prog, skel->obj)
		bpf_program__set_autoload(prog, prog == chosen);
	if (xdp->tags) {
		bpf_program__set_ifindex(chosen, xdp->ifindex);
		bpf_program__set_flags(chosen, bpf_program__flags(chosen) | XDP_DEV_BOUND_ONLY);
	}
	return chosen;
}

static int load_xdp(const int maps[PINS_MAP_COUNT], const struct hp_settings *settings,
		    const struct xdp *xdp, int *fd)
{
	struct hp_xdp_obj *skel = hp_xdp_obj__open();
	char name[IFNAMSIZ];
	int err;

	if (!skel)
		return -errno;
	memcpy((void *)&skel->rodata->settings, settings, sizeof(*settings));
	*(bool *)&skel->rodata->generic = xdp->mode == HP_XDP_GENERIC;
	err = load(maps, skel->skeleton, choose_xdp(skel, xdp), fd);
	if (err == -EINVAL && !if_indextoname(xdp->ifindex, name)) /* the word for a lost device */
		err = -ENODEV;
	hp_xdp_obj__destroy(skel);
	return err;
}

int load_prog(enum load_prog prog, const int maps[PINS_MAP_COUNT],
	      const struct hp_settings *settings, const struct xdp *xdp, int *fd)
{
	switch (prog) {
	case LOAD_EGRESS:
		return load_egress(maps, settings, fd);
	case LOAD_INGRESS:
		return load_ingress(maps, settings, xdp, fd);
	case LOAD_XDP:
		return load_xdp(maps, settings, xdp, fd);
	case LOAD_PORT:
	case LOAD_PORT_XDP:
		return load_port(maps, xdp->ifindex, prog == LOAD_PORT_XDP, fd);
	default:
		return -EINVAL;
	}
}

/* FNV-1a, 64 bits. */
static __u64 hash(__u64 hash, const void *bytes, size_t length)
{
	const unsigned char *b = bytes;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ b[i]) * 0x100000001b3;
	return hash;
}

__u64 load_build_id(void)
{
	__u64 id = 0xcbf29ce484222325;
	const void *bytes;
	size_t length;

	bytes = hp_egress__elf_bytes(&length);
	id = hash(id, bytes, length);
	bytes = hp_ingress__elf_bytes(&length);
	id = hash(id, bytes, length);
	bytes = hp_port_obj__elf_bytes(&length);
	id = hash(id, bytes, length);
	bytes = hp_xdp_obj__elf_bytes(&length);
	return hash(id, bytes, length);
}
