/* SPDX-License-Identifier: ISC */
/*
 * Requests that do not wait for their answer.
 */
#include "submit.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "answer.h"
#include "support/child.h"
#include "support/fds.h"
#include "support/mortals.h"
#include "support/played.h"

/* What a callback was told, and how often. */
struct told {
	int times;
	int order; /* among all callbacks of the test */
	int result;
	int error;
};

static int order;

static void tell(void *arg, int result, int error)
{
	struct told *t = arg;

	t->times++;
	t->order = ++order;
	t->result = result;
	t->error = error;
}

static int64_t ask_open(const struct played *p, struct told *t)
{
	int64_t number = wicket_submit_open(p->w, "/x", O_RDONLY, 0, tell, t);

	cr_assert_gt(number, 0, "%s", strerror(errno));
	return number;
}

static int64_t ask_unlink(const struct played *p, struct told *t)
{
	int64_t number = wicket_submit_unlink(p->w, "/x", tell, t);

	cr_assert_gt(number, 0, "%s", strerror(errno));
	return number;
}

static void assert_told(const struct told *t, int result, int error)
{
	cr_assert_eq(t->times, 1, "told %d times", t->times);
	cr_assert_eq(t->result, result, "told %d", t->result);
	cr_assert_eq(t->error, error, "told %s", strerror(t->error));
}

/* ---- one request ----------------------------------------------------- */

Test(submit, asks_at_once_and_tells_when_dispatched, .timeout = 30)
{
	struct told t = {0};
	struct op_request q;
	uint8_t buf[8192];
	struct played p;

	played_open(&p, 0);
	(void)ask_open(&p, &t);
	q = played_request(p.helper, buf, sizeof(buf));
	cr_assert_eq(q.op, OP_open);
	cr_assert_str_eq(q.object, "/x");
	cr_assert_eq(wicket_dispatch(p.w), 0);
	cr_assert_eq(t.times, 0);
	played_fd(&p, 1);
	cr_assert_eq(t.times, 0);
	cr_assert_eq(wicket_dispatch(p.w), 1);
	cr_assert_eq(t.times, 1);
	cr_assert_eq(t.error, 0);
	cr_assert(fds_cloexec(t.result));
	close_fd(&t.result);
	cr_assert_eq(wicket_dispatch(p.w), 0);
	played_close(&p);
}

Test(submit, tells_the_helpers_errno, .timeout = 30)
{
	struct op_reply no = {.op = OP_open, .id = 1, .error = EACCES};
	struct told t = {0};
	struct played p;

	played_open(&p, 0);
	(void)ask_open(&p, &t);
	played_reply(&p, &no, 0);
	cr_assert_eq(wicket_dispatch(p.w), 1);
	assert_told(&t, -1, EACCES);
	played_close(&p);
}

Test(submit, fills_a_stat_before_it_tells, .timeout = 30)
{
	const struct stat there = {.st_size = 4711, .st_mode = S_IFREG | 0600};
	struct stat st = {.st_size = 1};
	uint8_t blob[256];
	struct wire_out o = wire_out(blob, sizeof(blob));
	struct told t = {0}, u = {0};
	struct played p;

	answer_put_stat(&o, &there);
	played_open(&p, 0);
	cr_assert_eq(wicket_submit_stat(p.w, "/x", NULL, tell, &t), -1);
	cr_assert_gt(wicket_submit_lstat(p.w, "/x", &st, tell, &u), 0);
	played_reply(
		&p, &(struct op_reply){.op = OP_stat, .id = 1, .error = ENOENT},
		0);
	cr_assert_eq(wicket_dispatch(p.w), 1);
	assert_told(&u, -1, ENOENT);
	cr_assert_eq(st.st_size, 1);
	cr_assert_gt(wicket_submit_stat(p.w, "/x", &st, tell, &t), 0);
	played_reply(&p,
		     &(struct op_reply){.op = OP_stat,
					.id = 2,
					.blob = blob,
					.blob_len = o.len},
		     0);
	cr_assert_eq(wicket_dispatch(p.w), 1);
	assert_told(&t, 0, 0);
	cr_assert_eq(st.st_size, 4711);
	played_close(&p);
}

