/* SPDX-License-Identifier: ISC */
/* do_unlink(), do_rmdir(), do_mkdir(), do_rename(). */
#include "helper/helper.h"

#include <fcntl.h>
#include <string.h>

#include "support/site.h"

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* ---- unlink and rmdir ---------------------------------------------------- */

SITE_TEST(names, removes_what_remove_grants_only,
	  "remove @/d/**\nwrite @/e/** create=0600\nread @/e/**\n")
{
	site_file(s, "d/a", "", 0600, s->worker);
	site_file(s, "e/a", "", 0600, s->worker);
	CHILD_CHECK(site_ask(s, do_unlink, "d/a") == 0);
	CHILD_CHECK(!exists("d/a"));
	CHILD_CHECK(site_ask(s, do_unlink, "d/a") == -ENOENT);
	CHILD_CHECK(site_ask(s, do_unlink, "e/a") == -EACCES);
	CHILD_CHECK(strncmp(s->job.missing, "remove ", 7) == 0);
	CHILD_CHECK(site_ask(s, do_rmdir, "e") == -EACCES);
	/* The directory that ** stands below is a name in the one above. */
	CHILD_CHECK(site_ask(s, do_rmdir, "d") == -EACCES);
	CHILD_CHECK(exists("d") && exists("e/a"));
}

SITE_TEST(names, removes_the_link_and_not_its_target, "remove @/d/**\n")
{
	site_file(s, "a", "", 0600, s->worker);
	site_directory(s, "x", 0755, s->worker);
	site_link(s, "../a", "d/l");
	site_link(s, "../x", "d/x");
	CHILD_CHECK(site_ask(s, do_unlink, "d/x/") == -ENOTDIR);
	CHILD_CHECK(site_ask(s, do_rmdir, "d/x") == -ENOTDIR);
	CHILD_CHECK(site_ask(s, do_unlink, "d/l") == 0);
	CHILD_CHECK(site_ask(s, do_unlink, "d/x") == 0);
	CHILD_CHECK(exists("a") && exists("x"));
}

SITE_TEST(names, removes_nothing_through_a_link, "remove @/d/**\n")
{
	site_file(s, "x/a", "", 0600, s->worker);
	site_directory(s, "x/e", 0755, s->worker);
	site_link(s, "../x", "d/l");
	CHILD_CHECK(site_ask(s, do_unlink, "d/l/a") == -EACCES);
	CHILD_CHECK(site_ask(s, do_rmdir, "d/l/e") == -EACCES);
	CHILD_CHECK(exists("x/a") && exists("x/e"));
}

SITE_TEST(names, tells_files_from_directories, "remove @/d/**\nremove /\n")
{
	site_file(s, "d/a", "", 0600, s->worker);
	site_file(s, "d/full/a", "", 0600, s->worker);
	site_directory(s, "d/empty", 0755, s->worker);
	CHILD_CHECK(site_ask(s, do_unlink, "d/empty") == -EISDIR);
	CHILD_CHECK(site_ask(s, do_rmdir, "d/a") == -ENOTDIR);
	CHILD_CHECK(site_ask(s, do_rmdir, "d/full") == -ENOTEMPTY);
	CHILD_CHECK(site_ask(s, do_unlink, "d/a/") == -ENOTDIR);
	CHILD_CHECK(site_ask(s, do_rmdir, "d/empty/") == 0);
	CHILD_CHECK(site_ask(s, do_rmdir, "/") < 0);
	CHILD_CHECK(site_ask(s, do_unlink, "d/../d/a") == -EACCES);
	CHILD_CHECK(exists("d/a"));
}

/* ---- mkdir --------------------------------------------------------------- */

