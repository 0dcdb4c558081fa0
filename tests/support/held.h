/* SPDX-License-Identifier: ISC */
/*
 * What this process holds: a test compares it before and after.
 *
 *	struct held before = held_now();
 *	...
 *	HELD_SAME(before);
 */
#ifndef SUPPORT_HELD_H
#define SUPPORT_HELD_H

#include <stddef.h>

struct held {
	size_t fds;   /* open descriptors */
	size_t bytes; /* of the heap; 0 where a sanitizer keeps it */
};

struct held held_now(void);

#define HELD_SAME(before)                                 \
	do {                                              \
		struct held now_ = held_now();            \
		cr_assert_eq(now_.fds, (before).fds);     \
		cr_assert_eq(now_.bytes, (before).bytes); \
	} while (0)

#endif
