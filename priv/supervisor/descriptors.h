/* SPDX-License-Identifier: ISC */
/*
 * Which descriptors a process has, and which it gives on.
 */
#ifndef SUPERVISOR_DESCRIPTORS_H
#define SUPERVISOR_DESCRIPTORS_H

#include <stddef.h>
#include <sys/resource.h>

#include "own.h"

/* Opens /dev/null in place of each of 0, 1, 2 that is closed. */
_must_use_ int descriptors_standard(void);

/* Puts /dev/null in place of 0, 1 and 2. */
_must_use_ int descriptors_silence(void);

/*
 * Closes all from first on but the n in keep, in any order; -1 among them is
 * nothing.
 */
_must_use_ int descriptors_close(unsigned first, const int *keep, size_t n);

/* Makes to the same as from, and open after an exec. */
_must_use_ int descriptors_give(int from, int to);

/*
 * How many descriptors from 3 on a service manager has passed to this very
 * process (LISTEN_PID and LISTEN_FDS): 0 where there are none.
 */
unsigned descriptors_listen(void);

/*
 * Raises the limit of open descriptors as far as it goes: a helper's clients,
 * and what we keep for the next one, must not end at a shell's default.  *ret
 * is what it was.  0 or -errno.
 */
_must_use_ int descriptors_raise(struct rlimit *ret);

#endif
