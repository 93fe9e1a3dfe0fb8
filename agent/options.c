/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <getopt.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "log.h"
#include "options.h"
#include "pins.h"

static const char help[] =
	"Usage: hairpind [OPTION]...\n"
	"\n"
	"Makes a host and its own macvlan endpoints reach each other, by BPF on the\n"
	"uplink. Without options it finds and serves them all, and follows changes.\n"
	"\n"
	"  -c, --config FILE      configuration (" CONFIG_DEFAULT ")\n"
	"  -u, --uplink UPLINK    serve this uplink only; may be repeated\n"
	"      --pins DIR         directory of pinned maps (" PINS_DEFAULT ")\n"
	"      --run DIR          directory of the lock and metrics.sock (" RUN_DEFAULT ")\n"
	"      --once             bring everything up to date, then exit\n"
	"      --dry-run          print what would be done, change nothing\n"
	"      --detach           remove all programs and pins, then exit\n"
	"      --log-level LEVEL  " LOG_LEVELS " (info)\n"
	"  -h, --help             this text\n"
	"  -V, --version          the version\n"
	"\n"
	"Signals: HUP reads the configuration again; TERM ends hairpind and leaves the\n"
	"programs in place. See hairpind(8), hairpin.conf(5).\n";

enum { OPT_PINS = 256, OPT_RUN, OPT_ONCE, OPT_DRY_RUN, OPT_DETACH, OPT_LOG_LEVEL };

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "uplink", required_argument, NULL, 'u' },
	{ "pins", required_argument, NULL, OPT_PINS },
	{ "run", required_argument, NULL, OPT_RUN },
	{ "once", no_argument, NULL, OPT_ONCE },
	{ "dry-run", no_argument, NULL, OPT_DRY_RUN },
	{ "detach", no_argument, NULL, OPT_DETACH },
	{ "log-level", required_argument, NULL, OPT_LOG_LEVEL },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{},
};

static int usage(const char *what, const char *word, const char *cure)
{
	fprintf(stderr, "hairpind: %s '%s': %s\n", what, word, cure);
	return -EINVAL;
}

static int add_uplink(struct options *options, const char *name)
{
	const char **uplinks;
	size_t count = 0;

	if (!name[0] || strlen(name) >= IFNAMSIZ)
		return usage("no device name", name, "it has 1 to 15 characters");
	while (options->uplinks && options->uplinks[count])
		count++;
	uplinks = reallocarray(options->uplinks, count + 2, sizeof(*uplinks));
	if (!uplinks)
		return -ENOMEM;
	uplinks[count] = name;
	uplinks[count + 1] = NULL;
	options->uplinks = uplinks;
	return 0;
}

static int set_action(struct options *options, enum options_action action)
{
	if (options->action != ACTION_SERVE && options->action != action)
		return usage("too many actions", "--once, --dry-run, --detach", "give one of them");
	options->action = action;
	return 0;
}

static int apply(struct options *options, int option)
{
	switch (option) {
	case 'c':
		options->config = optarg;
		return 0;
	case 'u':
		return add_uplink(options, optarg);
	case OPT_PINS:
		options->pins = optarg;
		return 0;
	case OPT_RUN:
		options->run = optarg;
		return 0;
	case OPT_ONCE:
		return set_action(options, ACTION_ONCE);
	case OPT_DRY_RUN:
		return set_action(options, ACTION_DRY_RUN);
	case OPT_DETACH:
		return set_action(options, ACTION_DETACH);
	case OPT_LOG_LEVEL:
		if (!log_set_level(optarg))
			return 0;
		return usage("unknown log level", optarg, "it is one of " LOG_LEVELS);
	case 'h':
		fputs(help, stdout);
		return 1;
	case 'V':
		puts("hairpind " HAIRPIN_VERSION);
		return 1;
	default:
		fputs("hairpind: see hairpind --help\n", stderr); /* getopt said what is wrong */
		return -EINVAL;
	}
}

int options_parse(struct options *options, int argc, char **argv)
{
	int option, err = 0;

	*options = (struct options){ .pins = PINS_DEFAULT, .run = RUN_DEFAULT };
	while (!err && (option = getopt_long(argc, argv, "c:u:hV", long_options, NULL)) >= 0)
		err = apply(options, option);
	if (!err && optind < argc)
		err = usage("unknown word", argv[optind], "hairpind takes options only");
	return err;
}

void options_free(struct options *options)
{
	free(options->uplinks);
}
