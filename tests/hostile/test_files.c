/* SPDX-License-Identifier: ISC */
/*
 * A hostile worker and files: what lies in a tree that it may change.
 *
 * As an ordinary user the worker owns all that the test makes, so that there
 * is no other's file to be had: what asks for the owner is granted there.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include "own.h"
#include "support/pair.h"

TestSuite(files, .timeout = 60);

#define WRITABLE "read @/data/**\nwrite @/data/** create=0600\n"

static bool has_text(struct pair *p, const char *name, const char *text)
{
	_cleanup_free_ char *got = scratch_read(pair_path(p, name));

	return got && strcmp(got, text) == 0;
}

static void make_data(struct pair *p)
{
	scratch_mkdir(&p->s, "data", 0755);
	pair_give(p, "data");
	scratch_write(&p->s, "data/own", "own\n", 0600);
	pair_give(p, "data/own");
	scratch_write(&p->s, "etc/secret", "secret\n", 0600);
}

/* ---- 7: hard links ------------------------------------------------------- */

static void make_hardlinks(struct pair *p)
{
	make_data(p);
	scratch_write(&p->s, "etc/gone", "secret\n", 0600);
	cr_assert_eq(
		link(pair_path(p, "etc/secret"), pair_path(p, "data/link")), 0);
	cr_assert_eq(link(pair_path(p, "etc/gone"), pair_path(p, "data/only")),
		     0);
	/* What is left of it has one name, as an ordinary file. */
	cr_assert_eq(unlink(pair_path(p, "etc/gone")), 0);
}

static void open_hardlinks(struct pair *p, struct wicket *w)
{
	static const char *const names[] = {"data/link", "data/only"};
	static const int flags[] = {O_RDONLY, O_WRONLY, O_RDWR,
				    O_WRONLY | O_TRUNC};

	for (size_t n = 0; n < 2; n++) {
		for (size_t f = 0; f < 4; f++) {
			const char *path = pair_path(p, names[n]);

			if (p->root)
				REFUSED(EACCES,
					wicket_open(w, path, flags[f], 0));
			else if (!(flags[f] & O_TRUNC))
				close(GRANTED(
					wicket_open(w, path, flags[f], 0)));
		}
	}
	close(GRANTED(wicket_open(w, pair_path(p, "data/own"), O_RDWR, 0)));
}

Test(files, attack_07_a_hard_link_to_anothers_file_is_refused_by_owner)
{
	struct pair p = {.policy = WRITABLE,
			 .make = make_hardlinks,
			 .work = open_hardlinks};

	pair_run(&p);
	cr_assert(has_text(&p, "etc/secret", "secret\n"));
	cr_assert(has_text(&p, "data/only", "secret\n"));
	pair_end(&p);
}

/* ---- 8: what is no file -------------------------------------------------- */

static void make_specials(struct pair *p)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	make_data(p);
	cr_assert_eq(mkfifo(pair_path(p, "data/fifo"), 0600), 0);
	pair_give(p, "data/fifo");
	cr_assert_lt(snprintf(sun.sun_path, sizeof(sun.sun_path), "%s",
			      pair_path(p, "data/socket")),
		     (int)sizeof(sun.sun_path));
	cr_assert_eq(bind(sock, (struct sockaddr *)&sun, sizeof(sun)), 0);
	close(sock);
	pair_give(p, "data/socket");
	if (!p->root)
		return;
	cr_assert_eq(
		mknod(pair_path(p, "data/char"), S_IFCHR | 0600, makedev(1, 3)),
		0);
	cr_assert_eq(mknod(pair_path(p, "data/block"), S_IFBLK | 0600,
			   makedev(7, 200)),
		     0);
	cr_assert_eq(
		mknod(pair_path(p, "data/tty"), S_IFCHR | 0600, makedev(5, 0)),
		0);
	pair_give(p, "data/char");
	pair_give(p, "data/block");
	pair_give(p, "data/tty");
}

static void open_specials(struct pair *p, struct wicket *w)
{
	static const char *const names[] = {"data/fifo", "data/socket",
					    "data/char", "data/block",
					    "data/tty"};
	static const int flags[] = {O_RDONLY, O_WRONLY, O_RDWR,
				    O_WRONLY | O_TRUNC | O_CREAT};

	for (size_t n = 0; n < (p->root ? 5 : 2); n++)
		for (size_t f = 0; f < 4; f++)
			REFUSED(EACCES, wicket_open(w, pair_path(p, names[n]),
						    flags[f], 0));
	REFUSED(EISDIR, wicket_open(w, pair_path(p, "data"), O_RDONLY, 0));
}

