/* SPDX-License-Identifier: BSD-2-Clause */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "agent.h"
#include "host.h"
#include "log.h"
#include "options.h"

/* libbpf's own words are for debugging; the caller says what failed. */
static int print_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	char line[512];

	if (level == LIBBPF_DEBUG)
		return 0;
	vsnprintf(line, sizeof(line), format, args);
	line[strcspn(line, "\n")] = '\0';
	log_debug("%s", line);
	return 0;
}

static int read_config(const struct options *options, struct config *config)
{
	const char *path = options->config;
	char error[512];
	int err = config_read(path ? path : CONFIG_DEFAULT, !path, config, error, sizeof(error));

	if (err)
		log_error("%s", error);
	return err;
}

static int check_host(const struct options *options)
{
	int err = host_check_rights();

	if (!err)
		err = host_check_bpf();
	if (err || options->action == ACTION_DRY_RUN)
		return err;
	err = host_make_pins(options->pins);
	return err ? err : host_lock(options->run, options->pins);
}

static int act(struct agent *agent, enum options_action action)
{
	int err = agent_look_at_pins(agent);

	if (!err && action == ACTION_DETACH)
		return agent_detach(agent);
	if (!err)
		err = agent_look_at_kernel(agent);
	if (err)
		return err;
	if (action == ACTION_ONCE)
		return agent_sync(agent);
	if (action == ACTION_DRY_RUN)
		return agent_print_plan(agent);
	return agent_run(agent);
}

static int run(const struct options *options)
{
	struct config config = config_default();
	struct agent *agent;
	int err = read_config(options, &config);

	if (!err)
		err = check_host(options);
	if (err) {
		config_free(&config);
		return err;
	}
	agent = agent_open(options, &config);
	if (!agent)
		return -1;
	err = act(agent, options->action);
	agent_close(agent);
	return err;
}

int main(int argc, char **argv)
{
	struct options options;
	int err = options_parse(&options, argc, argv);

	if (err) {
		options_free(&options);
		return err < 0 ? 2 : EXIT_SUCCESS;
	}
	libbpf_set_print(print_libbpf);
	signal(SIGPIPE, SIG_IGN); /* whoever asked for metrics may be gone */
	signal(SIGHUP, SIG_IGN);  /* until the loop takes it: the file has just been read */
	err = run(&options);
	host_unlock();
	options_free(&options);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
