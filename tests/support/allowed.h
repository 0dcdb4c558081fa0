/* SPDX-License-Identifier: ISC */
/*
 * What a probe (support/probe.h) in the helper's domain must be able to do, and
 * what it may: by the policy, and by the excess of its plan as it is printed.
 */
#ifndef SUPPORT_ALLOWED_H
#define SUPPORT_ALLOWED_H

#include "plan_landlock.h"
#include "support/probe.h"

struct allowed {
	struct scratch *s; /* where the tree is */
	const struct policy *p;
	const struct plan_landlock *plan;
	int version; /* of Landlock */
};

/* The matcher would have the helper do it. */
bool allowed_must_work(const struct allowed *a, const struct probe_try *t);

/* Each right of the kernel's that it takes is in the policy or the excess. */
bool allowed_may_work(const struct allowed *a, const struct probe_try *t);

/* Whether that version of Landlock knows of such a thing at all. */
bool allowed_is_handled(const struct allowed *a, const struct probe_try *t);

#endif
