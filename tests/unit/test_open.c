/* SPDX-License-Identifier: ISC */
/* do_open(): which flags each right allows, and what is handed out. */
#include "helper/helper.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "support/site.h"

/* Opens and closes: 0 or -errno. */
static int try(struct site *s, const char *path, int flags)
{
	_cleanup_fd_ int fd = site_open(s, path, flags);

	return fd < 0 ? fd : 0;
}

/* ---- rights and flags ---------------------------------------------------- */

#define RIGHTS_POLICY                                     \
	"read @/r\nwrite @/w\nappend @/a\n"               \
	"read @/rw\nwrite @/rw\nread @/ra\nappend @/ra\n" \
	"write @/wa\nappend @/wa\nstat @/s\nlist @/l\n"   \
	"remove @/rm\n"

static const char *const rights_files[] = {"r",	 "w", "a", "rw", "ra",
					   "wa", "s", "l", "rm", "none"};

enum {
	FILES = sizeof(rights_files) / sizeof(rights_files[0]),
	N = -EACCES,
	V = -EINVAL,
	D = -ENOTDIR,
};

static const struct row {
	int flags;
	int expected[FILES]; /* r w a rw ra wa s l rm none */
} rows[] = {
	{O_RDONLY, {0, N, N, 0, 0, N, N, N, N, N}},
	{O_RDONLY | O_APPEND, {0, N, N, 0, 0, N, N, N, N, N}},
	{O_WRONLY, {N, 0, 0, 0, 0, 0, N, N, N, N}},
	{O_WRONLY | O_APPEND, {N, 0, 0, 0, 0, 0, N, N, N, N}},
	{O_WRONLY | O_CREAT, {N, 0, 0, 0, 0, 0, N, N, N, N}},
	{O_WRONLY | O_CREAT | O_EXCL, {N, N, N, N, N, N, N, N, N, N}},
	{O_RDONLY | O_CREAT, {0, N, N, 0, 0, N, N, N, N, N}},
	{O_WRONLY | O_TRUNC, {N, 0, N, 0, N, 0, N, N, N, N}},
	{O_WRONLY | O_TRUNC | O_APPEND, {N, 0, N, 0, N, 0, N, N, N, N}},
	{O_WRONLY | O_TRUNC | O_CREAT, {N, 0, N, 0, N, 0, N, N, N, N}},
	{O_RDWR, {N, N, N, 0, N, N, N, N, N, N}},
	{O_RDWR | O_APPEND, {N, N, N, 0, N, N, N, N, N, N}},
	{O_RDWR | O_TRUNC, {N, N, N, 0, N, N, N, N, N, N}},
	{O_RDONLY | O_TRUNC, {N, N, N, V, N, N, N, N, N, N}},
	{O_RDONLY | O_DIRECTORY, {D, N, N, D, D, N, N, N, N, N}},
	{O_RDONLY | O_NOFOLLOW, {0, N, N, 0, 0, N, N, N, N, N}},
	{O_RDONLY | O_SYNC | O_NOCTTY, {0, N, N, 0, 0, N, N, N, N, N}},
	{O_WRONLY | O_DSYNC | O_NONBLOCK, {N, 0, 0, 0, 0, 0, N, N, N, N}},
	{O_PATH, {N, N, N, N, N, N, N, N, N, N}},
	{O_TMPFILE | O_RDWR, {N, N, N, N, N, N, N, N, N, N}},
	{O_RDONLY | O_DIRECT, {V, V, V, V, V, V, V, V, V, V}},
	{O_RDONLY | O_NOATIME, {V, V, V, V, V, V, V, V, V, V}},
	{O_ACCMODE, {V, V, V, V, V, V, V, V, V, V}},
	{O_RDONLY | O_CREAT | O_DIRECTORY, {V, V, V, V, V, V, V, V, V, V}},
};

