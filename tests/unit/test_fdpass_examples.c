/* SPDX-License-Identifier: ISC */
/* What the core's headers show to a first reader compiles and works. */
#include <criterion/criterion.h>

#include "support/capture.h"

Test(fdpass_examples, those_in_the_headers_compile_alone_and_run, .timeout = 60)
{
	static const char *const argv[] = {
		"tests/tools/header-examples",
		"common",
		NULL,
	};
	struct capture c;
	int status = capture_run(&c, argv);

	cr_assert_eq(status, 0, "%s%s", c.out, c.err);
	cr_assert_str_eq(c.out, "take these: 2 descriptors\n"
				"hello: 2 descriptors\n"
				"one: 0 descriptors\n"
				"two: 1 descriptors\n");
	capture_free(&c);
}
