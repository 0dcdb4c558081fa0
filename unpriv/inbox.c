/* SPDX-License-Identifier: ISC */
/*
 * Answers, and what is learnt from those that do not come.
 */
#include "engine.h"

#include <string.h>
#include <sys/socket.h>

#include "answer.h"
#include "chan.h"
#include "wicket/fdpass.h"

#define IDS 0xffffffffull

bool engine_fits(const struct op_request *q, const struct op_reply *reply)
{
	return reply->op == q->op &&
	       (reply->error != 0 || reply->nfds == op_fds(q->op));
}

/* ---- the sync rule --------------------------------------------------- */

/* The number that an id stands for: the first above those answered. */
static uint64_t number_of(const struct engine *e, uint32_t id)
{
	uint64_t next = e->answered % IDS; /* its id - 1 */

	return e->answered + 1 + (id - 1 + IDS - next) % IDS;
}

/* Asked too often, it may be what kills them. */
static void lose(struct engine *e, struct ask *a)
{
	if (a->times < BOUND_AGAIN && a->kind->lost(a))
		ask_push(&e->unsent, a);
	else
		engine_end(a, -EOWNERDEAD);
}

/*
 * All before that number, answered by a new helper, has ended: either it was
 * answered, or the old one died with it.  A message is read by one helper, so
 * that what is lost of it is its end: no answer follows one that is left out.
 */
static int lose_before(struct engine *e, uint64_t number)
{
	struct ask *a;

	while ((a = e->sent.head) && a->first < number) {
		if (a->first + a->waits > number)
			return -EPROTO;
		lose(e, ask_pop(&e->sent));
	}
	return 0;
}

/* A new helper's first word. */
static int take_hello(struct engine *e, const struct op_reply *reply)
{
	struct wire_in i = wire_in(reply->blob, reply->blob_len);
	struct answer_hello h;

	if (reply->op != OP_hello || reply->error != 0 ||
	    answer_get_hello(&i, &h) < 0 || h.protocol != OP_PROTOCOL)
		return -EPROTO;
	e->owed = true;
	return 0;
}

/* ---- one reply ------------------------------------------------------- */

/* Its number, or 0 for an id that cannot be. */
static uint64_t accept_number(const struct engine *e, uint32_t id)
{
	uint64_t number = number_of(e, id);
	bool left_out = number != e->answered + 1;

	if (number > e->asked || (left_out && !e->owed && e->sync == 0))
		return 0;
	return number;
}

static int deliver(struct engine *e, const struct op_reply *reply, int *fd)
{
	struct ask *a = e->sent.head;

	if (!a || a->first != e->answered)
		return 0; /* nobody waits for it */
	a->first++;
	if (--a->waits == 0)
		(void)ask_pop(&e->sent);
	return a->kind->take(a, 0, reply, fd);
}

static int take_reply(struct engine *e, const struct op_reply *reply, int *fd)
{
	uint64_t number;
	int r;

	if (reply->error > ERRNO_MAX)
		return -EPROTO;
	if (reply->id == 0)
		return take_hello(e, reply);
	number = accept_number(e, reply->id);
	if (number == 0)
		return -EPROTO;
	r = lose_before(e, number);
	if (r < 0)
		return r;
	e->answered = number;
	if (number != e->sync)
		return deliver(e, reply, fd);
	e->sync = 0;
	return reply->op == OP_sync ? 0 : -EPROTO;
}

/* ---- one message ----------------------------------------------------- */

/* The descriptors of a message, in the order of its frames. */
struct luggage {
	size_t n;
	size_t next;
	bool lost; /* they found no room in this process */
	int fds[WICKET_FDS_MAX];
};

/* Nothing but zeros follows the message: no frame begins so. */
static bool at_end(const struct wire_in *i, const struct luggage *l)
{
	static const uint8_t none[OP_HEADER];
	size_t left = i->len - i->off;

	if (!l->lost || left == 0)
		return left == 0;
	return left < OP_HEADER ||
	       memcmp(i->buf + i->off, none, OP_HEADER) == 0;
}

/* Nothing of a message is believed before the whole of it is well-formed. */
static int check_frames(struct wire_in i, const struct luggage *l)
{
	size_t claimed = 0;

	do {
		struct op_reply reply;

		if (op_get_reply(&i, &reply) < 0 || reply.nfds > 1)
			return -EPROTO;
		claimed += reply.nfds;
	} while (!at_end(&i, l));
	return l->lost || claimed == l->n ? 0 : -EPROTO;
}

static int take_frame(struct engine *e, struct wire_in *i, struct luggage *l)
{
	_cleanup_fd_ int fd = -1;
	struct op_reply reply;
	int r = op_get_reply(i, &reply);

	if (r < 0)
		return r;
	if (reply.nfds > 0 && l->lost)
		reply = (struct op_reply){
			.op = reply.op, .id = reply.id, .error = EMFILE};
	else if (reply.nfds > 0)
		fd = take_fd(&l->fds[l->next++]);
	return take_reply(e, &reply, &fd);
}

static int take_frames(struct engine *e, size_t len, struct luggage *l)
{
	struct wire_in i = wire_in(e->message, len);
	int r = check_frames(i, l);

	while (r >= 0 && !at_end(&i, l))
		r = take_frame(e, &i, l);
	return r;
}

/*
 * A message whose descriptors were lost lies in the buffer, but its length is
 * not told.  Therefore all behind a message is kept zero.
 */
static ssize_t get_message(struct engine *e, struct luggage *l, int flags,
			   const struct timespec *deadline)
{
	ssize_t n;

	memset(e->message, 0, e->used);
	e->used = 0;
	n = chan_recv(e->channel, e->message, sizeof(e->message), l->fds, &l->n,
		      flags, deadline);
	l->lost = n == -EMFILE;
	if (l->lost) {
		l->n = 0;
		n = sizeof(e->message);
	}
	if (n <= 0)
		return n;
	e->used = (size_t)n;
	e->spin.peer = op_cpu(e->message, e->used);
	return n;
}

int engine_receive(struct engine *e, int flags, const struct timespec *deadline)
{
	struct luggage l;
	ssize_t n;
	int r;

	if (e->broken)
		return -e->broken;
	l.n = WICKET_FDS_MAX;
	l.next = 0;
	n = get_message(e, &l, flags, deadline);
	if (n == 0 || n == -ECONNRESET || n == -ENOTCONN)
		return engine_give_up(e, EPIPE);
	if (n == -EPROTO)
		return engine_give_up(e, EPROTO);
	if (n < 0)
		return (int)n;
	r = take_frames(e, (size_t)n, &l);
	close_fds(l.fds + l.next, l.n - l.next);
	if (r < 0)
		return engine_give_up(e, EPROTO);
	r = engine_flush(e);
	return r == -EAGAIN ? 0 : r;
}
