/* SPDX-License-Identifier: ISC */
/*
 * Measuring ratios: variants of one piece of work are run by turns, round
 * after round, and what counts is the median of the ratios within a round.
 * Absolute times on a shared machine are noise.
 */
#ifndef TESTS_BENCH_MEASURE_H
#define TESTS_BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>

#include "support/scratch.h"

enum {
	MEASURE_ROUNDS = 21, /* the most that there are of one work */
};

/* Where two processes run: on one CPU, on one each, or where they like. */
enum measure_place {
	MEASURE_SAME,
	MEASURE_SPLIT,
	MEASURE_UNPINNED,
	MEASURE_PLACE_MAX,
};

const char *measure_place_name(enum measure_place p);

/* Pins the calling process as the first (0) or the second (1) of a pair. */
void measure_pin(enum measure_place p, int which);

/*
 * How many rounds, and how many milliseconds of each work in a round: unpinned
 * so many that the scheduler does move a pair apart.
 */
int measure_rounds(enum measure_place p);
double measure_ms(enum measure_place p);

uint64_t measure_now(void); /* ns, CLOCK_MONOTONIC */

/* Sorts v. */
double measure_median(double *v, size_t n);

/* One open and close of a small file, in ns: the unit D. */
double measure_open(const char *path, unsigned times);

/*
 * A scratch directory, which is removed when the program exits: in a tree that
 * only root and the caller can change, as a daemon's files lie, where TMPDIR
 * does not say otherwise.  And what wicket_start() starts from now on is what
 * was built together with the program.
 */
struct scratch *measure_scratch(void);

#endif
