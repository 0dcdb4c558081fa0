/* SPDX-License-Identifier: ISC */
/*
 * Work in a forked child, for what a test process must not do to itself: give
 * up ids, close descriptors, be killed.
 */
#ifndef SUPPORT_CHILD_H
#define SUPPORT_CHILD_H

#include <stdio.h>
#include <unistd.h>

/*
 * Runs work(arg) in a child that dies with the test, and waits for it.
 * Returns what work returned (0 to 127), 128 + n where signal n killed the
 * child, -1 where it could not be forked.
 */
int child_run(int (*work)(void *arg), void *arg);

/* The same in two steps.  The pid, or -1. */
pid_t child_start(int (*work)(void *arg), void *arg);
/*
 * Waits for a child at most so many milliseconds; one that is not done by
 * then is killed.  As child_run(), and -1 for one that was not done.
 */
int child_wait(pid_t pid, int ms);

/*
 * What must hold for the test to make sense.  Where it does not: names the
 * claim and ends the process with 1, which fails a test too; so it serves in
 * a child, where Criterion's assertions do not.
 */
#define CHILD_CHECK(claim)                                                 \
	do {                                                               \
		if (!(claim)) {                                            \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, \
				#claim);                                   \
			_exit(1);                                          \
		}                                                          \
	} while (0)

#endif