Test(submit, gives_a_listening_and_a_connecting_socket, .timeout = 30)
{
	struct told l = {0}, c = {0};
	struct played p;

	played_open(&p, 0);
	FAILS(wicket_submit_listen(p.w, "tcp *:80", -1, tell, &l), EINVAL);
	cr_assert_gt(wicket_submit_listen(p.w, "tcp *:80", 1, tell, &l), 0);
	cr_assert_gt(wicket_submit_connect(p.w, "tcp [::1]:1", tell, &c), 0);
	played_asked(p.helper, OP_listen, 1);
	played_asked(p.helper, OP_connect, 2);
	played_reply(
		&p, &(struct op_reply){.op = OP_listen, .id = 1, .nfds = 1}, 1);
	played_reply(&p,
		     &(struct op_reply){
			     .op = OP_connect, .id = 2, .number = 1, .nfds = 1},
		     1);
	cr_assert_eq(wicket_dispatch(p.w), 2);
	cr_assert_geq(l.result, 0);
	cr_assert_geq(c.result, 0);
	cr_assert(fcntl(c.result, F_GETFL) & O_NONBLOCK);
	close_fd(&l.result);
	close_fd(&c.result);
	played_close(&p);
}

static void assert_request(const struct played *p, unsigned op,
			   const char *object, const char *target,
			   unsigned mode)
{
	uint8_t buf[BOUND_MESSAGE];
	struct op_request q = played_request(p->helper, buf, sizeof(buf));

	cr_assert_eq(q.op, op);
	cr_assert_str_eq(q.object, object);
	cr_assert_str_eq(q.target, target);
	cr_assert_eq(q.mode, mode);
}

Test(submit, asks_of_names_what_was_meant, .timeout = 30)
{
	struct told t[4] = {0};
	struct played p;

	played_open(&p, 0);
	FAILS(wicket_submit_access(p.w, "/a", 8, tell, &t[0]), EINVAL);
	FAILS(wicket_submit_rename(p.w, "/d", NULL, tell, &t[3]), EFAULT);
	cr_assert_gt(wicket_submit_access(p.w, "/a", R_OK, tell, &t[0]), 0);
	cr_assert_gt(wicket_submit_rmdir(p.w, "/b", tell, &t[1]), 0);
	cr_assert_gt(wicket_submit_mkdir(p.w, "/c", 0750, tell, &t[2]), 0);
	cr_assert_gt(wicket_submit_rename(p.w, "/d", "/e", tell, &t[3]), 0);
	assert_request(&p, OP_access, "/a", "", R_OK);
	assert_request(&p, OP_rmdir, "/b", "", 0);
	assert_request(&p, OP_mkdir, "/c", "", 0750);
	assert_request(&p, OP_rename, "/d", "/e", 0);
	played_done(&p, OP_access, 1);
	played_done(&p, OP_rmdir, 2);
	played_done(&p, OP_mkdir, 3);
	played_reply(
		&p,
		&(struct op_reply){.op = OP_rename, .id = 4, .error = EXDEV},
		0);
	cr_assert_eq(wicket_dispatch(p.w), 4);
	for (int i = 0; i < 3; i++)
		assert_told(&t[i], 0, 0);
	assert_told(&t[3], -1, EXDEV);
	played_close(&p);
}

/* ---- several --------------------------------------------------------- */

Test(submit, tells_in_the_order_of_the_answers, .timeout = 30)
{
	const struct op_reply replies[] = {
		{.op = OP_open, .id = 1, .nfds = 1},
		{.op = OP_unlink, .id = 2},
		{.op = OP_open, .id = 3, .error = ENOENT},
	};
	struct told t[3] = {0};
	struct played p;

	order = 0;
	played_open(&p, 0);
	(void)ask_open(&p, &t[0]);
	(void)ask_unlink(&p, &t[1]);
	(void)ask_open(&p, &t[2]);
	played_replies(&p, replies, 3);
	cr_assert_eq(wicket_dispatch(p.w), 3);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(t[i].order, i + 1);
	cr_assert_geq(t[0].result, 0);
	assert_told(&t[1], 0, 0);
	assert_told(&t[2], -1, ENOENT);
	close_fd(&t[0].result);
	played_close(&p);
}

