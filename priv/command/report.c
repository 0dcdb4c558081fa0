/* SPDX-License-Identifier: ISC */
#include "command/report.h"

#include <errno.h>
#include <string.h>

#include "command/json.h"
#include "command/locks.h"
#include "command/text.h"

enum {
	CAPS_TEXT = 1024, /* more than all names of all capabilities */
};

/* ---- text ---------------------------------------------------------------- */

static void text_groups(const gid_t *groups, size_t n, FILE *to)
{
	fprintf(to, ", groups%s", n ? "" : " none");
	for (size_t i = 0; i < n; i++)
		fprintf(to, "%s%u", i ? "," : " ", groups[i]);
	fputc('\n', to);
}

/* Of a file's path or a socket's; NULL where it is the same. */
static const char *resolved_of(const struct policy_rule *r)
{
	return r->path.resolved ?: r->net.resolved;
}

/* Only the rules whose path leads somewhere else than it says. */
static int text_resolved(const struct policy *p, FILE *to)
{
	for (size_t i = 0; i < p->nrules; i++) {
		const struct policy_rule *r = &p->rules[i];
		const char *resolved = resolved_of(r);

		if (!resolved)
			continue;
		fprintf(to, "# resolved      %s:%u: %s -> %s\n",
			p->sources[r->source], r->line,
			r->path.pattern ?: r->net.range.path, resolved);
	}
	return 0;
}

int report_text(const struct report_check *c, FILE *to)
{
	const struct policy *p = c->policy;
	char caps[CAPS_TEXT];
	char promises[BOUND_PROMISE_TEXT];
	int r;

	if ((r = policy_print(p, to)) < 0 ||
	    (r = plan_caps_print(c->plan->caps, caps, sizeof(caps))) < 0 ||
	    (r = promise_print(&p->promises, promises, sizeof(promises))) < 0)
		return r;
	fputc('\n', to);
	if ((r = text_resolved(p, to)) < 0)
		return r;
	fprintf(to, "# worker        uid %u, gid %u", p->worker.uid,
		p->worker.gid);
	text_groups(p->worker.groups_id, p->worker.ngroups, to);
	fprintf(to, "# promises      %s\n", promises);
	fprintf(to, "# helper        uid %u, gid %u", c->plan->uid,
		c->plan->gid);
	text_groups(c->plan->groups, c->plan->ngroups, to);
	fprintf(to, "# capabilities  %s\n", caps);
	if (!c->privileged)
		fputs("# not root      started by you, the helper has no "
		      "capability, and all ids are yours\n",
		      to);
	return locks_text(p, c->landlock, to);
}

/* ---- JSON ---------------------------------------------------------------- */

static void json_named_number(struct json *j, const char *name, uint64_t n)
{
	json_key(j, name);
	json_number(j, n);
}

static void json_named_string(struct json *j, const char *name, const char *s)
{
	json_key(j, name);
	json_string(j, s);
}

/* The words of text, which separator divides. */
static void json_words(struct json *j, const char *name, char *text,
		       const char *separator)
{
	char *rest = text;
	char *word;

	json_key(j, name);
	json_open(j, '[');
	while ((word = strsep(&rest, separator)))
		if (*word)
			json_string(j, word);
	json_close(j, ']');
}

static void json_ids(struct json *j, uid_t uid, gid_t gid, const gid_t *groups,
		     size_t n)
{
	json_named_number(j, "uid", uid);
	json_named_number(j, "gid", gid);
	json_key(j, "groups");
	json_open(j, '[');
	for (size_t i = 0; i < n; i++)
		json_number(j, groups[i]);
	json_close(j, ']');
}

static int json_rules(struct json *j, const struct policy *p)
{
	json_key(j, "rules");
	json_open(j, '[');
	for (size_t i = 0; p && i < p->nrules; i++) {
		const struct policy_rule *r = &p->rules[i];
		_cleanup_free_ char *text = text_rule(p, r);

		if (!text)
			return -ENOMEM;
		json_open(j, '{');
		json_named_string(j, "source", p->sources[r->source]);
		json_named_number(j, "line", r->line);
		json_named_string(j, "verb", policy_verb_name(r->verb));
		json_named_string(j, "text", text);
		json_named_string(j, "resolved", resolved_of(r));
		json_close(j, '}');
	}
	json_close(j, ']');
	return 0;
}

static int json_caps(struct json *j, const char *name, uint64_t caps)
{
	char text[CAPS_TEXT];
	int r = plan_caps_print(caps, text, sizeof(text));

	if (r < 0)
		return r;
	/* "none" is the empty set in words. */
	if (!caps)
		text[0] = '\0';
	json_words(j, name, text, ",");
	return 0;
}

/* What root's helper has, and what it would have if the caller started it. */
static int json_plan(struct json *j, const struct report_check *c)
{
	const struct plan *plan = c->plan;
	int r;

	json_open(j, '{');
	json_key(j, "helper");
	json_open(j, '{');
	json_ids(j, plan->uid, plan->gid, plan->groups, plan->ngroups);
	if ((r = json_caps(j, "capabilities", plan->caps)) < 0 ||
	    (r = json_caps(j, "capabilities_now",
			   c->privileged ? plan->caps : 0)) < 0)
		return r;
	r = locks_json(c->policy, c->landlock, j);
	json_close(j, '}');
	json_close(j, '}');
	return r;
}

static int json_worker(struct json *j, const struct policy *p)
{
	const struct policy_who *w = &p->worker;
	char promises[BOUND_PROMISE_TEXT];
	int r = promise_print(&p->promises, promises, sizeof(promises));

	if (r < 0)
		return r;
	json_open(j, '{');
	json_named_string(j, "user", w->user);
	json_ids(j, w->uid, w->gid, w->groups_id, w->ngroups);
	json_words(j, "promises", promises, " ");
	json_close(j, '}');
	return 0;
}

static void json_note(struct json *j, const struct policy_note *n)
{
	json_open(j, '{');
	json_named_string(j, "source", *n->source ? n->source : NULL);
	json_named_number(j, "line", n->line);
	json_named_number(j, "column", n->column);
	json_named_string(j, "text", n->text);
	json_close(j, '}');
}

static void json_notes(struct json *j, const char *name,
		       const struct policy_note *v, size_t n)
{
	json_key(j, name);
	json_open(j, '[');
	for (size_t i = 0; i < n; i++)
		json_note(j, &v[i]);
	json_close(j, ']');
}

int report_json(const struct report_check *c, FILE *to)
{
	struct json j = {.to = to};
	int r;

	json_open(&j, '{');
	json_named_string(&j, "policy", c->policy ? c->policy->name : c->name);
	json_key(&j, "privileged");
	json_bool(&j, c->privileged);
	if ((r = json_rules(&j, c->policy)) < 0)
		return r;
	json_key(&j, "plan");
	if (!c->policy)
		json_null(&j);
	else if ((r = json_plan(&j, c)) < 0)
		return r;
	json_key(&j, "worker");
	if (!c->policy)
		json_null(&j);
	else if ((r = json_worker(&j, c->policy)) < 0)
		return r;
	json_notes(&j, "warnings", c->warnings->v, c->warnings->n);
	json_notes(&j, "errors", c->error, c->error ? 1 : 0);
	json_close(&j, '}');
	fputc('\n', to);
	return 0;
}
