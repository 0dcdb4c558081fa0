/* SPDX-License-Identifier: ISC */
#ifndef SUPERVISOR_WORKER_H
#define SUPERVISOR_WORKER_H

#include "supervisor/supervisor.h"

/*
 * Starts the program of `wicket run` as the worker.  Its identity is dropped
 * before its exec; it has 0, 1, 2, what a service manager passed, and its end
 * of the channel, whose number is in WICKET_FD.  What fails in the child is
 * said on stderr and is its exit status (enum exit_status).  The pid, or
 * -errno with the text.
 */
_must_use_ pid_t worker_start(const struct supervisor *s, struct failure *f);

/* Nothing where there is no worker that is our child. */
void worker_signal(const struct supervisor *s, int sig);

/*
 * Has the worker reload itself by SIGHUP, unless that would end it.  What was
 * done, in words.
 */
const char *worker_reload(const struct supervisor *s);

#endif