SITE_TEST(names, makes_directories_with_the_mode_of_the_policy,
	  "write @/d/** create=0640\nappend @/e/* create=0604\nwrite @/f/**\n")
{
	struct stat st;

	site_directory(s, "d", 0755, s->worker);
	site_directory(s, "e", 0755, s->worker);
	site_directory(s, "f", 0755, s->worker);
	s->request.mode = 0777;
	CHILD_CHECK(site_ask(s, do_mkdir, "d/new") == 0);
	CHILD_CHECK(stat("d/new", &st) == 0 && S_ISDIR(st.st_mode));
	CHILD_CHECK((st.st_mode & 07777) == 0750);
	CHILD_CHECK(st.st_uid == s->worker);
	CHILD_CHECK(st.st_gid == s->h.start.fsgid);
	CHILD_CHECK(site_ask(s, do_mkdir, "e/new/") == 0);
	CHILD_CHECK(stat("e/new", &st) == 0);
	CHILD_CHECK((st.st_mode & 07777) == 0705);
	CHILD_CHECK(site_ask(s, do_mkdir, "d/new") == -EEXIST);
	CHILD_CHECK(site_ask(s, do_mkdir, "f/new") == -EACCES);
	CHILD_CHECK(site_ask(s, do_mkdir, "new") == -EACCES);
	CHILD_CHECK(!exists("f/new") && !exists("new"));
}

SITE_TEST(names, makes_directories_for_the_rules_owner,
	  "write @/d/* create=0750 owner=61011:61012\n")
{
	struct stat st;

	site_directory(s, "d", 0755, s->worker);
	/* Without privilege all is the worker's. */
	CHILD_CHECK(site_ask(s, do_mkdir, "d/new") == 0);
	CHILD_CHECK(stat("d/new", &st) == 0);
	CHILD_CHECK(st.st_uid == (s->root ? 61011 : s->worker));
	CHILD_CHECK(!s->root || st.st_gid == 61012);
}

SITE_TEST(names, makes_nothing_through_a_link, "write @/d/** create=0600\n")
{
	site_directory(s, "x", 0755, s->worker);
	site_link(s, "../x", "d/l");
	site_link(s, "../y", "d/dangling");
	CHILD_CHECK(site_ask(s, do_mkdir, "d/l/new") == -EACCES);
	CHILD_CHECK(site_ask(s, do_mkdir, "d/dangling") == -EEXIST);
	CHILD_CHECK(!exists("x/new") && !exists("y"));
}

/* ---- rename -------------------------------------------------------------- */

#define TREE "write @/d/** create=0600\nread @/d/**\nremove @/d/**\n"

SITE_TEST(names, renames_within_a_tree, TREE)
{
	site_file(s, "d/a", "new", 0600, s->worker);
	site_file(s, "d/b", "old", 0600, s->worker);
	site_file(s, "d/e/f", "", 0600, s->worker);
	CHILD_CHECK(site_rename(s, "d/a", "d/b") == 0);
	CHILD_CHECK(site_has("d/b", "new") && !exists("d/a"));
	CHILD_CHECK(site_rename(s, "d/e", "d/g") == 0);
	CHILD_CHECK(exists("d/g/f"));
	CHILD_CHECK(site_rename(s, "d/b/", "d/c") == -ENOTDIR);
	CHILD_CHECK(site_rename(s, "d/none", "d/c") == -ENOENT);
	CHILD_CHECK(site_rename(s, "d/b", "d/no/c") == -ENOENT);
}

SITE_TEST(names, renames_by_remove_here_and_create_there,
	  "write @/a create=0600\nremove @/a\nwrite @/b create=0600\n"
	  "write @/c\nremove @/c\n")
{
	site_file(s, "a", "text", 0600, s->worker);
	CHILD_CHECK(site_rename(s, "a", "c") == -EACCES);
	CHILD_CHECK(site_rename(s, "a", "other") == -EACCES);
	CHILD_CHECK(site_rename(s, "a", "b") == 0);
	CHILD_CHECK(site_rename(s, "b", "a") == -EACCES);
	CHILD_CHECK(strncmp(s->job.missing, "remove ", 7) == 0);
}

