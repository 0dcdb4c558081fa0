/* SPDX-License-Identifier: ISC */
/*
 * Many files in one message.
 */
#include "wicket/wicket.h"

#include <limits.h>
#include <string.h>

#include "call.h"
#include "wicket/fdpass.h"

struct batch {
	struct ask ask;
	struct wicket_open_item *v; /* the caller's */
	size_t n;		    /* those in this message */
	size_t next;		    /* none before it waits */
};

static struct batch *batch_of(struct ask *a)
{
	return (struct batch *)a; /* its first member */
}

static bool item_waits(const struct wicket_open_item *item)
{
	return item->fd < 0 && item->error == 0;
}

static struct op_request request_of(const struct wicket_open_item *item)
{
	return (struct op_request){
		.op = OP_open,
		.object = item->path,
		.flags = (uint32_t)item->flags,
		.mode = item->mode,
	};
}

/* What does not fit is left for the next message. */
static unsigned put_batch(struct ask *a, struct wire_out *o)
{
	struct batch *b = batch_of(a);
	unsigned n = 0;

	for (size_t i = 0; i < b->n; i++) {
		struct op_request q = request_of(&b->v[i]);
		size_t before = o->len;

		if (!item_waits(&b->v[i]))
			continue;
		q.id = engine_id(a->first + n);
		op_put_request(o, &q);
		if (o->failed) {
			o->failed = false;
			o->len = before;
			b->n = i;
			break;
		}
		n++;
	}
	b->next = 0;
	return n;
}

static int take_batch(struct ask *a, int error, const struct op_reply *reply,
		      int *fd)
{
	struct batch *b = batch_of(a);
	struct wicket_open_item *item;
	struct op_request q;

	while (!item_waits(&b->v[b->next]))
		b->next++;
	item = &b->v[b->next];
	q = request_of(item);
	if (error == 0 && !engine_fits(&q, reply))
		error = -EPROTO;
	item->error = error < 0 ? -error : (int)reply->error;
	if (item->error == 0)
		item->fd = take_fd(fd);
	return error == -EPROTO ? error : 0;
}

static bool lost_batch(struct ask *a)
{
	struct batch *b = batch_of(a);

	a->waits = 0;
	for (size_t i = 0; i < b->n; i++) {
		struct op_request q = request_of(&b->v[i]);

		if (!item_waits(&b->v[i]))
			continue;
		if (op_repeats(&q))
			a->waits++;
		else
			b->v[i].error = EOWNERDEAD;
	}
	return a->waits > 0;
}

static void fail_rest(struct wicket_open_item *v, size_t n, int error)
{
	for (size_t i = 0; i < n; i++)
		if (item_waits(&v[i]))
			v[i].error = error;
}

/*
 * One message: how many of the items it covers, or -errno with *ret_asked
 * telling whether it was sent.
 */
static ssize_t ask_some(struct wicket *w, struct wicket_open_item *v, size_t n,
			bool *ret_asked)
{
	static const struct ask_kind kind = {put_batch, take_batch, lost_batch};
	struct batch b = {
		.ask = ASK_INIT(&kind),
		.v = v,
		.n = n < WICKET_FDS_MAX ? n : WICKET_FDS_MAX,
	};
	int cancel;
	int r;

	handle_lock(w, &cancel);
	r = engine_call(&w->engine, &b.ask);
	handle_unlock(w, cancel);
	*ret_asked |= b.ask.times > 0;
	return r < 0 ? r : (ssize_t)b.n;
}

/* Refuses what the helper need not be asked for. */
static void prepare(struct wicket *w, struct wicket_open_item *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct op_request q = request_of(&v[i]);

		v[i].fd = -1;
		v[i].error = -call_check(w, &q);
	}
}

static int count_opened(const struct wicket_open_item *v, size_t n)
{
	int opened = 0;

	for (size_t i = 0; i < n; i++)
		opened += v[i].fd >= 0;
	return opened;
}

static int open_all(struct wicket *w, struct wicket_open_item *v, size_t n)
{
	bool asked = false;
	size_t i = 0;

	while (i < n) {
		ssize_t some = 1;

		if (item_waits(&v[i]))
			some = ask_some(w, v + i, n - i, &asked);
		if (some < 0) {
			fail_rest(v + i, n - i, (int)-some);
			return asked ? count_opened(v, n) : (int)some;
		}
		i += (size_t)some;
	}
	return count_opened(v, n);
}

int wicket_openv(struct wicket *w, struct wicket_open_item *v, size_t n)
{
	int r = handle_usable(w);

	if (r >= 0 && n > INT_MAX)
		r = -EINVAL;
	if (r >= 0 && n > 0 && !v)
		r = -EFAULT;
	if (r < 0)
		return edge(r);
	prepare(w, v, n);
	return edge(open_all(w, v, n));
}
