/* SPDX-License-Identifier: ISC */
#include "helper/clients.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include "helper/wake.h"

enum {
	EVENTS = 64,
	/* At first, and doubled when they are taken. */
	SEATS = 16,
	/* How long a client waits that no event will wake. */
	CROWDED_MS = 10,
};

/* What is known of one client here; together, so that it is in one place. */
struct seat {
	struct client *client; /* owned */
	uint32_t watched;      /* its events */
	bool ready;	       /* epoll named it */
};

struct clients {
	int epoll;	  /* owned */
	bool alone;	  /* the only one is waited for, in its turn */
	struct spin spin; /* of the helper: no client can begin it anew */
	unsigned turns;	  /* in the last round */
	size_t n;
	size_t room;
	struct seat *v; /* owned: room of them, the first n are taken */
};

static int watch(struct clients *t, int op, int fd, uint32_t events,
		 uint64_t key)
{
	struct epoll_event e = {.events = events, .data.u64 = key};

	return epoll_ctl(t->epoll, op, fd, &e) < 0 ? -errno : 0;
}

int clients_new(int control, struct clients **ret)
{
	__attribute__((cleanup(clients_freep))) struct clients *t = NULL;
	int r;

	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (t->epoll < 0)
		return -errno;
	r = watch(t, EPOLL_CTL_ADD, control, EPOLLIN, BOUND_CLIENTS);
	if (r == 0)
		*ret = take_ptr(&t);
	return r;
}

struct clients *clients_free(struct clients *t)
{
	while (t && t->n > 0)
		client_free(t->v[--t->n].client);
	if (t) {
		close_fd(&t->epoll);
		free(t->v);
	}
	free(t);
	return NULL;
}

/*
 * One seat that is nobody's.  A room for BOUND_CLIENTS from the first would be
 * written by calloc(), and be the helper's own for one client as well.
 */
static int make_room(struct clients *t)
{
	size_t room = t->room > 0 ? 2 * t->room : SEATS;
	struct seat *v;

	if (t->n == BOUND_CLIENTS)
		return -EMFILE;
	if (t->n < t->room)
		return 0;
	v = reallocarray(t->v, room, sizeof(*v));
	if (!v)
		return -ENOMEM;
	t->v = v;
	t->room = room;
	return 0;
}

int clients_add(struct clients *t, int fd, uint64_t id, struct client **ret)
{
	struct client *c;
	int r = make_room(t);

	if (r < 0) {
		close_fd(&fd);
		return r;
	}
	r = client_new(fd, id, &c);
	if (r < 0)
		return r;
	r = watch(t, EPOLL_CTL_ADD, c->fd, EPOLLIN, t->n);
	if (r < 0) {
		client_free(c);
		return r;
	}
	wake_clean(c->fd);
	c->spin = &t->spin;
	t->v[t->n++] = (struct seat){.client = c, .watched = EPOLLIN};
	*ret = c;
	return 0;
}

struct client *clients_find(struct clients *t, uint64_t id)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].client->count.id == id)
			return t->v[i].client;
	return NULL;
}

struct client *clients_at(struct clients *t, size_t i)
{
	return i < t->n ? t->v[i].client : NULL;
}

size_t clients_count(const struct clients *t)
{
	return t->n;
}

/* The last one takes the place of the one that is gone. */
static int drop(struct clients *t, size_t i)
{
	size_t last = --t->n;

	client_free(t->v[i].client);
	t->v[i] = t->v[last];
	if (i == last || t->v[i].client->state == CLIENT_ENDED)
		return 0;
	return watch(t, EPOLL_CTL_MOD, t->v[i].client->fd, t->v[i].watched, i);
}

/*
 * The supervisor has the channel open too: it learns by the shutdown that
 * nobody serves it.  What the client did not take stays in flight until its
 * end is closed; till then the channel counts as one of its.
 */
