/* SPDX-License-Identifier: ISC */
/*
 * Entries that do the same work, each in a process of its own, by turns.
 *
 *	struct entry e[] = {
 *		{.name = "direct", .work = direct_work, .path = path},
 *		{.name = "bare", .start = bare_start, .work = bare_work,
 *		 .path = path},
 *	};
 *
 *	contest_run(e, 2, MEASURE_SAME);
 *	report_ratio(&row, e[1].got[0], e[0].got[0], measure_rounds(...));
 *
 * What fails ends the program.
 */
#ifndef TESTS_BENCH_CONTEST_H
#define TESTS_BENCH_CONTEST_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "bench/measure.h"
#include "wicket/wicket.h"

/*
 * What one round of one entry says: by default ns of one piece of work, pinned
 * the median of many parts of the round, unpinned the mean of all of it.
 */
#define CONTEST_FIGURES 4

struct entry {
	const char *name;
	/*
	 * In the entry's process, on the first CPU of the place; what it starts
	 * goes to the second.  It may execute a program that reads a number
	 * of times from standard input, a line each, and answers each with
	 * CONTEST_FIGURES numbers.  NULL: nothing to prepare.
	 */
	void (*start)(struct entry *e);
	/* Does the work once, or `per` pieces of it: 0, or -1 with errno. */
	int (*work)(struct entry *e);
	unsigned per; /* 0: one */
	/* In place of work: a whole round of that many milliseconds. */
	void (*round)(struct entry *e, double ms, double *ret);

	/* What the work is about; each entry uses what it needs. */
	const char *path;
	const char *policy; /* text; NULL: `read PATH` */
	const char *libexec;
	size_t n;
	int type;
	const void *arg;

	/* The entry's own, from its start on. */
	int sock;
	struct wicket *w;
	void *state;

	/* The contest's. */
	enum measure_place place;
	pid_t pid;
	FILE *to;
	FILE *from;
	unsigned times;
	double got[CONTEST_FIGURES][MEASURE_ROUNDS];
};

/* Runs them all, and fills what each got. */
void contest_run(struct entry *entries, size_t n, enum measure_place place);

/*
 * For an entry's start: a peer at the other end of a new socket pair of that
 * type, on the second CPU, which runs serve(e) with e->sock its end.  The
 * caller's end becomes its own e->sock.
 */
void contest_peer(struct entry *e, int type, void (*serve)(struct entry *e));

#endif
