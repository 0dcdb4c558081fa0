/* SPDX-License-Identifier: ISC */
/*
 * Denying everything that this kernel's Landlock can deny.
 */
#ifndef UNPRIV_DENY_ALL_H
#define UNPRIV_DENY_ALL_H

#include "own.h"

/*
 * Takes from the calling thread, for good, every right on the file system and
 * on TCP ports, abstract sockets of others and signals to others, as far as
 * the kernel knows these.  Descriptors that are open keep their rights.
 * no_new_privs must be set.
 *
 * Returns the version of Landlock that is in force, 0 where the kernel has
 * none, or -errno.
 */
_must_use_ int landlock_deny_all(void);

#endif