static int end(struct clients *t, size_t i, struct helper *h)
{
	struct client *c = t->v[i].client;

	if (c->state == CLIENT_GONE) {
		(void)epoll_ctl(t->epoll, EPOLL_CTL_DEL, c->fd, NULL);
		(void)shutdown(c->fd, SHUT_RDWR);
	}
	return client_ended(c, h) ? drop(t, i) : 0;
}

/* What a client waits for, by its state; its end is told in any case. */
static uint32_t events_for(enum client_state state)
{
	switch (state) {
	case CLIENT_FULL:
		return EPOLLOUT;
	case CLIENT_CROWDED:
	case CLIENT_WAITING:
		return 0;
	default:
		return EPOLLIN;
	}
}

static int take_turn(struct clients *t, size_t i, struct helper *h)
{
	struct client *c = t->v[i].client;
	uint32_t events;
	int r;

	t->v[i].ready = false;
	t->turns++;
	c->alone = t->alone && wake_arm(c->fd);
	client_turn(c, h);
	wake_disarm();
	events = events_for(c->state);
	if (c->state == CLIENT_GONE || events == t->v[i].watched)
		return 0;
	r = watch(t, EPOLL_CTL_MOD, c->fd, events, i);
	if (r == 0)
		t->v[i].watched = events;
	return r;
}

static bool is_due(const struct clients *t, size_t i)
{
	switch (t->v[i].client->state) {
	case CLIENT_EXPECTING:
		return false;
	case CLIENT_WORKING:
	case CLIENT_CROWDED:
		return true;
	default:
		return t->alone || t->v[i].ready;
	}
}

/*
 * Nobody has a second turn before each has had its first; who comes to be in a
 * turn has its first in the next round.
 */
int clients_turns(struct clients *t, struct helper *h)
{
	const size_t n = t->n;
	int r = 0;

	t->turns = 0;
	for (size_t i = 0; r == 0 && i < n; i++)
		if (is_due(t, i))
			r = take_turn(t, i, h);
	for (size_t i = t->n; r == 0 && i-- > 0;)
		if (t->v[i].client->state >= CLIENT_GONE)
			r = end(t, i, h);
	return r;
}

static int timeout(const struct clients *t)
{
	int ms = -1;

	for (size_t i = 0; i < t->n; i++) {
		if (t->v[i].client->state == CLIENT_WORKING)
			return 0;
		if (t->v[i].client->state == CLIENT_CROWDED ||
		    t->v[i].client->state == CLIENT_ENDED)
			ms = CROWDED_MS;
	}
	return ms;
}

/* The kernel is asked once for who spoke and what was said, and not twice. */
static bool is_alone(const struct clients *t)
{
	const struct client *c = t->n == 1 ? t->v[0].client : NULL;

	return c && c->known && !wake_spoke() &&
	       (c->state == CLIENT_IDLE || c->state == CLIENT_WORKING);
}

/*
 * Where one client alone was active, and runs elsewhere, looks a while first:
 * at all of them, so that none waits for it.
 */
static int look(struct clients *t, struct epoll_event *events)
{
	const int ms = timeout(t);
	int n = 0;

	wake_quiet();
	if (ms != 0 && t->turns == 1 && spin_begin(&t->spin, spin_cpu())) {
		for (int i = 0; n == 0 && i < SPIN_TRIES; i++)
			n = epoll_wait(t->epoll, events, EVENTS, 0);
		spin_end(&t->spin, n > 0);
	}
	return n != 0 ? n : epoll_wait(t->epoll, events, EVENTS, ms);
}

int clients_wait(struct clients *t)
{
	struct epoll_event events[EVENTS];
	int n;
	int r = 0;

	t->alone = is_alone(t);
	if (t->alone)
		return 0;
	n = look(t, events);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < n; i++) {
		if (events[i].data.u64 == BOUND_CLIENTS)
			r = 1;
		else
			t->v[events[i].data.u64].ready = true;
	}
	if (r == 1)
		wake_more();
	return r;
}
