/* SPDX-License-Identifier: ISC */
#include "helper/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "helper/bind.h"
#include "helper/tell.h"
#include "policy/limits.h"

struct listener {
	struct asked at;
	uint64_t index;
	struct unix_name name;
	struct limits limits; /* owned: of whoever may have it */
	int fd;		      /* owned */
};

struct listeners {
	size_t n;
	struct listener v[BOUND_LISTENERS];
};

/* Takes one out of the table, which the last one's place is free in then. */
static void drop(struct listeners *l, struct listener *gone)
{
	close_fd(&gone->fd);
	limits_clear(&gone->limits);
	*gone = l->v[--l->n];
}

struct listeners *listeners_free(struct listeners *l)
{
	while (l && l->n > 0)
		drop(l, &l->v[l->n - 1]);
	free(l);
	return NULL;
}

static bool same_address(const struct net_addr *a, const struct net_addr *b)
{
	return a->kind == b->kind && a->len == b->len &&
	       memcmp(&a->sa, &b->sa, a->len) == 0;
}

/* A name is one and the same by whatever path it was asked for. */
static bool same_place(const struct asked *a, const struct asked *b)
{
	if (a->path[0])
		return a->address.kind == b->address.kind &&
		       strcmp(a->path, b->path) == 0;
	return same_address(&a->address, &b->address);
}

/* What one may have by its limits is not another's, whose are different. */
static struct listener *find(struct listeners *l, const struct asked *a,
			     uint64_t index, const struct limits *limits)
{
	for (size_t i = 0; l && i < l->n; i++)
		if (l->v[i].index == index && same_place(&l->v[i].at, a) &&
		    limits_same(&l->v[i].limits, limits))
			return &l->v[i];
	return NULL;
}

static int tell_of(const struct helper *h, enum control_kind kind,
		   const struct listener *l)
{
	_cleanup_free_ uint8_t *buf = malloc(LIMITS_ROOM);
	struct wire_out o = wire_out(buf, LIMITS_ROOM);
	char object[BOUND_ADDRESS];
	struct control c = {
		.kind = kind,
		.number = l->index,
		.dev = l->name.dev,
		.ino = l->name.ino,
		.object = object,
		.path = l->at.path,
	};
	int r = buf ? net_addr_print(&l->at.address, false, object,
				     sizeof(object))
		    : -ENOMEM;

	if (r < 0)
		return r;

	limits_put(&l->limits, &o);
	c.frames = buf;
	c.frames_len = o.len;
	return tell(h, &c, &l->fd, kind == CONTROL_LISTENER);
}

/* After shutdown no copy accepts any more, wherever it went. */
static void end(struct helper *h, struct listener *l)
{
	unix_unname(h, &l->at, &l->name);
	(void)shutdown(l->fd, SHUT_RDWR);
	drop(h->listeners, l);
}

static int stop(struct helper *h, struct listener *l)
{
	int r = tell_of(h, CONTROL_UNLISTEN, l);

	end(h, l);
	return r;
}

/*
 * The worker has the same socket, and shutdown(2) from its side stops it for
 * all: such a one is of no use to the next who asks.
 */
static bool is_stopped(const struct listener *l)
{
	struct pollfd p = {.fd = l->fd, .events = POLLRDHUP};

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLRDHUP));
}

static int make(const struct helper *h, const struct policy_rule *rule,
		struct listener *l)
{
	const struct policy_net *net = &rule->net;
	_cleanup_fd_ int fd = -1;
	struct unix_name name;
	int backlog = net->backlog ? (int)net->backlog : SOMAXCONN;
	int r = bind_socket(h, rule, &l->at, &name, &fd);

	if (r < 0)
		return r;
	if (net_kind_type(net->range.kind) != SOCK_DGRAM &&
	    listen(fd, backlog) < 0) {
		r = -errno;
		unix_unname(h, &l->at, &name);
		return r;
	}
	l->name = name;
	l->fd = take_fd(&fd);
	return 0;
}

static int make_table(struct helper *h)
{
	if (!h->listeners)
		h->listeners = calloc(1, sizeof(*h->listeners));
	if (!h->listeners)
		return -ENOMEM;
	return h->listeners->n == BOUND_LISTENERS ? -ENFILE : 0;
}

/* Makes a listener, which the supervisor has before the worker. */
static int add(struct helper *h, const struct job *j, const struct asked *a,
	       uint64_t index, struct listener **ret)
{
	struct listener l = {.at = *a, .index = index, .fd = -1};
	int r = make_table(h);

	if (r == 0)
		r = make(h, j->rule, &l);
	if (r < 0)
		return r;
	limits_share(&l.limits, j->limits);
	r = tell_of(h, CONTROL_LISTENER, &l);
	if (r < 0) {
		unix_unname(h, &l.at, &l.name);
		close_fd(&l.fd);
		limits_clear(&l.limits);
		return r;
	}
	*ret = &h->listeners->v[h->listeners->n++];
	**ret = l;
	return 0;
}

/* How many sockets of one address the rule allows. */
static uint64_t sharers(const struct policy_rule *rule)
{
	return rule->net.reuseport ? rule->net.reuseport : 1;
}

int do_listen(struct helper *h, struct job *j)
{
	uint64_t index = j->request->number;
	struct listener *l;
	struct asked a;
	int r = ask_net(h, j, POLICY_LISTEN, &a);

	if (r < 0)
		return r;
	if (index >= sharers(j->rule))
		return -EINVAL;
	l = find(h->listeners, &a, index, j->limits);
	if (l && is_stopped(l)) {
		r = stop(h, l);
		l = NULL;
	}
	if (r < 0)
		return r;
	if (!l)
		r = add(h, j, &a, index, &l);
	if (r < 0)
		return unix_refused(h, j, &a, r);
	j->fd = fcntl(l->fd, F_DUPFD_CLOEXEC, 0);
	return j->fd < 0 ? -errno : 0;
}

int do_unlisten(struct helper *h, struct job *j)
{
	struct listener *l;
	struct asked a;
	int r = ask_net(h, j, POLICY_LISTEN, &a);

	if (r < 0)
		return r;
	l = find(h->listeners, &a, j->request->number, j->limits);
	return l ? stop(h, l) : -ENOENT;
}

/* ---- from one helper to the next ----------------------------------------- */

/* All but the socket; the limits in it are for limits_clear() then. */
static int read_listener(const struct control *c, struct listener *ret)
{
	struct wire_in limits = wire_in(c->frames, c->frames_len);
	struct listener l = {
		.index = c->number,
		.name = {.dev = c->dev, .ino = c->ino},
		.fd = -1,
	};
	int r = net_addr_parse(c->object, &l.at.address);

	if (r == 0)
		r = limits_get(&limits, &l.limits);
	if (r < 0)
		return r;
	memcpy(l.at.path, c->path, strlen(c->path) + 1);
	*ret = l;
	return 0;
}

int listeners_take(struct helper *h, struct control_message *m)
{
	struct listener l;
	int r = m->nfds == 1 ? make_table(h) : -EPROTO;

	if (r == 0)
		r = read_listener(&m->c, &l);
	if (r < 0)
		return r;
	l.fd = take_fd(&m->fds[0]);
	h->listeners->v[h->listeners->n++] = l;
	return 0;
}

void listeners_drop(struct helper *h, const struct control *c)
{
	struct listener *found;
	struct listener l;

	if (read_listener(c, &l) < 0)
		return;
	found = find(h->listeners, &l.at, l.index, &l.limits);
	limits_clear(&l.limits);
	/* The supervisor says so, and need not hear it nor be held up by it. */
	if (found)
		end(h, found);
}
