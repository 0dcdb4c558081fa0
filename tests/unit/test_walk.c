/* SPDX-License-Identifier: ISC */
/* walk.c: from a path to a descriptor, link by link. */
#include "helper/walk.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>

#include "support/site.h"

/* Walks and closes: 0 or -errno. */
static int walk(struct site *s, const char *path, int flags)
{
	_cleanup_fd_ int fd = site_open(s, path, O_RDONLY | flags);

	return fd < 0 ? fd : 0;
}

/* ---- paths as text ------------------------------------------------------- */

SITE_TEST(walk, refuses_a_path_before_it_looks, "read /**\n")
{
	/* Nothing can be found out from a root that is no directory. */
	close_fd(&s->h.root);
	s->h.root = open("/dev/null", O_PATH | O_CLOEXEC);
	CHILD_CHECK(walk(s, "/etc/../etc/passwd", 0) == -EACCES);
	CHILD_CHECK(s->job.refused && strcmp(s->job.why, "path") == 0);
	CHILD_CHECK(walk(s, "/..", 0) == -EACCES);
	CHILD_CHECK(walk(s, "/no/such/..", 0) == -EACCES);
	s->request.object = "etc/passwd";
	s->job = (struct job){
		.request = &s->request, .missing = s->h.missing, .fd = -1};
	CHILD_CHECK(do_open(&s->h, &s->job) == -EACCES);
	s->request.object = "";
	CHILD_CHECK(do_open(&s->h, &s->job) == -ENOENT);
	CHILD_CHECK(walk(s, "/etc/passwd", 0) == -ENOTDIR);
	close_fd(&s->h.root);
	s->h.root = open("/", O_PATH | O_CLOEXEC);
}

SITE_TEST(walk, refuses_what_is_too_long, "read /**\n")
{
	char path[BOUND_PATH + 2];

	for (size_t i = 0; i < sizeof(path) - 1; i += 2)
		memcpy(path + i, "/a", 2);
	path[BOUND_PATH - 1] = '\0';
	CHILD_CHECK(walk(s, path, 0) == -ENOENT);
	path[BOUND_PATH - 1] = 'b';
	path[BOUND_PATH] = '\0';
	CHILD_CHECK(walk(s, path, 0) == -ENAMETOOLONG);
	memset(path, 'x', 257);
	path[0] = '/';
	path[256] = '\0';
	CHILD_CHECK(walk(s, path, 0) == -ENOENT);
	path[256] = 'x';
	path[257] = '\0';
	CHILD_CHECK(walk(s, path, 0) == -ENAMETOOLONG);
}

SITE_TEST(walk, reads_slashes_and_dots_as_the_kernel_does, "read @/d/a\n")
{
	site_file(s, "d/a", "text", 0600, s->worker);
	CHILD_CHECK(walk(s, "d//a", 0) == 0);
	CHILD_CHECK(walk(s, "./d/./a", 0) == 0);
	CHILD_CHECK(walk(s, "d/.//./a", 0) == 0);
	CHILD_CHECK(walk(s, "d/a/", 0) == -ENOTDIR);
	CHILD_CHECK(walk(s, "d/...", 0) == -EACCES);
}

SITE_TEST(walk, takes_names_of_any_bytes, "read @/**\n")
{
	site_file(s, "d/\xff\xfe\n\x1b[2J \"*\\", "text", 0600, s->worker);
	CHILD_CHECK(walk(s, "d/\xff\xfe\n\x1b[2J \"*\\", 0) == 0);
}

/* ---- links --------------------------------------------------------------- */