Test(submit, keeps_what_is_answered_during_a_call_that_waits, .timeout = 30)
{
	struct told t = {0};
	struct played p;

	played_open(&p, 0);
	(void)ask_unlink(&p, &t);
	cr_assert_gt(wicket_timeout(p.w), 0);
	played_done(&p, OP_unlink, 1);
	played_done(&p, OP_access, 2);
	cr_assert_eq(wicket_access(p.w, "/y", R_OK), 0);
	cr_assert_eq(t.times, 0);
	cr_assert_eq(wicket_timeout(p.w), 0);
	cr_assert_eq(wicket_dispatch(p.w), 1);
	assert_told(&t, 0, 0);
	cr_assert_eq(wicket_timeout(p.w), -1);
	played_close(&p);
}

Test(submit, refuses_one_too_many_until_one_was_told, .timeout = 30)
{
	static struct told t[BOUND_SUBMITTED + 1];
	struct played p;

	played_open(&p, 0);
	for (int i = 0; i < BOUND_SUBMITTED; i++)
		(void)ask_unlink(&p, &t[i]);
	FAILS(wicket_submit_unlink(p.w, "/x", tell, &t[BOUND_SUBMITTED]),
	      EAGAIN);
	played_done(&p, OP_unlink, 1);
	cr_assert_eq(wicket_dispatch(p.w), 1);
	assert_told(&t[0], 0, 0);
	(void)ask_unlink(&p, &t[BOUND_SUBMITTED]);
	played_close(&p);
}

/* With so small a queue most of them wait to be sent. */
Test(submit, sends_later_what_the_queue_has_no_room_for, .timeout = 30)
{
	static struct told t[BOUND_SUBMITTED];
	int smallest = 1;
	uint32_t answered = 0;
	struct played p;

	played_open(&p, 0);
	cr_assert_eq(setsockopt(wicket_fd(p.w), SOL_SOCKET, SO_SNDBUF,
				&smallest, sizeof(smallest)),
		     0);
	cr_assert_eq(wicket_events(p.w), POLLIN);
	for (int i = 0; i < BOUND_SUBMITTED; i++)
		(void)ask_unlink(&p, &t[i]);
	cr_assert_eq(wicket_events(p.w), POLLIN | POLLOUT);
	cr_assert_lt(p.w->engine.asked, BOUND_SUBMITTED);
	while (answered < BOUND_SUBMITTED) {
		cr_assert(played_was_asked(p.helper));
		played_asked(p.helper, OP_unlink, ++answered);
		played_done(&p, OP_unlink, answered);
		cr_assert_eq(wicket_dispatch(p.w), 1);
	}
	cr_assert_eq(wicket_events(p.w), POLLIN);
	for (int i = 0; i < BOUND_SUBMITTED; i++)
		assert_told(&t[i], 0, 0);
	played_close(&p);
}

/* What waits to be sent is not the caller's any more. */
Test(submit, has_strings_of_its_own, .timeout = 30)
{
	static struct told t[BOUND_SUBMITTED];
	char from[] = "/from", to[] = "/to";
	int smallest = 1;
	struct played p;

	played_open(&p, 0);
	cr_assert_eq(setsockopt(wicket_fd(p.w), SOL_SOCKET, SO_SNDBUF,
				&smallest, sizeof(smallest)),
		     0);
	for (int i = 1; i < BOUND_SUBMITTED; i++)
		(void)ask_unlink(&p, &t[i]);
	cr_assert_gt(wicket_submit_rename(p.w, from, to, tell, &t[0]), 0);
	memset(from, 'x', sizeof(from));
	memset(to, 'x', sizeof(to));
	for (uint32_t id = 1; id < BOUND_SUBMITTED; id++) {
		played_asked(p.helper, OP_unlink, id);
		played_done(&p, OP_unlink, id);
		cr_assert_eq(wicket_dispatch(p.w), 1);
	}
	assert_request(&p, OP_rename, "/from", "/to", 0);
	played_close(&p);
}

