/* SPDX-License-Identifier: ISC */
/* For the test of the test runner. */
#include <criterion/criterion.h>

Test(skips, is_not_run, .disabled = true)
{
}

Test(skips, gives_up)
{
	cr_skip_test("it does not feel like it");
}

Test(skips, asserts_what_is_true)
{
	cr_assert(true);
}