Test(files, attack_08_what_is_no_file_is_refused_at_once)
{
	struct pair p = {.policy = WRITABLE,
			 .make = make_specials,
			 .work = open_specials};

	pair_run(&p);
	pair_end(&p);
}

static void open_fifo(struct pair *p, struct wicket *w)
{
	int in = GRANTED(
		wicket_open(w, pair_path(p, "data/fifo"), O_RDONLY, 0));
	int out = GRANTED(
		wicket_open(w, pair_path(p, "data/fifo"), O_WRONLY, 0));
	char c;

	CHILD_CHECK(write(out, "x", 1) == 1);
	CHILD_CHECK(read(in, &c, 1) == 1 && c == 'x');
}

Test(files, attack_08_a_granted_fifo_does_not_make_the_helper_wait)
{
	struct pair p = {.policy = "read @/data/** type=fifo\n"
				   "write @/data/** type=fifo\n",
			 .make = make_specials,
			 .work = open_fifo};

	pair_run(&p);
	pair_end(&p);
}

/* ---- 9: leases ----------------------------------------------------------- */

static void take_lease(struct pair *p, struct wicket *w)
{
	int fd = open(pair_path(p, "data/own"), O_RDWR | O_CLOEXEC);

	(void)w;
	CHILD_CHECK(fd >= 0);
	CHILD_CHECK(signal(SIGIO, SIG_IGN) != SIG_ERR);
	CHILD_CHECK(fcntl(fd, F_SETLEASE, F_WRLCK) == 0);
}

static void open_leased(struct pair *p, struct wicket *w)
{
	for (int i = 0; i < 10; i++) {
		REFUSED(EAGAIN,
			wicket_open(w, pair_path(p, "data/own"), O_RDONLY, 0));
		close(GRANTED(wicket_open(w, pair_path(p, "data/new"),
					  O_WRONLY | O_CREAT, 0)));
	}
}

Test(files, attack_09_a_lease_answers_eagain_and_others_are_served)
{
	struct pair p = {.policy = WRITABLE,
			 .make = make_data,
			 .before = take_lease,
			 .work = open_leased};

	pair_run(&p);
	pair_end(&p);
}

/* ---- 10: writing through links ------------------------------------------- */

static void make_links(struct pair *p)
{
	make_data(p);
	scratch_link(&p->s, "data/out", "../etc/secret");
	scratch_link(&p->s, "data/new", "../etc/new");
	scratch_link(&p->s, "data/log", pair_path(p, "etc/secret"));
}

static void write_through(struct pair *p, struct wicket *w)
{
	static const char *const names[] = {"data/out", "data/new", "data/log"};
	static const int flags[] = {O_WRONLY | O_TRUNC | O_CREAT,
				    O_WRONLY | O_CREAT, O_RDWR | O_TRUNC,
				    O_WRONLY | O_APPEND | O_CREAT};

	for (size_t n = 0; n < 3; n++)
		for (size_t f = 0; f < 4; f++)
			REFUSED(EACCES, wicket_open(w, pair_path(p, names[n]),
						    flags[f], 0));
	REFUSED(EEXIST, wicket_open(w, pair_path(p, "data/new"),
				    O_WRONLY | O_CREAT | O_EXCL, 0));
}

Test(files, attack_10_creating_through_a_link_leaves_the_victim_alone)
{
	struct pair p = {
		.policy = WRITABLE, .make = make_links, .work = write_through};

	pair_run(&p);
	cr_assert(has_text(&p, "etc/secret", "secret\n"));
	cr_assert_eq(access(pair_path(&p, "etc/new"), F_OK), -1);
	pair_end(&p);
}

/* ---- 14: directories ----------------------------------------------------- */

static void climb_from_directory(struct pair *p, struct wicket *w)
{
	int dir = GRANTED(wicket_open(w, pair_path(p, "data"),
				      O_RDONLY | O_DIRECTORY, 0));

	DENIED(openat(dir, "../etc/secret", O_RDONLY));
	DENIED(openat(dir, "own", O_RDONLY));
	DENIED(fchdir(dir));
}

Test(files, attack_14_nothing_is_opened_from_a_directory)
{
	struct pair p = {.policy = "read @/data/** type=dir\n",
			 .make = make_data,
			 .work = climb_from_directory};

	pair_run(&p);
	pair_end(&p);
}

/* ---- 26: a parent that the worker can change ----------------------------- */

