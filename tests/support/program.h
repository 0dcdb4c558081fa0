/* SPDX-License-Identifier: ISC */
/*
 * Programs that run, whoever started them: found, and waited for.  To run one:
 * support/capture.h.
 */
#ifndef SUPPORT_PROGRAM_H
#define SUPPORT_PROGRAM_H

#include <stdbool.h>
#include <sys/types.h>

/* A child of parent that runs a program of that name: its pid, 0: none. */
pid_t program_child(pid_t parent, const char *name);

/*
 * Calls done(arg) until it is true, for at most ten seconds; what it was last.
 */
bool program_poll(bool (*done)(void *arg), void *arg);

#endif
