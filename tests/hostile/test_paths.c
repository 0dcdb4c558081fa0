/* SPDX-License-Identifier: ISC */
/*
 * A hostile worker and names: what a path can be made to mean.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "support/pair.h"

TestSuite(paths, .timeout = 60);

static void make_site(struct pair *p)
{
	scratch_write(&p->s, "srv/www/index.html", "page\n", 0600);
	scratch_write(&p->s, "srv/wwwx/index.html", "other\n", 0600);
	scratch_write(&p->s, "etc/key", "secret\n", 0600);
	scratch_link(&p->s, "srv/www/absolute", "/etc/shadow");
	scratch_link(&p->s, "srv/www/relative", "../../etc/key");
	scratch_link(&p->s, "srv/www/inside", "index.html");
	scratch_link(&p->s, "srv/www/up", "../..");
}

/* Whatever is there or not, the answer is the same. */
static void climb(struct pair *p, struct wicket *w)
{
	static const char *const names[] = {
		"srv/www/../../etc/key",
		"srv/www/../../etc/no_such",
		"srv/www/..",
		"srv/../srv/www/index.html",
		"srv/www/no_such/../index.html",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		REFUSED(EACCES,
			wicket_open(w, pair_path(p, names[i]), O_RDONLY, 0));
	REFUSED(EACCES, wicket_open(w, "srv/www/index.html", O_RDONLY, 0));
	REFUSED(EACCES, wicket_open(w, ".", O_RDONLY, 0));
	REFUSED(ENOENT, wicket_open(w, "", O_RDONLY, 0));
}

Test(paths, attack_01_dot_dot_and_relative_paths_are_refused_unseen)
{
	struct pair p = {.policy = "read @/srv/www/**\n",
			 .make = make_site,
			 .work = climb};

	pair_run(&p);
	cr_assert_eq(pair_audited(&p, "op=open verdict=denied rule=-"), 7);
	pair_end(&p);
}

static void overlong(struct pair *p, struct wicket *w)
{
	char path[2 * BOUND_PATH];
	size_t len;

	len = (size_t)snprintf(path, sizeof(path), "%s",
			       pair_path(p, "srv/www/"));
	memset(path + len, 'n', 256);
	path[len + 256] = '\0';
	REFUSED(ENAMETOOLONG, wicket_open(w, path, O_RDONLY, 0));
	path[len + 255] = '\0';
	REFUSED(ENOENT, wicket_open(w, path, O_RDONLY, 0));
	for (; len + 2 < 4096; len += 2)
		memcpy(path + len, "/n", 2);
	memset(path + len, '\0', 4);
	REFUSED(ENOENT, wicket_open(w, path, O_RDONLY, 0));
	memcpy(path + len, "/n/n", 5);
	REFUSED(ENAMETOOLONG, wicket_open(w, path, O_RDONLY, 0));
}

Test(paths, attack_01_overlong_paths_and_components_are_refused)
{
	struct pair p = {.policy = "read @/srv/www/**\n",
			 .make = make_site,
			 .work = overlong};

	pair_run(&p);
	pair_end(&p);
}

static void collapse(struct pair *p, struct wicket *w)
{
	static const char *const names[] = {
		"/srv//www///index.html",
		"srv/./www/././index.html",
		"srv/www/inside",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		close(GRANTED(
			wicket_open(w, pair_path(p, names[i]), O_RDONLY, 0)));
	REFUSED(ENOTDIR, wicket_open(w, pair_path(p, "srv/www/index.html/"),
				     O_RDONLY, 0));
	REFUSED(ENOTDIR, wicket_open(w, pair_path(p, "srv/www/index.html/."),
				     O_RDONLY, 0));
}

Test(paths, attack_01_slashes_and_dots_collapse_as_in_the_kernel)
{
	struct pair p = {.policy = "read @/srv/www/**\n",
			 .make = make_site,
			 .work = collapse};

	pair_run(&p);
	pair_end(&p);
}

static void neighbour(struct pair *p, struct wicket *w)
{
	REFUSED(EACCES, wicket_open(w, pair_path(p, "srv/wwwx/index.html"),
				    O_RDONLY, 0));
	REFUSED(EACCES, wicket_open(w, pair_path(p, "srv"), O_RDONLY, 0));
	REFUSED(EACCES, wicket_open(w, "/etc/shadow", O_RDONLY, 0));
}

Test(paths, attack_01_a_granted_tree_is_not_a_prefix)
{
	struct pair p = {.policy = "read @/srv/www/**\n",
			 .make = make_site,
			 .work = neighbour};

	pair_run(&p);
	cr_assert(pair_audited(&p, "object=\"/etc/shadow\" verdict=denied "
				   "rule=- errno=EACCES"));
	pair_end(&p);
}

static void follow(struct pair *p, struct wicket *w)
{
	REFUSED(EACCES,
		wicket_open(w, pair_path(p, "srv/www/absolute"), O_RDONLY, 0));
	REFUSED(EACCES,
		wicket_open(w, pair_path(p, "srv/www/relative"), O_RDONLY, 0));
	REFUSED(EACCES, wicket_open(w, pair_path(p, "srv/www/up/etc/key"),
				    O_RDONLY, 0));
	close(GRANTED(
		wicket_open(w, pair_path(p, "srv/www/inside"), O_RDONLY, 0)));
}

Test(paths, attack_02_a_link_out_of_the_granted_tree_is_refused)
{
	struct pair p = {.policy = "read @/srv/www/**\n",
			 .make = make_site,
			 .work = follow};

	pair_run(&p);
	cr_assert_eq(pair_audited(&p, "op=open verdict=denied"), 3);
	pair_end(&p);
}

static void follow_stat(struct pair *p, struct wicket *w)
{
	struct stat st;

	REFUSED(EACCES, wicket_stat(w, pair_path(p, "srv/www/absolute"), &st));
	REFUSED(EACCES,
		wicket_access(w, pair_path(p, "srv/www/relative"), R_OK));
	REFUSED(EACCES,
		wicket_stat(w, pair_path(p, "srv/www/up/etc/key"), &st));
	GRANTED(wicket_lstat(w, pair_path(p, "srv/www/absolute"), &st));
	CHILD_CHECK(S_ISLNK(st.st_mode));
}

Test(paths, attack_02_nor_does_stat_tell_of_what_lies_behind_it)
{
	struct pair p = {.policy = "read @/srv/www/**\n",
			 .make = make_site,
			 .work = follow_stat};

	pair_run(&p);
	pair_end(&p);
}

static void look_at_proc(struct pair *p, struct wicket *w)
{
	char self[64];
	static const char *const paths[] = {
		"/proc/self/maps",
		"/proc/self/mem",
		"/proc/self/environ",
		"/proc/self/root/etc/shadow",
		"/proc/self/fd/0",
		"/proc/self/fd/3",
		"/proc/thread-self/maps",
		"/proc/1/root/etc/shadow",
		"/proc/1/environ",
		"/proc/self/task/1/maps",
		"/proc/self/cwd",
		"/proc/self/exe",
		"/dev/stdin",
		"/dev/fd/0",
		"/dev/fd/3",
		"/proc/mounts",
		"/proc/net/tcp",
	};

	(void)p;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		REFUSED(EACCES, wicket_open(w, paths[i], O_RDONLY, 0));
	snprintf(self, sizeof(self), "/proc/%d/maps", (int)getpid());
	REFUSED(EACCES, wicket_open(w, self, O_RDONLY, 0));
	/* What is nobody's own is still to be had. */
	close(GRANTED(wicket_open(w, "/proc/version", O_RDONLY, 0)));
}

Test(paths, attack_06_and_31_a_granted_proc_never_shows_a_process)
{
	struct pair p = {.policy = "read /proc/** type=any\n"
				   "read /dev/stdin /dev/fd/** type=any\n",
			 .work = look_at_proc};

	pair_run(&p);
	cr_assert(pair_audited(&p, "object=\"/proc/self/maps\" denied"));
	pair_end(&p);
}

static void make_link_to_proc(struct pair *p)
{
	scratch_link(&p->s, "srv/maps", "/proc/self/maps");
	scratch_link(&p->s, "srv/self", "/proc/self");
	scratch_link(&p->s, "srv/root", "/proc/1/root");
}

static void look_through_links(struct pair *p, struct wicket *w)
{
	REFUSED(EACCES, wicket_open(w, pair_path(p, "srv/maps"), O_RDONLY, 0));
	REFUSED(EACCES,
		wicket_open(w, pair_path(p, "srv/self/environ"), O_RDONLY, 0));
	REFUSED(EACCES, wicket_open(w, pair_path(p, "srv/root/etc/shadow"),
				    O_RDONLY, 0));
}

Test(paths, attack_31_nor_by_a_link_to_it)
{
	struct pair p = {.policy = "read @/srv/** /proc/** type=any\n",
			 .make = make_link_to_proc,
			 .work = look_through_links};

	pair_run(&p);
	pair_end(&p);
}
