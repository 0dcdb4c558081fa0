/* SPDX-License-Identifier: ISC */
/*
 * From one helper to the next, without a request lost or done twice.
 *
 * The next helper is started beside the one that serves, and reports when it
 * is locked in.  Then the old one is told to stop: it reads nothing more, gives
 * back what it has not finished, and ends.  Only when it has ended does the
 * next one get the listeners, the channels, and what was given back.
 *
 * A helper that ends by itself is followed by another of the same edition; its
 * clients are told, for nobody knows what it had done (op.h).
 */
#ifndef SUPERVISOR_CHANGE_H
#define SUPERVISOR_CHANGE_H

#include <poll.h>

#include "supervisor/supervisor.h"

/*
 * Asks for another helper; what is asked for again before it is begun is done
 * once.
 */
void change_want(struct supervisor *s, enum want want);

/* Takes what the helper that serves, and the one that starts, have said. */
void change_hear(struct supervisor *s);

/* A child has ended: true where it was a helper. */
bool change_reaped(struct supervisor *s, pid_t pid, int status);

/* A channel is new: the helper that serves gets it, if it can. */
void change_add_channel(struct supervisor *s, struct channel *c);

/* Does what is due.  To be called whenever something has happened. */
void change_step(struct supervisor *s);

/* In how many ms something will be due, -1: not by itself. */
int change_timeout(const struct supervisor *s);

/* Ends whatever helpers there are. */
void change_end(struct supervisor *s);

#endif
