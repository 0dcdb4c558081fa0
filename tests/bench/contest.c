/* SPDX-License-Identifier: ISC */
#include "bench/contest.h"

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wicket/fdpass.h"

enum {
	/*
	 * A pinned round is the median of so many parts: whoever else takes
	 * the CPU meanwhile spoils a few of them.
	 */
	PARTS = 31,
};

/* ---- in the entry's process ---------------------------------------------- */

static double time_some(struct entry *e, unsigned times)
{
	uint64_t start = measure_now();

	for (unsigned i = 0; i < times; i++)
		if (e->work(e) < 0)
			err(1, "%s", e->name);
	return (double)(measure_now() - start) / times / (e->per ? e->per : 1);
}

static double time_work(struct entry *e, unsigned times)
{
	double v[PARTS];

	/* To be moved about is part of it. */
	if (e->place == MEASURE_UNPINNED)
		return time_some(e, times);
	for (int i = 0; i < PARTS; i++)
		v[i] = time_some(e, times / PARTS + 1);
	return measure_median(v, PARTS);
}

static _Noreturn void serve(struct entry *e)
{
	unsigned times;

	while (scanf("%u", &times) == 1) {
		double v[CONTEST_FIGURES] = {0};

		if (e->round)
			e->round(e, times, v);
		else
			v[0] = time_work(e, times);
		for (int f = 0; f < CONTEST_FIGURES; f++)
			printf("%.6f ", v[f]);
		putchar('\n');
		fflush(stdout);
	}
	_exit(0);
}

/* It holds no other entry's pipe: each ends with its own. */
static _Noreturn void become_entry(struct entry *e, int in, int out)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		err(1, "dup2");
	(void)close_range(3, ~0U, 0);
	measure_pin(e->place, 0);
	if (e->start)
		e->start(e);
	serve(e);
}

void contest_peer(struct entry *e, int type, void (*run)(struct entry *e))
{
	pid_t pid;
	int sv[2];

	if (wicket_socketpair(type, sv) < 0)
		err(1, "socketpair");
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)close(sv[0]);
		e->sock = sv[1];
		measure_pin(e->place, 1);
		run(e);
		_exit(0);
	}
	(void)close(sv[1]);
	e->sock = sv[0];
}

/* ---- in the contest's ---------------------------------------------------- */

static void start(struct entry *e, enum measure_place place)
{
	int to[2], from[2];

	e->place = place;
	if (pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0)
		err(1, "pipe2");
	fflush(stdout);
	e->pid = fork();
	if (e->pid < 0)
		err(1, "fork");
	if (e->pid == 0)
		become_entry(e, to[0], from[1]);
	(void)close(to[0]);
	(void)close(from[1]);
	e->to = fdopen(to[1], "w");
	e->from = fdopen(from[0], "r");
	if (!e->to || !e->from)
		err(1, "fdopen");
}

static void ask(struct entry *e, unsigned times, double ret[CONTEST_FIGURES])
{
	fprintf(e->to, "%u\n", times);
	fflush(e->to);
	for (int f = 0; f < CONTEST_FIGURES; f++)
		if (fscanf(e->from, "%lf", &ret[f]) != 1)
			errx(1, "%s ended", e->name);
}

/* How often it is to be done in a round, by how long it takes. */
static void calibrate(struct entry *e)
{
	double ms = measure_ms(e->place);
	double v[CONTEST_FIGURES];
	unsigned per = e->per ? e->per : 1;

	e->times = (unsigned)ms;
	if (e->round)
		return;
	/* The first are slower: caches, lazy binding. */
	for (int i = 0; i < 3; i++)
		ask(e, 20, v);
	e->times = (unsigned)(ms * 1e6 / v[0] / per) + 1;
	ask(e, e->times / 4 + 1, v);
	e->times = (unsigned)(ms * 1e6 / v[0] / per) + 1;
}

/* It may be at work, and its peers end with it. */
static void stop(struct entry *e)
{
	(void)kill(e->pid, SIGKILL);
	(void)fclose(e->to);
	(void)fclose(e->from);
	(void)waitpid(e->pid, NULL, 0);
}

void contest_run(struct entry *entries, size_t n, enum measure_place place)
{
	for (size_t i = 0; i < n; i++) {
		start(&entries[i], place);
		calibrate(&entries[i]);
	}
	for (int r = 0; r < measure_rounds(place); r++)
		for (size_t i = 0; i < n; i++) {
			double v[CONTEST_FIGURES];

			ask(&entries[i], entries[i].times, v);
			for (int f = 0; f < CONTEST_FIGURES; f++)
				entries[i].got[f][r] = v[f];
		}
	for (size_t i = 0; i < n; i++)
		stop(&entries[i]);
}