SITE_TEST(open, permits_each_right_its_own_flags_only, RIGHTS_POLICY)
{
	for (size_t f = 0; f < FILES; f++)
		site_file(s, rights_files[f], "text", 0600, s->worker);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t f = 0; f < FILES; f++) {
			int r = try(s, rights_files[f], rows[i].flags);

			if (r != rows[i].expected[f])
				fprintf(stderr, "%s flags 0%o: %d\n",
					rights_files[f],
					(unsigned)rows[i].flags, r);
			CHILD_CHECK(r == rows[i].expected[f]);
		}
	/* What was never truncated by right has its text. */
	CHILD_CHECK(site_has("r", "text"));
	CHILD_CHECK(site_has("a", "text"));
	CHILD_CHECK(site_has("ra", "text"));
	CHILD_CHECK(site_has("none", "text"));
	CHILD_CHECK(site_has("w", ""));
}

SITE_TEST(open, names_the_missing_line, "read @/a\n")
{
	char expected[BOUND_PATH + 16];

	CHILD_CHECK(site_open(s, "a", O_WRONLY | O_APPEND) == -EACCES);
	CHILD_CHECK(s->job.refused && !s->job.rule);
	snprintf(expected, sizeof(expected), "append %s/a", s->scratch.dir);
	CHILD_CHECK(strcmp(s->job.missing, expected) == 0);
}

SITE_TEST(open, names_the_rule_that_denies, "read @/**\ndeny @/a\n")
{
	CHILD_CHECK(site_open(s, "a", O_RDONLY) == -EACCES);
	CHILD_CHECK(s->job.refused && s->job.rule);
	CHILD_CHECK(s->job.rule->verb == POLICY_DENY);
	CHILD_CHECK(s->job.missing[0] == '\0');
}

SITE_TEST(open, judges_whole_components, "read @/www/**\n")
{
	site_file(s, "www/a", "in", 0600, s->worker);
	site_file(s, "wwwx/a", "out", 0600, s->worker);
	site_file(s, "b", "out", 0600, s->worker);
	CHILD_CHECK(try(s, "www/a", O_RDONLY) == 0);
	CHILD_CHECK(try(s, "wwwx/a", O_RDONLY) == -EACCES);
	CHILD_CHECK(try(s, "b", O_RDONLY) == -EACCES);
	CHILD_CHECK(try(s, "www/../b", O_RDONLY) == -EACCES);
}

SITE_TEST(open, serves_every_file_of_a_tree_and_none_outside, "read @/www/**\n")
{
	char name[32];

	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "www/%d/file", i);
		site_file(s, name, "in", 0600, s->worker);
	}
	site_file(s, "out", "out", 0644, s->worker);
	for (int i = 0; i < 400; i++) {
		snprintf(name, sizeof(name), "www/%d/file", i % 200);
		CHILD_CHECK(try(s, name, O_RDONLY) == 0);
		CHILD_CHECK(try(s, "out", O_RDONLY) == -EACCES);
	}
}

/* ---- the descriptor ------------------------------------------------------ */

SITE_TEST(open, gives_the_flags_that_were_asked_for,
	  "read @/a\nwrite @/a\nappend @/log\n")
{
	static const struct {
		const char *path;
		int flags;
		int expected;
	} cases[] = {
		{"a", O_RDONLY, O_RDONLY},
		{"a", O_RDONLY | O_NONBLOCK, O_RDONLY | O_NONBLOCK},
		{"a", O_RDWR | O_APPEND, O_RDWR | O_APPEND},
		{"a", O_WRONLY | O_SYNC, O_WRONLY | O_SYNC},
		{"log", O_WRONLY, O_WRONLY | O_APPEND},
		{"log", O_WRONLY | O_NONBLOCK,
		 O_WRONLY | O_APPEND | O_NONBLOCK},
	};

	site_file(s, "a", "", 0600, s->worker);
	site_file(s, "log", "", 0600, s->worker);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int fd = site_open(s, cases[i].path, cases[i].flags);
		int flags = fcntl(fd, F_GETFL) & ~O_LARGEFILE;

		CHILD_CHECK((flags & ~0100000) == cases[i].expected);
		CHILD_CHECK(fds_cloexec(fd));
		close_fd(&fd);
	}
}

