/* SPDX-License-Identifier: ISC */
/*
 * What systemd can take from a service's view of the file system, as far as
 * that takes away nothing of what its policy grants.
 */
#ifndef COMMAND_PROTECT_H
#define COMMAND_PROTECT_H

#include <stdbool.h>
#include <stdio.h>

#include "command/dropin.h"

/*
 * A rule reaches into the directory: reads or changes what is there, or, where
 * writes is set, changes it.
 */
bool protect_reaches(const struct policy *p, const char *dir, bool writes);

/*
 * Prints ProtectSystem= and the like.  One that the unit has is left as it is,
 * with a warning where it may be in the policy's way; one that would be is not
 * printed, but why.
 */
void protect_print(const struct dropin *d, FILE *to);

#endif
