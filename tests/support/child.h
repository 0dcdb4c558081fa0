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

/* In the child: ends it with 1, naming the claim that does not hold. */
#define CHILD_CHECK(claim)                                                 \
	do {                                                               \
		if (!(claim)) {                                            \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, \
				#claim);                                   \
			_exit(1);                                          \
		}                                                          \
	} while (0)

#endif
