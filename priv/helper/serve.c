/* SPDX-License-Identifier: ISC */
#include "helper/serve.h"

#include <sys/epoll.h>

#include "helper/client.h"

enum {
	EVENTS = 64,
	/* How long a client waits that no event will wake. */
	CROWDED_MS = 10,
};

struct serve {
	struct helper *h;
	int epoll; /* owned */
	size_t n;
	struct client *clients[BOUND_CLIENTS]; /* owned, the first n */
	uint32_t watched[BOUND_CLIENTS];       /* the events of each */
	bool ready[BOUND_CLIENTS];	       /* epoll named it */
};

static void serve_close(struct serve **p)
{
	struct serve *s = *p;

	while (s && s->n > 0)
		client_free(s->clients[--s->n]);
	if (s)
		close_fd(&s->epoll);
	free(s);
}

static int watch(struct serve *s, int op, int fd, uint32_t events, uint64_t key)
{
	struct epoll_event e = {.events = events, .data.u64 = key};

	return epoll_ctl(s->epoll, op, fd, &e) < 0 ? -errno : 0;
}

/* Takes the ownership of fd. */
static int add_client(struct serve *s, int fd)
{
	struct client *c;
	int r;

	if (s->n == BOUND_CLIENTS) {
		close_fd(&fd);
		return -EMFILE;
	}
	r = client_new(fd, &c);
	if (r < 0)
		return r;
	r = watch(s, EPOLL_CTL_ADD, c->fd, EPOLLIN, s->n);
	if (r < 0) {
		client_free(c);
		return r;
	}
	s->watched[s->n] = EPOLLIN;
	s->ready[s->n] = false;
	s->clients[s->n++] = c;
	return 0;
}

/* The last one takes the place of the one that is gone. */
static int drop_client(struct serve *s, size_t i)
{
	size_t last = --s->n;

	/* Closing is not enough: the supervisor may have the channel open. */
	(void)epoll_ctl(s->epoll, EPOLL_CTL_DEL, s->clients[i]->fd, NULL);
	client_free(s->clients[i]);
	s->clients[i] = s->clients[last];
	s->watched[i] = s->watched[last];
	s->ready[i] = s->ready[last];
	if (i == last)
		return 0;
	return watch(s, EPOLL_CTL_MOD, s->clients[i]->fd, s->watched[i], i);
}

/* What a client waits for, by its state. */
static uint32_t events_for(enum client_state state)
{
	switch (state) {
	case CLIENT_FULL:
		return EPOLLOUT;
	case CLIENT_CROWDED:
		return 0;
	default:
		return EPOLLIN;
	}
}

static int take_turn(struct serve *s, size_t i)
{
	struct client *c = s->clients[i];
	uint32_t events;
	int r;

	s->ready[i] = false;
	client_turn(c, s->h);
	events = events_for(c->state);
	if (c->state == CLIENT_GONE || events == s->watched[i])
		return 0;
	r = watch(s, EPOLL_CTL_MOD, c->fd, events, i);
	if (r == 0)
		s->watched[i] = events;
	return r;
}

/* Nobody has a second turn before each has had its first. */
static int take_turns(struct serve *s)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->n; i++)
		if (s->ready[i] || s->clients[i]->state == CLIENT_WORKING ||
		    s->clients[i]->state == CLIENT_CROWDED)
			r = take_turn(s, i);
	for (size_t i = s->n; r == 0 && i-- > 0;)
		if (s->clients[i]->state == CLIENT_GONE)
			r = drop_client(s, i);
	return r;
}

static int timeout(const struct serve *s)
{
	int ms = -1;

	for (size_t i = 0; i < s->n; i++) {
		if (s->clients[i]->state == CLIENT_WORKING)
			return 0;
		if (s->clients[i]->state == CLIENT_CROWDED)
			ms = CROWDED_MS;
	}
	return ms;
}

/* 1 when control spoke, else 0; or -errno. */
static int wait_for_events(struct serve *s)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(s->epoll, events, EVENTS, timeout(s));
	int r = 0;

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < n; i++) {
		if (events[i].data.u64 == BOUND_CLIENTS)
			r = 1;
		else
			s->ready[events[i].data.u64] = true;
	}
	return r;
}

/*
 * So far the supervisor says nothing more after the start, so that whatever
 * comes from it is its end.
 */
static int run(struct serve *s)
{
	int r = 0;

	while (r == 0 && s->n > 0) {
		r = wait_for_events(s);
		if (r == 0)
			r = take_turns(s);
	}
	return r < 0 ? r : 0;
}

int serve(struct helper *h, int control, int channel)
{
	__attribute__((cleanup(serve_close))) struct serve *s = NULL;
	_cleanup_fd_ int fd = channel;
	int r;

	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->h = h;
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll < 0)
		return -errno;
	r = watch(s, EPOLL_CTL_ADD, control, EPOLLIN, BOUND_CLIENTS);
	if (r == 0)
		r = add_client(s, take_fd(&fd));
	return r < 0 ? r : run(s);
}
