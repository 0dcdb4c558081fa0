/* SPDX-License-Identifier: ISC */
#include "bench/measure.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

const char *measure_place_name(enum measure_place p)
{
	static const char *const names[] = {"same", "split", "unpinned"};

	return names[p];
}

void measure_pin(enum measure_place p, int which)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t set;

	CPU_ZERO(&set);
	if (p == MEASURE_UNPINNED)
		for (long c = 0; c < cpus; c++)
			CPU_SET((size_t)c, &set);
	else
		CPU_SET(p == MEASURE_SPLIT && which ? 1 : 0, &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
}

uint64_t measure_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double measure_median(double *v, size_t n)
{
	qsort(v, n, sizeof(v[0]), ascending);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

double measure_open(const char *path, unsigned times)
{
	uint64_t start = measure_now();

	for (unsigned i = 0; i < times; i++) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			abort();
		close(fd);
	}
	return (double)(measure_now() - start) / times;
}
