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
 * Gives up everything but the capabilities in keep: ambient and bounding sets
 * emptied, securebits locked, groups, gid and uid changed, capability sets set
 * to keep (and made ambient, so that they outlast an exec), no_new_privs; and
 * verifies it all.  There is no way back.  A caller that may not change its
 * ids (it lacks one of cap_setuid, cap_setgid, cap_setpcap) must already be id
 * and keep must be 0: then it loses what capabilities it has and only
 * no_new_privs is left to do.  User id 0 is refused: root without a capability
 * still owns every file of root's.
 *
 * Single-threaded callers only.  0, or -errno; after a failure the process is
 * in a state that only _exit() mends.  *ret_step (may be NULL) names the step
 * in words, as in "cannot STEP", or what identity_verify() found.
 */
_must_use_ int identity_become(const struct identity *id, uint64_t keep,
			       const char **ret_step);

/*
 * For one who stays who it is: gives up every capability but those in keep
 * (which it need not have), and every way to get another: the sets, the
 * bounding set, by an exec as root.  0 or -errno, *ret_step as above.
 */
_must_use_ int identity_bound(uint64_t keep, const char **ret_step);

/*
 * Checks against the kernel that the calling process is id in all of real,
 * effective, saved and fs ids and groups, that its capability sets are within
 * keep (the bounding set too, where the process ever had the privilege to
 * empty it), that no_new_privs is set for good and (keep is 0) that setuid(0)
 * and capset fail.  0, or -EPERM with *ret_step what is not as it must be.
 */
_must_use_ int identity_verify(const struct identity *id, uint64_t keep,
			       const char **ret_step);

#endif
