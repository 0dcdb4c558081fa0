/* SPDX-License-Identifier: ISC */
#include "helper/orders.h"

#include "helper/clients.h"
#include "helper/listen.h"
#include "helper/tell.h"

static int take_channel(struct helper *h, struct control_message *m)
{
	struct wire_in limits = wire_in(m->c.frames, m->c.frames_len);
	struct client *c;
	int r;

	if (m->nfds != 1)
		return -EPROTO;
	/* What an earlier helper's clones had is nobody else's either. */
	if (m->c.number > h->start.last_channel)
		h->start.last_channel = m->c.number;
	r = clients_add(h->clients, take_fd(&m->fds[0]), m->c.id, &c);
	if (r < 0)
		return r;
	/* One whose limits make no sense must not be served without them. */
	if (limits_get(&limits, &c->limits) < 0) {
		c->state = CLIENT_GONE;
		return 0;
	}
	if (m->c.flags & CONTROL_MORE)
		c->state = CLIENT_EXPECTING;
	else if (m->c.flags & CONTROL_HELLO)
		client_greet(c, h);
	return 0;
}

static int take_left(struct helper *h, struct control_message *m)
{
	struct client *c = clients_find(h->clients, m->c.id);

	return c ? client_take_left(c, m) : -EPROTO;
}

static int leave_all(const struct helper *h)
{
	struct client *c;
	int r = 1;

	for (size_t i = 0; (c = clients_at(h->clients, i)); i++) {
		int one = client_leave(c, h);

		/* The others' is given back all the same. */
		if (one < 0)
			r = one;
	}
	return r;
}

/* It may have gone since it asked. */
static void resume(struct helper *h, const struct control *keep)
{
	struct client *c = clients_find(h->clients, keep->id);

	if (c)
		client_resume(c, -(int)keep->number);
}

static int count_all(const struct helper *h)
{
	_cleanup_free_ uint8_t *buf = malloc(BOUND_MESSAGE);
	struct wire_out o = wire_out(buf, BOUND_MESSAGE);
	struct control counts = {.kind = CONTROL_COUNTS};
	struct client *c;

	if (!buf)
		return -ENOMEM;
	for (size_t i = 0; (c = clients_at(h->clients, i)); i++)
		control_put_count(&o, &c->count);
	counts.reply = buf;
	counts.reply_len = o.len;
	return tell(h, &counts, NULL, 0);
}

static int follow(struct helper *h, struct control_message *m)
{
	int r;

	switch (m->c.kind) {
	case CONTROL_LISTENER:
		/* One that makes no sense is nobody's to ask for. */
		r = listeners_take(h, m);
		return r == -EPROTO || r == -EINVAL ? 0 : r;
	case CONTROL_UNLISTEN:
		listeners_drop(h, &m->c);
		return 0;
	case CONTROL_CHANNEL:
		return take_channel(h, m);
	case CONTROL_LEFT:
		return take_left(h, m);
	case CONTROL_COUNT:
		return count_all(h);
	case CONTROL_STOP:
		return leave_all(h);
	case CONTROL_KEEP:
		resume(h, &m->c);
		return 0;
	default:
		return -EPROTO;
	}
}

int orders_take(struct helper *h)
{
	struct control_message m = CONTROL_MESSAGE_INIT;
	int r = control_recv(h->control, &m);

	if (r == 0)
		return 1;
	if (r < 0)
		return r == -EAGAIN ? 0 : r;
	r = follow(h, &m);
	control_clear(&m);
	return r;
}
