/* SPDX-License-Identifier: ISC */
#include "control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "chan.h"

int control_encode(const struct control *c, struct wire_out *o)
{
	wire_put_u16(o, c->kind);
	wire_put_u32(o, c->flags);
	wire_put_u64(o, c->id);
	wire_put_u64(o, c->number);
	wire_put_u64(o, c->dev);
	wire_put_u64(o, c->ino);
	wire_put_string(o, c->object);
	wire_put_string(o, c->path);
	wire_put_blob(o, c->reply, c->reply_len);
	wire_put_blob(o, c->frames, c->frames_len);
	return o->failed ? -ENOSPC : 0;
}

int control_decode(struct wire_in *i, struct control *ret)
{
	struct control c = {.kind = wire_get_u16(i)};

	c.flags = wire_get_u32(i);
	c.id = wire_get_u64(i);
	c.number = wire_get_u64(i);
	c.dev = wire_get_u64(i);
	c.ino = wire_get_u64(i);
	c.object = wire_get_string(i, BOUND_ADDRESS - 1);
	c.path = wire_get_string(i, BOUND_PATH - 1);
	c.reply = wire_get_blob(i, &c.reply_len);
	c.frames = wire_get_blob(i, &c.frames_len);
	if (!wire_done(i) || c.kind == 0 || c.kind >= CONTROL_KIND_MAX ||
	    c.reply_len > BOUND_MESSAGE || c.frames_len > BOUND_MESSAGE)
		return -EPROTO;
	*ret = c;
	return 0;
}

void control_put_count(struct wire_out *o, const struct control_count *c)
{
	wire_put_u64(o, c->id);
	wire_put_u32(o, c->pid);
	wire_put_u64(o, c->requests);
	wire_put_u64(o, c->denied);
	wire_put_u64(o, c->fds);
}

int control_get_count(struct wire_in *i, struct control_count *ret)
{
	struct control_count c;

	if (wire_done(i))
		return 0;
	c.id = wire_get_u64(i);
	c.pid = wire_get_u32(i);
	c.requests = wire_get_u64(i);
	c.denied = wire_get_u64(i);
	c.fds = wire_get_u64(i);
	if (i->failed)
		return -EPROTO;
	*ret = c;
	return 1;
}

int control_send(int fd, const struct control *c, const int *fds, size_t n)
{
	_cleanup_free_ uint8_t *buf = malloc(BOUND_CONTROL);
	struct wire_out o = wire_out(buf, BOUND_CONTROL);
	int r = buf ? control_encode(c, &o) : -ENOMEM;

	return r < 0 ? r : chan_send(fd, buf, o.len, fds, n, 0);
}

int control_recv(int fd, struct control_message *ret)
{
	struct control_message m = {.nfds = BOUND_FDS};
	struct wire_in i;
	ssize_t n;
	int r;

	m.bytes = malloc(BOUND_CONTROL);
	if (!m.bytes)
		return -ENOMEM;
	n = chan_recv(fd, m.bytes, BOUND_CONTROL, m.fds, &m.nfds, MSG_DONTWAIT,
		      NULL);
	/* It ended without reading ours: what it said before is behind this. */
	if (n == -ECONNRESET) {
		m.nfds = BOUND_FDS;
		n = chan_recv(fd, m.bytes, BOUND_CONTROL, m.fds, &m.nfds,
			      MSG_DONTWAIT, NULL);
	}
	if (n <= 0) {
		free(m.bytes);
		return (int)n;
	}
	i = wire_in(m.bytes, (size_t)n);
	r = control_decode(&i, &m.c);
	*ret = m;
	if (r < 0)
		control_clear(ret);
	return r < 0 ? r : 1;
}

void control_clear(struct control_message *m)
{
	close_fds(m->fds, m->nfds);
	m->nfds = 0;
	free(m->bytes);
	m->bytes = NULL;
}
