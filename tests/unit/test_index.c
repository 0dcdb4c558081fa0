/* SPDX-License-Identifier: ISC */
/*
 * Every answer with an index is the answer without one, where each question
 * looks at each rule.
 */
#include "policy/index.h"

#include <criterion/criterion.h>
#include <string.h>

#include "policy/match.h"

TestSuite(index, .timeout = 10);

/* So many rules of so many letters: the paths below meet most of them. */
#define NRULES 24
#define TEXT   64

/* Two policies with the same rules; nobody needs to free the rules. */
struct made {
	struct policy plain;
	struct policy indexed;
	struct policy_rule rules[NRULES];
	char texts[2 * NRULES][TEXT];
};

/* Numbers that look random and are the same in every run. */
static uint32_t roll(uint32_t *state, uint32_t sides)
{
	*state = *state * 1664525u + 1013904223u;
	return (*state >> 8) % sides;
}

/* A pattern where stars is true, else a clean path. */
static void random_text(uint32_t *state, bool stars, char buf[TEXT])
{
	static const char *const words[] = {
		"a", "b", "ab", "a", "b", "*", "**", "a*", "\\*", "\\\\",
	};
	uint32_t n = roll(state, 5);
	size_t len = 0;

	for (uint32_t i = 0; i < n; i++)
		len += (size_t)snprintf(buf + len, TEXT - len, "/%s",
					words[roll(state, stars ? 10 : 3)]);
	if (len == 0)
		(void)snprintf(buf, TEXT, "/");
}

/* What is asked for: the words of the patterns as they are, unescaped. */
static void random_path(uint32_t *state, char buf[TEXT])
{
	static const char *const words[] = {"a", "b", "ab", "*", "\\"};
	uint32_t n = roll(state, 6);
	size_t len = 0;

	for (uint32_t i = 0; i < n; i++)
		len += (size_t)snprintf(buf + len, TEXT - len, "/%s",
					words[roll(state, 5)]);
	if (len == 0)
		(void)snprintf(buf, TEXT, "/");
}

static void random_socket(uint32_t *state, struct policy_rule *r)
{
	r->net.range.kind = NET_UNIX;
	r->net.range.family = AF_UNIX;
	random_text(state, true, r->net.range.path);
}

static void random_rule(uint32_t *state, struct made *m, size_t i)
{
	struct policy_rule *r = &m->rules[i];

	r->verb = (enum policy_verb)roll(state, POLICY_CONNECT + 1);
	r->line = (unsigned)i + 1;
	if (r->verb > POLICY_DENY) {
		random_socket(state, r);
		return;
	}
	random_text(state, true, m->texts[2 * i]);
	r->path.pattern = m->texts[2 * i];
	r->path.create = roll(state, 2);
	r->path.types = POLICY_FILE;
	if (roll(state, 4) > 0)
		return;
	random_text(state, true, m->texts[2 * i + 1]);
	r->path.resolved = m->texts[2 * i + 1];
}

static void make(uint32_t *state, struct made *m)
{
	*m = (struct made){.plain.rules = m->rules};
	m->plain.nrules = roll(state, NRULES + 1);
	for (size_t i = 0; i < m->plain.nrules; i++)
		random_rule(state, m, i);
	m->indexed = m->plain;
	cr_assert_eq(index_make(&m->indexed), 0);
	cr_assert_not_null(m->indexed.index);
}

static void drop(struct made *m)
{
	m->indexed.index = index_free(m->indexed.index);
}

/* By their rules and not by their bytes, of which some are padding. */
static void expect_same(const struct policy_grant *a,
			const struct policy_grant *b, const char *path)
{
	cr_assert_eq(a->rights, b->rights, "%s", path);
	cr_assert_eq(a->deny, b->deny, "%s", path);
	cr_assert_eq(a->create, b->create, "%s", path);
	for (unsigned v = 0; v < POLICY_VERB_MAX; v++) {
		cr_assert_eq(a->rule[v], b->rule[v], "%s", path);
		cr_assert_eq(a->types_by[v], b->types_by[v], "%s", path);
	}
}