SITE_TEST(open, gives_each_time_a_file_of_its_own, "read @/a\n")
{
	char byte;
	int one;
	int two;

	site_file(s, "a", "12", 0600, s->worker);
	one = site_open(s, "a", O_RDONLY);
	two = site_open(s, "a", O_RDONLY);
	CHILD_CHECK(read(one, &byte, 1) == 1 && byte == '1');
	CHILD_CHECK(read(two, &byte, 1) == 1 && byte == '1');
	close_fd(&one);
	close_fd(&two);
}

/* ---- making files -------------------------------------------------------- */

SITE_TEST(open, creates_with_the_mode_of_the_policy,
	  "write @/d/** create=0640\nappend @/log create=0600\n")
{
	struct stat st;

	site_directory(s, "d", 0755, s->worker);
	CHILD_CHECK(try(s, "d/a", O_WRONLY | O_CREAT) == 0);
	CHILD_CHECK(stat("d/a", &st) == 0);
	CHILD_CHECK((st.st_mode & 07777) == 0640);
	CHILD_CHECK(st.st_uid == s->worker);
	CHILD_CHECK(st.st_gid == s->h.start.fsgid);
	CHILD_CHECK(try(s, "log", O_WRONLY | O_CREAT | O_EXCL) == 0);
	CHILD_CHECK(stat("log", &st) == 0);
	CHILD_CHECK((st.st_mode & 07777) == 0600);
}

SITE_TEST(open, leaves_mode_and_owner_of_what_is_there,
	  "write @/a create=0640\n")
{
	struct stat st;

	site_file(s, "a", "text", 0606, s->worker);
	CHILD_CHECK(try(s, "a", O_WRONLY | O_CREAT) == 0);
	CHILD_CHECK(stat("a", &st) == 0);
	CHILD_CHECK((st.st_mode & 07777) == 0606);
	CHILD_CHECK(site_has("a", "text"));
}

SITE_TEST(open, makes_nothing_without_create, "write @/a\nread @/a\n")
{
	CHILD_CHECK(try(s, "a", O_WRONLY | O_CREAT) == -EACCES);
	CHILD_CHECK(s->job.refused);
	CHILD_CHECK(strstr(s->job.missing, "create=") != NULL);
	CHILD_CHECK(try(s, "a", O_WRONLY | O_CREAT | O_EXCL) == -EACCES);
	CHILD_CHECK(try(s, "a", O_WRONLY) == -ENOENT);
	CHILD_CHECK(access("a", F_OK) < 0);
}

SITE_TEST(open, makes_the_very_file_that_a_double_star_rule_stands_below_not,
	  "write @/d/** create=0640\n")
{
	CHILD_CHECK(try(s, "d", O_WRONLY | O_CREAT) == -EACCES);
	CHILD_CHECK(access("d", F_OK) < 0);
}

SITE_TEST(open, fails_exclusively_where_a_file_or_link_is,
	  "write @/** create=0640\n")
{
	site_file(s, "a", "text", 0600, s->worker);
	site_link(s, "nowhere", "l");
	CHILD_CHECK(try(s, "a", O_WRONLY | O_CREAT | O_EXCL) == -EEXIST);
	CHILD_CHECK(try(s, "l", O_WRONLY | O_CREAT | O_EXCL) == -EEXIST);
	CHILD_CHECK(access("nowhere", F_OK) < 0);
	CHILD_CHECK(try(s, "no/directory", O_WRONLY | O_CREAT) == -ENOENT);
}

SITE_TEST(open, creates_for_the_owner_of_the_rule,
	  "append @/log create=0640 owner=61011:61012\n"
	  "append @/group create=0640 owner=%worker:61012\n")
{
	struct stat st;

	/* Without privilege all is the worker's. */
	CHILD_CHECK(try(s, "log", O_WRONLY | O_CREAT) == 0);
	CHILD_CHECK(stat("log", &st) == 0);
	CHILD_CHECK(st.st_uid == (s->root ? 61011 : s->worker));
	CHILD_CHECK(!s->root || st.st_gid == 61012);
	if (s->root) {
		CHILD_CHECK(try(s, "log", O_WRONLY) == 0);
		CHILD_CHECK(try(s, "group", O_WRONLY | O_CREAT) == 0);
		CHILD_CHECK(stat("group", &st) == 0);
		CHILD_CHECK(st.st_uid == s->worker && st.st_gid == 61012);
	}
}

