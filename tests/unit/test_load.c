/* SPDX-License-Identifier: ISC */
#include "policy/load.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/support.h"

static struct scratch s;
static size_t fds;

static void set_up(void)
{
	fds = fds_count();
	scratch_make(&s);
}

static void tear_down(void)
{
	scratch_remove(&s);
	cr_assert_eq(fds_count(), fds);
}

TestSuite(load, .timeout = 10, .init = set_up, .fini = tear_down);

#define _cleanup_policy_ __attribute__((cleanup(policy_freep)))

static struct policy_note err;

/* Everybody has these users: numbers need not be anybody's. */
#define WHO "worker 61001\nhelper 61002\n"

/* DIR/etc and DIR/lib stand for /etc/wicket and /usr/lib/wicket. */
static int load(const char *name, struct policy **ret)
{
	char local[BOUND_PATH + 8], vendor[BOUND_PATH + 8];
	struct policy_places places = {local, vendor};

	(void)snprintf(local, sizeof(local), "%s/etc", s.dir);
	(void)snprintf(vendor, sizeof(vendor), "%s/lib", s.dir);
	return policy_load_from(&places, name, NULL, ret, NULL, &err);
}

static struct policy *loaded(const char *name)
{
	struct policy *p = NULL;

	cr_assert_eq(load(name, &p), 0, "%s: %u: %s", err.source, err.line,
		     err.text);
	return p;
}

/* The error is of that file below the scratch directory, and has these words.
 */
static void expect_refused(const char *name, int error, const char *file,
			   const char *words)
{
	struct policy *p = NULL;

	cr_expect_eq(load(name, &p), -error, "%s", err.text);
	cr_expect_null(p);
	if (file)
		cr_expect_str_eq(err.source, scratch_path(&s, file));
	cr_expect(strstr(err.text, words), "%s", err.text);
	policy_free(p);
}

static void expect_path(const struct policy *p, size_t i, const char *pattern)
{
	cr_assert_lt(i, p->nrules);
	cr_expect_str_eq(p->rules[i].path.pattern, pattern);
}

/* ---- looking up --------------------------------------------------------- */

Test(load, takes_the_vendors_policy)
{
	_cleanup_policy_ struct policy *p = NULL;

	scratch_write(&s, "lib/httpd.policy", WHO "stat /vendor\n", 0644);
	p = loaded("httpd");
	cr_assert_eq(p->nrules, 1);
	expect_path(p, 0, "/vendor");
	cr_assert_str_eq(p->name, "httpd");
	cr_assert_str_eq(p->sources[0], scratch_path(&s, "lib/httpd.policy"));
}

Test(load, prefers_the_local_policy)
{
	_cleanup_policy_ struct policy *p = NULL;

	scratch_write(&s, "lib/httpd.policy", WHO "stat /vendor\n", 0644);
	scratch_write(&s, "etc/httpd.policy", WHO "stat /local\n", 0644);
	p = loaded("httpd");
	cr_assert_eq(p->nrules, 1);
	expect_path(p, 0, "/local");
}

Test(load, adds_dropins_in_the_order_of_their_names)
{
	_cleanup_policy_ struct policy *p = NULL;

	scratch_write(&s, "lib/httpd.policy", WHO, 0644);
	scratch_write(&s, "etc/httpd.policy.d/b.policy", "stat /b\n", 0644);
	scratch_write(&s, "etc/httpd.policy.d/a.policy", "stat /a\n", 0644);
	scratch_write(&s, "etc/httpd.policy.d/B.policy", "stat /B\n", 0644);
	scratch_write(&s, "etc/httpd.policy.d/c.policy~", "no policy", 0644);
	scratch_write(&s, "etc/httpd.policy.d/.policy", "no policy", 0644);
	scratch_write(&s, "etc/httpd.policy.d/.x.policy", "no policy", 0644);
	scratch_write(&s, "lib/httpd.policy.d/d.policy", "no policy", 0644);
	p = loaded("httpd");
	cr_assert_eq(p->nrules, 3);
	expect_path(p, 0, "/B");
	expect_path(p, 1, "/a");
	expect_path(p, 2, "/b");
	cr_assert_eq(p->rules[2].source, 3);
	cr_assert_eq(p->rules[2].line, 1);
}

