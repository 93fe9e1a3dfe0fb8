// SPDX-License-Identifier: BSD-2-Clause
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "env.h"

#define NEEDS_NETNS 1
#define NEEDS_CONTAINER 2 /* and the name of the interface */

static const struct {
	const char *name;
	enum cni_command command;
	int needs;
} commands[] = {
	{ "ADD", CNI_ADD, NEEDS_NETNS | NEEDS_CONTAINER },
	{ "DEL", CNI_DEL, NEEDS_CONTAINER },
	{ "CHECK", CNI_CHECK, NEEDS_NETNS | NEEDS_CONTAINER },
	{ "GC", CNI_GC, 0 },
	{ "STATUS", CNI_STATUS, 0 },
	{ "VERSION", CNI_VERSIONS, 0 },
};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static const char *get(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

bool cni_env_is_id(const char *text)
{
	return isalnum((unsigned char)text[0]) &&
	       !text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				  "0123456789_.-")];
}

static bool is_ifname(const char *name)
{
	if (!name[0] || strlen(name) >= IFNAMSIZ || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	for (; *name; name++) {
		if (*name == '/' || *name == ':' || *name == '%' || !isgraph((unsigned char)*name))
			return false;
	}
	return true;
}

static int missing(struct cni_error *e, const char *name)
{
	return cni_fail(e, CNI_ENVIRONMENT, "%s is missing: the runtime has to set it", name);
}

static int check_container(const struct cni_env *env, struct cni_error *e)
{
	if (!env->id[0])
		return missing(e, "CNI_CONTAINERID");
	if (!cni_env_is_id(env->id))
		return cni_fail(e, CNI_ENVIRONMENT,
				"CNI_CONTAINERID '%s': it takes letters, digits, '_', '.' and '-', "
				"the first a letter or digit",
				env->id);
	if (!env->ifname[0])
		return missing(e, "CNI_IFNAME");
	if (!is_ifname(env->ifname))
		return cni_fail(e, CNI_ENVIRONMENT,
				"CNI_IFNAME '%s': a device name has 1 to 15 characters, without "
				"'/', ':', '%%' and blanks",
				env->ifname);
	return 0;
}

static int check_netns(const struct cni_env *env, int needs, struct cni_error *e)
{
	struct spec spec;

	if (!env->netns[0])
		return needs & NEEDS_NETNS ? missing(e, "CNI_NETNS") : 0;
	if (!strchr(env->netns, '/') || strlen(env->netns) >= sizeof(spec.netns))
		return cni_fail(e, CNI_ENVIRONMENT,
				"CNI_NETNS '%s': it is the path of a network namespace, up to %zu "
				"characters",
				env->netns, sizeof(spec.netns) - 1);
	return 0;
}

static int find_command(const char *name, struct cni_env *env, int *needs, struct cni_error *e)
{
	if (!name[0])
		return cni_fail(e, CNI_ENVIRONMENT,
				"CNI_COMMAND is missing: container runtimes start this program, "
				"see hairpin-cni(8)");
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(commands[i].name, name) != 0)
			continue;
		env->command = commands[i].command;
		*needs = commands[i].needs;
		return 0;
	}
	return cni_fail(e, CNI_ENVIRONMENT,
			"CNI_COMMAND '%s': it takes ADD, DEL, CHECK, GC, STATUS and VERSION", name);
}

/* ---- CNI_ARGS */

/* As Go's strconv.ParseBool() has it, which is what other plugins take. */
static bool is_true(const char *value)
{
	return !strcmp(value, "1") || !strcasecmp(value, "t") || !strcasecmp(value, "true");
}

struct args {
	bool ignore;
	char unknown[64]; /* the first one, "" if none */
};

static int take_arg(char *pair, struct args *args, char mac[32], struct cni_error *e)
{
	char *value = strchr(pair, '=');

	if (!value || value == pair || strchr(value + 1, '='))
		return cni_fail(e, CNI_ENVIRONMENT,
				"CNI_ARGS: '%s' is no pair: they are KEY=VALUE, with ';' between "
				"them",
				pair);
	*value++ = '\0';
	if (!strcmp(pair, "IgnoreUnknown"))
		args->ignore = is_true(value);
	else if (!strcmp(pair, "MAC"))
		snprintf(mac, 32, "%s", value);
	else if (!args->unknown[0])
		snprintf(args->unknown, sizeof(args->unknown), "%s", pair);
	return 0;
}

int cni_env_args(const char *args, char mac[32], struct cni_error *e)
{
	char *copy = strdup(args), *rest, *pair;
	struct args all = {};
	int err = 0;

	mac[0] = '\0';
	if (!copy)
		return cni_fail(e, CNI_INTERNAL, "out of memory");
	for (pair = strtok_r(copy, ";", &rest); pair && !err; pair = strtok_r(NULL, ";", &rest))
		err = take_arg(pair, &all, mac, e);
	free(copy);
	if (!err && all.unknown[0] && !all.ignore)
		err = cni_fail(e, CNI_ENVIRONMENT,
			       "CNI_ARGS: '%s' is unknown: it takes MAC; IgnoreUnknown=1 lets "
			       "others pass",
			       all.unknown);
	return err;
}

int cni_env_read(struct cni_env *env, struct cni_error *e)
{
	int needs = 0, err;

	*env = (struct cni_env){
		.id = get("CNI_CONTAINERID"),
		.netns = get("CNI_NETNS"),
		.ifname = get("CNI_IFNAME"),
		.args = get("CNI_ARGS"),
		.path = get("CNI_PATH"),
	};
	err = find_command(get("CNI_COMMAND"), env, &needs, e);
	if (!err && needs & NEEDS_CONTAINER)
		err = check_container(env, e);
	if (!err && needs & NEEDS_CONTAINER)
		err = check_netns(env, needs, e);
	/* To take away what is there, nothing has to be right that says what is to be made. */
	if (!err && needs & NEEDS_NETNS)
		err = cni_env_args(env->args, env->mac, e);
	return err;
}
