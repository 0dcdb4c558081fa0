/* SPDX-License-Identifier: ISC */
/* For the test of the test runner: one test that fails, one that passes. */
#include <criterion/criterion.h>

Test(fails, asserts_what_is_false)
{
	cr_assert(false);
}

Test(fails, asserts_what_is_true)
{
	cr_assert(true);
}
