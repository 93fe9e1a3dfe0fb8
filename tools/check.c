// SPDX-License-Identifier: BSD-2-Clause
/* `hairpin endpoint check`: what is declared, what the kernel has, what the maps say; and the
 * programs. */
#include <errno.h>
#include <string.h>

#include <linux/if_link.h>

#include "config.h"
#include "devices.h"
#include "format.h"
#include "session.h"
#include "set.h"

/* One line for each difference. */
struct findings {
	json_t *lines;
	bool failed; /* no memory */
};

static void find(struct findings *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void find(struct findings *f, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	f->failed |= json_array_append_new(f->lines, json_vsprintf(format, args)) != 0;
	va_end(args);
}

/* ---- declared and kernel */

static const struct spec *declared_spec(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->endpoint_count; i++) {
		if (!strcmp(config->endpoints[i].name, name))
			return &config->endpoints[i];
	}
	return NULL;
}

static void compare_words(struct findings *f, const struct spec *want, const struct spec *have,
			  unsigned int words)
{
	char wanted[SPEC_TEXT], found[SPEC_TEXT];

	for (size_t i = 0; spec_words[i]; i++) {
		if (words & 1U << i)
			find(f, "%s: declared %s, kernel %s", spec_words[i],
			     spec_text(wanted, want, 1U << i), spec_text(found, have, 1U << i));
	}
}

/* -ENOENT: it is not there. */
static int check_declared(struct findings *f, const struct view *s, const struct spec *want,
			  struct spec *have)
{
	char error[SPEC_ERROR];
	unsigned int words;
	int err;

	if (!manage_find(&s->model, want->name)) {
		find(f, "kernel: it is declared and not there");
		return -ENOENT;
	}
	err = manage_compare(&s->manage, want, have, &words, error);
	if (err)
		find(f, "kernel: %s", error);
	else
		compare_words(f, want, have, words);
	return err;
}

static int check_undeclared(struct findings *f, const struct view *s, const char *name,
			    struct spec *have)
{
	char error[SPEC_ERROR];
	int err = manage_inspect(&s->manage, name, have, error);

	if (err)
		find(f, "kernel: %s", error);
	else if (have->declared)
		find(f, "kernel: it was declared, and the configuration does not name it");
	return err;
}

/* What has failed IPv6 DAD is on the device, and nobody's to use: the model leaves it out. */
static void check_duplicates(struct findings *f, const struct view *s, const struct spec *have)
{
	const struct rtnl_link *link = manage_find(&s->model, have->name);
	char ip[46];

	for (size_t i = 0; i < have->address_count; i++) {
		const struct spec_addr *a = &have->addresses[i];
		struct rtnl_addr key = {
			.nsid = link->nsid,
			.ifindex = link->ifindex,
			.family = a->family,
		};

		memcpy(key.addr, a->addr, sizeof(key.addr));
		if (table_find(&s->model.duplicates, &key))
			find(f, "address: another station has %s: it failed IPv6 DAD",
			     format_ip(ip, a->family, a->addr));
	}
}

/* ---- kernel and maps */

static const struct pins_endpoint *find_record(const struct snapshots *snapshots,
					       const struct spec *have, int32_t ifindex,
					       const struct snapshot **snapshot)
{
	enum hp_kind kind = have->kind == SPEC_XDP ? HP_KIND_XDP : HP_KIND_MACVLAN;

	for (size_t i = 0; i < snapshots->count; i++) {
		const struct table *endpoints = &snapshots->list[i].endpoints;

		*snapshot = &snapshots->list[i];
		for (size_t j = 0; j < endpoints->count; j++) {
			const struct pins_endpoint *e = table_at(endpoints, j);

			if (e->value.kind == kind && e->value.netns_ino == have->netns_ino &&
			    e->value.ifindex == (__u32)ifindex)
				return e;
		}
	}
	return NULL;
}

static void compare_text(struct findings *f, const char *what, const char *kernel, const char *maps)
{
	if (strcmp(kernel, maps) != 0)
		find(f, "maps: %s %s, kernel %s", what, maps, kernel);
}

static void check_record(struct findings *f, const struct spec *have, const struct rtnl_link *link,
			 const struct pins_endpoint *record)
{
	const struct hp_endpoint e = record->value; /* aligned, unlike the record */
	char mac[18], recorded[18], mode[SPEC_TEXT];

	compare_text(f, "mac", format_mac(mac, have->mac), format_mac(recorded, e.mac));
	compare_text(f, "mode", spec_text(mode, have, SPEC_MODE), format_mode(e.mode));
	compare_text(f, "ifname", have->ifname, e.ifname);
	compare_text(f, "parent", have->parent, e.parent);
	compare_text(f, "state", link->up ? "up" : "down",
		     e.flags & HP_ENDPOINT_UP ? "up" : "down");
}