SITE_TEST(open, truncates_only_after_the_look, "write @/a\nappend @/log\n")
{
	site_file(s, "a", "text", 0600, s->worker);
	site_file(s, "log", "text", 0600, s->worker);
	CHILD_CHECK(try(s, "log", O_WRONLY | O_TRUNC) == -EACCES);
	CHILD_CHECK(site_has("log", "text"));
	CHILD_CHECK(try(s, "a", O_WRONLY | O_TRUNC) == 0);
	CHILD_CHECK(site_has("a", ""));
}

/* ---- links --------------------------------------------------------------- */

SITE_TEST(open, follows_no_link_to_what_is_not_granted,
	  "read @/www/**\nwrite @/www/** create=0640\n")
{
	site_file(s, "victim", "text", 0644, s->worker);
	site_link(s, "/etc/shadow", "www/shadow");
	site_link(s, "../victim", "www/up");
	site_link(s, "..", "www/dir");
	CHILD_CHECK(try(s, "www/shadow", O_RDONLY) == -EACCES);
	CHILD_CHECK(strcmp(s->job.missing, "read /etc/shadow") == 0);
	CHILD_CHECK(try(s, "www/up", O_RDONLY) == -EACCES);
	CHILD_CHECK(try(s, "www/dir/victim", O_RDONLY) == -EACCES);
	CHILD_CHECK(try(s, "www/up", O_WRONLY | O_TRUNC | O_CREAT) == -EACCES);
	CHILD_CHECK(site_has("victim", "text"));
}

SITE_TEST(open, makes_nothing_through_a_dangling_link,
	  "write @/www/** create=0640\n")
{
	site_link(s, "../made", "www/l");
	CHILD_CHECK(try(s, "www/l", O_WRONLY | O_CREAT) == -EACCES);
	CHILD_CHECK(access("made", F_OK) < 0);
	site_link(s, "made", "www/inside");
	CHILD_CHECK(try(s, "www/inside", O_WRONLY | O_CREAT) == 0);
	CHILD_CHECK(access("www/made", F_OK) == 0);
}

SITE_TEST(open, stops_at_a_link_where_asked_to, "read @/**\n")
{
	site_file(s, "d/a", "text", 0600, s->worker);
	site_link(s, "d/a", "l");
	site_link(s, "d", "dir");
	CHILD_CHECK(try(s, "l", O_RDONLY) == 0);
	CHILD_CHECK(try(s, "l", O_RDONLY | O_NOFOLLOW) == -ELOOP);
	CHILD_CHECK(try(s, "dir/a", O_RDONLY | O_NOFOLLOW) == 0);
}

SITE_TEST(open, asks_the_same_right_of_the_target, "append @/l\nread @/a\n")
{
	site_file(s, "a", "text", 0600, s->worker);
	site_link(s, "a", "l");
	CHILD_CHECK(try(s, "l", O_WRONLY) == -EACCES);
	CHILD_CHECK(try(s, "l", O_RDONLY) == -EACCES);
}

/* ---- owners -------------------------------------------------------------- */

SITE_TEST(open, refuses_a_hard_link_to_anothers_file,
	  "read @/d/**\nwrite @/d/**\n")
{
	int expected = s->root ? -EACCES : 0;

	site_file(s, "secret", "text", 0600, s->owner);
	site_directory(s, "d", 0755, s->worker);
	CHILD_CHECK(link("secret", "d/a") == 0);
	CHILD_CHECK(try(s, "d/a", O_RDONLY) == expected);
	CHILD_CHECK(!s->root || strcmp(s->job.why, "owner") == 0);
	CHILD_CHECK(try(s, "d/a", O_WRONLY) == expected);
	/* One link is left, and it is still another's. */
	CHILD_CHECK(rename("d/a", "secret") == 0);
	CHILD_CHECK(rename("secret", "d/b") == 0);
	CHILD_CHECK(try(s, "d/b", O_RDONLY) == expected);
	if (s->root)
		CHILD_CHECK(try(s, "d/b", O_WRONLY | O_TRUNC) == -EACCES);
	CHILD_CHECK(site_has("d/b", "text"));
}

