/* SPDX-License-Identifier: ISC */
/*
 * The helper's locks as plain data, made from a resolved policy by pure
 * functions: what `wicket check` prints is what the supervisor applies.
 *
 * Today a plan is the identity and the capabilities.  The Landlock ruleset and
 * the seccomp program of the helper are to be members here, made and printed
 * in the same way.
 */
#ifndef COMMON_PLAN_H
#define COMMON_PLAN_H

#include <stdint.h>

#include <linux/capability.h>

#include "policy/policy.h"

#define PLAN_CAP(cap) (UINT64_C(1) << (cap))

/* All that a plan can ask for. */
#define PLAN_CAPS                                                  \
	(PLAN_CAP(CAP_CHOWN) | PLAN_CAP(CAP_DAC_OVERRIDE) |        \
	 PLAN_CAP(CAP_DAC_READ_SEARCH) | PLAN_CAP(CAP_NET_ADMIN) | \
	 PLAN_CAP(CAP_NET_BIND_SERVICE) | PLAN_CAP(CAP_NET_RAW))

struct plan {
	uint64_t caps; /* 1 << CAP_x: what the helper keeps */
	uid_t uid;     /* the helper's */
	gid_t gid;
	size_t ngroups; /* the groups that owner= names, the helper's own */
	gid_t groups[BOUND_GROUPS];
	uid_t fsuid; /* the worker's */
	gid_t fsgid;
};

/* Never fails for a resolved policy; -E2BIG for too many groups. */
_must_use_ int plan_make(const struct policy *p, struct plan *ret);

/* "dac_read_search,net_bind_service", "none" for 0: 0 or -ENOSPC. */
_must_use_ int plan_caps_print(uint64_t caps, char *buf, size_t size);

#endif
