/* SPDX-License-Identifier: ISC */
/*
 * Two rules about the same object with different options: which of them counts
 * would be a matter of which comes first, and the order of lines is to mean
 * nothing.
 */
#include "policy/resolve.h"

#include <errno.h>
#include <string.h>

#include "policy/lex.h"
#include "policy/print.h"

/* ---- what a rule is about ----------------------------------------------- */

static int by_number(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int by_range(const struct net_range *a, const struct net_range *b)
{
	int r = by_number(a->kind, b->kind);

	if (r == 0)
		r = by_number((uint64_t)a->family, (uint64_t)b->family);
	if (r == 0)
		r = memcmp(a->addr, b->addr, sizeof(a->addr));
	if (r == 0)
		r = by_number(a->prefix, b->prefix);
	if (r == 0)
		r = by_number(a->scope, b->scope);
	if (r == 0)
		r = by_number(a->port_low, b->port_low);
	if (r == 0)
		r = by_number(a->port_high, b->port_high);
	return r != 0 ? r : strcmp(a->path, b->path);
}

/* 0 where a and b are about the same. */
static int by_object(const struct policy_rule *a, const struct policy_rule *b)
{
	int r = by_number(a->verb, b->verb);

	if (r != 0)
		return r;
	if (a->path.pattern)
		return strcmp(a->path.pattern, b->path.pattern);
	if (!a->net.name)
		return by_range(&a->net.range, &b->net.range);
	r = strcmp(a->net.name, b->net.name);
	return r != 0 ? r : by_number(a->net.protocol, b->net.protocol);
}

/* A rule in an array that is sorted. */
struct entry {
	const struct policy_rule *rule;
};

/* Of several about the same, in the order in which they were written. */
static int by_object_and_place(const void *x, const void *y)
{
	const struct policy_rule *a = ((const struct entry *)x)->rule;
	const struct policy_rule *b = ((const struct entry *)y)->rule;
	int r = by_object(a, b);

	return r != 0 ? r : (a > b) - (a < b);
}

/* ---- two about the same ------------------------------------------------- */

/* To say twice what is granted is idle; a socket that listens is one thing. */
static bool is_wrong(const struct policy_rule *first,
		     const struct policy_rule *second)
{
	return second->verb == POLICY_LISTEN ||
	       !print_same_options(first, second);
}

static int refuse(const struct policy *p, const struct policy_rule *first,
		  const struct policy_rule *second, struct policy_note *err)
{
	_cleanup_free_ char *object = NULL;
	size_t len;
	FILE *to = open_memstream(&object, &len);
	int r;

	if (!to)
		return -ENOMEM;
	r = print_object(second, to);
	if (fclose(to) < 0 || r < 0)
		return -ENOMEM;
	policy_note_set(
		err, p->sources[second->source], second->line, second->column,
		"found '%s' %s, expected it once: the first is %s:%u",
		lex_quote(object).text,
		print_same_options(first, second) ? "listed twice"
						  : "again with other options",
		p->sources[first->source], first->line);
	return -EINVAL;
}

/* The rules, sorted: what is about the same stands together. */
static struct entry *sort(const struct policy *p)
{
	struct entry *v = calloc(p->nrules, sizeof(*v));

	for (size_t i = 0; v && i < p->nrules; i++)
		v[i].rule = &p->rules[i];
	if (v)
		qsort(v, p->nrules, sizeof(*v), by_object_and_place);
	return v;
}

/* The earliest line that is wrong, and the first about the same. */
int resolve_twice(const struct policy *p, struct policy_note *err)
{
	const struct policy_rule *first, *wrong = NULL, *before = NULL;
	_cleanup_free_ struct entry *v = NULL;

	if (p->nrules == 0)
		return 0;
	v = sort(p);
	if (!v)
		return -ENOMEM;
	first = v[0].rule;
	for (size_t i = 1; i < p->nrules; i++) {
		const struct policy_rule *r = v[i].rule;

		if (by_object(first, r) != 0) {
			first = r;
		} else if (is_wrong(first, r) && (!wrong || r < wrong)) {
			wrong = r;
			before = first;
		}
	}
	return wrong ? refuse(p, before, wrong, err) : 0;
}