SITE_TEST(open, serves_anothers_file_where_the_worker_cannot_put_one,
	  "read @/d/**\n")
{
	site_file(s, "d/e/a", "text", 0600, s->owner);
	CHILD_CHECK(!s->root || chown("d/e", 0, 0) == 0);
	CHILD_CHECK(!s->root || chown("d", 0, 0) == 0);
	/* It cannot be reached by a name that the worker could change. */
	CHILD_CHECK(!s->root || try(s, "d/e/a", O_RDONLY) == 0);
	CHILD_CHECK(chmod("d/e", 0775) == 0);
	CHILD_CHECK(try(s, "d/e/a", O_RDONLY) == (s->root ? -EACCES : 0));
	CHILD_CHECK(chmod("d/e", 0755) == 0);
	CHILD_CHECK(chmod("d", 01777) == 0);
	CHILD_CHECK(try(s, "d/e/a", O_RDONLY) == 0);
	CHILD_CHECK(chmod("d", 0777) == 0);
	CHILD_CHECK(try(s, "d/e/a", O_RDONLY) == (s->root ? -EACCES : 0));
}

/* So many names deep that the helper looks from several of them on. */
#define LEVELS "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/"
#define DEEP   LEVELS LEVELS LEVELS LEVELS

SITE_TEST(open, sees_at_every_depth_that_names_can_change, "read @/a/**\n")
{
	char dir[] = DEEP;

	site_file(s, DEEP "file", "text", 0600, s->owner);
	for (size_t end = 1; end < sizeof(DEEP) - 1; end += 2) {
		dir[end] = '\0';
		CHILD_CHECK(!s->root || chown(dir, 0, 0) == 0);
		dir[end] = '/';
	}
	CHILD_CHECK(!s->root || try(s, DEEP "file", O_RDONLY) == 0);
	for (size_t end = 1; end < sizeof(DEEP) - 1; end += 2) {
		dir[end] = '\0';
		CHILD_CHECK(chmod(dir, 0775) == 0);
		CHILD_CHECK(try(s, DEEP "file", O_RDONLY) ==
			    (s->root ? -EACCES : 0));
		CHILD_CHECK(chmod(dir, 0755) == 0);
		dir[end] = '/';
	}
	CHILD_CHECK(!s->root || try(s, DEEP "file", O_RDONLY) == 0);
}

SITE_TEST(open, refuses_anothers_file_where_the_policy_lets_names_change,
	  "read @/d/**\nremove @/d/**\n")
{
	site_file(s, "d/a", "text", 0600, s->owner);
	CHILD_CHECK(!s->root || chown("d", 0, 0) == 0);
	CHILD_CHECK(try(s, "d/a", O_RDONLY) == (s->root ? -EACCES : 0));
}

SITE_TEST(open, serves_the_rules_owner, "read @/d/* owner=61011\n")
{
	site_file(s, "d/a", "text", 0600, s->root ? 61011 : s->worker);
	site_file(s, "d/b", "text", 0600, s->root ? 61012 : s->worker);
	CHILD_CHECK(try(s, "d/a", O_RDONLY) == 0);
	CHILD_CHECK(try(s, "d/b", O_RDONLY) == (s->root ? -EACCES : 0));
}

SITE_TEST(open, wants_the_owner_of_each_rule_that_it_takes,
	  "read @/d/*\nwrite @/d/* create=0600 owner=61011\n")
{
	int expected = s->root ? -EACCES : 0;

	site_file(s, "d/a", "text", 0600, s->root ? 61011 : s->worker);
	CHILD_CHECK(try(s, "d/a", O_WRONLY) == 0);
	CHILD_CHECK(try(s, "d/a", O_RDONLY) == expected);
	CHILD_CHECK(try(s, "d/a", O_RDWR) == expected);
}

