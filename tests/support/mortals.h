/* SPDX-License-Identifier: ISC */
/*
 * A row of helpers in a thread, each of which answers for a while and dies:
 * before or after it did what it was asked, within a message, or before it
 * said a word.  What they did is counted, by the number N in the path "/N".
 */
#ifndef SUPPORT_MORTALS_H
#define SUPPORT_MORTALS_H

#include <pthread.h>
#include <stdatomic.h>

#include "support/played.h"

enum {
	MORTALS_NUMBERS = 20000,
};

struct mortals {
	const struct played *p;
	pthread_t thread;
	int null; /* owned */
	unsigned seed;
	unsigned deaths;
	atomic_uchar done[MORTALS_NUMBERS];
};

/* Serves the helper's end of p.  Of the same seed, the same deaths. */
void mortals_start(struct mortals *m, const struct played *p, unsigned seed);

/* Shuts the channel down and waits for the end. */
void mortals_join(struct mortals *m);

#endif
