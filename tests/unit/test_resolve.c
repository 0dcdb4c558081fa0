/* SPDX-License-Identifier: ISC */
#include "policy/resolve.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/load.h"
#include "support/support.h"

/* Numbers need not be anybody's. */
#define WORKER 61001
#define HELPER 61002
#define WHO    "worker 61001\nhelper 61002\n"

static struct scratch s;
static struct policy *p;
static struct policy_notes warnings;
static struct policy_note err;
static size_t fds;
static bool root;

static void set_up(void)
{
	root = geteuid() == 0;
	fds = fds_count();
	scratch_make(&s);
}

static void tear_down(void)
{
	p = policy_free(p);
	policy_notes_free(&warnings);
	scratch_remove(&s);
	cr_assert_eq(fds_count(), fds);
}

TestSuite(resolve, .timeout = 10, .init = set_up, .fini = tear_down);

/* The text with the scratch directory for each @. */
static char *expand(const char *text)
{
	char *expanded = NULL;
	size_t len;
	FILE *to = open_memstream(&expanded, &len);

	cr_assert_not_null(to);
	for (; *text; text++) {
		if (*text == '@')
			(void)fputs(s.dir, to);
		else
			(void)fputc(*text, to);
	}
	cr_assert_eq(fclose(to), 0);
	return expanded;
}

static int load(const char *text)
{
	_cleanup_free_ char *expanded = expand(text);

	p = policy_free(p);
	policy_notes_free(&warnings);
	return policy_load_text("test", "t", expanded, strlen(expanded), NULL,
				&p, &warnings, &err);
}

static void expect_loaded(const char *text)
{
	cr_assert_eq(load(text), 0, "%s:%u:%u: %s", err.source, err.line,
		     err.column, err.text);
}

static void expect_refused(const char *text, int error, unsigned line,
			   unsigned column, const char *words)
{
	_cleanup_free_ char *expanded = expand(words);

	cr_assert_eq(load(text), -error, "%s", err.text);
	cr_expect_null(p);
	cr_expect_eq(err.line, line, "line %u", err.line);
	cr_expect_eq(err.column, column, "column %u", err.column);
	cr_expect(strstr(err.text, expanded), "%s", err.text);
}

/* Of a file's path or a socket's. */
static void expect_resolved(size_t i, const char *resolved)
{
	_cleanup_free_ char *expanded = resolved ? expand(resolved) : NULL;
	const char *got;

	cr_assert_lt(i, p->nrules);
	got = p->rules[i].path.resolved ?: p->rules[i].net.resolved;
	if (expanded)
		cr_expect_str_eq(got, expanded);
	else
		cr_expect_null(got, "%s", got);
}

static size_t count_warnings(unsigned line, const char *words)
{
	_cleanup_free_ char *expanded = expand(words);
	size_t n = 0;

	for (size_t i = 0; i < warnings.n; i++)
		n += warnings.v[i].line == line &&
		     strstr(warnings.v[i].text, expanded);
	return n;
}

static void expect_warning(unsigned line, const char *words)
{
	cr_expect_eq(count_warnings(line, words), 1, "%u: %s", line, words);
}

static void expect_no_warning(unsigned line, const char *words)
{
	cr_expect_eq(count_warnings(line, words), 0, "%u: %s", line, words);
}

/* ---- who ---------------------------------------------------------------- */

Test(resolve, takes_numbers_that_are_nobodys)
{
	expect_loaded("worker 61001\nhelper 61002:61003,61004,61005\n");
	if (!root) {
		cr_assert_eq(p->worker.uid, geteuid());
		cr_assert_eq(p->helper.uid, geteuid());
		return;
	}
	cr_assert_eq(p->worker.uid, 61001);
	cr_assert_eq(p->worker.gid, 61001);
	cr_assert_eq(p->worker.ngroups, 0);
	cr_assert_eq(p->helper.uid, 61002);
	cr_assert_eq(p->helper.gid, 61003);
	cr_assert_eq(p->helper.ngroups, 2);
	cr_assert_eq(p->helper.groups_id[1], 61005);
}

