/* SPDX-License-Identifier: ISC */
/*
 * The process of `--policy-from` (policyfrom.h), up to its exec.
 *
 * It is nobody (without root: the caller), without groups, capabilities or a
 * way to get some, in a session and a process group of its own which it and
 * what it starts cannot leave; it has PATH for an environment, / for a
 * directory, no descriptor but /dev/null, its output and our stderr, and ends
 * with the supervisor.
 *
 * Safe because: worker and helper are other users than it (edition.c), so that
 * none of the three can signal or trace another.
 */
#ifndef SUPERVISOR_POLICYPROGRAM_H
#define SUPERVISOR_POLICYPROGRAM_H

#include <sys/types.h>

#include "own.h"

struct supervisor;

enum {
	POLICYPROGRAM_UID = 65534, /* nobody, and nogroup */
};

struct policyprogram {
	int program; /* O_PATH, close-on-exec */
	int output;  /* its stdout */
	int told;    /* "cannot STEP: REASON" where there is no exec */
	char **argv;
};

/* The pid, a child of ours; or -errno. */
_must_use_ pid_t policyprogram_start(const struct supervisor *s,
				     const struct policyprogram *p);

#endif
