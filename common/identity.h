/* SPDX-License-Identifier: ISC */
/*
 * Becoming somebody else for good, and proving it.
 */
#ifndef COMMON_IDENTITY_H
#define COMMON_IDENTITY_H

#include <stdint.h>
#include <sys/types.h>

#include "own.h"

struct identity {
	uid_t uid;
	gid_t gid;
	size_t ngroups;
	const gid_t *groups;
};

/*
 * Gives up everything but the capabilities in keep: ambient set cleared,
 * bounding set emptied (down to keep), securebits locked, groups, gid and uid
 * changed, capability sets set to keep (and made ambient, so that they outlast
 * one exec), no_new_privs.  There is no way back.  A caller that has no
 * privilege to begin with (effective uid not 0, no capability) must already be
 * id and keep must be 0: then only no_new_privs is left to do.
 *
 * Single-threaded callers only.  0, or -errno; after a failure the process is
 * in a state that only _exit() mends.  *ret_step (may be NULL) names the step.
 */
_must_use_ int identity_become(const struct identity *id, uint64_t keep,
			       const char **ret_step);

/*
 * Checks against the kernel that the calling process is id in all of real,
 * effective, saved and fs ids and groups, that its capability sets are within
 * keep, that no_new_privs is set and (keep is 0) that setuid(0) and capset
 * fail.  0, or -EPERM with *ret_step what is not as it must be.
 */
_must_use_ int identity_verify(const struct identity *id, uint64_t keep,
			       const char **ret_step);

#endif
