/* SPDX-License-Identifier: ISC */
#include "engine.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

/* ---- queues ---------------------------------------------------------- */

void ask_push(struct ask_queue *q, struct ask *a)
{
	a->next = NULL;
	if (q->head)
		q->tail->next = a;
	else
		q->head = a;
	q->tail = a;
}

struct ask *ask_pop(struct ask_queue *q)
{
	struct ask *a = q->head;

	q->head = a->next;
	a->next = NULL;
	return a;
}

void ask_unpop(struct ask_queue *q, struct ask *a)
{
	if (!q->head)
		q->tail = a;
	a->next = q->head;
	q->head = a;
}

/* Whether it was there. */
static bool ask_remove(struct ask_queue *q, struct ask *a)
{
	struct ask *before = NULL;
	struct ask *at = q->head;

	while (at && at != a) {
		before = at;
		at = at->next;
	}
	if (!at)
		return false;
	if (before)
		before->next = a->next;
	else
		q->head = a->next;
	if (q->tail == a)
		q->tail = before;
	a->next = NULL;
	return true;
}

void engine_add(struct engine *e, struct ask *a)
{
	ask_push(&e->unsent, a);
}

void engine_withdraw(struct engine *e, struct ask *a)
{
	if (!ask_remove(&e->sent, a))
		(void)ask_remove(&e->unsent, a);
}

/* ---- the end --------------------------------------------------------- */

void engine_end(struct ask *a, int error)
{
	while (a->waits > 0) {
		a->waits--;
		(void)a->kind->take(a, error, NULL, NULL);
	}
}

int engine_give_up(struct engine *e, int error)
{
	e->broken = error;
	(void)shutdown(e->channel, SHUT_RDWR);
	while (e->sent.head)
		engine_end(ask_pop(&e->sent), -error);
	while (e->unsent.head)
		engine_end(ask_pop(&e->unsent), -error);
	return -error;
}

/* ---- a call ---------------------------------------------------------- */

/* For ever is ten years, which no system call has to be told of in its own way.
 */
static struct timespec deadline_of(const struct engine *e)
{
	const time_t for_ever = 10 * 365 * 86400;
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	if (e->timeout_ms < 0) {
		t.tv_sec += for_ever;
		return t;
	}
	t.tv_sec += e->timeout_ms / 1000;
	t.tv_nsec += e->timeout_ms % 1000 * 1000000L;
	if (t.tv_nsec >= 1000000000L) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000L;
	}
	return t;
}

/* For poll(2): rounded up, and not above a day. */
static int left_ms(const struct timespec *deadline)
{
	const time_t day = 86400;
	struct timespec now = {0};
	time_t s;
	long ms;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	s = deadline->tv_sec - now.tv_sec;
	if (s > day)
		s = day;
	ms = (long)s * 1000 +
	     (deadline->tv_nsec - now.tv_nsec + 999999) / 1000000;
	return ms < 0 ? 0 : (int)ms;
}

/*
 * Until there is a message or room for one.  Answers that are not taken can
 * be what keeps the helper from reading, so that both are waited for.
 */
static int await_room(struct engine *e, const struct timespec *deadline)
{
	struct pollfd p = {.fd = e->channel, .events = POLLIN | POLLOUT};
	int n = poll(&p, 1, left_ms(deadline));
	int r;

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -ETIMEDOUT;
	r = engine_receive(e, MSG_DONTWAIT, NULL);
	return r == -EAGAIN ? 0 : r;
}

/* One message, or what it takes until there can be one. */
static int advance(struct engine *e, const struct ask *a,
		   const struct timespec *deadline)
{
	int r = engine_flush(e);

	if (r == -EAGAIN)
		return await_room(e, deadline);
	/* What cannot be sent at all has ended by now. */
	return r == 0 && a->waits > 0 ? engine_receive(e, 0, deadline) : r;
}

/* Between and behind the questions of others. */
static int wait_in_turn(struct engine *e, const struct ask *a)
{
	struct timespec deadline = deadline_of(e);
	int r = 0;

	while (r == 0 && a->waits > 0)
		r = advance(e, a, &deadline);
	return r;
}

/* Some event loops make it so, whoever else has the channel. */
static bool is_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && (flags & O_NONBLOCK);
}

/* Looks for the answer a while, where the helper works on it meanwhile. */
static int receive_soon(struct engine *e)
{
	int r = -EAGAIN;

	if (!spin_begin(&e->spin, spin_cpu()))
		return r;
	for (int i = 0; r == -EAGAIN && i < SPIN_TRIES; i++)
		r = engine_receive(e, MSG_DONTWAIT, NULL);
	spin_end(&e->spin, r != -EAGAIN);
	return r;
}

/*
 * With nobody else's question on the way the kernel keeps the time
 * (SO_SNDTIMEO, SO_RCVTIMEO), and a call is a send and a receive, without
 * poll and clock; on another CPU than the helper, receives.
 */
static int call_alone(struct engine *e, struct ask *a)
{
	int r = engine_send(e, a, 0);
	bool sent = r == 0;

	if (sent)
		r = receive_soon(e);
	if (sent && r == -EAGAIN)
		r = engine_receive(e, 0, NULL);
	if (r != -EAGAIN)
		return r;
	if (!is_nonblocking(e->channel))
		return -ETIMEDOUT;
	if (!sent)
		engine_add(e, a);
	return 0;
}

static bool is_idle(const struct engine *e)
{
	return e->asked == e->answered && !e->unsent.head && !e->owed;
}

int engine_call(struct engine *e, struct ask *a)
{
	int r = -e->broken;

	if (r == 0 && is_idle(e))
		r = call_alone(e, a);
	else if (r == 0)
		engine_add(e, a);
	if (r == 0 && a->waits > 0)
		r = wait_in_turn(e, a);
	if (a->waits == 0)
		return 0;
	engine_withdraw(e, a);
	return r;
}
