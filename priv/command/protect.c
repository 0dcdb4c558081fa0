/* SPDX-License-Identifier: ISC */
#include "command/protect.h"

#include <string.h>

#include "path.h"
#include "policy/pattern.h"

/*
 * Mounts alone.  What is made of seccomp is left out: worker and helper have
 * filters of their own that are narrower, and each more is a cost to each call.
 */
static const struct protection {
	const char *key;
	const char *value;
	bool writes; /* it only takes away the right to change */
	const char *dirs[5];
} protections[] = {
	{"ProtectSystem", "full", true, {"/usr", "/boot", "/efi", "/etc"}},
	{"ProtectHome", "yes", false, {"/home", "/root", "/run/user"}},
	{"PrivateTmp", "yes", false, {"/tmp", "/var/tmp"}},
	{"PrivateDevices", "yes", false, {"/dev"}},
	{"ProtectKernelTunables", "yes", true, {"/proc", "/sys"}},
	{"ProtectControlGroups", "yes", true, {"/sys/fs/cgroup"}},
};

/* ---- what the policy names ----------------------------------------------- */

static bool changes(const struct policy_rule *r)
{
	return r->verb == POLICY_WRITE || r->verb == POLICY_APPEND ||
	       r->verb == POLICY_REMOVE || r->verb == POLICY_LISTEN ||
	       r->verb == POLICY_BIND;
}

/* The rule's path as it was written, NULL for one without. */
static const char *pattern_of(const struct policy_rule *r)
{
	if (r->verb == POLICY_DENY)
		return NULL;
	if (r->path.pattern)
		return r->path.pattern;
	return r->net.range.family == AF_UNIX && r->net.range.path[0] == '/'
		       ? r->net.range.path
		       : NULL;
}

static bool rule_reaches(const struct policy_rule *r, const char *dir)
{
	const char *pattern = pattern_of(r);
	const char *resolved = r->path.resolved ?: r->net.resolved;

	return pattern && (pattern_reaches(pattern, dir) ||
			   (resolved && pattern_reaches(resolved, dir)));
}

bool protect_reaches(const struct policy *p, const char *dir, bool writes)
{
	for (size_t i = 0; i < p->nrules; i++)
		if ((!writes || changes(&p->rules[i])) &&
		    rule_reaches(&p->rules[i], dir))
			return true;
	return false;
}

/* The programs and the policy must not vanish either. */
static bool holds_ours(const struct dropin *d, const char *dir)
{
	const char *program = d->program ? d->program[0] : d->command.at;

	if (*program == '"' || *program == '\'')
		program++;
	if (path_within(d->wicket, dir) ||
	    (strncmp(program, dir, strlen(dir)) == 0 &&
	     program[strlen(dir)] == '/'))
		return true;
	for (size_t i = 0; i < d->policy->nsources; i++)
		if (path_within(d->policy->sources[i], dir))
			return true;
	return false;
}

/* The first of its directories that is in use, or NULL. */
static const char *in_use(const struct dropin *d, const struct protection *p)
{
	for (size_t i = 0; p->dirs[i]; i++)
		if (protect_reaches(d->policy, p->dirs[i], p->writes) ||
		    (!p->writes && holds_ours(d, p->dirs[i])))
			return p->dirs[i];
	return NULL;
}

/* ---- printing ------------------------------------------------------------ */

/* Where a rule changes something, as a directory; one may come twice. */
static void print_writable(const struct policy *p, FILE *to)
{
	for (size_t i = 0; i < p->nrules; i++) {
		const struct policy_rule *r = &p->rules[i];
		const char *pattern = pattern_of(r);
		char path[BOUND_PATH];

		if (!pattern || !changes(r))
			continue;
		pattern_literal_path(pattern, path);
		if (pattern_is_literal(pattern))
			path[path_dirlen(path)] = '\0';
		/* What is not there keeps nothing from starting. */
		(void)fputs("ReadWritePaths=-", to);
		execline_quote(path, false, to);
		(void)fputc('\n', to);
	}
}

static void print_one(const struct dropin *d, const struct protection *p,
		      FILE *to)
{
	const struct unitfile_setting *s = unitfile_get(d->unit, p->key);
	const char *used = in_use(d, p);

	if (!s && !used)
		(void)fprintf(to, "%s=%s\n", p->key, p->value);
	else if (!s)
		(void)fprintf(to, "# No %s=: %s is in use.\n", p->key, used);
	else if (used && !unitfile_is_no(s))
		(void)fprintf(to,
			      "# NOTE %s:%u: %s=%s may be in the way: %s is in "
			      "use.\n",
			      s->file, s->line, s->key, s->value, used);
}

static void print_strict(const struct dropin *d, FILE *to)
{
	const struct unitfile_setting *s = unitfile_get(d->unit,
							"ProtectSystem");

	if (!s || strcmp(s->value, "strict") != 0)
		return;
	(void)fprintf(to,
		      "# %s:%u: ProtectSystem=strict: what the policy changes, "
		      "the audit,\n"
		      "# and the socket for 'wicket status', which others "
		      "share.\n"
		      "ReadWritePaths=-/var/log/wicket\n"
		      "RuntimeDirectory=wicket\n"
		      "RuntimeDirectoryMode=0700\n"
		      "RuntimeDirectoryPreserve=yes\n",
		      s->file, s->line);
	print_writable(d->policy, to);
}

void protect_print(const struct dropin *d, FILE *to)
{
	(void)fputs("# What the policy leaves unused is out of everybody's "
		    "sight, or out of reach.\n",
		    to);
	for (size_t i = 0; i < sizeof(protections) / sizeof(protections[0]);
	     i++)
		print_one(d, &protections[i], to);
	print_strict(d, to);
}
