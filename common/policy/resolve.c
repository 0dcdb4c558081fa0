/* SPDX-License-Identifier: ISC */
#include "policy/resolve.h"

#include <errno.h>
#include <string.h>

#include "policy/lex.h"
#include "policy/index.h"
#include "policy/pattern.h"

/* ---- messages ----------------------------------------------------------- */

static const char *source_of(const struct policy *p, unsigned source)
{
	return source < p->nsources ? p->sources[source] : p->name;
}

void resolve_warn(struct resolver *rs, const struct policy_rule *r,
		  const char *fmt, ...)
{
	struct policy_note note = POLICY_NOTE_INIT;
	va_list ap;

	if (!rs->warnings)
		return;
	va_start(ap, fmt);
	policy_note_vset(&note, source_of(rs->p, r ? r->source : 0),
			 r ? r->line : 0, r ? r->column : 0, fmt, ap);
	va_end(ap);
	/* One warning too many is no failure. */
	if (policy_notes_add(rs->warnings, note.source, note.line, note.column,
			     "%s", note.text) < 0)
		return;
}

static int fail(struct resolver *rs, const struct policy_rule *r, int error,
		const char *fmt, ...) __attribute__((format(printf, 4, 5)));
static int fail(struct resolver *rs, const struct policy_rule *r, int error,
		const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	policy_note_vset(rs->err, source_of(rs->p, r->source), r->line,
			 r->column, fmt, ap);
	va_end(ap);
	return error;
}

/* ---- patterns and paths ------------------------------------------------- */

static bool is_special(char c)
{
	return c == '\\' || c == '*';
}

size_t resolve_escaped(const char *path, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		len += is_special(path[i]) ? 2 : 1;
	return len;
}

static char *put_escaped(char *to, const char *path)
{
	for (; *path; path++) {
		if (is_special(*path))
			*to++ = '\\';
		*to++ = *path;
	}
	return to;
}

char *resolve_rejoin(const char *path, const char *pattern)
{
	const char *rest = pattern + pattern_literal(pattern);
	char *joined = malloc(2 * strlen(path) + strlen(rest) + 2);
	char *to = joined;

	if (!joined)
		return NULL;
	/* The root is the one path whose slash is its own. */
	if (strcmp(path, "/") != 0)
		to = put_escaped(to, path);
	if (*rest != '/' && (*rest || to == joined))
		*to++ = '/';
	memcpy(to, rest, strlen(rest) + 1);
	return joined;
}

/* ---- one rule ----------------------------------------------------------- */

static bool may_be_absent(const struct policy_rule *r)
{
	return r->path.create || r->verb == POLICY_REMOVE ||
	       r->verb == POLICY_DENY || r->verb == POLICY_LISTEN ||
	       r->verb == POLICY_BIND;
}

static int untrusted(struct resolver *rs, const struct policy_rule *r,
		     const struct follow *f)
{
	/* Denied by its name it is all the same, and so is where it leads. */
	if (r->verb == POLICY_DENY) {
		resolve_warn(rs, r,
			     "'%s' is a link that others than root can change: "
			     "it is not followed",
			     lex_quote(f->where).text);
		return 0;
	}
	return fail(rs, r, -EPERM,
		    "found the link '%s' where others than root can change it, "
		    "or this policy's own create= and remove, expected none",
		    lex_quote(f->where).text);
}

static void warn_of_walk(struct resolver *rs, const struct policy_rule *r,
			 const struct follow *f, bool literal)
{
	const struct lex_quoted where = lex_quote(f->where);

	if (f->end == FOLLOW_ABSENT &&
	    !(f->last && literal && may_be_absent(r)))
		resolve_warn(rs, r, "'%s' does not exist", where.text);
	if (f->end == FOLLOW_UNSEEN)
		resolve_warn(rs, r, "'%s' cannot be looked at: %s", where.text,
			     strerror(f->error));
	if (f->end == FOLLOW_PROCFS)
		resolve_warn(rs, r,
			     "'%s' leads into a process: it is always refused",
			     where.text);
}

static void warn_of_file(struct resolver *rs, const struct policy_rule *r,
			 const struct follow *f)
{
	if (f->end == FOLLOW_FOUND && f->writable && rs->privileged &&
	    r->verb != POLICY_DENY && r->verb != POLICY_STAT)
		resolve_warn(rs, r, "the worker can write to '%s' anyway",
			     lex_quote(f->where).text);
	if (*f->workers && rs->privileged && r->path.owner.set &&
	    r->path.owner.uid == 0)
		resolve_warn(rs, r,
			     "owner=root takes every file of root's that the "
			     "worker moves or links into '%s'",
			     lex_quote(f->workers).text);
}

static int check_walk(struct resolver *rs, const struct policy_rule *r,
		      const struct follow *f)
{
	if (f->end == FOLLOW_UNTRUSTED)
		return untrusted(rs, r, f);
	if (f->end == FOLLOW_LOOP)
		return fail(rs, r, -ELOOP,
			    "found more links at '%s', expected at most %d",
			    lex_quote(f->where).text, BOUND_LINKS);
	if (f->end == FOLLOW_TOO_LONG)
		return fail(rs, r, -ENAMETOOLONG,
			    "found a path too long behind the link '%s', "
			    "expected less than %d bytes",
			    lex_quote(f->where).text, BOUND_PATH);
	if (f->end == FOLLOW_RETURNS)
		return fail(rs, r, -EINVAL,
			    "found the link '%s' into a directory and out "
			    "again, expected no .. behind a name",
			    lex_quote(f->where).text);
	return 0;
}

