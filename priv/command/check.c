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

/* Loads and plans: true, or false with the error in *err. */
static bool load(const struct check_options *o, struct policy **ret,
		 struct plan *ret_plan, struct policy_notes *warnings,
		 struct policy_note *err)
{
	if (policy_load(o->policy, o->instance, ret, warnings, err) < 0)
		return false;
	if (plan_make(*ret, ret_plan) == 0)
		return true;
	(void)snprintf(err->source, sizeof(err->source), "%s",
		       (*ret)->sources[0]);
	(void)snprintf(err->text, sizeof(err->text),
		       "owner= names too many groups, expected at most %d",
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
	struct plan plan;
	struct report_check c = {.warnings = &warnings,
				 .privileged = geteuid() == 0};
	int go = parse(argc, argv, &o);
	int status;

	if (go <= 0)
		return -go;
	c.name = o.policy;
	if (load(&o, &policy, &plan, &warnings, &err)) {
		c.policy = policy;
		c.plan = &plan;
	} else {
		c.error = &err;
	}
	status = report(&o, &c);
	if (status != COMMAND_OK || c.error)
		return COMMAND_USAGE;
	return o.strict && warnings.n > 0 ? COMMAND_NO : COMMAND_OK;
}
