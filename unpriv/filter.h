/* SPDX-License-Identifier: ISC */
/*
 * The worker's seccomp filter, made from promises by the table filter.def.
 *
 * What the filter does not allow fails with EPERM; what this libseccomp does
 * not know, and clone3, fails with ENOSYS, so that libc falls back; a system
 * call of another architecture, or of x32, kills the process.
 */
#ifndef UNPRIV_FILTER_H
#define UNPRIV_FILTER_H

#include <sys/types.h>

#include "own.h"
#include "promise.h"

struct filter;

/*
 * Makes the filter for a process, and changes nothing yet.  0, -EINVAL for a
 * +name that is no system call of this machine, or -ENOMEM.
 */
_must_use_ int filter_make(const struct promises *promises, pid_t self,
			   struct filter **ret);

/*
 * Puts it upon the calling thread and what it will clone, for good, with
 * no_new_privs.  0 or -errno.
 */
_must_use_ int filter_load(struct filter *f);

/* Accepts NULL, returns NULL. */
struct filter *filter_free(struct filter *f);

#endif
