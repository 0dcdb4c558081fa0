/* SPDX-License-Identifier: ISC */
/*
 * The tests of the fd-passing core once more, by an ordinary user, where root
 * runs them first: what the kernel charges and refuses differs.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/capture.h"
#include "support/paths.h"
#include "support/scratch.h"

TestSuite(core, .timeout = 120);

/* From a copy: the build may lie where nobody else may look. */
static void passes(struct scratch *s, const char *name)
{
	char from[BOUND_PATH];
	struct capture c;
	const char *copy;

	snprintf(from, sizeof(from), "tests/%s", name);
	copy = scratch_path(s, "test");
	cr_assert_eq(capture_run(&c, ARGV("/usr/bin/install", "-m", "755",
					  paths_built(from), copy)),
		     0, "%s%s", c.out, c.err);
	capture_free(&c);
	if (geteuid() == 0)
		(void)capture_run(&c, ARGV("/usr/bin/setpriv", "--reuid",
					   "65534", "--regid", "65534",
					   "--clear-groups", copy));
	else
		(void)capture_run(&c, ARGV(copy));
	cr_assert_eq(c.status, 0, "%s: %s%s", name, c.out, c.err);
	capture_free(&c);
}

Test(core, passes_all_its_tests_as_an_ordinary_user)
{
	static const char *const names[] = {
		"unit/test_fdpass",	    "unit/test_fdpass_data",
		"unit/test_fdpass_faults",  "unit/test_fdpass_truncation",
		"unit/test_fdpass_control", "unit/test_fdpass_shared",
		"unit/test_fdpass_signals", "unit/test_fdstream",
		"unit/test_chan",	    "system/test_interop",
	};
	struct scratch s;

	/* By this it would take itself for one of our tests. */
	cr_assert_eq(unsetenv("BXFI_MAP"), 0);
	scratch_make(&s);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		passes(&s, names[i]);
	scratch_remove(&s);
}
