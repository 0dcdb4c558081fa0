/* SPDX-License-Identifier: ISC */
#include "command/dropin.h"

#include <ctype.h>
#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "command/protect.h"
#include "command/unitdirs.h"
#include "plan.h"

/* ---- whether it can be --------------------------------------------------- */

static int check_type(const struct unitfile *u, struct policy_note *err)
{
	const struct unitfile_setting *type = unitfile_get(u, "Type");

	if (!type || strcmp(type->value, "oneshot") != 0)
		return 0;
	unitfile_note(type, err,
		      "found Type=oneshot, expected a daemon, which stays");
	return -EINVAL;
}

int dropin_check(struct dropin *d, struct policy_note *err)
{
	const struct unitfile_setting *start = NULL;
	size_t n = unitfile_count(d->unit, "ExecStart", &start);
	const char *why = NULL;
	int r = check_type(d->unit, err);

	if (r < 0 || d->program)
		return r;
	if (n == 0) {
		policy_note_set(err, d->name, 0, 0,
				"found no ExecStart= in its unit, expected "
				"one, or '-- PROGRAM [ARG...]'");
		return -EINVAL;
	}
	if (n > 1) {
		unitfile_note(
			start, err,
			"found a second ExecStart=, expected one program");
		return -EINVAL;
	}
	r = execline_parse(start->value, &d->command, &why);
	if (r < 0)
		unitfile_note(start, err, "ExecStart: %s", why);
	return r;
}

/* ---- what the unit has already ------------------------------------------- */

/* What would keep the supervisor from its work, and what takes it back. */
static const struct {
	const char *key;
	const char *back;
	const char *why;
} undone[] = {
	{"User", "", "root starts the two; the policy's worker line says who"},
	{"Group", "", "the policy's worker line says which"},
	{"SupplementaryGroups", "", "the policy's worker line says which"},
	{"DynamicUser", "no", "the policy's worker line says who"},
	{"PrivateUsers", "no", "worker and helper are users of this machine"},
	{"AmbientCapabilities", "", "the daemon has none"},
	{"SecureBits", "", "root has to have its capabilities"},
	{"PIDFile", "", "the main process is the supervisor"},
};

static void print_undone(const struct unitfile *u, FILE *to)
{
	for (size_t i = 0; i < sizeof(undone) / sizeof(undone[0]); i++) {
		const struct unitfile_setting *s = unitfile_get(u,
								undone[i].key);

		if (!s || (*undone[i].back && unitfile_is_no(s)))
			continue;
		(void)fprintf(to, "# Not %s=%s: %s.\n%s=%s\n", s->key, s->value,
			      undone[i].why, s->key, undone[i].back);
	}
}

/* What stays, and may not do what it did; of: only where this is set too. */
static const struct {
	const char *key;
	const char *of;
	const char *text;
} kept[] = {
	{"ExecStartPre", "User", "runs as root now, where it has no '+'"},
	{"ExecStartPost", "User", "runs as root now, where it has no '+'"},
	{"ExecStop", "User", "runs as root now, where it has no '+'"},
	{"ExecStopPost", "User", "runs as root now, where it has no '+'"},
	{"RuntimeDirectory", "User", "belongs to root now"},
	{"StateDirectory", "User", "belongs to root now"},
	{"CacheDirectory", "User", "belongs to root now"},
	{"LogsDirectory", "User", "belongs to root now"},
	{"RootDirectory", NULL, "wicket and the policy must be in it"},
	{"RootImage", NULL, "wicket and the policy must be in it"},
	{"SystemCallFilter", NULL, "holds for supervisor and helper too"},
	{"RestrictAddressFamilies", NULL,
	 "holds for the helper too, which needs AF_UNIX and those of the "
	 "policy"},
};

static void print_kept(const struct unitfile *u, FILE *to)
{
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		const struct unitfile_setting *s = unitfile_get(u, kept[i].key);

		if (s && (!kept[i].of || unitfile_get(u, kept[i].of)))
			(void)fprintf(to, "# NOTE %s:%u: %s= %s.\n", s->file,
				      s->line, s->key, kept[i].text);
	}
}

static void print_type_note(const struct unitfile *u, FILE *to)
{
	const struct unitfile_setting *type = unitfile_get(u, "Type");

	if (type && strcmp(type->value, "forking") == 0)
		(void)fprintf(to,
			      "# WARNING %s:%u: Type=forking: the program goes "
			      "into the background.\n"
			      "# It must not: give it the option that keeps it "
			      "in the foreground, below.\n",
			      type->file, type->line);
}

/* A signal that the supervisor does not forward ends it, and all with it. */
static void print_signal_note(const struct unitfile *u, FILE *to)
{
	static const char *const forwarded[] = {
		"SIGHUP",  "SIGINT",  "SIGTERM",  "SIGQUIT",
		"SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGCONT"};
	const struct unitfile_setting *s = unitfile_get(u, "KillSignal");

	if (!s)
		return;
	for (size_t i = 0; i < sizeof(forwarded) / sizeof(forwarded[0]); i++)
		if (strcmp(s->value, forwarded[i]) == 0 ||
		    strcmp(s->value, forwarded[i] + strlen("SIG")) == 0)
			return;
	(void)fprintf(to,
		      "# %s:%u: KillSignal=%s is none that the supervisor "
		      "forwards.\nKillSignal=SIGTERM\n",
		      s->file, s->line, s->value);
}

/* ---- how it starts ------------------------------------------------------- */

static void print_run(const struct dropin *d, FILE *to)
{
	bool variables = d->program || !d->command.literal;

	execline_quote(d->wicket, false, to);
	(void)fputs(" run ", to);
	if (d->instance) {
		(void)fputs("--instance ", to);
		execline_quote(d->instance, variables, to);
		(void)fputc(' ', to);
	}
	execline_quote(d->under, variables, to);
	(void)fputs(" -- ", to);
}

