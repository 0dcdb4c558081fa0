/* SPDX-License-Identifier: ISC */
/* For the test of the test runner: a program without a test. */
#include <criterion/criterion.h>

/* Without any code MODE=cov would write its counts to where it is started. */
void does_nothing(void);
void does_nothing(void)
{
}
