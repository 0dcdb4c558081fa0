/* SPDX-License-Identifier: ISC */
#include "bench/report.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/measure.h"

void report_title(const char *text)
{
	printf("\n%s\n\n  %-9s %-70s %9s  %-21s %s\n", text, "place", "work",
	       "median", "lowest to highest", "target");
	fflush(stdout);
}

static const char *verdict(const struct report_row *row, double median)
{
	bool met = row->at_least ? median >= row->target
				 : median <= row->target;

	if (row->target <= 0)
		return NULL;
	return met ? "met" : "falls short";
}

static void print(const struct report_row *row, const double *v, int n,
		  double median)
{
	const char *what = verdict(row, median);
	const int digits = median < 1000 ? 2 : 0;
	char work[128];

	(void)snprintf(work, sizeof(work), "%s, %s", row->work, row->unit);
	printf("  %-9s %-70s %9.*f  %8.*f - %-10.*f", row->place, work, digits,
	       median, digits, v[0], digits, v[n - 1]);
	if (what)
		printf(" %s %.2f  %s", row->at_least ? ">=" : "<=", row->target,
		       what);
	putchar('\n');
	fflush(stdout);
}

/* Words of ours: there is nothing in them to escape. */
static void record(const struct report_row *row, const double *v, int n,
		   double median)
{
	const char *name = getenv("BENCH_ROWS");
	const char *what = verdict(row, median);
	FILE *to = name ? fopen(name, "ae") : NULL;

	if (name && !to)
		err(1, "%s", name);
	if (!to)
		return;
	fprintf(to,
		"{\"group\": \"%s\", \"place\": \"%s\", \"work\": \"%s\", "
		"\"unit\": \"%s\", \"x\": %g, \"median\": %.4g, "
		"\"lowest\": %.4g, \"highest\": %.4g, \"rounds\": %d",
		row->group, row->place, row->work, row->unit, row->x, median,
		v[0], v[n - 1], n);
	if (what)
		fprintf(to, ", \"target\": \"%s %g\", \"verdict\": \"%s\"",
			row->at_least ? ">=" : "<=", row->target, what);
	fprintf(to, "}\n");
	if (fclose(to) < 0)
		err(1, "%s", name);
}

void report_values(const struct report_row *row, const double *v, int n)
{
	double sorted[REPORT_MAX];
	double median;

	memcpy(sorted, v, (size_t)n * sizeof(*v));
	median = measure_median(sorted, (size_t)n);
	print(row, sorted, n, median);
	record(row, sorted, n, median);
}

static void divide(const double *over, const double *under, int n, double *ret)
{
	for (int i = 0; i < n; i++)
		ret[i] = over[i] / under[i];
}

void report_ratio(const struct report_row *row, const double *over,
		  const double *under, int n)
{
	double v[REPORT_MAX];

	divide(over, under, n, v);
	report_values(row, v, n);
}

void report_record(const struct report_row *row, const double *over,
		   const double *under, int n)
{
	double v[REPORT_MAX];

	divide(over, under, n, v);
	record(row, v, n, measure_median(v, (size_t)n));
}
