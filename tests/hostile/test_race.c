/* SPDX-License-Identifier: ISC */
/*
 * A hostile worker with an accomplice outside, who changes the tree while the
 * helper walks in it.  WICKET_RACE_TRIES says how often; the default is for
 * every day.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "own.h"
#include "support/pair.h"

TestSuite(race, .timeout = 300);

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE (1 << 1)
#endif

static long tries(void)
{
	const char *text = getenv("WICKET_RACE_TRIES");

	return text ? strtol(text, NULL, 10) : 4000;
}

static pid_t accomplice;

/* A child of the test's, which the worker's end would not reach. */
static void start_accomplice(struct pair *p, void (*change)(struct pair *p))
{
	pid_t parent = getpid();

	accomplice = fork();
	CHILD_CHECK(accomplice >= 0);
	if (accomplice > 0)
		return;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(1);
	for (;;)
		change(p);
}

/* Runs the pair, and ends the accomplice before anything is judged. */
static void run_and_stop(struct pair *p)
{
	int status;

	p->seconds = 290;
	status = pair_status(p);

	cr_assert_eq(kill(accomplice, SIGKILL), 0);
	cr_assert_eq(waitpid(accomplice, NULL, 0), accomplice);
	pair_end(p);
	cr_assert_eq(status, 0);
}

static void exchange(struct pair *p, const char *a, const char *b)
{
	(void)syscall(SYS_renameat2, AT_FDCWD, pair_path(p, a), AT_FDCWD,
		      pair_path(p, b), RENAME_EXCHANGE);
}

static bool holds(int fd, const char *text)
{
	char got[64];
	ssize_t n = read(fd, got, sizeof(got));

	return n == (ssize_t)strlen(text) && memcmp(got, text, (size_t)n) == 0;
}

/* Opens the name again and again: what comes is never the secret. */
static void open_many(struct pair *p, struct wicket *w, const char *name)
{
	long seen = 0, refused = 0;

	for (long n = tries(); n > 0; n--) {
		int fd = wicket_open(w, pair_path(p, name), O_RDONLY, 0);

		if (fd < 0) {
			if (errno != EACCES && errno != ENOENT &&
			    errno != ELOOP)
				pair_refused(EACCES, fd, name, __FILE__,
					     __LINE__);
			refused++;
			continue;
		}
		CHILD_CHECK(!holds(fd, "secret\n"));
		seen++;
		close(fd);
	}
	/* Else it was no race. */
	CHILD_CHECK(seen > 0 && refused > 0);
}

/* ---- 3: a name that is a file now and a link then ------------------------ */

static void make_swap(struct pair *p)
{
	scratch_mkdir(&p->s, "data", 0755);
	pair_give(p, "data");
	scratch_write(&p->s, "data/file", "own\n", 0644);
	pair_give(p, "data/file");
	scratch_write(&p->s, "etc/file", "secret\n", 0600);
	scratch_link(&p->s, "data/link", "../etc/file");
	scratch_write(&p->s, "data/dir/file", "own\n", 0644);
	pair_give(p, "data/dir/file");
	scratch_link(&p->s, "data/out", "../etc");
}

static void swap_file(struct pair *p)
{
	exchange(p, "data/file", "data/link");
}

static void make_and_swap_files(struct pair *p)
{
	make_swap(p);
	start_accomplice(p, swap_file);
}

static void open_swapped_file(struct pair *p, struct wicket *w)
{
	open_many(p, w, "data/file");
}

Test(race, attack_03_a_file_swapped_for_a_link_never_shows_what_it_points_to)
{
	struct pair p = {.policy = "read @/data/**\n",
			 .make = make_and_swap_files,
			 .work = open_swapped_file};

	run_and_stop(&p);
}

static void swap_directory(struct pair *p)
{
	exchange(p, "data/dir", "data/out");
}

static void make_and_swap_directories(struct pair *p)
{
	make_swap(p);
	start_accomplice(p, swap_directory);
}

static void open_in_swapped(struct pair *p, struct wicket *w)
{
	open_many(p, w, "data/dir/file");
}

Test(race, attack_03_nor_does_a_directory_swapped_for_a_link)
{
	struct pair p = {.policy = "read @/data/**\n",
			 .make = make_and_swap_directories,
			 .work = open_in_swapped};

	run_and_stop(&p);
}

/* ---- 4: a directory moved out while a deep path is walked ---------------- */

#define DEEP "a/b/c/d/e/f/g/h/"

static void make_deep(struct pair *p)
{
	scratch_write(&p->s, "data/" DEEP "file", "own\n", 0644);
	pair_give(p, "data/" DEEP "file");
	scratch_link(&p->s, "data/" DEEP "up", "../../../file");
	scratch_write(&p->s, "data/a/b/c/d/e/file", "own\n", 0644);
	pair_give(p, "data/a/b/c/d/e/file");
	/* What "up" leads to when its directory stands elsewhere. */
	scratch_write(&p->s, "x/y/file", "secret\n", 0644);
	scratch_write(&p->s, "x/file", "secret\n", 0644);
	scratch_write(&p->s, "file", "secret\n", 0644);
	scratch_mkdir(&p->s, "x/y/z", 0755);
}

static void move_out(struct pair *p)
{
	exchange(p, "data/a/b/c/d/e/f", "x/y/z");
}

static void make_and_move(struct pair *p)
{
	make_deep(p);
	start_accomplice(p, move_out);
}

static void open_deep(struct pair *p, struct wicket *w)
{
	open_many(p, w, "data/" DEEP "up");
	open_many(p, w, "data/" DEEP "file");
}

Test(race, attack_04_a_directory_moved_out_takes_no_walk_with_it)
{
	struct pair p = {.policy = "read @/data/**\n",
			 .make = make_and_move,
			 .work = open_deep};

	run_and_stop(&p);
}
