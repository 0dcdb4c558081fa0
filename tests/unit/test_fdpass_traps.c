/* SPDX-License-Identifier: ISC */
/* The programs in docs/FDPASS.md do what the page says of them. */
#include <criterion/criterion.h>

#include "support/capture.h"

Test(fdpass_traps, every_program_of_the_page_prints_what_the_page_says,
     .timeout = 60)
{
	static const char *const argv[] = {
		"tests/tools/doc-programs",
		"docs/FDPASS.md",
		"docs/examples",
		NULL,
	};
	struct capture c;
	int status = capture_run(&c, argv);

	cr_assert_eq(status, 0, "%s%s", c.out, c.err);
	capture_free(&c);
}
