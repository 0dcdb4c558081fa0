/* SPDX-License-Identifier: ISC */
#include "notify_state.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "bounds.h"

static bool holds(const char *name, const char *value)
{
	char state[BOUND_NOTIFY];

	(void)snprintf(state, sizeof(state), "%s=%s", name, value);
	return notify_state_is_own(state);
}

Test(notify_state, is_of_a_few_names)
{
	static const char *const own[] = {
		"READY",    "RELOADING",      "STOPPING", "STATUS",
		"WATCHDOG", "MONOTONIC_USEC", "ERRNO",	  "EXTEND_TIMEOUT_USEC",
	};
	static const char *const others[] = {
		"MAINPID",  "MAINPIDFDID",
		"FDSTORE",  "FDSTOREREMOVE",
		"FDNAME",   "FDPOLL",
		"BARRIER",  "NOTIFYACCESS",
		"ready",    "WATCHDOG_USEC",
		"READYX",   "READ",
		" READY",   "",
		"BUSERROR", "X_READY",
	};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		cr_expect(holds(own[i], "1"), "%s", own[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		cr_expect_not(holds(others[i], "1"), "%s", others[i]);
}

Test(notify_state, hides_no_line_behind_another)
{
	cr_assert(notify_state_is_own("READY=1\nSTATUS=x"));
	cr_assert(notify_state_is_own("READY=1\nSTATUS=x\n"));
	cr_assert_not(notify_state_is_own("READY=1\nMAINPID=1"));
	cr_assert_not(notify_state_is_own("MAINPID=1\nREADY=1"));
	cr_assert_not(notify_state_is_own("READY=1\n\nSTATUS=x"));
	cr_assert_not(notify_state_is_own("\nREADY=1"));
	cr_assert_not(notify_state_is_own("READY\n=1"));
	cr_assert_not(notify_state_is_own(""));
}

/* Every byte, as the whole of a value and in the middle of one. */
Test(notify_state, has_no_control_character)
{
	for (unsigned c = 1; c < 256; c++) {
		char value[] = {'a', (char)c, 'b', '\0'};

		/* A newline ends the line, and "b" is no name. */
		cr_expect_eq(holds("STATUS", value), c >= ' ' && c != 0x7f,
			     "%u", c);
	}
}

Test(notify_state, is_bounded)
{
	char state[BOUND_NOTIFY + 1] = "STATUS=";

	memset(state + 7, 'x', BOUND_NOTIFY - 7);
	cr_assert_not(notify_state_is_own(state));
	state[BOUND_NOTIFY - 1] = '\0';
	cr_assert(notify_state_is_own(state));
}
