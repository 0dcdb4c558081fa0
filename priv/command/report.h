/* SPDX-License-Identifier: ISC */
/*
 * What `wicket check` found, as text and as JSON.
 */
#ifndef COMMAND_REPORT_H
#define COMMAND_REPORT_H

#include <stdio.h>

#include "own.h"
#include "plan.h"
#include "plan_landlock.h"
#include "policy/policy.h"

struct report_check {
	const char *name;	     /* as asked for */
	const struct policy *policy; /* NULL where there is an error */
	const struct plan *plan;     /* of the policy, and its locks */
	const struct plan_landlock *landlock;
	const struct policy_notes *warnings;
	const struct policy_note *error; /* or NULL */
	bool privileged;		 /* identities would change */
};

/* The policy with the plan in comments; only for one without error. */
_must_use_ int report_text(const struct report_check *c, FILE *to);

/* {"policy", "rules", "plan", "worker", "warnings", "errors"} and newline. */
_must_use_ int report_json(const struct report_check *c, FILE *to);

#endif
