/* SPDX-License-Identifier: ISC */
#ifndef SUPERVISOR_GENERATION_H
#define SUPERVISOR_GENERATION_H

#include "supervisor/supervisor.h"

/*
 * Makes the process of one helper, for an edition, which is to lock itself in
 * and report.  0 and *ret, whose process is the caller's to end; or -errno with
 * the text, and then there is no process left.
 */
_must_use_ int generation_begin(struct supervisor *s, const struct edition *e,
				struct generation *ret, struct failure *f);

/*
 * Looks for the report, without waiting: 1 when the helper is ready, 0 while
 * it is not, or -errno with the text.
 */
_must_use_ int generation_report(const struct generation *g, struct failure *f);

/*
 * Waits for it: 0, or -errno with the text, and then there is no process left.
 * For the first helper, since nobody is served meanwhile.
 */
_must_use_ int generation_await(struct generation *g, struct failure *f);

/*
 * Ends the helper: by the end of its control socket, or SIGKILL where it does
 * not heed that within five seconds.  Nothing is done for one that is reaped.
 */
void generation_stop(struct generation *g);

/* How long a helper may take to report, and to end. */
enum {
	GENERATION_READY_MS = 30000,
	GENERATION_STOP_MS = 5000,
};

#endif
