/* SPDX-License-Identifier: ISC */
/*
 * One hash table for all kinds, chained; the kind goes into the key first.
 * Keys are compared and paths are not: where two paths have the same key, the
 * asker sees a rule too many.
 */
#include "policy/index.h"

#include <string.h>

#include "path.h"
#include "policy/pattern.h"

/* FNV-1a, of 32 bits. */
#define KEY_BASE  2166136261u
#define KEY_PRIME 16777619u

/* A rule is found under the two forms of its pattern, by two kinds. */
#define ENTRIES_PER_RULE 4

struct entry {
	uint32_t key;
	uint32_t rule;
	uint32_t next; /* in its chain, counted from 1; 0: the last */
};

struct policy_index {
	uint32_t of[INDEX_KIND_MAX]; /* how many there are of each kind */
	uint32_t n;		     /* entries in use */
	uint32_t mask;		     /* heads, a power of two, less one */
	uint32_t *heads;	     /* owned: as entry.next */
	struct entry *entries;	     /* owned */
};

static uint32_t key_add(uint32_t key, char byte)
{
	return (key ^ (uint8_t)byte) * KEY_PRIME;
}

/* Of nothing, which stands for the root. */
static uint32_t key_start(enum index_kind kind)
{
	return key_add(KEY_BASE, (char)kind);
}

/* Of the len bytes of a pattern, which name one path; 1 is the root. */
static uint32_t key_of(enum index_kind kind, const char *pattern, size_t len)
{
	uint32_t key = key_start(kind);

	for (size_t i = 0; len > 1 && i < len; i++) {
		/* Before a slash it would stand for itself. */
		if (pattern[i] == '\\' && i + 1 < len && pattern[i + 1] != '/')
			i++;
		key = key_add(key, pattern[i]);
	}
	return key;
}

/* ---- making it ----------------------------------------------------------- */

static void add(struct policy_index *x, enum index_kind kind, uint32_t key,
		size_t rule)
{
	uint32_t *head = &x->heads[key & x->mask];

	x->of[kind]++;
	x->entries[x->n] = (struct entry){key, (uint32_t)rule, *head};
	*head = ++x->n;
}

/* The literal part of what pattern_has_entry_in() asks. */
static size_t literal_above(const char *pattern)
{
	return pattern_is_literal(pattern) ? path_dirlen(pattern)
					   : pattern_literal(pattern);
}

static void add_pattern(struct policy_index *x, const struct policy_rule *r,
			size_t rule, const char *pattern)
{
	enum index_kind kind = r->verb == POLICY_DENY ? INDEX_DENY
						      : INDEX_GRANT;

	if (!pattern)
		return;
	add(x, kind, key_of(kind, pattern, pattern_literal(pattern)), rule);
	if (r->verb == POLICY_REMOVE || r->path.create)
		add(x, INDEX_CHANGE,
		    key_of(INDEX_CHANGE, pattern, literal_above(pattern)),
		    rule);
}

static void add_rule(struct policy_index *x, const struct policy *p,
		     size_t rule)
{
	const struct policy_rule *r = &p->rules[rule];

	if (r->verb > POLICY_DENY) {
		add(x, INDEX_NET, key_start(INDEX_NET), rule);
		return;
	}
	add_pattern(x, r, rule, r->path.pattern);
	add_pattern(x, r, rule, r->path.resolved);
}

/* As many heads as rules at least: a chain has a few entries. */
static int make_room(struct policy_index *x, size_t nrules)
{
	size_t heads = 1;

	while (heads < nrules)
		heads *= 2;
	x->mask = (uint32_t)heads - 1;
	x->heads = calloc(heads, sizeof(*x->heads));
	x->entries = calloc(ENTRIES_PER_RULE * (nrules + 1),
			    sizeof(*x->entries));
	return x->heads && x->entries ? 0 : -ENOMEM;
}

int index_make(struct policy *p)
{
	struct policy_index *x = calloc(1, sizeof(*x));

	if (!x || make_room(x, p->nrules) < 0) {
		index_free(x);
		return -ENOMEM;
	}
	for (size_t i = 0; i < p->nrules; i++)
		add_rule(x, p, i);
	p->index = index_free(p->index);
	p->index = x;
	return 0;
}

struct policy_index *index_free(struct policy_index *x)
{
	if (!x)
		return NULL;
	free(x->heads);
	free(x->entries);
	free(x);
	return NULL;
}

/* ---- walking ------------------------------------------------------------- */

struct index_walk index_walk(const struct policy *p, enum index_kind kind,
			     const char *path)
{
	const struct policy_index *x = p->index;
	struct index_walk w = {.p = p, .rest = "", .key = key_start(kind)};

	if (!x) {
		w.next = 1;
	} else if (x->of[kind] > 0) {
		w.next = x->heads[w.key & x->mask];
		/* The root has no component. */
		w.rest = path[1] == '\0' ? path + 1 : path;
	}
	return w;
}

/* Without an index. */
static const struct policy_rule *next_of_all(struct index_walk *w)
{
	return w->next <= w->p->nrules ? &w->p->rules[w->next++ - 1] : NULL;
}

/* Takes one component more to what is looked under; false at the end. */
static bool extend(struct index_walk *w)
{
	const char *at = w->rest;

	if (*at == '\0')
		return false;
	do
		w->key = key_add(w->key, *at++);
	while (*at != '\0' && *at != '/');
	w->rest = at;
	w->next = w->p->index->heads[w->key & w->p->index->mask];
	return true;
}

const struct policy_rule *index_next(struct index_walk *w)
{
	if (!w->p->index)
		return next_of_all(w);
	do {
		while (w->next) {
			const struct entry *e =
				&w->p->index->entries[w->next - 1];

			w->next = e->next;
			if (e->key == w->key)
				return &w->p->rules[e->rule];
		}
	} while (extend(w));
	return NULL;
}
