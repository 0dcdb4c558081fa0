/* SPDX-License-Identifier: ISC */
/*
 * KEY=VALUE: which key goes where, and what its value may be.
 */
#include "policy/values.h"

#include <errno.h>
#include <limits.h>
#include <linux/if_ether.h>
#include <string.h>

/* ---- what each key sets ------------------------------------------------- */

static int set_create(struct parser *ps, const struct lex_word *w,
		      struct policy_rule *r)
{
	r->path.create = true;
	return value_mode(ps, w, &r->path.mode);
}

static int set_owner(struct parser *ps, const struct lex_word *w,
		     struct policy_rule *r)
{
	return value_owner(ps, w,
			   r->path.pattern ? &r->path.owner : &r->net.owner);
}

static int set_type(struct parser *ps, const struct lex_word *w,
		    struct policy_rule *r)
{
	return value_types(ps, w, &r->path.types);
}

static int set_backlog(struct parser *ps, const struct lex_word *w,
		       struct policy_rule *r)
{
	uint64_t n = 0;
	int ret = value_count(ps, w, UINT16_MAX, &n);

	r->net.backlog = (unsigned)n;
	return ret;
}

static int set_reuseport(struct parser *ps, const struct lex_word *w,
			 struct policy_rule *r)
{
	uint64_t n = 0;
	int ret = value_count(ps, w, BOUND_REUSEPORT, &n);

	r->net.reuseport = (unsigned)n;
	return ret;
}

static int set_v6only(struct parser *ps, const struct lex_word *w,
		      struct policy_rule *r)
{
	bool only = true;
	int ret = value_switch(ps, w, &only);

	r->net.dual = !only;
	return ret;
}

static int set_transparent(struct parser *ps, const struct lex_word *w,
			   struct policy_rule *r)
{
	return value_switch(ps, w, &r->net.transparent);
}

static int set_freebind(struct parser *ps, const struct lex_word *w,
			struct policy_rule *r)
{
	return value_switch(ps, w, &r->net.freebind);
}

static int set_device(struct parser *ps, const struct lex_word *w,
		      struct policy_rule *r)
{
	return parse_interface(ps, w, &r->net.device);
}

static int set_mark(struct parser *ps, const struct lex_word *w,
		    struct policy_rule *r)
{
	r->net.mark_set = true;
	return value_code(ps, w, 0, UINT32_MAX, &r->net.mark);
}

static int set_rcvbuf(struct parser *ps, const struct lex_word *w,
		      struct policy_rule *r)
{
	uint64_t n = 0;
	/* The kernel doubles it, as an int. */
	int ret = value_count(ps, w, INT_MAX / 2, &n);

	r->net.rcvbuf = (uint32_t)n;
	return ret;
}

static int set_mode(struct parser *ps, const struct lex_word *w,
		    struct policy_rule *r)
{
	r->net.mode_set = true;
	return value_mode(ps, w, &r->net.mode);
}

static int set_priority(struct parser *ps, const struct lex_word *w,
			struct policy_rule *r)
{
	r->net.priority_set = true;
	return value_code(ps, w, 0, INT_MAX, &r->net.priority);
}

static int set_proto(struct parser *ps, const struct lex_word *w,
		     struct policy_rule *r)
{
	uint32_t n = 0;
	int ret = value_code(ps, w, 1, UINT16_MAX, &n);

	if (ret == 0 && n == ETH_P_ALL)
		ret = parse_expected(ps, w, "one protocol: %d stands for all",
				     ETH_P_ALL);
	r->net.protocol = (uint16_t)n;
	return ret;
}

/* ---- the table ---------------------------------------------------------- */

/* What a rule is about, where a key is for a part of a verb's rules only. */
enum object {
	OBJECT_OTHER = 1u << 0,
	OBJECT_IPV4 = 1u << 1,
	OBJECT_IPV6 = 1u << 2,
	OBJECT_UNIX = 1u << 3,

	OBJECT_INET = OBJECT_IPV4 | OBJECT_IPV6,
	OBJECT_ALL = 0xf,
};

#define READ	(1u << POLICY_READ)
#define WRITE	(1u << POLICY_WRITE)
#define APPEND	(1u << POLICY_APPEND)
#define LISTEN	(1u << POLICY_LISTEN)
#define BIND	(1u << POLICY_BIND)
#define CONNECT (1u << POLICY_CONNECT)
#define PACKET	(1u << POLICY_PACKET)

static const struct option {
	const char *key;
	unsigned verbs;
	unsigned objects;
	int (*set)(struct parser *ps, const struct lex_word *w,
		   struct policy_rule *r);
} options[] = {
	{"create", WRITE | APPEND, OBJECT_ALL, set_create},
	{"type", READ | WRITE | APPEND, OBJECT_ALL, set_type},
	{"owner", READ | WRITE | APPEND | LISTEN | BIND,
	 OBJECT_UNIX | OBJECT_OTHER, set_owner},
	{"mode", LISTEN | BIND, OBJECT_UNIX, set_mode},
	{"backlog", LISTEN, OBJECT_ALL, set_backlog},
	{"reuseport", LISTEN, OBJECT_INET, set_reuseport},
	{"v6only", LISTEN | BIND, OBJECT_IPV6, set_v6only},
	{"freebind", LISTEN | BIND, OBJECT_INET, set_freebind},
	{"transparent", LISTEN | BIND, OBJECT_INET, set_transparent},
	{"device", LISTEN | BIND | CONNECT, OBJECT_INET, set_device},
	{"mark", LISTEN | BIND | CONNECT, OBJECT_INET, set_mark},
	{"rcvbuf", LISTEN | BIND | CONNECT, OBJECT_INET, set_rcvbuf},
	{"proto", PACKET, OBJECT_ALL, set_proto},
	{"priority", PACKET, OBJECT_ALL, set_priority},
};

