/* SPDX-License-Identifier: ISC */
#include "policy/policy.h"

#include <errno.h>
#include <string.h>

#include "policy/index.h"

static const char *const verbs[POLICY_VERB_MAX] = {
	[POLICY_READ] = "read",	    [POLICY_WRITE] = "write",
	[POLICY_APPEND] = "append", [POLICY_REMOVE] = "remove",
	[POLICY_LIST] = "list",	    [POLICY_STAT] = "stat",
	[POLICY_DENY] = "deny",	    [POLICY_LISTEN] = "listen",
	[POLICY_BIND] = "bind",	    [POLICY_CONNECT] = "connect",
	[POLICY_RAW] = "raw",	    [POLICY_PACKET] = "packet",
};

const char *policy_verb_name(enum policy_verb v)
{
	return (unsigned)v < POLICY_VERB_MAX ? verbs[v] : NULL;
}

int policy_verb_of(const char *name)
{
	for (int v = 0; v < POLICY_VERB_MAX; v++)
		if (strcmp(verbs[v], name) == 0)
			return v;
	return -EINVAL;
}

int policy_new(const char *name, struct policy **ret)
{
	struct policy *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->promises = (struct promises)PROMISES_INIT;
	p->name = strdup(name);
	if (!p->name) {
		free(p);
		return -ENOMEM;
	}
	*ret = p;
	return 0;
}

static void who_free(struct policy_who *w)
{
	free(w->user);
	free(w->groups);
}

static void rule_free(struct policy_rule *r)
{
	free(r->path.pattern);
	free(r->path.resolved);
	free(r->path.owner.text);
	free(r->net.resolved);
	free(r->net.name);
	free(r->net.device);
	free(r->net.owner.text);
}

void policy_clear(struct policy *p)
{
	for (size_t i = 0; i < p->nrules; i++)
		rule_free(&p->rules[i]);
	for (size_t i = 0; i < p->nsources; i++) {
		free(p->sources[i]);
		if (p->texts)
			free(p->texts[i].bytes);
	}
	who_free(&p->worker);
	who_free(&p->helper);
	index_free(p->index);
	free(p->rules);
	free(p->sources);
	free(p->texts);
	free(p->name);
	*p = (struct policy){0};
}

struct policy *policy_free(struct policy *p)
{
	if (p)
		policy_clear(p);
	free(p);
	return NULL;
}

int policy_rules_room(struct policy *p, size_t n)
{
	struct policy_rule *rules;

	if (n <= p->room)
		return 0;
	rules = reallocarray(p->rules, n, sizeof(*rules));
	if (!rules)
		return -ENOMEM;
	p->rules = rules;
	p->room = n;
	return 0;
}

int policy_rule_add(struct policy *p, struct policy_rule **ret)
{
	size_t n = p->nrules;

	if (n == BOUND_POLICY_RULES)
		return -E2BIG;
	if (n == p->room && policy_rules_room(p, n ? 2 * n : 1) < 0)
		return -ENOMEM;
	p->index = index_free(p->index);
	memset(&p->rules[n], 0, sizeof(p->rules[n]));
	*ret = &p->rules[p->nrules++];
	return 0;
}