static void check_fdb(struct findings *f, const struct snapshot *s, const struct spec *have,
		      const struct rtnl_link *link, const struct pins_endpoint *e)
{
	struct hp_fdb_key key = { .vlan = e->value.vlan };
	const struct pins_fdb *entry;
	char mac[18];

	memcpy(key.mac, link->mac, sizeof(key.mac));
	entry = table_find(&s->fdb, &key);
	if (!entry || entry->value.endpoint != e->id) {
		find(f, "maps: fdb has no entry for %s", format_mac(mac, link->mac));
		return;
	}
	compare_text(f, "fdb: kind", format_kind(e->value.kind), format_kind(entry->value.kind));
	compare_text(f, "fdb: mode", spec_mode_text(have->mode), format_mode(entry->value.mode));
}

static void check_neigh(struct findings *f, const struct snapshot *s, const struct model *m,
			const struct rtnl_link *link, const struct pins_endpoint *e)
{
	const struct table *addrs = &m->addrs;
	char ip[46];

	for (size_t i = table_seek(addrs, link, 2 * sizeof(int32_t)); i < addrs->count; i++) {
		const struct rtnl_addr *addr = table_at(addrs, i);
		struct hp_neigh_key key = { .vlan = e->value.vlan, .family = addr->family };
		const struct pins_neigh *entry;

		if (addr->nsid != link->nsid || addr->ifindex != link->ifindex)
			break;
		memcpy(key.addr, addr->addr, sizeof(key.addr));
		entry = table_find(&s->neigh, &key);
		if (!entry ||
		    (entry->value.endpoint != e->id && !(entry->value.flags & HP_NEIGH_SHARED)))
			find(f, "maps: neigh has no entry for %s",
			     format_ip(ip, addr->family, addr->addr));
	}
}

/* Maps are of no use without the programs that act upon them, whoever took those away. */
static void check_programs(struct findings *f, const struct options *o, const struct snapshot *s)
{
	struct set set;
	int err;

	set_init(&set, s->uplink, s->meta.ifindex);
	err = set_adopt(&set, o->pins, s->meta.netns_ino);
	if (err)
		find(f, "programs: those of %s cannot be read: %s", s->uplink, strerror(-err));
	else if (!set.known || !attach_intact(&set.attach))
		find(f, "programs: they are not attached to %s: does hairpind run?", s->uplink);
	else if (set.xdp.mode != HP_XDP_NONE && !xdp_intact(&set.xdp))
		find(f, "programs: the XDP program is not attached to %s: does hairpind run?",
		     s->uplink);
	set_close(&set);
}

static void check_maps(struct findings *f, const struct options *o, const struct view *s,
		       const struct spec *have, const struct snapshots *snapshots)
{
	const struct rtnl_link *link = manage_find(&s->model, have->name);
	const struct snapshot *snapshot;
	const struct pins_endpoint *e = find_record(snapshots, have, link->ifindex, &snapshot);

	if (!e) {
		find(f, "maps: it is in none: does hairpind run, and serve the uplink?");
		return;
	}
	check_record(f, have, link, e);
	if (!link->up || link->mode == MACVLAN_MODE_PASSTHRU)
		return;
	check_fdb(f, snapshot, have, link, e);
	check_neigh(f, snapshot, &s->model, link, e);
	check_programs(f, o, snapshot);
}

/* ---- all of it */

static int write_findings(const struct options *o, const char *name, const struct findings *f)
{
	json_t *line;
	size_t i;

	if (f->failed || (o->json && cli_write_json(f->lines)))
		return cli_no_memory();
	json_array_foreach (f->lines, i, line) {
		if (!o->json)
			printf("endpoint %s: %s\n", name, json_string_value(line));
	}
	return json_array_size(f->lines) ? CLI_FAILED : CLI_OK;
}

static int check(const struct options *o, const struct view *s, const struct config *config,
		 const char *name)
{
	const struct spec *want = declared_spec(config, name);
	struct findings f = { .lines = json_array() };
	struct snapshots snapshots;
	struct spec have;
	int err = want ? check_declared(&f, s, want, &have) : check_undeclared(&f, s, name, &have);
	int status = CLI_OK;

	if (!err) {
		check_duplicates(&f, s, &have);
		status = cli_load(o, WANT_ENDPOINTS | WANT_FDB | WANT_NEIGH, &snapshots);
		check_maps(&f, o, s, &have, &snapshots);
		cli_unload(&snapshots);
	}
	status |= write_findings(o, name, &f);
	json_decref(f.lines);
	return status;
}

int endpoint_check(const struct options *o, int argc, char **argv)
{
	const char *path = o->config ? o->config : CONFIG_DEFAULT;
	struct config config = config_default();
	struct view s;
	char error[512];
	int status = session_usage(o, "check", SESSION_CONFIG | SESSION_JSON, argc, argv);

	if (status)
		return status;
	if (config_read(path, !o->config, &config, error, sizeof(error))) {
		cli_say("%s", error);
		return CLI_FAILED;
	}
	status = session_open(&s);
	if (!status)
		status = check(o, &s, &config, argv[0]);
	session_close(&s);
	config_free(&config);
	return status;
}
