/* SPDX-License-Identifier: ISC */
#include "promise.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

TestSuite(promise, .timeout = 10);

static struct promises parsed(const char *text)
{
	struct promises p = PROMISES_INIT;

	cr_assert_eq(promise_parse(text, &p, NULL), 0, "%s", text);
	return p;
}

static void prints_as(const char *text, const char *want)
{
	struct promises p = parsed(text);
	char got[BOUND_PROMISE_TEXT];

	cr_assert_eq(promise_print(&p, got, sizeof(got)), 0);
	cr_assert_str_eq(got, want);
}

Test(promise, words_are_printed_in_one_order)
{
	prints_as("spawn time threads accept stdio",
		  "stdio accept threads time spawn");
}

Test(promise, stdio_is_always_implied)
{
	prints_as("", "stdio");
	prints_as("accept", "stdio accept");
}

Test(promise, blanks_of_any_number_separate_words)
{
	prints_as("  accept\t\tthreads ", "stdio accept threads");
}

Test(promise, what_is_said_twice_is_kept_once)
{
	prints_as("accept accept +ftruncate +ftruncate",
		  "stdio accept +ftruncate");
}

Test(promise, printed_text_parses_to_the_same)
{
	struct promises p = parsed("accept +ftruncate +getrandom spawn");
	char text[BOUND_PROMISE_TEXT];
	struct promises again;

	cr_assert_eq(promise_print(&p, text, sizeof(text)), 0);
	again = parsed(text);
	cr_assert(promise_within(&p, &again));
	cr_assert(promise_within(&again, &p));
}

Test(promise, a_wrong_word_is_pointed_at)
{
	static const char *const wrong[] = {
		"files",
		"Stdio",
		"stdi",
		"stdios",
		"+",
		"+Fsync",
		"+a-b",
		"+a b+",
		"accept,",
		"+x\n",
		"\xc3\xa9",
		"++fsync",
		"+a23456789012345678901234567890123",
	};
	struct promises p = {.words = 99};
	const char *bad;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char text[128];

		snprintf(text, sizeof(text), "accept %s", wrong[i]);
		bad = NULL;
		cr_assert_eq(promise_parse(text, &p, &bad), -EINVAL, "%s",
			     text);
		cr_assert_geq(bad, text + 7);
		cr_assert_eq(p.words, 99, "untouched on failure");
	}
}

Test(promise, as_many_extra_calls_as_the_bound_and_no_more)
{
	struct promises p = PROMISES_INIT;
	char word[32];

	for (int i = 0; i < BOUND_PROMISE_EXTRA; i++) {
		snprintf(word, sizeof(word), "+call%d", i);
		cr_assert_eq(promise_add(&p, word, strlen(word)), 0);
	}
	cr_assert_eq(promise_add(&p, "+more", 5), -ENOSPC);
	cr_assert_eq(promise_add(&p, "+call0", 6), 0, "one of them again");
	cr_assert_eq(p.nextra, BOUND_PROMISE_EXTRA);
}

Test(promise, the_longest_set_fits_its_text)
{
	struct promises p = PROMISES_INIT;
	char word[40];
	char text[BOUND_PROMISE_TEXT];

	p.words = PROMISE_STDIO | PROMISE_ACCEPT | PROMISE_THREADS |
		  PROMISE_TIME | PROMISE_SPAWN;
	for (int i = 0; i < BOUND_PROMISE_EXTRA; i++) {
		snprintf(word, sizeof(word), "+%031d", i);
		cr_assert_eq(promise_add(&p, word, 32), 0);
	}
	cr_assert_eq(promise_print(&p, text, sizeof(text)), 0);
}

Test(promise, too_little_room_is_told)
{
	struct promises p = parsed("accept");
	char text[13];

	cr_assert_eq(promise_print(&p, text, 13), 0);
	for (size_t size = 0; size < 13; size++)
		cr_assert_eq(promise_print(&p, text, size), -ENOSPC);
}

static bool within(const char *narrow, const char *wide)
{
	struct promises n = parsed(narrow);
	struct promises w = parsed(wide);

	return promise_within(&n, &w);
}

Test(promise, narrower_is_within_and_wider_is_not)
{
	cr_assert(within("stdio", "stdio accept"));
	cr_assert(within("accept +fsync", "+fsync accept threads"));
	cr_assert_not(within("accept", "stdio"));
	cr_assert_not(within("+fsync", "stdio accept threads time spawn"));
	cr_assert_not(within("+fsync", "+fsyncd"));
	cr_assert_not(within("+fsync +sync", "+fsync"));
}
