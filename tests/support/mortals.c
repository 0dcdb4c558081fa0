/* SPDX-License-Identifier: ISC */
#include "support/mortals.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>

#include "chan.h"
#include "wicket/fdpass.h"

/* The answers to a message, as many as the helper lives to give. */
struct answers {
	uint8_t buf[BOUND_MESSAGE];
	struct wire_out out;
	int fds[WICKET_FDS_MAX];
	size_t nfds;
};

static bool by_chance(struct mortals *m, unsigned one_in)
{
	m->seed = m->seed * 1103515245u + 12345u;
	return (m->seed >> 16) % one_in == 0;
}

/* Criterion's assertions are not for threads: the caller sees what is lost. */
static bool die(struct mortals *m)
{
	uint8_t buf[2048];

	do {
		struct wire_out o = wire_out(buf, sizeof(buf));

		m->deaths++;
		played_put_hello(&o, 0);
		if (chan_send(m->p->helper, o.buf, o.len, NULL, 0, 0) < 0)
			return false;
	} while (by_chance(m, 4));
	return true;
}

static void have_effect(struct mortals *m, const struct op_request *q)
{
	unsigned number;

	if (!op_repeats(q) && sscanf(q->object, "/%u", &number) == 1 &&
	    number < MORTALS_NUMBERS)
		m->done[number]++;
}

static void put_answer(struct mortals *m, struct answers *a,
		       const struct op_request *q)
{
	bool opens = q->op == OP_open;

	op_put_reply(&a->out, &(struct op_reply){
				      .op = q->op, .id = q->id, .nfds = opens});
	if (opens)
		a->fds[a->nfds++] = m->null;
}

static bool send_answers(struct mortals *m, struct answers *a)
{
	int r = 0;

	if (a->out.len > 0)
		r = chan_send(m->p->helper, a->out.buf, a->out.len, a->fds,
			      a->nfds, 0);
	a->out = wire_out(a->buf, sizeof(a->buf));
	a->nfds = 0;
	return r == 0;
}

/* Whether the helper lived to answer all of it. */
static bool serve(struct mortals *m, struct wire_in i, struct answers *a)
{
	while (i.off < i.len) {
		struct op_request q;

		if (op_get_request(&i, &q) < 0 || by_chance(m, 32))
			return false;
		have_effect(m, &q);
		if (by_chance(m, 32))
			return false;
		put_answer(m, a, &q);
		/* In one message or in several. */
		if (by_chance(m, 8) && !send_answers(m, a))
			return false;
	}
	return true;
}

static void *live_and_die(void *arg)
{
	static uint8_t message[BOUND_MESSAGE];
	static struct answers a;
	struct mortals *m = arg;
	ssize_t n;

	(void)send_answers(m, &a);
	while ((n = recv(m->p->helper, message, sizeof(message), 0)) > 0) {
		bool lived = serve(m, wire_in(message, (size_t)n), &a);

		/* What was not sent died too. */
		if (!lived && by_chance(m, 2)) {
			a.out.len = 0;
			a.nfds = 0;
		}
		if (!send_answers(m, &a) || (!lived && !die(m)))
			break;
	}
	return NULL;
}

void mortals_start(struct mortals *m, const struct played *p, unsigned seed)
{
	m->p = p;
	m->seed = seed;
	m->null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	cr_assert_geq(m->null, 0);
	cr_assert_eq(pthread_create(&m->thread, NULL, live_and_die, m), 0);
}

void mortals_join(struct mortals *m)
{
	cr_assert_eq(shutdown(m->p->helper, SHUT_RDWR), 0);
	(void)pthread_join(m->thread, NULL);
	close_fd(&m->null);
}