SITE_TEST(walk, follows_links_to_what_is_granted, "read @/www/**\nread @/x/a\n")
{
	char target[BOUND_PATH + 8];

	site_file(s, "www/a", "text", 0600, s->worker);
	site_file(s, "x/a", "text", 0600, s->worker);
	site_file(s, "x/b", "text", 0600, s->worker);
	snprintf(target, sizeof(target), "%s/x", s->scratch.dir);
	site_link(s, "a", "www/l");
	site_link(s, "./././/a", "www/dots");
	site_link(s, "../../..//../../../../../../..", "www/top");
	site_link(s, target, "www/abs");
	site_link(s, "../../www/a", "www/d/up");
	CHILD_CHECK(walk(s, "www/l", 0) == 0);
	CHILD_CHECK(walk(s, "www/dots", 0) == 0);
	CHILD_CHECK(walk(s, "www/d/up", 0) == 0);
	CHILD_CHECK(walk(s, "www/abs/a", 0) == 0);
	CHILD_CHECK(walk(s, "www/abs/b", 0) == -EACCES);
	CHILD_CHECK(walk(s, "www/top/etc/passwd", 0) == -EACCES);
	CHILD_CHECK(strcmp(s->job.missing, "read /etc/passwd") == 0);
}

SITE_TEST(walk, is_denied_behind_a_link_and_by_its_name,
	  "read @/**\ndeny @/www/secret\ndeny @/www/closed\n")
{
	site_file(s, "www/secret/a", "text", 0600, s->worker);
	site_file(s, "open/a", "text", 0600, s->worker);
	site_link(s, "secret", "www/door");
	site_link(s, "../open", "www/closed");
	site_link(s, "www", "again");
	CHILD_CHECK(walk(s, "www/secret/a", 0) == -EACCES);
	CHILD_CHECK(walk(s, "www/door/a", 0) == -EACCES);
	CHILD_CHECK(s->job.rule && s->job.rule->verb == POLICY_DENY);
	CHILD_CHECK(walk(s, "again/secret/a", 0) == -EACCES);
	CHILD_CHECK(walk(s, "www/closed/a", 0) == -EACCES);
	CHILD_CHECK(walk(s, "open/a", 0) == 0);
}

/* By its text alone it would lead to www/a, in the kernel to rel/a. */
SITE_TEST(walk, refuses_a_link_into_a_directory_and_out_again, "read @/**\n")
{
	site_file(s, "www/a", "wrong", 0600, s->worker);
	site_file(s, "rel/a", "right", 0600, s->worker);
	site_file(s, "rel/5/a", "text", 0600, s->worker);
	site_link(s, "../rel/5", "www/now");
	site_link(s, "now/../a", "www/l");
	CHILD_CHECK(walk(s, "www/now/a", 0) == 0);
	CHILD_CHECK(walk(s, "www/l", 0) == -EACCES);
	CHILD_CHECK(s->job.refused && strcmp(s->job.why, "link") == 0);
}

SITE_TEST(walk, follows_forty_links_and_no_more, "read @/**\n")
{
	char name[16];
	char target[16];

	site_file(s, "0", "text", 0600, s->worker);
	for (int i = 1; i <= 41; i++) {
		snprintf(name, sizeof(name), "%d", i);
		snprintf(target, sizeof(target), "%d", i - 1);
		site_link(s, target, name);
	}
	CHILD_CHECK(walk(s, "40", 0) == 0);
	CHILD_CHECK(walk(s, "41", 0) == -ELOOP);
}

SITE_TEST(walk, ends_in_loops, "read @/**\nremove @/**\n")
{
	site_link(s, "b", "a");
	site_link(s, "a", "b");
	site_link(s, ".", "self");
	site_link(s, "self/d", "grow");
	CHILD_CHECK(walk(s, "a", 0) == -ELOOP);
	CHILD_CHECK(walk(s, "a/x", 0) == -ELOOP);
	CHILD_CHECK(walk(s, "self/self/self/grow", 0) == -ENOENT);
	CHILD_CHECK(site_ask(s, do_unlink, "a/x") == -ELOOP);
}

SITE_TEST(walk, refuses_a_path_that_links_make_too_long, "read @/**\n")
{
	char name[201] = {0};
	char path[4096];
	int r;

	memset(name, 'x', 200);
	site_link(s, name, "l");
	memset(path, 'y', sizeof(path));
	for (size_t i = 0; i < sizeof(path); i += 100)
		path[i] = '/';
	path[0] = 'l';
	path[1] = '/';
	path[BOUND_PATH - 1 - strlen(s->scratch.dir) - 1] = '\0';
	r = walk(s, path, 0);
	CHILD_CHECK(r == -ENAMETOOLONG);
}