/* ---- types --------------------------------------------------------------- */

static void make_odd_files(struct site *s)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "socket"};
	_cleanup_fd_ int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHILD_CHECK(mkfifo("fifo", 0600) == 0);
	CHILD_CHECK(bind(sock, (struct sockaddr *)&a, sizeof(a)) == 0);
	site_directory(s, "dir", 0755, s->worker);
	if (!s->root)
		return;
	/* /dev/null, and a device that no driver has. */
	CHILD_CHECK(mknod("char", S_IFCHR | 0600, makedev(1, 3)) == 0);
	CHILD_CHECK(mknod("block", S_IFBLK | 0600, makedev(511, 0)) == 0);
}

SITE_TEST(open, refuses_what_is_no_file_at_once, "read @/**\nwrite @/**\n")
{
	static const char *const names[] = {"fifo", "socket", "char", "block"};
	static const int flags[] = {O_RDONLY, O_WRONLY, O_RDWR,
				    O_WRONLY | O_CREAT};

	make_odd_files(s);
	for (size_t i = 0; i < (s->root ? 4 : 2); i++)
		for (size_t f = 0; f < 4; f++) {
			int r = try(s, names[i], flags[f]);

			CHILD_CHECK(r == -EACCES);
			CHILD_CHECK(strcmp(s->job.why, "type") == 0);
		}
	CHILD_CHECK(try(s, "dir", O_RDONLY) == -EISDIR);
	CHILD_CHECK(try(s, "dir", O_WRONLY) == -EISDIR);
	CHILD_CHECK(try(s, "dir", O_RDONLY | O_DIRECTORY) == -EACCES);
}

SITE_TEST(open, gives_the_types_that_the_rule_names,
	  "read @/fifo type=fifo\nwrite @/fifo type=fifo\n"
	  "read @/char type=char\nread @/dir type=dir\n"
	  "read @/any type=any\nread @/socket type=any\n"
	  "read @/block type=any\n")
{
	int fd;

	make_odd_files(s);
	site_file(s, "any", "", 0600, s->worker);
	fd = site_open(s, "fifo", O_RDONLY);
	CHILD_CHECK(fd >= 0);
	CHILD_CHECK(!(fcntl(fd, F_GETFL) & O_NONBLOCK));
	CHILD_CHECK(try(s, "fifo", O_WRONLY) == 0);
	close_fd(&fd);
	/* Nobody reads it now, and nobody waits for a reader. */
	CHILD_CHECK(try(s, "fifo", O_WRONLY) == -ENXIO);
	CHILD_CHECK(!s->job.refused);
	CHILD_CHECK(!s->root || try(s, "char", O_RDONLY) == 0);
	CHILD_CHECK(try(s, "dir", O_RDONLY) == 0);
	CHILD_CHECK(try(s, "dir", O_RDONLY | O_DIRECTORY) == 0);
	CHILD_CHECK(try(s, "any", O_RDONLY) == 0);
	CHILD_CHECK(try(s, "socket", O_RDONLY) == -EACCES);
	CHILD_CHECK(!s->root || try(s, "block", O_RDONLY) < 0);
}

SITE_TEST(open, wants_a_directory_where_a_slash_ends_the_path,
	  "read @/**\nwrite @/** create=0600\n")
{
	site_file(s, "a", "text", 0600, s->worker);
	site_directory(s, "d", 0755, s->worker);
	CHILD_CHECK(try(s, "a/", O_RDONLY) == -ENOTDIR);
	CHILD_CHECK(try(s, "a/.", O_RDONLY) == -ENOTDIR);
	CHILD_CHECK(try(s, "d/", O_RDONLY) == -EISDIR);
	CHILD_CHECK(try(s, "new/", O_WRONLY | O_CREAT) == -EISDIR);
	CHILD_CHECK(access("new", F_OK) < 0);
}

