/* SPDX-License-Identifier: ISC */
/*
 * Where the time of an open goes: the bare loop, and the same with one more of
 * the things that wicket's helper does for each request, and with all of them.
 */
#include <stdio.h>
#include <sys/socket.h>

#include "bench/contest.h"
#include "bench/peers/least.h"
#include "bench/peers/peers.h"
#include "bench/report.h"
#include "op.h"
#include "wicket/fdpass.h"

static const struct {
	unsigned steps;
	const char *name;
} ladder[] = {
	{0, "bare"},
	{LEAST_RECVMSG, "bare, and recvmsg in place of recv"},
	{LEAST_FSTAT, "bare, and fstat"},
	{LEAST_FCNTL, "bare, and fcntl(F_SETFL)"},
	{LEAST_JUDGE, "bare, and the frame, the path and the policy"},
	{LEAST_LANDLOCK, "bare, and Landlock"},
	{LEAST_FILTER, "bare, and a seccomp program"},
	{LEAST_TIMEOUT, "bare, and a time limit of the asker's"},
	{LEAST_RANGE, "bare, and what was sent closed by one call"},
	{LEAST_PROMISED, "bare, and all of these"},
	{LEAST_PROMISED | LEAST_CONFINED, "bare, and all, the asker confined"},
	{LEAST_EPOLL, "bare, and epoll_wait"},
	{LEAST_STACK, "bare, and 64 KiB of stack"},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The helper asked by a bare client: what wicket's library adds is missing. */
static int ask_helper(struct entry *e)
{
	struct op_request q = {.op = OP_open, .object = e->path};
	static uint8_t buf[BOUND_MESSAGE];
	struct wire_out o = wire_out(buf, sizeof(buf));
	int fds[WICKET_FDS_MAX];
	size_t taken = 0;

	for (q.id = 2; q.id < e->n + 2; q.id++)
		op_put_request(&o, &q);
	if (send(wicket_fd(e->w), buf, o.len, MSG_NOSIGNAL) < 0)
		return -1;
	/* The answer to many may come in parts. */
	while (taken < e->n) {
		size_t n = WICKET_FDS_MAX;

		if (wicket_recvfds(wicket_fd(e->w), buf, sizeof(buf), fds, &n,
				   0) < 0)
			return -1;
		bare_close(fds, (int)n);
		taken += n;
	}
	return 0;
}

static void run(size_t batch, const char *path)
{
	static struct entry e[COUNT(ladder) + 2];
	const size_t n = COUNT(ladder) + 2;
	char work[96];
	struct report_row row = {
		.group = "steps",
		.place = "same",
		.work = work,
		.unit = "of bare",
		.x = (double)batch,
	};

	for (size_t i = 0; i < COUNT(ladder); i++)
		e[i] = (struct entry){.name = ladder[i].name,
				      .start = least_start,
				      .work = least_work,
				      .arg = &ladder[i].steps};
	e[n - 2] = (struct entry){.name = "wicket's helper, asked by the bare",
				  .start = gate_start,
				  .work = ask_helper};
	e[n - 1] = (struct entry){.name = "wicket, all locks",
				  .start = gate_start_locked,
				  .work = gate_batch};
	for (size_t i = 0; i < n; i++) {
		e[i].path = path;
		e[i].n = batch;
	}
	contest_run(e, n, MEASURE_SAME);
	for (size_t i = 1; i < n; i++) {
		(void)snprintf(work, sizeof(work), "%s, %zu at once", e[i].name,
			       batch);
		report_ratio(&row, e[i].got[0], e[0].got[0], MEASURE_ROUNDS);
	}
}

int main(void)
{
	struct scratch *s = measure_scratch();

	scratch_write(s, "file", "small\n", 0644);
	report_title("Where the time of an open goes");
	run(1, scratch_path(s, "file"));
	run(64, scratch_path(s, "file"));
	return 0;
}