SITE_TEST(walk, wants_a_directory_where_a_links_text_says_so, "read @/**\n")
{
	site_file(s, "a", "text", 0600, s->worker);
	site_link(s, "a/", "l");
	CHILD_CHECK(walk(s, "l", 0) == -ENOTDIR);
}

/* ---- /proc --------------------------------------------------------------- */

SITE_TEST(walk, keeps_out_of_every_process,
	  "read /proc/**\nread /dev/**\n"
	  "stat /**\nlist /proc/**\n")
{
	static const char *const paths[] = {
		"/proc/self/maps",
		"/proc/self/environ",
		"/proc/self/mem",
		"/proc/self/fd/0",
		"/proc/self/root/etc/passwd",
		"/proc/self/cwd",
		"/proc/thread-self/maps",
		"/proc/self/task/1/maps",
		"/proc/1/environ",
		"/proc/1/root/etc/passwd",
		"/proc/mounts",
		"/proc/net/tcp",
		"/dev/stdin",
		"/dev/fd/0",
		"/dev/fd/3",
	};
	char own[64];

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		CHILD_CHECK(walk(s, paths[i], 0) == -EACCES);
		CHILD_CHECK(s->job.refused);
		CHILD_CHECK(site_stat(s, paths[i], 0) == -EACCES);
	}
	snprintf(own, sizeof(own), "/proc/%d/maps", (int)getpid());
	CHILD_CHECK(walk(s, own, 0) == -EACCES);
	CHILD_CHECK(strcmp(s->job.why, "procfs") == 0);
	CHILD_CHECK(site_ask(s, do_readlink, "/proc/self") == -EACCES);
	CHILD_CHECK(site_ask(s, do_readlink, "/proc/self/exe") == -EACCES);
	CHILD_CHECK(site_ask(s, do_list, "/proc/self/fd") == -EACCES);
	CHILD_CHECK(site_stat(s, "/proc/self", AT_SYMLINK_NOFOLLOW) == -EACCES);
}

SITE_TEST(walk, serves_what_in_proc_is_no_process, "read /proc/**\n")
{
	CHILD_CHECK(walk(s, "/proc/version", 0) == 0);
	CHILD_CHECK(walk(s, "/proc/sys/kernel/ostype", 0) == 0);
}

SITE_TEST(walk, knows_procfs_wherever_it_is_mounted, "read @/**\nlist @/**\n")
{
	const int mounted = s->root ? -EACCES : -ENOENT;

	site_directory(s, "p", 0755, s->worker);
	if (s->root) {
		CHILD_CHECK(unshare(CLONE_NEWNS) == 0);
		CHILD_CHECK(mount("", "/", "", MS_REC | MS_PRIVATE, "") == 0);
		CHILD_CHECK(mount("proc", "p", "proc", 0, "") == 0);
		close_fd(&s->h.root);
		s->h.root = open("/", O_PATH | O_CLOEXEC);
	}
	CHILD_CHECK(walk(s, "p/1/status", 0) == mounted);
	CHILD_CHECK(!s->root || strcmp(s->job.why, "procfs") == 0);
	CHILD_CHECK(walk(s, "p/self/maps", 0) == mounted);
	CHILD_CHECK(walk(s, "p/mounts", 0) == mounted);
	CHILD_CHECK(site_ask(s, do_list, "p/1") == mounted);
	CHILD_CHECK(!s->root || walk(s, "p/version", 0) == 0);
}

SITE_TEST(walk, minds_numbers_on_procfs_only, "read @/**\n")
{
	site_file(s, "2026/self/a", "text", 0600, s->worker);
	CHILD_CHECK(walk(s, "2026/self/a", 0) == 0);
}

SITE_TEST(walk, follows_links_of_sysfs_by_their_targets,
	  "read /sys/class/net/**\n")
{
	/* The link is granted, where it leads is not. */
	CHILD_CHECK(walk(s, "/sys/class/net/lo/mtu", 0) == -EACCES);
	CHILD_CHECK(strstr(s->job.missing, "read /sys/devices/") != NULL);
}
