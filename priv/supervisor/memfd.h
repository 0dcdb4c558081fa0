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

#endif
