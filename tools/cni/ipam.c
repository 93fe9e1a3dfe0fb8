// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipam.h"

/* ---- finding and starting it */

static int find_plugin(const struct cni_conf *conf, const struct cni_env *env, char path[PATH_MAX],
		       struct cni_error *e)
{
	const char *dir = env->path;

	while (*dir) {
		int length = (int)strcspn(dir, ":");
		int n = snprintf(path, PATH_MAX, "%.*s/%s", length, dir, conf->ipam);

		if (length && n < PATH_MAX && !access(path, X_OK))
			return 0;
		dir += length + (dir[length] == ':');
	}
	if (!env->path[0])
		return cni_fail(e, CNI_ENVIRONMENT,
				"CNI_PATH is missing: it is where the IPAM plugin '%s' is",
				conf->ipam);
	return cni_fail(e, CNI_CONFIG,
			"ipam.type: there is no plugin '%s' in CNI_PATH (%s): install it, or name "
			"another",
			conf->ipam, env->path);
}

/* A file, so that a plugin that does not read cannot stop us. -1 and errno. */
static int config_file(const struct cni_conf *conf)
{
	int fd = memfd_create("cni", MFD_CLOEXEC);

	if (fd >= 0 && !json_dumpfd(conf->json, fd, JSON_COMPACT) && !lseek(fd, 0, SEEK_SET))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static void start(const char *path, const char *command, int in, int out)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    setenv("CNI_COMMAND", command, 1))
		_exit(127);
	execl(path, path, (char *)NULL);
	_exit(127);
}

/* ---- what it says */

/* NULL: nothing, or no JSON. */
static json_t *read_all(int fd)
{
	FILE *f = fdopen(fd, "r");
	char *text = NULL;
	size_t size = 0;
	ssize_t length;
	json_t *json;

	if (!f) {
		close(fd);
		return NULL;
	}
	length = getdelim(&text, &size, '\0', f);
	json = length > 0 ? json_loadb(text, length, 0, NULL) : NULL;
	free(text);
	fclose(f);
	return json;
}

static const char *string(const json_t *json, const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));

	return text ? text : "";
}

static int pass_error(const struct cni_conf *conf, const json_t *said, int status,
		      struct cni_error *e)
{
	int code = (int)json_integer_value(json_object_get(said, "code"));

	if (!json_is_object(said))
		return cni_fail(e, CNI_IPAM, "IPAM plugin '%s' failed, and does not say why: %s %d",
				conf->ipam, WIFSIGNALED(status) ? "signal" : "exit status",
				WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	cni_fail(e, code > 0 ? code : CNI_IPAM, "IPAM plugin '%s': %s", conf->ipam,
		 string(said, "msg"));
	if (string(said, "details")[0])
		cni_add_details(e, "%s", string(said, "details"));
	return e->code;
}

static int take_answer(const struct cni_conf *conf, pid_t pid, int fd, json_t **result,
		       struct cni_error *e)
{
	json_t *said = read_all(fd);
	int err = 0, status = -1;

	waitpid(pid, &status, 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		err = pass_error(conf, said, status, e);
	else if (result && !json_is_object(said))
		err = cni_fail(e, CNI_IPAM, "IPAM plugin '%s' gives no result in JSON", conf->ipam);
	if (!err && result)
		*result = json_incref(said);
	json_decref(said);
	return err;
}

static int run(const struct cni_conf *conf, const char *path, const char *command, json_t **result,
	       struct cni_error *e)
{
	int in = config_file(conf), out[2] = { -1, -1 };
	pid_t pid = in < 0 || pipe2(out, O_CLOEXEC) ? -1 : fork();

	if (!pid)
		start(path, command, in, out[1]);
	if (pid < 0)
		cni_fail(e, CNI_IO, "IPAM plugin '%s' cannot be started: %s", conf->ipam,
			 strerror(errno));
	if (in >= 0)
		close(in);
	if (out[1] >= 0)
		close(out[1]);
	if (pid > 0)
		return take_answer(conf, pid, out[0], result, e);
	if (out[0] >= 0)
		close(out[0]);
	return CNI_IO;
}

int cni_ipam_find(const struct cni_conf *conf, const struct cni_env *env, struct cni_error *e)
{
	char path[PATH_MAX];

	return conf->ipam[0] ? find_plugin(conf, env, path, e) : 0;
}

int cni_ipam_run(const struct cni_conf *conf, const struct cni_env *env, const char *command,
		 json_t **result, struct cni_error *e)
{
	char path[PATH_MAX];
	int err = find_plugin(conf, env, path, e);

	return err ? err : run(conf, path, command, result, e);
}
