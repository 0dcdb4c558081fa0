/* SPDX-License-Identifier: ISC */
#include "policy/lex.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

TestSuite(lex, .timeout = 10);

static struct policy_note err;
static struct lex l = LEX_INIT;

static void open_bytes(const char *text, size_t len)
{
	cr_assert_eq(lex_open(&l, "t", text, len, &err), 0);
}

static void open_text(const char *text)
{
	open_bytes(text, strlen(text));
}

/* The next line has n words. */
static void expect_line(size_t n)
{
	cr_assert_eq(lex_line(&l), 1, "%s", err.text);
	cr_assert_eq(l.nwords, n);
}

static void expect_word(size_t i, unsigned column, const char *text)
{
	cr_assert_null(l.words[i].key);
	cr_assert_str_eq(l.words[i].text, text);
	cr_assert_eq(l.words[i].column, column);
	cr_assert_eq(l.words[i].text_column, column);
}

static void expect_end(void)
{
	cr_assert_eq(lex_line(&l), 0);
	cr_assert_eq(lex_line(&l), 0);
	lex_close(&l);
}

static void expect_error(unsigned line, unsigned column, const char *text)
{
	cr_assert_eq(lex_line(&l), -EINVAL);
	cr_assert_eq(err.line, line, "line %u", err.line);
	cr_assert_eq(err.column, column, "column %u", err.column);
	cr_assert_str_eq(err.text, text);
	cr_assert_str_eq(err.source, "t");
	lex_close(&l);
}

Test(lex, has_no_line_in_an_empty_text)
{
	open_text("");
	expect_end();
}

Test(lex, counts_columns_in_bytes_from_one)
{
	open_text("read /a\n\t list\t\t/\xc3\xa4  /c \n");
	expect_line(2);
	cr_assert_eq(l.line, 1);
	expect_word(0, 1, "read");
	expect_word(1, 6, "/a");
	cr_assert_eq(l.end_column, 8);
	expect_line(3);
	cr_assert_eq(l.line, 2);
	expect_word(0, 3, "list");
	expect_word(1, 9, "/\xc3\xa4");
	expect_word(2, 14, "/c");
	cr_assert_eq(l.end_column, 17);
	expect_end();
}

Test(lex, reads_a_last_line_without_newline)
{
	open_text("\n\nread /a");
	expect_line(0);
	expect_line(0);
	expect_line(2);
	cr_assert_eq(l.line, 3);
	expect_word(1, 6, "/a");
	expect_end();
}

Test(lex, starts_a_comment_only_at_a_words_start)
{
	open_text("#x\nread /a#b # c \"d\n \t# e\n");
	expect_line(0);
	cr_assert_eq(l.end_column, 1);
	expect_line(2);
	expect_word(1, 6, "/a#b");
	cr_assert_eq(l.end_column, 11);
	expect_line(0);
	expect_end();
}

Test(lex, splits_a_key_from_its_value)
{
	open_text("a b=c=d e= f_1=\"g h\" =x 1=y /p=q \"r=s\"\n");
	expect_line(8);
	cr_assert_str_eq(l.words[1].key, "b");
	cr_assert_str_eq(l.words[1].text, "c=d");
	cr_assert_eq(l.words[1].column, 3);
	cr_assert_eq(l.words[1].text_column, 5);
	cr_assert_str_eq(l.words[2].key, "e");
	cr_assert_str_eq(l.words[2].text, "");
	cr_assert_str_eq(l.words[3].key, "f_1");
	cr_assert_str_eq(l.words[3].text, "g h");
	cr_assert_eq(l.words[3].text_column, 16);
	expect_word(4, 22, "=x");
	expect_word(5, 25, "1=y");
	expect_word(6, 29, "/p=q");
	expect_word(7, 34, "r=s");
	expect_end();
}

Test(lex, reads_quotes_and_keeps_what_patterns_need)
{
	open_text("\"a b\" \"\" \"# \\\" \\\\ \\*\"\n");
	expect_line(3);
	expect_word(0, 1, "a b");
	expect_word(1, 7, "");
	expect_word(2, 10, "# \" \\\\ \\*");
	expect_end();
}

Test(lex, takes_as_many_words_as_fit_in_a_line)
{
	static char text[BOUND_POLICY_LINE + 1];

	for (size_t i = 0; i < BOUND_POLICY_LINE; i++)
		text[i] = i % 2 == 0 ? 'x' : ' ';
	text[BOUND_POLICY_LINE] = '\n';
	open_bytes(text, sizeof(text));
	expect_line(BOUND_POLICY_LINE / 2);
	expect_word(BOUND_POLICY_LINE / 2 - 1, BOUND_POLICY_LINE - 1, "x");
	expect_end();
}

Test(lex, refuses_one_byte_more_than_a_line_may_have)
{
	static char text[BOUND_POLICY_LINE + 1];

	memset(text, 'x', sizeof(text));
	open_bytes(text, sizeof(text) - 1);
	expect_line(1);
	expect_end();
	open_bytes(text, sizeof(text));
	expect_error(1, BOUND_POLICY_LINE + 1,
		     "found a line of 16385 bytes, expected at most 16384");
}

Test(lex, refuses_a_text_too_long)
{
	cr_assert_eq(lex_open(&l, "t", "", BOUND_POLICY_BYTES + 1, &err),
		     -E2BIG);
	cr_assert_str_eq(err.text,
			 "found 4194305 bytes, expected at most 4194304");
	cr_assert_eq(err.line, 0);
	lex_close(&l);
}

Test(lex, refuses_nul_in_any_place)
{
	open_bytes("a\nb\0c\n", 6);
	expect_line(1);
	expect_error(2, 2, "found a NUL byte, expected text");
	open_bytes("# \0\n", 4);
	expect_error(1, 3, "found a NUL byte, expected text");
	open_bytes("\"\0\"", 3);
	expect_error(1, 2, "found a NUL byte, expected text");
}

Test(lex, refuses_control_characters_but_the_tab)
{
	for (int c = 1; c < ' '; c++) {
		char text[] = {'a', (char)c, 'b', '\n'};
		bool fine = c == '\t' || c == '\n';

		open_bytes(text, sizeof(text));
		cr_expect_eq(lex_line(&l), fine ? 1 : -EINVAL, "%d", c);
		if (!fine)
			cr_expect_eq(err.column, 2);
		lex_close(&l);
	}
}

Test(lex, refuses_a_quote_that_ends_with_the_line)
{
	open_text("a\nb \"c\nd\"\n");
	expect_line(1);
	expect_error(2, 3,
		     "found a quote that nothing closes, expected a second \"");
	/* The text ends, too: nothing behind it is read. */
	open_bytes("\"a\"", 2);
	expect_error(1, 1,
		     "found a quote that nothing closes, expected a second \"");
	open_bytes("\"a\\\"", 3);
	expect_error(1, 3,
		     "found a lone \\ within quotes, expected \\\", \\\\ or "
		     "\\*");
}

Test(lex, closes_twice)
{
	open_text("a\n");
	lex_close(&l);
	lex_close(&l);
}

Test(lex, quotes_for_messages_within_bounds)
{
	char word[200];

	cr_assert_str_eq(lex_quote("a b").text, "a b");
	cr_assert_str_eq(lex_quote("\x01\x7f\xc3").text, "\\x01\\x7f\\xc3");
	memset(word, 0xff, sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	cr_assert_lt(strlen(lex_quote(word).text), 96);
	memset(word, 'x', sizeof(word) - 1);
	cr_assert(strstr(lex_quote(word).text, "xxx..."));
}
