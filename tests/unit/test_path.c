/* SPDX-License-Identifier: ISC */
#include "path.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

TestSuite(path, .timeout = 10);

static void expect_clean(const char *path, const char *clean, bool dir)
{
	char buf[BOUND_PATH];
	bool got_dir = !dir;

	cr_assert_eq(path_clean(path, buf, &got_dir), 0, "%s", path);
	cr_assert_str_eq(buf, clean);
	cr_assert_eq(got_dir, dir, "%s", path);
}

static void expect_refused(const char *path, int error)
{
	char buf[BOUND_PATH];
	bool dir;

	cr_assert_eq(path_clean(path, buf, &dir), -error, "%.60s", path);
}

/* "/xxx...", len bytes, with a slash before each component of 200. */
static void long_path(char *buf, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf[i] = i % 200 == 0 ? '/' : 'x';
	buf[len] = '\0';
}

Test(path, collapses_slashes_and_dots)
{
	expect_clean("/a/b", "/a/b", false);
	expect_clean("//a///b", "/a/b", false);
	expect_clean("/./a/././b", "/a/b", false);
	expect_clean("/a/.b/..c/...", "/a/.b/..c/...", false);
}

Test(path, notices_that_a_directory_is_asked_for)
{
	expect_clean("/a/", "/a", true);
	expect_clean("/a//", "/a", true);
	expect_clean("/a/.", "/a", true);
	expect_clean("/a/./", "/a", true);
	expect_clean("/a.", "/a.", false);
	expect_clean("/", "/", true);
	expect_clean("//./", "/", true);
}

Test(path, keeps_bytes_that_are_not_utf8)
{
	expect_clean("/\xff\xfe/\n\x01", "/\xff\xfe/\n\x01", false);
}

Test(path, refuses_parents)
{
	expect_refused("/..", EACCES);
	expect_refused("/a/../b", EACCES);
	expect_refused("/a/..", EACCES);
	expect_refused("/a/../", EACCES);
}

Test(path, refuses_relative_and_empty)
{
	expect_refused("", ENOENT);
	expect_refused("a", EACCES);
	expect_refused("./a", EACCES);
	expect_refused("..", EACCES);
}

Test(path, bounds_the_path_as_the_kernel_does)
{
	char path[BOUND_PATH + 2];

	long_path(path, 4095);
	expect_clean(path, path, false);
	long_path(path, 4096);
	expect_refused(path, ENAMETOOLONG);
	long_path(path, 4097);
	expect_refused(path, ENAMETOOLONG);
}

Test(path, counts_slashes_that_collapse)
{
	char path[BOUND_PATH + 1];

	memset(path, '/', BOUND_PATH);
	path[BOUND_PATH] = '\0';
	expect_refused(path, ENAMETOOLONG);
	path[BOUND_PATH - 1] = '\0';
	expect_clean(path, "/", true);
}

Test(path, bounds_a_component)
{
	char path[300] = "/";

	memset(path + 1, 'x', BOUND_COMPONENT);
	expect_clean(path, path, false);
	path[1 + BOUND_COMPONENT] = 'x';
	expect_refused(path, ENAMETOOLONG);
}

static void expect_follow(const char *dir, const char *target, const char *rest,
			  const char *clean)
{
	char buf[BOUND_PATH];

	cr_assert_eq(path_follow(dir, target, rest, buf), 0);
	cr_assert_str_eq(buf, clean);
}

Test(path, follows_links)
{
	expect_follow("/srv", "www", "", "/srv/www");
	expect_follow("/srv", "www", "/a/b", "/srv/www/a/b");
	expect_follow("/srv", "/data", "/a", "/data/a");
	expect_follow("/srv", "./x//y/.", "/a", "/srv/x/y/a");
	expect_follow("/", "a", "", "/a");
	expect_follow("/", "/", "", "/");
	expect_follow("/srv", "/", "/a", "/a");
}

