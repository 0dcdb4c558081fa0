/* SPDX-License-Identifier: ISC */
/* quota.c: so many a second. */
#include "quota.h"

#include <criterion/criterion.h>

TestSuite(quota, .timeout = 10);

#define SECOND 1000000000ull

static unsigned taken(struct quota *q, uint64_t rate, uint64_t now)
{
	unsigned n = 0;

	while (n < 100000 && quota_take(q, rate, now))
		n++;
	return n;
}

Test(quota, gives_a_second_at_once_and_then_as_many_as_time_has_passed)
{
	struct quota q = {0};

	cr_expect_eq(taken(&q, 100, SECOND), 100);
	cr_expect_eq(taken(&q, 100, SECOND), 0);
	cr_expect_eq(taken(&q, 100, SECOND + SECOND / 2), 50);
	cr_expect_eq(taken(&q, 100, 2 * SECOND), 50);
	cr_expect_eq(taken(&q, 100, 100 * SECOND), 100);
}

Test(quota, of_one_gives_one)
{
	struct quota q = {0};

	cr_expect_eq(taken(&q, 1, 5), 1);
	cr_expect_eq(taken(&q, 1, SECOND + 4), 0);
	cr_expect_eq(taken(&q, 1, SECOND + 5), 1);
}

Test(quota, of_none_gives_all)
{
	struct quota q = {0};

	cr_expect_eq(taken(&q, 0, 1), 100000);
	cr_expect_eq(taken(&q, UINT64_MAX, 1), 100000);
}
