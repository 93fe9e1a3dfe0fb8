// SPDX-License-Identifier: BSD-2-Clause
/* hairpin-cni: a CNI plugin, version 1.1.0 of the specification. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "call.h"
#include "name.h"
#include "view.h"

static int read_stdin(char **text, size_t *length, struct cni_error *e)
{
	size_t size = 0;
	ssize_t n;

	errno = 0;
	*text = NULL;
	n = getdelim(text, &size, '\0', stdin); /* JSON has no zeros */
	*length = n > 0 ? (size_t)n : 0;
	return ferror(stdin) ? cni_fail(e, CNI_IO, "stdin cannot be read: %s", strerror(errno)) : 0;
}

static int refuse_version(const struct cni_call *c, const char *command, struct cni_error *e)
{
	return cni_fail(e, CNI_VERSION, "%s is not in cniVersion %s: it takes %s", command,
			c->conf.version->text, c->env.command == CNI_CHECK ? "0.4.0" : "1.1.0");
}

static int run(const struct cni_call *c, json_t **result, struct cni_error *e)
{
	switch (c->env.command) {
	case CNI_ADD:
		return c->conf.prev ? cni_add_chained(c, result, e) : cni_add(c, result, e);
	case CNI_DEL:
		return cni_del(c, e);
	case CNI_CHECK:
		return c->conf.version->check ? cni_check(c, e) : refuse_version(c, "CHECK", e);
	case CNI_GC:
		return c->conf.version->gc ? cni_gc(c, e) : refuse_version(c, "GC", e);
	case CNI_STATUS:
		return c->conf.version->gc ? cni_status(c, e) : refuse_version(c, "STATUS", e);
	default:
		return cni_fail(e, CNI_INTERNAL, "unknown command");
	}
}

/* A request for versions may come without any, or with one that we do not know. */
static int tell_versions(const char *text, size_t length, json_t **result, struct cni_error *e)
{
	json_t *json = json_loadb(text ? text : "", length, 0, NULL);
	const char *version = json_string_value(json_object_get(json, "cniVersion"));

	*result = cni_version_json(version ? version : CNI_LATEST);
	json_decref(json);
	return *result ? 0 : cni_fail(e, CNI_INTERNAL, "out of memory");
}

static int call(struct cni_call *c, json_t **result, struct cni_error *e)
{
	char *text = NULL;
	size_t length = 0;
	int err = cni_env_read(&c->env, e);

	if (!err)
		err = read_stdin(&text, &length, e);
	if (!err && c->env.command == CNI_VERSIONS) {
		err = tell_versions(text, length, result, e);
	} else if (!err) {
		err = cni_conf_read(&c->conf, text ? text : "", length, e);
		if (!err)
			cni_name(c->name, c->conf.network, c->env.id, c->env.ifname);
		if (!err)
			err = run(c, result, e);
	}
	free(text);
	return err;
}

/* 0 or -1 */
static int print(const json_t *json)
{
	if (json && json_dumpf(json, stdout, JSON_INDENT(4)))
		return -1;
	return (json && putchar('\n') == EOF) || fflush(stdout) ? -1 : 0;
}

int main(void)
{
	struct cni_call c = {};
	struct cni_error e = {};
	json_t *said = NULL;
	int err;

	view_hold_signals(true);
	err = call(&c, &said, &e);
	if (err)
		said = cni_error_json(&e, c.conf.version ? c.conf.version->text : CNI_LATEST);
	if (print(said)) {
		fprintf(stderr, "hairpin-cni: stdout cannot be written: %s\n", strerror(errno));
		err = CNI_IO;
	}
	json_decref(said);
	cni_conf_free(&c.conf);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
