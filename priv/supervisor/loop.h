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
 * Serves until the worker is gone: under run until its process ends (s->status
 * is its status then), embedded until its end of the channel is closed or the
 * helper has ended.  Signals are forwarded under run and ignored otherwise,
 * children reaped, notifications relayed.  0 or -errno.
 */
_must_use_ int loop(struct supervisor *s);

#endif
