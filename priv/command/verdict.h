/* SPDX-License-Identifier: ISC */
/*
 * What a policy says about one thing that a worker might ask for, and why.
 */
#ifndef COMMAND_VERDICT_H
#define COMMAND_VERDICT_H

#include <stdbool.h>

#include "own.h"
#include "policy/policy.h"

struct verdict {
	bool allowed;
	/* The rule that allows or denies, NULL where there is none. */
	const struct policy_rule *rule;
	/* rename: the rule that allows the new name. */
	const struct policy_rule *target;
	char why[160];		    /* where no rule says it; else "" */
	char hint[BOUND_PATH + 64]; /* the line that would allow it, or "" */
};

/*
 * Judges "VERB OBJECT...": argv is those n words, as `wicket explain` has
 * them.  0, or -EINVAL and *ret_expected what would have been right.
 */
_must_use_ int verdict_of(const struct policy *p, const char *const *argv,
			  size_t n, struct verdict *ret,
			  const char **ret_expected);

#endif
