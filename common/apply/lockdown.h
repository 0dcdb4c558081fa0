/* SPDX-License-Identifier: ISC */
/*
 * How the helper gives up what it does not need, before it reads the first
 * request.  What is left of its reach the kernel then takes: rules.h.
 */
#ifndef COMMON_APPLY_LOCKDOWN_H
#define COMMON_APPLY_LOCKDOWN_H

#include <sys/types.h>

#include "own.h"
#include "start.h"

/*
 * Takes on the worker's fsuid and fsgid, keeps of its capabilities exactly
 * start.caps, and makes itself invisible to others and bound to its parent.
 * Each step is verified by asking the kernel.  parent is the supervisor's pid.
 *
 * 0, or -errno with *ret_step naming the step; the process is then fit for
 * _exit() only.  Single-threaded callers only.
 */
_must_use_ int lockdown(const struct start *start, pid_t parent,
			const char **ret_step);

#endif
