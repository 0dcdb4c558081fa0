/* SPDX-License-Identifier: ISC */
/*
 * Questions to a policy.  Pure functions: no allocation, no system call, the
 * same answer whatever the order of the rules.  What no rule allows is denied,
 * and deny wins.
 */
#ifndef COMMON_POLICY_MATCH_H
#define COMMON_POLICY_MATCH_H

#include "policy/policy.h"

/* What rules grant on a path; stat comes with any of the first five. */
enum policy_right {
	RIGHT_READ = 1u << 0,
	RIGHT_WRITE = 1u << 1,
	RIGHT_APPEND = 1u << 2,
	RIGHT_REMOVE = 1u << 3,
	RIGHT_LIST = 1u << 4,
	RIGHT_STAT = 1u << 5,
	RIGHT_CREATE = 1u << 6, /* write or append, with create= */
};

/*
 * The rules that decide for one path, the most specific of each: the longest
 * literal part, then the longest pattern, then the smaller text, so that the
 * order of lines does not matter.
 */
struct policy_grant {
	unsigned rights; /* 0 where deny is set */
	unsigned types;	 /* what the granting rules' type= allow, together */
	const struct policy_rule *rule[POLICY_VERB_MAX]; /* by verb, or NULL */
	const struct policy_rule *create;
	const struct policy_rule *deny;
};

/*
 * Judges a path that path_clean() has passed (common/path.h).  A rule covers
 * it by its pattern or by its resolved form.  remove never covers the
 * directory that its own ** stands below.
 */
struct policy_grant policy_judge(const struct policy *p, const char *path);

/*
 * Whether a worker could change names directly inside this directory by what
 * the policy grants: some remove or create rule covers a name in it.
 */
bool policy_may_change(const struct policy *p, const char *dir);

/*
 * The rights that hold for dir and, alike, for every path beneath it, into
 * *ret_rights.  False where the paths beneath do not all have the same: some
 * rule or deny covers a part of them only.
 */
bool policy_uniform(const struct policy *p, const char *dir,
		    unsigned *ret_rights);

/* The rule that allows verb on this address, or NULL; deny has no addresses. */
const struct policy_rule *policy_judge_net(const struct policy *p,
					   enum policy_verb verb,
					   const struct net_addr *a);

/* The rule for `raw NAME` or `packet NAME` (protocol 0: any), or NULL. */
const struct policy_rule *policy_judge_name(const struct policy *p,
					    enum policy_verb verb,
					    const char *name,
					    uint16_t protocol);

/* Whether a path pattern covers a clean path. */
bool policy_covers(const char *pattern, const char *path);

/* Bytes of the pattern before its first wildcard, whole components only. */
size_t policy_literal(const char *pattern);

/*
 * The line that would allow this: "read /etc/shadow", quoted as the language
 * wants it.  0 or -ENOSPC.
 */
_must_use_ int policy_hint(unsigned rights, const char *path, char *buf,
			   size_t size);

#endif
