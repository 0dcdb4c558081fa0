/* SPDX-License-Identifier: ISC */
#include "submit.h"

#include <string.h>
#include <time.h>

#include "answer.h"
#include "sockets.h"

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

/* ---- time ------------------------------------------------------------ */

int64_t submit_now(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

int64_t submit_deadline(int timeout_ms)
{
	return timeout_ms < 0 ? SUBMIT_NEVER
			      : submit_now() + timeout_ms * NS_PER_MS;
}

/* ---- slots ----------------------------------------------------------- */

int slots_new(struct slots **ret)
{
	struct slots *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->deadline = SUBMIT_NEVER;
	*ret = s;
	return 0;
}

void slots_free(struct slots *s)
{
	for (size_t i = 0; s && i < s->used; i++)
		close_fd(&s->v[i].fd);
	free(s);
}

/* A new one only where none is free: what is not needed costs no memory. */
static struct slot *acquire(struct slots *s)
{
	struct slot *slot = s->free;

	if (slot) {
		s->free = slot->next;
		return slot;
	}
	if (s->used == BOUND_SUBMITTED)
		return NULL;
	slot = &s->v[s->used++];
	slot->in = s;
	slot->fd = -1;
	return slot;
}

static void release(struct slot *slot)
{
	struct slots *s = slot->in;

	close_fd(&slot->fd);
	slot->state = SLOT_FREE;
	slot->next = s->free;
	s->free = slot;
}

/* With nobody left that waits there is no deadline. */
static void count_out(struct slots *s)
{
	if (--s->nasked == 0)
		s->deadline = SUBMIT_NEVER;
}

static void end(struct slot *slot, int error)
{
	struct slots *s = slot->in;

	count_out(s);
	slot->state = SLOT_ENDED;
	slot->error = error;
	slot->next = NULL;
	if (s->ended)
		s->last->next = slot;
	else
		s->ended = slot;
	s->last = slot;
	s->nended++;
}

struct slot_call slots_take(struct slots *s)
{
	struct slot *slot = s->ended;
	struct slot_call call = {
		.done = slot->done,
		.arg = slot->arg,
		.error = slot->error,
		.result = slot->error ? -1 : 0,
	};

	s->ended = slot->next;
	s->nended--;
	if (slot->fd >= 0)
		call.result = take_fd(&slot->fd);
	if (!slot->error && slot->to)
		*slot->to = slot->st;
	release(slot);
	return call;
}

/* ---- as a question among others -------------------------------------- */

static struct slot *slot_of(struct ask *a)
{
	return (struct slot *)a; /* its first member */
}

static unsigned put_slot(struct ask *a, struct wire_out *o)
{
	struct slot *slot = slot_of(a);

	slot->q.id = engine_id(a->first);
	op_put_request(o, &slot->q);
	return o->failed ? 0 : 1;
}

/* 0, an errno that the caller gets, or -EPROTO. */
static int keep_answer(struct slot *slot, const struct op_reply *reply, int *fd)
{
	struct wire_in i = wire_in(reply->blob, reply->blob_len);

	if (!engine_fits(&slot->q, reply) || reply->number > 1)
		return -EPROTO;
	if (reply->error != 0)
		return (int)reply->error;
	if (slot->to && answer_get_stat(&i, &slot->st) < 0)
		return -EPROTO;
	if (slot->q.op == OP_connect && socket_nonblock(*fd, true) < 0)
		return errno;
	slot->fd = take_fd(fd);
	return 0;
}

static int take_slot(struct ask *a, int error, const struct op_reply *reply,
		     int *fd)
{
	struct slot *slot = slot_of(a);
	int r = error < 0 ? -error : keep_answer(slot, reply, fd);

	end(slot, r < 0 ? -r : r);
	return r < 0 ? r : 0;
}

static bool lost_slot(struct ask *a)
{
	return op_repeats(&slot_of(a)->q);
}

struct slot *slots_ask(struct slots *s, const struct op_request *q)
{
	static const struct ask_kind kind = {put_slot, take_slot, lost_slot};
	struct slot *slot = acquire(s);

	if (!slot)
		return NULL;
	s->nasked++;
	slot->ask = (struct ask)ASK_INIT(&kind);
	slot->state = SLOT_ASKED;
	slot->number = ++s->count * BOUND_SUBMITTED + (slot - s->v);
	slot->q = *q;
	memcpy(slot->object, q->object, strlen(q->object) + 1);
	slot->q.object = slot->object;
	if (q->target) {
		memcpy(slot->target, q->target, strlen(q->target) + 1);
		slot->q.target = slot->target;
	}
	slot->to = NULL;
	return slot;
}

struct slot *slots_find(struct slots *s, int64_t number)
{
	struct slot *slot;

	if (!s || number < 0 || (size_t)number % BOUND_SUBMITTED >= s->used)
		return NULL;
	slot = &s->v[number % BOUND_SUBMITTED];
	return slot->state != SLOT_FREE && slot->number == number ? slot : NULL;
}

/* ---- what is given up ------------------------------------------------ */

static void forget_ended(struct slots *s, const struct slot *slot)
{
	struct slot **at = &s->ended;
	struct slot *before = NULL;

	while (*at != slot) {
		before = *at;
		at = &before->next;
	}
	*at = slot->next;
	if (s->last == slot)
		s->last = before;
	s->nended--;
}

void slots_drop(struct slots *s, struct engine *e, struct slot *slot)
{
	if (slot->state == SLOT_ENDED) {
		forget_ended(s, slot);
	} else {
		engine_withdraw(e, &slot->ask);
		count_out(s);
	}
	release(slot);
}

void slots_expire(struct slots *s, struct engine *e, int64_t now)
{
	if (now < s->deadline)
		return;
	s->deadline = SUBMIT_NEVER;
	for (size_t i = 0; i < s->used; i++) {
		struct slot *slot = &s->v[i];

		if (slot->state != SLOT_ASKED)
			continue;
		if (slot->deadline <= now) {
			engine_withdraw(e, &slot->ask);
			end(slot, ETIMEDOUT);
		} else if (slot->deadline < s->deadline) {
			s->deadline = slot->deadline;
		}
	}
}