Test(resolve, takes_the_groups_of_a_user)
{
	const struct passwd *pw = getpwnam("nobody");

	cr_assert_not_null(pw);
	expect_loaded("worker nobody\nhelper 61002\n");
	cr_assert(p->worker.known && p->helper.known);
	if (root) {
		cr_assert_eq(p->worker.uid, pw->pw_uid);
		cr_assert_eq(p->worker.gid, pw->pw_gid);
	}
	/* The group itself is not among the others. */
	for (size_t i = 0; i < p->worker.ngroups; i++)
		cr_assert_neq(p->worker.groups_id[i], p->worker.gid);
}

Test(resolve, takes_a_number_for_the_user_of_that_number)
{
	char text[128];

	(void)snprintf(text, sizeof(text), "worker %u\nhelper 61002\n",
		       getpwnam("nobody")->pw_uid);
	expect_loaded(text);
	if (root)
		cr_assert_eq(p->worker.gid, getpwnam("nobody")->pw_gid);
}

/* Without root nobody else is needed, and whoever is named is not looked up. */
static void expect_refused_as_root(const char *text, int error, unsigned line,
				   unsigned column, const char *words)
{
	if (root)
		expect_refused(text, error, line, column, words);
	else
		expect_loaded(text);
}

Test(resolve, refuses_a_worker_that_does_not_exist)
{
	expect_refused_as_root("\nworker no-such-user\nhelper 61002\n", ENOENT,
			       2, 8,
			       "found the user 'no-such-user', expected one "
			       "that exists");
}

Test(resolve, refuses_a_group_that_does_not_exist)
{
	expect_refused_as_root("worker 61001:no-such-group\nhelper 61002\n",
			       ENOENT, 1, 8, "the group 'no-such-group'");
	expect_refused_as_root("worker 61001:1,no-such-group\nhelper 61002\n",
			       ENOENT, 1, 8, "the group 'no-such-group'");
	expect_refused_as_root(WHO "append /x create=0640 "
				   "owner=%worker:no-such-group\n",
			       ENOENT, 3, 8, "the group 'no-such-group'");
}

Test(resolve, names_both_remedies_for_a_missing_helper)
{
	if (getpwnam("_wicket"))
		expect_loaded("worker 61001\n");
	else
		expect_refused_as_root("worker 61001\n", ENOENT, 0, 0,
				       "found no user '_wicket', expected a "
				       "line 'helper USER', or that user to "
				       "exist (systemd-sysusers makes it)");
	expect_refused_as_root("worker 61001\nhelper no-such-user\n", ENOENT, 2,
			       8, "found no user 'no-such-user', expected one");
}

Test(resolve, refuses_a_policy_without_worker)
{
	expect_refused_as_root("helper 61002\n", ENOENT, 0, 0,
			       "found no worker line, expected 'worker USER'");
}

Test(resolve, refuses_root_as_worker_or_helper)
{
	expect_refused_as_root("worker root\nhelper 61002\n", EPERM, 1, 8,
			       "found 'root', which is root");
	expect_refused_as_root("worker 0:61001\nhelper 61002\n", EPERM, 1, 8,
			       "found '0', which is root");
	expect_refused_as_root("worker 61001\nhelper 0\n", EPERM, 2, 8,
			       "found '0', which is root");
}

Test(resolve, refuses_the_worker_as_its_own_helper)
{
	expect_refused_as_root("worker 61001\nhelper 61001\n", EPERM, 2, 8,
			       "which is the worker");
}

Test(resolve, finds_owners)
{
	const struct policy_owner *o;

	expect_loaded(WHO "append /a create=0640 owner=%worker:4\n"
			  "append /b create=0640 owner=root\n"
			  "append /c create=0640\n"
			  "listen unix /d mode=0660 owner=61005:61006\n");
	o = &p->rules[0].path.owner;
	cr_assert(o->set);
	cr_assert_eq(o->uid, p->worker.uid);
	cr_assert_eq(o->gid, root ? 4 : (gid_t)-1);
	o = &p->rules[1].path.owner;
	cr_assert_eq(o->uid, root ? 0 : geteuid());
	cr_assert_eq(o->gid, (gid_t)-1);
	o = &p->rules[2].path.owner;
	cr_assert_not(o->set);
	cr_assert_eq(o->uid, p->worker.uid);
	o = &p->rules[3].net.owner;
	cr_assert_eq(o->uid, root ? 61005 : geteuid());
	cr_assert_eq(o->gid, root ? 61006 : (gid_t)-1);
}

