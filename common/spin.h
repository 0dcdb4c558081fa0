/* SPDX-License-Identifier: ISC */
/*
 * Whether to look again and again for a message, or to sleep until it comes.
 *
 * To be woken from another CPU costs more than a request does; on one CPU
 * whoever looks keeps the other from running.  So one looks SPIN_TRIES times,
 * and only while the other ran elsewhere when it last said something:
 *
 *	if (spin_begin(&s, spin_cpu())) {
 *		for (int i = 0; !came && i < SPIN_TRIES; i++)
 *			came = look();
 *		spin_end(&s, came);
 *	}
 *
 * What the other says may be a lie.  Each time that nothing comes, one looks
 * less often, and only what does come changes that again, by half.
 *
 * spin_begin() and spin_end() make no system call.
 */
#ifndef COMMON_SPIN_H
#define COMMON_SPIN_H

#include <stdbool.h>
#include <stdint.h>

enum {
	SPIN_TRIES = 64,
	/* Waits that are not spun after one in vain: the least, the most. */
	SPIN_SKIP = 16,
	SPIN_SKIP_MAX = 4096,
};

/* All 0: nothing is known. */
struct spin {
	uint16_t peer; /* its CPU and one, or 0; set by who receives */
	unsigned skip; /* waits that are still not to be spun */
	unsigned last; /* how many they were after the last one in vain */
};

/* The CPU that the caller runs on, and one; 0 where it is not known. */
uint16_t spin_cpu(void);

/* Whether this wait is to be spun; own as spin_cpu() has it. */
bool spin_begin(struct spin *s, uint16_t own);
/* What came of it. */
void spin_end(struct spin *s, bool came);

#endif
