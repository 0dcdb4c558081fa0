/* SPDX-License-Identifier: ISC */
#include "supervisor/restart.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

TestSuite(restart, .timeout = 10);

/* Whether one that ended so is started again. */
static bool again(enum restart_when when, int status)
{
	struct restart r = {.begun = 0};

	restart_ended(&r, when, status, 1);
	return r.waiting;
}

Test(restart, has_three_words)
{
	static const char *const wrong[] = {"", "No", "on_failure", "alway",
					    "always "};
	enum restart_when when = RESTART_WHEN_MAX;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_assert_eq(restart_parse(wrong[i], &when), -EINVAL);
	cr_assert_eq(when, RESTART_WHEN_MAX);
	cr_assert(restart_parse("no", &when) == 0 && when == RESTART_NO);
	cr_assert(restart_parse("on-failure", &when) == 0 &&
		  when == RESTART_ON_FAILURE);
	cr_assert(restart_parse("always", &when) == 0 &&
		  when == RESTART_ALWAYS);
}

Test(restart, is_for_failures_or_for_all_or_never)
{
	static const int ends[] = {
		W_EXITCODE(0, 0),	W_EXITCODE(0, SIGHUP),
		W_EXITCODE(0, SIGINT),	W_EXITCODE(0, SIGPIPE),
		W_EXITCODE(0, SIGTERM),
	};
	static const int failures[] = {
		W_EXITCODE(1, 0),	W_EXITCODE(125, 0),
		W_EXITCODE(0, SIGSEGV), W_EXITCODE(0, SIGKILL),
		W_EXITCODE(0, SIGABRT), W_EXITCODE(0, SIGSYS) | WCOREFLAG,
	};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		cr_assert_not(again(RESTART_NO, ends[i]));
		cr_assert_not(again(RESTART_ON_FAILURE, ends[i]), "%zu", i);
		cr_assert(again(RESTART_ALWAYS, ends[i]));
	}
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		cr_assert_not(again(RESTART_NO, failures[i]));
		cr_assert(again(RESTART_ON_FAILURE, failures[i]), "%zu", i);
		cr_assert(again(RESTART_ALWAYS, failures[i]));
	}
}

Test(restart, is_not_for_who_was_to_end)
{
	struct restart r = {.ending = true};

	restart_ended(&r, RESTART_ALWAYS, W_EXITCODE(1, 0), 1);
	cr_assert_not(r.waiting);
	restart_begun(&r, 2);
	cr_assert_eq(r.times, 0u);
}

Test(restart, waits_twice_as_long_each_time_up_to_ten_seconds)
{
	struct restart r = {.begun = 0};
	int64_t now = 0, wait = 100;

	restart_begun(&r, now);
	for (unsigned i = 0; i < 100; i++) {
		restart_ended(&r, RESTART_ALWAYS, W_EXITCODE(1, 0), ++now);
		cr_assert_eq(r.due - now, wait, "%u", i);
		wait = wait * 2 < 10000 ? wait * 2 : 10000;
		now = r.due;
		restart_begun(&r, now);
		cr_assert_not(r.waiting);
		cr_assert_eq(r.times, i + 1);
	}
}

Test(restart, waits_shortly_after_one_that_lived_long)
{
	struct restart r = {.failures = 50};

	restart_begun(&r, 1000);
	restart_ended(&r, RESTART_ALWAYS, W_EXITCODE(1, 0), 11000);
	cr_assert_eq(r.due, 11100);
	cr_assert_eq(r.failures, 1u);
}
