/* SPDX-License-Identifier: ISC */
/*
 * Every error path of the library: whatever system call fails, the request
 * fails or is answered, nothing is leaked, and the next one is answered.
 */
#include "wicket/wicket.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "support/echo.h"
#include "support/fault.h"
#include "support/played.h"

enum {
	NTH_MAX = 100,
};

static const struct {
	enum fault_call call;
	int error;
} faults[] = {
	{FAULT_SENDMSG, ENOBUFS}, {FAULT_SENDMSG, EAGAIN},
	{FAULT_RECVMSG, ENOMEM},  {FAULT_POLL, ENOMEM},
	{FAULT_MALLOC, ENOMEM},	  {FAULT_SETSOCKOPT, ENOPROTOOPT},
	{FAULT_FCNTL, EINVAL},
};

/* ---- requests: 0, or -1 and errno -------------------------------------- */

static int request_open(struct wicket *w)
{
	int fd = wicket_open(w, "/x", O_RDONLY, 0);

	return fd < 0 ? -1 : close(fd);
}

static int request_batch(struct wicket *w)
{
	struct wicket_open_item v[3] = {
		{.path = "/a"}, {.path = "/b"}, {.path = "/c"}};
	int n = wicket_openv(w, v, 3);
	int error = errno;

	for (int i = 0; i < 3; i++) {
		cr_assert((v[i].fd >= 0) == (v[i].error == 0));
		if (v[i].error)
			error = v[i].error;
		close_fd(&v[i].fd);
	}
	errno = error;
	return n == 3 ? 0 : -1;
}

static int request_clone(struct wicket *w)
{
	struct wicket *clone;

	if (wicket_clone(w, &clone) < 0)
		return -1;
	wicket_close(clone);
	return 0;
}

static int request_limit(struct wicket *w)
{
	return wicket_limit(w, "read /a\nlisten tcp *:80\n");
}

struct told {
	int times;
	int error;
};

static void tell(void *arg, int result, int error)
{
	struct told *t = arg;

	t->times++;
	t->error = error;
	close_fd(&result);
}

/* One goes on by itself; behind it a call that waits takes its turn. */
static int request_submission(struct wicket *w)
{
	struct told t = {0};
	int failed = 0;

	if (wicket_submit_open(w, "/x", O_RDONLY, 0, tell, &t) < 0)
		return -1;
	if (wicket_access(w, "/y", R_OK) < 0)
		failed = errno;
	while (t.times == 0) {
		struct pollfd p = {wicket_fd(w), wicket_events(w), 0};

		(void)poll(&p, 1, wicket_timeout(w));
		cr_assert_geq(wicket_dispatch(w), 0);
	}
	cr_assert_eq(t.times, 1);
	errno = t.error ? t.error : failed;
	return errno ? -1 : 0;
}

/* ---- the walk -------------------------------------------------------- */

static bool may_fail_by(int error, int armed)
{
	/* EAGAIN says that nobody takes what is sent; a call waits no longer.
	 */
	return error == armed || (armed == EAGAIN && error == ETIMEDOUT);
}

/* Whether there was an nth call to fail. */
static bool walk(int (*request)(struct wicket *w), size_t f, unsigned nth)
{
	struct played p;
	struct echo helper;
	bool struck;
	int r, error;

	played_open(&p, 0);
	echo_start(&helper, p.helper);
	fault_arm(faults[f].call, nth, faults[f].error);
	r = request(p.w);
	error = errno;
	struck = fault_disarm();
	cr_assert(r == 0 || (struck && may_fail_by(error, faults[f].error)),
		  "fault %zu, call %u: %s", f, nth, strerror(error));
	cr_assert_eq(request_open(p.w), 0, "fault %zu, call %u: then %s", f,
		     nth, strerror(errno));
	cr_assert_eq(shutdown(p.helper, SHUT_RDWR), 0);
	echo_join(&helper);
	played_close(&p);
	return struck;
}

static void walk_all(int (*request)(struct wicket *w))
{
	unsigned struck = 0;

	for (size_t f = 0; f < sizeof(faults) / sizeof(faults[0]); f++)
		for (unsigned nth = 1; walk(request, f, nth); nth++) {
			cr_assert_lt(nth, NTH_MAX);
			struck++;
		}
	cr_assert_geq(struck, 2);
}

#define WALKS(name)                                                      \
	Test(library_faults, name##_fails_or_is_answered, .timeout = 30) \
	{                                                                \
		walk_all(request_##name);                                \
	}

WALKS(open)
WALKS(batch)
WALKS(clone)
WALKS(limit)
WALKS(submission)