/* A call that waits takes its turn behind those, and answers on the way. */
Test(submit, a_call_that_waits_finds_room_too, .timeout = 30)
{
	static struct told t[BOUND_SUBMITTED];
	static struct mortals m;
	int smallest = 1;
	int told = 0;
	struct played p;

	played_open(&p, 0);
	cr_assert_eq(setsockopt(wicket_fd(p.w), SOL_SOCKET, SO_SNDBUF,
				&smallest, sizeof(smallest)),
		     0);
	for (int i = 0; i < BOUND_SUBMITTED; i++)
		(void)ask_unlink(&p, &t[i]);
	mortals_start(&m, &p, 3);
	cr_assert_eq(wicket_access(p.w, "/x", R_OK), 0);
	while (told < BOUND_SUBMITTED)
		told += wicket_dispatch(p.w);
	mortals_join(&m);
	played_close(&p);
}

/* ---- what is given up ------------------------------------------------ */

Test(submit, cancelled_is_not_told_and_its_descriptor_closed, .timeout = 30)
{
	struct told t[3] = {0};
	int64_t number[3];
	struct played p;

	played_open(&p, 0);
	for (int i = 0; i < 3; i++)
		number[i] = ask_open(&p, &t[i]);
	cr_assert_eq(wicket_cancel(p.w, number[1]), 0);
	FAILS(wicket_cancel(p.w, number[1]), ENOENT);
	for (uint32_t id = 1; id <= 3; id++)
		played_fd(&p, id);
	cr_assert_eq(wicket_dispatch(p.w), 2);
	cr_assert_eq(t[1].times, 0);
	FAILS(wicket_cancel(p.w, number[0]), ENOENT);
	FAILS(wicket_cancel(p.w, 0), ENOENT);
	FAILS(wicket_cancel(p.w, -1), ENOENT);
	close_fd(&t[0].result);
	close_fd(&t[2].result);
	played_close(&p);
}

/* Answered during a call that waits, and not told yet. */
Test(submit, can_be_cancelled_after_its_answer_came, .timeout = 30)
{
	struct told t[3] = {0};
	int64_t number[3];
	struct played p;

	for (int which = 0; which < 3; which++) {
		played_open(&p, 0);
		memset(t, 0, sizeof(t));
		for (int i = 0; i < 3; i++) {
			number[i] = ask_open(&p, &t[i]);
			played_fd(&p, (uint32_t)i + 1);
		}
		played_done(&p, OP_access, 4);
		cr_assert_eq(wicket_access(p.w, "/y", R_OK), 0);
		cr_assert_eq(wicket_cancel(p.w, number[which]), 0);
		cr_assert_eq(wicket_dispatch(p.w), 2);
		for (int i = 0; i < 3; i++) {
			cr_assert_eq(t[i].times, i != which);
			if (i != which)
				close_fd(&t[i].result);
		}
		played_close(&p);
	}
}

Test(submit, a_number_is_never_anothers, .timeout = 30)
{
	struct told t = {0};
	int64_t first, second;
	struct played p;

	played_open(&p, 0);
	first = ask_unlink(&p, &t);
	cr_assert_eq(wicket_cancel(p.w, first), 0);
	second = ask_unlink(&p, &t);
	cr_assert_neq(first, second);
	FAILS(wicket_cancel(p.w, first), ENOENT);
	FAILS(wicket_deadline(p.w, first, 0), ENOENT);
	cr_assert_eq(wicket_cancel(p.w, second), 0);
	played_close(&p);
}