Test(load, names_the_dropin_that_is_wrong)
{
	scratch_write(&s, "etc/httpd.policy", WHO, 0644);
	scratch_write(&s, "etc/httpd.policy.d/x.policy", "\nraed /\n", 0644);
	expect_refused("httpd", EINVAL, "etc/httpd.policy.d/x.policy",
		       "found 'raed', expected read");
	cr_assert_eq(err.line, 2);
	cr_assert_eq(err.column, 1);
}

Test(load, takes_a_path_alone)
{
	_cleanup_policy_ struct policy *p = NULL;
	char path[BOUND_PATH];

	scratch_write(&s, "etc/httpd.policy", WHO "stat /x\n", 0644);
	scratch_write(&s, "etc/httpd.policy.d/a.policy", "stat /a\n", 0644);
	(void)snprintf(path, sizeof(path), "%s",
		       scratch_path(&s, "etc/httpd.policy"));
	p = loaded(path);
	cr_assert_eq(p->nrules, 1);
	cr_assert_str_eq(p->name, "httpd");
}

Test(load, takes_a_path_from_where_it_is)
{
	_cleanup_policy_ struct policy *p = NULL;

	scratch_write(&s, "etc/x.policy", WHO "stat /x\n", 0644);
	scratch_mkdir(&s, "here", 0755);
	cr_assert_eq(chdir(scratch_path(&s, "here")), 0);
	p = loaded("../etc/./x.policy");
	/* Errors name it as it was written. */
	cr_assert_str_eq(p->sources[0], "../etc/./x.policy");
	cr_assert_eq(chdir("/"), 0);
}

Test(load, says_where_it_looked)
{
	char words[2 * BOUND_PATH + 64];

	(void)snprintf(words, sizeof(words),
		       "expected %s/etc/absent.policy or "
		       "%s/lib/absent.policy",
		       s.dir, s.dir);
	expect_refused("absent", ENOENT, NULL, words);
	cr_assert_str_eq(err.source, "absent");
}

Test(load, refuses_names_that_lead_elsewhere)
{
	scratch_write(&s, "etc/x.policy", WHO, 0644);
	expect_refused("", EINVAL, NULL, "found no name");
	expect_refused(".x", EINVAL, NULL, "found no name");
	expect_refused("..", EINVAL, NULL, "found no name");
	expect_refused("x y", EINVAL, NULL, "found no name");
	expect_refused("x\n", EINVAL, NULL, "found no name");
}

Test(load, does_not_pass_over_a_link_that_leads_nowhere)
{
	scratch_write(&s, "lib/httpd.policy", WHO "stat /vendor\n", 0644);
	scratch_mkdir(&s, "etc", 0755);
	scratch_link(&s, "etc/httpd.policy", "absent");
	expect_refused("httpd", ENOENT, "etc/httpd.policy", "does not exist");
}

/* ---- what is in the file ------------------------------------------------ */

Test(load, refuses_a_file_that_may_be_cut_short)
{
	scratch_write(&s, "etc/x.policy", WHO "deny /srv/www/**/.g", 0644);
	expect_refused("x", EINVAL, "etc/x.policy", "cut short");
	cr_assert_eq(err.line, 3);
	cr_assert_eq(err.column, 20);
}

Test(load, is_not_swayed_by_what_the_policy_says)
{
	char text[BOUND_PATH + 128];

	(void)snprintf(text, sizeof(text), WHO "write %s/** create=0640\n",
		       s.dir);
	scratch_write(&s, "etc/x.policy", text, 0644);
	scratch_write(&s, "etc/x.policy.d/a.policy", "stat /a\n", 0644);
	policy_free(loaded("x"));
}

