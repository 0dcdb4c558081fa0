/* SPDX-License-Identifier: ISC */
/*
 * The worker's seccomp filter, made from promises by the table filter.def.
 *
 * What the filter does not allow fails with EPERM; what was not
 * known when this was built, and clone3, fails with ENOSYS, so that libc falls
 * back; a system call of another architecture, or of x32, kills the process.
 */
#ifndef UNPRIV_FILTER_H
#define UNPRIV_FILTER_H

#include <sys/types.h>

#include "bpf.h"
#include "own.h"
#include "promise.h"

/*
 * Makes the filter for a process, for bpf_load() and bpf_free(), and changes
 * nothing yet.  0, -EINVAL for a +name that is no system call of this machine,
 * or -ENOMEM.
 */
_must_use_ int filter_make(const struct promises *promises, pid_t self,
			   struct bpf **ret);

#endif
