/* SPDX-License-Identifier: ISC */
/* do_stat(), do_access(), do_readlink(). */
#include "helper/helper.h"

#include <fcntl.h>
#include <string.h>

#include "answer.h"
#include "support/site.h"

static int look(struct site *s, const char *path, uint32_t flags,
		struct stat *ret)
{
	struct wire_in in;
	int r = site_stat(s, path, flags);

	if (r < 0)
		return r;
	in = wire_in(s->blob, s->job.blob_len);
	return answer_get_stat(&in, ret);
}

SITE_TEST(stat, tells_what_the_kernel_tells, "stat @/a\n")
{
	struct stat st;
	struct stat true_one;

	site_file(s, "a", "text", 0604, s->owner);
	CHILD_CHECK(look(s, "a", 0, &st) == 0);
	CHILD_CHECK(stat("a", &true_one) == 0);
	CHILD_CHECK(st.st_ino == true_one.st_ino);
	CHILD_CHECK(st.st_dev == true_one.st_dev);
	CHILD_CHECK(st.st_mode == true_one.st_mode);
	CHILD_CHECK(st.st_uid == true_one.st_uid);
	CHILD_CHECK(st.st_size == 4 && st.st_nlink == 1);
	CHILD_CHECK(st.st_mtim.tv_sec == true_one.st_mtim.tv_sec);
	CHILD_CHECK(st.st_mtim.tv_nsec == true_one.st_mtim.tv_nsec);
}

SITE_TEST(stat, comes_with_every_other_right,
	  "read @/r\nwrite @/w\nappend @/a\nlist @/l\nremove @/rm\nstat @/s\n"
	  "deny @/d\n")
{
	static const char *const names[] = {"r", "w", "a", "l", "rm", "s"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CHILD_CHECK(site_stat(s, names[i], 0) == -ENOENT);
		CHILD_CHECK(!s->job.refused && s->job.rule);
		site_file(s, names[i], "text", 0600, s->worker);
		CHILD_CHECK(site_stat(s, names[i], 0) == 0);
	}
	/* Whether what is denied exists makes no difference. */
	CHILD_CHECK(site_stat(s, "d", 0) == -EACCES);
	CHILD_CHECK(site_stat(s, "other", 0) == -EACCES);
	site_file(s, "d", "text", 0600, s->worker);
	site_file(s, "other", "text", 0600, s->worker);
	CHILD_CHECK(site_stat(s, "d", 0) == -EACCES);
	CHILD_CHECK(site_stat(s, "other", 0) == -EACCES);
}

SITE_TEST(stat, looks_at_the_link_or_at_its_target, "stat @/**\n")
{
	struct stat st;

	site_directory(s, "d", 0755, s->worker);
	site_link(s, "d", "l");
	site_link(s, "/etc/shadow", "out");
	CHILD_CHECK(look(s, "l", 0, &st) == 0 && S_ISDIR(st.st_mode));
	CHILD_CHECK(look(s, "l", AT_SYMLINK_NOFOLLOW, &st) == 0);
	CHILD_CHECK(S_ISLNK(st.st_mode));
	/* As in the kernel, a slash follows it all the same. */
	CHILD_CHECK(look(s, "l/", AT_SYMLINK_NOFOLLOW, &st) == 0);
	CHILD_CHECK(S_ISDIR(st.st_mode));
	CHILD_CHECK(look(s, "out", 0, &st) == -EACCES);
	CHILD_CHECK(look(s, "out", AT_SYMLINK_NOFOLLOW, &st) == 0);
	CHILD_CHECK(look(s, "l", AT_EMPTY_PATH, &st) == -EINVAL);
}

SITE_TEST(stat, wants_a_directory_where_a_slash_ends_the_path, "stat @/**\n")
{
	site_file(s, "a", "text", 0600, s->worker);
	CHILD_CHECK(site_stat(s, "a/", 0) == -ENOTDIR);
	CHILD_CHECK(site_stat(s, "/", 0) == -EACCES);
}