/* ---- links -------------------------------------------------------------- */

Test(resolve, follows_a_link_that_only_root_can_change)
{
	scratch_write(&s, "real/www/index", "", 0644);
	scratch_mkdir(&s, "srv", 0755);
	scratch_link(&s, "srv/www", "../real/www");
	expect_loaded(WHO "read @/srv/www/** @/srv/www/index\n"
			  "deny @/srv/www/**/.git\n"
			  "read @/real/www/*\n");
	expect_resolved(0, "@/real/www/**");
	expect_resolved(1, "@/real/www/index");
	expect_resolved(2, "@/real/www/**/.git");
	expect_resolved(3, NULL);
	/* What was written stays. */
	cr_assert(strstr(p->rules[0].path.pattern, "/srv/www/**"));
}

Test(resolve, follows_links_to_links_and_absolute_ones)
{
	scratch_write(&s, "z/file", "", 0644);
	scratch_mkdir(&s, "a", 0755);
	scratch_link(&s, "a/one", "two/./");
	scratch_link(&s, "a/two", scratch_path(&s, "b"));
	scratch_link(&s, "b", "z");
	expect_loaded(WHO "read @/a/one/file @/a/one/absent/*\n");
	expect_resolved(0, "@/z/file");
	expect_resolved(1, "@/z/absent/*");
}

Test(resolve, escapes_what_a_link_leads_to)
{
	scratch_write(&s, "st*r\\/x", "", 0644);
	scratch_link(&s, "plain", "st*r\\");
	expect_loaded(WHO "read @/plain/*\n");
	expect_resolved(0, "@/st\\*r\\\\/*");
}

Test(resolve, keeps_the_name_of_what_is_removed)
{
	scratch_write(&s, "file", "", 0644);
	scratch_mkdir(&s, "dir", 0755);
	scratch_link(&s, "link", "file");
	scratch_link(&s, "way", "dir");
	expect_loaded(WHO "remove @/dir/x\n");
	/* Its directory is no longer one whose links may be followed. */
	expect_refused(WHO "remove @/link\nread @/way/x\n", EPERM, 4, 6,
		       "found the link '@/way'");
	expect_loaded(WHO "remove @/link\n");
	expect_resolved(0, NULL);
}

Test(resolve, refuses_a_loop)
{
	scratch_link(&s, "a", "b");
	scratch_link(&s, "b", "a");
	expect_refused(WHO "read @/a/x\n", ELOOP, 3, 6, "found more links");
}

/* A deny that took .. for text would miss what the kernel finds there. */
Test(resolve, refuses_a_link_into_a_directory_and_out_again)
{
	scratch_mkdir(&s, "rel/5", 0755);
	scratch_link(&s, "now", "rel/5");
	scratch_link(&s, "link", "now/../key");
	expect_refused(WHO "deny @/link\n", EINVAL, 3, 6,
		       "found the link '@/link' into a directory and out");
	expect_refused(WHO "read @/link/**\n", EINVAL, 3, 6,
		       "found the link '@/link' into a directory and out");
}

Test(resolve, refuses_a_path_too_long_behind_a_link)
{
	char target[BOUND_PATH], text[2 * BOUND_PATH];

	memset(target, 'x', sizeof(target));
	for (size_t i = 0; i < sizeof(target); i += 200)
		target[i] = '/';
	target[4000] = '\0';
	scratch_link(&s, "a", target);
	target[200] = '\0';
	(void)snprintf(text, sizeof(text), WHO "read @/a%s\n", target);
	expect_refused(text, ENAMETOOLONG, 3, 6, "found a path too long");
}

