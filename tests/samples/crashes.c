/* SPDX-License-Identifier: ISC */
/* For the test of the test runner. */
#include <criterion/criterion.h>
#include <signal.h>

Test(crashes, dies_of_a_signal)
{
	raise(SIGSEGV);
}
