/* SPDX-License-Identifier: ISC */
#ifndef SUPERVISOR_PROGRAM_H
#define SUPERVISOR_PROGRAM_H

#include "own.h"

/*
 * The helper's seccomp program for these needs (plan_calls.h), as the kernel
 * wants it, in a memory file that nobody can change any more: a descriptor
 * that the caller owns, or -errno.
 */
_must_use_ int program_make(unsigned needs);

#endif
