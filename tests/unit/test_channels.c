/* SPDX-License-Identifier: ISC */
/* channels.c: the helper's ends, from one helper to the next. */
#include "supervisor/channels.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "support/fds.h"
#include "wicket/fdpass.h"

/* Whatever a helper can be begun for. */
#define ALL (CONTROL_LOCK | CONTROL_RELOAD)

TestSuite(channels, .timeout = 10);

/* A table, a helper's end of a control socket, and workers' ends. */
struct bench {
	size_t fds; /* open before */
	struct channels t;
	int control;
	int helper;
	int workers[8];
	size_t n;
};

static void bench_open(struct bench *b)
{
	int sv[2];

	*b = (struct bench){.fds = fds_count()};
	cr_assert_eq(wicket_socketpair(SOCK_SEQPACKET, sv), 0);
	b->control = sv[0];
	b->helper = sv[1];
}

static void bench_close(struct bench *b)
{
	channels_free(&b->t);
	close_fds(b->workers, b->n);
	close_fd(&b->control);
	close_fd(&b->helper);
	cr_assert_eq(fds_count(), b->fds);
}

static int add(struct bench *b, uint64_t id)
{
	struct channel *made;
	int sv[2];

	cr_assert_eq(wicket_socketpair(SOCK_SEQPACKET, sv), 0);
	b->workers[b->n++] = sv[0];
	return channels_add(&b->t, sv[1], id, &made);
}

/* What a helper gave back for one of them, with so many descriptors. */
static int leave(struct bench *b, uint64_t id, unsigned flags, size_t nfds)
{
	const struct control c = {.kind = CONTROL_LEFT,
				  .id = id,
				  .flags = flags,
				  .frames = "frame",
				  .frames_len = 5};
	struct control_message m = CONTROL_MESSAGE_INIT;
	int fds[] = {b->helper, b->control}, r;

	cr_assert_eq(control_send(b->helper, &c, fds, nfds), 0);
	cr_assert_eq(control_recv(b->control, &m), 1);
	r = channels_left(&b->t, &m);
	/* It is taken either way. */
	cr_assert(!m.bytes && m.nfds == 0);
	return r;
}

/* The next that the helper is told. */
static void expect(struct bench *b, enum control_kind kind, uint64_t id,
		   unsigned flags, size_t nfds)
{
	struct control_message m = CONTROL_MESSAGE_INIT;

	cr_assert_eq(control_recv(b->helper, &m), 1);
	cr_assert_eq(m.c.kind, kind);
	cr_assert_eq(m.c.id, id);
	cr_assert_eq(m.c.flags, flags);
	cr_assert_eq(m.nfds, nfds);
	if (kind == CONTROL_CHANNEL)
		cr_assert_eq(m.c.number, b->t.last);
	control_clear(&m);
}

static void expect_nothing(struct bench *b)
{
	struct control_message m = CONTROL_MESSAGE_INIT;

	cr_assert_eq(control_recv(b->helper, &m), -EAGAIN);
}

static void give(struct bench *b, size_t i, unsigned flags)
{
	cr_assert_eq(channels_give(&b->t, &b->t.v[i], b->control, flags, ALL),
		     0);
}

Test(channels, never_have_a_number_twice)
{
	struct bench b;

	bench_open(&b);
	cr_assert_eq(add(&b, 0), 0);
	cr_assert_eq(add(&b, 3), 0);
	/* While a helper makes 5, we make another. */
	cr_assert_eq(add(&b, 0), 0);
	cr_assert_eq(add(&b, 5), 0);
	cr_assert_eq(add(&b, 0), 0);
	cr_assert_eq(b.t.v[0].id, 2u);
	cr_assert_eq(b.t.v[2].id, 4u);
	cr_assert_eq(b.t.v[4].id, 6u);
	cr_assert_eq(b.t.last, 6u);
	/* No helper may take another's, nor one of ours to come. */
	cr_assert_eq(add(&b, 3), -EPROTO);
	cr_assert_eq(add(&b, 8), -EPROTO);
	cr_assert_eq(b.t.n, 5u);
	bench_close(&b);
}

Test(channels, are_bounded_and_the_one_too_many_is_closed)
{
	size_t before = fds_count();
	struct channels t = {.n = 0};
	struct channel *made;
	int file = fds_file("");
	int r = 0;

	while (r == 0 && t.n < BOUND_CLIENTS) {
		int fd = dup(file);

		cr_assert_geq(fd, 0);
		r = channels_add(&t, fd, 0, &made);
		/* Numbers, not descriptors, are what is counted here. */
		close_fd(&made->fd);
	}
	cr_assert_eq(r, 0);
	cr_assert_eq(channels_add(&t, file, 0, &made), -EMFILE);
	channels_free(&t);
	cr_assert_eq(fds_count(), before);
}

Test(channels, are_closed_when_the_other_end_is)
{
	struct pollfd p[3];
	struct bench b;

	bench_open(&b);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(add(&b, 0), 0);
	cr_assert_eq(leave(&b, 2, 0, 2), 0);
	close_fd(&b.workers[0]);
	/* A request is the helper's to read, and no end. */
	cr_assert_eq(send(b.workers[1], "x", 1, 0), 1);
	channels_watch(&b.t, p);
	cr_assert_eq(poll(p, 3, 0), 1);
	channels_close_ended(&b.t, p);
	cr_assert_eq(b.t.n, 2u);
	cr_assert_eq(b.t.v[0].id, 6u);
	cr_assert_eq(b.t.v[1].id, 4u);
	cr_assert_eq(leave(&b, 2, 0, 1), -ENOENT);
	bench_close(&b);
}