Test(submit, ends_at_its_deadline_and_drops_the_late_answer, .timeout = 30)
{
	struct told late = {0}, t = {0}, never = {0};
	int64_t number;
	struct played p;

	played_open(&p, 0);
	number = ask_open(&p, &late);
	cr_assert_eq(wicket_deadline(p.w, ask_open(&p, &never), -1), 0);
	cr_assert_eq(wicket_dispatch(p.w), 0);
	cr_assert_eq(wicket_deadline(p.w, number, 0), 0);
	cr_assert_eq(wicket_timeout(p.w), 0);
	cr_assert_eq(wicket_dispatch(p.w), 1);
	assert_told(&late, -1, ETIMEDOUT);
	cr_assert_eq(wicket_timeout(p.w), -1);
	(void)ask_unlink(&p, &t);
	played_fd(&p, 1);
	played_fd(&p, 2);
	played_done(&p, OP_unlink, 3);
	cr_assert_eq(wicket_dispatch(p.w), 2);
	assert_told(&t, 0, 0);
	close_fd(&never.result);
	played_close(&p);
}

Test(submit, has_the_handles_time_limit, .timeout = 30)
{
	struct told t = {0};
	struct played p;

	played_open(&p, 20);
	(void)ask_open(&p, &t);
	cr_assert_leq(wicket_timeout(p.w), 20);
	while (t.times == 0) {
		(void)poll(NULL, 0, wicket_timeout(p.w));
		cr_assert_geq(wicket_dispatch(p.w), 0);
	}
	assert_told(&t, -1, ETIMEDOUT);
	played_close(&p);
}

Test(submit, closing_drops_what_waits_and_tells_nobody, .timeout = 30)
{
	struct told t[2] = {0};
	struct played p;

	played_open(&p, 0);
	(void)ask_open(&p, &t[0]);
	(void)ask_open(&p, &t[1]);
	played_fd(&p, 1);
	played_fd(&p, 2);
	played_done(&p, OP_access, 3);
	cr_assert_eq(wicket_access(p.w, "/y", R_OK), 0);
	played_close(&p);
	cr_assert_eq(t[0].times + t[1].times, 0);
}

/* ---- helpers that die ------------------------------------------------ */

Test(submit, is_asked_again_or_told_that_nobody_knows, .timeout = 30)
{
	struct told o = {0}, u = {0};
	struct played p;

	played_open(&p, 0);
	(void)ask_open(&p, &o);
	(void)ask_unlink(&p, &u);
	played_hello(&p, 0);
	cr_assert_eq(wicket_dispatch(p.w), 0);
	played_done(&p, OP_sync, 3);
	cr_assert_eq(wicket_dispatch(p.w), 1);
	assert_told(&u, -1, EOWNERDEAD);
	played_asked(p.helper, OP_open, 1);
	played_asked(p.helper, OP_unlink, 2);
	played_asked(p.helper, OP_sync, 3);
	played_asked(p.helper, OP_open, 4);
	played_fd(&p, 4);
	cr_assert_eq(wicket_dispatch(p.w), 1);
	cr_assert_eq(o.times, 1);
	close_fd(&o.result);
	played_close(&p);
}

Test(submit, tells_all_that_the_helper_is_gone, .timeout = 30)
{
	struct told t[2] = {0};
	struct played p;

	played_open(&p, 0);
	(void)ask_open(&p, &t[0]);
	(void)ask_unlink(&p, &t[1]);
	close_fd(&p.helper);
	cr_assert_eq(wicket_dispatch(p.w), 2);
	assert_told(&t[0], -1, EPIPE);
	assert_told(&t[1], -1, EPIPE);
	FAILS(wicket_dispatch(p.w), EPIPE);
	FAILS(wicket_submit_unlink(p.w, "/x", tell, &t[0]), EPIPE);
	cr_assert_eq(wicket_events(p.w), 0);
	played_close(&p);
}

