/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "metrics.h"

/* ---- label values */

/* Bytes of the character that begins at @s; 0: it is none (RFC 3629, section 4). */
static size_t utf8_length(const unsigned char *s, size_t size)
{
	size_t length = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	unsigned char low = 0x80, high = 0xbf;

	if (s[0] > 0xf4 || length > size)
		return 0;
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf4)
		high = 0x8f;
	for (size_t i = 1; i < length; i++) {
		if (s[i] < low || s[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return length;
}

static bool is_utf8(const char *text, size_t size)
{
	const unsigned char *s = (const unsigned char *)text;

	while (size) {
		size_t length = utf8_length(s, size);

		if (!length)
			return false;
		s += length;
		size -= length;
	}
	return true;
}

const char *metrics_escape(char *out, const char *text, size_t size)
{
	size_t length = strnlen(text, size);
	bool valid = is_utf8(text, length);
	char *to = out;

	for (size_t i = 0; i < length; i++) {
		unsigned char c = text[i];

		if (c == '\\' || c == '"' || c == '\n')
			*to++ = '\\';
		if (c == '\n')
			*to++ = 'n';
		else if (c < 0x20 || c == 0x7f || (c & 0x80 && !valid))
			*to++ = '?';
		else
			*to++ = (char)c;
	}
	*to = '\0';
	return out;
}

/* ---- which endpoints have series */

struct series {
	const struct metrics_uplink *uplink;
	const struct pins_endpoint *endpoint;
	char labels[352]; /* all but direction and path */
};

struct page {
	FILE *out;
	const struct metrics *m;
	struct series *series;
	size_t count;
	size_t *left_out; /* by uplink */
};

static void set_labels(struct series *s)
{
	const struct hp_endpoint v = s->endpoint->value; /* aligned, unlike the record */
	char uplink[2 * IFNAMSIZ + 1], name[2 * sizeof(v.netns) + 1],
		ifname[2 * sizeof(v.ifname) + 1];
	size_t size;
	const char *text = format_station(&v, &size);

	metrics_escape(uplink, s->uplink->state->name, IFNAMSIZ);
	metrics_escape(name, text, size);
	metrics_escape(ifname, v.ifname, sizeof(v.ifname));
	snprintf(s->labels, sizeof(s->labels),
		 "uplink=\"%s\",vlan=\"%u\",endpoint=\"%s\",ifname=\"%s\"", uplink, v.vlan, name,
		 ifname);
}

/* By labels; of two with the same ones, the older first. */
static int compare_series(const void *a, const void *b)
{
	const struct series *l = a, *r = b;
	int order = strcmp(l->labels, r->labels);

	return order ? order
		     : (l->endpoint->id > r->endpoint->id) - (l->endpoint->id < r->endpoint->id);
}

static void add_series(struct page *p, const struct metrics_uplink *u)
{
	const struct table *endpoints = &u->state->maps[PINS_ENDPOINTS];
	struct series *first = p->series + p->count;
	size_t kept = 0, *left_out = &p->left_out[u - p->m->uplinks];

	for (size_t i = 0; i < endpoints->count; i++) {
		first[i] = (struct series){ .uplink = u, .endpoint = table_at(endpoints, i) };
		set_labels(&first[i]);
	}
	qsort(first, endpoints->count, sizeof(*first), compare_series);
	for (size_t i = 0; i < endpoints->count; i++) {
		bool same = kept && !strcmp(first[kept - 1].labels, first[i].labels);

		if (same || p->count + kept >= METRICS_ENDPOINTS)
			++*left_out;
		else if (kept++ != i)
			first[kept - 1] = first[i];
	}
	p->count += kept;
}

static int find_series(struct page *p)
{
	size_t total = 0;

	for (size_t i = 0; i < p->m->count; i++)
		total += p->m->uplinks[i].state->maps[PINS_ENDPOINTS].count;
	p->series = calloc(total + 1, sizeof(*p->series));
	p->left_out = calloc(p->m->count + 1, sizeof(*p->left_out));
	if (!p->series || !p->left_out)
		return -ENOMEM;
	for (size_t i = 0; i < p->m->count; i++)
		add_series(p, &p->m->uplinks[i]);
	return 0;
}

/* ---- families of metrics */

static void family(const struct page *p, const char *name, const char *type, const char *help)
{
	fprintf(p->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void gauge(const struct page *p, const char *name, __u64 value, const char *help)
{
	family(p, name, "gauge", help);
	fprintf(p->out, "%s %llu\n", name, value);
}

static void counter(const struct page *p, const char *name, __u64 value, const char *help)
{
	family(p, name, "counter", help);
	fprintf(p->out, "%s %llu\n", name, value);
}

static const struct {
	const char *text;
	__u64 nanoseconds;
} bounds[METRICS_BUCKETS] = {
	{ "0.001", 1000000 }, { "0.005", 5000000 }, { "0.01", 10000000 }, { "0.05", 50000000 },
	{ "0.1", 100000000 }, { "0.5", 500000000 }, { "1", 1000000000 },  { "5", 5000000000 },
};

void metrics_observe(struct metrics_passes *passes, __u64 nanoseconds)
{
	passes->count++;
	passes->nanoseconds += nanoseconds;
	for (int i = 0; i < METRICS_BUCKETS; i++) {
		if (nanoseconds <= bounds[i].nanoseconds) {
			passes->buckets[i]++;
			return;
		}
	}
}

static void write_passes(const struct page *p)
{
	const struct metrics_passes *passes = &p->m->agent->passes;
	const char *name = "hairpin_pass_duration_seconds";
	__u64 below = 0;

	family(p, name, "histogram",
	       "Time that passes took, which bring the maps in line with the kernel.");
	for (int i = 0; i < METRICS_BUCKETS; i++) {
		below += passes->buckets[i];
		fprintf(p->out, "%s_bucket{le=\"%s\"} %llu\n", name, bounds[i].text, below);
	}
	fprintf(p->out, "%s_bucket{le=\"+Inf\"} %llu\n", name, passes->count);
	fprintf(p->out, "%s_sum %llu.%09llu\n", name, passes->nanoseconds / 1000000000,
		passes->nanoseconds % 1000000000);
	fprintf(p->out, "%s_count %llu\n", name, passes->count);
}

static void write_agent(const struct page *p)
{
	const struct metrics_agent *a = p->m->agent;

	family(p, "hairpin_build_info", "gauge",
	       "The version, and that of the layout of the maps.");
	fprintf(p->out, "hairpin_build_info{version=\"%s\",abi=\"%d\"} 1\n", HAIRPIN_VERSION,
		HP_ABI);
	counter(p, "hairpin_resyncs_total", a->resyncs,
		"Times that notifications were lost and everything was read again.");
	write_passes(p);
	family(p, "hairpin_config_reloads_total", "counter", "Reloads of the configuration.");
	fprintf(p->out, "hairpin_config_reloads_total{result=\"success\"} %llu\n", a->reloads);
	fprintf(p->out, "hairpin_config_reloads_total{result=\"failure\"} %llu\n",
		a->failed_reloads);
	gauge(p, "hairpin_config_last_reload_successful", !a->reload_failed,
	      "Whether the configuration file was right when it was last read.");
	gauge(p, "hairpin_config_last_reload_success_timestamp_seconds", a->reloaded,
	      "When the configuration that is in force was read.");
	gauge(p, "hairpin_uplinks_failed", p->m->failed_uplinks,
	      "Uplinks that cannot be served as they should be; the log says why.");
	gauge(p, "hairpin_declared_endpoints_failed", p->m->failed_endpoints,
	      "Declared endpoints that are not as they should be; the log says why.");
	gauge(p, "hairpin_uplinks", p->m->count, "Uplinks that are served.");
}

/* "uplink=\"eth0\"" of the one that is being written. */
#define UPLINK_LABEL (2 * IFNAMSIZ + 16)

static const char *uplink_label(char out[UPLINK_LABEL], const struct metrics_uplink *u)
{
	char name[2 * IFNAMSIZ + 1];

	snprintf(out, UPLINK_LABEL, "uplink=\"%s\"",
		 metrics_escape(name, u->state->name, IFNAMSIZ));
	return out;
}

static void write_uplink_info(const struct page *p)
{
	char label[UPLINK_LABEL];

	family(p, "hairpin_uplink_info", "gauge",
	       "How the programs sit on the uplink: hook of tc, kind of XDP there is and was "
	       "wanted.");
	for (size_t i = 0; i < p->m->count; i++) {
		const struct metrics_uplink *u = &p->m->uplinks[i];
		const struct uplink_state *s = u->state;

		fprintf(p->out,
			"hairpin_uplink_info{%s,hook=\"%s\",xdp=\"%s\",xdp_wanted=\"%s\"} 1\n",
			uplink_label(label, u), format_hook(s->hook), format_xdp(s->xdp),
			format_xdp_want(s->settings.xdp));
	}
}

static __u64 is_attached(const struct metrics_uplink *u)
{
	return u->state->attached;
}
static __u64 reflects(const struct metrics_uplink *u)
{
	return u->state->settings.reflect;
}
static __u64 steers(const struct metrics_uplink *u)
{
	return u->state->settings.steer;
}
static __u64 storm_limit(const struct metrics_uplink *u)
{
	return u->state->settings.storm;
}

static void write_uplink_gauges(const struct page *p)
{
	static const struct {
		const char *name;
		const char *help;
		__u64 (*value)(const struct metrics_uplink *u);
	} gauges[] = {
		{ "hairpin_uplink_attached", "Whether the programs are in place.", is_attached },
		{ "hairpin_uplink_reflect",
		  "Whether frames between VEPA endpoints are turned round.", reflects },
		{ "hairpin_uplink_steer", "Whether questions for an address go to its owner alone.",
		  steers },
		{ "hairpin_uplink_storm_limit_frames", "Group frames a second that pass; 0: all.",
		  storm_limit },
	};
	char label[UPLINK_LABEL];

	for (size_t g = 0; g < sizeof(gauges) / sizeof(gauges[0]); g++) {
		family(p, gauges[g].name, "gauge", gauges[g].help);
		for (size_t i = 0; i < p->m->count; i++)
			fprintf(p->out, "%s{%s} %llu\n", gauges[g].name,
				uplink_label(label, &p->m->uplinks[i]),
				gauges[g].value(&p->m->uplinks[i]));
	}
}

/* Of one metric, all series have to stand together. */
static void write_reasons(const struct page *p, const char *name, bool bytes, const char *help)
{
	char label[UPLINK_LABEL];

	family(p, name, "counter", help);
	for (size_t i = 0; i < p->m->count; i++) {
		const struct metrics_uplink *u = &p->m->uplinks[i];

		for (int r = 0; u->reasons && r < HP_REASON_COUNT; r++)
			fprintf(p->out, "%s{%s,reason=\"%s\"} %llu\n", name, uplink_label(label, u),
				format_reason(r),
				bytes ? u->reasons[r].bytes : u->reasons[r].packets);
	}
}

static bool has_fill(enum pins_map map)
{
	return map >= STATE_FIRST_MAP && map <= STATE_LAST_MAP;
}

static void write_maps(const struct page *p, const char *name, bool capacity, const char *help)
{
	char label[UPLINK_LABEL];

	family(p, name, "gauge", help);
	for (size_t i = 0; i < p->m->count; i++) {
		const struct metrics_uplink *u = &p->m->uplinks[i];

		for (int map = 0; map < PINS_MAP_COUNT; map++) {
			__u64 entries = u->state->maps[map].count;

			if (has_fill(map) && u->capacity[map])
				fprintf(p->out, "%s{%s,map=\"%s\"} %llu\n", name,
					uplink_label(label, u), pins_maps[map].name,
					capacity ? u->capacity[map] : entries);
		}
	}
}

/* ---- endpoints */

#define KINDS (HP_KIND_XDP + 1)
#define MODES (HP_MODE_L3S + 1)

static void write_counts_of(const struct page *p, const struct metrics_uplink *u)
{
	const struct table *endpoints = &u->state->maps[PINS_ENDPOINTS];
	size_t counts[KINDS][MODES][2] = {};
	char label[UPLINK_LABEL];

	for (size_t i = 0; i < endpoints->count; i++) {
		const struct pins_endpoint *e = table_at(endpoints, i);
		const struct hp_endpoint v = e->value;

		if (v.kind != HP_KIND_HOST && v.kind < KINDS && v.mode < MODES)
			counts[v.kind][v.mode][!!(v.flags & HP_ENDPOINT_UP)]++;
	}
	for (int i = 0; i < KINDS * MODES * 2; i++) {
		int kind = i / 2 / MODES, mode = i / 2 % MODES, up = i % 2;

		if (counts[kind][mode][0] + counts[kind][mode][1])
			fprintf(p->out,
				"hairpin_endpoints{%s,kind=\"%s\",mode=\"%s\",state=\"%s\"} %zu\n",
				uplink_label(label, u), format_kind(kind), format_mode(mode),
				up ? "up" : "down", counts[kind][mode][up]);
	}
}

static void write_counts(const struct page *p)
{
	char label[UPLINK_LABEL];

	family(p, "hairpin_endpoints", "gauge", "Endpoints, without the host's own stations.");
	for (size_t i = 0; i < p->m->count; i++)
		write_counts_of(p, &p->m->uplinks[i]);
	family(p, "hairpin_endpoints_left_out", "gauge",
	       "Stations without series of their own: beyond the limit, or of the same name.");
	for (size_t i = 0; i < p->m->count; i++)
		fprintf(p->out, "hairpin_endpoints_left_out{%s} %zu\n",
			uplink_label(label, &p->m->uplinks[i]), p->left_out[i]);
}

static void write_endpoint_info(const struct page *p)
{
	family(p, "hairpin_endpoint_info", "gauge", "Kind and mode of a station.");
	for (size_t i = 0; i < p->count; i++) {
		const struct hp_endpoint v = p->series[i].endpoint->value;

		fprintf(p->out, "hairpin_endpoint_info{%s,kind=\"%s\",mode=\"%s\"} 1\n",
			p->series[i].labels, format_kind(v.kind), format_mode(v.mode));
	}
	family(p, "hairpin_endpoint_up", "gauge", "Whether the station's device is up.");
	for (size_t i = 0; i < p->count; i++)
		fprintf(p->out, "hairpin_endpoint_up{%s} %d\n", p->series[i].labels,
			!!(p->series[i].endpoint->value.flags & HP_ENDPOINT_UP));
}

static void write_direction(const struct page *p, const struct series *s, const char *name,
			    bool bytes, const char *direction, const struct hp_paths *paths)
{
	const struct {
		const char *name;
		const struct hp_counter *counter;
	} all[] = {
		{ "host", &paths->host },
		{ "wire", &paths->wire },
		{ "peer", &paths->peer },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		fprintf(p->out, "%s{%s,direction=\"%s\",path=\"%s\"} %llu\n", name, s->labels,
			direction, all[i].name,
			bytes ? all[i].counter->bytes : all[i].counter->packets);
}

/* An id without a slot has not been counted yet. NULL: not known. */
static const struct hp_stats *stats_of(const struct series *s)
{
	static const struct hp_stats zero;
	__u32 id = s->endpoint->id;

	if (!s->uplink->stats)
		return NULL;
	return id < s->uplink->slots ? &s->uplink->stats[id] : &zero;
}

static void write_traffic(const struct page *p, const char *name, bool bytes, const char *help)
{
	family(p, name, "counter", help);
	for (size_t i = 0; i < p->count; i++) {
		const struct hp_stats *stats = stats_of(&p->series[i]);

		if (!stats)
			continue;
		write_direction(p, &p->series[i], name, bytes, "rx", &stats->rx);
		write_direction(p, &p->series[i], name, bytes, "tx", &stats->tx);
	}
}

static void write_page(const struct page *p)
{
	write_agent(p);
	write_uplink_info(p);
	write_uplink_gauges(p);
	write_reasons(p, "hairpin_frames_total", false,
		      "Frames by what was done with them and why.");
	write_reasons(p, "hairpin_frame_bytes_total", true, "The bytes of these frames.");
	write_maps(p, "hairpin_map_entries", false, "Entries of a map of the uplink.");
	write_maps(p, "hairpin_map_max_entries", true, "Entries that the map has room for.");
	write_counts(p);
	write_endpoint_info(p);
	write_traffic(p, "hairpin_endpoint_packets_total", false,
		      "Packets to (rx) and from (tx) a station, by who is at the other end.");
	write_traffic(p, "hairpin_endpoint_bytes_total", true, "The bytes of these packets.");
}

int metrics_write(FILE *out, const struct metrics *m)
{
	struct page p = { .out = out, .m = m };
	int err = find_series(&p);

	if (!err)
		write_page(&p);
	if (!err && ferror(out))
		err = -ENOMEM;
	free(p.series);
	free(p.left_out);
	return err;
}
