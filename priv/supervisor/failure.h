/* SPDX-License-Identifier: ISC */
/*
 * Why the supervisor cannot go on: an errno for a program that embeds it, one
 * line of text for a person.
 */
#ifndef SUPERVISOR_FAILURE_H
#define SUPERVISOR_FAILURE_H

#include "bounds.h"
#include "policy/policy.h"

struct failure {
	char text[BOUND_PATH + sizeof(((struct policy_note *)0)->text) + 64];
};

#define FAILURE_INIT       \
	{                  \
		.text = "" \
	}

/* Writes the text; returns error (-errno), for `return fail(f, r, ...)`. */
int fail(struct failure *f, int error, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same with "FILE:LINE:COL: text" of a note. */
int fail_note(struct failure *f, int error, const struct policy_note *n);

#endif
