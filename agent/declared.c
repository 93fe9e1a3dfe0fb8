/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "declared.h"
#include "format.h"
#include "log.h"
#include "options.h"
#include "turn.h"

/* ---- deciding */

static const struct spec *find_spec(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->endpoint_count; i++) {
		if (!strcmp(config->endpoints[i].name, name))
			return &config->endpoints[i];
	}
	return NULL;
}

static int add_step(struct declared_plan *plan, enum declared_type type, const char *name,
		    const struct spec *spec)
{
	struct declared_step *steps;

	steps = reallocarray(plan->steps, plan->count + 1, sizeof(*steps));
	if (!steps)
		return -ENOMEM;
	plan->steps = steps;
	steps[plan->count] = (struct declared_step){ .type = type, .spec = spec };
	strcpy(steps[plan->count++].name, name);
	return 0;
}

static int plan_removals(const struct config *config, const struct model *m,
			 struct declared_plan *plan)
{
	char name[SPEC_NAME];
	bool declared;
	int err = 0;

	for (size_t i = 0; !err && i < m->links.count; i++) {
		const struct rtnl_link *link = table_at(&m->links, i);

		if (link->mark[0] && spec_unmark(link->mark, name, &declared) && declared &&
		    manage_find(m, name) == link && !find_spec(config, name))
			err = add_step(plan, DECLARED_REMOVE, name, NULL);
	}
	return err;
}

static const struct declared_failure *find_failure(const struct table *failures, const char *name)
{
	struct declared_failure key = {};

	snprintf(key.name, sizeof(key.name), "%s", name);
	return table_find(failures, &key);
}

int declared_plan(const struct config *config, const struct model *m, const struct table *failures,
		  bool compare, struct declared_plan *plan)
{
	int err;

	*plan = (struct declared_plan){};
	err = plan_removals(config, m, plan);
	for (size_t i = 0; !err && i < config->endpoint_count; i++) {
		const struct spec *spec = &config->endpoints[i];
		const struct rtnl_link *link = manage_find(m, spec->name);

		if (!link)
			err = add_step(plan, DECLARED_ADD, spec->name, spec);
		else if (compare || !manage_is_declared(link) || find_failure(failures, spec->name))
			err = add_step(plan, DECLARED_SET, spec->name, spec);
	}
	if (err) {
		free(plan->steps);
		*plan = (struct declared_plan){};
	}
	return err;
}

static void describe_set(const struct spec *spec, unsigned int words, char *text, size_t size)
{
	size_t used = snprintf(text, size, "endpoint %s: set", spec->name);
	char value[SPEC_TEXT];

	for (size_t i = 0; spec_words[i] && used < size; i++) {
		if (words & 1U << i)
			used += snprintf(text + used, size - used, " %s %s", spec_words[i],
					 spec_text(value, spec, 1U << i));
	}
	if (!words)
		snprintf(text, size, "endpoint %s: is declared from now on", spec->name);
}

void declared_describe(const struct declared_step *step, unsigned int words, char *text,
		       size_t size)
{
	const struct spec *spec = step->spec;
	char kind[SPEC_TEXT], mode[SPEC_TEXT], netns[SPEC_TEXT];

	if (step->type == DECLARED_REMOVE)
		snprintf(text, size, "endpoint %s: remove", step->name);
	else if (step->type == DECLARED_SET)
		describe_set(spec, words, text, size);
	else
		snprintf(text, size, "endpoint %s: add %s %s on %s in netns %s", spec->name,
			 spec_text(kind, spec, SPEC_KIND), spec_text(mode, spec, SPEC_MODE),
			 spec->parent, spec_text(netns, spec, SPEC_NETNS));
}

/* ---- doing */

void declared_init(struct declared *d)
{
	*d = (struct declared){};
	table_init(&d->failures, SPEC_NAME, sizeof(struct declared_failure));
	table_init(&d->said, RTNL_ADDR_KEY, sizeof(struct rtnl_addr));
}