Test(submit, tells_of_an_answer_that_is_none, .timeout = 30)
{
	const struct op_reply none[] = {
		{.op = OP_open, .id = 1},
		{.op = OP_unlink, .id = 1},
		{.op = OP_open, .id = 2, .error = ENOENT},
	};

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		struct told t = {0};
		struct played p;

		played_open(&p, 0);
		(void)ask_open(&p, &t);
		played_reply(&p, &none[i], 0);
		cr_assert_eq(wicket_dispatch(p.w), 1);
		assert_told(&t, -1, EPROTO);
		FAILS(wicket_dispatch(p.w), EPROTO);
		played_close(&p);
	}
}

enum {
	WINDOW = 64,
	DEATHS_MIN = 1000,
};

/* Of each request all that may be: what was told, and what was done. */
static void check_outcome(const struct mortals *m, int i, const struct told *t)
{
	cr_assert_eq(t->times, 1, "/%d: told %d times", i, t->times);
	if (i % 2) {
		cr_assert_eq(t->error, 0, "/%d: %s", i, strerror(t->error));
		cr_assert_eq(close(t->result), 0);
	} else if (t->error == 0) {
		cr_assert_eq(m->done[i], 1, "/%d: %d times", i, m->done[i]);
	} else {
		cr_assert_eq(t->error, EOWNERDEAD);
		cr_assert_leq(m->done[i], 1, "/%d: %d times", i, m->done[i]);
	}
}

static void submit_number(const struct played *p, int i, struct told *t)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/%d", i);
	if (i % 2)
		cr_assert_gt(
			wicket_submit_open(p->w, path, O_RDONLY, 0, tell, t),
			0);
	else
		cr_assert_gt(wicket_submit_unlink(p->w, path, tell, t), 0);
}

Test(submit, thousands_of_deaths_lose_nothing_and_double_nothing, .timeout = 30)
{
	static struct told t[MORTALS_NUMBERS];
	static struct mortals m;
	struct played p;

	played_open(&p, 0);
	mortals_start(&m, &p, 2);
	for (int next = 0, waits = 0, told = 0; told < MORTALS_NUMBERS;) {
		while (waits < WINDOW && next < MORTALS_NUMBERS) {
			submit_number(&p, next, &t[next]);
			next++;
			waits++;
		}
		struct pollfd fd = {wicket_fd(p.w), wicket_events(p.w), 0};
		int n;

		(void)poll(&fd, 1, wicket_timeout(p.w));
		n = wicket_dispatch(p.w);
		cr_assert_geq(n, 0);
		/* They are told in no order: those at hand are closed. */
		for (int i = told; n > 0 && i < next; i++)
			if (t[i].times && t[i].order > 0) {
				check_outcome(&m, i, &t[i]);
				t[i].order = 0;
				n--;
				waits--;
			}
		while (told < next && t[told].times && t[told].order == 0)
			told++;
	}
	mortals_join(&m);
	cr_assert_geq(m.deaths, DEATHS_MIN);
	played_close(&p);
}

/* ---- callbacks that do something ------------------------------------- */

struct chain {
	const struct played *p;
	struct wicket *w;
	struct told last;
	int64_t victim;
	int left;
};

static void go_on(void *arg, int result, int error)
{
	struct chain *c = arg;

	if (--c->left > 0)
		cr_assert_gt(wicket_submit_unlink(c->w, "/next", go_on, c), 0);
	else
		tell(&c->last, result, error);
}

Test(submit, a_callback_may_submit, .timeout = 30)
{
	struct played p;
	struct chain c = {.left = 5};

	played_open(&p, 0);
	c.w = p.w;
	cr_assert_gt(wicket_submit_unlink(p.w, "/first", go_on, &c), 0);
	for (uint32_t id = 1; id <= 5; id++) {
		played_done(&p, OP_unlink, id);
		cr_assert_eq(wicket_dispatch(p.w), 1);
	}
	assert_told(&c.last, 0, 0);
	played_close(&p);
}

static void cancel_other(void *arg, int result, int error)
{
	struct chain *c = arg;

	cr_assert_eq(wicket_cancel(c->w, c->victim), 0);
	tell(&c->last, result, error);
}