Test(load, takes_an_empty_dropin)
{
	scratch_write(&s, "etc/x.policy", WHO, 0644);
	scratch_write(&s, "etc/x.policy.d/a.policy", "", 0644);
	policy_free(loaded("x"));
}

Test(load, refuses_a_file_too_large)
{
	scratch_write(&s, "etc/x.policy", WHO, 0644);
	cr_assert_eq(truncate(scratch_path(&s, "etc/x.policy"),
			      BOUND_POLICY_BYTES + 1),
		     0);
	expect_refused("x", E2BIG, "etc/x.policy", "expected at most 4194304");
}

Test(load, waits_for_no_fifo_and_reads_no_directory)
{
	scratch_mkdir(&s, "etc/d.policy", 0755);
	cr_assert_eq(mkfifo(scratch_path(&s, "etc/f.policy"), 0644), 0);
	expect_refused("f", EINVAL, "etc/f.policy", "no regular file");
	expect_refused("d", EINVAL, "etc/d.policy", "no regular file");
}

/* ---- who can change it -------------------------------------------------- */

Test(load, refuses_a_file_that_others_can_change)
{
	static const mode_t modes[] = {0664, 0646, 0622};

	for (size_t i = 0; i < 3; i++) {
		scratch_write(&s, "etc/x.policy", WHO, modes[i]);
		expect_refused("x", EPERM, "etc/x.policy", "expected a file");
	}
	scratch_write(&s, "etc/x.policy", WHO, 0600);
	policy_free(loaded("x"));
}

Test(load, refuses_a_file_of_another_user)
{
	scratch_write(&s, "etc/x.policy", WHO, 0644);
	scratch_chown(&s, "etc/x.policy", 61001, 61001);
	if (geteuid() == 0)
		expect_refused("x", EPERM, "etc/x.policy", "found uid 61001");
	else
		policy_free(loaded("x"));
}

Test(load, refuses_a_directory_that_others_can_change)
{
	static const mode_t modes[] = {0775, 0757, 0777};
	char etc[BOUND_PATH];

	scratch_write(&s, "etc/x.policy", WHO, 0644);
	(void)snprintf(etc, sizeof(etc), "%s", scratch_path(&s, "etc"));
	for (size_t i = 0; i < 3; i++) {
		cr_assert_eq(chmod(etc, modes[i]), 0);
		expect_refused("x", EPERM, "etc/x.policy", etc);
	}
	/* Nobody can put another in the place of what is ours. */
	cr_assert_eq(chmod(etc, 01777), 0);
	policy_free(loaded("x"));
}

Test(load, refuses_any_directory_above_that_others_can_change)
{
	char path[BOUND_PATH], above[BOUND_PATH];

	scratch_write(&s, "a/b/c/x.policy", WHO, 0644);
	(void)snprintf(path, sizeof(path), "%s",
		       scratch_path(&s, "a/b/c/x.policy"));
	(void)snprintf(above, sizeof(above), "%s", scratch_path(&s, "a"));
	cr_assert_eq(chmod(above, 0777), 0);
	expect_refused(path, EPERM, NULL, above);
	cr_assert_str_eq(err.source, path);
}

Test(load, refuses_a_directory_of_another_user)
{
	char path[BOUND_PATH];

	scratch_write(&s, "a/x.policy", WHO, 0644);
	(void)snprintf(path, sizeof(path), "%s",
		       scratch_path(&s, "a/x.policy"));
	scratch_chown(&s, "a", 61001, 61001);
	if (geteuid() == 0)
		expect_refused(path, EPERM, NULL, "found the directory");
	else
		policy_free(loaded(path));
}

Test(load, refuses_what_another_owns_in_a_sticky_directory)
{
	char path[BOUND_PATH];

	scratch_write(&s, "tmp/a/x.policy", WHO, 0644);
	(void)snprintf(path, sizeof(path), "%s",
		       scratch_path(&s, "tmp/a/x.policy"));
	cr_assert_eq(chmod(scratch_path(&s, "tmp"), 01777), 0);
	policy_free(loaded(path));
	scratch_chown(&s, "tmp/a", 61001, 61001);
	if (geteuid() == 0)
		expect_refused(path, EPERM, NULL, "found the directory");
}

