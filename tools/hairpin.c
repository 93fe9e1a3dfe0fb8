// SPDX-License-Identifier: BSD-2-Clause
/*
 * hairpin - what the programs on the uplinks know and do. Reads the pinned
 * maps and nothing else; hairpind need not run.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "cli.h"
#include "config.h"
#include "liveness.h"
#include "spec.h"

#define UPLINK_OPTION 1	 /* the command takes -u */
#define ALL_OPTION 2	 /* the command takes -a */
#define DEVICE_OPTIONS 4 /* the command takes --parent and what else makes a device */

static const struct command {
	const char *name;
	int (*function)(const struct options *o, int argc, char **argv);
	unsigned int takes;
	const char *words;
	const char *summary;
	const char *help;
} commands[] = {
	{ "status", cmd_status, 0, "", "whether hairpind runs, and what is served (the default)",
	  "Says whether hairpind runs, and lists the uplinks that are served. What is\n"
	  "served keeps working while hairpind does not run, but follows no change.\n" },
	{ "endpoint", cmd_endpoint, UPLINK_OPTION | DEVICE_OPTIONS,
	  " [list | show NAME | add NAME | del NAME | set NAME | check NAME]",
	  "macvlan, macvtap, ipvlan and XDP endpoints, wherever they are",
	  "list (the default) prints one line for each endpoint. show prints all that is\n"
	  "known of the endpoints that NAME stands for: a container, a netns, an ifname,\n"
	  "netns/ifname, a MAC, an IP address or an id. None found is exit status 1.\n"
	  "Of containers, Docker and Podman are asked; without an answer they have ids only.\n"
	  "\n"
	  "add makes a device, del removes it, set changes it. check compares what\n"
	  "the configuration, the kernel and the maps have, and whether the programs are\n"
	  "attached; a difference is exit status 1.\n"
	  "\n"
	  "      --kind KIND        macvlan (the default), or xdp: a veth, to which XDP\n"
	  "                         redirects, and whose end in the netns can have XDP\n"
	  "      --parent DEVICE    to sit on; eth0.50 is made if it is not there\n"
	  "      --mode MODE        bridge (the default), vepa, private or passthru; kind xdp\n"
	  "                         has bridge and private\n"
	  "      --mac MAC          the default is a random one\n"
	  "      --netns NETNS      a name of ip netns, a path or a pid; default: the host's\n"
	  "      --address A/LEN    may be repeated\n"
	  "      --gateway A        of the default route; one of IPv4 and one of IPv6\n"
	  "      --mtu N            the default is that of the parent\n"
	  "      --ifname NAME      of the device; default: eth0, in the host's netns NAME\n"
	  "      --bcqueuelen N     how many broadcasts may wait (1000)\n"
	  "      --recreate         for set: delete it and make it anew, if it must be\n"
	  "      --config FILE      for check: (" CONFIG_DEFAULT ")\n" },
	{ "uplink", cmd_uplink, UPLINK_OPTION, "", "the devices that the programs sit on",
	  "Prints one line for each uplink: the hook, whether hairpind made the clsact\n"
	  "qdisc, XDP, the settings, its endpoints and VLANs, the host's MAC on them, and what\n"
	  "there is to note.\n" },
	{ "fdb", cmd_fdb, UPLINK_OPTION, "", "which MAC is which station",
	  "Prints the forwarding database: the stations of each VLAN by MAC, the host's\n"
	  "own included. A frame to one of these MACs may be turned round.\n" },
	{ "neigh", cmd_neigh, UPLINK_OPTION, "", "which IP address is which station",
	  "Prints the addresses of the stations of each VLAN, the host's own included.\n"
	  "A question for one of these goes to that station alone, if steer is on.\n" },
	{ "stats", cmd_stats, UPLINK_OPTION | ALL_OPTION, " [-a]",
	  "counters of stations, and of what the programs did",
	  "Prints what each station received (rx) and sent (tx) by who is at the other\n"
	  "end, then how often the programs did what. With -a, also what never happened.\n" },
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(*commands))

static const char options_help[] =
	"\nOptions, before or behind the command:\n"
	"  -u, --uplink UPLINK  only this uplink; may be repeated; not for status\n"
	"  -a, --all            for stats: also reasons that never happened\n"
	"      --json           JSON in place of tables\n"
	"      --pins DIR       where the maps are pinned (" PINS_DEFAULT ")\n"
	"      --run DIR        where hairpind keeps its lock (" RUN_DEFAULT ")\n"
	"  -h, --help           this text; behind a command, that command's\n"
	"  -V, --version        print the version\n"
	"\nExit status: 0 done, 1 failed or nothing found, 2 usage error.\n";

static void print_command_help(const struct command *c)
{
	printf("Usage: hairpin [OPTIONS] %s%s\n\n%s%s", c->name, c->words, c->help, options_help);
}

static void print_help(void)
{
	puts("Usage: hairpin [OPTIONS] [COMMAND]\n\nCommands:");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		printf("  %-9s  %s\n", commands[i].name, commands[i].summary);
	fputs(options_help, stdout);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	}
	return NULL;
}

enum {
	OPTION_JSON = 256,
	OPTION_PINS,
	OPTION_RUN,
	OPTION_RECREATE,
	OPTION_CONFIG,
	OPTION_WORD, /* and those behind it: spec_words */
};

