/* SPDX-License-Identifier: ISC */
/*
 * The helper's locks as `wicket check` shows them, and by what Landlock is
 * wider than the policy.
 */
#ifndef COMMAND_LOCKS_H
#define COMMAND_LOCKS_H

#include <stdio.h>

#include "command/json.h"
#include "plan_landlock.h"

_must_use_ int locks_text(const struct policy *p, const struct plan_landlock *l,
			  FILE *to);

/* "landlock" and "calls", for an object that is open. */
_must_use_ int locks_json(const struct policy *p, const struct plan_landlock *l,
			  struct json *j);

#endif
