/* SPDX-License-Identifier: ISC */
/*
 * Questions on their way to the helper.
 */
#include "engine.h"

#include <sys/socket.h>

#include "chan.h"

/* Two to the 32nd without 0. */
#define IDS 0xffffffffull

uint32_t engine_id(uint64_t number)
{
	return (uint32_t)(1 + (number - 1) % IDS);
}

/* 0 or -errno; a peer that is gone breaks the channel. */
static int send_message(struct engine *e, struct wire_out *o, int flags)
{
	int r;

	if (e->used < o->len)
		e->used = o->len;
	if (o->failed)
		return -EMSGSIZE;
	op_set_cpu(o->buf, o->len, spin_cpu());
	r = chan_send(e->channel, o->buf, o->len, NULL, 0, flags);
	switch (-r) {
	case EPIPE:
	case ECONNRESET:
	case ENOTCONN:
	case ECONNREFUSED:
		return engine_give_up(e, EPIPE);
	default:
		return r;
	}
}

int engine_send(struct engine *e, struct ask *a, int flags)
{
	struct wire_out o = wire_out(e->message, sizeof(e->message));
	unsigned n;
	int r;

	a->first = e->asked + 1;
	n = a->kind->put(a, &o);
	r = n > 0 ? send_message(e, &o, flags) : -EMSGSIZE;
	if (r < 0)
		return r;
	e->asked += n;
	a->waits = n;
	a->times++;
	ask_push(&e->sent, a);
	return 0;
}

/*
 * A hello may come while an earlier sync has no reply: that sync may be lost,
 * and only the new one is sure to be answered by the new helper.
 */
static int send_sync(struct engine *e)
{
	struct wire_out o = wire_out(e->message, sizeof(e->message));
	int r;

	op_put_request(&o, &(struct op_request){
				   .op = OP_sync,
				   .id = engine_id(e->asked + 1),
			   });
	r = send_message(e, &o, MSG_DONTWAIT);
	if (r < 0)
		return r;
	e->sync = ++e->asked;
	e->owed = false;
	return 0;
}

/* What the kernel will not take, and would not later either, ends. */
static int send_first(struct engine *e)
{
	struct ask *a = ask_pop(&e->unsent);
	int r = engine_send(e, a, MSG_DONTWAIT);

	if (r == -EAGAIN) {
		ask_unpop(&e->unsent, a);
		return r;
	}
	if (r < 0)
		engine_end(a, r);
	return -e->broken;
}

int engine_flush(struct engine *e)
{
	int r = -e->broken;

	if (r == 0 && e->owed)
		r = send_sync(e);
	while (r == 0 && e->unsent.head)
		r = send_first(e);
	return r;
}