SITE_TEST(stat, never_opens_what_it_looks_at, "stat @/fifo\n")
{
	struct stat st;

	CHILD_CHECK(mkfifo("fifo", 0600) == 0);
	CHILD_CHECK(look(s, "fifo", 0, &st) == 0 && S_ISFIFO(st.st_mode));
	/* A reader would have been seen here. */
	CHILD_CHECK(open("fifo", O_WRONLY | O_NONBLOCK) < 0);
	CHILD_CHECK(errno == ENXIO);
}

/* ---- access -------------------------------------------------------------- */

SITE_TEST(stat, access_tells_what_the_other_calls_would,
	  "read @/r\nwrite @/w\nappend @/a\nread @/rw\nwrite @/rw\nstat @/s\n")
{
	static const struct {
		const char *path;
		int none, r, w, rw;
	} cases[] = {
		{"r", 0, 0, -EACCES, -EACCES},
		{"w", 0, -EACCES, 0, -EACCES},
		{"a", 0, -EACCES, 0, -EACCES},
		{"rw", 0, 0, 0, 0},
		{"s", 0, -EACCES, -EACCES, -EACCES},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *path = cases[i].path;

		site_file(s, path, "text", 0600, s->worker);
		CHILD_CHECK(site_access(s, path, F_OK) == cases[i].none);
		CHILD_CHECK(site_access(s, path, R_OK) == cases[i].r);
		CHILD_CHECK(site_access(s, path, W_OK) == cases[i].w);
		CHILD_CHECK(site_access(s, path, R_OK | W_OK) == cases[i].rw);
		CHILD_CHECK(site_access(s, path, X_OK) == -EACCES);
	}
	CHILD_CHECK(site_access(s, "none", F_OK) == -EACCES);
	CHILD_CHECK(site_access(s, "r", 8) == -EINVAL);
}

SITE_TEST(stat, access_to_a_directory_is_list_and_change,
	  "list @/l\nread @/r/**\nremove @/c/*\n")
{
	site_directory(s, "l", 0755, s->worker);
	site_directory(s, "r", 0755, s->worker);
	site_file(s, "c/a", "", 0600, s->worker);
	CHILD_CHECK(site_access(s, "l", R_OK | X_OK) == 0);
	CHILD_CHECK(site_access(s, "l", W_OK) == -EACCES);
	CHILD_CHECK(site_access(s, "r", R_OK) == -EACCES);
	CHILD_CHECK(site_access(s, "r", X_OK) == 0);
}

SITE_TEST(stat, access_minds_the_owner, "read @/d/**\n")
{
	site_file(s, "d/a", "text", 0600, s->owner);
	CHILD_CHECK(site_access(s, "d/a", F_OK) == 0);
	CHILD_CHECK(site_access(s, "d/a", R_OK) == (s->root ? -EACCES : 0));
}

SITE_TEST(stat, access_asks_the_right_of_link_and_target,
	  "stat @/l\nread @/a\nread @/l2\n")
{
	site_file(s, "a", "text", 0600, s->worker);
	site_link(s, "a", "l");
	site_link(s, "a", "l2");
	CHILD_CHECK(site_access(s, "l", F_OK) == 0);
	CHILD_CHECK(site_access(s, "l", R_OK) == -EACCES);
	CHILD_CHECK(site_access(s, "l2", R_OK) == 0);
}

/* ---- readlink ------------------------------------------------------------ */

SITE_TEST(stat, readlink_tells_the_text_and_goes_nowhere, "stat @/**\n")
{
	site_link(s, "/etc/shadow", "l");
	site_file(s, "a", "text", 0600, s->worker);
	CHILD_CHECK(site_ask(s, do_readlink, "l") == 0);
	CHILD_CHECK(s->job.blob_len == strlen("/etc/shadow"));
	CHILD_CHECK(memcmp(s->blob, "/etc/shadow", s->job.blob_len) == 0);
	CHILD_CHECK(site_ask(s, do_readlink, "a") == -EINVAL);
	CHILD_CHECK(site_ask(s, do_readlink, "none") == -ENOENT);
	CHILD_CHECK(site_ask(s, do_readlink, "l/x") == -EACCES);
	CHILD_CHECK(site_ask(s, do_readlink, "/etc/mtab") == -EACCES);
}
