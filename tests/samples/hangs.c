/* SPDX-License-Identifier: ISC */
/* For the test of the test runner. */
#include <criterion/criterion.h>
#include <unistd.h>

Test(hangs, waits_for_ever, .timeout = 1)
{
	for (;;)
		pause();
}
