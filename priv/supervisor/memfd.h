/* SPDX-License-Identifier: ISC */
#ifndef SUPERVISOR_MEMFD_H
#define SUPERVISOR_MEMFD_H

#include <stddef.h>

#include "own.h"

/*
 * A memory file with these bytes that nobody can change any more: a
 * descriptor that the caller owns, or -errno.
 */
_must_use_ int memfd_sealed(const char *name, const void *bytes, size_t len);

/* The same in steps: an empty one; no more changes, and read from its start. */
_must_use_ int memfd_new(const char *name);
_must_use_ int memfd_seal(int fd);

#endif
