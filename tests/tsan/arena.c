/* SPDX-License-Identifier: ISC */
/*
 * Linked into the test programs under MODE=tsan, and only there.
 *
 * Criterion's runner keeps what it shares with its tests at one address in all
 * of them, which BoxFort makes of rand_r(3), somewhere below 0x600000000000.
 * Most of what is there is ThreadSanitizer's shadow, in which it lets nobody
 * map a thing, so that the runner gives up after three tries.  Here rand_r()
 * names places where a program may be, and above where one is loaded.
 */
#include <stdlib.h>

enum {
	/* In steps of 1 << 24 from 0x200000000000: 0x566000000000 and above. */
	FIRST = 0x366000,
	PLACES = 0x2000,
};

/* Looked for by the shared library. */
__attribute__((visibility("default"))) int rand_r(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return FIRST + (int)((*seed >> 16) % PLACES);
}
