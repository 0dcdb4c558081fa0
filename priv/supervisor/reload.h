/* SPDX-License-Identifier: ISC */
/*
 * What another helper was wanted for: the edition that it is to serve, and who
 * is told of the outcome.
 */
#ifndef SUPERVISOR_RELOAD_H
#define SUPERVISOR_RELOAD_H

#include "supervisor/supervisor.h"

/*
 * Makes the edition that these wants (enum want) ask for: the policy's files
 * or what --policy-from has printed anew, or the same texts and another look at
 * the machine.  0, or -errno and the text: the old one stays in force.
 */
_must_use_ int reload_edition(struct supervisor *s, unsigned wants,
			      struct edition **ret, struct failure *f);

/* It is in force; or it is not, because of error (-errno). */
void reload_done(struct supervisor *s, unsigned wants);
void reload_failed(struct supervisor *s, unsigned wants, int error,
		   const struct failure *f);

#endif
