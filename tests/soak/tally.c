/* SPDX-License-Identifier: ISC */
#include "soak/soak.h"

#include <stddef.h>

void tally_add(struct tally *to, const struct tally *t)
{
	to->requests += t->requests;
	to->answered += t->answered;
	to->unknown += t->unknown;
	to->again += t->again;
	to->doubled += t->doubled;
	to->wrong += t->wrong;
	for (size_t i = 0; i < SOAK_BUCKETS; i++)
		to->buckets[i] += t->buckets[i];
}

/* Eight buckets for each power of two: within an eighth of the truth. */
static size_t bucket_of(uint64_t us)
{
	unsigned log = us < 8 ? 0 : 60 - (unsigned)__builtin_clzll(us);
	size_t b = us < 8 ? us : 8 * (log + 1) + (us >> log) - 8;

	return b < SOAK_BUCKETS ? b : SOAK_BUCKETS - 1;
}

static double top_of(size_t bucket)
{
	uint64_t step = bucket < 8 ? 0 : bucket / 8 - 1;

	if (bucket < 8)
		return (double)bucket + 1;
	return (double)((bucket % 8 + 9) << step);
}

void tally_time(struct tally *t, uint64_t ns)
{
	t->buckets[bucket_of(ns / 1000)]++;
}

double tally_within(const struct tally *t, double share)
{
	double wanted = share * (double)t->requests;
	uint64_t seen = 0;

	for (size_t i = 0; i < SOAK_BUCKETS; i++) {
		seen += t->buckets[i];
		if (seen > 0 && (double)seen >= wanted)
			return top_of(i);
	}
	return 0;
}