Test(resolve, follows_no_link_of_procfs)
{
	expect_loaded(WHO "read /proc/self/status\nread /proc/net/dev\n"
			  "read /dev/fd/0\n");
	expect_resolved(0, NULL);
	expect_resolved(1, NULL);
	expect_warning(3, "'/proc/self' leads into a process");
	expect_warning(4, "'/proc/net' leads into a process");
	/* As far as it is none of procfs's own. */
	expect_resolved(2, "/proc/self/fd/0");
	expect_warning(5, "'/proc/self' leads into a process");
}

/*
 * Attack 26: mv data data.old; ln -s /etc data; then a reload.
 */
Test(resolve, refuses_a_link_in_a_directory_of_the_workers)
{
	scratch_mkdir(&s, "lib/httpd", 0755);
	scratch_link(&s, "lib/httpd/data", "/etc");
	scratch_chown(&s, "lib/httpd", WORKER, WORKER);
	/* Whose the link itself is makes no difference. */
	if (!root)
		expect_loaded(WHO "read @/lib/httpd/data/**\n");
	else
		expect_refused(WHO "read @/lib/httpd/data/**\n", EPERM, 3, 6,
			       "found the link '@/lib/httpd/data'");
}

Test(resolve, refuses_a_link_below_a_directory_of_the_workers)
{
	scratch_mkdir(&s, "lib/httpd/a", 0755);
	scratch_link(&s, "lib/httpd/a/data", "/etc");
	scratch_chown(&s, "lib/httpd", WORKER, WORKER);
	/* Root's directory a could be moved away, and another be there. */
	if (root)
		expect_refused(WHO "read @/lib/httpd/a/data/**\n", EPERM, 3, 6,
			       "found the link '@/lib/httpd/a/data'");
}

Test(resolve, refuses_a_link_where_group_or_others_can_write)
{
	static const mode_t modes[] = {0775, 0757, 01777, 02775};

	scratch_mkdir(&s, "d", 0755);
	scratch_link(&s, "d/data", "/etc");
	expect_loaded(WHO "read @/d/data/**\n");
	expect_resolved(0, "/etc/**");
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		cr_assert_eq(chmod(scratch_path(&s, "d"), modes[i]), 0);
		expect_refused(WHO "read @/d/data/**\n", EPERM, 3, 6,
			       "found the link '@/d/data'");
	}
}

Test(resolve, refuses_a_link_that_the_policys_own_rules_can_change)
{
	static const char *const rules[] = {
		"remove @/d/data\n",
		"remove @/d/*\n",
		"write @/d/* create=0640\n",
		"append @/d/** create=0640\n",
		"remove @/**\n",
	};

	scratch_mkdir(&s, "d", 0755);
	scratch_link(&s, "d/data", "/etc");
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		char text[256];

		/* In whatever order. */
		(void)snprintf(text, sizeof(text), WHO "read @/d/data/**\n%s",
			       rules[i]);
		expect_refused(text, EPERM, 3, 6, "found the link '@/d/data'");
		(void)snprintf(text, sizeof(text), WHO "%sread @/d/data/**\n",
			       rules[i]);
		expect_refused(text, EPERM, 4, 6, "found the link '@/d/data'");
	}
	/* Writing what is there changes no names. */
	expect_loaded(WHO "read @/d/data/**\nwrite @/d/*\n");
}

Test(resolve, refuses_a_link_that_a_rule_can_change_by_another_name)
{
	scratch_mkdir(&s, "real", 0755);
	scratch_link(&s, "real/data", "/etc");
	scratch_link(&s, "alias", "real");
	/* What remove covers is known only once its own link is followed. */
	expect_refused(WHO "read @/real/data/**\nremove @/alias/*\n", EPERM, 3,
		       6, "found the link '@/real/data'");
}

Test(resolve, serves_a_tree_of_the_workers_that_has_no_links)
{
	scratch_write(&s, "lib/httpd/data/x", "", 0644);
	scratch_chown(&s, "lib/httpd", WORKER, WORKER);
	expect_loaded(WHO "read @/lib/httpd/data/**\n");
	expect_resolved(0, NULL);
}

Test(resolve, denies_by_name_where_a_link_cannot_be_trusted)
{
	scratch_mkdir(&s, "d", 0777);
	scratch_link(&s, "d/data", "/etc");
	/* Else whoever can make links could keep a policy from loading. */
	expect_loaded(WHO "deny @/d/data\n");
	expect_resolved(0, NULL);
	expect_warning(3, "it is not followed");
}

