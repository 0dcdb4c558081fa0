/* SPDX-License-Identifier: ISC */
/*
 * What the two halves of the soak share: soak.c changes the helper, over and
 * over; load.c is the worker, which asks all the time and counts what comes.
 */
#ifndef TESTS_SOAK_H
#define TESTS_SOAK_H

#include <stdint.h>

enum {
	SOAK_CLIENTS = 8,
	SOAK_FILES = 16,
	/* Latencies by powers of two of a microsecond, eight steps each. */
	SOAK_BUCKETS = 256,
};

struct tally {
	uint64_t requests;
	uint64_t answered; /* as they must be */
	uint64_t unknown;  /* EOWNERDEAD */
	uint64_t again;	   /* a repeatable one that was not answered */
	uint64_t doubled;  /* an effect that was there already */
	uint64_t wrong;	   /* any other answer */
	uint64_t buckets[SOAK_BUCKETS];
};

void tally_add(struct tally *to, const struct tally *t);
void tally_time(struct tally *t, uint64_t ns);
/* The latency, in us, that this share of the requests was within. */
double tally_within(const struct tally *t, double share);

/*
 * The worker: serves until standard input ends.  It says "ready" on standard
 * output, and writes a struct tally there whenever a byte comes.
 */
int load_main(const char *directory);

#endif
