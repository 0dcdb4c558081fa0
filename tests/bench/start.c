/* SPDX-License-Identifier: ISC */
/*
 * How long it takes from exec to the first descriptor in a confined worker:
 * by a bare prototype of two processes (peers/prototype.c), by one of three,
 * by wicket_start() in the program itself, and by `wicket run`.  The worker is
 * this program again, so that what is loaded is the same.
 */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/contest.h"
#include "bench/peers/peers.h"
#include "bench/peers/prototype.h"
#include "bench/report.h"
#include "own.h"
#include "support/paths.h"

/* Where the worker says that it has it. */
#define DONE STDOUT_FILENO

/* How many there are. */
#define N 4

/* ---- the workers --------------------------------------------------------- */

static void say_done(void)
{
	if (write(DONE, "x", 1) != 1)
		_exit(1);
	_exit(0);
}

static int be_embedded(const char *path)
{
	struct entry e = {.path = path, .place = MEASURE_UNPINNED};

	gate_start_locked(&e);
	if (gate_open(&e) == 0)
		say_done();
	return 1;
}

static int be_run(const char *path)
{
	struct wicket *w;

	if (wicket_start(NULL, &w) < 0 || wicket_confine(w, NULL) < 0)
		err(1, "wicket");
	if (wicket_open(w, path, O_RDONLY, 0) >= 0)
		say_done();
	return 1;
}

static int be_prototype(const char *path, const char *other)
{
	if (prototype_first_fd(path, other) >= 0)
		say_done();
	return 1;
}

/* ---- timing them --------------------------------------------------------- */

static _Noreturn void become(const struct entry *e, int done)
{
	const char *const *argv = e->arg;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* `wicket run` says a line at each start. */
	if (dup2(open("/dev/null", O_RDWR), STDERR_FILENO) < 0 ||
	    dup2(done, DONE) < 0 || close_range(3, ~0U, 0) < 0)
		_exit(125);
	(void)execv(argv[0], (char *const *)argv);
	_exit(127);
}

/* Nanoseconds until the worker spoke; what it takes to end is not in it. */
static double time_start(const struct entry *e)
{
	uint64_t start = measure_now();
	double ns;
	char byte;
	pid_t pid;
	int p[2];

	if (pipe2(p, O_CLOEXEC) < 0)
		err(1, "pipe2");
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid == 0)
		become(e, p[1]);
	(void)close(p[1]);
	if (read(p[0], &byte, 1) != 1)
		errx(1, "%s ended", e->name);
	ns = (double)(measure_now() - start);
	(void)close(p[0]);
	(void)waitpid(pid, NULL, 0);
	return ns;
}

/* The median of a few: one may meet anything. */
static void round_of_starts(struct entry *e, double ms, double *ret)
{
	double v[9];

	(void)ms;
	for (int i = 0; i < 9; i++)
		v[i] = time_start(e) / 1e6;
	ret[0] = measure_median(v, 9);
}

/* Where the worker's user can execute it. */
static const char *copy_self(struct scratch *s)
{
	const char *path = strdup(scratch_path(s, "start"));
	_cleanup_fd_ int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	_cleanup_fd_ int to = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	struct stat st;

	if (from < 0 || to < 0 || fstat(from, &st) < 0 ||
	    sendfile(to, from, NULL, (size_t)st.st_size) != st.st_size ||
	    fchmod(to, 0755) < 0)
		err(1, "%s", path);
	return path;
}

static const char *write_policy(struct scratch *s, const char *path)
{
	char text[BOUND_PATH + 128];

	(void)snprintf(text, sizeof(text),
		       "worker 61020:61020\nhelper 61021:61021\n"
		       "promise stdio threads\nread %s\n",
		       path);
	scratch_write(s, "start.policy", text, 0600);
	return strdup(scratch_path(s, "start.policy"));
}

static void print(const struct entry *e, int over)
{
	const int n = measure_rounds(e->place);
	struct report_row row = {
		.group = "start",
		.place = measure_place_name(e->place),
		.work = e[over].name,
		.unit = "ms",
	};

	report_values(&row, e[over].got[0], n);
	if (over == 0)
		return;
	row.unit = "of the prototype";
	row.target = over == 1 ? 0 : 1.5;
	report_ratio(&row, e[over].got[0], e[0].got[0], n);
}

static void measure(void)
{
	struct scratch *s = measure_scratch();
	const char *self = copy_self(s);
	const char *path = strdup(scratch_path(s, "file"));
	const char *policy = write_policy(s, path);
	const char *run = strdup(paths_built("bin/wicket"));
	const char *prototype[] = {self, "prototype", path, NULL};
	const char *three[] = {self, "three", path, NULL};
	const char *embedded[] = {self, "embedded", path, NULL};
	const char *under_run[] = {run,	 "run", "--audit=none", policy, "--",
				   self, "run", path,		NULL};
	struct entry e[N] = {
		{.name = "prototype", .arg = prototype},
		{.name = "prototype, a third program", .arg = three},
		{.name = "wicket, embedded", .arg = embedded},
		{.name = "wicket run", .arg = under_run},
	};

	scratch_write(s, "file", "small\n", 0644);
	for (int i = 0; i < N; i++)
		e[i].round = round_of_starts;
	report_title("From exec to the first descriptor, confined");
	contest_run(e, N, MEASURE_UNPINNED);
	for (int i = 0; i < N; i++)
		print(e, i);
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "prototype") == 0)
		return be_prototype(argv[2], "helper");
	if (argc == 3 && strcmp(argv[1], "three") == 0)
		return be_prototype(argv[2], "between");
	if (argc == 3 && strcmp(argv[1], "between") == 0)
		return prototype_between(argv[2]);
	if (argc == 3 && strcmp(argv[1], "helper") == 0)
		return prototype_helper(argv[2]);
	if (argc == 3 && strcmp(argv[1], "embedded") == 0)
		return be_embedded(argv[2]);
	if (argc == 3 && strcmp(argv[1], "run") == 0)
		return be_run(argv[2]);
	measure();
	return 0;
}
