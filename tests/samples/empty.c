/* SPDX-License-Identifier: ISC */
/* For the test of the test runner: a program without a test. */
#include <criterion/criterion.h>