static void make_moved(struct pair *p)
{
	make_data(p);
	scratch_write(&p->s, "data/conf/key", "own\n", 0600);
	pair_give(p, "data/conf");
	pair_give(p, "data/conf/key");
	scratch_write(&p->s, "etc/key", "secret\n", 0600);
}

static void move_away(struct pair *p, struct wicket *w)
{
	close(GRANTED(
		wicket_open(w, pair_path(p, "data/conf/key"), O_RDONLY, 0)));
	CHILD_CHECK(rename(pair_path(p, "data/conf"),
			   pair_path(p, "data/old")) == 0);
	CHILD_CHECK(symlink(pair_path(p, "etc"), pair_path(p, "data/conf")) ==
		    0);
}

static void open_moved(struct pair *p, struct wicket *w)
{
	REFUSED(EACCES,
		wicket_open(w, pair_path(p, "data/conf/key"), O_RDONLY, 0));
	REFUSED(EACCES,
		wicket_open(w, pair_path(p, "data/conf/secret"), O_RDONLY, 0));
}

Test(files, attack_26_a_directory_replaced_by_a_link_grants_nothing)
{
	struct pair p = {.policy = "read @/data/conf/**\n",
			 .make = make_moved,
			 .before = move_away,
			 .work = open_moved};

	pair_run(&p);
	pair_end(&p);
}

static void make_linked(struct pair *p)
{
	make_data(p);
	scratch_link(&p->s, "data/conf", pair_path(p, "etc"));
}

/* The next start: the rule's path runs through a link of the worker's. */
static void never_started(struct pair *p, struct wicket *w)
{
	REFUSED(EACCES,
		wicket_open(w, pair_path(p, "data/conf/secret"), O_RDONLY, 0));
	REFUSED(EACCES,
		wicket_open(w, pair_path(p, "etc/secret"), O_RDONLY, 0));
}

Test(files, attack_26_nor_does_the_next_start)
{
	struct pair p = {.policy = "write @/data/** create=0600\n"
				   "read @/data/conf/**\n",
			 .make = make_linked,
			 .work = never_started};
	int status = pair_status(&p);

	/* An ordinary user's worker may change what its user may: all. */
	cr_assert(status == 1 || (!p.root && status == 0));
	pair_end(&p);
}

/* ---- 27: rename ---------------------------------------------------------- */

static void make_trees(struct pair *p)
{
	make_data(p);
	scratch_write(&p->s, "data/repo/.git/config", "secret\n", 0600);
	scratch_write(&p->s, "data/plain/file", "text\n", 0600);
	scratch_mkdir(&p->s, "open", 0755);
	pair_give(p, "open");
	pair_give(p, "data/repo");
	pair_give(p, "data/repo/.git");
	pair_give(p, "data/repo/.git/config");
	pair_give(p, "data/plain");
	pair_give(p, "data/plain/file");
}

static void rename_around(struct pair *p, struct wicket *w)
{
	/* .git is denied by its place below data/repo. */
	REFUSED(EXDEV, wicket_rename(w, pair_path(p, "data/repo"),
				     pair_path(p, "data/other")));
	REFUSED(EXDEV, wicket_rename(w, pair_path(p, "data/repo"),
				     pair_path(p, "open/repo")));
	REFUSED(EACCES, wicket_rename(w, pair_path(p, "data/repo/.git"),
				      pair_path(p, "data/git")));
	/* open may be read, data may not. */
	REFUSED(EXDEV, wicket_rename(w, pair_path(p, "data/own"),
				     pair_path(p, "open/own")));
	REFUSED(EXDEV, wicket_rename(w, pair_path(p, "data/plain"),
				     pair_path(p, "open/plain")));
	GRANTED(wicket_rename(w, pair_path(p, "data/own"),
			      pair_path(p, "data/renamed")));
	REFUSED(EACCES, wicket_open(w, pair_path(p, "data/repo/.git/config"),
				    O_WRONLY, 0));
}

Test(files, attack_27_a_rename_gains_no_right_and_loses_no_deny)
{
	struct pair p = {.policy = "write @/data/** create=0600\n"
				   "remove @/data/** @/open/**\n"
				   "write @/open/** create=0600\n"
				   "read @/open/**\n"
				   "deny @/data/repo/.git\n",
			 .make = make_trees,
			 .work = rename_around};

	pair_run(&p);
	cr_assert(has_text(&p, "data/repo/.git/config", "secret\n"));
	cr_assert(has_text(&p, "data/renamed", "own\n"));
	pair_end(&p);
}