static const struct option long_options[] = {
	{ "all", no_argument, NULL, 'a' },
	{ "help", no_argument, NULL, 'h' },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "pins", required_argument, NULL, OPTION_PINS },
	{ "run", required_argument, NULL, OPTION_RUN },
	{ "uplink", required_argument, NULL, 'u' },
	{ "version", no_argument, NULL, 'V' },
	{ "recreate", no_argument, NULL, OPTION_RECREATE },
	{ "config", required_argument, NULL, OPTION_CONFIG },
	{ "parent", required_argument, NULL, OPTION_WORD },
	{ "mode", required_argument, NULL, OPTION_WORD + 1 },
	{ "mac", required_argument, NULL, OPTION_WORD + 2 },
	{ "netns", required_argument, NULL, OPTION_WORD + 3 },
	{ "address", required_argument, NULL, OPTION_WORD + 4 },
	{ "gateway", required_argument, NULL, OPTION_WORD + 5 },
	{ "mtu", required_argument, NULL, OPTION_WORD + 6 },
	{ "ifname", required_argument, NULL, OPTION_WORD + 7 },
	{ "bcqueuelen", required_argument, NULL, OPTION_WORD + 8 },
	{ "kind", required_argument, NULL, OPTION_WORD + 9 },
	{},
};

struct request {
	struct options options;
	bool help;
	bool version;
};

/* optopt is 0 for an unknown long option, and a value of our own for a known one. */
static int option_error(int c, char **argv)
{
	const char letter[] = { '-', (char)optopt, 0 };
	const char *word = optopt > 0 && optopt < 256 && argv[optind - 1][1] != '-'
				   ? letter
				   : argv[optind - 1];

	if (c == ':')
		cli_say("option %s: its value is missing; see hairpin --help", word);
	else
		cli_say("unknown option \"%s\"; see hairpin --help, or hairpin COMMAND --help",
			word);
	return CLI_USAGE;
}

static int take_option(int c, char **argv, struct request *r)
{
	switch (c) {
	case 'a':
		r->options.all = true;
		return CLI_OK;
	case 'h':
		r->help = true;
		return CLI_OK;
	case 'u':
		r->options.uplinks[r->options.uplink_count++] = optarg;
		return CLI_OK;
	case 'V':
		r->version = true;
		return CLI_OK;
	case OPTION_JSON:
		r->options.json = true;
		return CLI_OK;
	case OPTION_PINS:
		r->options.pins = optarg;
		return CLI_OK;
	case OPTION_RUN:
		r->options.run = optarg;
		return CLI_OK;
	case OPTION_RECREATE:
		r->options.recreate = true;
		return CLI_OK;
	case OPTION_CONFIG:
		r->options.config = optarg;
		return CLI_OK;
	case OPTION_WORD ... OPTION_WORD + 9:
		r->options.words[r->options.word_count++] =
			(struct word){ spec_words[c - OPTION_WORD], optarg };
		return CLI_OK;
	default:
		return option_error(c, argv);
	}
}

/* Moves the words behind the options: argv[optind] is the command. */
static int parse_options(int argc, char **argv, struct request *r)
{
	int c, status = CLI_OK;

	opterr = 0;
	while (!status && (c = getopt_long(argc, argv, ":ahu:V", long_options, NULL)) != -1)
		status = take_option(c, argv, r);
	return status;
}

static int unknown_command(const char *word)
{
	fprintf(stderr, "hairpin: unknown command \"%s\"; allowed:", word);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(stderr, " %s", commands[i].name);
	fputc('\n', stderr);
	return CLI_USAGE;
}

static int misplaced_option(const char *option, unsigned int takes)
{
	fprintf(stderr, "hairpin: option %s is not for this command; allowed with:", option);
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (commands[i].takes & takes)
			fprintf(stderr, " %s", commands[i].name);
	}
	fputc('\n', stderr);
	return CLI_USAGE;
}

static int run_command(const struct command *c, const struct options *o, int argc, char **argv)
{
	if (o->uplink_count && !(c->takes & UPLINK_OPTION))
		return misplaced_option("--uplink", UPLINK_OPTION);
	if (o->all && !(c->takes & ALL_OPTION))
		return misplaced_option("--all", ALL_OPTION);
	if (o->word_count && !(c->takes & DEVICE_OPTIONS))
		return misplaced_option("--parent and the like", DEVICE_OPTIONS);
	if ((o->recreate || o->config) && !(c->takes & DEVICE_OPTIONS))
		return misplaced_option(o->recreate ? "--recreate" : "--config", DEVICE_OPTIONS);
	return c->function(o, argc, argv);
}

static int run(const struct request *r, int argc, char **argv)
{
	const struct command *c = argc ? find_command(argv[0]) : &commands[0];

	if (r->version) {
		puts("hairpin " HAIRPIN_VERSION);
		return CLI_OK;
	}
	if (!c)
		return unknown_command(argv[0]);
	if (r->help) {
		argc ? print_command_help(c) : print_help();
		return CLI_OK;
	}
	return run_command(c, &r->options, argc ? argc - 1 : 0, argv + 1);
}

/* A full disk or a closed pipe shows at the latest here. */
static int flush_output(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	cli_say("cannot write the output");
	return CLI_FAILED;
}

int main(int argc, char **argv)
{
	struct request r = { .options = { .pins = PINS_DEFAULT, .run = RUN_DEFAULT } };
	int status;

	libbpf_set_print(NULL); /* what is wrong, is said here */
	r.options.uplinks = calloc(argc + 1, sizeof(*r.options.uplinks));
	r.options.words = calloc(argc + 1, sizeof(*r.options.words));
	if (!r.options.uplinks || !r.options.words)
		return cli_no_memory();
	status = parse_options(argc, argv, &r);
	if (!status)
		status = flush_output(run(&r, argc - optind, argv + optind));
	free(r.options.uplinks);
	free(r.options.words);
	return status;
}