void declared_free(struct declared *d)
{
	table_free(&d->failures);
	table_free(&d->said);
	nl_close(d->nl);
}

void declared_retry(struct declared *d)
{
	for (size_t i = 0; i < d->failures.count; i++) {
		struct declared_failure *failure = table_at(&d->failures, i);

		failure->blocked = false;
	}
}

static void forget(struct declared *d, const char *name)
{
	char key[SPEC_NAME] = "";

	snprintf(key, sizeof(key), "%s", name);
	table_del(&d->failures, key);
}

/*
 * The same is not said again. One that waits for its netns or its parent may
 * try at any time: it does no harm, and what is missing may be what has come.
 */
static void fail(struct declared *d, const char *name, int err, const char *error)
{
	const struct declared_failure *known = find_failure(&d->failures, name);
	/* -ENXIO: a netns has its handle, a file, before it is mounted on it. */
	bool waits = err == -ENOENT || err == -ENODEV || err == -ENXIO;
	struct declared_failure failure = { .blocked = !waits };
	bool news = !known || strcmp(known->said, error) != 0;

	snprintf(failure.name, sizeof(failure.name), "%s", name);
	snprintf(failure.said, sizeof(failure.said), "%s", error);
	table_put(&d->failures, &failure);
	if (news && waits)
		log_info("endpoint %s: waits: %s", name, error);
	else if (news)
		log_error("endpoint %s: %s", name, error);
}

/* Those that are neither declared nor there any more. */
static void forget_undeclared(struct declared *d, const struct config *config,
			      const struct model *m)
{
	for (size_t i = d->failures.count; i--;) {
		const struct declared_failure *failure = table_at(&d->failures, i);

		if (!find_spec(config, failure->name) && !manage_find(m, failure->name))
			forget(d, failure->name);
	}
}

/* On this host: another one on the same machine says it itself. */
static bool is_declared(const struct model *m, const struct rtnl_link *link, char name[SPEC_NAME])
{
	bool declared;

	return link && model_parent(m, link) && spec_unmark(link->mark, name, &declared) &&
	       declared;
}

/* Nobody waits here for IPv6 DAD. What failed it is on the device, of no use, and said once. */
static void tell_duplicates(struct declared *d, const struct model *m)
{
	const struct table *duplicates = &m->duplicates;
	char name[SPEC_NAME], ip[46];

	for (size_t i = 0; i < duplicates->count; i++) {
		const struct rtnl_addr *a = table_at(duplicates, i);
		const struct rtnl_link *link = model_link(m, a->nsid, a->ifindex);

		if (is_declared(m, link, name) && table_put(&d->said, a) > 0)
			log_error("endpoint %s: another station has address %s: it failed IPv6 DAD",
				  name, format_ip(ip, a->family, a->addr));
	}
	for (size_t i = d->said.count; i--;) {
		if (!table_find(duplicates, table_at(&d->said, i)))
			table_del(&d->said, table_at(&d->said, i));
	}
}

/* What differs, for a DECLARED_SET. 1: something is to be done, 0: nothing, or -errno. */
static int look(const struct manage *g, const struct declared_step *step, unsigned int *words,
		char error[SPEC_ERROR])
{
	struct spec have;
	int err;

	*words = 0;
	if (step->type != DECLARED_SET)
		return 1;
	err = manage_compare(g, step->spec, &have, words, error);
	if (err)
		return err;
	return *words || !have.declared;
}

static int apply(const struct manage *g, const struct declared_step *step, char error[SPEC_ERROR])
{
	struct spec spec;

	if (step->type == DECLARED_REMOVE)
		return manage_remove(g, step->name, error);
	spec = *step->spec;
	return step->type == DECLARED_ADD ? manage_add(g, &spec, error)
					  : manage_set(g, &spec, true, error);
}

