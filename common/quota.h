/* SPDX-License-Identifier: ISC */
/*
 * So many a second, and as many at once as a second has: `limit requests=`.
 * No function here makes a system call.
 */
#ifndef COMMON_QUOTA_H
#define COMMON_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

/* All 0: nothing was taken yet. */
struct quota {
	uint64_t free_at; /* when nothing will have been taken, nanoseconds */
};

/* Takes one of rate a second, 0: of any number; false: there is none now. */
bool quota_take(struct quota *q, uint64_t rate, uint64_t now);

#endif