/* What is removed or made is the name itself, whatever it may be a link to. */
static bool means_name(const struct policy_rule *r, bool literal)
{
	return literal && (r->verb == POLICY_REMOVE ||
			   r->verb == POLICY_LISTEN || r->verb == POLICY_BIND);
}

static int keep_resolved(struct resolver *rs, const struct policy_rule *r,
			 const char *pattern, const char *path, const char *led,
			 char **resolved)
{
	_cleanup_free_ char *joined = NULL;

	if (strcmp(path, led) != 0) {
		joined = resolve_rejoin(led, pattern);
		if (!joined)
			return -ENOMEM;
	}
	if (joined && strlen(joined) >= BOUND_PATH)
		return fail(rs, r, -ENAMETOOLONG,
			    "found a path too long, its links followed, "
			    "expected less than %d bytes",
			    BOUND_PATH);
	free(*resolved);
	*resolved = take_ptr(&joined);
	return 0;
}

/* Walks along the literal part of a rule's pattern, of a file or a socket. */
static int resolve_links(struct resolver *rs, const struct policy_rule *r,
			 const char *pattern, char **resolved, struct follow *f)
{
	const bool literal = pattern_is_literal(pattern);
	char path[BOUND_PATH];
	int ret;

	pattern_literal_path(pattern, path);
	follow(rs, path, !means_name(r, literal), f);
	ret = check_walk(rs, r, f);
	if (ret == 0)
		ret = keep_resolved(rs, r, pattern, path, f->path, resolved);
	if (ret == 0)
		warn_of_walk(rs, r, f, literal);
	return ret;
}

static int resolve_path(struct resolver *rs, struct policy_rule *r)
{
	struct follow f;
	int ret = resolve_links(rs, r, r->path.pattern, &r->path.resolved, &f);

	if (ret < 0)
		return ret;
	r->path.trusted = resolve_escaped(f.path, f.trusted);
	warn_of_file(rs, r, &f);
	return 0;
}

static int look_at(struct resolver *rs, struct policy_rule *r)
{
	struct follow f;

	if (r->path.pattern)
		return resolve_path(rs, r);
	if (r->net.range.family != AF_UNIX || r->net.range.path[0] != '/')
		return 0;
	return resolve_links(rs, r, r->net.range.path, &r->net.resolved, &f);
}

/* ---- all ---------------------------------------------------------------- */

static int add_changer(struct policy *to, const struct policy_rule *r)
{
	struct policy_rule *copy;
	int ret = policy_rule_add(to, &copy);

	if (ret < 0)
		return ret;
	copy->verb = r->verb;
	copy->path.create = r->path.create;
	copy->path.pattern = strdup(r->path.pattern);
	if (r->path.resolved)
		copy->path.resolved = strdup(r->path.resolved);
	return copy->path.pattern && !copy->path.resolved == !r->path.resolved
		       ? 0
		       : -ENOMEM;
}

static int find_changers(const struct policy *p, struct policy **ret)
{
	__attribute__((cleanup(policy_freep))) struct policy *to = NULL;
	int r = policy_new(p->name, &to);

	for (size_t i = 0; r == 0 && i < p->nrules; i++) {
		const struct policy_rule *rule = &p->rules[i];

		if (rule->verb == POLICY_REMOVE || rule->path.create)
			r = add_changer(to, rule);
	}
	if (r == 0)
		r = index_make(to);
	if (r == 0)
		*ret = take_ptr(&to);
	return r;
}

static int look_at_all(struct resolver *rs)
{
	__attribute__((cleanup(policy_freep))) struct policy *changers = NULL;
	int ret = find_changers(rs->p, &changers);

	rs->changers = changers;
	for (size_t i = 0; ret == 0 && i < rs->p->nrules; i++)
		ret = look_at(rs, &rs->p->rules[i]);
	rs->changers = NULL;
	return ret;
}

int policy_resolve(struct policy *p, struct policy_notes *warnings,
		   struct policy_note *err)
{
	struct resolver rs = {
		.p = p,
		.warnings = warnings,
		.err = err,
		.privileged = geteuid() == 0,
	};
	struct resolver quiet = rs;
	int r = resolve_twice(p, err);

	if (r == 0)
		r = resolve_ids(&rs);
	/*
	 * Which links may be followed depends on what the other rules let the
	 * worker change, and that on where their links lead: hence twice.
	 */
	quiet.warnings = NULL;
	if (r == 0)
		r = look_at_all(&quiet);
	if (r == 0)
		r = look_at_all(&rs);
	if (r == 0 && warnings)
		resolve_warn_rules(&rs);
	if (r == -ENOMEM)
		policy_note_set(err, source_of(p, 0), 0, 0, "out of memory");
	return r;
}
