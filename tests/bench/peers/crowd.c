/* SPDX-License-Identifier: ISC */
#include "bench/peers/crowd.h"

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/peers/peers.h"
#include "op.h"

/* Opens of one client in one round that are kept. */
#define KEPT_MAX (1u << 17)

/* What flooders send, without waiting, before they look whether to end. */
#define FLOOD_BURST 64

struct round {
	struct entry *e;
	pthread_barrier_t ready;
	atomic_bool over;
};

struct client {
	struct round *round;
	struct crowd_seat seat;
	pthread_t thread;
	uint32_t *ns; /* owned, KEPT_MAX */
	unsigned n;
};

/* ---- clients ------------------------------------------------------------- */

static int open_once(const struct client *c)
{
	const char *path = c->round->e->path;

	return c->seat.w ? wicket_open(c->seat.w, path, O_RDONLY, 0)
			 : bare_ask(c->seat.sock, path);
}

static void *run_client(void *arg)
{
	struct client *c = arg;

	(void)pthread_barrier_wait(&c->round->ready);
	while (!atomic_load(&c->round->over) && c->n < KEPT_MAX) {
		uint64_t start = measure_now();
		int fd = open_once(c);

		if (fd < 0)
			err(1, "%s", c->round->e->name);
		(void)close(fd);
		c->ns[c->n++] = (uint32_t)(measure_now() - start);
	}
	return NULL;
}

/* ---- flooders ------------------------------------------------------------ */

/* A request as the seat's server reads it: its length. */
static size_t put_request(const struct client *c, uint8_t *buf, size_t size,
			  uint32_t id)
{
	const struct op_request q = {
		.op = OP_open,
		.id = id,
		.object = c->round->e->path,
	};
	struct wire_out o = wire_out(buf, size);

	if (c->seat.w)
		op_put_request(&o, &q);
	else
		wire_put_bytes(&o, q.object, strlen(q.object) + 1);
	return o.failed ? 0 : o.len;
}

static void take_answers(int sock)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	char text[256];
	struct iovec iov = {text, sizeof(text)};

	for (;;) {
		struct msghdr mh = {
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control.room,
			.msg_controllen = sizeof(control.room),
		};
		int fd;

		if (recvmsg(sock, &mh, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) <= 0)
			return;
		if (mh.msg_controllen == 0)
			continue;
		memcpy(&fd, CMSG_DATA(&control.align), sizeof(fd));
		(void)close(fd);
	}
}

static void *run_flooder(void *arg)
{
	struct client *c = arg;
	const struct crowd *crowd = c->round->e->arg;
	bool deaf = crowd->flood == CROWD_DEAF;
	struct pollfd p = {
		.fd = c->seat.sock,
		.events = deaf ? POLLOUT : POLLOUT | POLLIN,
	};
	uint8_t request[BOUND_PATH + 64];
	uint32_t id = 0;

	(void)pthread_barrier_wait(&c->round->ready);
	while (!atomic_load(&c->round->over)) {
		(void)poll(&p, 1, 10);
		for (int i = 0; i < FLOOD_BURST; i++) {
			size_t len = put_request(c, request, sizeof(request),
						 ++id);

			if (send(p.fd, request, len,
				 MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
				break;
		}
		if (!deaf)
			take_answers(p.fd);
	}
	return NULL;
}

/* ---- a round ------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void sum_up(const struct client *clients, unsigned n, double seconds,
		   double *ret)
{
	size_t total = 0, at = 0;
	uint32_t *all;

	for (unsigned i = 0; i < n; i++)
		total += clients[i].n;
	all = calloc(total + 1, sizeof(*all));
	if (!all || total == 0)
		errx(1, "no client had an answer");
	for (unsigned i = 0; i < n; i++) {
		memcpy(all + at, clients[i].ns, clients[i].n * sizeof(*all));
		at += clients[i].n;
	}
	qsort(all, total, sizeof(*all), by_number);
	ret[CROWD_P50] = all[total / 2] / 1e3;
	ret[CROWD_P99] = all[total - 1 - total / 100] / 1e3;
	ret[CROWD_RATE] = (double)total / seconds;
	free(all);
}

/* They are made anew for each round; a seat stays taken. */
static struct client *seat_all(struct entry *e, unsigned n)
{
	static struct client clients[CROWD_MAX];
	const struct crowd *crowd = e->arg;

	for (unsigned i = 0; i < n; i++) {
		clients[i].n = 0;
		if (clients[i].ns)
			continue;
		crowd->join(e, i, &clients[i].seat);
		clients[i].ns = calloc(KEPT_MAX, sizeof(*clients[i].ns));
		if (!clients[i].ns)
			err(1, "calloc");
	}
	return clients;
}

void crowd_round(struct entry *e, double ms, double *ret)
{
	const struct crowd *crowd = e->arg;
	unsigned n = crowd->clients + (crowd->flood != CROWD_QUIET);
	struct client *clients = seat_all(e, n);
	struct round round = {.e = e};
	uint64_t start;

	(void)pthread_barrier_init(&round.ready, NULL, n + 1);
	for (unsigned i = 0; i < n; i++) {
		bool flooder = i == crowd->clients;

		clients[i].round = &round;
		if (pthread_create(&clients[i].thread, NULL,
				   flooder ? run_flooder : run_client,
				   &clients[i]) != 0)
			err(1, "pthread_create");
	}
	(void)pthread_barrier_wait(&round.ready);
	start = measure_now();
	(void)usleep((useconds_t)(ms * 1000));
	atomic_store(&round.over, true);
	for (unsigned i = 0; i < n; i++)
		(void)pthread_join(clients[i].thread, NULL);
	sum_up(clients, crowd->clients, (double)(measure_now() - start) / 1e9,
	       ret);
	(void)pthread_barrier_destroy(&round.ready);
}

void crowd_join_shared(struct entry *e, unsigned nth, struct crowd_seat *ret)
{
	(void)nth;
	*ret = (struct crowd_seat){.sock = -1, .w = e->w};
}
