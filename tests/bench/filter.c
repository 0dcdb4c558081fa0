/* SPDX-License-Identifier: ISC */
/*
 * What the worker's seccomp filter adds to a system call: the cheapest there
 * is, and one whose argument the filter looks at.
 */
#include <err.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/contest.h"
#include "bench/report.h"
#include "filter.h"

static int do_getpid(struct entry *e)
{
	(void)e;
	return syscall(SYS_getpid) < 0 ? -1 : 0;
}

static int do_fcntl(struct entry *e)
{
	(void)e;
	return fcntl(STDIN_FILENO, F_GETFL) < 0 ? -1 : 0;
}

/* As wicket_confine() makes and loads it, and no other lock. */
static void load_filter(struct entry *e)
{
	struct promises promises;
	struct bpf *filter;
	int r;

	(void)e;
	if (promise_parse("stdio accept threads", &promises, NULL) < 0)
		errx(1, "promise_parse");
	r = filter_make(&promises, getpid(), &filter);
	if (r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		r = -errno;
	if (r == 0)
		r = bpf_load(filter);
	if (r < 0)
		errx(1, "the filter: %d", r);
	bpf_free(filter);
}

int main(void)
{
	struct entry e[] = {
		{.name = "getpid", .work = do_getpid},
		{.name = "getpid, filtered",
		 .start = load_filter,
		 .work = do_getpid},
		{.name = "fcntl", .work = do_fcntl},
		{.name = "fcntl, filtered",
		 .start = load_filter,
		 .work = do_fcntl},
	};
	const struct report_row getpid_row = {
		.group = "filter",
		.place = "same",
		.work = "getpid(2), filtered",
		.unit = "of not filtered",
		.target = 1.3,
	};
	const struct report_row fcntl_row = {
		.group = "filter",
		.place = "same",
		.work = "fcntl(F_GETFL), filtered",
		.unit = "of not filtered",
	};

	contest_run(e, 4, MEASURE_SAME);
	report_title("A system call under the worker's filter");
	report_ratio(&getpid_row, e[1].got[0], e[0].got[0], MEASURE_ROUNDS);
	report_ratio(&fcntl_row, e[3].got[0], e[2].got[0], MEASURE_ROUNDS);
	return 0;
}
