/* SPDX-License-Identifier: ISC */
/*
 * How every filter of ours begins: what it does not allow is EPERM, another
 * architecture's calls kill.  Behind it is libseccomp.
 */
#ifndef COMMON_CALLS_H
#define COMMON_CALLS_H

#include <seccomp.h>
#include <stdbool.h>

#include "own.h"

/* A filter that allows nothing, for seccomp_release(), or NULL. */
scmp_filter_ctx calls_new(void);
static inline void calls_freep(scmp_filter_ctx *ctx)
{
	if (*ctx)
		seccomp_release(*ctx);
}

/* The number of a name; negative when this machine has no such call. */
int calls_number(const char *name);

/*
 * ENOSYS for what was unknown when this was built, and for clone3 unless it is
 * to be allowed: libc tries a new call first and falls back upon ENOSYS, never
 * upon EPERM.  0 or -errno.
 */
_must_use_ int calls_add_unknown(scmp_filter_ctx ctx, bool clone3);

#endif
