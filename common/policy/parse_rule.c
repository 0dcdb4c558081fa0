/* SPDX-License-Identifier: ISC */
#include "policy/parse.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "policy/net.h"
#include "policy/pattern.h"

/* ---- paths -------------------------------------------------------------- */

/* A component as it is written, with its escapes. */
struct component {
	const char *at;
	size_t len;
};

static bool is(struct component c, const char *what)
{
	return strlen(what) == c.len && memcmp(c.at, what, c.len) == 0;
}

/* The next component at or behind *at, which is left behind it. */
static bool next_component(const char **at, struct component *ret)
{
	*at += strspn(*at, "/");
	ret->at = *at;
	ret->len = strcspn(*at, "/");
	*at += ret->len;
	return ret->len > 0;
}

static size_t unescaped_len(struct component c)
{
	size_t n = 0;

	for (size_t i = 0; i < c.len; i++, n++)
		if (c.at[i] == '\\')
			i++;
	return n;
}

static bool has_two_stars(struct component c)
{
	for (size_t i = 0; i + 1 < c.len; i++) {
		if (c.at[i] == '\\')
			i++;
		else if (c.at[i] == '*' && c.at[i + 1] == '*')
			return true;
	}
	return false;
}

static int check_component(struct parser *ps, const struct lex_word *w,
			   struct component c)
{
	if (is(c, ".."))
		return parse_expected(ps, w, "a path without ..");
	if (unescaped_len(c) > BOUND_COMPONENT)
		return parse_expected(ps, w,
				      "names of at most %d bytes in a path",
				      BOUND_COMPONENT);
	if (has_two_stars(c) && !is(c, "**"))
		return parse_expected(ps, w,
				      "** only as a whole name between "
				      "slashes");
	return 0;
}

/* A deny with a slash behind would else deny less than it seems to. */
static int check_end(struct parser *ps, const struct lex_word *w,
		     const char *text, const char *clean)
{
	size_t len = strlen(text);
	bool slash = text[len - 1] == '/' ||
		     (len > 1 && strcmp(text + len - 2, "/.") == 0);
	struct lex_quoted path;

	if (!slash || strcmp(clean, "/") == 0)
		return 0;
	path = lex_quote(clean);
	if (strlen(clean) > 2 && strcmp(clean + strlen(clean) - 3, "/**") == 0)
		return parse_expected(ps, w, "'%s'", path.text);
	return parse_expected(
		ps, w, "'%s' for it alone or '%s/**' for all beneath too",
		path.text, path.text);
}

/* Takes // and /./ out of the pattern text, in place. */
static int clean_pattern(struct parser *ps, const struct lex_word *w,
			 char *text)
{
	_cleanup_free_ char *clean = strdup(text);
	const char *at = text;
	struct component c;
	size_t len = 0;
	int r;

	if (!clean)
		return -ENOMEM;
	if (text[0] != '/')
		return parse_expected(ps, w, "a path that begins with /");
	while (next_component(&at, &c)) {
		if (is(c, "."))
			continue;
		r = check_component(ps, w, c);
		if (r < 0)
			return r;
		clean[len++] = '/';
		memcpy(clean + len, c.at, c.len);
		len += c.len;
	}
	if (len == 0)
		clean[len++] = '/';
	clean[len] = '\0';
	if (len >= BOUND_PATH)
		return parse_expected(ps, w, "a path of less than %d bytes",
				      BOUND_PATH);
	r = check_end(ps, w, text, clean);
	if (r == 0)
		memcpy(text, clean, len + 1);
	return r;
}

static int parse_path(struct parser *ps, const struct lex_word *w,
		      struct policy_rule *rule)
{
	int r = parse_pattern_text(ps, w, &rule->path.pattern);

	if (r < 0)
		return r;
	rule->path.types = POLICY_FILE;
	return clean_pattern(ps, w, rule->path.pattern);
}

/* ---- addresses and names ------------------------------------------------ */

static int expected_address(struct parser *ps, const struct lex_word *w,
			    const char *text, const char *expected,
			    const char *at)
{
	struct lex_word rest = *w;

	/* The column is known where the text is as it was written. */
	if (strcmp(text, w->text) != 0)
		return parse_expected(ps, w, "%s", expected);
	rest.text = at;
	rest.text_column += (unsigned)(at - text);
	if (*at == '\0')
		return parse_fail(ps, rest.text_column,
				  "found the end of the address, expected %s",
				  expected);
	return parse_expected(ps, &rest, "%s", expected);
}

static int parse_address(struct parser *ps, const struct lex_word *kind,
			 const struct lex_word *w, struct policy_rule *rule)
{
	bool any = rule->verb == POLICY_CONNECT;
	_cleanup_free_ char *text = NULL;
	const char *expected, *at;
	int r = parse_pattern_text(ps, w, &text);

	if (r < 0)
		return r;
	if (text[0] == '/') {
		r = clean_pattern(ps, w, text);
		if (r < 0)
			return r;
	}
	r = net_range_parse(kind->text, text, any, &rule->net.range, &expected,
			    &at);
	if (r < 0)
		return expected_address(ps, w, text, expected, at);
	return 0;
}

