/* SPDX-License-Identifier: ISC */
#include "policy/resolve.h"

#include <string.h>

#include "path.h"
#include "policy/lex.h"
#include "policy/pattern.h"
#include "policy/print.h"

/* Each rule is compared with each other. */
#define COMPARED_MAX 2048

/* ---- rules that another swallows ---------------------------------------- */

/* All that the pattern small covers is covered by large, for certain. */
static bool pattern_swallows(const char *large, const char *small, bool entry)
{
	char path[BOUND_PATH];

	if (strcmp(large, small) == 0)
		return true;
	pattern_literal_path(small, path);
	if (!pattern_is_literal(small))
		return pattern_covers_tree(large, path);
	return entry ? pattern_covers_entry(large, path)
		     : pattern_covers(large, path);
}

/* A deny covers what lies beneath, too. */
static bool deny_swallows(const char *deny, const char *small)
{
	char path[BOUND_PATH];

	pattern_literal_path(small, path);
	return pattern_covers_within(deny, path);
}

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned rest = bits % 8;

	return memcmp(a, b, bits / 8) == 0 &&
	       (rest == 0 || (a[bits / 8] ^ b[bits / 8]) >> (8 - rest) == 0);
}

static bool range_swallows(const struct net_range *large,
			   const struct net_range *small)
{
	if (large->kind != small->kind || large->family != small->family)
		return false;
	if (large->family == AF_UNIX)
		return pattern_swallows(large->path, small->path, false);
	return large->scope == small->scope && large->prefix <= small->prefix &&
	       same_bits(large->addr, small->addr, large->prefix) &&
	       large->port_low <= small->port_low &&
	       large->port_high >= small->port_high;
}

static bool gives_stat(enum policy_verb v)
{
	return v == POLICY_READ || v == POLICY_WRITE || v == POLICY_APPEND ||
	       v == POLICY_LIST;
}

/*
 * Whether two patterns can have a path in common, by the text before the first
 * star: of most pairs in a long policy this is all that is looked at.
 */
static bool may_meet(const char *a, const char *b)
{
	static const char ends[] = "*\\"; /* and its NUL */

	while (*a == *b && !strchr(ends, *a)) {
		a++;
		b++;
	}
	return strchr(ends, *a) || strchr(ends, *b);
}

static bool path_rule_swallows(const struct policy_rule *large,
			       const struct policy_rule *small)
{
	const char *pattern = large->path.pattern;

	if (!may_meet(pattern, small->path.pattern))
		return false;
	if (large->verb == POLICY_DENY)
		return deny_swallows(pattern, small->path.pattern);
	if (small->verb == POLICY_STAT && gives_stat(large->verb))
		return pattern_swallows(pattern, small->path.pattern, false);
	/* The more specific rule's options count. */
	return large->verb == small->verb &&
	       pattern_swallows(pattern, small->path.pattern,
				large->verb == POLICY_REMOVE) &&
	       print_same_options(large, small);
}

/* Without small, the policy would answer the same. */
static bool swallows(const struct policy_rule *large,
		     const struct policy_rule *small)
{
	if (large->path.pattern && small->path.pattern)
		return path_rule_swallows(large, small);
	if (large->verb != small->verb)
		return false;
	if (large->net.name)
		return strcmp(large->net.name, small->net.name) == 0 &&
		       print_same_options(large, small);
	return range_swallows(&large->net.range, &small->net.range) &&
	       print_same_options(large, small);
}

static void warn_swallowed(struct resolver *rs, size_t nth)
{
	const struct policy *p = rs->p;
	const struct policy_rule *r = &p->rules[nth];

	for (size_t i = 0; i < p->nrules; i++) {
		const struct policy_rule *by = &p->rules[i];

		/* Of two that swallow each other, the later is too much. */
		if (i == nth || !swallows(by, r) ||
		    (i > nth && swallows(r, by)))
			continue;
		resolve_warn(rs, r,
			     by->verb == POLICY_DENY && r->verb != POLICY_DENY
				     ? "%s:%u denies all of it"
				     : "%s:%u says as much already",
			     p->sources[by->source], by->line);
		return;
	}
}

/* ---- places ------------------------------------------------------------- */

/* The pattern that the helper comes to, its links followed. */
static const char *form(const struct policy_rule *r)
{
	return r->path.resolved ?: r->path.pattern;
}