Test(channels, are_given_with_what_was_left_for_them_right_behind)
{
	struct bench b;

	bench_open(&b);
	cr_assert_eq(add(&b, 0), 0);
	cr_assert_eq(add(&b, 0), 0);
	cr_assert_eq(leave(&b, 2, 0, 2), 0);
	/* The greeting is for those of whom nothing is known. */
	give(&b, 0, CONTROL_HELLO);
	give(&b, 1, CONTROL_HELLO);
	expect(&b, CONTROL_CHANNEL, 2, CONTROL_MORE, 1);
	expect(&b, CONTROL_LEFT, 2, 0, 2);
	expect(&b, CONTROL_CHANNEL, 4, CONTROL_HELLO, 1);
	expect_nothing(&b);
	/* It is given once. */
	give(&b, 0, 0);
	expect(&b, CONTROL_CHANNEL, 2, 0, 1);
	expect_nothing(&b);
	bench_close(&b);
}

Test(channels, keep_what_was_left_while_it_cannot_be_given)
{
	struct bench b;
	int sv[2];

	bench_open(&b);
	cr_assert_eq(wicket_socketpair(SOCK_SEQPACKET, sv), 0);
	close_fd(&sv[1]);
	cr_assert_eq(add(&b, 0), 0);
	cr_assert_eq(leave(&b, 2, 0, 1), 0);
	cr_assert_eq(channels_give(&b.t, &b.t.v[0], sv[0], 0, ALL), -EPIPE);
	close_fd(&sv[0]);
	give(&b, 0, CONTROL_HELLO);
	expect(&b, CONTROL_CHANNEL, 2, CONTROL_MORE, 1);
	expect(&b, CONTROL_LEFT, 2, 0, 1);
	bench_close(&b);
}

Test(channels, hold_the_last_that_was_left)
{
	struct bench b;

	bench_open(&b);
	cr_assert_eq(add(&b, 0), 0);
	cr_assert_eq(leave(&b, 2, 0, 2), 0);
	cr_assert_eq(leave(&b, 2, 0, 1), 0);
	give(&b, 0, 0);
	expect(&b, CONTROL_CHANNEL, 2, CONTROL_MORE, 1);
	expect(&b, CONTROL_LEFT, 2, 0, 1);
	bench_close(&b);
}

/* ---- waiting ------------------------------------------------------------- */

Test(channels, are_answered_by_a_helper_that_was_begun_after_they_asked)
{
	struct bench b;

	bench_open(&b);
	cr_assert_eq(add(&b, 0), 0);
	cr_assert_eq(add(&b, 0), 0);
	cr_assert_eq(channels_ask(&b.t, 2, CONTROL_RELOAD), 0);
	channels_begin(&b.t, ALL);
	/* The policy was read by now, and may have changed since. */
	cr_assert_eq(channels_ask(&b.t, 4, CONTROL_RELOAD), 0);
	cr_assert_eq(leave(&b, 2, CONTROL_RELOAD, 0), 0);
	cr_assert_eq(leave(&b, 4, CONTROL_RELOAD, 0), 0);
	give(&b, 0, 0);
	give(&b, 1, 0);
	expect(&b, CONTROL_CHANNEL, 2, CONTROL_MORE, 1);
	expect(&b, CONTROL_LEFT, 2, CONTROL_RELOAD, 0);
	expect(&b, CONTROL_CHANNEL, 4, CONTROL_MORE, 1);
	expect(&b, CONTROL_LEFT, 4, 0, 0);
	/* Nothing of that counts for the next. */
	cr_assert_eq(leave(&b, 4, CONTROL_RELOAD, 0), 0);
	channels_begin(&b.t, ALL);
	give(&b, 1, 0);
	expect(&b, CONTROL_CHANNEL, 4, CONTROL_MORE, 1);
	expect(&b, CONTROL_LEFT, 4, 0, 0);
	bench_close(&b);
}

Test(channels, are_told_when_the_one_that_was_to_serve_them_does_not_come)
{
	struct bench b;

	bench_open(&b);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(add(&b, 0), 0);
	cr_assert_eq(channels_ask(&b.t, 2, CONTROL_LOCK), 0);
	channels_begin(&b.t, ALL);
	cr_assert_eq(channels_ask(&b.t, 4, CONTROL_RELOAD), 0);
	channels_keep(&b.t, b.control, -EINVAL, ALL);
	expect(&b, CONTROL_KEEP, 2, 0, 0);
	expect_nothing(&b);
	channels_begin(&b.t, ALL);
	channels_keep(&b.t, b.control, -EINVAL, ALL);
	expect(&b, CONTROL_KEEP, 4, 0, 0);
	expect_nothing(&b);
	/* Without a helper there is nobody to tell, and it is over. */
	cr_assert_eq(channels_ask(&b.t, 2, CONTROL_LOCK), 0);
	channels_begin(&b.t, ALL);
	channels_keep(&b.t, -1, -EINVAL, ALL);
	channels_keep(&b.t, b.control, -EINVAL, ALL);
	expect_nothing(&b);
	cr_assert_eq(channels_ask(&b.t, 8, CONTROL_LOCK), -ENOENT);
	bench_close(&b);
}
