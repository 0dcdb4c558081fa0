/* SPDX-License-Identifier: ISC */
#include "quota.h"

static const uint64_t second = 1000000000;

bool quota_take(struct quota *q, uint64_t rate, uint64_t now)
{
	uint64_t from = q->free_at > now ? q->free_at : now;
	uint64_t cost = rate ? second / rate : 0;

	if (from - now > second - cost)
		return false;
	q->free_at = from + cost;
	return true;
}