static void warn_place(struct resolver *rs, const struct policy_rule *r,
		       const char *dir, const char *why)
{
	const char *pattern = form(r);
	bool within = path_within(pattern, dir);

	if (within || pattern_reaches(pattern, dir))
		resolve_warn(rs, r, "'%s' %s %s, where %s",
			     lex_quote(pattern).text,
			     within ? "lies in" : "reaches into", dir, why);
}

/*
 * Whoever can make a file there, or choose which one to change, can make
 * programs of root's do what they like.
 */
static void warn_trusted(struct resolver *rs, const struct policy_rule *r)
{
	static const char *const trees[] = {"/etc",   "/usr",  "/bin",
					    "/sbin",  "/lib",  "/lib32",
					    "/lib64", "/boot", "/root"};

	if (!r->path.create && pattern_is_literal(form(r)))
		return;
	for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
		if (!pattern_reaches(form(r), trees[i]))
			continue;
		resolve_warn(rs, r,
			     "the worker can %s files in %s, which the system "
			     "trusts",
			     r->path.create ? "make" : "change", trees[i]);
		return;
	}
}

static void warn_path(struct resolver *rs, const struct policy_rule *r)
{
	if (r->verb == POLICY_WRITE || r->verb == POLICY_APPEND)
		warn_trusted(rs, r);
	if (r->verb == POLICY_READ && r->path.types & POLICY_DIR)
		resolve_warn(rs, r,
			     "a directory that is handed out shows every name "
			     "in it, those that deny covers too");
	if (r->verb == POLICY_DENY || r->verb == POLICY_STAT)
		return;
	warn_place(rs, r, "/dev", "a name can be a device");
	warn_place(rs, r, "/proc", "a file can tell what the kernel keeps");
}

/* ---- append-only that is not -------------------------------------------- */

/* By the names that were written, or by where they lead. */
static bool covers(const struct policy_rule *large,
		   const struct policy_rule *small)
{
	return pattern_swallows(large->path.pattern, small->path.pattern,
				false) ||
	       pattern_swallows(form(large), form(small), false);
}

static void warn_void_append(struct resolver *rs, const struct policy_rule *r)
{
	const struct policy *p = rs->p;

	for (size_t i = 0; r->verb == POLICY_APPEND && i < p->nrules; i++) {
		const struct policy_rule *by = &p->rules[i];
		bool all;

		if (by->verb != POLICY_WRITE || !by->path.pattern ||
		    !r->path.pattern)
			continue;
		all = covers(by, r);
		if (!all && !covers(r, by))
			continue;
		resolve_warn(rs, r,
			     "%s:%u lets the worker write %s too: "
			     "append-only is void%s",
			     p->sources[by->source], by->line,
			     all ? "it" : "a part of it", all ? "" : " there");
		return;
	}
}

/* ---- the rest ----------------------------------------------------------- */

static void warn_weak(struct resolver *rs, const struct policy_rule *r)
{
	if (r->verb == POLICY_PACKET)
		resolve_warn(rs, r,
			     "a packet socket is raw access: it can send any "
			     "frame, to any interface");
	if (r->verb == POLICY_RAW)
		resolve_warn(rs, r,
			     "a raw socket can send any %s message to anybody",
			     r->net.name);
	if (r->verb == POLICY_BIND && r->net.range.kind == NET_UDP)
		resolve_warn(rs, r,
			     "bind limits what is received: datagrams can be "
			     "sent to anybody");
	/* sendto(2) may name another than the peer of connect(2). */
	if (r->verb == POLICY_CONNECT && r->net.range.kind == NET_UDP)
		resolve_warn(rs, r,
			     "connect limits what is received: datagrams can "
			     "be sent to anybody");
	if (r->net.range.kind == NET_UNIX_DGRAM)
		resolve_warn(rs, r,
			     "datagrams can be sent to every socket that the "
			     "worker's user may write to");
}

void resolve_warn_rules(struct resolver *rs)
{
	const struct policy *p = rs->p;

	for (size_t i = 0; i < p->nrules; i++) {
		warn_weak(rs, &p->rules[i]);
		if (p->rules[i].path.pattern)
			warn_path(rs, &p->rules[i]);
	}
	for (size_t i = 0; p->nrules <= COMPARED_MAX && i < p->nrules; i++) {
		warn_void_append(rs, &p->rules[i]);
		warn_swallowed(rs, i);
	}
}
