/* SPDX-License-Identifier: ISC */
/*
 * Runs the tables tests/policies/X.expect, each a policy, a line "---", and
 * what the policy is expected to decide; tests/policies/README says how such
 * lines are written.  Each of them is a test of its own.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "path.h"
#include "policy/match.h"
#include "support/paths.h"
#include "support/scratch.h"

TestSuite(policy_tables, .timeout = 10);

#define _cleanup_policy_ __attribute__((cleanup(policy_freep)))

/* A case travels to another process: no pointers. */
struct place {
	char file[BOUND_PATH];
	unsigned line;
};

/* One case, cut into words. */
struct expectation {
	const struct place *place;
	const struct policy *policy;
	char text[2 * BOUND_PATH];
	char room[4 * BOUND_PATH]; /* what the words lie in */
	char *words[8];
	size_t nwords;
	unsigned by; /* the line of "by LINE", 0: not given */
};

/* As a reader of the source tree calls it. */
static const char *shown(const char *file)
{
	const char *name = strstr(file, "tests/policies/");

	return name ? name : file;
}

#define wrong(e, ...)                                                    \
	do {                                                             \
		char why_[2 * BOUND_PATH];                               \
		(void)snprintf(why_, sizeof(why_), __VA_ARGS__);         \
		cr_assert_fail("%s:%u: %s: %s", shown((e)->place->file), \
			       (e)->place->line, (e)->text, why_);       \
	} while (0)

/* ---- reading tables ----------------------------------------------------- */

/* The table's text; *ret_cases is where its policy ends. */
static char *read_table(const char *file, char **ret_cases)
{
	char *text = scratch_read(file);
	char *rule;

	cr_assert_not_null(text, "%s: cannot be read", shown(file));
	rule = strstr(text, "\n---\n");
	cr_assert_not_null(rule, "%s: has no line ---", shown(file));
	*ret_cases = rule + strlen("\n---\n");
	return text;
}

static size_t count_lines(const char *from, const char *to)
{
	size_t n = 0;

	for (; from < to; from++)
		n += *from == '\n';
	return n;
}

static bool is_case(const char *line)
{
	line += strspn(line, " \t");
	return *line != '\n' && *line != '\0' && *line != '#';
}

static const char *next_line(const char *line)
{
	line += strcspn(line, "\n");
	return *line ? line + 1 : line;
}

/* Appends the table's cases, where there is room; returns how many it has. */
static size_t list_cases(const char *file, struct place *to)
{
	char *cases;
	char *text = read_table(file, &cases);
	unsigned line = (unsigned)count_lines(text, cases) + 1;
	size_t n = 0;

	for (const char *at = cases; *at; at = next_line(at), line++) {
		if (!is_case(at))
			continue;
		if (to) {
			(void)snprintf(to[n].file, sizeof(to[n].file), "%s",
				       file);
			to[n].line = line;
		}
		n++;
	}
	free(text);
	return n;
}

static void find_tables(glob_t *ret)
{
	const char *tables = paths_source("tests/policies/*.expect");

	cr_assert_eq(glob(tables, 0, NULL, ret), 0, "no tables");
}

ParameterizedTestParameters(policy_tables, decides_as_expected)
{
	struct place *cases;
	size_t n = 0;
	glob_t tables;

	find_tables(&tables);
	for (size_t i = 0; i < tables.gl_pathc; i++)
		n += list_cases(tables.gl_pathv[i], NULL);
	cases = cr_malloc(n * sizeof(*cases));
	n = 0;
	for (size_t i = 0; i < tables.gl_pathc; i++)
		n += list_cases(tables.gl_pathv[i], cases + n);
	globfree(&tables);
	return cr_make_param_array(struct place, cases, n, NULL);
}

/* ---- reading a case ----------------------------------------------------- */