/* As /var/run is one to /run. */
static void make_var(void)
{
	scratch_mkdir(&s, "run/db", 0755);
	scratch_link(&s, "var", "run");
}

Test(resolve, follows_links_on_the_way_to_a_socket)
{
	make_var();
	expect_loaded(WHO "listen unix @/var/x @/var/db/* @/run/y\n"
			  "bind unix:dgram @/var/log\n"
			  "connect unix:seqpacket @/var/**/x\n"
			  "connect unix @var\nlisten tcp *:80\n");
	expect_resolved(0, "@/run/x");
	expect_resolved(1, "@/run/db/*");
	expect_resolved(2, NULL);
	expect_resolved(3, "@/run/log");
	expect_resolved(4, "@/run/**/x");
	expect_resolved(5, NULL);
	expect_resolved(6, NULL);
	/* What was written stays, and nothing is wrong. */
	cr_assert(strstr(p->rules[0].net.range.path, "/var/x"));
	expect_no_warning(3, "");
	expect_no_warning(4, "link");
}

Test(resolve, follows_a_link_to_a_socket_but_binds_at_the_name)
{
	make_var();
	scratch_link(&s, "log", "var/log");
	expect_loaded(WHO "connect unix:dgram @/log\nlisten unix @/log\n"
			  "bind unix:dgram @/log\n");
	expect_resolved(0, "@/run/log");
	expect_resolved(1, NULL);
	expect_resolved(2, NULL);
	expect_warning(3, "'@/run/log' does not exist");
	expect_no_warning(4, "");
}

/* No longer than a socket's address is only what a rule says. */
Test(resolve, takes_a_long_path_to_a_socket)
{
	char dir[201] = "";
	char resolved[256];

	memset(dir, 'x', sizeof(dir) - 1);
	scratch_mkdir(&s, dir, 0755);
	scratch_link(&s, "var", dir);
	expect_loaded(WHO "listen unix @/var/x\n");
	(void)snprintf(resolved, sizeof(resolved), "@/%s/x", dir);
	expect_resolved(0, resolved);
}

Test(resolve, refuses_a_link_that_others_can_change_on_the_way_to_a_socket)
{
	static const char *const rules[] = {
		"listen unix @/d/way/x\n",
		"bind unix:dgram @/d/way/*\n",
		"connect unix @/d/way/x\n",
		"connect unix @/d/way\n",
	};

	scratch_mkdir(&s, "d", 0777);
	scratch_link(&s, "d/way", "/run");
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		char text[256];

		(void)snprintf(text, sizeof(text), WHO "%s", rules[i]);
		expect_refused(text, EPERM, 3,
			       (unsigned)(strchr(rules[i], '@') - rules[i]) + 1,
			       "found the link '@/d/way'");
	}
	/* The socket itself may be where the worker can make names. */
	expect_loaded(WHO "listen unix @/d/x\nlisten unix @/d/way\n");
}

Test(resolve, refuses_a_link_to_a_socket_that_the_policy_lets_change)
{
	make_var();
	expect_refused(WHO "listen unix @/var/x\nremove @/*\n", EPERM, 3, 13,
		       "found the link '@/var'");
}

/* ---- trust -------------------------------------------------------------- */

Test(resolve, trusts_directories_that_only_root_can_change)
{
	expect_loaded(WHO "read /etc/passwd /etc/** /no-such-dir/x/* /*\n");
	cr_expect_eq(p->rules[0].path.trusted, strlen("/etc"));
	cr_expect_eq(p->rules[1].path.trusted, strlen("/etc"));
	cr_expect_eq(p->rules[2].path.trusted, strlen("/"));
	cr_expect_eq(p->rules[3].path.trusted, strlen("/"));
}

Test(resolve, trusts_no_directory_that_a_rule_can_change)
{
	expect_loaded(WHO "read /etc/passwd\nwrite /etc/x create=0640\n");
	cr_expect_eq(p->rules[0].path.trusted, strlen("/"));
	expect_loaded(WHO "read /etc/passwd\nremove /**\n");
	cr_expect_eq(p->rules[0].path.trusted, 0);
}

