// SPDX-License-Identifier: BSD-2-Clause
/* `hairpin endpoint add | del | set`: devices that hairpin makes. */
#include <errno.h>
#include <string.h>

#include "devices.h"
#include "liveness.h"
#include "session.h"

static int say(const char *name, const char *error)
{
	cli_say("endpoint %s: %s", name, error);
	return CLI_FAILED;
}

/* NAME and the words of the command line. */
static int parse(const struct options *o, const char *name, struct spec *spec)
{
	char error[SPEC_ERROR];
	int err = spec_name(spec, name, error);

	for (size_t i = 0; !err && i < o->word_count; i++)
		err = spec_take(spec, o->words[i].name, o->words[i].value, error);
	if (!err)
		return CLI_OK;
	say(name, error);
	return CLI_USAGE;
}

/* A macvlan is something without us; an XDP endpoint would be cut off. */
static int needs_agent(const struct options *o, const struct spec *spec)
{
	struct daemon_state agent = {};

	if (spec->kind != SPEC_XDP || (!daemon_read(o->run, &agent) && agent.running))
		return CLI_OK;
	return say(spec->name,
		   "kind xdp is served by hairpind alone, which does not run: start it");
}

int endpoint_add(const struct options *o, int argc, char **argv)
{
	char error[SPEC_ERROR];
	struct view s;
	struct spec spec;
	int status = session_usage(o, "add", SESSION_WORDS, argc, argv);

	if (!status)
		status = parse(o, argv[0], &spec);
	if (!status && spec_complete(&spec, error)) {
		say(argv[0], error);
		status = CLI_USAGE;
	}
	if (!status)
		status = needs_agent(o, &spec);
	if (status)
		return status;
	status = session_open_alone(&s);
	if (!status && manage_add(&s.manage, &spec, error))
		status = say(argv[0], error);
	session_close(&s);
	return status;
}

/* What the agent would put back at once. */
static int refuse_declared(const struct view *s, const char *name)
{
	const struct rtnl_link *link = manage_find(&s->model, name);

	if (!link || !manage_is_declared(link))
		return CLI_OK;
	return say(name, "the configuration declares it: change it there, and reload hairpind");
}

static int del(struct view *s, const char *name)
{
	char error[SPEC_ERROR];
	int status = refuse_declared(s, name), err;

	if (status)
		return status;
	err = manage_remove(&s->manage, name, error);
	if (err != -ENOENT)
		return err ? say(name, error) : CLI_OK;
	say(name, "is not there: nothing to do");
	return CLI_OK;
}

int endpoint_del(const struct options *o, int argc, char **argv)
{
	struct view s;
	struct spec spec;
	int status = session_usage(o, "del", 0, argc, argv);

	if (!status)
		status = parse(o, argv[0], &spec);
	if (status)
		return status;
	status = session_open_alone(&s);
	if (!status)
		status = del(&s, argv[0]);
	session_close(&s);
	return status;
}

static int set(struct view *s, const struct spec *changes, bool recreate)
{
	char error[SPEC_ERROR];
	int status = refuse_declared(s, changes->name), err;

	if (status)
		return status;
	err = manage_set(&s->manage, changes, recreate, error);
	return err < 0 ? say(changes->name, error) : CLI_OK;
}

int endpoint_set(const struct options *o, int argc, char **argv)
{
	struct view s;
	struct spec changes;
	int status = session_usage(o, "set", SESSION_WORDS | SESSION_RECREATE, argc, argv);

	if (!status)
		status = parse(o, argv[0], &changes);
	if (!status && !changes.given) {
		say(argv[0], "nothing is given that is to change; see hairpin endpoint --help");
		status = CLI_USAGE;
	}
	if (status)
		return status;
	status = session_open_alone(&s);
	if (!status)
		status = set(&s, &changes, o->recreate);
	session_close(&s);
	return status;
}