static int parse_raw(struct parser *ps, const struct lex_word *w,
		     struct policy_rule *rule)
{
	if (strcmp(w->text, "icmp") != 0 && strcmp(w->text, "icmp6") != 0)
		return parse_expected(ps, w, "icmp or icmp6");
	rule->net.name = strdup(w->text);
	return rule->net.name ? 0 : -ENOMEM;
}

int parse_interface(struct parser *ps, const struct lex_word *w, char **ret)
{
	_cleanup_free_ char *name = NULL;
	int r = parse_plain_text(ps, w, &name);

	if (r < 0)
		return r;
	/* What the kernel accepts, and no wildcard, which it is not here. */
	if (strlen(name) == 0 || strlen(name) >= IFNAMSIZ ||
	    strpbrk(name, "/: \t*") || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0)
		return parse_expected(ps, w, "the name of an interface");
	*ret = take_ptr(&name);
	return 0;
}

/* ---- the line ----------------------------------------------------------- */

/* "tcp, udp, unix, ..." as far as the verb takes them. */
static const char *kinds(enum policy_verb verb)
{
	return verb == POLICY_LISTEN
		       ? "tcp, unix, unix:dgram or unix:seqpacket"
		       : "tcp, udp, unix, unix:dgram or unix:seqpacket";
}

static int check_kind(struct parser *ps, enum policy_verb verb)
{
	const struct lex_word *w = &ps->lex.words[1];
	enum net_kind kind;

	if (ps->lex.nwords < 2)
		return parse_fail(ps, ps->lex.end_column,
				  "found the end of the line, expected %s",
				  kinds(verb));
	if (w->key)
		return parse_fail(ps, w->column, "found '%s=', expected %s",
				  lex_quote(w->key).text, kinds(verb));
	kind = net_kind_of(w->text);
	/* What is only bound is said to be bound. */
	if (kind == NET_NONE || (kind == NET_UDP && verb == POLICY_LISTEN))
		return parse_expected(ps, w, "%s", kinds(verb));
	return 0;
}

static bool has_kind(enum policy_verb verb)
{
	return verb == POLICY_LISTEN || verb == POLICY_BIND ||
	       verb == POLICY_CONNECT;
}

static const char *object_name(enum policy_verb verb)
{
	if (has_kind(verb))
		return "an address";
	if (verb == POLICY_RAW)
		return "icmp or icmp6";
	return verb == POLICY_PACKET ? "an interface" : "a path";
}

static int add_object(struct parser *ps, enum policy_verb verb,
		      const struct lex_word *w)
{
	struct policy_rule *rule;
	int r = policy_rule_add(ps->p, &rule);

	if (r == -E2BIG)
		return parse_fail(ps, w->column,
				  "found more rules, expected at most %d",
				  BOUND_POLICY_RULES);
	if (r < 0)
		return r;
	rule->verb = verb;
	rule->source = ps->source;
	rule->line = ps->lex.line;
	rule->column = w->column;
	if (has_kind(verb))
		return parse_address(ps, &ps->lex.words[1], w, rule);
	if (verb == POLICY_RAW)
		return parse_raw(ps, w, rule);
	if (verb == POLICY_PACKET)
		return parse_interface(ps, w, &rule->net.name);
	return parse_path(ps, w, rule);
}

/* A rule without its protocol would be one for all of them. */
static int check_packet(struct parser *ps, const struct policy_rule *rule)
{
	if (rule->verb == POLICY_PACKET && rule->net.protocol == 0)
		return parse_fail(ps, ps->lex.end_column,
				  "found the end of the line, expected proto=");
	return 0;
}

int parse_rule(struct parser *ps, enum policy_verb verb)
{
	const struct lex *l = &ps->lex;
	size_t first = ps->p->nrules;
	size_t nth = 1;
	int r = 0;

	if (has_kind(verb)) {
		r = check_kind(ps, verb);
		nth++;
	}
	for (; r == 0 && nth < l->nwords && !l->words[nth].key; nth++)
		r = add_object(ps, verb, &l->words[nth]);
	if (r < 0)
		return r;
	if (ps->p->nrules == first && nth < l->nwords)
		return parse_fail(
			ps, l->words[nth].column, "found '%s=', expected %s",
			lex_quote(l->words[nth].key).text, object_name(verb));
	if (ps->p->nrules == first)
		return parse_fail(ps, l->end_column,
				  "found the end of the line, expected %s",
				  object_name(verb));
	r = parse_options(ps, nth, first);
	if (r < 0)
		return r;
	return check_packet(ps, &ps->p->rules[first]);
}