Test(resolve, trusts_nothing_below_a_sticky_directory)
{
	size_t above;

	scratch_write(&s, "tmp/a/b", "", 0644);
	expect_loaded(WHO "read @/tmp/a/b\n");
	above = p->rules[0].path.trusted;
	cr_assert_eq(chmod(scratch_path(&s, "tmp"), 01777), 0);
	expect_loaded(WHO "read @/tmp/a/b\n");
	cr_assert_leq(p->rules[0].path.trusted, above);
	cr_assert_leq(p->rules[0].path.trusted, strlen(s.dir));
}

/* ---- warnings ----------------------------------------------------------- */

Test(resolve, warns_of_what_is_not_there)
{
	scratch_mkdir(&s, "d", 0755);
	scratch_write(&s, "file", "", 0644);
	expect_loaded(WHO "read @/absent\nread @/file/x\n"
			  "append @/d/log create=0640\nappend @/e/* "
			  "create=0640\nremove @/d/pid\n"
			  "connect unix @/d/sock\nlisten unix @/d/own\n"
			  "listen unix @/e/own\ndeny @/d/secret\n");
	expect_warning(3, "'@/absent' does not exist");
	expect_warning(4, "'@/file/x' does not exist");
	expect_no_warning(5, "does not exist");
	expect_warning(6, "'@/e' does not exist");
	expect_no_warning(7, "does not exist");
	expect_warning(8, "'@/d/sock' does not exist");
	expect_no_warning(9, "does not exist");
	expect_warning(10, "'@/e' does not exist");
	expect_no_warning(11, "does not exist");
}

Test(resolve, warns_of_trees_that_the_worker_can_write_anyway)
{
	scratch_mkdir(&s, "own", 0755);
	scratch_mkdir(&s, "group", 0775);
	scratch_mkdir(&s, "others", 0707);
	scratch_mkdir(&s, "not", 0575);
	scratch_chown(&s, "own", WORKER, 0);
	scratch_chown(&s, "group", 0, WORKER);
	scratch_chown(&s, "not", WORKER, WORKER);
	expect_loaded(WHO "read @/own/**\nread @/group/**\nread @/others/**\n"
			  "read @/not/**\nread @/**\n");
	/* Without root, worker and helper are one anyway. */
	for (unsigned line = 3; line <= 5 && root; line++)
		expect_warning(line, "the worker can write");
	expect_no_warning(6, "the worker can write");
	expect_no_warning(7, "the worker can write");
}

/* Exactly one warning, at this place and in these words. */
static void expect_only_warning(unsigned line, unsigned column,
				const char *words)
{
	_cleanup_free_ char *expanded = expand(words);

	cr_assert_eq(warnings.n, 1, "%zu warnings", warnings.n);
	cr_expect_eq(warnings.v[0].line, line, "line %u", warnings.v[0].line);
	cr_expect_eq(warnings.v[0].column, column, "column %u",
		     warnings.v[0].column);
	cr_expect_str_eq(warnings.v[0].text, expanded, "%s",
			 warnings.v[0].text);
}

Test(resolve, warns_of_roots_files_where_the_worker_can_put_them)
{
	scratch_mkdir(&s, "own/in/side", 0755);
	scratch_mkdir(&s, "roots", 0755);
	scratch_chown(&s, "own", WORKER, WORKER);
	expect_loaded(WHO "append @/own/in/* create=0640 owner=root\n");
	if (!root) {
		/* Nobody can be given anything. */
		cr_assert_eq(warnings.n, 0);
		return;
	}
	expect_only_warning(3, 8,
			    "owner=root takes every file of root's that the "
			    "worker moves or links into '@/own'");
	expect_loaded(WHO "read @/own/in/x owner=0:4\n");
	expect_warning(3, "owner=root takes every file");
	/* Its own files, another's, and where only a rule can make names. */
	expect_loaded(WHO "append @/own/in/* create=0640 owner=%worker:4\n"
			  "append @/own/in/side/* create=0640 owner=61005\n"
			  "append @/roots/* create=0640 owner=root\n");
	cr_assert_eq(warnings.n, 0, "%s", warnings.v[0].text);
}

