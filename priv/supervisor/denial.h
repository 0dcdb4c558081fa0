/* SPDX-License-Identifier: ISC */
#ifndef SUPERVISOR_DENIAL_H
#define SUPERVISOR_DENIAL_H

#include <stddef.h>

#include "bpf.h"
#include "own.h"

/*
 * A filter by which these calls (CALL_..., negative ones are skipped) fail with
 * EPERM and all others pass; foreign (SECCOMP_RET_...) is what happens to those
 * of another architecture (bpf.h).  0 or -errno.
 */
_must_use_ int denial_make(const int *calls, size_t n, uint32_t foreign,
			   struct bpf **ret);

/*
 * Puts it upon the calling thread and what it will start, for good; that has
 * no_new_privs already.  0 or -errno.
 */
_must_use_ int denial_load(const int *calls, size_t n, uint32_t foreign);

#endif
