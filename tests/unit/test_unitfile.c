/* SPDX-License-Identifier: ISC */
#include "command/unitfile.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

static struct unitfile unit;

static void drop(void)
{
	unitfile_free(&unit);
	cr_assert_eq(unit.n, 0);
}

TestSuite(unitfile, .timeout = 10, .fini = drop);

static void add(const char *file, const char *text)
{
	struct policy_note err = POLICY_NOTE_INIT;

	cr_assert_eq(unitfile_add(&unit, file, text, strlen(text), &err), 0,
		     "%s", err.text);
}

static void has(const char *key, const char *value, unsigned line)
{
	const struct unitfile_setting *s = unitfile_get(&unit, key);

	cr_assert_not_null(s, "%s", key);
	cr_expect_str_eq(s->value, value, "%s=%s", key, s->value);
	cr_expect_eq(s->line, line, "%s in line %u", key, s->line);
}

Test(unitfile, reads_the_service_section_only)
{
	add("a", "Type=none\n[Unit]\nType=unit\n[Service]\nType=notify\n"
		 "[Install]\nType=install\n[Service]\nUser=x\n");
	cr_assert_eq(unit.n, 2);
	has("Type", "notify", 5);
	has("User", "x", 9);
	cr_expect_null(unitfile_get(&unit, "Group"));
}

Test(unitfile, takes_blanks_off_both_ends)
{
	add("a", " \t[Service] \n\t Type \t= \tnotify x \t\r\n=y\nnothing\n"
		 "A=b=c");
	has("Type", "notify x", 2);
	has("A", "b=c", 5);
}

Test(unitfile, skips_comments)
{
	add("a", "[Service]\n#Type=a\n ;Type=b\nUser=x # y\n");
	cr_assert_eq(unit.n, 1);
	has("User", "x # y", 4);
}

Test(unitfile, joins_lines_that_go_on)
{
	add("a", "[Service]\nExecStart=/bin/x \\\n  a\\\n# not this\n"
		 "  ; nor this \\\n\tb\nUser=y\nGroup=z \\");
	has("ExecStart", "/bin/x  a b", 2);
	has("User", "y", 7);
	has("Group", "z", 8);
}

Test(unitfile, goes_on_behind_an_odd_backslash_only)
{
	add("a", "[Service]\nA=x\\\\\nB=y\\\\\\\n z\nC=w\n");
	has("A", "x\\\\", 2);
	has("B", "y\\\\ z", 3);
	has("C", "w", 5);
}

Test(unitfile, ends_what_goes_on_at_an_empty_line)
{
	add("a", "[Service]\nA=x \\\n\nB=y\n");
	has("A", "x", 2);
	has("B", "y", 4);
}

Test(unitfile, takes_the_last_and_takes_back)
{
	const struct unitfile_setting *last = NULL;

	add("a", "[Service]\nType=simple\nExecStart=/1\nUser=x\n");
	add("b", "[Service]\nType=exec\nExecStart=/2\nUser=\n");
	has("Type", "exec", 2);
	cr_expect_str_eq(unitfile_get(&unit, "Type")->file, "b");
	cr_expect_null(unitfile_get(&unit, "User"));
	cr_expect_eq(unitfile_count(&unit, "ExecStart", &last), 2);
	cr_expect_str_eq(last->value, "/2");
	add("c", "[Service]\nExecStart=\nExecStart=/3\n");
	cr_expect_eq(unitfile_count(&unit, "ExecStart", &last), 1);
	cr_expect_str_eq(last->value, "/3");
}

Test(unitfile, knows_every_no)
{
	static const char *const no[] = {"no", "No", "n",  "false",
					 "f",  "0",  "OFF"};
	static const char *const yes[] = {"yes", "1", "tmpfs", "full"};
	char value[16];
	struct unitfile_setting s = {.value = value};

	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		(void)snprintf(value, sizeof(value), "%s", no[i]);
		cr_expect(unitfile_is_no(&s), "%s", value);
	}
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		(void)snprintf(value, sizeof(value), "%s", yes[i]);
		cr_expect_not(unitfile_is_no(&s), "%s", value);
	}
}

Test(unitfile, bounds_the_settings)
{
	struct policy_note err = POLICY_NOTE_INIT;
	_cleanup_free_ char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	(void)fputs("[Service]\n", to);
	for (int i = 0; i <= BOUND_UNIT_SETTINGS; i++)
		(void)fputs("A=b\n", to);
	cr_assert_eq(fclose(to), 0);
	cr_assert_eq(unitfile_add(&unit, "a", text, len, &err), -E2BIG);
	cr_assert_eq(unit.n, BOUND_UNIT_SETTINGS);
	cr_assert_str_eq(err.source, "a");
	cr_assert_eq(err.line, BOUND_UNIT_SETTINGS + 2);
	cr_assert_str_eq(err.text,
			 "found more settings, expected at most 4096");
}