Test(resolve, warns_of_a_sticky_directory_that_all_can_write)
{
	scratch_mkdir(&s, "tmp", 0777);
	cr_assert_eq(chmod(scratch_path(&s, "tmp"), 01777), 0);
	expect_loaded(WHO "write @/tmp/x/* create=0640 owner=root\n");
	cr_expect_eq(count_warnings(3, "moves or links into '@/tmp'"), 0);
	expect_loaded(WHO "write @/tmp/* create=0640 owner=root\n");
	cr_expect_eq(count_warnings(3, "moves or links into '@/tmp'"), root);
}

static void expect_group(const char *worker, const char *words)
{
	char text[256];

	(void)snprintf(text, sizeof(text), "\n  worker %s\nhelper 61002\n",
		       worker);
	expect_loaded(text);
	if (root && words)
		expect_only_warning(2, 10, words);
	else
		cr_expect_eq(warnings.n, 0, "%s", worker);
}

Test(resolve, warns_of_a_worker_in_a_group_that_needs_no_helper)
{
	const char *roots = "the worker is in the group 'root', which owns "
			    "files of the system";

	expect_group("61001:0", roots);
	expect_group("61001:61003,0,61004", roots);
	expect_group("61001:root", roots);
	expect_group("61001:shadow",
		     "the worker is in the group 'shadow', which reads the "
		     "passwords' hashes");
	expect_group("61001:61003,disk",
		     "the worker is in the group 'disk', which reads and "
		     "writes every disk");
	expect_group("61001:kmem", "the worker is in the group 'kmem', which "
				   "reads the kernel's memory");
	expect_group("61001:sudo",
		     "the worker is in the group 'sudo', which becomes root");
	expect_group("61001:61003,61004", NULL);
	expect_group("nobody", NULL);
}

Test(resolve, warns_of_each_such_group_once)
{
	expect_loaded("worker 61001:0,shadow,0\nhelper 61002\n");
	cr_expect_eq(count_warnings(1, "group 'root'"), root);
	cr_expect_eq(count_warnings(1, "group 'shadow'"), root);
}

Test(resolve, warns_of_no_group_of_the_helpers)
{
	expect_loaded("worker 61001\nhelper 61002:shadow\n");
	cr_assert_eq(warnings.n, 0);
}

Test(resolve, warns_of_dev)
{
	expect_loaded(WHO "read /dev/null type=char\nread /developer\n"
			  "deny /dev/sda\n");
	expect_warning(3, "lies in /dev");
	expect_no_warning(4, "lies in /dev");
	expect_no_warning(5, "lies in /dev");
}

Test(resolve, warns_that_packet_is_raw_access)
{
	expect_loaded(WHO "packet eth0 proto=1\n");
	expect_warning(3,
		       "raw access: it can send any frame, to any interface");
}

Test(resolve, warns_of_what_sockets_can_do_besides)
{
	expect_loaded(WHO "raw icmp\nbind udp *:514\nbind tcp *:20\n");
	expect_warning(3, "a raw socket can send any icmp message");
	expect_warning(4, "datagrams can be sent to anybody");
	expect_no_warning(5, "");
}

Test(resolve, warns_of_datagrams_that_go_elsewhere)
{
	expect_loaded(WHO "connect udp 10.0.0.1:53\nconnect tcp 10.0.0.1:53\n"
			  "connect unix:dgram @/a\nlisten unix:dgram @/b\n"
			  "listen unix @/c\n");
	expect_warning(3, "datagrams can be sent to anybody");
	expect_no_warning(4, "");
	expect_warning(5, "datagrams can be sent to every socket");
	expect_warning(6, "datagrams can be sent to every socket");
	expect_no_warning(7, "datagrams");
}

static void expect_swallowed(const char *rules, unsigned line,
			     const char *words)
{
	char text[512];

	(void)snprintf(text, sizeof(text), WHO "%s", rules);
	expect_loaded(text);
	cr_expect_eq(count_warnings(line, words), 1, "%s", rules);
	cr_expect_eq(count_warnings(line == 3 ? 4 : 3, "already"), 0, "%s",
		     rules);
}

