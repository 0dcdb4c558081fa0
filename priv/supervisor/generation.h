/* SPDX-License-Identifier: ISC */
#ifndef SUPERVISOR_GENERATION_H
#define SUPERVISOR_GENERATION_H

#include "supervisor/supervisor.h"

/*
 * Starts one helper with what s has prepared and waits until it reports that
 * it is ready.  0 and *ret, whose process is the caller's to end; or -errno
 * with the text, and then there is no process left.
 */
_must_use_ int generation_start(const struct supervisor *s,
				struct generation *ret, struct failure *f);

/*
 * Ends the helper: by the end of its control socket, or SIGKILL where it does
 * not heed that within five seconds.  Nothing is done for one that is reaped.
 */
void generation_stop(struct generation *g);

#endif
