/* SPDX-License-Identifier: ISC */
#include "supervisor/channels.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct control_message *left_free(struct control_message *m)
{
	if (m)
		control_clear(m);
	free(m);
	return NULL;
}

static struct channel *find(struct channels *t, uint64_t id)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].id == id)
			return &t->v[i];
	return NULL;
}

int channels_add(struct channels *t, int fd, uint64_t id, struct channel **ret)
{
	_cleanup_fd_ int owned = fd;
	struct channel *v;

	if (t->n == BOUND_CLIENTS)
		return -EMFILE;
	if (id != 0 && (id % 2 == 0 || find(t, id)))
		return -EPROTO;
	v = reallocarray(t->v, t->n + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	t->v = v;
	if (id == 0)
		id = (t->last + 2) & ~UINT64_C(1);
	if (id > t->last)
		t->last = id;
	t->v[t->n] = (struct channel){.id = id, .fd = take_fd(&owned)};
	*ret = &t->v[t->n++];
	return 0;
}

static void drop(struct channels *t, size_t i)
{
	close_fd(&t->v[i].fd);
	t->v[i].left = left_free(t->v[i].left);
	free(t->v[i].limits);
	t->v[i] = t->v[--t->n];
}

void channels_free(struct channels *t)
{
	while (t->n > 0)
		drop(t, t->n - 1);
	free(t->v);
	t->v = NULL;
}

int channels_left(struct channels *t, struct control_message *m)
{
	struct channel *c = find(t, m->c.id);
	struct control_message *kept = c ? malloc(sizeof(*kept)) : NULL;

	if (!kept) {
		control_clear(m);
		return c ? -ENOMEM : -ENOENT;
	}
	*kept = *m;
	*m = (struct control_message)CONTROL_MESSAGE_INIT;
	(void)left_free(c->left);
	c->left = kept;
	return 0;
}

int channels_limit(struct channels *t, const struct control *c)
{
	struct channel *of = find(t, c->id);
	void *copy;

	if (!of)
		return -ENOENT;
	/* They are only ever added to, whatever has become of a helper. */
	if (of->limits_len > c->frames_len ||
	    (of->limits_len > 0 &&
	     memcmp(of->limits, c->frames, of->limits_len) != 0))
		return -EPERM;
	copy = malloc(c->frames_len + 1);
	if (!copy)
		return -ENOMEM;
	if (c->frames_len > 0)
		memcpy(copy, c->frames, c->frames_len);
	free(of->limits);
	of->limits = copy;
	of->limits_len = c->frames_len;
	return 0;
}

void channels_watch(const struct channels *t, struct pollfd *p)
{
	for (size_t i = 0; i < t->n; i++)
		p[i] = (struct pollfd){.fd = t->v[i].fd};
}

void channels_close_ended(struct channels *t, const struct pollfd *p)
{
	for (size_t i = t->n; i-- > 0;)
		if (p[i].revents & (POLLHUP | POLLERR))
			drop(t, i);
}

int channels_ask(struct channels *t, uint64_t id, unsigned why)
{
	struct channel *c = find(t, id);

	if (!c)
		return -ENOENT;
	c->asked |= why;
	return 0;
}

void channels_begin(struct channels *t, unsigned why)
{
	for (size_t i = 0; i < t->n; i++) {
		t->v[i].served |= t->v[i].asked & why;
		t->v[i].asked &= ~why;
	}
}

void channels_keep(struct channels *t, int control, int error, unsigned why)
{
	struct control keep = {.kind = CONTROL_KEEP,
			       .number = (uint64_t)-error};
	int r = 0;

	for (size_t i = 0; i < t->n; i++) {
		keep.id = t->v[i].id;
		/* Where it does not get there, the helper has ended. */
		if (t->v[i].served & why && r == 0)
			r = control_send(control, &keep, NULL, 0);
		t->v[i].served &= ~why;
	}
}

int channels_give(const struct channels *t, struct channel *c, int control,
		  unsigned flags, unsigned why)
{
	const struct control m = {
		.kind = CONTROL_CHANNEL,
		.id = c->id,
		.number = t->last,
		.flags = c->left ? CONTROL_MORE : flags,
		.frames = c->limits,
		.frames_len = c->limits_len,
	};
	unsigned served = c->served & why;
	int r = control_send(control, &m, &c->fd, 1);

	c->asked = 0;
	c->served = 0;
	if (r < 0 || !c->left)
		return r;
	/* Who waits for what is still to come asks the next helper anew. */
	c->left->c.flags &= served;
	r = control_send(control, &c->left->c, c->left->fds, c->left->nfds);
	c->left = left_free(c->left);
	return r;
}
