/* SPDX-License-Identifier: ISC */
#include "call.h"

#include <string.h>

struct call {
	struct ask ask;
	struct op_request *q;
	call_taker *take; /* may be NULL */
	void *arg;
	int fd; /* owned */
	int result;
};

static struct call *call_of(struct ask *a)
{
	return (struct call *)a; /* its first member */
}

static unsigned put_call(struct ask *a, struct wire_out *o)
{
	struct call *c = call_of(a);

	c->q->id = engine_id(a->first);
	op_put_request(o, c->q);
	return o->failed ? 0 : 1;
}

static int take_call(struct ask *a, int error, const struct op_reply *reply,
		     int *fd)
{
	struct call *c = call_of(a);

	c->result = error;
	if (error < 0)
		return 0;
	c->result = engine_fits(c->q, reply) ? -(int)reply->error : -EPROTO;
	if (c->result == 0 && c->take)
		c->result = c->take(c->arg, reply);
	if (c->result >= 0)
		c->fd = take_fd(fd);
	return c->result == -EPROTO ? -EPROTO : 0;
}

static bool lost_call(struct ask *a)
{
	return op_repeats(call_of(a)->q);
}

/* The lock is held. */
static int round_trip(struct wicket *w, struct op_request *q, call_taker *take,
		      void *arg, int *ret_fd)
{
	static const struct ask_kind kind = {put_call, take_call, lost_call};
	struct call c = {
		.ask = ASK_INIT(&kind),
		.q = q,
		.take = take,
		.arg = arg,
		.fd = -1,
	};
	int r = engine_call(&w->engine, &c.ask);

	if (r < 0)
		return r;
	if (c.result >= 0 && ret_fd)
		*ret_fd = take_fd(&c.fd);
	close_fd(&c.fd);
	return c.result;
}

/* A helper closes the channel of a worker that sends longer strings. */
static int check_string(const char *s)
{
	if (!s)
		return -EFAULT;
	return strnlen(s, BOUND_PATH) < BOUND_PATH ? 0 : -ENAMETOOLONG;
}

int call_check(struct wicket *w, const struct op_request *q)
{
	int r = handle_usable(w);

	if (r >= 0)
		r = check_string(q->object);
	if (r >= 0 && q->target)
		r = check_string(q->target);
	return r;
}

int call(struct wicket *w, struct op_request *q, call_taker *take, void *arg,
	 int *ret_fd)
{
	int cancel;
	int r = call_check(w, q);

	if (r < 0)
		return r;
	handle_lock(w, &cancel);
	r = round_trip(w, q, take, arg, ret_fd);
	handle_unlock(w, cancel);
	return r;
}

int call_fd(struct wicket *w, struct op_request *request)
{
	int fd = -1;
	int r = call(w, request, NULL, NULL, &fd);

	return r < 0 ? r : fd;
}

int call_plain(struct wicket *w, struct op_request *request)
{
	return call(w, request, NULL, NULL, NULL);
}