Test(submit, a_callback_may_cancel_what_is_next, .timeout = 30)
{
	struct told t = {0};
	struct chain c = {0};
	struct played p;

	played_open(&p, 0);
	c.w = p.w;
	cr_assert_gt(wicket_submit_unlink(p.w, "/x", cancel_other, &c), 0);
	c.victim = ask_open(&p, &t);
	played_done(&p, OP_unlink, 1);
	played_fd(&p, 2);
	cr_assert_eq(wicket_dispatch(p.w), 1);
	assert_told(&c.last, 0, 0);
	cr_assert_eq(t.times, 0);
	played_close(&p);
}

static void call_and_dispatch(void *arg, int result, int error)
{
	struct chain *c = arg;

	played_done(c->p, OP_unlink, 2);
	played_done(c->p, OP_access, 3);
	cr_assert_eq(wicket_access(c->w, "/y", R_OK), 0);
	cr_assert_eq(wicket_dispatch(c->w), 1);
	tell(&c->last, result, error);
}

Test(submit, a_callback_may_call_and_dispatch, .timeout = 30)
{
	struct told t = {0};
	struct chain c = {0};
	struct played p;

	played_open(&p, 0);
	c.w = p.w;
	c.p = &p;
	cr_assert_gt(wicket_submit_unlink(p.w, "/x", call_and_dispatch, &c), 0);
	(void)ask_unlink(&p, &t);
	played_done(&p, OP_unlink, 1);
	cr_assert_eq(wicket_dispatch(p.w), 1);
	assert_told(&c.last, 0, 0);
	assert_told(&t, 0, 0);
	played_close(&p);
}

/* ---- who may not ----------------------------------------------------- */

static int is_refused(void *arg)
{
	struct told t = {0};
	struct wicket *w = arg;

	CHILD_CHECK(wicket_submit_unlink(w, "/x", tell, &t) == -1 &&
		    errno == EPERM);
	CHILD_CHECK(wicket_dispatch(w) == -1 && errno == EPERM);
	CHILD_CHECK(wicket_cancel(w, 256) == -1 && errno == EPERM);
	CHILD_CHECK(wicket_deadline(w, 256, 0) == -1 && errno == EPERM);
	CHILD_CHECK(wicket_timeout(w) == -1);
	wicket_close(w);
	return t.times;
}

Test(submit, refuses_a_forked_child, .timeout = 30)
{
	struct told t = {0};
	struct played p;

	played_open(&p, 0);
	(void)ask_unlink(&p, &t);
	cr_assert_eq(child_run(is_refused, p.w), 0);
	played_done(&p, OP_unlink, 1);
	cr_assert_eq(wicket_dispatch(p.w), 1);
	assert_told(&t, 0, 0);
	played_close(&p);
}

Test(submit, refuses_null_and_overlong_before_anything_is_sent, .timeout = 30)
{
	char path[BOUND_PATH + 1];
	struct told t = {0};
	struct played p;

	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[BOUND_PATH] = '\0';
	played_open(&p, 0);
	FAILS(wicket_submit_unlink(NULL, "/x", tell, &t), EBADF);
	FAILS(wicket_submit_unlink(p.w, NULL, tell, &t), EFAULT);
	FAILS(wicket_submit_unlink(p.w, "/x", NULL, &t), EFAULT);
	FAILS(wicket_submit_unlink(p.w, path, tell, &t), ENAMETOOLONG);
	FAILS(wicket_submit_rename(p.w, "/x", path, tell, &t), ENAMETOOLONG);
	FAILS(wicket_dispatch(NULL), EBADF);
	FAILS(wicket_cancel(NULL, 1), EBADF);
	FAILS(wicket_deadline(NULL, 1, 0), EBADF);
	cr_assert_eq(wicket_timeout(NULL), -1);
	cr_assert_not(played_was_asked(p.helper));
	path[BOUND_PATH - 1] = '\0';
	cr_assert_gt(wicket_submit_unlink(p.w, path, tell, &t), 0);
	played_done(&p, OP_unlink, 1);
	cr_assert_eq(wicket_dispatch(p.w), 1);
	played_close(&p);
}
