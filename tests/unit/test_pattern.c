/* SPDX-License-Identifier: ISC */
#include "policy/pattern.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "bounds.h"

TestSuite(pattern, .timeout = 10);

Test(pattern, covers_itself_and_no_neighbour)
{
	cr_assert(pattern_covers("/srv/www", "/srv/www"));
	cr_assert(pattern_covers("/", "/"));
	cr_assert_not(pattern_covers("/srv/www", "/srv/wwwx"));
	cr_assert_not(pattern_covers("/srv/wwwx", "/srv/www"));
	cr_assert_not(pattern_covers("/srv/www", "/srv"));
	cr_assert_not(pattern_covers("/srv/www", "/srv/www/a"));
	cr_assert_not(pattern_covers("/", "/a"));
	cr_assert_not(pattern_covers("/a", "/"));
}

Test(pattern, keeps_a_star_within_its_component)
{
	cr_assert(pattern_covers("/srv/*", "/srv/a"));
	cr_assert(pattern_covers("/srv/*", "/srv/.a"));
	cr_assert(pattern_covers("/srv/*.pem", "/srv/.pem"));
	cr_assert(pattern_covers("/srv/a*b*c", "/srv/abbcbc"));
	cr_assert(pattern_covers("/*/x", "/srv/x"));
	cr_assert_not(pattern_covers("/srv/*", "/srv"));
	cr_assert_not(pattern_covers("/srv/*", "/srv/a/b"));
	cr_assert_not(pattern_covers("/srv/*.pem", "/srv/a.pem.bak"));
	cr_assert_not(pattern_covers("/srv/a*b*c", "/srv/acb"));
	cr_assert_not(pattern_covers("/*", "/"));
}

Test(pattern, lets_two_stars_take_any_number_of_components)
{
	cr_assert(pattern_covers("/srv/**", "/srv"));
	cr_assert(pattern_covers("/srv/**", "/srv/a"));
	cr_assert(pattern_covers("/srv/**", "/srv/a/b/c"));
	cr_assert(pattern_covers("/**", "/"));
	cr_assert(pattern_covers("/srv/**/x", "/srv/x"));
	cr_assert(pattern_covers("/srv/**/x", "/srv/a/x/b/x"));
	cr_assert(pattern_covers("/**/a/**/b/**", "/x/a/b"));
	cr_assert(pattern_covers("/**/a/b/**/c", "/a/x/a/b/c"));
	cr_assert_not(pattern_covers("/srv/**", "/srvx"));
	cr_assert_not(pattern_covers("/srv/**", "/"));
	cr_assert_not(pattern_covers("/srv/**/x", "/srv/a/x/b"));
	cr_assert_not(pattern_covers("/srv/**/x", "/srv"));
	cr_assert_not(pattern_covers("/**/a/b/**/c", "/a/x/b/c"));
}

Test(pattern, reads_two_stars_in_a_longer_component_as_one)
{
	cr_assert(pattern_covers("/srv/a**", "/srv/ab"));
	cr_assert_not(pattern_covers("/srv/a**", "/srv/ab/c"));
	cr_assert(pattern_covers("/srv/***", "/srv/a"));
	cr_assert_not(pattern_covers("/srv/***", "/srv/a/b"));
}

Test(pattern, takes_escaped_bytes_as_they_are)
{
	cr_assert(pattern_covers("/a\\*", "/a*"));
	cr_assert_not(pattern_covers("/a\\*", "/ab"));
	cr_assert(pattern_covers("/a\\\\b", "/a\\b"));
	cr_assert(pattern_covers("/\\*\\*", "/**"));
	cr_assert_not(pattern_covers("/\\*\\*", "/a/b"));
	cr_assert_not(pattern_covers("/\\**", "/a"));
	cr_assert(pattern_covers("/\\**", "/*a"));
	cr_assert(pattern_covers("/*", "/*"));
	cr_assert(pattern_covers("/*\\\\", "/a\\"));
}

Test(pattern, compares_bytes_above_ascii)
{
	cr_assert(pattern_covers("/\xff*", "/\xff\xfe"));
	cr_assert_not(pattern_covers("/\xff", "/\x7f"));
}

