/* SPDX-License-Identifier: ISC */
/*
 * What a benchmark found: a line of the table on standard output, and a line
 * of JSON at the end of the file that the environment's BENCH_ROWS names.
 */
#ifndef TESTS_BENCH_REPORT_H
#define TESTS_BENCH_REPORT_H

#include <stdbool.h>
#include <stddef.h>

/* The most values of one row. */
#define REPORT_MAX 64

/* One figure and what it should be. */
struct report_row {
	const char *group; /* rows of one picture: "open", "clients" */
	const char *place; /* "same", or "" */
	const char *work;  /* "wicket, all locks" */
	const char *unit;  /* "of bare", "us" */
	double target;	   /* 0: none */
	bool at_least;	   /* the target is the least, not the most */
	double x;	   /* where it stands in a series: 16 clients; or 0 */
};

/* The heading of a table. */
void report_title(const char *text);

/* Medians and ranges of n values, or of the n ratios over[i] / under[i]. */
void report_values(const struct report_row *row, const double *v, int n);
void report_ratio(const struct report_row *row, const double *over,
		  const double *under, int n);

/* The line of JSON alone, for who prints a table of its own. */
void report_record(const struct report_row *row, const double *over,
		   const double *under, int n);

#endif
