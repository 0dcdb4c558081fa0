/* SPDX-License-Identifier: ISC */
#ifndef SUPERVISOR_LOOP_H
#define SUPERVISOR_LOOP_H

#include "supervisor/supervisor.h"

/*
 * Blocks the signals that loop() takes, and notes in s what was before.  To be
 * called before the first child is made.
 */
_must_use_ int loop_signals(struct supervisor *s);

/*
 * Serves until the worker is gone: under run until its process ends and is not
 * to be started again (s->status is its last status then), embedded until the
 * other end of every channel is closed.  Signals are forwarded under run and
 * ignored otherwise, SIGHUP reloads the policy first; children are reaped,
 * notifications relayed, helpers replaced.  0 or -errno.
 */
_must_use_ int loop(struct supervisor *s);

#endif