Test(pattern, covers_entries_but_not_the_directory_itself)
{
	cr_assert_not(pattern_covers_entry("/srv/**", "/srv"));
	cr_assert_not(pattern_covers_entry("/**", "/"));
	cr_assert_not(pattern_covers_entry("/srv/**/**", "/srv"));
	cr_assert(pattern_covers_entry("/srv/**", "/srv/a"));
	cr_assert(pattern_covers_entry("/srv/**", "/srv/a/b"));
	cr_assert(pattern_covers_entry("/**", "/a"));
	cr_assert(pattern_covers_entry("/srv", "/srv"));
	cr_assert(pattern_covers_entry("/srv/**/x", "/srv/x"));
	/* /a/b/b is beneath /a/b, which the ** stands below as well. */
	cr_assert(pattern_covers_entry("/a/**/b/**", "/a/b/b"));
	cr_assert_not(pattern_covers_entry("/a/**/b/**", "/a/b"));
}

Test(pattern, covers_what_lies_beneath)
{
	cr_assert(pattern_covers_within("/srv/x", "/srv/x"));
	cr_assert(pattern_covers_within("/srv/x", "/srv/x/a/b"));
	cr_assert(pattern_covers_within("/**/.git", "/srv/a/.git/config"));
	cr_assert(pattern_covers_within("/", "/a"));
	cr_assert(pattern_covers_within("/srv/*", "/srv/a/b"));
	cr_assert_not(pattern_covers_within("/srv/x", "/srv/xy"));
	cr_assert_not(pattern_covers_within("/srv/x", "/srv"));
	cr_assert_not(pattern_covers_within("/srv/*", "/srv"));
}

Test(pattern, knows_directories_with_entries)
{
	cr_assert(pattern_has_entry_in("/srv/a", "/srv"));
	cr_assert(pattern_has_entry_in("/srv/*", "/srv"));
	cr_assert(pattern_has_entry_in("/srv/**", "/srv"));
	cr_assert(pattern_has_entry_in("/srv/**", "/srv/a/b"));
	cr_assert(pattern_has_entry_in("/srv/**/x", "/srv/a"));
	cr_assert(pattern_has_entry_in("/srv/*/x/**", "/srv/1/x"));
	cr_assert(pattern_has_entry_in("/a", "/"));
	cr_assert_not(pattern_has_entry_in("/srv/**", "/"));
	cr_assert_not(pattern_has_entry_in("/srv/a", "/srv/a"));
	cr_assert_not(pattern_has_entry_in("/srv/*/x/**", "/srv/1"));
	cr_assert_not(pattern_has_entry_in("/srv/*/x", "/srv"));
	cr_assert_not(pattern_has_entry_in("/", "/"));
}

Test(pattern, reaches_whatever_it_may_match_beneath)
{
	cr_assert(pattern_reaches("/srv/a", "/"));
	cr_assert(pattern_reaches("/srv/a", "/srv"));
	cr_assert(pattern_reaches("/srv/a", "/srv/a"));
	cr_assert(pattern_reaches("/srv/**/x", "/srv/a/b/c"));
	cr_assert(pattern_reaches("/srv/*/x/**", "/srv/a"));
	cr_assert(pattern_reaches("/srv/*/x/**", "/srv/a/x/b"));
	cr_assert(pattern_reaches("/**", "/a"));
	cr_assert_not(pattern_reaches("/srv/a", "/srv/a/b"));
	cr_assert_not(pattern_reaches("/srv/*/x/**", "/srv/a/y"));
	cr_assert_not(pattern_reaches("/srv/a", "/srv/b"));
	cr_assert_not(pattern_reaches("/", "/srv"));
}

Test(pattern, covers_trees_for_certain_only)
{
	cr_assert(pattern_covers_tree("/srv/**", "/srv"));
	cr_assert(pattern_covers_tree("/srv/**", "/srv/a/b"));
	cr_assert(pattern_covers_tree("/**/a/**", "/x/a/y"));
	cr_assert_not(pattern_covers_tree("/srv/*", "/srv/a"));
	cr_assert_not(pattern_covers_tree("/srv/a/**", "/srv"));
	cr_assert_not(pattern_covers_tree("/srv", "/srv"));
}

Test(pattern, splits_the_literal_part_off)
{
	cr_assert_eq(pattern_literal("/srv/www"), 8);
	cr_assert_eq(pattern_literal("/srv/www/**"), 8);
	cr_assert_eq(pattern_literal("/srv/www/x*"), 8);
	cr_assert_eq(pattern_literal("/srv/\\*/x"), 9);
	cr_assert_eq(pattern_literal("/"), 1);
	cr_assert_eq(pattern_literal("/**"), 1);
	cr_assert_eq(pattern_literal("/x*/y"), 1);
	cr_assert(pattern_is_literal("/srv/a\\*\\\\"));
	cr_assert_not(pattern_is_literal("/srv/a\\\\*"));
}

