// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "session.h"
#include "turn.h"

#define TRIES 100 /* while the kernel changes faster than it can be read */

static int read_kernel(struct session *s)
{
	int err = -EAGAIN;

	s->discover = discover_open(&s->model);
	if (!s->discover)
		return -errno;
	for (int i = 0; err == -EAGAIN && i < TRIES; i++)
		err = discover_all(s->discover);
	if (!err)
		s->manage.nl = nl_open();
	return err ? err : s->manage.nl ? 0 : -errno;
}

/* Whole or not at all: what asks us to end has to wait; SIGQUIT does not ask. */
static void hold_signals(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(how, &set, NULL);
}

static void tell(const char *name, const char *line)
{
	cli_say("endpoint %s: %s", name, line);
}

static int start(struct session *s, bool alone)
{
	int err;

	*s = (struct session){ .manage = { .model = &s->model, .patient = alone, .tell = tell },
			       .lock = -1 };
	model_init(&s->model);
	if (geteuid()) {
		cli_say("must be root, to see and to change devices");
		return CLI_FAILED;
	}
	if (alone)
		s->lock = turn_take(true);
	err = alone && s->lock < 0 ? s->lock : 0;
	if (!err)
		err = read_kernel(s);
	if (!err)
		return CLI_OK;
	if (err == -ETIMEDOUT)
		cli_say(TURN_CURE);
	else
		cli_say("cannot read devices and namespaces: %s%s", strerror(-err), cli_cure(err));
	return CLI_FAILED;
}

int session_open(struct session *s)
{
	return start(s, false);
}

int session_open_alone(struct session *s)
{
	hold_signals(SIG_BLOCK);
	return start(s, true);
}

void session_close(struct session *s)
{
	nl_close(s->manage.nl);
	if (s->discover)
		discover_close(s->discover);
	model_free(&s->model);
	if (s->lock >= 0)
		close(s->lock);
	hold_signals(SIG_UNBLOCK);
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