Test(index, judges_every_path_as_all_rules_do)
{
	unsigned granted = 0, denied = 0;
	uint32_t state = 1;

	for (int round = 0; round < 3000; round++) {
		struct made m;

		make(&state, &m);
		for (int n = 0; n < 50; n++) {
			struct policy_grant a, b;
			char path[TEXT];

			random_path(&state, path);
			a = policy_judge(&m.plain, path);
			b = policy_judge(&m.indexed, path);
			expect_same(&a, &b, path);
			granted += a.rights != 0;
			denied += a.deny != NULL;
		}
		drop(&m);
	}
	cr_assert_gt(granted, 10000, "too few cases to mean anything");
	cr_assert_gt(denied, 10000, "too few cases to mean anything");
}

Test(index, finds_the_directories_that_change_as_all_rules_do)
{
	unsigned changing = 0, constant = 0;
	uint32_t state = 2;

	for (int round = 0; round < 3000; round++) {
		struct made m;

		make(&state, &m);
		for (int n = 0; n < 50; n++) {
			char dir[TEXT];
			bool may;

			random_path(&state, dir);
			may = policy_may_change(&m.plain, dir);
			cr_assert_eq(policy_may_change(&m.indexed, dir), may,
				     "round %d: %s", round, dir);
			changing += may;
			constant += !may;
		}
		drop(&m);
	}
	cr_assert_gt(changing, 10000, "too few cases to mean anything");
	cr_assert_gt(constant, 10000, "too few cases to mean anything");
}

Test(index, judges_every_socket_as_all_rules_do)
{
	unsigned granted = 0;
	uint32_t state = 3;

	for (int round = 0; round < 3000; round++) {
		struct policy_socket a, b;
		struct made m;
		char path[TEXT];

		make(&state, &m);
		random_path(&state, path);
		policy_judge_socket(&m.plain, POLICY_CONNECT, NET_UNIX, path,
				    &a);
		policy_judge_socket(&m.indexed, POLICY_CONNECT, NET_UNIX, path,
				    &b);
		cr_assert_eq(a.rule, b.rule, "round %d: %s", round, path);
		cr_assert_eq(a.deny, b.deny, "round %d: %s", round, path);
		granted += a.rule != NULL;
		drop(&m);
	}
	cr_assert_gt(granted, 100, "too few cases to mean anything");
}

/* What one question looks at, and not how long it takes. */
static unsigned looked_at(const struct policy *p, enum index_kind kind,
			  const char *path)
{
	struct index_walk w = index_walk(p, kind, path);
	unsigned n = 0;

	while (index_next(&w))
		n++;
	return n;
}

static void add_many(struct policy *p, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct policy_rule *r;

		cr_assert_eq(policy_rule_add(p, &r), 0);
		r->verb = i % 3 ? POLICY_READ : POLICY_DENY;
		r->path.create = i % 2;
		cr_assert_geq(asprintf(&r->path.pattern, "/srv/%u/%s", i,
				       i % 2 ? "file" : "**"),
			      0);
	}
}

Test(index, looks_at_few_of_many_rules)
{
	struct policy *p = NULL;

	cr_assert_eq(policy_new("many", &p), 0);
	add_many(p, 10000);
	cr_assert_eq(looked_at(p, INDEX_GRANT, "/srv/4/file"), 10000);
	cr_assert_eq(index_make(p), 0);
	for (unsigned i = 0; i < 10000; i++) {
		enum index_kind kind = i % 3 ? INDEX_GRANT : INDEX_DENY;
		char path[64];
		unsigned n;

		(void)snprintf(path, sizeof(path), "/srv/%u/file", i);
		n = looked_at(p, kind, path);
		cr_assert(n >= 1 && n <= 4, "%s: %u", path, n);
	}
	cr_assert_leq(looked_at(p, INDEX_CHANGE, "/srv/7"), 4);
	policy_free(p);
}

Test(index, is_gone_when_a_rule_is_added)
{
	struct policy *p = NULL;
	struct policy_rule *r;

	cr_assert_eq(policy_new("grows", &p), 0);
	add_many(p, 3);
	cr_assert_eq(index_make(p), 0);
	add_many(p, 1);
	cr_assert_null(p->index);
	cr_assert_eq(looked_at(p, INDEX_GRANT, "/"), 4);
	cr_assert_eq(policy_rule_add(p, &r), 0);
	policy_free(p);
}

Test(index, of_no_rules_gives_none)
{
	struct policy p = {.nrules = 0};

	cr_assert_eq(index_make(&p), 0);
	cr_assert_eq(looked_at(&p, INDEX_GRANT, "/a/b"), 0);
	cr_assert_eq(looked_at(&p, INDEX_NET, "/"), 0);
	p.index = index_free(p.index);
	cr_assert_null(p.index);
}
