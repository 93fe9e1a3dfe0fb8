/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <confuse.h>
#include <linux/if_link.h>

#include "config.h"
#include "http.h"

#define STORM_MIN 8
#define STORM_MAX 100000000
#define GSO_MAX (8 * 65535) /* GSO_MAX_SIZE of the kernel */

#define GIVEN (1 << 30) /* among the flags of an option: ours, libconfuse has none that tells */

/* libconfuse reports through a callback that has no argument of ours. */
static char *error_at;
static size_t error_size;

static void append(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void append(const char *format, ...)
{
	size_t used = strlen(error_at);
	va_list args;

	va_start(args, format);
	vsnprintf(error_at + used, error_size - used, format, args);
	va_end(args);
}

/* libconfuse names the word that it does not know; say which ones there are. */
static void report_unknown(const cfg_t *cfg, const char *word)
{
	append("unknown word '%s': allowed here", word);
	for (const cfg_opt_t *opt = cfg->opts; opt->name; opt++)
		append("%s %s", opt == cfg->opts ? " are" : ",", opt->name);
}

/* A word may hold line breaks; the message is one line. */
static void flatten(char *s)
{
	for (; *s; s++) {
		if (iscntrl((unsigned char)*s))
			*s = '?';
	}
}

static void report(cfg_t *cfg, const char *format, va_list args)
{
	size_t used;

	if (error_at[0])
		return; /* the first complaint is the cause of the others */
	append("%s:%d: ", cfg->filename, cfg->line);
	used = strlen(error_at);
	if (!strncmp(format, "no such option", strlen("no such option")))
		report_unknown(cfg, va_arg(args, const char *));
	else
		vsnprintf(error_at + used, error_size - used, format, args);
	flatten(error_at);
}

/* With libconfuse, the last one wins. Of a list, each value is to come here, once. */
static bool is_second(cfg_t *cfg, cfg_opt_t *opt)
{
	bool second = opt->flags & GIVEN && cfg_opt_size(opt) == 1;

	opt->flags |= GIVEN;
	if (second)
		cfg_error(cfg, "'%s' is given twice: %s", opt->name,
			  opt->flags & CFGF_LIST ? "make it one list" : "leave one of them out");
	return second;
}

/* true or false and nothing else; libconfuse's own also takes yes, on, 1. */
static int parse_bool(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	if (is_second(cfg, opt))
		return -1;
	if (!strcmp(value, "true") || !strcmp(value, "false")) {
		*(long int *)result = !strcmp(value, "true");
		return 0;
	}
	cfg_error(cfg, "'%s' is no value for '%s': it takes true or false", value, opt->name);
	return -1;
}

/* A word that stands for a number. */
struct choice {
	const char *word;
	long int number;
};

static int parse_choice(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result,
			const struct choice *choices)
{
	char allowed[80] = "";

	if (is_second(cfg, opt))
		return -1;
	for (const struct choice *c = choices; c->word; c++) {
		if (!strcmp(value, c->word)) {
			*(long int *)result = c->number;
			return 0;
		}
		snprintf(allowed + strlen(allowed), sizeof(allowed) - strlen(allowed), "%s%s",
			 c == choices	  ? ""
			 : !(c + 1)->word ? " or "
					  : ", ",
			 c->word);
	}
	cfg_error(cfg, "'%s' is no value for '%s': it takes %s", value, opt->name, allowed);
	return -1;
}

static int parse_hook(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	static const struct choice hooks[] = {
		{ "auto", HP_HOOK_NONE },
		{ "tcx", HP_HOOK_TCX },
		{ "clsact", HP_HOOK_CLSACT },
		{},
	};

	return parse_choice(cfg, opt, value, result, hooks);
}

static int parse_xdp(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	static const struct choice modes[] = {
		{ "auto", HP_XDP_WANT_AUTO },
		{ "native", HP_XDP_WANT_NATIVE },
		{ "generic", HP_XDP_WANT_GENERIC },
		{ "off", HP_XDP_WANT_OFF },
		{},
	};

	return parse_choice(cfg, opt, value, result, modes);
}

static int parse_foreign(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	static const struct choice words[] = {
		{ "auto", FOREIGN_AUTO },
		{ "on", FOREIGN_ON },
		{ "off", FOREIGN_OFF },
		{},
	};

	return parse_choice(cfg, opt, value, result, words);
}

/* @min to @max, or 0. */
static int parse_amount(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result,
			unsigned long min, unsigned long max, const char *what, const char *zero)
{
	char *end;
	unsigned long number;

	if (is_second(cfg, opt))
		return -1;
	errno = 0;
	number = strtoul(value, &end, 10);
	if (isdigit((unsigned char)value[0]) && !*end && !errno &&
	    (!number || (number >= min && number <= max))) {
		*(long int *)result = number;
		return 0;
	}
	cfg_error(cfg, "'%s' is no value for '%s': it takes %s, %lu to %lu, or 0 for %s", value,
		  opt->name, what, min, max, zero);
	return -1;
}

/* Below eight, some class of frames would get less than one a second. */
static int parse_storm(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	return parse_amount(cfg, opt, value, result, STORM_MIN, STORM_MAX, "frames a second",
			    "no limit");
}

static int parse_gso(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	return parse_amount(cfg, opt, value, result, HP_GSO_DEFAULT + 1, GSO_MAX, "bytes",
			    "what the devices have");
}

static int parse_vlan(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	char *end;
	unsigned long number = strtoul(value, &end, 10);

	if (is_second(cfg, opt))
		return -1;
	if (isdigit((unsigned char)value[0]) && !*end && number >= 1 && number <= 4094) {
		*(long int *)result = number;
		return 0;
	}
	cfg_error(cfg, "'%s' is no value for '%s': it takes a VLAN id, 1 to 4094", value,
		  opt->name);
	return -1;
}

static int check_uplink(cfg_t *cfg, cfg_opt_t *opt)
{
	cfg_t *section = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
	const char *name = cfg_title(section);

	if (name[0] && strlen(name) < IFNAMSIZ && !strpbrk(name, "/: \t\n\v\f\r"))
		return 0;
	cfg_error(cfg, "'%s' is no device name: 1 to 15 characters, without '/', ':' and blanks",
		  name);
	return -1;
}

static int check_metrics(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *value = cfg_opt_getnstr(opt, 0);
	struct sockaddr_storage address;
	socklen_t length;

	if (is_second(cfg, opt))
		return -1;
	if (!strcmp(value, "off") ||
	    (strlen(value) < CONFIG_METRICS && !http_address(value, &address, &length)))
		return 0;
	cfg_error(cfg,
		  "'%s' is no value for 'metrics': it takes an address with a port, as "
		  "127.0.0.1:9469 or [::1]:9469, or off",
		  value);
	return -1;
}

/* The rest is for check_word(), to which the end of a list comes as well. */
static int parse_item(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	*(const char **)result = value;
	return is_second(cfg, opt) ? -1 : 0;
}

/* The last value of a word; all of it together comes at the end of the section. */
static int check_word(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *value = cfg_opt_getnstr(opt, cfg_opt_size(opt) - 1);
	struct spec scratch = {};
	char message[SPEC_ERROR];

	if (!(opt->flags & CFGF_LIST) && is_second(cfg, opt))
		return -1;
	if (!spec_take(&scratch, opt->name, value, message))
		return 0;
	cfg_error(cfg, "%s", message);
	return -1;
}

static int read_endpoint(cfg_t *section, struct spec *spec, char message[SPEC_ERROR])
{
	int err = spec_name(spec, cfg_title(section), message);

	for (const char *const *word = spec_words; *word; word++) {
		for (unsigned int i = 0; !err && i < cfg_size(section, *word); i++)
			err = spec_take(spec, *word, cfg_getnstr(section, *word, i), message);
	}
	spec->declared = true;
	spec->given |= SPEC_ADDRESS | SPEC_GATEWAY; /* none is a list, too */
	return err ? err : spec_complete(spec, message);
}

/* A section with a VLAN and nothing else is about a device that others make. */
static bool is_rule(cfg_t *section)
{
	unsigned int words = 0;

	for (const char *const *word = spec_words; *word; word++)
		words += cfg_size(section, *word);
	return !words && cfg_getint(section, "vlan");
}

static int read_rule(cfg_t *section, struct config_access *access, char message[SPEC_ERROR])
{
	const char *match = cfg_title(section);

	if (!match[0] || strlen(match) >= sizeof(access->match)) {
		snprintf(message, SPEC_ERROR,
			 "no name: the name of a netns, a container id, or a MAC (up to 64 "
			 "characters)");
		return -EINVAL;
	}
	strcpy(access->match, match);
	access->vlan = cfg_getint(section, "vlan");
	return 0;
}

/* macvlan makes short cuts between bridge endpoints, past all VLANs. */
static int check_access(cfg_t *section, const struct spec *spec, char message[SPEC_ERROR])
{
	if (!cfg_getint(section, "vlan") || spec->mode == MACVLAN_MODE_VEPA)
		return 0;
	if (spec->kind == SPEC_XDP) {
		snprintf(message, SPEC_ERROR,
			 "vlan = %ld: with kind = xdp, parent = \"%s.%ld\" is that",
			 cfg_getint(section, "vlan"), spec->parent, cfg_getint(section, "vlan"));
		return -EINVAL;
	}
	snprintf(message, SPEC_ERROR, "vlan = %ld needs mode = vepa, not %s",
		 cfg_getint(section, "vlan"), spec_mode_text(spec->mode));
	return -EINVAL;
}

static int check_endpoint(cfg_t *cfg, cfg_opt_t *opt)
{
	cfg_t *section = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
	struct config_access access;
	char message[SPEC_ERROR];
	struct spec spec;

	if (is_rule(section)) {
		if (!read_rule(section, &access, message))
			return 0;
	} else if (!read_endpoint(section, &spec, message) &&
		   !check_access(section, &spec, message)) {
		return 0;
	}
	cfg_error(cfg, "endpoint '%s': %s", cfg_title(section), message);
	return -1;
}

static cfg_opt_t uplink_words[] = {
	CFG_INT_CB("serve", 1, CFGF_NONE, parse_bool),
	CFG_INT_CB("reflect", 0, CFGF_NONE, parse_bool),
	CFG_INT_CB("attach", HP_HOOK_NONE, CFGF_NONE, parse_hook),
	CFG_INT_CB("xdp", HP_XDP_WANT_AUTO, CFGF_NONE, parse_xdp),
	CFG_INT_CB("steer", 1, CFGF_NONE, parse_bool),
	CFG_INT_CB("foreign", FOREIGN_AUTO, CFGF_NONE, parse_foreign),
	CFG_INT_CB("storm", 0, CFGF_NONE, parse_storm),
	CFG_INT_CB("gso-max-size", 0, CFGF_NONE, parse_gso),
	CFG_END(),
};

static cfg_opt_t endpoint_words[] = {
	CFG_STR("parent", NULL, CFGF_NODEFAULT),
	CFG_STR("mode", NULL, CFGF_NODEFAULT),
	CFG_STR("mac", NULL, CFGF_NODEFAULT),
	CFG_STR("netns", NULL, CFGF_NODEFAULT),
	CFG_STR_LIST_CB("address", NULL, CFGF_NODEFAULT, parse_item),
	CFG_STR_LIST_CB("gateway", NULL, CFGF_NODEFAULT, parse_item),
	CFG_STR("mtu", NULL, CFGF_NODEFAULT),
	CFG_STR("ifname", NULL, CFGF_NODEFAULT),
	CFG_STR("bcqueuelen", NULL, CFGF_NODEFAULT),
	CFG_STR("kind", NULL, CFGF_NODEFAULT),
	CFG_INT_CB("vlan", 0, CFGF_NONE, parse_vlan),
	CFG_END(),
};

static cfg_opt_t words[] = {
	CFG_INT_CB("announce", 1, CFGF_NONE, parse_bool),
	CFG_STR("metrics", "off", CFGF_NONE),
	CFG_SEC("uplink", uplink_words, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
	CFG_SEC("endpoint", endpoint_words, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
	CFG_END(),
};

struct config config_default(void)
{
	return (struct config){ .announce = true };
}

static struct config_uplink uplink_default(const char *name)
{
	struct config_uplink uplink = { .serve = true, .steer = true };

	snprintf(uplink.name, sizeof(uplink.name), "%s", name);
	return uplink;
}

static int convert_endpoints(cfg_t *cfg, struct config *config)
{
	size_t count = cfg_size(cfg, "endpoint");
	char message[SPEC_ERROR];
	int err = 0;

	config->endpoints = calloc(count ? count : 1, sizeof(*config->endpoints));
	config->access = calloc(count ? count : 1, sizeof(*config->access));
	if (!config->endpoints || !config->access)
		return -ENOMEM;
	for (size_t i = 0; !err && i < count; i++) {
		cfg_t *section = cfg_getnsec(cfg, "endpoint", i);

		if (!is_rule(section))
			err = read_endpoint(section, &config->endpoints[config->endpoint_count++],
					    message);
		if (err || !cfg_getint(section, "vlan"))
			continue;
		err = read_rule(section, &config->access[config->access_count], message);
		if (!is_rule(section))
			config->access[config->access_count].spec =
				&config->endpoints[config->endpoint_count - 1];
		config->access_count++;
	}
	return err;
}

static int convert(cfg_t *cfg, struct config *config)
{
	size_t count = cfg_size(cfg, "uplink");
	const char *metrics = cfg_getstr(cfg, "metrics");

	config->announce = cfg_getint(cfg, "announce");
	if (strcmp(metrics, "off") != 0)
		snprintf(config->metrics, sizeof(config->metrics), "%s", metrics);
	config->uplinks = calloc(count ? count : 1, sizeof(*config->uplinks));
	if (!config->uplinks)
		return -ENOMEM;
	for (config->count = 0; config->count < count; config->count++) {
		cfg_t *section = cfg_getnsec(cfg, "uplink", config->count);
		struct config_uplink *uplink = &config->uplinks[config->count];

		*uplink = uplink_default(cfg_title(section));
		uplink->serve = cfg_getint(section, "serve");
		uplink->reflect = cfg_getint(section, "reflect");
		uplink->attach = (enum hp_hook)cfg_getint(section, "attach");
		uplink->xdp = (enum hp_xdp_want)cfg_getint(section, "xdp");
		uplink->steer = cfg_getint(section, "steer");
		uplink->foreign = (enum config_foreign)cfg_getint(section, "foreign");
		uplink->storm = cfg_getint(section, "storm");
		uplink->gso = cfg_getint(section, "gso-max-size");
	}
	return convert_endpoints(cfg, config);
}

static int copy_all(FILE *in, FILE *out)
{
	char block[4096];
	size_t got;

	while ((got = fread(block, 1, sizeof(block), in)) > 0)
		fwrite(block, 1, got, out);
	return ferror(in) ? -errno : 0;
}

/*
 * The whole file as a string for the caller to free. By hand, since libconfuse
 * ends the process when a read fails. 0 or -errno; -EILSEQ: it has zero bytes.
 */
static int slurp(const char *path, char **text)
{
	FILE *in = fopen(path, "re"), *out;
	size_t size = 0;
	int err;

	*text = NULL;
	if (!in)
		return -errno;
	out = open_memstream(text, &size);
	err = out ? copy_all(in, out) : -errno;
	fclose(in);
	if (out && fclose(out) && !err)
		err = -errno;
	if (!err && strlen(*text) != size)
		err = -EILSEQ;
	if (err) {
		free(*text);
		*text = NULL;
	}
	return err;
}

static void set_endpoint_checks(cfg_t *cfg)
{
	char path[32];

	cfg_set_validate_func(cfg, "endpoint", check_endpoint);
	for (const char *const *word = spec_words; *word; word++) {
		snprintf(path, sizeof(path), "endpoint|%s", *word);
		cfg_set_validate_func(cfg, path, check_word);
	}
}

/* Parses @text as what stands in @path. -EINVAL: see error_at. */
static int parse(const char *path, const char *text, cfg_t **result)
{
	cfg_t *cfg = cfg_init(words, CFGF_NONE);
	/* fmemopen() cannot open nothing. */
	FILE *in = text[0] ? fmemopen((void *)text, strlen(text), "r") : fopen("/dev/null", "re");
	int err = -ENOMEM;

	if (cfg && in) {
		cfg->filename = strdup(path);
		cfg_set_error_function(cfg, report);
		cfg_set_validate_func(cfg, "metrics", check_metrics);
		cfg_set_validate_func(cfg, "uplink", check_uplink);
		set_endpoint_checks(cfg);
		err = cfg_parse_fp(cfg, in) == CFG_SUCCESS ? 0 : -EINVAL;
	}
	if (in)
		fclose(in);
	if (cfg && err) {
		cfg_free(cfg);
		cfg = NULL;
	}
	*result = cfg;
	return err;
}

/*
 * libconfuse takes the end of the file for the end of an open section. One '}'
 * more is an error only if nothing was open.
 */
static int check_end(const char *path, const char *text)
{
	char *longer;
	cfg_t *cfg;
	int err;

	if (asprintf(&longer, "%s\n}", text) < 0)
		return -ENOMEM;
	err = parse(path, longer, &cfg);
	free(longer);
	error_at[0] = '\0';
	if (err)
		return err == -EINVAL ? 0 : err;
	append("%s:%d: a section does not end: '}' is missing", path, cfg->line - 1);
	cfg_free(cfg);
	return -EINVAL;
}

static int read_text(const char *path, const char *text, struct config *config)
{
	cfg_t *cfg;
	int err = parse(path, text, &cfg);

	if (err)
		return err;
	err = check_end(path, text);
	if (!err)
		err = convert(cfg, config);
	cfg_free(cfg);
	return err;
}

int config_read(const char *path, bool optional, struct config *config, char *error, size_t size)
{
	struct config fresh = config_default();
	char *text;
	int err = slurp(path, &text);

	error[0] = '\0';
	error_at = error;
	error_size = size;
	if (text)
		err = read_text(path, text, &fresh);
	else if (err == -EILSEQ)
		append("%s: has zero bytes: it is no text file", path);
	else if (err == -ENOENT && optional)
		err = 0;
	free(text);
	if (err) {
		if (!error[0])
			append("%s: %s", path, strerror(-err));
		config_free(&fresh);
		return err == -EILSEQ ? -EINVAL : err;
	}
	config_free(config);
	*config = fresh;
	return 0;
}

void config_free(struct config *config)
{
	free(config->uplinks);
	free(config->endpoints);
	free(config->access);
	*config = config_default();
}

struct config_uplink config_uplink(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->count; i++) {
		if (!strcmp(config->uplinks[i].name, name))
			return config->uplinks[i];
	}
	return uplink_default(name);
}
