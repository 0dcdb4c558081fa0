/* SPDX-License-Identifier: ISC */
#ifndef SUPERVISOR_CONFINE_H
#define SUPERVISOR_CONFINE_H

#include "supervisor/supervisor.h"

/*
 * Gives up what a supervisor does not need: every capability but those by which
 * it starts and signals others, and by a filter the system calls that only
 * root can make any use of and that neither it nor a child of its has a use
 * for.  0 or -errno, *ret_step as in "cannot STEP".
 */
_must_use_ int confine_supervisor(const struct supervisor *s,
				  const char **ret_step);

/* The calls that it will never make; negative what this machine has not. */
const int *confine_denied(size_t *ret_n);

#endif