Test(load, refuses_dropins_that_others_can_add_or_take_away)
{
	char dir[BOUND_PATH];

	scratch_write(&s, "etc/x.policy", WHO, 0644);
	scratch_mkdir(&s, "etc/x.policy.d", 0777);
	(void)snprintf(dir, sizeof(dir), "%s",
		       scratch_path(&s, "etc/x.policy.d"));
	expect_refused("x", EPERM, "etc/x.policy.d", dir);
	cr_assert_eq(chmod(dir, 0755), 0);
	policy_free(loaded("x"));
}

Test(load, follows_links_that_only_root_can_change)
{
	_cleanup_policy_ struct policy *p = NULL;

	scratch_write(&s, "shared/web.policy", WHO "stat /web\n", 0644);
	scratch_mkdir(&s, "etc", 0755);
	scratch_link(&s, "etc/x.policy", "../shared/web.policy");
	p = loaded("x");
	expect_path(p, 0, "/web");
	cr_assert_str_eq(p->name, "x");
}

Test(load, refuses_links_that_others_can_change)
{
	scratch_write(&s, "shared/web.policy", WHO, 0644);
	scratch_mkdir(&s, "etc", 0777);
	scratch_link(&s, "etc/x.policy", "../shared/web.policy");
	expect_refused("x", EPERM, "etc/x.policy", "found the link");
	/* Sticky is not enough: who made the link is not looked at. */
	cr_assert_eq(chmod(scratch_path(&s, "etc"), 01777), 0);
	expect_refused("x", EPERM, "etc/x.policy", "found the link");
}

Test(load, looks_at_where_links_lead_as_strictly)
{
	scratch_write(&s, "shared/web.policy", WHO, 0644);
	cr_assert_eq(chmod(scratch_path(&s, "shared"), 0777), 0);
	scratch_mkdir(&s, "etc", 0755);
	scratch_link(&s, "etc/x.policy", "../shared/web.policy");
	expect_refused("x", EPERM, "etc/x.policy", "found the directory");
}

/* ---- text --------------------------------------------------------------- */

static int load_text(const char *text, struct policy **ret)
{
	return policy_load_text("mine", "main.c", text, strlen(text), "one",
				ret, NULL, &err);
}

Test(load, takes_a_text_of_the_callers)
{
	_cleanup_policy_ struct policy *p = NULL;

	/* Of which it knows that it is whole. */
	cr_assert_eq(load_text(WHO "stat /%i", &p), 0, "%s", err.text);
	cr_assert_str_eq(p->name, "mine");
	cr_assert_str_eq(p->sources[0], "main.c");
	expect_path(p, 0, "/one");
	cr_assert(p->worker.known && p->helper.known);
}

Test(load, says_where_a_text_is_wrong)
{
	struct policy *p = NULL;

	cr_assert_eq(load_text(WHO "stat x", &p), -EINVAL);
	cr_assert_null(p);
	cr_assert_str_eq(err.source, "main.c");
	cr_assert_eq(err.line, 3);
	cr_assert_eq(err.column, 6);
}

/* ---- once more ----------------------------------------------------------- */

static struct policy *loaded_again(const struct policy *from)
{
	struct policy *p = NULL;

	cr_assert_eq(policy_load_again(from, "one", &p, NULL, &err), 0,
		     "%s: %u: %s", err.source, err.line, err.text);
	return p;
}