static void print_program(char *const *program, FILE *to)
{
	for (; *program; program++) {
		execline_quote(*program, true, to);
		if (program[1])
			(void)fputc(' ', to);
	}
	(void)fputc('\n', to);
}

static void print_start(const struct dropin *d, FILE *to)
{
	const struct execline *e = &d->command;

	if (!d->program && e->full)
		(void)fputs("# Without its '+' or '!': nobody here needs more "
			    "than the bounding set below.\n",
			    to);
	if (!d->full)
		(void)fputs("ExecStart=\n", to);
	(void)fputs("ExecStart=", to);
	if (!d->program && e->ignore)
		(void)fputc('-', to);
	if (!d->program && e->literal)
		(void)fputc(':', to);
	print_run(d, to);
	if (d->program) {
		print_program(d->program, to);
	} else {
		execline_print(e, to);
		(void)fputc('\n', to);
	}
	if (!d->full)
		(void)fputs("ExecReload=\n", to);
	(void)fputs("ExecReload=", to);
	execline_quote(d->wicket, false, to);
	(void)fputs(" reload ", to);
	execline_quote(d->policy->name, true, to);
	(void)fputc('\n', to);
}

static void print_process(const struct dropin *d, FILE *to)
{
	(void)fputs("\n# READY=1 is the worker's to say, by wicket_notify(3).  "
		    "For a daemon that does\n"
		    "# not say it: Type=exec.  The supervisor passes it on; "
		    "nobody else is believed.\n"
		    "Type=notify\nNotifyAccess=main\n",
		    to);
	print_start(d, to);
	(void)fputs("# The supervisor forwards the signal to stop, once.  What "
		    "is left when it has\n"
		    "# ended, or after TimeoutStopSec=, is killed.\n"
		    "KillMode=mixed\n",
		    to);
	print_signal_note(d->unit, to);
	if (!unitfile_get(d->unit, "Restart"))
		(void)fputs("Restart=on-failure\n", to);
	if (!unitfile_get(d->unit, "UMask"))
		(void)fputs("# What the policy makes has the policy's modes; "
			    "this is for the rest.\n"
			    "UMask=0077\n",
			    to);
}

/* ---- what it may --------------------------------------------------------- */

/*
 * An ordinary user's view of a policy has no owners: any but the worker may
 * cost the right to give away.
 */
static uint64_t owner_caps(const struct policy *p)
{
	for (size_t i = 0; i < p->nrules; i++) {
		const char *path = p->rules[i].path.owner.text;
		const char *net = p->rules[i].net.owner.text;

		if ((path && strncmp(path, "%worker", 7) != 0) ||
		    (net && strncmp(net, "%worker", 7) != 0))
			return UINT64_C(1) << CAP_CHOWN;
	}
	return 0;
}

static void print_names(const char *names, FILE *to)
{
	(void)fputs("CAP_", to);
	for (; *names; names++) {
		if (*names == ',')
			(void)fputs(" CAP_", to);
		else
			(void)fputc(toupper((unsigned char)*names), to);
	}
	(void)fputc('\n', to);
}

static int print_caps(const struct dropin *d, FILE *to)
{
	/* To become the two, to hold the helper to its own, to end them. */
	static const uint64_t own = UINT64_C(1) << CAP_KILL |
				    UINT64_C(1) << CAP_SETUID |
				    UINT64_C(1) << CAP_SETGID |
				    UINT64_C(1) << CAP_SETPCAP;
	char names[512];
	struct plan plan;
	int r = plan_make(d->policy, &plan);

	if (r < 0)
		return r;
	if (geteuid() != 0)
		plan.caps |= owner_caps(d->policy);
	if (plan_caps_print(own | plan.caps, names, sizeof(names)) < 0)
		return -ENOSPC;
	(void)fputs("\n# The supervisor's four, to start, end and signal the "
		    "other two, and those that\n"
		    "# this policy gives the helper: when it comes to need "
		    "more, run this again.\n",
		    to);
	if (!d->full)
		(void)fputs("CapabilityBoundingSet=\n", to);
	(void)fputs("CapabilityBoundingSet=", to);
	print_names(names, to);
	(void)fputs("NoNewPrivileges=yes\n", to);
	return 0;
}

static void print_head(const struct dropin *d, FILE *to)
{
	(void)fprintf(to, "# By 'wicket unit%s %s'", d->full ? " --full" : "",
		      d->name);
	if (d->full)
		(void)fprintf(to,
			      ", for /etc/systemd/system/%s.service\n[Unit]\n"
			      "Description=%s, without privilege\n"
			      "Documentation=man:wicket(1)\n"
			      "After=network.target\n",
			      d->name, d->name);
	else
		(void)fprintf(to,
			      ", for\n# "
			      "/etc/systemd/system/%s.service.d/" UNITDIRS_OURS
			      "\n",
			      d->name);
	(void)fputs("\n[Service]\n", to);
}

int dropin_print(const struct dropin *d, FILE *to)
{
	static const struct unitfile none = {.n = 0};
	struct dropin alone = *d;
	int r;

	/* In the place of the packaged unit nothing of it is left. */
	if (d->full)
		alone.unit = &none;
	print_head(d, to);
	print_type_note(d->unit, to);
	print_undone(alone.unit, to);
	print_kept(alone.unit, to);
	print_process(&alone, to);
	if ((r = print_caps(d, to)) < 0)
		return r;
	protect_print(&alone, to);
	if (d->full)
		(void)fputs("\n[Install]\nWantedBy=multi-user.target\n", to);
	return 0;
}
