/* SPDX-License-Identifier: ISC */
#include "bench/measure.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "support/paths.h"

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

int measure_rounds(enum measure_place p)
{
	return p == MEASURE_UNPINNED ? 7 : MEASURE_ROUNDS;
}

double measure_ms(enum measure_place p)
{
	return p == MEASURE_UNPINNED ? 500 : 20;
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

static struct scratch scratch;
static pid_t owner;

/* Also where something failed; but not in a forked child. */
static void remove_scratch(void)
{
	if (getpid() == owner)
		scratch_remove(&scratch);
}

struct scratch *measure_scratch(void)
{
	const char *dir = geteuid() == 0 ? "/srv" : getenv("HOME");

	if (dir && access(dir, W_OK) == 0)
		(void)setenv("TMPDIR", dir, 0);
	(void)setenv("WICKET_LIBEXECDIR", paths_built("libexec/wicket"), 1);
	scratch_make(&scratch);
	owner = getpid();
	if (atexit(remove_scratch) != 0)
		abort();
	return &scratch;
}
