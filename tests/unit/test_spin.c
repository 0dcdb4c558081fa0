/* SPDX-License-Identifier: ISC */
/* spin.c: when a wait is spun. */
#include "spin.h"

#include <criterion/criterion.h>

TestSuite(spin, .timeout = 10);

/* How many waits are not spun before the next that is; most: none was. */
static unsigned skipped(struct spin *s, unsigned most)
{
	unsigned n = 0;

	while (n < most && !spin_begin(s, 1))
		n++;
	return n;
}

Test(spin, is_for_another_cpu_that_is_known)
{
	struct spin s = {.peer = 2};

	cr_expect(spin_begin(&s, 1));
	cr_expect_not(spin_begin(&s, 2));
	cr_expect_not(spin_begin(&s, 0));
	s.peer = 0;
	cr_expect_not(spin_begin(&s, 1));
}

Test(spin, in_vain_is_not_tried_again_at_once)
{
	struct spin s = {.peer = 2};

	cr_assert(spin_begin(&s, 1));
	spin_end(&s, false);
	cr_expect_eq(skipped(&s, 100), SPIN_SKIP);
}

Test(spin, that_works_is_tried_each_time)
{
	struct spin s = {.peer = 2};

	for (int i = 0; i < 100; i++) {
		cr_assert(spin_begin(&s, 1));
		spin_end(&s, true);
	}
}

Test(spin, in_vain_again_and_again_becomes_rare)
{
	struct spin s = {.peer = 2};
	unsigned spun = 0;

	for (unsigned i = 0; i < 100000; i++) {
		if (!spin_begin(&s, 1))
			continue;
		spun++;
		spin_end(&s, false);
	}
	/* 16 + 32 + ... + 4096 waits, then one of 4097. */
	cr_expect_leq(spun, 10 + (100000 - 8176) / SPIN_SKIP_MAX);
	cr_expect_eq(s.last, SPIN_SKIP_MAX);
}

/* A peer that says now this CPU and now that one, and comes once in a while. */
Test(spin, is_not_reset_by_a_peer_that_lies)
{
	struct spin s = {.peer = 2};
	unsigned in_vain = 0;

	for (unsigned i = 0; i < 100000; i++) {
		bool came = i % 64 == 0;

		s.peer = (uint16_t)(i % 7);
		if (!spin_begin(&s, 1))
			continue;
		in_vain += !came;
		spin_end(&s, came);
	}
	cr_expect_leq(in_vain, 100000 / SPIN_SKIP / 8);
}

Test(spin, knows_the_cpu_it_runs_on)
{
	cr_expect_gt(spin_cpu(), 0);
}
