/* SPDX-License-Identifier: ISC */
/* The tests that the documents name are there; and tests/tools/claims sees. */
#include <criterion/criterion.h>
#include <string.h>

#include "support/capture.h"
#include "support/scratch.h"

TestSuite(claims, .timeout = 10);

Test(claims, every_test_that_the_documents_name_is_there)
{
	static const char *const argv[] = {"tests/tools/claims", NULL};
	struct capture c;
	int status = capture_run(&c, argv);

	cr_assert_eq(status, 0, "%s%s", c.out, c.err);
	cr_assert_str_eq(c.out, "");
	capture_free(&c);
}

/* ---- the script, on documents of our own --------------------------------- */

#define RULES "## Rules, 1 to 1\n| 1 | Rule. | `a::plain` |\n"
#define CASES \
	"## Cases, 1 to 2\n| 1 | Case. | `a::made` |\n| 2 | . | not built |\n"
#define ATTACKS "## Attacks, 1 to 7\n"
#define NOT_YET                                          \
	"| 1 | . | not built |\n| 2 | . | not built |\n" \
	"| 3 | . | not built |\n| 4 | . | not built |\n" \
	"| 5 | . | not built |\n| 6 | . | not built |\n"
#define LAST "| 7 | Attack. | Answer. | `a::attack_07_*` |\n"

static const char source[] = "#define CLAIM(name, x) \\\n"
			     "\tTest(a, name, .timeout = 1)\n"
			     "Test(a, plain)\n"
			     "CLAIM(made, 1)\n"
			     "ParameterizedTest(struct x *x, a,\n"
			     "\t\tfor_each)\n"
			     "Test(a, attack_07_fails)\n"
			     "/* Test(a, none) */\n";

/* Runs the script below a scratch directory that holds these two pages. */
static int run(struct capture *c, const char *tests, const char *fdpass)
{
	struct scratch s;
	int status;

	scratch_make(&s);
	scratch_write(&s, "tests/unit/test_a.c", source, 0644);
	scratch_write(&s, "docs/TESTS.md", tests, 0644);
	scratch_write(&s, "docs/FDPASS.md", fdpass, 0644);
	status = capture_run(
		c, (const char *const[]){"tests/tools/claims", s.dir, NULL});
	scratch_remove(&s);
	return status;
}

static void says(const char *tests, const char *fdpass, const char *expected)
{
	struct capture c;
	int status = run(&c, tests, fdpass);

	cr_assert_str_eq(c.out, expected, "%s%s", c.out, c.err);
	cr_assert_eq(status, *expected != '\0');
	capture_free(&c);
}

Test(claims, finds_tests_that_macros_make)
{
	says(RULES CASES ATTACKS NOT_YET LAST,
	     "`a::for_each`, `a::m*`, `tests/unit/test_a.c`, `no_new_privs`\n",
	     "");
}

Test(claims, misses_a_test_that_is_not_there)
{
	says(RULES CASES ATTACKS NOT_YET LAST,
	     "`a::none`\n```c\n`a::program`\n```\n`a::for_*_test`, "
	     "`is_none_of_them`, `tests/b`\n",
	     "docs/FDPASS.md:1: a::none: there is none\n"
	     "docs/FDPASS.md:5: a::for_*_test: there is none\n"
	     "docs/FDPASS.md:5: is_none_of_them: there is none\n"
	     "docs/FDPASS.md:5: tests/b: there is none\n");
}

Test(claims, misses_a_row_and_what_it_holds)
{
	says(RULES "## Cases, 1 to 2\n| 2 | Case. |  |\n" ATTACKS NOT_YET LAST,
	     "",
	     "TESTS.md: Cases: the rows are not 1 to 2, each once\n"
	     "TESTS.md: Cases 2: neither a test nor \"not built\"\n");
}

Test(claims, misses_a_table)
{
	says(RULES ATTACKS NOT_YET LAST, "",
	     "TESTS.md: no table Cases, 1 to N\n");
}

Test(claims, misses_an_attack_in_its_row)
{
	says(RULES CASES ATTACKS NOT_YET "| 7 | . | `a::plain` |\n", "",
	     "TESTS.md: Attacks 7: does not name a::attack_07_fails\n");
}
