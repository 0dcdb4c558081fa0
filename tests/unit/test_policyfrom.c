/* SPDX-License-Identifier: ISC */
/* The words of --policy-from; the rest is in system/test_policy_from.c. */
#include "supervisor/policyfrom.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

static void refused(const char *command, int error, const char *text)
{
	struct failure f = FAILURE_INIT;
	struct policyfrom_words w;

	cr_expect_eq(policyfrom_split(command, &w, &f), error, "%s", command);
	cr_expect(strstr(f.text, text), "%s: %s", command, f.text);
}

Test(policyfrom, splits_at_every_run_of_blanks, .timeout = 10)
{
	struct failure f = FAILURE_INIT;
	struct policyfrom_words w;

	cr_assert_eq(policyfrom_split("  /sbin/d  -p  a=b #1 $x * ", &w, &f), 0,
		     "%s", f.text);
	cr_assert_str_eq(w.argv[0], "/sbin/d");
	cr_assert_str_eq(w.argv[1], "-p");
	cr_assert_str_eq(w.argv[2], "a=b");
	cr_assert_str_eq(w.argv[3], "#1");
	cr_assert_str_eq(w.argv[4], "$x");
	cr_assert_str_eq(w.argv[5], "*");
	cr_assert_null(w.argv[6]);
}

Test(policyfrom, needs_an_absolute_path, .timeout = 10)
{
	refused("", -EINVAL, "found ''");
	refused("   ", -EINVAL, "found ''");
	refused("httpd -p", -EINVAL, "found 'httpd', expected the absolute");
	refused("./httpd", -EINVAL, "expected the absolute path");
}

/* Whoever writes them expects a shell, and would get other words. */
Test(policyfrom, refuses_quotes_and_what_nobody_sees, .timeout = 10)
{
	refused("/sbin/d \"a b\"", -EINVAL, "found '\"'");
	refused("/sbin/d 'a b'", -EINVAL, "no quotes");
	refused("/sbin/d a\\ b", -EINVAL, "found '\\'");
	refused("/sbin/d a\n", -EINVAL, "found '\\x0a'");
	refused("/sbin/d\ta", -EINVAL, "found '\\x09'");
	refused("/sbin/d \x7f", -EINVAL, "found '\\x7f'");
}

Test(policyfrom, has_a_most_of_words_and_bytes, .timeout = 10)
{
	char many[2 * (BOUND_POLICY_COMMAND + 1) + 1];
	static char longest[BOUND_PATH + 1];
	struct failure f = FAILURE_INIT;
	struct policyfrom_words w;

	for (size_t i = 0; i + 1 < sizeof(many); i += 2)
		memcpy(many + i, "/ ", 2);
	many[2 * BOUND_POLICY_COMMAND] = '\0';
	cr_assert_eq(policyfrom_split(many, &w, &f), 0, "%s", f.text);
	cr_assert_str_eq(w.argv[BOUND_POLICY_COMMAND - 1], "/");
	cr_assert_null(w.argv[BOUND_POLICY_COMMAND]);
	many[2 * BOUND_POLICY_COMMAND] = '/';
	many[2 * BOUND_POLICY_COMMAND + 1] = '\0';
	refused(many, -E2BIG, "at most 64 words");

	memset(longest, '/', BOUND_PATH);
	refused(longest, -E2BIG, "too long");
	longest[BOUND_PATH - 1] = '\0';
	cr_assert_eq(policyfrom_split(longest, &w, &f), 0, "%s", f.text);
}
