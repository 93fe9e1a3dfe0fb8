// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "format.h"
#include "liveness.h"
#include "netns.h"
#include "pins.h"
#include "serve.h"
#include "set.h"

/* Between two looks: the maps tell nobody that they changed. Who waits leaves time to hairpind. */
#define FIRST_LOOK_MS 5
#define LAST_LOOK_MS 100

/* A line into @why. */
static int missing(char why[SPEC_ERROR], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int missing(char why[SPEC_ERROR], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, SPEC_ERROR, format, args);
	va_end(args);
	return -EAGAIN;
}

/* ---- the record */

static bool find_in(const struct cni_serve *s, const char *uplink, struct pins_endpoint *record)
{
	int fd = pins_open(s->pins, uplink, PINS_ENDPOINTS);
	struct table endpoints;
	bool found = false;

	if (fd < 0)
		return false;
	if (pins_read(fd, PINS_ENDPOINTS, &endpoints))
		endpoints.count = 0;
	for (size_t i = 0; !found && i < endpoints.count; i++) {
		*record = *(struct pins_endpoint *)table_at(&endpoints, i);
		found = record->value.netns_ino == s->netns_ino &&
			record->value.ifindex == (__u32)s->ifindex;
	}
	table_free(&endpoints);
	close(fd);
	return found;
}

static int find_record(const struct cni_serve *s, char uplink[IFNAMSIZ],
		       struct pins_endpoint *record, char why[SPEC_ERROR])
{
	struct pins_list list = {};
	bool found = false;
	int err = pins_list(s->pins, &list);

	if (err)
		return missing(why, "%s cannot be read: %s", s->pins, strerror(-err));
	for (size_t i = 0; !found && i < list.count; i++) {
		strcpy(uplink, list.names[i]);
		found = find_in(s, uplink, record);
	}
	free(list.names);
	return found ? 0 : missing(why, "it is in none of the maps in %s", s->pins);
}

static int check_record(const struct cni_serve *s, const struct hp_endpoint *e,
			char why[SPEC_ERROR])
{
	char mac[18], want[18];

	if (memcmp(e->mac, s->mac, sizeof(e->mac)) != 0)
		return missing(why, "maps: its MAC is %s, not %s", format_mac(mac, e->mac),
			       format_mac(want, s->mac));
	if (!(e->flags & HP_ENDPOINT_UP))
		return missing(why, "maps: it is down");
	/* As it was made: a rule in hairpin.conf may have it in another VLAN. */
	if (s->vlan && e->marked != s->vlan)
		return missing(why, "maps: it was made for VLAN %u, not %u", e->marked, s->vlan);
	if (s->vlan && !(e->flags & HP_ENDPOINT_ACCESS))
		return missing(why, "maps: it is no access port");
	return 0;
}

/* ---- what the programs act upon */

static int lookup(const struct cni_serve *s, const char *uplink, enum pins_map map, const void *key,
		  void *value)
{
	int fd = pins_open(s->pins, uplink, map), err;

	if (fd < 0)
		return fd;
	err = bpf_map_lookup_elem(fd, key, value);
	close(fd);
	return err;
}

static int check_fdb(const struct cni_serve *s, const char *uplink, const struct pins_endpoint *e,
		     char why[SPEC_ERROR])
{
	struct hp_fdb_key key = { .vlan = e->value.vlan };
	struct hp_fdb value;
	char mac[18];

	memcpy(key.mac, s->mac, sizeof(key.mac));
	if (lookup(s, uplink, PINS_FDB, &key, &value) || value.endpoint != e->id)
		return missing(why, "maps: fdb of %s has no entry for %s", uplink,
			       format_mac(mac, s->mac));
	return 0;
}

static int check_neigh(const struct cni_serve *s, const char *uplink, const struct pins_endpoint *e,
		       char why[SPEC_ERROR])
{
	for (size_t i = 0; i < s->spec->address_count; i++) {
		const struct spec_addr *a = &s->spec->addresses[i];
		struct hp_neigh_key key = { .vlan = e->value.vlan, .family = a->family };
		struct hp_neigh value;
		char ip[46];

		memcpy(key.addr, a->addr, sizeof(key.addr));
		if (lookup(s, uplink, PINS_NEIGH, &key, &value) ||
		    (value.endpoint != e->id && !(value.flags & HP_NEIGH_SHARED)))
			return missing(why, "maps: neigh of %s has no entry for %s", uplink,
				       format_ip(ip, a->family, a->addr));
	}
	return 0;
}

/* Attached last, when the maps of a new uplink are full. */
static int check_programs(const struct cni_serve *s, const char *uplink, char why[SPEC_ERROR])
{
	struct hp_meta meta;
	struct set set;
	int err = pins_read_meta(s->pins, uplink, &meta);

	if (err)
		return missing(why, "%s/%s cannot be read: %s", s->pins, uplink, strerror(-err));
	set_init(&set, uplink, meta.ifindex);
	err = set_adopt(&set, s->pins, netns_own_ino());
	if (err || !set.known || !attach_intact(&set.attach))
		err = missing(why, "programs: they are not attached to %s", uplink);
	else if (set.xdp.mode != HP_XDP_NONE && !xdp_intact(&set.xdp))
		err = missing(why, "programs: the XDP program is not attached to %s", uplink);
	set_close(&set);
	return err;
}

/* The device owns its parent, or the host routes for it: hairpind only tells of it. */
static bool is_left_alone(const struct hp_endpoint *e)
{
	return e->mode == HP_MODE_PASSTHRU || e->mode == HP_MODE_L3 || e->mode == HP_MODE_L3S;
}

int cni_serve_look(const struct cni_serve *s, char why[SPEC_ERROR])
{
	struct pins_endpoint record = {};
	struct hp_endpoint value; /* aligned, unlike the record */
	char uplink[IFNAMSIZ];
	int err = find_record(s, uplink, &record, why);

	if (err)
		return err;
	value = record.value;
	if (is_left_alone(&value))
		return 0;
	err = check_record(s, &value, why);
	if (!err && value.kind != HP_KIND_IPVLAN) /* whose MAC is the host's, too */
		err = check_fdb(s, uplink, &record, why);
	if (!err && value.kind != HP_KIND_MACVTAP) /* whose reader alone knows its addresses */
		err = check_neigh(s, uplink, &record, why);
	return err ? err : check_programs(s, uplink, why);
}

/* ---- waiting */

int cni_serve_agent(const char *run, int code, struct cni_error *e)
{
	struct daemon_state agent = {};
	int err = daemon_read(run, &agent);

	if (err)
		return cni_fail(e, CNI_IO, "%s/hairpind.pid cannot be read: %s", run,
				strerror(-err));
	return agent.running ? 0
			     : cni_fail(e, code,
					"hairpind does not run (%s/hairpind.pid): start it", run);
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

int cni_serve_wait(const struct cni_serve *s, unsigned int ms, int code, struct cni_error *e)
{
	long look = FIRST_LOOK_MS;
	uint64_t end = now_ms() + ms;
	char why[SPEC_ERROR];

	while (cni_serve_look(s, why)) {
		int err = cni_serve_agent(s->run, code, e);

		if (err)
			return err;
		if (now_ms() >= end)
			return cni_fail(e, code,
					"hairpind does not serve it: %s: see its log, and hairpin "
					"uplink",
					why);
		pause_ms(look);
		look = 2 * look < LAST_LOOK_MS ? 2 * look : LAST_LOOK_MS;
	}
	return 0;
}
