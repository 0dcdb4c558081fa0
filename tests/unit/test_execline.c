/* SPDX-License-Identifier: ISC */
#include "command/execline.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

TestSuite(execline, .timeout = 10);

/* ---- reading ------------------------------------------------------------- */

static struct execline read_line(const char *value)
{
	struct execline e = {.at = NULL};
	const char *why = "";

	cr_assert_eq(execline_parse(value, &e, &why), 0, "%s: %s", value, why);
	return e;
}

static void refuses(const char *value, const char *words)
{
	struct execline e = {.at = NULL};
	const char *why = "";

	cr_expect_eq(execline_parse(value, &e, &why), -EINVAL, "%s", value);
	cr_expect(strstr(why, words), "%s: %s", value, why);
	cr_expect_null(e.at);
}

Test(execline, reads_each_prefix_in_any_order)
{
	struct execline e = read_line("/bin/x");

	cr_expect(!e.ignore && !e.literal && !e.full);
	e = read_line("-/bin/x");
	cr_expect(e.ignore && !e.literal && !e.full);
	e = read_line(":/bin/x");
	cr_expect(!e.ignore && e.literal && !e.full);
	e = read_line("+/bin/x");
	cr_expect(!e.ignore && !e.literal && e.full);
	e = read_line("!!/bin/x");
	cr_expect(!e.ignore && !e.literal && e.full);
	e = read_line("!:-/bin/x -y");
	cr_expect(e.ignore && e.literal && e.full);
	cr_expect_str_eq(e.at, "/bin/x -y");
}

Test(execline, refuses_what_wicket_run_cannot_start)
{
	refuses("@/bin/x y", "'@' gives the program another name");
	refuses("-@/bin/x y", "'@' gives the program another name");
	refuses("|echo x", "'|' starts a shell");
	refuses("", "found no program");
	refuses("-", "found no program");
	refuses("- /bin/x", "found no program");
	refuses("\"-/bin/x\"", "found a prefix within quotes");
}

Test(execline, refuses_a_second_command)
{
	refuses("/bin/x ; /bin/y", "found a second command behind ';'");
	refuses("/bin/x a ;", "found a second command behind ';'");
	/* Part of a word, quoted or escaped it is text. */
	(void)read_line("/bin/x a; b;c ';' \\; \" ; \"");
}

Test(execline, refuses_a_quote_without_its_end)
{
	refuses("/bin/x \"a", "without its end");
	refuses("/bin/x 'a\"", "without its end");
	refuses("/bin/x 'a\\'", "without its end");
	refuses("/bin/x a\\", "without its end");
	(void)read_line("/bin/x \"it's\" '\"' a\\\"b 'a\\'b'");
}

/* ---- writing ------------------------------------------------------------- */

static void prints(const char *value, const char *expected)
{
	struct execline e = read_line(value);
	_cleanup_free_ char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	execline_print(&e, to);
	cr_assert_eq(fclose(to), 0);
	cr_expect_str_eq(text, expected, "%s", text);
}

Test(execline, prints_the_words_as_they_were_written)
{
	prints("-/bin/x  \"a b\" $A ${B} %i 'c' \\x20",
	       "/bin/x  \"a b\" $A ${B} %i 'c' \\x20");
}

/* The program's own name has no variables, an argument has. */
Test(execline, prints_a_dollar_of_the_first_word_as_text)
{
	prints("/bin/$x $y", "/bin/$$x $y");
	prints("'/bin/a $b' $y", "'/bin/a $$b' $y");
	prints(":/bin/$x $y", "/bin/$x $y");
}

static void quotes(const char *word, bool variables, const char *expected)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	execline_quote(word, variables, to);
	cr_assert_eq(fclose(to), 0);
	cr_expect_str_eq(text, expected, "%s", text);
}

Test(execline, quotes_only_what_needs_it)
{
	quotes("/usr/bin/x", true, "/usr/bin/x");
	quotes("--root=/srv", true, "--root=/srv");
	quotes("a;b", true, "a;b");
	quotes("#", true, "#");
	quotes("\xc3\xa4", true, "\xc3\xa4");
	quotes("", true, "\"\"");
	quotes(";", true, "\";\"");
	quotes("a b", true, "\"a b\"");
	quotes("it's", true, "\"it's\"");
}

Test(execline, quotes_what_systemd_would_replace)
{
	quotes("100%", true, "100%%");
	quotes("%i", false, "%%i");
	quotes("$HOME", true, "$$HOME");
	quotes("${A} $", true, "\"$${A} $$\"");
	quotes("/a$b", false, "/a$b");
	quotes("a\\b", true, "\"a\\\\b\"");
	quotes("say \"x\"", true, "\"say \\\"x\\\"\"");
	quotes("a\nb\tc\x7f", true, "\"a\\x0ab\\x09c\\x7f\"");
}
