/* SPDX-License-Identifier: ISC */
/*
 * How the supervisor's word ends the wait for a client.
 *
 * With one client alone the helper waits in its receive, and does not ask the
 * kernel who spoke.  So the control socket raises SIGIO, whose handler makes
 * every receive from that client end at once, by its time-out (SO_RCVTIMEO):
 * the one that waits, and one that is just about to.
 *
 *	if (wake_arm(fd))
 *		...		a receive that may block; -EAGAIN: look again
 *	wake_disarm();
 */
#ifndef HELPER_WAKE_H
#define HELPER_WAKE_H

#include <stdbool.h>

/*
 * Begins to listen to control, for the thread that calls.  Before that, and
 * where it fails, control may always have spoken, and no receive blocks.
 */
void wake_start(int control);

/* Whether control may have spoken since it was last said to be quiet. */
bool wake_spoke(void);
/* Said before one looks, so that what comes after the look is seen. */
void wake_quiet(void);
/* One looked, and there was something: there may be more. */
void wake_more(void);

/* Whether a receive from fd may block; if not, control may have spoken. */
bool wake_arm(int fd);
void wake_disarm(void);

/* A helper that was killed may have left the time-out there. */
void wake_clean(int fd);

#endif
