/* SPDX-License-Identifier: ISC */
#include "escape.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

static const char *escaped(const char *s, size_t len, size_t size)
{
	static char buf[8192];

	cr_assert_leq(size, sizeof(buf));
	memset(buf, 'Z', sizeof(buf));
	cr_assert_eq(escape_text(s, len, buf, size), strlen(buf));
	cr_assert_lt(strlen(buf), size);
	return buf;
}

Test(escape, leaves_printing_text_alone, .timeout = 10)
{
	const char *text = "/srv/www/a b-c_d~!'$%&()";

	cr_assert_str_eq(escaped(text, strlen(text), 100), text);
	cr_assert_str_eq(escaped("", 0, 100), "");
}

Test(escape, hides_quotes_backslashes_and_controls, .timeout = 10)
{
	const char text[] = "a\"b\\c\nd\x1b[2J\r\t\x7f\xc3\xa9\0e";

	cr_assert_str_eq(escaped(text, sizeof(text) - 1, 100),
			 "a\\x22b\\x5cc\\x0ad\\x1b[2J\\x0d\\x09\\x7f\\xc3\\xa9"
			 "\\x00e");
}

Test(escape, lets_nothing_but_printing_ascii_out, .timeout = 10)
{
	for (int c = 0; c < 256; c++) {
		const char byte = (char)c;

		for (const char *p = escaped(&byte, 1, 16); *p; p++)
			cr_assert(*p >= ' ' && *p <= '~' && *p != '"');
	}
}

Test(escape, cuts_at_a_whole_byte, .timeout = 10)
{
	cr_assert_str_eq(escaped("abcdefgh", 8, 9), "abcdefgh");
	cr_assert_str_eq(escaped("abcdefgh", 8, 8), "abcd...");
	cr_assert_str_eq(escaped("ab\n\n", 4, 11), "ab\\x0a\\x0a");
	cr_assert_str_eq(escaped("ab\n\n", 4, 10), "ab\\x0a...");
	cr_assert_str_eq(escaped("ab\n\n", 4, 9), "ab...");
}

Test(escape, fits_into_any_room, .timeout = 10)
{
	char text[100];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 3 ? 'a' : '\n';
	for (size_t size = 1; size < 400; size++)
		(void)escaped(text, sizeof(text), size);
	cr_assert_eq(escape_text("abc", 3, NULL, 0), 0);
}

Test(escape, leaves_quotes_where_there_are_none_around, .timeout = 10)
{
	char buf[32];

	escape_line("say \"hi\"\n\\", 10, buf, sizeof(buf));
	cr_assert_str_eq(buf, "say \"hi\"\\x0a\\x5c");
}