Test(load, takes_the_same_texts_again_whatever_became_of_the_files)
{
	_cleanup_policy_ struct policy *p = NULL;
	_cleanup_policy_ struct policy *q = NULL;

	scratch_write(&s, "etc/x.policy", WHO "stat /a\n", 0644);
	scratch_write(&s, "etc/x.policy.d/b.policy", "stat /b\n", 0644);
	p = loaded("x");
	scratch_write(&s, "etc/x.policy", "nonsense\n", 0666);
	scratch_write(&s, "etc/x.policy.d/c.policy", "stat /c\n", 0644);
	q = loaded_again(p);
	cr_assert_str_eq(q->name, p->name);
	cr_assert_eq(q->nrules, 2u);
	cr_assert_eq(q->nsources, 2u);
	cr_assert_str_eq(q->sources[1], p->sources[1]);
	expect_path(q, 0, "/a");
	expect_path(q, 1, "/b");
	/* Also of one that was loaded so itself, when that is gone. */
	p = policy_free(p);
	p = loaded_again(q);
	cr_assert_eq(p->nrules, 2u);
}

Test(load, finds_again_what_is_wrong_by_now_and_where)
{
	_cleanup_policy_ struct policy *p = NULL;
	struct policy *q = NULL;
	char text[2 * BOUND_PATH];

	scratch_write(&s, "v1/x", "", 0644);
	scratch_link(&s, "open/current", "../v1");
	(void)snprintf(text, sizeof(text), WHO "read %s/x\n",
		       scratch_path(&s, "open/current"));
	cr_assert_eq(load_text(text, &p), 0, "%s", err.text);
	/* By now others can change where the link leads. */
	cr_assert_eq(chmod(scratch_path(&s, "open"), 0777), 0);
	cr_assert_lt(policy_load_again(p, "one", &q, NULL, &err), 0);
	cr_assert_null(q);
	cr_assert_str_eq(err.source, "main.c");
	cr_assert_eq(err.line, 3);
}

/* ---- programs ------------------------------------------------------------ */

Test(load, opens_a_program_that_only_root_can_change)
{
	_cleanup_fd_ int fd = -1;
	_cleanup_fd_ int same = -1;

	scratch_write(&s, "print", "#!/bin/sh\n", 0755);
	scratch_link(&s, "link", "print");
	cr_assert_eq(policy_open_program(scratch_path(&s, "link"), &fd, &err),
		     0, "%s", err.text);
	same = open(scratch_path(&s, "print"), O_RDONLY | O_CLOEXEC);
	cr_assert(fds_same(fd, same));
	cr_assert(fds_cloexec(fd));
	/* By it nobody can read or write. */
	cr_assert(fcntl(fd, F_GETFL) & O_PATH);
}

Test(load, refuses_a_program_that_others_can_change)
{
	int fd = -7;

	scratch_write(&s, "print", "#!/bin/sh\n", 0775);
	cr_assert_eq(policy_open_program(scratch_path(&s, "print"), &fd, &err),
		     -EPERM);
	cr_assert_str_eq(err.source, scratch_path(&s, "print"));
	cr_assert(strstr(err.text, "mode 0775"), "%s", err.text);
	scratch_mkdir(&s, "open", 0777);
	scratch_write(&s, "open/print", "#!/bin/sh\n", 0755);
	cr_assert_eq(
		policy_open_program(scratch_path(&s, "open/print"), &fd, &err),
		-EPERM);
	cr_assert(strstr(err.text, "found the directory"), "%s", err.text);
	cr_assert_eq(policy_open_program(scratch_path(&s, ""), &fd, &err),
		     -EINVAL);
	cr_assert(strstr(err.text, "expected a program"), "%s", err.text);
	cr_assert_eq(fd, -7);
}

Test(load, knows_a_name_from_a_path)
{
	cr_assert(policy_is_name("httpd"));
	cr_assert(policy_is_name("httpd@a-1.2_x+"));
	cr_assert_not(policy_is_name(""));
	cr_assert_not(policy_is_name(".."));
	cr_assert_not(policy_is_name("./httpd"));
	cr_assert_not(policy_is_name("/etc/wicket/httpd.policy"));
	cr_assert_not(policy_is_name("a b"));
}
