/* SPDX-License-Identifier: ISC */
#include "bench/peers/crowd.h"

#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/peers/flood.h"
#include "bench/peers/peers.h"

/* Opens of one client in one round that are kept. */
#define KEPT_MAX (1u << 17)

struct client {
	struct crowd_round *round;
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

static void *run_flooder(void *arg)
{
	struct client *c = arg;

	flood_run(c->round, &c->seat);
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
	ret[CROWD_MOST] = all[total - 1] / 1e3;
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
	struct crowd_round round = {.e = e};
	uint64_t start;
	double seconds;

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
	if (crowd->during)
		crowd->during(e);
	else
		(void)usleep((useconds_t)(ms * 1000));
	atomic_store(&round.over, true);
	seconds = (double)(measure_now() - start) / 1e9;
	for (unsigned i = 0; i < n; i++)
		(void)pthread_join(clients[i].thread, NULL);
	sum_up(clients, crowd->clients, seconds, ret);
	(void)pthread_barrier_destroy(&round.ready);
}
