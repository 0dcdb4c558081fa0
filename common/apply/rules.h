/* SPDX-License-Identifier: ISC */
/*
 * The two locks that the kernel holds against the helper's own mistakes.
 */
#ifndef COMMON_APPLY_RULES_H
#define COMMON_APPLY_RULES_H

#include "own.h"

/* What they are made of; all is borrowed. */
struct rules_from {
	int root;    /* O_PATH of "/" */
	int version; /* of Landlock, 0: the kernel has none */
	int rules;   /* START_RULES */
	int program; /* START_PROGRAM */
};

/*
 * Both, the last that is done before the first request: 0, or -errno with
 * *ret_step naming the one that failed.
 */
_must_use_ int rules_lock(const struct rules_from *from, const char **ret_step);

/*
 * Takes from the process, for good, what the rules (START_RULES) do not allow,
 * as far as this version of Landlock can.  Paths are opened from root, which
 * is O_PATH of "/"; one that is not there, or that runs through a link, gets
 * no rule: what the policy says of it is then denied by the kernel.
 * version 0 does nothing.  0 or -errno.
 */
_must_use_ int rules_apply(int root, int fd, int version);

/* The same for the seccomp program (START_PROGRAM). */
_must_use_ int rules_filter(int fd);

#endif
