// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "session.h"
#include "turn.h"

static void tell(const char *name, const char *line)
{
	cli_say("endpoint %s: %s", name, line);
}

static int start(struct view *s, bool alone)
{
	int err = view_open(s, alone, tell);

	if (!err)
		return CLI_OK;
	if (err == -ETIMEDOUT)
		cli_say(TURN_CURE);
	else
		cli_say("cannot read devices and namespaces: %s%s", strerror(-err), cli_cure(err));
	return CLI_FAILED;
}

static int refuse_others(struct view *s)
{
	*s = (struct view){ .turn = -1 };
	model_init(&s->model);
	cli_say("must be root, to see and to change devices");
	return CLI_FAILED;
}

int session_open(struct view *s)
{
	return geteuid() ? refuse_others(s) : start(s, false);
}

int session_open_alone(struct view *s)
{
	view_hold_signals(true);
	return geteuid() ? refuse_others(s) : start(s, true);
}

void session_close(struct view *s)
{
	view_close(s);
	view_hold_signals(false);
}

static int misplaced(const char *command, const char *option)
{
	cli_say("endpoint %s: option --%s is not for this command; see hairpin endpoint --help",
		command, option);
	return CLI_USAGE;
}

int session_options(const struct options *o, const char *command, unsigned int takes)
{
	if (o->word_count && !(takes & SESSION_WORDS))
		return misplaced(command, o->words[0].name);
	if (o->recreate && !(takes & SESSION_RECREATE))
		return misplaced(command, "recreate");
	if (o->config && !(takes & SESSION_CONFIG))
		return misplaced(command, "config");
	if (o->uplink_count && !(takes & SESSION_UPLINK))
		return misplaced(command, "uplink");
	if (o->json && !(takes & SESSION_JSON))
		return misplaced(command, "json"); /* they print nothing */
	return CLI_OK;
}

int session_usage(const struct options *o, const char *command, unsigned int takes, int argc,
		  char **argv)
{
	int status = session_options(o, command, takes);

	if (status)
		return status;
	if (argc == 1)
		return CLI_OK;
	if (argc)
		cli_say("endpoint %s: unexpected word \"%s\"; one NAME is allowed", command,
			argv[1]);
	else
		cli_say("endpoint %s: NAME is missing: of an endpoint that hairpin made or is to "
			"make",
			command);
	return CLI_USAGE;
}
