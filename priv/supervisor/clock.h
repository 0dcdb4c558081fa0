/* SPDX-License-Identifier: ISC */
#ifndef SUPERVISOR_CLOCK_H
#define SUPERVISOR_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds of a clock that only goes forward. */
static inline int64_t clock_ms(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* How long poll(2) is to wait until then; INT64_MAX is never. */
static inline int clock_until(int64_t at)
{
	int64_t ms = at == INT64_MAX ? -1 : at - clock_ms();

	if (at == INT64_MAX)
		return -1;
	if (ms < 0)
		return 0;
	return ms > 3600000 ? 3600000 : (int)ms;
}

#endif