SITE_TEST(open, never_waits_for_a_lease, "read @/a\n")
{
	int held;

	site_file(s, "a", "text", 0600, s->worker);
	signal(SIGIO, SIG_IGN);
	held = open("a", O_RDWR | O_CLOEXEC);
	CHILD_CHECK(held >= 0);
	CHILD_CHECK(fcntl(held, F_SETLEASE, F_WRLCK) == 0);
	CHILD_CHECK(try(s, "a", O_RDONLY) == -EAGAIN);
	CHILD_CHECK(fcntl(held, F_SETLEASE, F_UNLCK) == 0);
	CHILD_CHECK(try(s, "a", O_RDONLY) == 0);
	close_fd(&held);
}

/* ---- races --------------------------------------------------------------- */

/* Exchanges two names until it is killed. */
static pid_t exchange_for_ever(const char *a, const char *b)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	CHILD_CHECK(pid >= 0);
	if (pid > 0)
		return pid;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(1);
	for (;;)
		(void)renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
}

static void end(pid_t pid)
{
	CHILD_CHECK(kill(pid, SIGKILL) == 0);
	CHILD_CHECK(waitpid(pid, NULL, 0) == pid);
}

/* How often what is opened is the file that must not be. */
static int escapes(struct site *s, const char *path, const char *secret,
		   int tries)
{
	struct stat no;
	int opened = 0;
	int n = 0;

	CHILD_CHECK(stat(secret, &no) == 0);
	for (int i = 0; i < tries; i++) {
		_cleanup_fd_ int fd = site_open(s, path, O_RDONLY);
		struct stat st;

		if (fd < 0 || fstat(fd, &st) < 0)
			continue;
		opened++;
		n += st.st_ino == no.st_ino && st.st_dev == no.st_dev;
	}
	/* A race that nobody ran proves nothing. */
	CHILD_CHECK(opened > 0 && opened < tries);
	return n;
}

SITE_TEST(open, never_escapes_by_a_link_swapped_for_a_directory,
	  "read @/www/**\n")
{
	pid_t pid;

	site_file(s, "www/d/a", "in", 0600, s->worker);
	site_file(s, "out/a", "out", 0600, s->worker);
	site_link(s, "../out", "www/l");
	pid = exchange_for_ever("www/d", "www/l");
	CHILD_CHECK(escapes(s, "www/d/a", "out/a", 20000) == 0);
	end(pid);
}

SITE_TEST(open, never_escapes_by_a_link_swapped_for_the_file, "read @/www/**\n")
{
	pid_t pid;

	site_file(s, "www/a", "in", 0600, s->worker);
	site_file(s, "out", "out", 0600, s->worker);
	site_link(s, "../out", "www/l");
	pid = exchange_for_ever("www/a", "www/l");
	CHILD_CHECK(escapes(s, "www/a", "out", 20000) == 0);
	end(pid);
}

SITE_TEST(open, never_escapes_from_a_directory_that_is_moved_out,
	  "read @/www/**\n")
{
	pid_t pid;

	/* Where ../../a leads depends on where d is, and not for us. */
	site_file(s, "www/a", "in", 0600, s->worker);
	site_link(s, "../../a", "www/d/e/l");
	site_file(s, "out/a", "out", 0600, s->worker);
	site_directory(s, "out/d", 0755, s->worker);
	pid = exchange_for_ever("www/d", "out/d");
	CHILD_CHECK(escapes(s, "www/d/e/l", "out/a", 20000) == 0);
	end(pid);
}

SITE_TEST(open, never_follows_a_tree_that_was_replaced_by_a_link,
	  "read @/data/**\n")
{
	site_file(s, "data/shadow", "in", 0600, s->worker);
	CHILD_CHECK(try(s, "data/shadow", O_RDONLY) == 0);
	CHILD_CHECK(rename("data", "data.old") == 0);
	site_link(s, "/etc", "data");
	CHILD_CHECK(try(s, "data/shadow", O_RDONLY) == -EACCES);
	CHILD_CHECK(try(s, "data/passwd", O_RDONLY) == -EACCES);
	CHILD_CHECK(try(s, "data.old/shadow", O_RDONLY) == -EACCES);
}
