/* SPDX-License-Identifier: ISC */
#include "policy/resolve.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>

#define DEFAULT_HELPER "_wicket"

static int fail(struct resolver *rs, unsigned source, unsigned line,
		unsigned column, int error, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
static int fail(struct resolver *rs, unsigned source, unsigned line,
		unsigned column, int error, const char *fmt, ...)
{
	const struct policy *p = rs->p;
	const char *name = source < p->nsources ? p->sources[source] : p->name;
	va_list ap;

	va_start(ap, fmt);
	policy_note_vset(rs->err, name, line, column, fmt, ap);
	va_end(ap);
	return error;
}

/* Where a name stands, for messages. */
struct place {
	unsigned source;
	unsigned line;
	unsigned column;
};

static struct place place_of(const struct policy_who *who)
{
	return (struct place){who->source, who->line, who->column};
}

static int missing(struct resolver *rs, struct place at, const char *what,
		   const char *name)
{
	return fail(rs, at.source, at.line, at.column, -ENOENT,
		    "found the %s '%s', expected one that exists", what, name);
}

static bool is_number(const char *text)
{
	return text[0] && text[strspn(text, "0123456789")] == '\0';
}

/* The parser has seen to it that it fits. */
static uint32_t number(const char *text)
{
	return (uint32_t)strtoul(text, NULL, 10);
}

static int find_group(struct resolver *rs, struct place at, const char *name,
		      gid_t *ret)
{
	const struct group *gr;

	if (is_number(name)) {
		*ret = number(name);
		return 0;
	}
	gr = getgrnam(name);
	if (!gr)
		return missing(rs, at, "group", name);
	*ret = gr->gr_gid;
	return 0;
}

/* ---- worker and helper -------------------------------------------------- */

/* 0, or -ENOENT for a name that is nobody's. */
static int find_user(const char *name, struct policy_who *who,
		     const struct passwd **ret)
{
	*ret = is_number(name) ? getpwuid(number(name)) : getpwnam(name);
	if (!*ret && !is_number(name))
		return -ENOENT;
	who->uid = *ret ? (*ret)->pw_uid : number(name);
	who->gid = *ret ? (*ret)->pw_gid : who->uid;
	return 0;
}

static int too_many_groups(struct resolver *rs, struct place at)
{
	return fail(rs, at.source, at.line, at.column, -E2BIG,
		    "found a user in more groups, expected at most %d",
		    BOUND_GROUPS);
}

/* The groups that the user is in, by the group database. */
static int own_groups(struct resolver *rs, struct place at,
		      const struct passwd *pw, struct policy_who *who)
{
	gid_t groups[BOUND_GROUPS + 1];
	int n = BOUND_GROUPS + 1;

	if (!pw)
		return 0;
	if (getgrouplist(pw->pw_name, who->gid, groups, &n) < 0)
		return too_many_groups(rs, at);
	for (int i = 0; i < n; i++)
		if (groups[i] != who->gid)
			who->groups_id[who->ngroups++] = groups[i];
	return 0;
}

/* The groups that the policy writes: the first, and the supplementary ones. */
static int written_groups(struct resolver *rs, struct place at,
			  struct policy_who *who)
{
	_cleanup_free_ char *text = strdup(who->groups);
	char *rest = text;
	const char *name;
	int r;

	if (!text)
		return -ENOMEM;
	r = find_group(rs, at, strsep(&rest, ","), &who->gid);
	while (r == 0 && (name = strsep(&rest, ","))) {
		if (who->ngroups == BOUND_GROUPS)
			return too_many_groups(rs, at);
		r = find_group(rs, at, name, &who->groups_id[who->ngroups]);
		who->ngroups += r == 0;
	}
	return r;
}

static int look_up(struct resolver *rs, struct place at, const char *name,
		   struct policy_who *who)
{
	const struct passwd *pw = NULL;
	int r = 0;

	/* Then the database has no more to tell, and it may be slow to ask. */
	if (is_number(name) && who->groups)
		who->uid = number(name);
	else
		r = find_user(name, who, &pw);
	if (r < 0)
		return r;
	who->ngroups = 0;
	r = who->groups ? written_groups(rs, at, who)
			: own_groups(rs, at, pw, who);
	who->known = r == 0;
	/* -ENOENT is the user's own. */
	return r == -ENOENT ? -ESRCH : r;
}

/* By name, which is how they are known; 0 is root's whatever it is called. */
static const struct {
	const char *name;
	const char *gives;
} strong_groups[] = {
	{"root", "owns files of the system"},
	{"shadow", "reads the passwords' hashes"},
	{"disk", "reads and writes every disk"},
	{"kmem", "reads the kernel's memory"},
	{"sudo", "becomes root"},
	{"wheel", "becomes root"},
	{"docker", "becomes root"},
	{"lxd", "becomes root"},
};

static void warn_group(struct resolver *rs, const struct policy_who *who,
		       gid_t gid)
{
	const struct policy_rule at = {.source = who->source,
				       .line = who->line,
				       .column = who->column};
	const struct group *gr = gid ? getgrgid(gid) : NULL;
	const char *name = gid == 0 ? "root" : gr ? gr->gr_name : "";

	for (size_t i = 0; i < sizeof(strong_groups) / sizeof(strong_groups[0]);
	     i++)
		if (strcmp(name, strong_groups[i].name) == 0)
			resolve_warn(rs, &at,
				     "the worker is in the group '%s', which "
				     "%s",
				     name, strong_groups[i].gives);
}

static void warn_groups(struct resolver *rs, const struct policy_who *who)
{
	warn_group(rs, who, who->gid);
	for (size_t i = 0; i < who->ngroups; i++)
		if (who->groups_id[i] != who->gid)
			warn_group(rs, who, who->groups_id[i]);
}

static int find_worker(struct resolver *rs)
{
	struct policy_who *who = &rs->p->worker;
	struct place at = place_of(who);
	int r;

	if (!who->user)
		return fail(rs, 0, 0, 0, -ENOENT,
			    "found no worker line, expected 'worker USER'");
	r = look_up(rs, at, who->user, who);
	if (r == -ENOENT)
		return missing(rs, at, "user", who->user);
	if (r == 0 && who->uid == 0)
		return fail(rs, at.source, at.line, at.column, -EPERM,
			    "found '%s', which is root, expected a worker "
			    "without privilege",
			    who->user);
	if (r == 0 && rs->warnings)
		warn_groups(rs, who);
	return r;
}

static int missing_helper(struct resolver *rs, struct place at,
			  const char *name, bool written)
{
	return fail(rs, at.source, at.line, at.column, -ENOENT,
		    "found no user '%s', expected %s", name,
		    written ? "one that exists (systemd-sysusers makes it)"
			    : "a line 'helper USER', or that user to exist "
			      "(systemd-sysusers makes it)");
}

static int find_helper(struct resolver *rs)
{
	struct policy_who *who = &rs->p->helper;
	struct place at = place_of(who);
	const char *name = who->user ? who->user : DEFAULT_HELPER;
	int r = look_up(rs, at, name, who);

	if (r == -ENOENT)
		return missing_helper(rs, at, name, who->user);
	if (r < 0)
		return r;
	if (who->uid == 0)
		return fail(rs, at.source, at.line, at.column, -EPERM,
			    "found '%s', which is root, expected a helper "
			    "with a user of its own",
			    name);
	if (who->uid == rs->p->worker.uid)
		return fail(rs, at.source, at.line, at.column, -EPERM,
			    "found '%s', which is the worker, expected a "
			    "helper with a user of its own",
			    name);
	if (!who->user)
		resolve_warn(rs, NULL,
			     "no helper line: the helper runs as %s, which "
			     "other policies share",
			     DEFAULT_HELPER);
	return 0;
}

/* An ordinary user can only be itself. */
static int be_caller(struct resolver *rs, struct policy_who *who)
{
	gid_t groups[BOUND_GROUPS + 1];
	int n = getgroups(BOUND_GROUPS + 1, groups);

	if (n < 0)
		return fail(rs, 0, 0, 0, -E2BIG,
			    "found more groups of the caller, expected at "
			    "most %d",
			    BOUND_GROUPS);
	who->uid = geteuid();
	who->gid = getegid();
	who->ngroups = 0;
	for (int i = 0; i < n && who->ngroups < BOUND_GROUPS; i++)
		if (groups[i] != who->gid)
			who->groups_id[who->ngroups++] = groups[i];
	who->known = true;
	return 0;
}

/* ---- owners ------------------------------------------------------------- */

static int find_owner(struct resolver *rs, struct place at,
		      struct policy_owner *o)
{
	_cleanup_free_ char *text = strdup(o->text);
	struct policy_who who = {.uid = rs->p->worker.uid};
	const struct passwd *pw;
	char *group = text;
	const char *user;
	int r = 0;

	if (!text)
		return -ENOMEM;
	user = strsep(&group, ":");
	if (strcmp(user, "%worker") != 0)
		r = find_user(user, &who, &pw);
	if (r < 0)
		return missing(rs, at, "user", user);
	o->uid = who.uid;
	return group ? find_group(rs, at, group, &o->gid) : 0;
}

static int resolve_owner(struct resolver *rs, const struct policy_rule *r,
			 struct policy_owner *o)
{
	struct place at = {r->source, r->line, r->column};

	o->uid = rs->p->worker.uid;
	o->gid = (gid_t)-1;
	/* Without privilege nothing can be given away. */
	return o->text && rs->privileged ? find_owner(rs, at, o) : 0;
}

static int resolve_owners(struct resolver *rs)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < rs->p->nrules; i++) {
		struct policy_rule *rule = &rs->p->rules[i];

		r = resolve_owner(rs, rule, &rule->path.owner);
		if (r == 0)
			r = resolve_owner(rs, rule, &rule->net.owner);
	}
	return r;
}

int resolve_ids(struct resolver *rs)
{
	int r;

	r = rs->privileged ? find_worker(rs) : be_caller(rs, &rs->p->worker);
	if (r == 0)
		r = rs->privileged ? find_helper(rs)
				   : be_caller(rs, &rs->p->helper);
	if (r == 0)
		r = resolve_owners(rs);
	return r == -ESRCH ? -ENOENT : r;
}
