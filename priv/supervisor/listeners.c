/* SPDX-License-Identifier: ISC */
#include "supervisor/listeners.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "policy/match.h"

static void drop(struct kept_listeners *t, size_t i)
{
	close_fd(&t->v[i].fd);
	free((char *)t->v[i].c.object);
	free((char *)t->v[i].c.path);
	free((void *)t->v[i].c.frames);
	t->v[i] = t->v[--t->n];
}

static int grow(struct kept_listeners *t)
{
	struct kept *v;

	if (t->n == BOUND_LISTENERS)
		return -ENFILE;
	v = reallocarray(t->v, t->n + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	t->v = v;
	return 0;
}

int listeners_keep(struct kept_listeners *t, struct control_message *m)
{
	_cleanup_free_ char *object = strdup(m->c.object);
	_cleanup_free_ char *path = strdup(m->c.path);
	_cleanup_free_ uint8_t *limits = malloc(m->c.frames_len + 1);
	struct control c = m->c;
	int r = m->nfds == 1 ? grow(t) : -EPROTO;

	if (r < 0)
		return r;
	if (!object || !path || !limits)
		return -ENOMEM;
	if (c.frames_len > 0)
		memcpy(limits, c.frames, c.frames_len);
	c.frames = take_ptr(&limits);
	c.object = take_ptr(&object);
	c.path = take_ptr(&path);
	t->v[t->n++] = (struct kept){.c = c, .fd = take_fd(&m->fds[0])};
	return 0;
}

static bool is_same(const struct control *a, const struct control *b)
{
	return a->number == b->number && strcmp(a->object, b->object) == 0 &&
	       strcmp(a->path, b->path) == 0 &&
	       a->frames_len == b->frames_len &&
	       (a->frames_len == 0 ||
		memcmp(a->frames, b->frames, a->frames_len) == 0);
}

void listeners_forget(struct kept_listeners *t, const struct control *c)
{
	for (size_t i = t->n; i-- > 0;)
		if (is_same(&t->v[i].c, c))
			drop(t, i);
}

void listeners_close(struct kept_listeners *t)
{
	while (t->n > 0)
		drop(t, t->n - 1);
	free(t->v);
	t->v = NULL;
}

static bool is_allowed(const struct kept *k, const struct policy *p)
{
	const struct policy_rule *rule = NULL;
	struct net_addr a;
	uint64_t most;

	if (net_addr_parse(k->c.object, &a) == 0)
		rule = policy_judge_net(p, POLICY_LISTEN, &a);
	if (!rule)
		return false;
	most = rule->net.reuseport ? rule->net.reuseport : 1;
	return k->c.number < most;
}

void listeners_retire(struct kept_listeners *t, const struct policy *next,
		      int control)
{
	for (size_t i = t->n; i-- > 0;) {
		struct control c = t->v[i].c;

		if (is_allowed(&t->v[i], next))
			continue;
		c.kind = CONTROL_UNLISTEN;
		/* One that cannot be told is ended when the next one serves. */
		if (control_send(control, &c, NULL, 0) < 0)
			return;
		/* Now, and not when the helper comes to it. */
		(void)shutdown(t->v[i].fd, SHUT_RDWR);
		drop(t, i);
	}
}

int listeners_give(struct kept_listeners *t, const struct policy *p,
		   int control)
{
	int r = 0;

	for (size_t i = t->n; r == 0 && i-- > 0;) {
		struct control c = t->v[i].c;

		c.kind = CONTROL_LISTENER;
		if (is_allowed(&t->v[i], p)) {
			r = control_send(control, &c, &t->v[i].fd, 1);
			continue;
		}
		/* The helper that could take its name away too has ended. */
		(void)shutdown(t->v[i].fd, SHUT_RDWR);
		drop(t, i);
	}
	return r;
}
