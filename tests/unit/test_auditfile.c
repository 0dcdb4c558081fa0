/* SPDX-License-Identifier: ISC */
#include "supervisor/auditfile.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "support/child.h"
#include "support/fds.h"
#include "support/scratch.h"

static struct scratch s;

static void make(void)
{
	scratch_make(&s);
}

static void drop(void)
{
	scratch_remove(&s);
}

TestSuite(auditfile, .init = make, .fini = drop, .timeout = 10);

static int open_it(const char *name, struct failure *f)
{
	char path[BOUND_PATH];

	snprintf(path, sizeof(path), "%s", scratch_path(&s, name));
	return auditfile_open(path, "p", f);
}

Test(auditfile, appends_to_what_is_there)
{
	struct failure f = FAILURE_INIT;
	_cleanup_free_ char *text = NULL;
	struct stat st;
	int fd;

	scratch_write(&s, "a", "one\n", 0600);
	fd = open_it("a", &f);
	cr_assert_geq(fd, 0, "%s", f.text);
	cr_assert(fds_cloexec(fd));
	cr_assert_eq(write(fd, "two\n", 4), 4);
	text = scratch_read(scratch_path(&s, "a"));
	cr_assert_str_eq(text, "one\ntwo\n");
	close(fd);
	fd = open_it("new", &f);
	cr_assert_geq(fd, 0, "%s", f.text);
	cr_assert_eq(fstat(fd, &st), 0);
	cr_assert_eq(st.st_mode & 0137, 0);
	close(fd);
}

Test(auditfile, follows_no_link)
{
	struct failure f = FAILURE_INIT;

	scratch_write(&s, "a", "", 0600);
	scratch_link(&s, "l", scratch_path(&s, "a"));
	cr_assert_eq(open_it("l", &f), -ELOOP);
	cr_assert(strstr(f.text, "symbolic link"), "%s", f.text);
}

Test(auditfile, refuses_what_others_can_change)
{
	struct failure f = FAILURE_INIT;

	scratch_write(&s, "a", "", 0660);
	cr_assert_eq(open_it("a", &f), -EPERM);
	cr_assert(strstr(f.text, "/a: "), "%s", f.text);
	if (geteuid() != 0)
		return;
	scratch_write(&s, "b", "", 0600);
	scratch_chown(&s, "b", 33, 33);
	cr_assert_eq(open_it("b", &f), -EPERM);
}

Test(auditfile, refuses_what_is_no_file_and_does_not_wait)
{
	struct failure f = FAILURE_INIT;
	int reader;

	cr_assert_eq(mkfifo(scratch_path(&s, "fifo"), 0600), 0);
	cr_assert_eq(open_it("fifo", &f), -ENXIO);
	reader = open(scratch_path(&s, "fifo"), O_RDONLY | O_NONBLOCK);
	cr_assert_eq(open_it("fifo", &f), -EINVAL);
	cr_assert(strstr(f.text, "regular file"), "%s", f.text);
	close(reader);
	cr_assert_eq(open_it("", &f), -EISDIR);
	cr_assert_eq(open_it("none/a", &f), -ENOENT);
}

Test(auditfile, none_is_dev_null)
{
	struct failure f = FAILURE_INIT;
	int fd = auditfile_open("none", "p", &f);
	int null = open("/dev/null", O_RDONLY);

	cr_assert(fds_same(fd, null));
	close(fd);
	close(null);
}

static int default_of_a_user(void *arg)
{
	struct failure f = FAILURE_INIT;

	(void)arg;
	if (geteuid() == 0)
		CHILD_CHECK(setresuid(61001, 61001, 61001) == 0);
	unsetenv("XDG_STATE_HOME");
	setenv("HOME", scratch_path(&s, "home"), 1);
	CHILD_CHECK(auditfile_open(NULL, "p", &f) >= 0);
	CHILD_CHECK(access(scratch_path(&s, "home/.local/state/wicket/p.audit"),
			   F_OK) == 0);
	setenv("XDG_STATE_HOME", scratch_path(&s, "home/x"), 1);
	CHILD_CHECK(auditfile_open(NULL, "p", &f) >= 0);
	CHILD_CHECK(access(scratch_path(&s, "home/x/wicket/p.audit"), F_OK) ==
		    0);
	unsetenv("XDG_STATE_HOME");
	unsetenv("HOME");
	CHILD_CHECK(auditfile_open(NULL, "p", &f) == -ENOENT);
	CHILD_CHECK(strstr(f.text, "--audit none"));
	return 0;
}

Test(auditfile, default_is_in_the_home_of_who_is_not_root)
{
	scratch_mkdir(&s, "home", 0777);
	cr_assert_eq(child_run(default_of_a_user, NULL), 0);
}

static int default_in_open_directory(void *arg)
{
	struct failure f = FAILURE_INIT;

	(void)arg;
	if (geteuid() == 0)
		CHILD_CHECK(setresuid(61001, 61001, 61001) == 0);
	setenv("XDG_STATE_HOME", scratch_path(&s, "open"), 1);
	CHILD_CHECK(auditfile_open(NULL, "p", &f) == -EPERM);
	CHILD_CHECK(strstr(f.text, "directory"));
	setenv("XDG_STATE_HOME", scratch_path(&s, "linked"), 1);
	CHILD_CHECK(auditfile_open(NULL, "p", &f) == -ENOTDIR);
	return 0;
}

Test(auditfile, default_is_in_a_directory_that_nobody_else_can_change)
{
	scratch_mkdir(&s, "open/wicket", 0777);
	scratch_chown(&s, "open/wicket", 61001, 61001);
	scratch_mkdir(&s, "linked", 0755);
	scratch_link(&s, "linked/wicket", "../open/wicket");
	cr_assert_eq(child_run(default_in_open_directory, NULL), 0);
}

Test(auditfile, default_is_never_outside_its_directory)
{
	struct failure f = FAILURE_INIT;

	setenv("HOME", scratch_path(&s, ""), 1);
	cr_assert_eq(auditfile_open(NULL, "../x", &f), -EINVAL);
	cr_assert_eq(auditfile_open(NULL, "", &f), -EINVAL);
	cr_assert_eq(auditfile_open(NULL, "..", &f), -EINVAL);
}