/* count times unit, then tail. */
static void repeat(char *buf, size_t size, const char *unit, size_t count,
		   const char *tail)
{
	size_t len = strlen(unit);

	cr_assert_lt(count * len + strlen(tail), size);
	for (size_t i = 0; i < count; i++)
		memcpy(buf + i * len, unit, len);
	memcpy(buf + count * len, tail, strlen(tail) + 1);
}

/*
 * What tries every way to divide the path among the stars does not end in the
 * lifetime of this machine; the suite's time limit is the assertion.
 */
Test(pattern, does_bounded_work)
{
	char pattern[BOUND_PATH], path[BOUND_PATH];

	repeat(path, sizeof(path), "/a", 2047, "");
	repeat(pattern, sizeof(pattern), "/**/a", 800, "/b");
	cr_assert_not(pattern_covers(pattern, path));
	repeat(pattern, sizeof(pattern), "/**/*/a", 500, "/b");
	cr_assert_not(pattern_covers(pattern, path));
	repeat(pattern, sizeof(pattern), "/**", 1300, "/b");
	cr_assert_not(pattern_covers(pattern, path));
	repeat(pattern, sizeof(pattern), "/**", 1300, "/a");
	cr_assert(pattern_covers(pattern, path));
}

Test(pattern, does_bounded_work_within_a_component)
{
	char pattern[BOUND_PATH] = "/", path[BOUND_PATH] = "/";

	repeat(path + 1, sizeof(path) - 1, "a", BOUND_COMPONENT, "");
	repeat(pattern + 1, sizeof(pattern) - 1, "*a", 120, "b");
	cr_assert_not(pattern_covers(pattern, path));
	repeat(pattern + 1, sizeof(pattern) - 1, "*a*", 120, "");
	cr_assert(pattern_covers(pattern, path));
	repeat(pattern, sizeof(pattern), "/**/*a*a*a*a*a*a*a*a*a*a*b", 100, "");
	repeat(path, sizeof(path), "/aaaaaaaaaaaaaaa", 255, "");
	cr_assert_not(pattern_covers(pattern, path));
}

/* The definition, without any cleverness, for short texts. */
static bool defined(const char *p, const char *s)
{
	size_t plen, slen;

	if (*p == '\0')
		return *s == '\0';
	plen = strcspn(p + 1, "/");
	slen = *s ? strcspn(s + 1, "/") : 0;
	if (plen == 2 && p[1] == '*' && p[2] == '*')
		return defined(p + 3, s) || (*s && defined(p, s + 1 + slen));
	return *s && pattern_fits(p + 1, plen, s + 1, slen) &&
	       defined(p + 1 + plen, s + 1 + slen);
}

/* The nth text over these components, "" after the last. */
static bool nth(const char *const *words, size_t nwords, unsigned n, char *buf,
		size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (; n > 0; n = (n - 1) / (unsigned)nwords) {
		len += (size_t)snprintf(buf + len, size - len, "/%s",
					words[(n - 1) % nwords]);
		if (len >= size)
			return false;
	}
	return true;
}

Test(pattern, agrees_with_its_definition)
{
	static const char *const globs[] = {"**", "a", "*"};
	static const char *const names[] = {"a", "b"};
	char pattern[32], path[32];

	for (unsigned i = 1; nth(globs, 3, i, pattern, 20) && i < 1100; i++)
		for (unsigned j = 1; j < 127; j++) {
			cr_assert(nth(names, 2, j, path, sizeof(path)));
			cr_assert_eq(pattern_covers(pattern, path),
				     defined(pattern, path), "%s %s", pattern,
				     path);
		}
}

Test(pattern, reads_the_literal_part_without_escapes)
{
	char path[BOUND_PATH];

	pattern_literal_path("/a\\*/b\\\\/c*", path);
	cr_assert_str_eq(path, "/a*/b\\");
	pattern_literal_path("/**", path);
	cr_assert_str_eq(path, "/");
	pattern_literal_path("/run/x", path);
	cr_assert_str_eq(path, "/run/x");
}