static int hex(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Copies a word, with \xHH and {N} read, and steps over it. */
static char *take_word(struct expectation *e, const char **at, char *to)
{
	const char *s = *at;

	while (*s && !strchr(" \t\n", *s)) {
		char *end = to;
		long count = 1;
		char c = *s++;

		if (c == '\\' && *s == 'x') {
			if (hex(s[1]) < 0 || hex(s[2]) < 0)
				wrong(e, "expected two hex digits at %s", s);
			c = (char)(hex(s[1]) * 16 + hex(s[2]));
			s += 3;
		}
		if (*s == '{') {
			count = strtol(s + 1, &end, 10);
			if (*end != '}' || count < 0 || count > 2 * BOUND_PATH)
				wrong(e, "expected a count at %s", s);
			s = end + 1;
		}
		if (to + count >= e->room + sizeof(e->room))
			wrong(e, "too long");
		memset(to, c, (size_t)count);
		to += count;
	}
	*to++ = '\0';
	*at = s;
	return to;
}

static void cut_words(struct expectation *e)
{
	const char *at = e->text;
	char *to = e->room;

	for (at += strspn(at, " \t"); *at; at += strspn(at, " \t")) {
		if (e->nwords == sizeof(e->words) / sizeof(e->words[0]))
			wrong(e, "too many words");
		e->words[e->nwords++] = to;
		to = take_word(e, &at, to);
	}
	if (e->nwords > 2 && strcmp(e->words[e->nwords - 2], "by") == 0) {
		e->by = (unsigned)strtoul(e->words[e->nwords - 1], NULL, 10);
		e->nwords -= 2;
	}
	if (e->nwords < 3)
		wrong(e, "too few words");
}

static void read_case(struct expectation *e, const char *table)
{
	size_t len;

	for (unsigned line = 1; line < e->place->line; line++)
		table = next_line(table);
	len = strcspn(table, "\n");
	if (len >= sizeof(e->text))
		wrong(e, "too long");
	memcpy(e->text, table, len);
	e->text[len] = '\0';
	cut_words(e);
}

static struct policy *read_policy(const char *file, const char *text,
				  size_t len)
{
	struct policy_note err = POLICY_NOTE_INIT;
	struct policy *p = NULL;

	cr_assert_eq(policy_new("table", &p), 0);
	cr_assert_eq(policy_parse(p, file, text, len, NULL, &err), 0,
		     "%s:%u:%u: %s", shown(file), err.line, err.column,
		     err.text);
	return p;
}

/* ---- rights ------------------------------------------------------------- */

static const struct {
	const char *name;
	unsigned bit;
} rights[] = {
	{"read", RIGHT_READ},	  {"write", RIGHT_WRITE},
	{"append", RIGHT_APPEND}, {"remove", RIGHT_REMOVE},
	{"list", RIGHT_LIST},	  {"stat", RIGHT_STAT},
	{"create", RIGHT_CREATE},
};

#define NRIGHTS (sizeof(rights) / sizeof(rights[0]))

/* "read,write" or "none"; with_stat: what brings stat need not name it. */
static unsigned parse_rights(struct expectation *e, const char *word,
			     bool with_stat)
{
	unsigned bits = 0;

	if (strcmp(word, "none") == 0)
		return 0;
	while (*word) {
		size_t len = strcspn(word, ",");
		size_t i = 0;

		while (i < NRIGHTS && (strlen(rights[i].name) != len ||
				       strncmp(rights[i].name, word, len) != 0))
			i++;
		if (i == NRIGHTS)
			wrong(e, "no right: %s", word);
		bits |= rights[i].bit;
		word += len + (word[len] == ',');
	}
	return bits && with_stat ? bits | RIGHT_STAT : bits;
}

static const char *print_rights(unsigned bits)
{
	static char buf[128];
	size_t len = 0;

	for (size_t i = 0; i < NRIGHTS; i++)
		if (bits & rights[i].bit)
			len += (size_t)snprintf(buf + len, sizeof(buf) - len,
						"%s%s", len ? "," : "",
						rights[i].name);
	return len ? buf : "none";
}

/* As the helper does it: what is not a clean path has no right. */
static struct policy_grant judge(struct expectation *e, const char *path)
{
	char clean[BOUND_PATH];
	bool dir;

	if (path_clean(path, clean, &dir) < 0)
		return (struct policy_grant){0};
	return policy_judge(e->policy, clean);
}

static void expect_by(struct expectation *e, const struct policy_rule *r)
{
	unsigned line = r ? r->line : 0;

	if (e->by && line != e->by)
		wrong(e, "it is by line %u", line);
}

/* ---- what a case may say ------------------------------------------------ */

static void allow_path(struct expectation *e)
{
	unsigned want = parse_rights(e, e->words[1], false);
	struct policy_grant g = judge(e, e->words[2]);

	if (want & ~g.rights)
		wrong(e, "the rights are %s", print_rights(g.rights));
	expect_by(e, policy_grant_rule(&g, want));
}

/* Without "by", it is denied because nothing allows it. */
static void deny_path(struct expectation *e)
{
	unsigned want = parse_rights(e, e->words[1], false);
	struct policy_grant g = judge(e, e->words[2]);

	if (want & g.rights)
		wrong(e, "the rights are %s", print_rights(g.rights));
	if (!e->by && g.deny)
		wrong(e, "it is denied by line %u", g.deny->line);
	expect_by(e, g.deny);
}

static const struct policy_rule *judge_other(struct expectation *e)
{
	int verb = policy_verb_of(e->words[1]);
	char text[BOUND_PATH];
	struct net_addr a;

	if (verb == POLICY_RAW || verb == POLICY_PACKET)
		return policy_judge_name(
			e->policy, (enum policy_verb)verb, e->words[2],
			e->nwords > 3 ? (uint16_t)strtoul(e->words[3], NULL, 0)
				      : 0);
	if (e->nwords < 4)
		wrong(e, "expected a kind and an address");
	(void)snprintf(text, sizeof(text), "%s %s", e->words[2], e->words[3]);
	if (net_addr_parse(text, &a) < 0)
		return NULL;
	return policy_judge_net(e->policy, (enum policy_verb)verb, &a);
}

static bool is_path_case(struct expectation *e)
{
	return policy_verb_of(e->words[1]) < POLICY_LISTEN;
}

static void check_allow(struct expectation *e)
{
	const struct policy_rule *r;

	if (is_path_case(e)) {
		allow_path(e);
		return;
	}
	r = judge_other(e);
	if (!r)
		wrong(e, "it is denied");
	expect_by(e, r);
}

static void check_deny(struct expectation *e)
{
	const struct policy_rule *r;

	if (is_path_case(e)) {
		deny_path(e);
		return;
	}
	r = judge_other(e);
	if (r)
		wrong(e, "it is allowed by line %u", r->line);
}

static void check_rights(struct expectation *e)
{
	struct policy_grant g = judge(e, e->words[1]);

	if (parse_rights(e, e->words[2], true) != g.rights)
		wrong(e, "the rights are %s", print_rights(g.rights));
}

static void check_create(struct expectation *e)
{
	struct policy_grant g = judge(e, e->words[1]);

	if (!g.create)
		wrong(e, "it may not be made");
	if (g.create->path.mode != strtoul(e->words[2], NULL, 8))
		wrong(e, "the mode is %#o", g.create->path.mode);
	expect_by(e, g.create);
}

static void check_uniform(struct expectation *e)
{
	unsigned got = 0;
	bool uniform = policy_uniform(e->policy, e->words[1], &got);

	if (strcmp(e->words[2], "no") == 0) {
		if (uniform)
			wrong(e, "it is, with %s", print_rights(got));
		return;
	}
	if (!uniform)
		wrong(e, "it is not uniform");
	if (parse_rights(e, e->words[2], true) != got)
		wrong(e, "the rights are %s", print_rights(got));
}

static void check_change(struct expectation *e)
{
	bool expected = strcmp(e->words[2], "yes") == 0;

	if (policy_may_change(e->policy, e->words[1]) != expected)
		wrong(e, "it is the other way round");
}

static void check_clean(struct expectation *e)
{
	char clean[BOUND_PATH] = "";
	bool dir = false;
	int r = path_clean(e->words[1], clean, &dir);
	const char *got = r < 0 ? strerrorname_np(-r) : clean;
	bool expect_dir = e->nwords > 3 && strcmp(e->words[3], "dir") == 0;

	if (strcmp(got, e->words[2]) != 0)
		wrong(e, "it is %s", got);
	if (dir != expect_dir)
		wrong(e, "%s", dir ? "a directory is asked for" : "no dir");
}

static const struct {
	const char *name;
	void (*check)(struct expectation *e);
} checks[] = {
	{"allow", check_allow},	    {"deny", check_deny},
	{"rights", check_rights},   {"create", check_create},
	{"uniform", check_uniform}, {"change", check_change},
	{"clean", check_clean},
};

/* The lines stay as they are, so that `by` means the same. */
static void reverse(struct policy *p)
{
	for (size_t i = 0; i < p->nrules / 2; i++) {
		struct policy_rule *other = &p->rules[p->nrules - 1 - i];
		struct policy_rule r = p->rules[i];

		p->rules[i] = *other;
		*other = r;
	}
}

static void check(struct expectation *e)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if (strcmp(checks[i].name, e->words[0]) == 0) {
			checks[i].check(e);
			return;
		}
	}
	wrong(e, "no such check");
}

ParameterizedTest(struct place *place, policy_tables, decides_as_expected)
{
	char *cases;
	char *table = read_table(place->file, &cases);
	_cleanup_policy_ struct policy *p = read_policy(
		place->file, table, (size_t)(cases - table) - strlen("---\n"));
	struct expectation e = {.place = place, .policy = p};

	read_case(&e, table);
	check(&e);
	/* The order of rules decides nothing. */
	reverse(p);
	check(&e);
	free(table);
}