Test(path, follows_links_through_parents)
{
	expect_follow("/srv/www", "../etc", "", "/srv/etc");
	expect_follow("/srv/www", "..", "", "/srv");
	expect_follow("/srv", "..", "", "/");
	expect_follow("/srv", "../../../..", "/a", "/a");
	expect_follow("/srv", "/a/../b/./../c", "", "/c");
}

Test(path, tells_whether_a_link_goes_in_and_out_again)
{
	cr_assert(path_returns("a/.."));
	cr_assert(path_returns("/a//./../b"));
	cr_assert(path_returns("../a/../b"));
	cr_assert(path_returns("..a/../b"));
	cr_assert_not(path_returns(""));
	cr_assert_not(path_returns("/"));
	cr_assert_not(path_returns("../.././../a/b"));
	cr_assert_not(path_returns("/../a/..b/..."));
}

Test(path, refuses_links_that_lead_nowhere)
{
	char buf[BOUND_PATH];
	char target[BOUND_PATH];

	cr_assert_eq(path_follow("/srv", "", "/a", buf), -ENOENT);
	cr_assert_eq(path_follow("/srv", "a", "/../b", buf), -EACCES);
	long_path(target, 4095);
	cr_assert_eq(path_follow("/", target, "", buf), 0);
	cr_assert_eq(path_follow("/", target, "/a", buf), -ENAMETOOLONG);
	cr_assert_eq(path_follow("/srv", target + 1, "", buf), -ENAMETOOLONG);
}

Test(path, splits_the_last_component_off)
{
	cr_assert_eq(path_dirlen("/"), 1);
	cr_assert_eq(path_dirlen("/a"), 1);
	cr_assert_eq(path_dirlen("/a/b"), 2);
	cr_assert_eq(path_dirlen("/ab/cd/e"), 6);
	cr_assert_str_eq(path_base("/"), "");
	cr_assert_str_eq(path_base("/a"), "a");
	cr_assert_str_eq(path_base("/a/bc"), "bc");
}

Test(path, tells_beneath_from_beside)
{
	cr_assert(path_within("/srv/www", "/srv/www"));
	cr_assert(path_within("/srv/www/a", "/srv/www"));
	cr_assert(path_within("/srv", "/"));
	cr_assert(path_within("/", "/"));
	cr_assert_not(path_within("/srv/wwwx", "/srv/www"));
	cr_assert_not(path_within("/srv", "/srv/www"));
	cr_assert_not(path_within("/", "/srv"));
}

Test(path, knows_names_of_processes)
{
	cr_assert(path_names_process("/proc/self/maps"));
	cr_assert(path_names_process("/proc/thread-self"));
	cr_assert(path_names_process("/proc/1"));
	cr_assert(path_names_process("/proc/12345/environ"));
	cr_assert(path_names_process("/proc/x/self"));
	cr_assert_not(path_names_process("/proc/meminfo"));
	cr_assert_not(path_names_process("/proc/selfish/1a"));
	cr_assert_not(path_names_process("/proc/sys/kernel"));
	cr_assert_not(path_names_process("/"));
}

Test(path, names_what_a_directory_has)
{
	static char dir[BOUND_PATH];
	char child[BOUND_PATH];

	cr_assert(path_child("/", "a", child));
	cr_assert_str_eq(child, "/a");
	cr_assert(path_child("/a/b", ".c", child));
	cr_assert_str_eq(child, "/a/b/.c");
	/* "/xx/x/x..." */
	for (size_t i = 1; i < BOUND_PATH - 3; i++)
		dir[i] = i % 2 && i > 1 ? '/' : 'x';
	dir[0] = '/';
	cr_assert_eq(strlen(dir), BOUND_PATH - 3);
	cr_assert(path_child(dir, "a", child));
	cr_assert_eq(strlen(child), BOUND_PATH - 1);
	cr_assert_not(path_child(dir, "ab", child));
}
