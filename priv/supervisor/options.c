/* SPDX-License-Identifier: ISC */
#include "supervisor/options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "policy/load.h"

enum option_id {
	OPT_QUIET = 256, /* above every short option */
	OPT_AUDIT,
	OPT_AUDIT_GRANTS,
	OPT_INSTANCE,
	OPT_SYSLOG,
	OPT_CHANNEL,
	OPT_STATUS,
	OPT_POLICY_FD,
	OPT_POLICY_FROM,
	OPT_NAME,
	OPT_PASSRIGHTS,
	OPT_REQUIRE,
	OPT_RESTART,
};

static const struct option run_options[] = {
	{"quiet", no_argument, NULL, OPT_QUIET},
	{"audit", required_argument, NULL, OPT_AUDIT},
	{"audit-grants", no_argument, NULL, OPT_AUDIT_GRANTS},
	{"instance", required_argument, NULL, OPT_INSTANCE},
	{"syslog", required_argument, NULL, OPT_SYSLOG},
	{"policy-from", required_argument, NULL, OPT_POLICY_FROM},
	{"require", required_argument, NULL, OPT_REQUIRE},
	{"restart", required_argument, NULL, OPT_RESTART},
	{0},
};

static const struct option embed_options[] = {
	{"audit", required_argument, NULL, OPT_AUDIT},
	{"audit-grants", no_argument, NULL, OPT_AUDIT_GRANTS},
	{"instance", required_argument, NULL, OPT_INSTANCE},
	{"syslog", required_argument, NULL, OPT_SYSLOG},
	{"require", required_argument, NULL, OPT_REQUIRE},
	{"channel", required_argument, NULL, OPT_CHANNEL},
	{"status", required_argument, NULL, OPT_STATUS},
	{"policy-fd", required_argument, NULL, OPT_POLICY_FD},
	{"name", required_argument, NULL, OPT_NAME},
	{"passrights", no_argument, NULL, OPT_PASSRIGHTS},
	{0},
};

/* The number of a descriptor that is not one of the standard three. */
static int parse_fd(const char *text, int *ret)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno || end == text || *end || n < 3 || n > INT_MAX)
		return -EINVAL;
	*ret = (int)n;
	return 0;
}

static int take_text(int id, const char *arg, struct options *o,
		     struct failure *f)
{
	switch (id) {
	case OPT_AUDIT:
		o->audit = arg;
		return 0;
	case OPT_INSTANCE:
		o->instance = arg;
		return 0;
	case OPT_POLICY_FROM:
		o->policy_from = arg;
		return 0;
	case OPT_NAME:
		o->name = arg;
		return 0;
	default:
		if (strlen(arg) >= sizeof(((struct sockaddr_un *)0)->sun_path))
			return fail(f, -EINVAL, "--syslog %s: too long", arg);
		o->syslog = arg;
		return 0;
	}
}

static int take_fd_option(int id, const char *arg, struct options *o,
			  struct failure *f)
{
	int *to = id == OPT_CHANNEL  ? &o->channel
		  : id == OPT_STATUS ? &o->status
				     : &o->policy_fd;

	if (parse_fd(arg, to) < 0)
		return fail(f, -EINVAL, "'%s': expected a descriptor", arg);
	return 0;
}

static int take_option(int id, const char *arg, struct options *o,
		       struct failure *f)
{
	switch (id) {
	case OPT_QUIET:
		o->quiet = true;
		return 0;
	case OPT_AUDIT_GRANTS:
		o->audit_grants = true;
		return 0;
	case OPT_PASSRIGHTS:
		o->passrights = true;
		return 0;
	case OPT_CHANNEL:
	case OPT_STATUS:
	case OPT_POLICY_FD:
		return take_fd_option(id, arg, o, f);
	case OPT_REQUIRE:
		return require_parse(arg, &o->require, f);
	case OPT_RESTART:
		return restart_parse(arg, &o->restart) < 0
			       ? fail(f, -EINVAL,
				      "--restart %s: expected no, on-failure "
				      "or always",
				      arg)
			       : 0;
	default:
		return take_text(id, arg, o, f);
	}
}

/* POLICY [--] PROGRAM [ARG...] */
static int take_run(char **rest, struct options *o, struct failure *f)
{
	if (!rest[0])
		return fail(f, -EINVAL,
			    "expected a policy; see 'wicket help run'");
	o->policy = *rest++;
	if (o->policy_from && !policy_is_name(o->policy))
		return fail(f, -EINVAL,
			    "'%s': with --policy-from expected a name for the "
			    "policy, which is no file",
			    o->policy);
	if (rest[0] && strcmp(rest[0], "--") == 0)
		rest++;
	else if (rest[0] && rest[0][0] == '-')
		return fail(f, -EINVAL,
			    "'%s' after the policy: options come before it",
			    rest[0]);
	if (!rest[0])
		return fail(f, -EINVAL,
			    "expected a program after the policy; "
			    "see 'wicket help run'");
	o->program = rest;
	return 0;
}

static int take_embed(char **rest, struct options *o, struct failure *f)
{
	bool by_fd = o->policy_fd >= 0;

	o->policy = rest[0];
	if (o->channel < 0 || o->status < 0)
		return fail(f, -EINVAL, "embed needs --channel and --status");
	if (by_fd != !o->policy || by_fd != !!o->name || (rest[0] && rest[1]))
		return fail(f, -EINVAL,
			    "embed needs one policy, or "
			    "--policy-fd and --name");
	return 0;
}

int options_parse(int argc, char **argv, struct options *ret, struct failure *f)
{
	struct options o = {
		.syslog = "/dev/log",
		.channel = -1,
		.status = -1,
		.policy_fd = -1,
	};
	int id, r;

	o.embedded = argc > 1 && strcmp(argv[1], "embed") == 0;
	if (!o.embedded && (argc < 2 || strcmp(argv[1], "run") != 0))
		return fail(f, -EINVAL,
			    "this is started by 'wicket run' or "
			    "wicket_start(), not by hand");
	argc--;
	argv++;
	opterr = 0;
	/* "+": the program's options are its own.  ":": see below. */
	while ((id = getopt_long(argc, argv,
				 "+:", o.embedded ? embed_options : run_options,
				 NULL)) != -1) {
		if (id == ':')
			return fail(f, -EINVAL, "%s: expected an argument",
				    argv[optind - 1]);
		if (id == '?')
			return fail(f, -EINVAL,
				    "%s: no such option; see 'wicket help run'",
				    argv[optind - 1]);
		if ((r = take_option(id, optarg, &o, f)) < 0)
			return r;
	}
	r = o.embedded ? take_embed(argv + optind, &o, f)
		       : take_run(argv + optind, &o, f);
	if (r < 0)
		return r;
	*ret = o;
	return 0;
}
