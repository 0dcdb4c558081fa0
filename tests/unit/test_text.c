/* SPDX-License-Identifier: ISC */
#include "text.h"

#include <criterion/criterion.h>
#include <string.h>

Test(text, puts_pieces_one_behind_the_other)
{
	char buf[32];
	struct text t = text_in(buf, sizeof(buf));

	text_put(&t, "%s=%u", "a", 1u);
	text_put(&t, "%s", "");
	text_put(&t, ",%c", 'b');
	cr_assert_str_eq(buf, "a=1,b");
	cr_assert_eq(t.len, strlen(buf));
	cr_assert_not(t.failed);
}

Test(text, leaves_out_whole_what_does_not_fit)
{
	char buf[6] = "";
	struct text t = text_in(buf, sizeof(buf));

	text_put(&t, "abc");
	text_put(&t, "%s", "def");
	cr_assert_str_eq(buf, "abc");
	cr_assert(t.failed);
	text_put(&t, "de");
	cr_assert_str_eq(buf, "abcde");
	cr_assert_eq(t.len, 5);
	cr_assert(t.failed);
}

Test(text, writes_nothing_where_there_is_no_room)
{
	char buf[2] = "x";
	struct text none = text_in(buf, 0);
	struct text one;

	text_put(&none, "a");
	cr_assert_eq(none.len, 0);
	cr_assert(none.failed);
	cr_assert_str_eq(buf, "x");
	one = text_in(buf, 1);
	text_put(&one, "a");
	cr_assert_eq(one.len, 0);
	cr_assert(one.failed);
	cr_assert_str_eq(buf, "");
}