Test(resolve, warns_of_rules_that_another_swallows)
{
	const char *by3 = "t:3 says as much already";
	const char *by4 = "t:4 says as much already";

	expect_swallowed("read /a\nread /a\n", 4, by3);
	expect_swallowed("read /a/b/*.x\nread /a/**\n", 3, by4);
	expect_swallowed("list /a/**\nlist /a\n", 4, by3);
	expect_swallowed("stat /a/b\nread /a/**\n", 3, by4);
	expect_swallowed("deny /a/b/**\ndeny /a\n", 3, by4);
	expect_swallowed("connect tcp 10.0.0.0/8:*\n"
			 "connect tcp 10.1.0.0/16:80\n",
			 4, by3);
	expect_swallowed("connect tcp 10.128.0.0/9:80\n"
			 "connect tcp 10.128.0.0/9:80-81\n",
			 3, by4);
	expect_swallowed("connect unix /run/*\nconnect unix /run/x\n", 4, by3);
	expect_swallowed("raw icmp\nraw icmp\n", 4, by3);
	expect_swallowed("read /a/x\ndeny /a\n", 3, "t:4 denies all of it");
}

Test(resolve, warns_of_no_rule_that_adds_something)
{
	static const char *const rules[] = {
		"read /a\nlist /a\n",
		"read /a/**\nread /ab\n",
		"read /a/*\nread /a/b/*\n",
		"write /a/** create=0640\nwrite /a/b create=0600\n",
		"read /a/**\nread /a/b type=fifo\n",
		"remove /a/**\nremove /a\n",
		"read /a/**\ndeny /a/b\n",
		"connect tcp 10.0.0.0/8:80\nconnect udp 10.0.0.0/8:80\n",
		"connect tcp 10.0.0.0/9:80\nconnect tcp 10.128.0.0/9:80\n",
		"connect tcp *:80\nconnect tcp [*]:80\n",
		"connect tcp *:80-90\nconnect tcp *:85-95\n",
		"packet eth0 proto=1\npacket eth0 proto=2\n",
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		char text[256];

		(void)snprintf(text, sizeof(text), WHO "%s", rules[i]);
		expect_loaded(text);
		for (unsigned line = 3; line <= 4; line++) {
			expect_no_warning(line, "already");
			expect_no_warning(line, "denies");
		}
	}
}

Test(resolve, warns_that_a_default_helper_is_shared)
{
	bool exists = getpwnam("_wicket");

	if (!root) {
		expect_loaded("worker 61001\n");
		cr_assert_eq(warnings.n, 0);
	} else if (exists) {
		expect_loaded("worker 61001\n");
		expect_warning(0, "other policies share");
	} else {
		cr_assert_eq(load("worker 61001\n"), -ENOENT);
	}
}

Test(resolve, keeps_no_more_warnings_than_there_is_room_for)
{
	char text[40000] = WHO;
	size_t len = strlen(text);

	for (int i = 0; i < BOUND_POLICY_WARNINGS + 100; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"read /no-such/%d\n", i);
	expect_loaded(text);
	cr_assert_eq(warnings.n, BOUND_POLICY_WARNINGS);
}

/* ---- text --------------------------------------------------------------- */

Test(resolve, joins_paths_and_patterns)
{
	static const struct {
		const char *path;
		const char *pattern;
		const char *joined;
	} cases[] = {
		{"/b", "/a/*", "/b/*"},
		{"/", "/a/**", "/**"},
		{"/", "/a", "/"},
		{"/", "/", "/"},
		{"/", "/*", "/*"},
		{"/b", "/a", "/b"},
		{"/b*\\", "/a/\\*", "/b\\*\\\\"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_free_ char *joined = resolve_rejoin(cases[i].path,
							     cases[i].pattern);

		cr_expect_str_eq(joined, cases[i].joined, "%s", joined);
	}
}

Test(resolve, counts_what_escapes_take)
{
	cr_assert_eq(resolve_escaped("/a*/b\\", 3), 4);
	cr_assert_eq(resolve_escaped("/a*/b\\", 6), 8);
}