#define NOPTIONS (sizeof(options) / sizeof(options[0]))

static unsigned object_of(const struct policy_rule *r)
{
	switch (r->net.range.family) {
	case AF_INET:
		return OBJECT_IPV4;
	case AF_INET6:
		return OBJECT_IPV6;
	case AF_UNIX:
		return OBJECT_UNIX;
	}
	return OBJECT_OTHER;
}

static const char *objects_name(unsigned objects)
{
	if (objects == OBJECT_IPV6)
		return "an IPv6 address";
	return objects == OBJECT_INET ? "an internet address" : "a unix socket";
}

/* "a=, b= or c=" */
static void join(const char *const *keys, size_t n, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < n && len < size; i++) {
		const char *glue = i + 1 < n ? ", " : " or ";

		len += (size_t)snprintf(buf + len, size - len,
					"%s%s=", i > 0 ? glue : "", keys[i]);
	}
}

static int unknown_key(struct parser *ps, const struct lex_word *w,
		       const char *const *keys, size_t n)
{
	const char *nearest = parse_nearest(w->key, keys, n);
	char expected[256];

	if (n == 0)
		return parse_fail(
			ps, w->column, "found '%s=', expected no key with %s",
			lex_quote(w->key).text, ps->lex.words[0].text);
	if (nearest)
		join(&nearest, 1, expected, sizeof(expected));
	else
		join(keys, n, expected, sizeof(expected));
	return parse_fail(ps, w->column, "found '%s=', expected %s",
			  lex_quote(w->key).text, expected);
}

static int unknown_option(struct parser *ps, const struct lex_word *w,
			  enum policy_verb verb)
{
	const char *keys[NOPTIONS];
	size_t n = 0;

	for (size_t i = 0; i < NOPTIONS; i++)
		if (options[i].verbs & (1u << verb))
			keys[n++] = options[i].key;
	return unknown_key(ps, w, keys, n);
}

/* The nth word is KEY=VALUE, and no earlier one has that key. */
static int check_key(struct parser *ps, size_t nth)
{
	const struct lex_word *words = ps->lex.words;
	const struct lex_word *w = &words[nth];

	if (!w->key)
		return parse_expected(ps, w,
				      "KEY=VALUE or the end of the line");
	for (size_t i = 0; i < nth; i++)
		if (words[i].key && strcmp(words[i].key, w->key) == 0)
			return parse_fail(ps, w->column,
					  "found a second '%s=', expected one",
					  lex_quote(w->key).text);
	return 0;
}

static int set_option(struct parser *ps, const struct lex_word *w,
		      const struct option *o, size_t first)
{
	bool fits = false;

	for (size_t i = first; i < ps->p->nrules; i++) {
		struct policy_rule *rule = &ps->p->rules[i];
		int r;

		if (!(object_of(rule) & o->objects))
			continue;
		fits = true;
		r = o->set(ps, w, rule);
		if (r < 0)
			return r;
	}
	if (fits)
		return 0;
	return parse_fail(ps, w->column,
			  "found '%s=', expected it only with %s", o->key,
			  objects_name(o->objects));
}

static int parse_option(struct parser *ps, const struct lex_word *w,
			size_t first)
{
	enum policy_verb verb = ps->p->rules[first].verb;

	for (size_t i = 0; i < NOPTIONS; i++)
		if ((options[i].verbs & (1u << verb)) &&
		    strcmp(options[i].key, w->key) == 0)
			return set_option(ps, w, &options[i], first);
	return unknown_option(ps, w, verb);
}

int parse_options(struct parser *ps, size_t nth, size_t first)
{
	int r = 0;

	for (; r == 0 && nth < ps->lex.nwords; nth++) {
		r = check_key(ps, nth);
		if (r == 0)
			r = parse_option(ps, &ps->lex.words[nth], first);
	}
	return r;
}

/* ---- limit -------------------------------------------------------------- */

static int set_limit(struct parser *ps, const struct lex_word *w)
{
	static const char *const keys[] = {"requests", "fds", "channels"};
	struct policy_limits *limits = &ps->p->limits;
	uint64_t *values[] = {&limits->requests, &limits->fds,
			      &limits->channels};

	for (size_t i = 0; i < 3; i++) {
		if (strcmp(w->key, keys[i]) != 0)
			continue;
		/* On an earlier line. */
		if (*values[i])
			return parse_fail(ps, w->column,
					  "found a second '%s=', expected one",
					  keys[i]);
		return value_count(ps, w, UINT32_MAX, values[i]);
	}
	return unknown_key(ps, w, keys, 3);
}

int parse_limit(struct parser *ps)
{
	int r = 0;

	if (ps->lex.nwords < 2)
		return parse_fail(ps, ps->lex.end_column,
				  "found the end of the line, expected "
				  "requests=, fds= or channels=");
	ps->p->limits.source = ps->source;
	ps->p->limits.line = ps->lex.line;
	for (size_t i = 1; r == 0 && i < ps->lex.nwords; i++) {
		r = check_key(ps, i);
		if (r == 0)
			r = set_limit(ps, &ps->lex.words[i]);
	}
	return r;
}
