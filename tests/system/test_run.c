/* SPDX-License-Identifier: ISC */
/*
 * The test of the test runner: what must make it fail does.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "bounds.h"
#include "support/paths.h"

TestSuite(run, .timeout = 60);

/*
 * Runs tests/tools/run with these samples.  Returns its exit status, and its
 * last line.  Without the environment, in which Criterion tells its own
 * children what they are.
 */
static int run(const char *samples, char last[256])
{
	char command[3 * BOUND_PATH];
	char line[256] = "";
	FILE *out;
	int status;

	snprintf(command, sizeof(command),
		 "env -i PATH=\"$PATH\" TMPDIR=\"$TMPDIR\" "
		 "tests/tools/run '%s' %s",
		 paths_built("."), samples);
	out = popen(command, "re");
	cr_assert(out);
	last[0] = '\0';
	while (fgets(line, sizeof(line), out))
		memcpy(last, line, sizeof(line));
	last[strcspn(last, "\n")] = '\0';
	status = pclose(out);
	cr_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void comes_to(const char *samples, int status, const char *last_line)
{
	char last[256];
	int got = run(samples, last);

	cr_assert_str_eq(last, last_line, "%s: %s", samples, last);
	cr_assert_eq(got, status);
}

Test(run, a_test_that_fails_is_counted)
{
	comes_to("tests/samples/fails.c", 1, "1 passed, 1 failed");
}

Test(run, a_test_that_crashes_is_counted)
{
	comes_to("tests/samples/crashes.c", 1, "0 passed, 1 failed");
}

Test(run, a_test_that_hangs_is_counted)
{
	comes_to("tests/samples/hangs.c", 1, "0 passed, 1 failed");
}

Test(run, a_leak_fails_though_the_test_passed)
{
	comes_to("tests/samples/leaks.c", 1, "1 passed, 1 failed");
}

Test(run, a_skipped_test_is_a_failure)
{
	comes_to("tests/samples/skips.c", 1, "1 passed, 2 failed");
}

Test(run, a_program_without_a_test_is_a_failure)
{
	comes_to("tests/samples/empty.c", 1, "0 passed, 1 failed");
}

Test(run, a_program_that_counts_nothing_is_a_failure)
{
	comes_to("tests/samples/quits.c", 1, "0 passed, 1 failed");
}

Test(run, a_missing_program_is_a_failure)
{
	comes_to("tests/samples/was_never_built.c", 1, "0 passed, 1 failed");
}

Test(run, no_program_at_all_is_a_failure)
{
	comes_to("tests/samples/[x]*.c", 1, "0 passed, 1 failed");
}

Test(run, failures_of_several_programs_add_up)
{
	comes_to("tests/samples/fails.c tests/samples/skips.c", 1,
		 "2 passed, 3 failed");
}
