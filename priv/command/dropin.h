/* SPDX-License-Identifier: ISC */
/*
 * A systemd unit, or a drop-in for one, that starts a daemon by `wicket run`.
 */
#ifndef COMMAND_DROPIN_H
#define COMMAND_DROPIN_H

#include <stdio.h>

#include "command/execline.h"
#include "command/unitfile.h"
#include "own.h"
#include "policy/policy.h"

struct dropin {
	const char *name;     /* the service's, without .service */
	const char *under;    /* the policy's, as `wicket run` takes it */
	const char *instance; /* or NULL */
	const char *wicket;   /* the path of this program */
	const struct policy *policy; /* the same, read */
	const struct unitfile
		*unit;		 /* the packaged one; empty: there is none */
	char *const *program;	 /* PROGRAM [ARG...], or NULL: the unit's */
	bool full;		 /* a unit, not a drop-in */
	struct execline command; /* the unit's, by dropin_check() */
};

/*
 * Whether that can be: 0 and d->command is what the unit starts, or -EINVAL
 * with err filled for a unit that is no daemon's, or starts several programs.
 */
_must_use_ int dropin_check(struct dropin *d, struct policy_note *err);

/* After dropin_check(): 0 or -errno.  What is not obvious has a comment. */
_must_use_ int dropin_print(const struct dropin *d, FILE *to);

#endif