/* Returns whether something changed. */
static bool do_step(struct declared *d, const struct manage *g, const struct declared_step *step)
{
	char error[SPEC_ERROR], text[512];
	unsigned int words;
	int todo = look(g, step, &words, error), err = todo < 0 ? todo : 0;

	if (todo > 0)
		err = apply(g, step, error);
	if (err < 0) {
		fail(d, step->name, err, error);
		return false;
	}
	forget(d, step->name);
	if (!todo)
		return false;
	declared_describe(step, words, text, sizeof(text));
	log_info("%s", text);
	return true;
}

/* -ENOMEM, or why there is no socket. */
static int prepare(struct declared *d, const struct config *config, const struct model *m,
		   bool compare, struct declared_plan *plan)
{
	int err = declared_plan(config, m, &d->failures, compare, plan);

	if (!err && plan->count && !d->nl) {
		d->nl = nl_open();
		err = d->nl ? 0 : -errno;
	}
	if (err)
		log_error("endpoints that are declared: %s", strerror(-err));
	if (err)
		free(plan->steps);
	return err;
}

static bool is_blocked(const struct declared *d, const struct declared_step *step)
{
	const struct declared_failure *failure = find_failure(&d->failures, step->name);

	return failure && failure->blocked;
}

static bool has_work(struct declared *d, const struct config *config, const struct model *m,
		     bool compare)
{
	struct declared_plan plan;
	bool work = false;

	if (prepare(d, config, m, compare, &plan))
		return false;
	for (size_t i = 0; i < plan.count; i++)
		work |= !is_blocked(d, &plan.steps[i]);
	free(plan.steps);
	return work;
}

static void tell(const char *name, const char *line)
{
	log_info("endpoint %s: %s", name, line);
}

static int run_plan(struct declared *d, const struct config *config, const struct model *m,
		    bool compare, int (*refresh)(void *arg), void *arg)
{
	struct declared_plan plan;
	struct manage g;
	int err = 0;

	if (prepare(d, config, m, compare, &plan))
		return 0;
	g = (struct manage){ .model = m, .nl = d->nl, .tell = tell };
	for (size_t i = 0; !err && i < plan.count; i++) {
		if (!is_blocked(d, &plan.steps[i]) && do_step(d, &g, &plan.steps[i]))
			err = refresh(arg);
	}
	free(plan.steps);
	return err;
}

/* The plan is made when it is our turn, with what whoever had it before us has done. */
int declared_run(struct declared *d, const struct config *config, const struct model *m,
		 bool compare, int (*refresh)(void *arg), void *arg)
{
	int turn, err;

	d->postponed = false;
	tell_duplicates(d, m);
	forget_undeclared(d, config, m);
	if (!has_work(d, config, m, compare))
		return 0;
	turn = turn_take(d->waits);
	d->postponed = turn == -EWOULDBLOCK;
	if (d->postponed)
		return 0;
	if (turn < 0)
		log_warning(RUN_DEFAULT ": no lock against commands that change devices, too: %s",
			    strerror(-turn));
	err = refresh(arg) ?: run_plan(d, config, m, compare, refresh, arg);
	turn_leave(turn);
	return err;
}

void declared_print(struct declared *d, const struct config *config, const struct model *m)
{
	char error[SPEC_ERROR], text[512];
	struct declared_plan plan;
	struct manage g;

	if (prepare(d, config, m, true, &plan))
		return;
	g = (struct manage){ .model = m, .nl = d->nl, .tell = tell };
	for (size_t i = 0; i < plan.count; i++) {
		unsigned int words;
		int todo = look(&g, &plan.steps[i], &words, error);

		if (todo < 0)
			log_error("endpoint %s: %s", plan.steps[i].name, error);
		if (todo <= 0)
			continue;
		declared_describe(&plan.steps[i], words, text, sizeof(text));
		puts(text);
	}
	free(plan.steps);
}
