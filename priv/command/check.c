/* SPDX-License-Identifier: ISC */
#include "command/command.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "command/report.h"
#include "policy/load.h"

struct check_options {
	const char *policy;
	const char *instance;
	bool json;
	bool strict;
};

enum check_option_id {
	OPT_JSON = 256,
	OPT_STRICT,
	OPT_INSTANCE,
	OPT_HELP,
};

/* 1: go on; else the exit status, negated. */
static int parse(int argc, char **argv, struct check_options *o)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, OPT_JSON},
		{"strict", no_argument, NULL, OPT_STRICT},
		{"instance", required_argument, NULL, OPT_INSTANCE},
		{"help", no_argument, NULL, OPT_HELP},
		{0},
	};
	int id;

	opterr = 0;
	while ((id = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		switch (id) {
		case OPT_JSON:
			o->json = true;
			break;
		case OPT_STRICT:
			o->strict = true;
			break;
		case OPT_INSTANCE:
			o->instance = optarg;
			break;
		case OPT_HELP:
		case 'h':
			(void)help_print("check", stdout);
			return -COMMAND_OK;
		default:
			complain_option(id, argv, "check");
			return -COMMAND_USAGE;
		}
	}
	if (optind != argc - 1) {
		complain("check: expected one policy; see 'wicket help check'");
		return -COMMAND_USAGE;
	}
	o->policy = argv[optind];
	return 1;
}

static int report(const struct check_options *o, const struct report_check *c)
{
	int r = 0;

	if (o->json)
		r = report_json(c, stdout);
	else if (c->policy)
		r = report_text(c, stdout);
	if (r < 0) {
		complain("check: %s", strerror(-r));
		return COMMAND_USAGE;
	}
	if (o->json)
		return COMMAND_OK;
	/* After the report, where a terminal shows them last. */
	(void)fflush(stdout);
	for (size_t i = 0; i < c->warnings->n; i++)
		complain_note("warning: ", &c->warnings->v[i]);
	if (c->error)
		complain_note("", c->error);
	return COMMAND_OK;
}

/* Plans: true, or false with the error in *err. */
static bool plan(const struct policy *p, struct plan *ret,
		 struct plan_landlock **ret_landlock, struct policy_note *err)
{
	int r = plan_landlock_make(p, ret_landlock, err);

	if (r == 0 && plan_make(p, ret) == 0)
		return true;
	if (r != -EPERM)
		policy_note_set(err, p->sources[0], 0, 0,
				"owner= names too many groups, or there is no "
				"memory, expected at most %d groups",
				BOUND_GROUPS);
	return false;
}

int command_check(int argc, char **argv)
{
	struct check_options o = {.policy = NULL};
	__attribute__((cleanup(policy_freep))) struct policy *policy = NULL;
	__attribute__((
		cleanup(policy_notes_free))) struct policy_notes warnings = {0};
	struct policy_note err = POLICY_NOTE_INIT;
	__attribute__((cleanup(
		plan_landlock_freep))) struct plan_landlock *landlock = NULL;
	struct plan made;
	struct report_check c = {.warnings = &warnings,
				 .privileged = geteuid() == 0};
	int go = parse(argc, argv, &o);
	int status;

	if (go <= 0)
		return -go;
	c.name = o.policy;
	if (policy_load(o.policy, o.instance, &policy, &warnings, &err) == 0 &&
	    plan(policy, &made, &landlock, &err)) {
		c.policy = policy;
		c.plan = &made;
		c.landlock = landlock;
	} else {
		c.error = &err;
	}
	status = report(&o, &c);
	if (status != COMMAND_OK || c.error)
		return COMMAND_USAGE;
	return o.strict && warnings.n > 0 ? COMMAND_NO : COMMAND_OK;
}