SITE_TEST(names, gains_no_right_by_a_rename,
	  "write @/in/** create=0600\nremove @/in/**\n"
	  "write @/out/** create=0600\nremove @/out/**\nread @/out/**\n")
{
	site_file(s, "in/a", "secret", 0600, s->worker);
	site_file(s, "out/b", "text", 0600, s->worker);
	CHILD_CHECK(site_rename(s, "in/a", "out/a") == -EXDEV);
	CHILD_CHECK(s->job.refused && strcmp(s->job.why, "rights") == 0);
	CHILD_CHECK(exists("in/a"));
	/* To lose one is allowed. */
	CHILD_CHECK(site_rename(s, "out/b", "in/b") == 0);
}

SITE_TEST(names, gains_no_type_and_no_owner_by_a_rename,
	  TREE "write @/t/** create=0600 type=any\nread @/t/** type=any\n"
	       "remove @/t/**\n"
	       "write @/o/** create=0600 owner=61011\nread @/o/**\n"
	       "remove @/o/**\n")
{
	site_directory(s, "t", 0755, s->worker);
	site_directory(s, "o", 0755, s->worker);
	site_directory(s, "d", 0755, s->worker);
	CHILD_CHECK(mkfifo("d/fifo", 0600) == 0);
	site_file(s, "d/a", "", 0600, s->worker);
	CHILD_CHECK(site_rename(s, "d/fifo", "t/fifo") == -EXDEV);
	CHILD_CHECK(site_rename(s, "d/a", "o/a") == (s->root ? -EXDEV : 0));
}

SITE_TEST(names, moves_no_directory_from_under_its_deny,
	  TREE "deny @/d/x/secret\n")
{
	site_file(s, "d/x/secret/a", "", 0600, s->worker);
	site_file(s, "d/y/a", "", 0600, s->worker);
	CHILD_CHECK(site_rename(s, "d/x", "d/z") == -EXDEV);
	CHILD_CHECK(site_rename(s, "d/x/secret", "d/z") == -EACCES);
	CHILD_CHECK(exists("d/x/secret/a") && !exists("d/z"));
	CHILD_CHECK(site_rename(s, "d/y", "d/z") == 0);
	/* Nor to where a rule stands beneath. */
	CHILD_CHECK(unlink("d/x/secret/a") == 0);
	CHILD_CHECK(rmdir("d/x/secret") == 0 && rmdir("d/x") == 0);
	CHILD_CHECK(site_rename(s, "d/z", "d/x") == -EXDEV);
}

SITE_TEST(names, moves_no_directory_to_where_more_is_granted_beneath,
	  TREE "append @/d/logs/**\n")
{
	site_file(s, "d/x/a", "", 0600, s->worker);
	CHILD_CHECK(site_rename(s, "d/x", "d/logs") == -EXDEV);
	site_file(s, "d/file", "", 0600, s->worker);
	CHILD_CHECK(site_rename(s, "d/file", "d/logs") == -EXDEV);
}

SITE_TEST(names, replaces_no_log_by_a_rename,
	  "append @/log/** create=0600\nremove @/log/tmp\n"
	  "append @/log/tmp create=0600\n")
{
	site_file(s, "log/tmp", "empty", 0600, s->worker);
	site_file(s, "log/a", "kept", 0600, s->worker);
	CHILD_CHECK(site_rename(s, "log/tmp", "log/a") == -EACCES);
	CHILD_CHECK(s->job.refused);
	CHILD_CHECK(site_has("log/a", "kept"));
	CHILD_CHECK(site_rename(s, "log/tmp", "log/b") == 0);
}

SITE_TEST(names, moves_a_link_as_it_is, TREE)
{
	site_link(s, "/etc/shadow", "d/l");
	CHILD_CHECK(site_rename(s, "d/l", "d/m") == 0);
	CHILD_CHECK(site_open(s, "d/m", O_RDONLY) == -EACCES);
}

SITE_TEST(names, renames_nothing_through_a_link, TREE)
{
	site_file(s, "x/a", "", 0600, s->worker);
	site_file(s, "d/a", "", 0600, s->worker);
	site_link(s, "../x", "d/l");
	CHILD_CHECK(site_rename(s, "d/l/a", "d/b") == -EACCES);
	CHILD_CHECK(site_rename(s, "d/a", "d/l/b") == -EACCES);
	CHILD_CHECK(exists("x/a") && exists("d/a") && !exists("x/b"));
}
